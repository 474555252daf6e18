import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Best values of keys with several columns, which improve many times.
@Suite struct LatticeTests {
  /// The cheapest order of a chain of matrix products: most rows are replaced before it is found.
  @Test func aChainOfProductsInEveryMode() {
    let dimensions = [30, 35, 15, 5, 10, 20, 25, 7, 40, 12, 3, 18, 22, 9]
    var lines = [".decl dim(i:number, d:number)"]
    lines += dimensions.enumerated().map { "dim(\($0.offset), \($0.element))." }
    lines.append(
      """
      .decl cost(i:number, j:number, c:number)
      cost(i, i, 0) :- dim(i, _), dim(i + 1, _).
      cost(i, j, min a + b + x * y * z) :-
        cost(i, k, a), cost(k + 1, j, b), dim(i, x), dim(k + 1, y), dim(j + 1, z).
      """)
    Differential.expectAgreement(lines.joined(separator: "\n"), query: "?- cost(i, j, c).", seed: 0)
  }

  /// Rows that were replaced are dropped, and those that are left keep their rounds.
  @Test func deadRowsAreDroppedBetweenRounds() {
    let relation = Relation(
      name: "best", types: [.number, .number], lattice: .min, terms: QuerySession().termSpace())
    func add(_ key: UInt64, _ value: UInt64) {
      relation.insert([key, value])
    }
    for key in 0..<UInt64(1000) { add(key, 9) }
    #expect(relation.advance())
    for key in 0..<UInt64(900) { add(key, 8) }
    #expect(relation.advance())
    #expect(relation.rowCount == 1900 && relation.liveCount == 1000)
    for key in 0..<UInt64(200) { add(key, 7) }
    #expect(relation.advance())
    // The two hundred that are new are the delta, behind all others.
    #expect(relation.rowCount == 1000 && relation.liveCount == 1000)
    #expect(relation.stable == 800 && relation.visible == 1000)
    #expect(relation.view(0)[800] == 0 && relation.view(1)[800] == 7)
    #expect(relation.word(row: 0, column: 0) == 900)
    add(5, 6)
    add(5, 9)
    #expect(relation.advance())
    #expect(relation.liveCount == 1000 && relation.visible - relation.stable == 1)
    #expect(!relation.advance())
  }
}
