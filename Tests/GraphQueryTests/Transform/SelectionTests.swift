import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Rows with constants, selected once, and the ways in which rules go on with them.
@Suite struct SelectionTests {
  private static let triples = """
    .decl triple(s:number, p:number, o:number)
    triple(1, 7, 2). triple(2, 7, 3). triple(3, 8, 1). triple(1, 9, 3).
    .decl path(x:number, y:number)
    path(x, y) :- triple(x, 7, y).
    path(x, z) :- path(x, y), triple(y, 7, z).
    .decl round(x:number, y:number)
    round(x, z) :- triple(x, 7, y), triple(y, 7, z), triple(z, 8, x), !triple(x, 8, z).
    """

  private func program(_ query: String, without: Set<Optimization> = []) throws -> CoreProgram {
    try TransformedProgram(Self.triples, query, without: without).program
  }

  @Test func aPredicateIsSelectedOnceForAllConditions() throws {
    let program = try program("?- path(x, y), round(x, y).")
    let selections = program.relations.filter(\.isSelection)
    // One for each of 7 and 8, though five conditions ask for them.
    #expect(selections.count == 2)
    #expect(selections.allSatisfy { $0.columns.count == 2 })
    let plain = try self.program("?- path(x, y), round(x, y).", without: [.selections])
    #expect(!plain.relations.contains { $0.isSelection })
  }

  @Test func aConditionAloneIsItsOwnSelection() throws {
    let program = try program("?- triple(x, 7, y).")
    #expect(!program.relations.contains { $0.isSelection })
  }

  /// Joins, recursions and negations over a table of triples, in every mode of the engine.
  @Test func randomProgramsOverTriplesHaveOneAnswer() {
    for seed in 0..<UInt64(200) {
      var generator = TripleGenerator(seed: seed)
      let (text, query) = generator.program()
      Differential.expectAgreement(text, query: query, seed: seed)
    }
  }
}

/// Draws rules whose conditions are mostly triples with a known predicate, compared with each other.
private struct TripleGenerator: RandomDraws {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func program() -> (text: String, query: String) {
    var lines = [".decl t(s:number, p:number, o:number)", ".decl r(x:number, y:number)"]
    lines += [".decl q(x:number, y:number, z:number)"]
    // Every fifth program has a negative node, which no row can be grouped by.
    let lowest = number(0...4) == 0 ? -2 : 0
    for _ in 0..<number(6...20) {
      lines.append("t(\(number(lowest...5)), \(number(1...3)), \(number(0...5))).")
    }
    for _ in 0..<number(1...2) { lines.append("r(x, y) :- \(body(["x", "y"])).") }
    if number(0...1) == 0 { lines.append("r(x, z) :- r(x, y), \(triple("y", "z")).") }
    lines.append("q(x, y, z) :- \(body(["x", "y", "z"])).")
    if number(0...2) == 0 { lines.append("q(x, 1, y) :- q(x, 2, z), \(triple("z", "y")).") }
    let query = pick([
      "?- r(x, y).", "?- q(x, \(number(0...3)), z), r(x, z).", "?- q(1, y, z).",
      "?- q(x, \(number(0...3)), y), \(triple("y", "z")).", "?(x) :- \(body(["x", "y"])).",
      "?- r(x, y), !q(x, \(number(0...3)), y).",
      "?(x, n) :- t(x, _, _), n = count : { t(x, _, _) }.",
      "?(x, n) :- r(_, x), t(_, _, _), n = count : { t(x, _, _) }.",
      "?(x, y, n) :- r(y, x), t(x, _, _), n = sum z : { t(x, z, y) }.",
    ])
    return (lines.map { $0 + "\n" }.joined(), query)
  }

  private mutating func triple(_ x: String, _ y: String) -> String {
    let predicate = number(0...7) == 0 ? "_" : "\(number(1...3))"
    return number(0...1) == 0 ? "t(\(x), \(predicate), \(y))" : "t(\(y), \(predicate), \(x))"
  }

  /// Conditions that give the variables values, some more that narrow them, and comparisons.
  private mutating func body(_ variables: [String]) -> String {
    let all = variables + ["v", "w"].prefix(number(0...2))
    var conditions = zip(all, all.dropFirst()).map { triple($0, $1) }
    for _ in 0..<number(0...2) { conditions.append(triple(pick(all), pick(all))) }
    if number(0...2) == 0 { conditions.append("!" + triple(pick(all), pick(all))) }
    for _ in 0..<number(0...2) {
      let comparison = pick(["<", "<=", ">", ">=", "!="])
      let other = number(0...2) == 0 ? "\(number(-1...6))" : pick(all)
      conditions.append("\(pick(all)) \(comparison) \(other)")
    }
    conditions.shuffle(using: &random)
    return conditions.joined(separator: ", ")
  }
}
