/// A double with seventeen significant digits, without trailing zeros, as C's `%.17g` writes it.
///
/// ```swift
/// ExactDecimal(0.1).text       // "0.10000000000000001"
/// ExactDecimal(-2.5e-7).text   // "-2.4999999999999999e-07"
/// ```
///
/// A double is `m · 2^e`. Where its first digit has the value 10^p, the digits are the whole part of
///
/// ```
///  m · 2^e · 10^(16 - p)  =  m · 5^(16 - p) · 2^(e + 16 - p)
/// ```
///
/// From 10^-15 up to 10^17 the product fits 128 bits, so that nothing is lost before it is rounded, half to
/// even. Other doubles are left to the C library.
package struct ExactDecimal {
  /// The longest is `-1.7976931348623157e+308`.
  private var bytes = InlineArray<24, UInt8>(repeating: UInt8(ascii: "0"))
  private var count = 0

  /// Works out the digits. O(1), but for the doubles that are left to the C library.
  package init(_ value: Double) {
    if value == 0 || value.magnitude >= 1e-15 && value.magnitude < 1e17 {
      if value.sign == .minus { append(UInt8(ascii: "-")) }
      if value == 0 { count += 1 } else { append(value.magnitude) }
    } else {
      for byte in CMath.exactText(value).utf8 { append(byte) }
    }
  }

  /// Lends the bytes.
  package func withBytes(_ body: (Span<UInt8>) -> Void) { body(bytes.span.extracting(0..<count)) }

  package var text: String {
    String(decoding: (0..<count).map { bytes[$0] }, as: UTF8.self)
  }

  // MARK: Digits

  private static let digitCount = 17
  private static let first: UInt64 = 10_000_000_000_000_000
  private static let limit: UInt64 = 100_000_000_000_000_000

  /// Seventeen digits as a number, and the power of ten that the first of them counts.
  private static func digits(of magnitude: Double) -> (digits: UInt64, power: Int) {
    let mantissa = magnitude.significandBitPattern | 1 << 52
    let exponent = Int(magnitude.exponentBitPattern) - 1023
    // The logarithm of the power of two, rounded down: right for `magnitude` or too low by one.
    var power = (exponent * 78_913) >> 18
    let factor = 16 - power
    let (high, low) = mantissa.multipliedFullWidth(by: fives[min(factor, 27)])
    var product = UInt128(high) << 64 | UInt128(low)
    if factor > 27 { product &*= UInt128(fives[factor - 27]) }
    let shift = exponent - 52 + factor
    var number: UInt64
    var rest: UInt128 = 0
    var half: UInt128 = 1
    if shift >= 0 {
      number = UInt64(truncatingIfNeeded: product << UInt128(shift))
    } else {
      number = UInt64(truncatingIfNeeded: product >> UInt128(-shift))
      half <<= UInt128(-shift - 1)
      rest = product & (half << 1 &- 1)
    }
    var roundsUp = rest > half || rest == half && number & 1 == 1
    if number >= limit {
      let (tenth, digit) = number.quotientAndRemainder(dividingBy: 10)
      roundsUp = digit > 5 || digit == 5 && (rest != 0 || tenth & 1 == 1)
      number = tenth
      power += 1
    }
    if roundsUp {
      number += 1
      if number == limit { (number, power) = (first, power + 1) }
    }
    return (number, power)
  }

  private static let fives: [UInt64] = [
    1, 5, 25, 125, 625, 3125, 15_625, 78_125, 390_625, 1_953_125, 9_765_625, 48_828_125,
    244_140_625, 1_220_703_125, 6_103_515_625, 30_517_578_125, 152_587_890_625, 762_939_453_125,
    3_814_697_265_625, 19_073_486_328_125, 95_367_431_640_625, 476_837_158_203_125,
    2_384_185_791_015_625, 11_920_928_955_078_125, 59_604_644_775_390_625,
    298_023_223_876_953_125, 1_490_116_119_384_765_625, 7_450_580_596_923_828_125,
  ]

  private static let tens: [UInt64] = [
    1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
    10_000_000_000, 100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000,
    1_000_000_000_000_000, 10_000_000_000_000_000,
  ]

  // MARK: Text

  private mutating func append(_ magnitude: Double) {
    var (digits, power) = Self.digits(of: magnitude)
    var digitCount = Self.digitCount
    if digits % 100_000_000 == 0 {
      digits /= 100_000_000
      digitCount -= 8
    }
    while digits % 10 == 0 {
      digits /= 10
      digitCount -= 1
    }
    if power < -4 || power >= Self.digitCount {
      append(digits, of: digitCount, whole: 1)
      append(UInt8(ascii: "e"))
      append(UInt8(ascii: power < 0 ? "-" : "+"))
      // No power from here has three digits, and none has fewer than two.
      append(UInt64(power.magnitude), count: 2)
    } else if power < 0 {
      count += 1
      append(UInt8(ascii: "."))
      count += -power - 1
      append(digits, count: digitCount)
    } else {
      append(digits, of: digitCount, whole: power + 1)
    }
  }

  /// Appends digits, so many of them before the point; zeros where there are fewer.
  private mutating func append(_ digits: UInt64, of digitCount: Int, whole: Int) {
    if digitCount <= whole {
      append(digits, count: digitCount)
      count += whole - digitCount
      return
    }
    let (before, behind) = digits.quotientAndRemainder(dividingBy: Self.tens[digitCount - whole])
    append(before, count: whole)
    append(UInt8(ascii: "."))
    append(behind, count: digitCount - whole)
  }

  /// Appends a number of so many digits, the first of which may be zeros.
  private mutating func append(_ number: UInt64, count digitCount: Int) {
    var rest = number
    var place = count &+ digitCount
    // The digits of eights do not wait for each other.
    while rest >= 100_000_000 {
      let (high, low) = rest.quotientAndRemainder(dividingBy: 100_000_000)
      let (left, right) = UInt32(truncatingIfNeeded: low).quotientAndRemainder(dividingBy: 10_000)
      place &-= 8
      put(left / 100, at: place)
      put(left % 100, at: place &+ 2)
      put(right / 100, at: place &+ 4)
      put(right % 100, at: place &+ 6)
      rest = high
    }
    var last = UInt32(truncatingIfNeeded: rest)
    while last >= 10 {
      place &-= 2
      put(last % 100, at: place)
      last /= 100
    }
    if last > 0 { bytes[place &- 1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: last) }
    count &+= digitCount
  }

  /// Writes a number below a hundred.
  @inline(__always)
  private mutating func put(_ pair: UInt32, at place: Int) {
    // Division by ten of a number below a hundred.
    let tens = (pair &* 103) &>> 10
    bytes[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: tens)
    bytes[place &+ 1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: pair &- tens &* 10)
  }

  private mutating func append(_ byte: UInt8) {
    bytes[count] = byte
    count += 1
  }
}
