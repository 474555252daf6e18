/// The double nearest to a decimal number, without the digits one by one.
///
/// Up to 2⁵³ and 10²² both parts are exact, and so is rounded what one operation makes of them (Clinger, "How to read
/// floating point numbers accurately", 1990). Else the digits are multiplied with the power of ten as a number of 128 bits,
/// which tells how to round in all but a few cases (Lemire, "Number parsing at a gigabyte per second", 2021, section 5).
enum DecimalNumber {
  /// The double nearest to `digits · 10^exponent`, ties to even; nothing where this way does not tell, which no number of
  /// up to 17 digits and an exponent of up to two is known to need.
  @inline(__always)
  static func nearest(_ digits: UInt64, exponent: Int) -> Double? {
    if digits < 1 << 53, exponent >= -22, exponent <= 22 {
      let power = exactPower(abs(exponent))
      return exponent < 0 ? Double(digits) / power : Double(digits) * power
    }
    return wideProduct(digits, exponent)
  }

  /// The double nearest to `digits / 10^places`, where both are doubles: below 2⁵³ and up to 22.
  @inline(__always)
  static func exact(_ digits: UInt64, places: Int) -> Double {
    Double(digits) / exactPower(places)
  }

  /// The powers of ten that are doubles.
  @inline(__always)
  private static func exactPower(_ exponent: Int) -> Double { exactPowers[exponent] }

  private static let exactPowers: InlineArray<23, Double> = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17,
    1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  // MARK: 128 bits

  /// Powers of five with exponents from `-range` to `range` are in the table: 5^54 and its double are below 2¹²⁸.
  private static let range = 54

  /// Each power of five by its highest 128 bits, the first of which is set: rounded down, or up where the power is a
  /// fraction whose products can be exact.
  private static let powersOfFive: [UInt128] = (-range...range).map { exponent in
    var power: UInt128 = 1
    for _ in 0..<abs(exponent) { power *= 5 }
    if exponent >= 0 { return power << UInt128(power.leadingZeroBitCount) }
    let bits = 128 - power.leadingZeroBitCount
    var (quotient, rest): (UInt128, UInt128) = (0, 1)
    for _ in 0..<bits + 127 {
      (quotient, rest) = (quotient << 1, rest << 1)
      if rest >= power { (quotient, rest) = (quotient | 1, rest - power) }
    }
    return exponent >= -27 ? quotient + 1 : quotient
  }

  @inline(never)
  private static func wideProduct(_ digits: UInt64, _ exponent: Int) -> Double? {
    if digits == 0 { return 0 }
    guard exponent >= -range, exponent <= range else { return nil }
    let shift = digits.leadingZeroBitCount
    let normal = digits << UInt64(shift)
    let power = powersOfFive[exponent + range]
    var (high, low) = normal.multipliedFullWidth(by: UInt64(truncatingIfNeeded: power >> 64))
    // 55 bits say how to round, unless all of those behind them are ones and the rest of the power may carry.
    if high & 0x1FF == 0x1FF {
      let more = normal.multipliedFullWidth(by: UInt64(truncatingIfNeeded: power)).high
      let (sum, carries) = low.addingReportingOverflow(more)
      low = sum
      if carries { high &+= 1 }
    }
    if low == .max, exponent < -27 { return nil }
    let top = Int(high >> 63)
    // The 53 bits of the double and one more, which rounds.
    var mantissa = high >> UInt64(top + 9)
    var binary = binaryExponent(exponent) + top - shift
    // Exactly between two doubles: to the even one.
    if low <= 1, exponent >= -4, exponent <= 23, mantissa & 3 == 1,
      mantissa << UInt64(top + 9) == high
    {
      mantissa &= ~1
    }
    mantissa = (mantissa + (mantissa & 1)) >> 1
    if mantissa == 1 << 53 {
      mantissa >>= 1
      binary += 1
    }
    return Double(
      sign: .plus, exponentBitPattern: UInt(binary + 1023), significandBitPattern: mantissa)
  }

  /// That of the highest bit of a product with ten to some power, where both factors begin with a bit and it does not carry.
  private static func binaryExponent(_ exponent: Int) -> Int { (217_706 * exponent) >> 16 + 63 }
}
