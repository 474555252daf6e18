import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Aggregates over the same rows, which one pass computes.
@Suite struct CommonBodyTests {
  private static let declarations = """
    .decl o(i: number, a: number, b: number, f: float, t: symbol)
    .decl d(a: number, n: number)
    .decl g(a: number)

    """

  /// Bodies that speak of the group `x`: under other names, with more columns or fewer, with and without conditions.
  private static let bodies = [
    "o(_, x, v, _, _)", "o(_, x, w, _, _)", "o(i, x, v, q, s)", "o(_, x, v, _, _), v > 2",
    "o(_, x, w, f, _), w > 2", "o(_, x, v, _, _), v > 3", "o(_, x, v, _, _), d(v, n)",
    "o(_, x, k, _, _), d(k, m)", "o(_, x, v, _, _), d(x, n)", "o(_, x, v, _, _), !d(v, 1)",
    "o(_, x, v, _, _), h = v / 2, h > 0", "o(_, x, v, _, _), h = v / 2, h > 0, d(h, _)",
    "o(_, x, x, _, _)", "o(_, x, v, _, v2), contains(\"b\", v2)", "o(a: x, b: v)",
    "o(a: x, b: w, f: q)", "o(1, x, v, _, _)", "d(x, v)", "d(x, v), v != 3",
  ]

  private static func program(seed: UInt64) -> [String] {
    var random = SeededGenerator(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    var lines = [declarations]
    for i in 0..<60 {
      let text = ["a", "b", "ab", "大"][number(0...3)]
      let values = "\(i), \(number(0...4)), \(number(0...6)), \(number(-8...8)).25"
      lines.append("o(\(values), \"\(text)\").")
      if number(0...2) == 0 { lines.append("d(\(number(0...5)), \(number(0...3))).") }
    }
    lines += (0...5).map { "g(\($0))." }
    // Few bodies, each several times.
    let few = (0..<3).map { _ in bodies[number(0...bodies.count - 1)] }
    for rule in 0..<4 {
      var (conditions, head, columns) = (["g(x)"], ["x"], ["x: number"])
      for place in 0..<number(2...4) {
        let body = few[number(0...2)]
        // A name of the body to aggregate over, if it has one.
        let values = ["v", "w", "k"].filter { body.contains(" \($0),") || body.contains(" \($0))") }
        let function = ["count", "sum", "min", "max", "mean"][number(0...4)]
        let isCount = function == "count" || values.isEmpty
        let target = isCount ? "" : " \(values[0])\(number(0...2) == 0 ? " * 2" : "")"
        let type = !isCount && function == "mean" ? "float" : "number"
        conditions.append("y\(place) = \(isCount ? "count" : function)\(target) : { \(body) }")
        head.append("y\(place)")
        columns.append("y\(place): \(type)")
      }
      lines.append(".decl r\(rule)(\(columns.joined(separator: ", ")))")
      lines.append(
        "r\(rule)(\(head.joined(separator: ", "))) :- \(conditions.joined(separator: ", ")).")
    }
    return lines
  }

  @Test(arguments: 1...50 as ClosedRange<UInt64>) func eachHasItsValue(seed: UInt64) {
    expectOneAnswer(Self.program(seed: seed), seed: seed)
  }

  /// The aggregates of a rule that are computed in the pass of another.
  private func together(
    _ rule: String, without left: Set<Optimization> = [], rows: Int = 6000
  ) throws -> [String] {
    let session = QuerySession()
    session.requiresDeclarations = true
    session.optimizations.subtract(left)
    let program = """
      \(Self.declarations)o(i, i % 7, i % 100, to_float(i), to_string(i % 50)) :- i = range(0, \(rows)).
      d(i % 10, i) :- i = range(0, \(rows)).
      .output r
      \(rule)

      """
    let loaded = session.load([SourceText(name: "p.dl", text: program)])
    #expect(loaded.isLoaded, "\(loaded.diagnostics.map(\.message))")
    var profile: QueryProfile?
    #expect(session.runProgram { profile = $0 }.result != nil)
    return try #require(profile).rules.filter { $0.togetherWith != nil }.map(\.text)
  }

  @Test func sameBodiesAreGoneThroughOnce() throws {
    let all = """
      .decl r(x: number, n: number, s: number, m: float, l: symbol)
      r(x, n, s, m, l) :- o(_, x, _, _, _), n = count : { o(_, x, _, _, _) },
        s = sum v : { o(_, x, v, _, _) }, m = mean f : { o(_, x, _, f, _) }, l = max t : { o(_, x, _, _, t) }.
      """
    #expect(try together(all).count == 3)
    #expect(try together(all, without: [.aggregates]).isEmpty)
    #expect(try together(all, rows: 100).isEmpty)
    let conditions = """
      .decl r(x: number, n: number, s: number)
      r(x, n, s) :- o(_, x, _, _, _), n = count : { o(_, x, v, _, _), d(v, k), k < 20 },
        s = sum w : { o(_, x, w, _, _), d(w, n2), n2 < 20 }.
      """
    #expect(try together(conditions).count == 1)
  }

  @Test(arguments: [
    "n = count : { o(_, x, v, _, _), v > 2 }, s = sum w : { o(_, x, w, _, _), w > 3 }",
    "n = count : { o(_, x, v, _, _), d(v, _) }, s = sum w : { o(_, x, w, _, _), d(x, _) }",
    "n = count : { o(_, x, x, _, _) }, s = sum w : { o(_, x, w, _, _) }",
    "n = count : { o(_, x, 5, _, _) }, s = sum w : { o(_, x, w, _, _) }",
    "n = count : { o(_, x, v, _, _) }, s = sum w : { o(_, w, x, _, _) }",
    "n = count : { o(_, x, v, _, _), d(v, k) }, s = sum w : { o(_, x, w, _, _), !d(w, 3) }",
  ]) func othersAreNot(conditions: String) throws {
    let rule =
      ".decl r(x: number, n: number, s: number)\nr(x, n, s) :- o(_, x, _, _, _), \(conditions)."
    #expect(try together(rule).isEmpty)
  }
}
