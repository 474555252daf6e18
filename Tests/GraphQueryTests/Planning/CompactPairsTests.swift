import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Conditions on relations in compact form, whose pairs are many more than their near values: these are counted, and
/// taken each once.
@Suite struct CompactPairsTests {
  /// Ten classes of fifty values and a hundred of five, and the closure of a chain; by small numbers, or by some that
  /// are far apart.
  private static func facts(step: Int) -> String {
    """
    .decl n(a:number)
    .decl e(a:number, b:number) eqrel
    .decl p(a:number, b:number)
    n(a) :- a = range(0, 1000).
    e(a * \(step), a % 10 * \(step)) :- n(a), a < 500.
    e(a * \(step), a / 5 * 5 * \(step)) :- n(a), a >= 500.
    p(a * \(step), a * \(step) + \(step)) :- n(a), a < 200.
    p(a, c) :- p(a, b), p(b, c).

    """
  }

  /// The conditions of a rule for `r` in their order, with the rows behind each.
  private func conditions(
    _ rule: String, step: Int, columns: String = "a:number, b:number", facts: String? = nil,
    without left: Set<Optimization> = []
  ) throws -> [(text: String, access: String, rows: Int)] {
    let session = QuerySession()
    session.requiresDeclarations = true
    session.optimizations.subtract(left)
    let program = (facts ?? Self.facts(step: step)) + ".decl r(\(columns))\n.output r\n\(rule)\n"
    let loaded = session.load([SourceText(name: "p.dl", text: program)])
    #expect(loaded.isLoaded, "\(loaded.diagnostics.map(\.message))")
    var profile: QueryProfile?
    #expect(session.runProgram { profile = $0 }.result != nil)
    let all = try #require(profile).rules
    let found = try #require(all.last { $0.text.contains("e(") || $0.text.contains("p(") })
    return found.conditions.map { ($0.text, $0.access, $0.rows) }
  }

  /// Nearly all pairs are of one class, from which a sample would take it that there are few values.
  @Test(arguments: [1, 1_000_003])
  func whatABoundedAtomIsLookedUpByComesFirst(step: Int) throws {
    let facts = """
      .decl n(a:number)
      .decl e(a:number, b:number) eqrel
      .decl w(l:number, h:number)
      n(a) :- a = range(0, 10000).
      e(a * \(step), 0) :- n(a), a < 600.
      e(a * \(step), a * \(step)) :- n(a), a >= 600.
      w(a * \(step), (a + 12) * \(step)) :- n(a).

      """
    let found = try conditions(
      "r(l, y) :- w(l, h), e(l, y), y > l, y <= h.", step: step, facts: facts)
    #expect(found.map(\.text) == ["w(l, h)", "e(l, y), y > l, y <= h"])
    #expect(found.map(\.rows) == [10_000, 12 * 588 + 66])
  }

  @Test(arguments: [1, 1_000_003])
  func rowsOfNearValuesAreCounted(step: Int) throws {
    let terms = TermSpace(Graph().dictionary)
    let relation = Relation(name: "e", types: [.number, .number], terms: terms)
    // One class has nearly all pairs.
    for member in 1..<300 { relation.insert([0, UInt64(member * step)]) }
    for member in 300..<4000 { relation.insert([UInt64(member * step), UInt64(member * step)]) }
    relation.settle()
    let equivalence = Equivalence(relation, terms: terms)
    try equivalence.addStoredRows()
    equivalence.finish()
    #expect(relation.rowCount == 300 * 300 + 3700)
    #expect(relation.distinctCount(0) == 4000 && relation.distinctCount(1) == 4000)
  }

  /// What stands between the two values of an atom is no filter of all its pairs.
  @Test(arguments: [
    ("r(a, b) :- e(a, b), a < b, b < a + S * 11.", 1),
    ("r(a, b) :- e(a, b), b - a > S * 485.", 1),
    ("r(a, b) :- e(b, a), S * 485 < b - a, a != 3.", 1),
    ("r(a, b) :- e(a, b), b = a + S * 10.", 1),
    ("r(a, b) :- e(a, b), a - S * 10 = b.", 1),
    ("r(a, b) :- e(a, b), a + b < S * 30.", 1),
    ("r(a, b) :- e(a, b), a < S * 20, b > S * 480.", 1),
    ("r(a, b) :- p(a, b), b <= a + S * 2.", 1),
    ("r(a, b) :- p(a, b), b - a = S * 7.", 1),
    // Two ways to reach the head are looked at beside each other only as far as the bounds go.
    ("r(a, b) :- p(a, b), b < a + S * 3, b != S * 7.", 2),
  ])
  func boundsBetweenTheValuesOfAnAtom(_ rule: String, _ count: Int) throws {
    for step in [1, 1_000_003] {
      let rule = rule.replacing("S", with: "\(step)")
      let found = try conditions(rule, step: step)
      // Over ranks a value that is left out is no bound.
      #expect(found.count <= (step == 1 ? 1 : 2), "\(rule)")
      let first = try #require(found.first)
      #expect(first.rows > 0 && first.rows < 2500, "\(rule): \(first.rows) rows")
      #expect(first.access.hasPrefix("range ("), "\(rule): \(first.access)")
      let filtered = try conditions(rule, step: step, without: [.ranges])
      #expect(filtered.first?.rows ?? 0 > 15_000, "\(rule)")
      #expect(filtered.last?.rows == found.last?.rows, "\(rule)")
    }
  }

  /// Sums wrap around: where they may, a difference is compared as it is written.
  @Test func differencesThatMayWrapAreNoBounds() throws {
    let step = 1 << 53
    let found = try conditions("r(a, b) :- e(a, b), b - a > \(step * 485).", step: step)
    #expect(found.count == 2)
  }

  /// Whoever asks for one value only gets each once.
  @Test(arguments: [
    ("r(a) :- e(a, _).", 1000), ("r(b) :- e(_, b).", 1000), ("r(a) :- p(a, _).", 200),
    ("r(a) :- e(a, b), b > S * 495.", 700), ("r(a) :- p(a, b), b > S * 100, b < S * 120.", 119),
    ("r(a) :- e(a, b), a < b, b < a + S * 11.", 890), ("r(a) :- p(a, b), a < S * 10.", 10),
  ])
  func projectionsTakeEachValueOnce(_ rule: String, _ rows: Int) throws {
    for step in [1, 1_000_003] {
      let rule = rule.replacing("S", with: "\(step)")
      let found = try conditions(rule, step: step, columns: "a:number")
      #expect(found.map(\.rows) == [rows], "\(rule)")
    }
  }

  /// Pairs that another condition of the rule has made columns of: two threads do so before they begin.
  @Test(arguments: [1, 2]) func valuesOfColumnsComeOnceAsWell(threads: Int) throws {
    for step in [1, 1_000_003] {
      for within in ["", "a >= \(step), "] {
        let session = QuerySession()
        session.requiresDeclarations = true
        session.threadCount = threads
        let program =
          Self.facts(step: step) + """
            .decl r(a:number, b:number)
            .output r
            r(a, b) :- p(a, b), \(within)b < a + \(step * 3), !p(b, a).
            """
        #expect(session.load([SourceText(name: "p.dl", text: program)]).isLoaded)
        let result = try #require(session.runProgram().result)
        // From each of two hundred values, or but the first, to the next two, and from the last to one.
        #expect(result.count(of: "r") == (within.isEmpty ? 399 : 397), "\(within)\(step)")
      }
    }
  }

  /// Rules that count rows, and conditions that need columns of the pairs, beside any bounds.
  @Test(arguments: ["number", "unsigned"])
  func randomProgramsHaveOneAnswer(type: String) {
    for seed in 1000..<UInt64(1050) {
      var random = SeededGenerator(seed: seed)
      let steps =
        type == "number" ? [1, 1, 1_000_003, -1_000_003, 1 << 60] : [1, 1_000_003, 1 << 59]
      let step = steps[Int.random(in: 0..<steps.count, using: &random)]
      let least = type == "number" && step != 1 ? -7 : 0
      func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
      func value() -> String { "\(number(least...7) * step)" + (type == "number" ? "" : "u") }
      func pick(_ texts: [String]) -> String { texts[number(0...texts.count - 1)] }
      var lines = [
        ".decl a(x:T, y:T)", ".decl s(x:T)", ".decl e(x:T, y:T) eqrel", ".decl p(x:T, y:T)",
        ".decl q(x:T, y:T)", ".decl g(x:T, y:T)", ".decl h(x:T)", ".decl m(x:T, n:number)",
        ".decl k(n:T)", ".decl d(x:T, y:T)",
      ].map { $0.replacing(":T", with: ":\(type)") }
      for _ in 0..<number(4...10) { lines.append("a(\(value()), \(value())).") }
      lines += ["s(\(value())).", "s(\(value()))."]
      lines += ["e(x, y) :- a(x, y).", "p(x, y) :- a(x, y).", "p(x, z) :- p(x, y), a(y, z)."]
      lines += ["q(x, y) :- a(x, y), s(x).", "q(x, z) :- a(x, y), q(y, z)."]
      func bound() -> String {
        let other = pick(["x", "\(value()) + x", "x + \(value())", "x - \(value())", value()])
        let order = pick(["<", "<=", ">", ">=", "!=", "="])
        return pick([
          "y \(order) \(other)", "\(other) \(order) y", "y - x \(order) \(value())",
          "x - y \(order) \(value())", "\(value()) \(order) x + y", "x \(order) y * \(value())",
          "-y \(order) x", "x \(order) \(value())",
        ]).replacing("-y", with: type == "number" ? "-y" : "y")
      }
      for _ in 0..<number(3...6) {
        let relation = pick(["e", "p", "q"])
        var body = ["\(relation)(x, y)"] + (0..<number(1...3)).map { _ in bound() }
        if number(0...1) == 0 {
          body.append(
            pick([
              "s(x)", "s(y)", "!\(relation)(y, x)", "\(relation)(_, y)", "a(x, _)", "p(y, x)",
              "!a(x, y)", "\(relation)(x, z), z > y", "e(z, y), z < x", "s(z)",
            ]))
        }
        body.shuffle(using: &random)
        let text = body.joined(separator: ", ")
        lines.append(
          pick([
            "g(x, y) :- \(text).", "g(y, x) :- \(text).", "h(x) :- \(text).", "h(y) :- \(text).",
            "m(x, count y) :- \(text).", "m(y, n) :- a(y, _), n = count : { \(text) }.",
            "k(sum y) :- \(text).", "k(min x) :- \(text).",
            "d(x, y) :- \(text).", "d(x, y) :- d(y, _), \(text).",
          ]))
      }
      expectOneAnswer(lines, seed: seed)
    }
  }
}
