import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// What an aggregate is asked for, in place of the conditions that say it.
@Suite struct DemandedGroupsTests {
  private static let event = ".decl event(u:number, t:number, k:number)\nevent(1, 2, 3).\n"

  /// The relations that the rules of `r`, or of those whose names begin with another word, read, and how many relations have rules.
  private func read(_ rules: String, by reader: String = "r") throws -> (by: [String], heads: Int) {
    let session = QuerySession()
    let text = Self.event + ".decl r(u:number, t:number, n:number)\n" + rules
    let loaded = session.load([SourceText(name: "test.dl", text: text)])
    try #require(loaded.isLoaded, "\(loaded.diagnostics.map(\.message))")
    let (core, _) = Lowering.lowerAll(in: session.environment(terms: session.termSpace()))
    let outputs = core.relations.indices.filter { !core.relations[$0].isAuxiliary }
      .map { RelationID(index: $0) }
    let (program, _) = ProgramTransformation.apply(
      to: core, strata: Stratification.stratify(core).strata, outputs: Set(outputs),
      facts: session.facts, options: Set(Optimization.allCases), cheapRows: 0)
    let names = program.rules.filter {
      program[$0.head].name.prefix(while: { $0 != " " }) == reader
    }.flatMap { rule in
      rule.body.compactMap(\.relation).map { String(program[$0].name.prefix { $0 != " " }) }
    }
    return (names, Set(program.rules.map(\.head)).count)
  }

  @Test(arguments: [
    // A group that has a value was asked for.
    ("n = min x : { event(u, x, _), x > t }", ["min"]),
    // A count may be zero.
    ("n = count : { event(u, x, _), x > t }", ["demand", "count"]),
    // One of both says it for the other.
    (
      "n = a + b, a = count : { event(u, x, _), x > t }, b = max x : { event(u, x, _), x > t }",
      ["count", "max"]
    ),
    // The third column is used besides.
    ("k > n, n = count : { event(u, x, _), x > t }", ["event", "count"]),
  ])
  func conditionsAreLookedAtOnce(_ condition: String, _ relations: [String]) throws {
    let rule = "r(u, t, n) :- event(u, t, \(condition.hasPrefix("k") ? "k" : "_")), \(condition)."
    #expect(try read(rule).by == relations)
  }

  /// What holds for every group that has a row is no condition of it.
  @Test(arguments: [("event(u, t, _)", ["event"]), ("event(u, t, k), k > 3", ["event", "answer"])])
  func whatEveryGroupMeetsIsNoCondition(_ body: String, _ relations: [String]) throws {
    let rules = """
      .decl answer(u:number, t:number)
      answer(u, t) :- \(body).
      r(u, t, n) :- answer(u, t), n = max k : { event(u, t, k) }.
      """
    #expect(try read(rules, by: "max").by == relations)
    // A count has a row for each then, which says it all.
    let counting = rules.replacing("max k : { event(u, t, k) }", with: "count : { event(u, t, _) }")
    #expect(try read(counting).by == (relations.count == 1 ? ["count"] : ["answer", "count"]))
  }

  @Test func whatIsAlikeIsOneRelation() throws {
    let later = "count : { event(u, x, _), x > t }"
    let twice = try read("r(u, t, n) :- event(u, t, _), n = a * b, a = \(later), b = \(later).")
    #expect(twice.by == ["demand", "count", "count"])
    #expect(twice.heads == 3)
    let apart = try read(
      """
      r(u, t, n) :- event(u, t, _), n = \(later).
      r(t, u, 0) :- event(u, t, k), k > n, n = \(later).
      """)
    #expect(apart.heads == 3)
  }

  @Test func aDemandForAllRowsIsTheirRelation() throws {
    let (names, heads) = try read(
      """
      .decl asked(u:number, t:number)
      asked(1, 2).
      r(u, t, n) :- asked(u, t), n = count : { event(u, x, _), x > t }.
      """)
    #expect(names == ["asked", "count"] && heads == 2)
  }

  /// Conditions that the rows of a group imply, and groups that have one.
  @Test(arguments: [
    // Whoever shares a value with another is in a group with a row.
    (
      "event(u, k, _), event(t, k, _), u < t, n = count : { event(u, x, _), event(t, x, _) }",
      ["count"]
    ),
    // More is asked of what is shared.
    (
      "event(u, k, _), event(t, k, _), k > 1, n = count : { event(u, x, _), event(t, x, _) }",
      ["event", "event", "count"]
    ),
    // A group that is wanted has a row, which implies this much.
    (
      "event(u, _, _), event(t, _, _), n = count : { event(u, t, _), event(t, x, u) }, n > 0",
      ["count"]
    ),
    (
      "event(u, _, _), event(t, _, _), n = count : { event(u, t, _), event(t, x, u) }, 0 <= n",
      ["event", "event", "count"]
    ),
    ("event(u, _, t), n = sum x : { event(u, x, t) }, n != 0", ["sum"]),
    // Not each event of `u` has a `t` that is larger.
    ("event(u, t, _), n = count : { event(u, x, t), x > t }", ["event", "count"]),
  ])
  func whatAGroupImpliesIsLeftOut(_ body: String, _ relations: [String]) throws {
    let found = try read("r(u, t, n) :- \(body).").by.filter { $0 != "demand" }
    #expect(found == relations)
  }

  /// Whichever side is written first, and where the clause can compute the one.
  @Test(arguments: [
    ("y / 2 = t", ["sum"]), ("t = y / 2", ["sum"]), ("t / 2 = y", ["event", "sum"]),
    ("t / u = y", ["demand", "sum"]),
  ])
  func sidesOfAComparison(_ condition: String, _ relations: [String]) throws {
    let sum = "sum y : { event(u, y, _), \(condition) }"
    #expect(try read("r(u, t, n) :- event(u, x, _), t = x / 2, n = \(sum).").by == relations)
  }

  /// The greatest and the least value depend on a set of values, so what gives them is like any rule; a sum does not.
  @Test(arguments: [("max", ["min"]), ("sum", ["alternatives", "min"])])
  func groupsWithinAggregates(_ function: String, _ relations: [String]) throws {
    let gaps = "event(u, x, _), m = min y : { event(u, y, _), y > x }, d = m - x"
    let found = try read(
      "r(u, u, n) :- event(u, _, _), n = \(function) d : { \(gaps) }.", by: function)
    #expect(found.by.filter { $0 != "demand" }.sorted() == relations.sorted())
  }

  /// Several aggregates over the same or other groups, some of whose conditions are used elsewhere.
  @Test func randomProgramsHaveOneAnswer() {
    let aggregates = [
      "count : { event(u, x, _), x > t }", "max x : { event(u, x, _), x < t }",
      "sum x : { event(u, x, y), x >= t, y != u }", "min x : { event(u, x, _), x != t, x > u }",
      "count : { event(x, t, _), x < u }", "sum x : { event(u, x, _), x / 2 = t }",
      "count : { event(u, x, y), t < x }", "count : { event(u, x, _), event(t, x, _) }",
      "sum y : { event(u, x, y), event(t, _, x) }", "count : { event(u, t, x) }",
      "max d : { event(u, x, _), m = min y : { event(u, y, _), y > x }, d = m - x }",
      "min d : { event(u, x, _), event(u, x, k2), m = count : { event(k2, y, _), y > x }, d = m }",
      "sum d : { event(u, x, _), m = max y : { event(u, y, _), y < x }, d = x - m }",
    ]
    let conditions = [
      "event(u, t, _)", "event(u, t, k)", "event(u, t, k), !off(u, t)", "event(u, t, k), off(k, t)",
      "off(u, t)", "event(t, u, _)", "event(u, t, k), k < t",
      "event(u, y, k), event(t, y, _), u < t", "event(u, y, _), event(t, y, _)",
      "event(u, t, k), k = 2", "event(u, x9, _), t = x9 / 2",
      "event(u, t, _), event(u, x9, _), x9 > t",
      "event(u, k, _), event(t, _, k)",
    ]
    let filters = ["a > 0", "a != 0, b > -1", "b >= 1", "0 < b, a < 9", "a + b > 0", "b = 2"]
    for seed in 1...30 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      func number() -> Int { Int.random(in: 0...6, using: &random) }
      var text = ".decl event(u:number, t:number, k:number)\n.decl off(u:number, t:number)\n"
      for _ in 0..<30 { text += "event(\(number()), \(number()), \(number())).\n" }
      for _ in 0..<12 { text += "off(\(number()), \(number())).\n" }
      for rule in 0..<4 {
        let condition = conditions.randomElement(using: &random) ?? ""
        let head = condition.contains("k") && Bool.random(using: &random) ? "k" : "u"
        let first = aggregates.randomElement(using: &random) ?? ""
        let second = aggregates.randomElement(using: &random) ?? ""
        let filter = filters.randomElement(using: &random) ?? ""
        text += """
          .decl r\(rule)(u:number, t:number, a:number, b:number)
          r\(rule)(\(head), t, a, b) :- \(condition), a = \(first), b = \(second), \(filter).

          """
      }
      Differential.expectAgreement(text, query: nil, seed: seed)
    }
  }
}
