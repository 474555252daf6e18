import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Conditions that many candidates are asked before they are rows.
@Suite struct CandidateFilterTests {
  private static let declarations = [
    ".decl p(i: number, a: number, x: float, k: number)", ".decl e(k: number, v: number)",
    ".decl u(v: number)", ".decl c(i: number, m: unsigned, s: symbol)",
    ".decl r(i: number, j: number)", ".decl d(i: number, j: number, n: number)",
    ".decl f(i: number, z: float)",
  ]

  /// Groups, ranges, both, none; neighbours; values that are needed later; what fails for some; recursion.
  private static let rules = [
    "r(i, j) :- p(i, a, x, k), p(j, b, y, k), (x - y) * (x - y) + (x - y) < 9.0.",
    "r(i, j) :- p(i, a, x, k), p(j, b, y, k), i < j, (a - b) * (a - b) < 9, x != y.",
    "r(i, j) :- p(i, a, _, _), p(j, b, _, _), a < b, a * a + b * b = a * b + 100.",
    "d(i, j, n) :- p(i, a, _, k), p(j, b, _, k), n = a * b - i, n % 3 = 1, n > 7.",
    "d(i, j, n) :- p(i, a, _, k), p(j, b, _, k), n = a * b, n > 7, n + i != j.",
    "r(x, y) :- e(k, x), e(k, y), x - y != y * 2, x bor y > 20.",
    "r(x, y) :- e(k, x), e(k, y), e(k, z), (x + y) * z < 100, x != z.",
    "r(i, j) :- c(i, m, s), c(j, n, t), i < j, (m band n) = 0, (m bor n) % 7 = 3.",
    "r(i, j) :- c(i, m, s), c(j, n, t), m bxor n <= m, s != t.",
    "r(x, y) :- u(x), u(y), x * 7 % 5 < 3, y < x, x * y % 4 != 1.",
    "d(i, j, max(a, b)) :- p(i, a, _, k), p(j, b, _, k), max(a, b) - min(a, b) > 5 + a % 7.",
    "r(i, j) :- p(i, a, x, _), p(j, b, y, _), a != b, 100 / (a - b) > 7, x < y.",
    "r(x, y) :- e(1, x), e(_, y), x < y. r(x, z) :- r(x, y), e(k, y), e(k, z), (z - x) * 3 > y, z < 40.",
    "f(i, x - y) :- p(i, _, x, k), p(j, _, y, k), x - y < 0.25, j != i.",
  ]

  private static func facts(_ count: Int, seed: UInt64) -> [String] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).flatMap { i in
      let (a, b) = (
        Int.random(in: -30...30, using: &random), Int.random(in: 0...60, using: &random)
      )
      return [
        "p(\(i), \(a), \(b)\(b % 2 == 0 ? ".5" : ".0"), \(i % 3)).", "e(\(i % 3), \(b)).",
        "u(\(b)).",
        "c(\(i), \(b), \"\(b % 5)\").",
      ]
    }
  }

  @Test(arguments: rules) func rowsAreThoseThatAreLookedAtLater(rule: String) {
    for (count, seed) in [(12, 1), (60, 2), (75, 3)] as [(Int, UInt64)] {
      expectOneAnswer(Self.declarations + [rule] + Self.facts(count, seed: seed), seed: seed)
    }
  }

  /// The plan of a rule for `r`, once all rows are there.
  private func plan(_ rule: String) throws -> RulePlan {
    let lines = Self.declarations + [rule] + Self.facts(60, seed: 5)
    let transformed = try TransformedProgram(
      lines.map { $0 + "\n" }.joined(), "?- r(i, j).", without: [.demand])
    let (program, relations) = (transformed.program, try transformed.evaluated())
    let index = try #require(program.rules.firstIndex { program[$0.head].name == "r" })
    return Planner(program: program, relations: relations, options: Set(Optimization.allCases))
      .plan(rule: index, deltaLiteral: nil, recursive: [])
  }

  /// J for a join or an extension, + for a computation, < for a comparison.
  private func shape(_ plan: RulePlan) -> String {
    plan.steps.map { step in
      switch step {
      case .join, .extend: "J"
      case .compute: "+"
      case .compare: "<"
      default: ""
      }
    }.joined()
  }

  @Test(arguments: [
    // Once for the same operands, in whatever condition.
    ("r(i, j) :- p(i, a, _, _), p(j, b, _, _), (a - b) * (a - b) < 9.", "JJ++<"),
    ("r(i, j) :- p(i, a, _, k), p(j, b, _, k), a * b < 9, a * b != i.", "JJ+<<"),
    ("r(i, j) :- p(i, a, _, _), p(j, b, _, _), (a - b) * (b - a) < 9.", "JJ+++<"),
    // Before many rows, what they have in common.
    ("r(i, j) :- p(i, a, _, _), p(j, b, _, _), a * a + i < b * b + j.", "J++J++<"),
    ("r(i, j) :- p(i, a, _, _), p(j, b, _, _), a % 7 + b < 9.", "J+J+<"),
    // What may fail waits for the rows that it is asked of.
    ("r(i, j) :- p(i, a, _, _), p(j, b, _, _), 100 / (a + 99) + b < 9.", "J+J++<"),
  ])
  func valuesAreComputedOnceAndEarly(_ rule: String, _ expected: String) throws {
    #expect(try shape(plan(rule)) == expected)
  }

  @Test(arguments: [
    ("r(i, j) :- p(i, a, _, _), p(j, b, _, _), (a - b) * (a - b) < 9, i != j.", 4),
    // Up to what may fail, or takes texts.
    ("r(i, j) :- p(i, a, _, _), p(j, b, _, _), a - b != 3, a / (j + 1) != 2, i != j.", 2),
    ("r(i, j) :- c(i, m, s), c(j, n, t), m != n, s < t, m bor n < 6.", 1),
    // What the last condition does not need is left to the rows.
    ("r(i, j) :- p(i, a, _, _), p(j, b, _, _), a - b != 3, a * b / (j + 1) < 100.", 2),
    ("r(i, j) :- p(i, a, _, _), p(j, b, _, _), a / (j + 1) > 7.", nil),
  ])
  func aFilterCoversWhatCannotFail(_ rule: String, _ covered: Int?) throws {
    let plan = try plan(rule)
    let found = plan.steps.indices.reversed().lazy.compactMap { position in
      if case .join(let join) = plan.steps[position] { (position, join.filter) } else { nil }
    }.first
    let (position, filter) = try #require(found)
    #expect(filter.map { $0.end - position - 1 } == covered)
    #expect(filter.map(\.instructions.count) == covered)
  }

  /// Candidates are counted as rows are.
  @Test func aProfileTellsOfCandidates() throws {
    func rows(_ options: Set<Optimization>) throws -> [Int] {
      let session = QuerySession()
      session.optimizations = options
      let rule = "r(i, j) :- p(i, a, x, k), p(j, b, y, k), x * y < 900.0, a - b != 3, a + b > 2."
      let lines = Self.declarations + [rule] + Self.facts(200, seed: 6)
      let text = lines.map { $0 + "\n" }.joined()
      try #require(session.load([SourceText(name: "p.dl", text: text)]).isLoaded)
      let (profile, _) = session.profile(SourceText(name: "q", text: "?- r(i, j)."))
      return try #require(profile).rules.flatMap(\.conditions).map(\.rows)
    }
    let all = Set(Optimization.allCases)
    let found = try rows(all)
    #expect(found == (try rows(all.subtracting([.filters]))))
    #expect(found.count > 3 && found[1] > 10_000)
  }
}
