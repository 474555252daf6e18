import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Rules whose head is known before all of the body is: one way through the rest is enough.
@Suite struct WitnessTests {
  private static let declarations = """
    .decl o(i: number, a: number, b: number, g: number)
    .decl e(x: number, y: number)
    .decl name(i: number, t: symbol)
    .decl h(i: number)
    """

  /// Bounds, bounds in a group, none; groups, neighbours, steps further on, rounds, and heads that come twice.
  private static let rules = [
    "h(i) :- o(i, a, b, _), o(j, c, d, _), c <= a, d <= b, (c < a ; d < b), j != i.",
    "h(i) :- o(i, a, b, _), o(_, c, d, _), c + d + 20 < a + b.",
    "h(i) :- o(i, a, _, g), o(j, c, _, g), c < a, j != i.",
    "h(i) :- o(i, a, _, g), o(j, c, d, g), (c + d) % 7 = a % 7, j != i.",
    "h(i) :- o(i, a, b, g), o(_, c, b, g), o(_, d, _, g), c < a, d < c.",
    "h(x) :- e(x, y), e(y, z), (x + y + z) % 11 = 0.",
    "h(i) :- name(i, t), o(_, a, _, _), o(_, _, b, g), contains(to_string(a), t), b = a + g.",
    "h(g) :- o(_, a, _, g), o(_, b, _, _), a < b.",
    "h(i) :- o(i, a, _, _), a < 4. h(i) :- o(i, a, _, g), o(j, b, _, g), h(j), b % 5 = a % 5.",
    "h(i) :- o(i, a, _, _), a < 4. h(j) :- h(i), o(i, a, _, _), o(j, b, _, _), o(_, c, _, _), c + b < 2 * a.",
    "h(7) :- o(_, a, _, _), o(_, b, _, _), a < b.",
  ]

  private static func facts(_ count: Int, seed: UInt64) -> String {
    var random = SeededGenerator(seed: seed)
    var text = ""
    for i in 0..<count {
      let (a, b) = (Int.random(in: 0...60, using: &random), Int.random(in: 0...60, using: &random))
      text += "o(\(i), \(a), \(b), \(i % 3)). e(\(i % 40), \(a)). name(\(i), \"\(b % 30)\").\n"
    }
    return text
  }

  /// The rows of `h`, ascending.
  private func heads(
    _ text: String, _ optimizations: Set<Optimization>, threads: Int = 1
  ) throws -> [String] {
    let session = QuerySession()
    session.optimizations = optimizations
    session.threadCount = threads
    try #require(session.load([SourceText(name: "h.dl", text: text)]).isLoaded)
    let answer = try #require(
      session.perform(statement: SourceText(name: "q", text: "?- h(i).")).lazy.compactMap {
        if case .answer(let answer, _) = $0 { answer } else { nil }
      }.first)
    return (0..<answer.rowCount).map { answer.text(row: $0, column: 0) }
  }

  /// A column that the head has twice stays beside the others.
  @Test func aVariableMayStandInTheHeadTwice() throws {
    let text = """
      \(Self.declarations)
      .decl r(i: number, b: number, j: number)
      r(i, b, i) :- o(i, a, b, g), o(j, c, _, g), c < a, j != i.
      h(i) :- r(i, b, j), o(k, _, b, _), i = j, i = k.
      \(Self.facts(300, seed: 3))
      """
    let all = Set(Optimization.allCases)
    let expected = try heads(text, all.subtracting([.existence]))
    #expect(expected.count > 100)
    #expect(try heads(text, all) == expected)
  }

  @Test(arguments: rules) func oneWayIsAsGoodAsAll(rule: String) throws {
    let all = Set(Optimization.allCases)
    for (count, seed) in [(40, 1), (200, 2)] as [(Int, UInt64)] {
      let text = "\(Self.declarations)\n\(rule)\n\(Self.facts(count, seed: seed))"
      let expected = try heads(text, all.subtracting([.existence]))
      #expect(!expected.isEmpty, "seed \(seed): \(rule)")
      for options in [all, [.existence], all.subtracting([.ranges, .heads, .scalars])] {
        #expect(try heads(text, options) == expected, "seed \(seed): \(rule)")
      }
      #expect(try heads(text, all, threads: 3) == expected, "seed \(seed), three threads: \(rule)")
    }
  }

  /// Small enough to be gone through by the naive evaluator, with each way of evaluation left out.
  @Test(arguments: rules) func randomRowsHaveOneAnswer(rule: String) {
    for seed in 10...12 as ClosedRange<UInt64> {
      let text = "\(Self.declarations)\n\(rule)\n\(Self.facts(30, seed: seed))"
      Differential.expectAgreement(text, query: nil, seed: seed)
    }
  }

  /// A row costs a few times what its first way through does, not what all of them do.
  @Test(arguments: [
    "h(i) :- o(i, a, _, _), o(_, b, _, _), b <= a.",
    "h(i) :- o(i, a, _, g), o(_, b, _, g), b <= a.",
    "h(i) :- o(i, a, _, _), o(j, b, _, _), b * j <= a * j + i.",
  ])
  func fewMatchesAreLookedAt(rule: String) throws {
    let count = 1500
    let text = "\(Self.declarations)\n\(rule)\n\(Self.facts(count, seed: 4))"
    func looks(_ optimizations: Set<Optimization>) throws -> Int {
      let session = QuerySession()
      session.optimizations = optimizations
      try #require(session.load([SourceText(name: "h.dl", text: text)]).isLoaded)
      let (profile, _) = session.profile(SourceText(name: "q", text: "?- h(i)."))
      return try #require(profile?.rules.flatMap(\.conditions).map(\.rows).max())
    }
    let all = Set(Optimization.allCases)
    #expect(try looks(all) < 60 * count, "\(rule)")
    #expect(try looks(all.subtracting([.existence])) > 100 * count, "\(rule)")
  }

  /// What was found is no measure of what there is, so nobody is advised on it.
  @Test func aSearchIsShownAsOne() throws {
    let rule = "h(i) :- o(i, a, _, _), o(j, b, _, _), b * j <= a * j + i."
    let text = "\(Self.declarations)\n\(rule)\n\(Self.facts(1500, seed: 6))"
    let session = QuerySession()
    try #require(session.load([SourceText(name: "h.dl", text: text)]).isLoaded)
    let (profile, _) = session.profile(SourceText(name: "q", text: "?- h(i)."))
    let accesses = profile?.rules.flatMap(\.conditions).map(\.access) ?? []
    #expect(accesses.contains("scan, until found"), "\(accesses)")
    #expect(profile?.advice.contains { $0.contains("were expected") } == false)
  }

  /// What counts rows looks at all of them.
  @Test func countsAreOfAllWays() throws {
    let text =
      "\(Self.declarations)\nh(n) :- n = count : { o(_, a, _, _), o(_, b, _, _), b < a }.\n"
      + Self.facts(200, seed: 5)
    let expected = try heads(text, [])
    #expect(try heads(text, Set(Optimization.allCases)) == expected)
    #expect(expected != ["200"])
  }
}
