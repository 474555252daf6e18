import GraphCore
import Testing

/// What `.save FILE.dl` writes is the session again.
@Suite struct SavingTests {
  /// Rules over labels and edge types whose last facts have gone mean in the saved program what they meant before.
  @Test func rulesOverGoneNamesAreReadAgain() throws {
    let statements = [
      "zone(\"z\"). at(\"a\", \"z\"). `与 之`(\"a\", \"z\"). b(\"y\"). used(\"u\").",
      "f(x) :- zone(x), at(_, x). g(x, n) :- b(x), !zone(x), n = count : { at(_, _) }. p(x) :- (`与 之`|at)+(x, _).",
      ":- zone(x), b(x).", ".delete zone(x)", ".delete at(x, y)", ".delete `与 之`(x, y)",
      ".delete used(x)",
    ]
    let questions = ["?- g(x, n).", "?- f(x).", "?- p(x)."].flatMap { ["-e", $0] }
    try Executable.withFolder { folder in
      for first in [[], ["--create", "x.graph"]] {
        let changes = statements.flatMap { ["-e", $0] }
        let saving = first + changes + ["-e", ".save x.dl"]
        let saved = try Executable.run(saving, in: folder)
        #expect(saved.status == 0, "\(saved.errors)")
        let answers = try Executable.run(["x.dl", "--format", "csv"] + questions, in: folder)
        #expect(answers.output == "x,n\ny,0\nx\nx\n", "\(answers.errors)")
        let text = String(decoding: try Files.read("\(folder)/x.dl"), as: UTF8.self)
        #expect(text.contains(".node zone()\n.edge at(_, _)\n.edge `与 之`(_, _)\n"))
        #expect(!text.contains("used"))
      }
    }
  }

  /// So do rules that name properties which nothing has any more, whether their edges have gone, others are left or the
  /// database was opened again.
  @Test func rulesOverGonePropertiesAreReadAgain() throws {
    let facts = """
      company("A", founded: 1990). company("B", size: 2.5).
      builds("A", "p", amount: 3, unit: "x"). at("A", "z", since: 2001). at("B", "z", km: 1.5).
      `与 之`("A", "B", `比 例`: 0.5).

      """
    let rules = """
      big(c, a) :- builds(c, _, amount: a), a > 2.
      old(c, y) :- company(c, founded: y), y > 0.
      late(c) :- at(c, _, since: s), s > 2000.
      late(c) :- builds(c, _), !builds(c, _, amount: _).
      part(x, r) :- `与 之`(x, _, `比 例`: r), r > 0.0.
      far(c, d) :- at(c, _, km: d).

      """
    let changes = [
      ".delete builds(x, y)", ".unset company(\"A\", founded: _)", ".delete at(x, y, since: _)",
      ".delete `与 之`(x, y)",
    ].flatMap { ["-e", $0] }
    let questions = [
      "?- big(c, a).", "?- old(c, y).", "?- late(c).", "?- part(x, r).", "?- far(c, d).",
      "?- company(c, size: s).",
    ].flatMap { ["-e", $0] }
    let expected = "c,a\nc,y\nc\nx,r\nc,d\nB,1.5\nc,s\nB,2.5\n"
    try Executable.withFiles(["a.dl": facts + rules]) { folder in
      func run(_ arguments: [String]) throws -> String {
        let result = try Executable.run(arguments, in: folder)
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        return result.output
      }
      let answers = ["--format", "csv"] + questions
      _ = try run(["a.dl"] + changes + ["-e", ".save b.dl"])
      #expect(try run(["b.dl"] + answers) == expected)
      _ = try run(["import", "x.graph", "a.dl"])
      _ = try run(["x.graph"] + changes)
      #expect(try run(["x.graph"] + answers) == expected)
      _ = try run(["x.graph", "-e", ".save c.dl"])
      #expect(try run(["c.dl"] + answers) == expected)
      // What the session knew may come again; one that opens a database knows what its rules name.
      let more = """
        builds("C", "p", amount: 9, unit: "x"). company("C", founded: 1800, size: 1.0).
        at("C", "z", since: 2020). `与 之`("A", "B", `比 例`: 0.25).
        """
      let again = "c,a\nC,9\nc,y\nC,1800\nc\nC\nx,r\nA,0.25\nc,d\nB,1.5\nc,s\nB,2.5\nC,1\n"
      for path in ["x.graph", "b.dl"] {
        #expect(try run([path, "-e", more] + answers) == again, "\(path)")
      }
    }
  }

  @Test func aSavedSessionIsTheSame() throws {
    let program = #"""
      .type Amount <: float
      .decl r(a: number, b: symbol, c: Amount, d: unsigned)
      .comp Part { .decl q(x: number) q(1). .decl p(x: number) p(x) :- q(x). }
      .init part = Part
      r(1, "x\"y", 2.5, 7). r(-2, "祁县", 3.0, 18446744073709551615).
      big(a) :- r(a, _, _, _), a > 0.
      company("晋钢", founded: 1990) @ 3. supplies("晋钢", "富士康", what: "板").
      hub(x) :- supplies(x, _).
      :- company(x), !supplies(x, _).

      """#
    let queries = [
      "?- r(a, b, c, d).", "?- big(a).", "?- hub(x).", "?- part.p(x).", "?- part.q(x).",
      "?- company(x, founded: y, lines: l).",
    ].flatMap { ["-e", $0] }
    try Executable.withFiles(["a.dl": program]) { folder in
      let before = try Executable.run(
        ["\(folder)/a.dl", "--format", "csv", "-e", ".save \(folder)/b.dl"] + queries)
      #expect(before.status == 0, "\(before.errors)")
      let after = try Executable.run(["\(folder)/b.dl", "--format", "csv"] + queries)
      #expect(after.status == 0, "\(after.errors)")
      #expect(after.output == before.output)
      #expect(before.output.contains("18446744073709551615"))
      let offence = try Executable.run(["\(folder)/b.dl", "-e", "company(\"Z\")."])
      #expect(offence.status == 1 && offence.errors.contains("E0503"))
      // Written again, it is the same text.
      let again = try Executable.run(["\(folder)/b.dl", "-e", ".save \(folder)/c.dl"])
      #expect(again.status == 0)
      #expect(try Files.read("\(folder)/b.dl") == Files.read("\(folder)/c.dl"))
    }
  }

  @Test func whatOneTextCannotHoldIsRefused() throws {
    try Executable.withFiles([
      "a.dl": "company(\"A\").\\n", "b.dl": ".decl company(x: symbol)\\ncompany(\"B\").\\n",
    ]) { folder in
      let result = try Executable.run(
        ["\(folder)/a.dl", "\(folder)/b.dl", "-e", ".save \(folder)/c.dl"])
      #expect(result.status == 1)
      #expect(result.errors.contains("company"))
    }
  }

  @Test func whatHasNoLiteralIsWrittenInAnotherWay() throws {
    let program = #"""
      .type L = [h: number, t: L]
      .type T = A {} | B { x: number, y: L }
      .decl l(x: L, n: number)
      .decl t(x: T)
      .decl f()
      .decl s(x: float)
      .decl `a b`(`min`: number)
      .decl `c.d`(`e.f`: number)
      l(nil, 1). l([2, nil], 2). l(nil, 3).
      t($A). t($B(-1, [2, nil])).
      f().
      s(to_float("inf")). s(to_float("-inf")). s(to_float("nan")). s(1.0e300).
      `a b`(1). `c.d`(2).

      """#
    let queries = [
      "?- l(x, n).", "?- t(x).", "?- f().", "?- s(x).", "?- `a b`(x).", "?- `c.d`(x).",
    ].flatMap { ["-e", $0] }
    try Executable.withFiles(["a.dl": program]) { folder in
      let before = try Executable.run(["a.dl", "--format", "csv"] + queries, in: folder)
      #expect(before.status == 0, "\(before.errors)")
      for command in [["a.dl", "-e", ".save b.dl"], ["export", "a.dl", "-o", "b.dl"]] {
        let saved = try Executable.run(command, in: folder)
        #expect(saved.status == 0 && saved.errors == "", "\(saved.errors)")
        let after = try Executable.run(["b.dl", "--format", "csv"] + queries, in: folder)
        #expect(after.status == 0 && after.output == before.output, "\(after.errors)")
      }
    }
  }

  // MARK: Databases

  private static let lists = """
    .type L = [h: number, t: L]
    .decl l(x: L, n: number)
    .decl f()
    .decl s(x: number)
    l(nil, 1). l([2, nil], 2). l(nil, 3).
    f().
    s(1 + 1). s(2 * 3). s(-5).

    """

  /// The answers of a database to `?- l(x, n).`, `?- f().` and `?- s(x).`.
  private func answers(_ database: String, in folder: String) throws -> [String] {
    let queries = ["?(n) :- l(x, n).", "?- f().", "?- s(x)."].flatMap { ["-e", $0] }
    let result = try Executable.run([database, "--format", "csv"] + queries, in: folder)
    #expect(result.status == 0, "\(result.errors)")
    return result.output.split(separator: "\n").map(String.init)
  }

  @Test func whatNoTableHoldsIsKeptWithTheRules() throws {
    try Executable.withFiles(["a.dl": Self.lists]) { folder in
      let saved = try Executable.run(["--create", "s.graph", "a.dl", "-e", ".save"], in: folder)
      #expect(saved.status == 0)
      #expect(saved.errors.contains("warning[W0016]: 1 fact of `s` is not kept"))
      #expect(try answers("s.graph", in: folder) == ["n", "1", "2", "3", "yes", "x", "2", "6"])
      let named = try Executable.run(
        ["--create", "n.graph", "a.dl", "-e", ".save l f s"], in: folder)
      #expect(named.status == 0 && named.errors == "", "\(named.errors)")
      let imported = try Executable.run(["import", "i.graph", "a.dl"], in: folder)
      #expect(imported.status == 0 && imported.errors == "", "\(imported.errors)")
      for database in ["n.graph", "i.graph"] {
        let found = try answers(database, in: folder)
        #expect(found == ["n", "1", "2", "3", "yes", "x", "-5", "2", "6"])
      }
    }
  }

  @Test func whatIsKeptFollowsLaterChanges() throws {
    try Executable.withFiles(["a.dl": Self.lists]) { folder in
      func run(_ statements: String...) throws {
        let arguments = statements.flatMap { ["-e", $0] }
        let result = try Executable.run(["s.graph"] + arguments, in: folder)
        #expect(result.status == 0, "\(result.errors)")
      }
      _ = try Executable.run(["--create", "s.graph", "a.dl", "-e", ".save s"], in: folder)
      try run("l(nil, 7). l([9, nil], 8). s(10 + 1).", ".delete f()", "l(nil, 9).", ".undo")
      let expected = ["n", "1", "2", "3", "7", "8", "no", "x", "-5", "11", "2", "6"]
      #expect(Set(try answers("s.graph", in: folder)) == Set(expected))
      try run("f().", ".begin", "l(nil, 10).", ".rollback")
      #expect(try answers("s.graph", in: folder).contains("yes"))
      #expect(try !answers("s.graph", in: folder).contains("10"))
      try run(".forget l", ".decl l(x: symbol, n: number)", "l(\"x\", 1).")
      let gone = try Executable.run(["s.graph", "-e", "?- l(_, n)."], in: folder)
      #expect(gone.errors.contains("E0301"))
    }
  }

  @Test func whatIsLoadedBesideADatabaseAddsToItsFacts() throws {
    let other = ".decl s(x: number)\n.decl f()\ns(1).\n"
    let foreign = ".decl s(x: symbol)\ns(\"x\").\n"
    try Executable.withFiles(["a.dl": Self.lists, "b.dl": other, "c.dl": foreign]) { folder in
      _ = try Executable.run(["import", "s.graph", "a.dl"], in: folder)
      for (path, fact) in [("b.dl", "s(100)."), ("c.dl", "s(\"y\").")] {
        let result = try Executable.run(["s.graph", path, "-e", fact], in: folder)
        #expect(result.status == 0, "\(result.errors)")
      }
      let expected = ["n", "1", "2", "3", "yes", "x", "-5", "1", "2", "6", "100"]
      #expect(Set(try answers("s.graph", in: folder)) == Set(expected))
    }
  }
}
