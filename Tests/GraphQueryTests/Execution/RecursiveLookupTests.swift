import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Rows of a relation that are looked for while others are added to it.
@Suite struct RecursiveLookupTests {
  /// Few keys are looked for without an index, in columns that move as they grow.
  @Test(arguments: [3000, 6000])
  func aLookThroughRowsSeesAllOfThem(_ count: Int) {
    let text = """
      .decl few(k:number)
      .decl n(y:number)
      .decl r(k:number, y:number, z:number)
      few(1).
      n(y) :- y = range(0, \(count)).
      r(1, y, 0) :- n(y).
      r(k, y, z + 1) :- few(k), r(k, y, z), z < 1.
      """
    Differential.expectAgreement(text, query: nil, seed: UInt64(count))
  }

  /// The rows that a recursion had are in order, those which came since are not.
  @Test(arguments: 1...8) func whatLiesBetweenNumbersIsFoundAmongLaterRowsToo(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let starts = (0..<120).map { _ -> String in
      let start = Int.random(in: 0..<400, using: &random)
      let end = start + Int.random(in: 1..<12, using: &random)
      return "iv(\(Int.random(in: 0..<2, using: &random)), \(start), \(end))."
    }
    let text = """
      .decl iv(k:number, a:number, b:number)
      .decl m(k:number, a:number, b:number)
      .decl next(x:number, y:number)
      .decl c(t:number, x:number)
      .decl d(t:number, x:number, y:number)
      m(k, a, b) :- iv(k, a, b).
      m(k, min(a, c), max(b, d)) :- m(k, a, b), m(k, c, d), a <= c, c <= b, d > b.
      next(x, (x * 7 + \(seed)) % 300) :- x = range(0, 300).
      c(0, 0).
      c(x / 100, y) :- c(_, x), next(x, y).
      d(t, x, y) :- c(t, x), c(t, y), x < y, y < x + 3.
      c(t, x + 1) :- d(t, x, _), x < 200.
      """
    expectOneAnswer([text] + starts, seed: seed)
  }
}
