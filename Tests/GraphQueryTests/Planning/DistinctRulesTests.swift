import GraphCore
import Testing

@testable import GraphQuery

/// What the body of a rule says of the rows that it derives.
@Suite struct DistinctRulesTests {
  /// How many columns of `r` tell its rows apart, as far as the engine knows after it has derived them.
  private func keyWidth(_ rules: String) throws -> Int? {
    let transformed = try TransformedProgram(
      """
      .decl p(i:number, x:float)
      .decl q(i:number, k:number)
      .decl r(i:number, k:number, x:float)
      p(1, 0.5). p(2, 0.5). q(1, 1). q(2, 1). q(2, 2).
      k(i, n) :- q(i, _), n = count : { q(i, _) }.
      .decl k(i:number, n:number)
      \(rules)
      """, "?- r(i, k, x).", without: [.demand])
    let relations = try transformed.evaluated()
    let r = try #require(transformed.program.relations.firstIndex { $0.name == "r" })
    return relations[r].keyWidth
  }

  @Test(arguments: [
    // A group has one value, which says what else is computed.
    ("r(i, k, x) :- k(i, k), x = to_float(k) * 2.0.", 1),
    ("r(i, n, x) :- q(i, _), n = count : { q(i, _) }, x = sum y : { p(i, y) }.", 1),
    // A row of `q` is known by all its columns only.
    ("r(i, k, to_float(k)) :- q(i, k).", 2),
    // Two nodes of a group have values of their own.
    ("r(k, i, to_float(n)) :- k(i, k), q(i, n).", nil),
    // What is counted differs from row to row.
    ("r(i, autoinc(), 0.0) :- q(i, _).", nil),
    // Another rule may say something else of the same group.
    ("r(i, k, 1.0) :- k(i, k). r(i, 0, 1.0) :- q(i, _).", nil),
    ("r(3, 4, 0.1). r(i, k, 1.0) :- k(i, k).", nil),
  ])
  func whatAnotherColumnSaysIsNoPartOfTheKey(_ rules: String, _ width: Int?) throws {
    #expect(try keyWidth(rules) == width)
  }
}
