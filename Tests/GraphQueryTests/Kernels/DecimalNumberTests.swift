import TestSupport
import Testing

@testable import GraphQuery

@Suite struct DecimalNumberTests {
  /// Compared with what the standard library makes of the same number written out.
  private func check(_ digits: UInt64, _ exponent: Int) -> Bool {
    guard let found = DecimalNumber.nearest(digits, exponent: exponent) else { return true }
    return found == Double("\(digits)e\(exponent)")
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func randomNumbersAreRoundedRight(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<10_000 {
      let digits = random.next() >> UInt64.random(in: 0..<64, using: &random)
      let exponent = Int.random(in: -60...60, using: &random)
      #expect(check(digits, exponent), "seed \(seed): \(digits)e\(exponent)")
    }
  }

  /// Numbers exactly between two doubles, and next to them: 2^53 + 1 and its like, times powers of ten.
  @Test func tiesGoToTheEvenOne() {
    for shift in UInt64(0)..<10 {
      for step in UInt64(0)..<40 {
        let digits = ((1 << 53) + step) << shift | (shift > 0 ? 1 << (shift - 1) : 0)
        for near in [digits &- 1, digits, digits &+ 1] {
          for exponent in -25...25 {
            #expect(check(near, exponent), "\(near)e\(exponent)")
          }
        }
      }
    }
  }

  /// What doubles are written as is read back without another way.
  @Test func shortestDigitsAreKnown() {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<20_000 {
      let digits = UInt64.random(in: 1..<100_000_000_000_000_000, using: &random)
      let exponent = Int.random(in: -40...40, using: &random)
      #expect(DecimalNumber.nearest(digits, exponent: exponent) != nil, "\(digits)e\(exponent)")
    }
    #expect(DecimalNumber.nearest(0, exponent: -300) == 0)
    #expect(DecimalNumber.nearest(1, exponent: 300) == nil)
  }
}
