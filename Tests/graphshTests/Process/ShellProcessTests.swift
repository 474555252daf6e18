import Foundation
import GraphCore
import Testing

@testable import graphsh

/// The shell's promises to other programs: files, statuses, where what is written.
@Suite struct ShellProcessTests {
  static let facts = """
    company("大运集团", founded: 1987). company("伊利集团").
    located_in("伊利集团", "祁县经济开发区") @ 51.
    located_in("大运集团", "运城").

    """

  private func run(_ arguments: [String], input: String = "") throws -> Executable.Result {
    try Executable.withFiles(["t.dl": Self.facts]) { folder in
      try Executable.run(["t.dl"] + arguments, input: Array(input.utf8), in: folder)
    }
  }

  @Test func emptyAnswersAreExplainedOnStandardError() throws {
    let result = try run(["-e", "?- located_in(c, \"祁县经济开发区县\")."])
    #expect(result.status == 0)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("No such node; \"祁县经济开发区\" has 1 row."))
    let data = try run(["--format", "csv", "-e", "?- located_in(c, \"没有\")."])
    #expect(data.output == "c\n")
    #expect(data.errors.isEmpty)
  }

  /// Advice to take a change back is for the prompt: here nobody is left to do it.
  @Test func warningsSpeakOfUndoAtThePromptOnly() throws {
    let result = try run([
      "-e", "companie(\"乙\").", "-e", "located_in(\"x\").", "-e", "alias(\"大运集团\", \"伊利集团\").",
    ])
    #expect(result.errors.contains("did you mean `company`?\n"), "\(result.errors)")
    #expect(result.errors.contains("an edge has two text arguments\n"))
    #expect(result.errors.contains("W0005") && !result.errors.contains(".undo"))
  }

  /// Tables of Markdown, and values on lines, would run together.
  @Test func answersOfOneFileAreParted() throws {
    let query = "?- company(\"大运集团\", founded: y)."
    let markdown = "| y |\n| ---: |\n| 1987 |\n"
    let line = "y = 1987\n"
    for (format, text, empty) in [
      ("markdown", markdown, "| c |\n| --- |\n"), ("line", line, ""), ("csv", "y\n1987\n", "c\n"),
    ] {
      let none = "?- located_in(c, \"无\")."
      let result = try run(
        ["--format", format, "-e", query, "-e", none, "-e", query, "-e", "?- company(\"伊利集团\")."])
      let part = format == "csv" ? "" : "\n"
      let second = empty.isEmpty ? "" : part + empty
      #expect(result.output == text + second + part + text + part + "yes\n", "\(format)")
    }
    try Executable.withFiles(["t.dl": Self.facts]) { folder in
      let script = ".mode markdown\n.once a.md\n\(query)\n.once b.md\n\(query)\n\(query)\n"
      let result = try Executable.run(["t.dl"], input: Array(script.utf8), in: folder)
      for name in ["a.md", "b.md"] {
        #expect(String(decoding: try Files.read("\(folder)/\(name)"), as: UTF8.self) == markdown)
      }
      #expect(result.output == markdown)
    }
  }

  /// What is not finished is told of once, and does not swallow the commands behind it.
  @Test func commandsBehindAnOpenParenthesisAreCarriedOut() throws {
    let script = ".begin\ncompany(\"丙\").\n?- company(x.\n.rollback\n?- company(\"丙\").\n"
    for arguments in [["--continue"], ["--continue", "-e", script]] {
      let result = try run(arguments, input: arguments.count == 1 ? script : "")
      #expect(result.output == "no\n", "\(result.errors)")
      #expect(result.errors.split(separator: "error").count == 1, "\(result.errors)")
      #expect(result.errors.contains(":3:13\n"), "\(result.errors)")
      #expect(result.status == 1)
    }
  }

  @Test func wordsOfOtherShellsEndAScript() throws {
    #expect(try run([], input: ".echo one\nexit\n.echo two\n").output == "one\n")
    #expect(try run(["-e", "quit", "-e", ".echo two"]).output == "")
  }

  /// A parameter is shown as it is given.
  @Test func unsignedParametersAreMarked() throws {
    let shown = try run([
      "--param", "n=18446744073709551615", "-e", ".param m 12u", "-e", ".param t \"12u\"",
      "-e", ".param", "-e", ".expect ?(x) :- x = $n. = 18446744073709551615",
      "-e", ".echo $n $m", "-e", "?(x) :- company(x) limit $m.", "-e",
      ".expect ?(x) :- x = $t. = \"12u\"",
    ])
    #expect(
      shown.output.hasPrefix(
        "$m = 12u\n$n = 18446744073709551615u\n$t = \"12u\"\n18446744073709551615 12\n"),
      "\(shown.output)\(shown.errors)")
  }

  /// A parameter ends where Chinese text goes on, not within a word of its own script.
  @Test func echoKnowsWhereAParameterEnds() throws {
    let echoed = try run([
      "-e", ".param n 12", "-e", ".param 年 2024", "-e", ".echo $n $nope $n2 $n_ $n个 $年份 $n.",
    ])
    #expect(echoed.output == "12 $nope $n2 $n_ 12个 2024份 12.\n")
  }

  @Test func aDocumentHoldsForTheArgumentsBehindIt() throws {
    let result = try run([
      "--format", "csv", "-e", ".source \"d.txt\"", "-e", "s(\"c\", \"d\") @ 3.", "-e",
      "?- s(x, y, source: s, lines: l).",
    ])
    #expect(result.output == "x,y,s,l\nc,d,d.txt,3\n", "\(result.errors)")
  }

  /// Facts and rules of one line are carried out together, and questions between them in their places.
  @Test func rulesOfOneLineSpeakOfOneAnother() throws {
    let text =
      "even(x) :- zero(x). even(y) :- odd(x), next(x, y). odd(y) :- even(x), next(x, y). "
      + "zero(\"0\"). next(\"0\", \"1\"). next(\"1\", \"2\"). ?- odd(x). next(\"2\", \"3\"). ?- odd(x). .undo"
    let result = try run(["--format", "csv", "-e", text])
    #expect(result.output == "x\n1\nx\n1\n3\n")
    let lines = "even(x) :- odd(x).\nodd(\"1\").\n"
    #expect(try run(["-e", lines]).errors.contains("unknown relation `odd`"))
    // What is wrong with one of them keeps the others out.
    let refused = try run([
      "--continue", "-e", "zone(\"Z\"). q(y) :- zone(x).", "-e", "?- node(\"Z\").",
    ])
    #expect(refused.errors.contains("nothing gives `y` a value"))
    #expect(refused.output == "no\n")
  }

  @Test func theEndingOfAFileDecidesTheFormat() throws {
    try Executable.withFiles(["t.dl": Self.facts]) { folder in
      let query = "?- company(c)."
      _ = try Executable.run(["t.dl", "-o", "a.csv", "-e", query], in: folder)
      #expect(
        String(decoding: try Files.read("\(folder)/a.csv"), as: UTF8.self)
          == "c\n伊利集团\n大运集团\n")
      _ = try Executable.run(["t.dl", "-o", "b.csv", "--format", "tsv", "-e", query], in: folder)
      let script = ".once c.jsonl\n\(query)\n.output d.md\n\(query)\n.output\n\(query)\n"
      let result = try Executable.run(["t.dl"], input: Array(script.utf8), in: folder)
      #expect(
        String(decoding: try Files.read("\(folder)/c.jsonl"), as: UTF8.self)
          == "{\"c\":\"伊利集团\"}\n{\"c\":\"大运集团\"}\n")
      #expect(
        String(decoding: try Files.read("\(folder)/d.md"), as: UTF8.self)
          .hasPrefix("| c |\n"))
      #expect(result.output.hasPrefix("┌"))
    }
  }

  @Test func pathsInAScriptAreSeenFromTheScript() throws {
    let files = [
      "t.dl": Self.facts, "jobs/first.gsh": ".read second.gsh\n.read third.gsh\n.load more.dl\n",
      "jobs/second.gsh": ".echo second\n", "third.gsh": ".echo third\n",
      "jobs/more.dl": "company(\"晋钢\").\n", "more.dl": "zone(\"no\").\n",
    ]
    try Executable.withFiles(files) { folder in
      let result = try Executable.run(
        ["t.dl", "-f", "jobs/first.gsh", "-e", "?- company(\"晋钢\")."], in: folder)
      #expect((result.status, result.output, result.errors) == (0, "second\nthird\nyes\n", ""))
    }
  }

  @Test func whatIsNotReadIsSaid() throws {
    let program = ".decl p(x: number)\n.input p\n.output p\n.printsize p\n"
    try Executable.withFiles(["p.dl": program]) { folder in
      let result = try Executable.run(["p.dl", "-e", "?(n) :- n = count : { p(_) }."], in: folder)
      #expect(result.status == 0)
      #expect(result.errors == "note: not read here, but by `graphsh run`: `.input` of p\n")
    }
  }

  @Test func scriptsStopOrContinue() throws {
    let script = "?- nosuch(x).\n.nosuch\n?- company(\"大运集团\").\n"
    let stopped = try run([], input: script)
    #expect(stopped.status == 1)
    #expect(stopped.output.isEmpty)
    let continued = try run(["--continue"], input: script)
    #expect(continued.status == 1)
    #expect(continued.output == "yes\n")
    #expect(continued.errors.contains("unknown command .nosuch"))
  }

  @Test func commandsWorkBehindE() throws {
    let result = try run([
      "-e", ".why located_in(\"伊利集团\", z)", "-e", ".path 伊利集团 祁县经济开发区",
      "-e", ".dot - ?- company(c).", "-e", ".quit", "-e", "?- nosuch(x).",
    ])
    #expect(result.status == 0)
    #expect(result.output.contains("located_in(\"伊利集团\", \"祁县经济开发区\")  51"))
    #expect(result.output.contains("digraph G {"))
  }

  @Test func filesThatCannotBeWrittenAreStatusThree() throws {
    #expect(try run(["-e", ".once /nowhere/x.csv"]).status == 3)
    #expect(try run(["-e", ".read nowhere.dl"]).status == 3)
    #expect(try run(["-e", ".dot /nowhere/x.dot"]).status == 3)
  }

  /// Without a database nothing is kept, but a transaction that has no end is a mistake all the same.
  @Test func openTransactionsAreAMistake() throws {
    let left = try run(["-e", ".begin", "-e", ".echo yes"])
    #expect(left.status == 1)
    #expect(left.output == "yes\n")
    #expect(left.errors.hasPrefix("error: the transaction begun at -e:1 is still open"))
    #expect(
      try run(["-e", ".begin", "-e", ".rollback", "-e", ".begin", "-e", ".commit"]).status == 0)
  }

  /// Everything that counts labels means those with facts and those declared.
  @Test func countsAgreeOnLabelsAndEdgeTypes() throws {
    let program = """
      .node firm()
      .node empty()
      .edge owns(firm, firm)
      company("a"). company("b"). firm("a"). part("a", "b").
      firm(x) :- company(x).
      part(y, x) :- part(x, y).
      """
    try Executable.withFiles(["g.dl": program]) { (folder) throws in
      func run(_ command: String) throws -> String {
        try Executable.run(["g.dl", "--format", "csv", "-e", command], in: folder).output
      }
      #expect(try run(".stats").hasPrefix("2 nodes, 1 edge, 3 labels, 2 edge types, "))
      #expect(try run(".labels") == "label,nodes\ncompany,2\nempty,0\nfirm,2\n")
      #expect(
        try run(".schema") == """
          .node company()  // 2 nodes
          .node empty()  // 0 nodes
          .node firm()  // 2 nodes
          .edge owns(firm, firm)  // 0 edges
          .edge part(company|firm, company)  // 2 edges

          """)
      #expect(try run(".info firm").hasPrefix("firm  label of 2 nodes\n"))
      #expect(try run("?(n: count x) :- firm(x).") == "n\n2\n")
    }
  }

  @Test func pathsThatAreLeftOutAreTold() throws {
    let edges = (1...7).map { "in(\"a\", \"m\($0)\"). in(\"m\($0)\", \"b\").\n" }.joined()
    try Executable.withFiles(["g.dl": edges]) { folder in
      func path(_ command: String) throws -> (lines: Int, errors: String, status: Int32) {
        let result = try Executable.run(["g.dl", "-e", command], in: folder)
        return (result.output.count { $0 == "\n" }, result.errors, result.status)
      }
      let cut = try path(".path a b")
      #expect(cut.lines == 5)
      #expect(
        cut.errors == "note: 5 of 7 shortest connections are shown; \"limit 7\" shows all\n")
      #expect(cut.status == 0)
      #expect(try path(".path a b limit 7") == (7, "", 0))
      #expect(try path(".path a b via in limit 1").lines == 1)
      #expect(try path(".path a b limit x").errors.hasPrefix("error: x is no number"))
    }
  }

  @Test func picturesNeedAFile() throws {
    for command in [".render", ".dot"] {
      let result = try run(["-e", "\(command) ?- partners_with(z, x)."])
      #expect(result.errors.hasPrefix("error: \(command) needs a file before the query\n"))
      #expect(result.status == 1)
    }
  }

  @Test func readOnlyRefusesChanges() throws {
    for command in [
      "company(\"x\").", ".delete company(x)", ".set company(\"大运集团\", founded: 1)", ".begin",
      ".merge \"大运集团\" into \"伊利集团\"", ".load t.dl",
    ] {
      let result = try run(["--read-only", "-e", command])
      #expect(result.status == 1, "\(command)")
      #expect(result.errors.contains("read-only"), "\(command)")
    }
  }

  /// What is the session's changes nothing on the disk, so that who only reads may define it.
  @Test func readOnlySessionsDefineRules() throws {
    let rules = """
      .decl weight(c: symbol, n: number)
      weight("伊利集团", 3).
      heavy(c) :- company(c), weight(c, n), n > 2.
      """
    try Executable.withFiles(["t.dl": Self.facts, "rules.dl": rules]) { folder in
      _ = try Executable.run(["--create", "t.graph", "t.dl"], in: folder)
      let options = ["t.graph", "--read-only", "--format", "csv"]
      for script in [[".load rules.dl"], rules.split(separator: "\n").map(String.init)] {
        let result = try Executable.run(
          options + (script + ["?- heavy(c)."]).flatMap { ["-e", $0] }, in: folder)
        #expect(result.output == "c\n伊利集团\n")
        #expect(result.errors == "")
        #expect(result.status == 0)
      }
      let beside = try Executable.run(options + ["rules.dl", "-e", "?- heavy(c)."], in: folder)
      #expect(beside.output == "c\n伊利集团\n")
      let undone = try Executable.run(
        options + ["-e", "a(x) :- company(x).", "-e", ".undo", "-e", "?- a(x)."], in: folder)
      #expect(undone.errors.hasPrefix("error[E0301]: unknown relation `a`"))
      for change in [
        ".save", ".node firm(founded: number)", ".index node(founded)", "new(\"x\").",
        "company(\"伊利集团\").", "alias(\"a\", \"伊利集团\").", "a(x) :- company(x). company(\"b\").",
      ] {
        let refused = try Executable.run(options + ["-e", change], in: folder)
        #expect(refused.status == 1, "\(change)")
        #expect(refused.errors.contains("error[E0414]: the session is read-only"), "\(change)")
      }
      let placed = try Executable.run(options + ["t.dl"], in: folder)
      #expect(placed.status == 1)
      #expect(placed.errors.contains(" --> t.dl:1:1\n"))
    }
  }

  @Test func childrenAreFedAndRead() throws {
    Files.ignoreClosedPipes()
    let input = [UInt8](repeating: 65, count: 1_000_000)
    let result = try #require(ChildProcess.run(["cat"], input: input, capturing: true))
    #expect(result.status == 0)
    #expect(result.output == input)
    #expect(ChildProcess.run(["/nowhere/program"], input: nil, capturing: true) == nil)
    #expect(ChildProcess.run(["sh", "-c", "exit 7"], input: nil, capturing: true)?.status == 7)
    // A child that reads nothing must not hold us up.
    #expect(ChildProcess.run(["true"], input: input, capturing: true)?.status == 0)
    #expect(ChildProcess.exists("sh"))
    #expect(!ChildProcess.exists("no-such-program"))
  }
}
