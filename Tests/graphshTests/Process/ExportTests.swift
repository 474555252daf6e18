import Foundation
import Testing

/// `graphsh export`: what each format holds, and what is said of the rest.
@Suite struct ExportTests {
  @Test func exportedLinesAreJSON() throws {
    try Executable.withSmallGraph { folder in
      let result = try Executable.run(["export", "g.dl", "--format", "jsonl"], in: folder)
      #expect(result.status == 0)
      let lines = result.output.split(separator: "\n")
      #expect(lines.count >= 5)
      var types: [String: Int] = [:]
      for line in lines {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        let fields = try #require(object as? [String: Any], "\(line)")
        types[try #require(fields["type"] as? String), default: 0] += 1
      }
      #expect(types["node"] == 3)
      #expect(types["relationship"] == 2)
    }
  }

  @Test func exportedFactsLoadAgain() throws {
    try Executable.withSmallGraph { folder in
      let first = try Executable.run(["export", "g.dl", "--format", "dl"], in: folder)
      #expect(first.status == 0)
      try Data(first.output.utf8).write(to: URL(fileURLWithPath: "\(folder)/again.dl"))
      let second = try Executable.run(["export", "again.dl", "--format", "dl"], in: folder)
      #expect(second.output == first.output)
      #expect(second.errors == "")
    }
  }

  @Test(arguments: ["csv", "graphml", "ntriples", "cypher", "dot"])
  func otherExports(_ format: String) throws {
    try Executable.withSmallGraph { folder in
      let result = try Executable.run(["export", "g.dl", "--format", format], in: folder)
      #expect(result.status == 0)
      let hasAliases = format == "ntriples" || format == "dot"
      #expect(result.errors.hasPrefix("warning: 1 other name") != hasAliases)
      #expect(result.output.contains("located_in"))
    }
  }

  @Test func exportsSayWhatTheyLeaveOut() throws {
    let facts = "`a;b`(\"x\\ty\"). alias(\"z\", \"x\\ty\")."
    try Executable.withFiles(["a.dl": facts]) { folder in
      func errors(_ format: String) throws -> String {
        let arguments = ["export", "a.dl", "--format", format, "-o", "out.\(format)"]
        return try Executable.run(arguments, in: folder).errors
      }
      let aliases = "warning: 1 other name of nodes left out: jsonl has no place for them\n"
      let label = "warning: the label a;b is two labels in csv, which parts them by `;`\n"
      let tabs = "warning: 1 name with tabs or line breaks: facts have blanks there\n"
      let found = try ["jsonl", "csv", "facts", "dl", "ntriples"].map(errors)
      #expect(found[0] == aliases && found[1].hasSuffix(label))
      #expect(found[2...] == [tabs, "", ""])
    }
  }

  @Test func exportsOfFactsSayWhereTextsAreBroken() throws {
    let facts = #"a("x", p: "1\t2"). b("x", "y", q: "1\n2", r: "z", s: 1). alias("u\tv", "x")."#
    try Executable.withFiles(["a.dl": facts]) { folder in
      let result = try Executable.run(
        ["export", "a.dl", "--format", "facts", "-o", "out"], in: folder)
      #expect(
        result.errors == """
          warning: 1 other name with tabs or line breaks: facts have blanks there
          warning: 2 values with tabs or line breaks: facts have blanks there

          """)
    }
  }

  @Test func exportsSayWhatOfAProgramAndOfValuesTheyLeaveOut() throws {
    let facts = """
      .node a(code: symbol, size: float, flag: symbol, zip: symbol)
      .source "s.txt"
      a("x", code: "12", size: to_float("inf"), flag: "true", zip: "007") @ 3.
      b(y) :- a(y, code: "12").
      :- a(y), b(y), y = "z".

      """
    try Executable.withFiles(["a.dl": facts]) { folder in
      func errors(_ format: String) throws -> [String] {
        let arguments = ["export", "a.dl", "--format", format, "-o", "out.\(format)"]
        return try Executable.run(arguments, in: folder).errors.split(separator: "\n")
          .map { String($0.dropFirst("warning: ".count)) }
      }
      let declared = [
        "schema and indexes left out: dl has a place for them",
        "rules, constraints and declared relations left out: dl has a place for them",
      ]
      for format in ["csv", "ntriples", "graphml"] { #expect(try errors(format) == declared) }
      let null = "1 number that JSON lacks (nan, inf) left out: null is there"
      #expect(try errors("jsonl") == [null] + declared)
      let parts = [
        "1 citation left out: facts have no place for them",
        "the texts of the property code are read again with the type number",
        "the texts of the property flag are read again with the type boolean",
      ]
      #expect(try errors("facts") == parts + declared)
      #expect(try errors("dl") == [])
      let asked = try Executable.run(["out.dl", "-e", "?- b(y)."], in: folder)
      #expect(asked.output.contains("x") && asked.errors == "")
    }
  }

  @Test func exportsSayWhichTextsComeBackAsOthers() throws {
    let facts = """
      .source "a;b.txt"
      a("x\\ay") @ 3. a("x\\by"). node("x\\by", note: "\\v").

      """
    let names = """
      .edge alias(_, _)
      alias("A", "B"). node("C"). node("D", since: 1).
      .node node()

      """
    try Executable.withFiles([
      "a.dl": facts, "other.dl": "alias(\"E\", \"B\").\n", "names.dl": names,
    ]) { folder in
      func errors(_ path: String, _ format: String) throws -> String {
        let arguments = ["export", path, "--format", format, "-o", "out.\(format)"]
        return try Executable.run(arguments, in: folder).errors
      }
      let warnings = """
        warning: the source a;b.txt is two sources in graphml, which parts them by `;`
        warning: 3 texts with characters that XML cannot hold: graphml has U+FFFD there

        """
      #expect(try errors("a.dl", "graphml") == warnings)
      #expect(try errors("a.dl", "tsv").contains("two sources in tsv"))
      #expect(try errors("a.dl", "jsonl") == "")
      // In the database aliases were there before an edge type of that name.
      let made = try Executable.shell(
        "graphsh import n.graph other.dl && graphsh import n.graph names.dl 2>&1 && "
          + "graphsh export n.graph --format dl -o out.dl", in: folder)
      #expect(
        made.errors == """
          warning: 1 other name of nodes is read again as edges of the type alias

          """)
    }
  }

  /// Unsigned numbers keep their digits in every form, and their type where the form has one.
  @Test func exportedUnsignedNumbersAreReadAgain() throws {
    let facts = "p(\"a\", u: 18446744073709551615u). e(\"a\", \"b\", w: 9223372036854775808u).\n"
    try Executable.withFiles(["u.dl": facts]) { folder in
      for format in ["csv", "tsv", "jsonl", "graphml", "ntriples", "dl"] {
        let made = try Executable.shell(
          "graphsh export u.dl --format \(format) -o again.\(format) && "
            + "graphsh import \(format).graph again.\(format) && "
            + "graphsh \(format).graph --format csv -e '?(u, w) :- p(x, u: u), e(x, _, w: w).'",
          in: folder)
        #expect(made.output == "u,w\n18446744073709551615,9223372036854775808\n", "\(format)")
        #expect(made.status == 0 && made.errors == "", "\(format): \(made.errors)")
      }
      let shown = try Executable.run(
        ["u.dl", "-e", ".info a", "-e", ".why e(\"a\", \"b\")", "-e", ".save s.dl"], in: folder)
      #expect(shown.output.contains("18446744073709551615") && !shown.output.contains("e+"))
      let saved = try Executable.run(["export", "s.dl", "--format", "dl"], in: folder)
      #expect(
        saved.output
          == (try Executable.run(["export", "u.dl", "--format", "dl"], in: folder).output))
      #expect(saved.output.contains("w: 9223372036854775808u"))
      let cypher = try Executable.run(["export", "u.dl", "--format", "cypher"], in: folder)
      #expect(
        cypher.errors
          == "warning: 2 numbers above 9223372036854775807 are texts: Cypher has none\n")
      #expect(cypher.output.contains("`w`: '9223372036854775808'"))
    }
    try Executable.withFiles(["s.dl": "p(\"a\", u: 12u, n: 3). e(\"a\", \"b\", w: 7u).\n"]) {
      folder in
      for format in ["jsonl", "facts", "csv", "graphml", "ntriples", "dl", "cypher"] {
        let result = try Executable.run(
          ["export", "s.dl", "--format", format, "-o", "out.\(format)"], in: folder)
        let warnings = ["e.w", "u"].map {
          "warning: the unsigned numbers of the property \($0) are read again with the type number\n"
        }
        let isTold = format == "jsonl" || format == "facts"
        #expect(result.errors == (isTold ? warnings.joined() : ""), "\(format)")
      }
    }
  }

  @Test func exportedFactsFolder() throws {
    try Executable.withSmallGraph { folder in
      let result = try Executable.run(
        ["export", "g.dl", "--format", "facts", "-o", "out"], in: folder)
      #expect(result.status == 0)
      #expect(FileManager.default.fileExists(atPath: "\(folder)/out/located_in.facts"))
      let refused = try Executable.run(["export", "g.dl", "--format", "facts"], in: folder)
      #expect(refused.status == 2)
    }
  }

  private static var hasGraphviz: Bool {
    (try? Executable.shell("command -v dot", in: "/"))?.status == 0
  }

  @Test(.enabled("Graphviz is not installed", { hasGraphviz })) func picturesRender() throws {
    try Executable.withSmallGraph { folder in
      let result = try Executable.shell(
        "graphsh g.dl --format dot -e '?- located_in(a, b).' | dot -Tsvg", in: folder)
      #expect(result.status == 0)
      #expect(result.errors == "")
      #expect(result.output.contains("伊利集团"))
    }
  }
}
