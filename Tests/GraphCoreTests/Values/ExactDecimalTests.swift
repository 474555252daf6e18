import TestSupport
import Testing

@testable import GraphCore

/// Seventeen digits against those of the C library.
@Suite struct ExactDecimalTests {
  /// The first of some doubles that are written otherwise than by the C library.
  private func mistake(in values: some Sequence<Double>) -> String? {
    for value in values {
      for value in [value, -value] {
        let (text, expected) = (ExactDecimal(value).text, CMath.exactText(value))
        if text != expected { return "\(value): \(text) in place of \(expected)" }
      }
    }
    return nil
  }

  @Test func someAreWrittenAsExpected() {
    let texts: [(Double, String)] = [
      (0, "0"), (-0.0, "-0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.10000000000000001"),
      (2.5e-7, "2.4999999999999999e-07"), (1e16, "10000000000000000"), (1e17, "1e+17"),
      (100, "100"), (0.0001, "0.0001"), (1e300, "1.0000000000000001e+300"), (.infinity, "inf"),
      (-.infinity, "-inf"), (.nan, "nan"), (-.nan, "nan"),
      (-Double.leastNonzeroMagnitude, "-4.9406564584124654e-324"),
      (-Double.greatestFiniteMagnitude, "-1.7976931348623157e+308"),
    ]
    for (value, text) in texts { #expect(ExactDecimal(value).text == text) }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func anyBitsAreWrittenAsByTheCLibrary(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let found = mistake(
      in: (0..<20_000).lazy.map { _ in Double(bitPattern: random.next()) })
    #expect(found == nil, "seed \(seed)")
  }

  /// Any mantissa with the exponents for which the digits are computed here, and some beside them.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func middlingOnesAreWrittenAsByTheCLibrary(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let found = mistake(
      in: (0..<40_000).lazy.map { _ in
        Double(
          sign: .plus, exponent: Int.random(in: -54...60, using: &random),
          significand: Double.random(in: 1..<2, using: &random))
      })
    #expect(found == nil, "seed \(seed)")
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func shortDecimalsAreWrittenAsByTheCLibrary(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let found = mistake(
      in: (0..<20_000).lazy.map { _ in
        let digits = Int.random(in: 0..<1_000_000_000, using: &random)
        let size = [1, 10, 1000, 1_000_000].randomElement(using: &random) ?? 1
        let power = Int.random(in: -22...22, using: &random)
        return Double("\(digits % size)e\(power)") ?? 0
      })
    #expect(found == nil, "seed \(seed)")
  }

  /// Whole numbers of more digits than seventeen, and numbers with a half behind the last digit.
  @Test func halvesAreRoundedToEven() {
    let seed: UInt64 = 5
    var random = SeededGenerator(seed: seed)
    let found = mistake(
      in: (0..<20_000).lazy.map { number in
        // Of the digits behind the point as many as bits.
        let bits = number % 52
        let whole = UInt64.random(in: 1 << 52..<1 << 53, using: &random)
        return Double(
          sign: .plus, exponent: -bits, significand: Double(whole >> UInt64(number % 7)))
      })
    #expect(found == nil, "seed \(seed)")
  }

  @Test func powersAndTheirNeighboursAreWrittenAsByTheCLibrary() {
    var values: [Double] = []
    for power in -330...310 { values.append(Double("1e\(power)") ?? 0) }
    for power in -1074...1023 {
      values.append(Double(sign: .plus, exponent: power, significand: 1))
    }
    for value in values {
      var (below, above) = (value, value)
      for _ in 0..<20 {
        (below, above) = (below.nextDown, above.nextUp)
        values += [below, above]
      }
    }
    for factor in 1...9 {
      for power in -20...20 { values.append(Double("\(factor)e\(power)") ?? 0) }
    }
    #expect(mistake(in: values) == nil)
  }

  @Test func subnormalsAreWrittenAsByTheCLibrary() {
    let seed: UInt64 = 6
    var random = SeededGenerator(seed: seed)
    let found = mistake(
      in: (0..<5_000).lazy.map { number in
        Double(bitPattern: random.next() >> UInt64(12 + number % 52))
      })
    #expect(found == nil, "seed \(seed)")
  }
}
