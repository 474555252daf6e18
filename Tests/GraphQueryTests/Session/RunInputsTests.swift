import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// What a run keeps of the facts that it reads.
@Suite struct RunInputsTests {
  private static let declarations = """
    .decl r(a: number, b: symbol, c: number, d: symbol)
    .decl out(x: number, y: number)
    .input r
    .output out

    """

  /// A session that has read rows, and what it told of them.
  private func session(
    _ rules: String, _ rows: [String], _ bytes: [UInt8] = [], runsOnce: Bool = true,
    threads: Int = 1
  ) throws -> (QuerySession, [Diagnostic]) {
    let session = QuerySession()
    session.requiresDeclarations = true
    session.runsOnce = runsOnce
    session.threadCount = threads
    let loaded = session.load([SourceText(name: "p.dl", text: Self.declarations + rules)])
    try #require(loaded.isLoaded, "\(loaded.diagnostics.map(\.message))")
    let input = try #require(session.fileDirectives.first { $0.kind == .input })
    let facts = SourceText(
      name: "r.facts", bytes: Array(rows.map { $0 + "\n" }.joined().utf8) + bytes)
    return (session, session.readFacts(facts, of: input))
  }

  private func written(_ session: QuerySession) throws -> String {
    let result = try #require(session.runProgram().result)
    let output = try #require(session.fileDirectives.first { $0.kind == .output })
    var bytes: [UInt8] = []
    result.write(output) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let rows = ["1\ta\t10\tx", "1\tb\t10\tx", "2\ta\t20\ty", "3\tc\t30\tz"]

  /// Rules, and the columns of `r` that are kept for them.
  @Test(arguments: [
    ("out(a, c) :- r(a, _, c, _).", [0, 2]),
    ("out(a, a) :- r(a, _, _, \"x\").", [0, 3]),
    ("out(a, a) :- r(a, b, _, _), contains(\"a\", b), b = \"a\".", [0, 1]),
    // What is only tested is not kept, but the answer is.
    ("out(a, a) :- r(a, b, _, _), contains(\"a\", b).", [0]),
    ("out(a, a) :- r(a, b, _, d), b < \"b\", !match(\"y.*\", d).", [0]),
    ("out(a, a) :- r(a, b, _, _), b < \"b\". out(a, 0) :- r(a, b, _, b).", [0, 1, 3]),
    ("out(1, 2) :- r(_, _, _, _).", []),
    ("out(n, n) :- n = max a : { r(a, _, _, _) }.", [0]),
    // What is computed by constants alone is.
    ("out(strlen(d), n) :- r(a, b, _, d), n = strlen(substr(b, 0, 1)) + a.", [0]),
    ("out(a, 0) :- r(a, b, _, d), substr(b, 0, 1) = substr(d, 0, -1), b >= \"b\".", [0]),
    ("out(a, c) :- r(a, b, c, _), strlen(b) > 0, substr(b, a, 1) = \"a\".", [0, 1, 2]),
    ("out(a, c) :- r(a, b, c, d), b = substr(d, 0, 1).", [0, 1, 2]),
    // Each row gets a number.
    ("out(autoinc(), c) :- r(_, _, c, _).", [0, 1, 2, 3]),
    (
      "out(n, c) :- s(n, c). .decl s(n: number, c: number) s(autoinc(), c) :- r(_, _, c, \"x\").",
      [0, 1, 2, 3]
    ),
    // Two rows are told apart by texts alone.
    ("out(n, n) :- n = count : { r(_, _, _, _) }.", [0, 1, 2, 3]),
    ("out(1, s) :- s = sum c : { r(_, _, c, _) }.", [0, 1, 2, 3]),
    // Here they are looked at, and tell all rows apart.
    ("out(n, 0) :- n = count : { r(_, b, _, _), contains(b, \"a\") }.", [0, 1, 2]),
  ])
  func columnsThatAreKept(_ rules: String, _ columns: [Int]) throws {
    let (session, problems) = try session(rules, Self.rows)
    #expect(problems.isEmpty)
    #expect(session.inputs.values.first?.kept.columns ?? [0, 1, 2, 3] == columns)
    let whole = try self.session(rules, Self.rows, runsOnce: false).0
    #expect(whole.inputs.isEmpty)
    #expect(try written(session) == written(whole))
  }

  /// Rows that are there twice count once, whatever is kept.
  @Test func rowsThatComeAgain() throws {
    let rules = "out(n, s) :- n = count : { r(_, _, _, _) }, s = sum a : { r(a, _, _, _) }."
    let (session, _) = try session(rules, Self.rows + [Self.rows[2]])
    #expect(session.inputs.values.first?.kept.columns == [0, 1, 2, 3])
    #expect(try written(session) == "4\t7\n")
    let texts = ["1\ta\t1\tx", "2\tb\t1\tx"]
    let lean = try self.session(rules, texts).0
    #expect(lean.inputs.values.first?.kept.columns == [0, 2])
    #expect(try written(lean) == "2\t3\n")
  }

  /// A text that is tested goes from what an aggregate counts, if that looks at all columns that stay.
  @Test(arguments: [
    ("out(n, 0) :- n = count : { r(a: _, c: _, d: d), d >= \"y\" }.", [0, 2], 1),
    ("out(n, 0) :- n = count : { r(_, b, _, d), d >= \"y\", contains(\"a\", b) }.", [0, 2], 2),
    (
      "out(n, s) :- s = strlen(d), r(_, _, _, d), n = count : { r(a: _, c: _, d: e), strlen(e) = s }.",
      [0, 2], 1
    ),
    ("out(n, 0) :- n = sum strlen(b) : { r(a: _, b: b, c: _) }.", [0, 2], 1),
    ("out(n, a) :- n = count : { r(c: _, d: d), d >= \"y\" }, r(a, _, _, \"x\").", [0, 2, 3], 0),
    ("out(n, a) :- n = count : { r(c: _, d: d), d >= \"y\" }, r(a, _, _, _).", [0, 2], 1),
  ])
  func testsOfWhatIsCounted(_ rules: String, _ columns: [Int], _ made: Int) throws {
    let rows = ["1\ta\t1\tx", "2\ta\t1\ty", "3\tb\t1\tz", "4\ta\t2\tz"]
    let lean = try session(rules, rows).0
    #expect(lean.inputs.values.first?.kept.columns == columns)
    #expect(lean.inputs.values.first?.kept.made.count == made)
    #expect(try written(lean) == written(session(rules, rows, runsOnce: false).0))
  }

  /// Rows that differ in what is made of a text are counted by who does not look at that.
  @Test(arguments: ["n = strlen(b)", "contains(\"b\", b), n = 1"])
  func whatIsMadeTellsNoRowsApart(_ use: String) throws {
    let rules =
      "out(c, count) :- r(a, b, c, d), r(a, e, c, d). out(0, n) :- r(_, b, _, _), \(use)."
    let rows = ["1\ta\t7\tx", "1\tab\t7\tx"]
    let lean = try session(rules, rows).0
    #expect(try written(lean) == written(session(rules, rows, runsOnce: false).0))
    #expect(try written(lean).contains("7\t4\n"))
  }

  /// Facts of the program, and relations that are written or that rules add to, are kept whole.
  @Test(arguments: [
    "r(7, \"q\", 8, \"q\").", ".output r", ".printsize r",
    "r(a, \"b\", a, \"c\") :- r(a, _, _, _).",
  ])
  func relationsOfWhichMoreIsWanted(_ more: String) throws {
    let rules = "out(a, a) :- r(a, _, _, _).\n\(more)\n"
    let (session, problems) = try session(rules, Self.rows)
    #expect(problems.isEmpty)
    #expect(session.inputs.isEmpty)
    #expect(try written(session) == written(self.session(rules, Self.rows, runsOnce: false).0))
  }

  @Test func mistakesInColumnsThatGoAreToldOf() throws {
    let wrong = ["1\ta\tten\tx", "1\tb", "two\ta\t20\ty"]
    let messages = try [true, false].map { runsOnce in
      try session("out(a, a) :- r(a, _, _, _).", wrong, runsOnce: runsOnce).1.map(\.message)
    }
    #expect(messages[0] == messages[1])
    #expect(messages[0].count == 3)
  }

  /// Bytes that are no text, in a column that is kept (b) and one that is not (d).
  @Test(arguments: [1, 2]) func bytesThatAreNoTextsAreToldOf(threads: Int) throws {
    let rows = (0..<30_000).map { "\($0)\t大运\t7\t\($0 % 3 == 0 ? "a\u{1}b" : "开发区")" }
    let broken: [[UInt8]] = [
      [0xFF], [0xE5, 0xA4], [0], Array("plain text of some length".utf8) + [0xC0],
    ]
    for (place, value) in broken.enumerated() {
      var bytes: [UInt8] = []
      for part in 0..<3 {
        let texts = part == place % 2 ? [value, Array("数".utf8)] : [Array("数".utf8), value]
        bytes += Array("1\t".utf8) + texts[0] + Array("\t2\t".utf8) + texts[1] + Array("\n".utf8)
      }
      let found = try [true, false].map { runsOnce in
        let (session, problems) = try session(
          "out(a, a) :- r(a, b, _, _), b != \"x\".", rows, bytes, runsOnce: runsOnce,
          threads: threads)
        return problems.map { "\($0.message) \($0.span.map { session.sources.place($0) } ?? "")" }
      }
      #expect(found[0] == found[1])
      #expect(found[0].count == 3)
    }
  }

  @Test func whatIsLoadedAfterwardsSeesNothingOfThem() throws {
    let (session, _) = try session("out(a, a) :- r(a, _, _, _).", Self.rows)
    #expect(!session.inputs.isEmpty)
    session.load([SourceText(name: "q.dl", text: ".decl q(x: symbol)\nq(b) :- r(_, b, _, _).")])
    #expect(session.inputs.isEmpty)
    #expect(try written(session).isEmpty)
  }

  @Test(arguments: 0..<250 as Range<UInt64>)
  func randomProgramsWriteTheSame(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    func draw(_ names: [String]) -> String { names.randomElement(using: &random) ?? "_" }
    func atom(_ names: [[String]]) -> String {
      "r(" + names.map { draw($0) }.joined(separator: ", ") + ")"
    }
    func aggregate() -> String {
      let function = draw(["count", "sum v", "min v", "max v", "sum v + 1"])
      let body = atom([["_", "x", "1"], ["_", "_", "t", "\"b\""], ["v"], ["_", "_", "\"x\""]])
      return "\(function) : { \(body) }"
    }
    var rules = ""
    func tests() -> String {
      [
        "", ", b < \"b\"", ", \"a\" >= b", ", contains(\"数\", b)", ", !match(\"[a-b]\", b)",
        ", b > \"a\", b > \"a\"",
        ", d <= \"x\"", ", contains(\"省\", d), !contains(\"省\", d)", ", match(\"(\", d)",
        ", b != d", ", strlen(b) > 1", ", substr(d, 0, 1) < \"y\"", ", strlen(b) <= strlen(d) + 1",
        ", substr(b, 1, -1) = substr(d, 2, 3)", ", strlen(substr(b, 0, 1)) = 1, contains(\"a\", b)",
      ].randomElement(using: &random) ?? ""
    }
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      switch Int.random(in: 0..<10, using: &random) {
      case 0: rules += "out(x, y) :- \(atom([["x"], ["_", "\"a\"", "t"], ["y"], ["_", "t"]])).\n"
      case 1:
        rules +=
          "out(x, n) :- \(atom([["x"], ["_", "t"], ["_"], ["_", "t"]])), n = \(aggregate()).\n"
      case 3: rules += "out(x, y) :- r(x, b, y, d)\(tests())\(tests()).\n"
      case 7:
        let value = draw(["strlen(b)", "strlen(substr(d, 1, -1))", "strlen(b) + strlen(d)"])
        rules += "out(x, \(value)) :- r(x, b, y, d)\(tests()).\n"
      case 4:
        rules +=
          "out(x, n) :- r(x, _, _, _), n = \(draw(["count", "sum v"])) : { r(v, b, _, d)\(tests()) }.\n"
      case 5: rules += "out(x, n) :- r(a: x), n = count : { r(a: v, b: b, d: d)\(tests()) }.\n"
      case 9:
        rules += "out(c, count) :- r(a, b, c, d), r(a, e, c, f)\(tests()).\n"
      case 6:
        rules +=
          "out(0, n) :- n = count : { r(a: v, b: b, c: 1)\(tests().replacing("d", with: "b")) }.\n"
      case 2: rules += "out(0, n) :- n = \(aggregate()).\n"
      default: rules += "out(x, y) :- out(y, x), \(atom([["x"], ["_"], ["_"], ["_", "\"y\""]])).\n"
      }
    }
    let values = [
      ["1", "2", "3"], ["a", "b", "数", "数据", "bb"], ["1", "2", "-5"],
      ["x", "y", "省", "", "开发区", "xyz"],
    ]
    let rows = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
      values.map { draw($0) }.joined(separator: "\t")
    }
    let lean = try session(rules, rows, threads: 1 + Int(seed % 2)).0
    let whole = try session(rules, rows, runsOnce: false).0
    #expect(try written(lean) == written(whole), "seed \(seed):\n\(rules)\(rows)")
  }
}
