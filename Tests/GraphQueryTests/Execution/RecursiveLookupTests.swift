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
}
