import GraphCore

/// A sum of doubles without any rounding, and so without an order.
///
/// The sum is one number with a fixed point, in digits of 32 bits from the last place of the smallest double to beyond the
/// largest. A digit has room for the carries of a thousand terms, after which they are taken on (a small superaccumulator:
/// Neal, "Fast exact summation using small and large superaccumulators", 2015).
///
/// ```swift
/// var sum = ExactSum()
/// for term in [1e300, 0.1, -1e300] { sum.add(term) }
/// print(sum.value)  // 0.1
/// ```
struct ExactSum {
  /// The last place of the smallest double is 2 to this power.
  private static let lowest = -1074
  private static let digitCount = 68

  private var digits = InlineArray<68, Int64>(repeating: 0)
  /// How many terms may come before carries are taken on.
  private var room = Self.roomOfCarries
  private static let roomOfCarries = 1 << 10
  /// The sum of the terms that are infinite or no numbers; zero where there are none.
  private var unbounded = 0.0

  /// Adds a term. O(1).
  mutating func add(_ term: Double) {
    guard term.isFinite else {
      unbounded += term
      return
    }
    let bits = term.bitPattern
    let power = Int(bits &>> 52) & 0x7FF
    let fraction = bits & (1 &<< 52 &- 1)
    let significand = power == 0 ? fraction : fraction | 1 &<< 52
    // A double is its significand times 2 to a power, of which the least is that of subnormal ones.
    let place = max(power, 1) &- 1
    let (digit, shift) = (place &>> 5, UInt64(truncatingIfNeeded: place & 31))
    let low = Int64(truncatingIfNeeded: (significand &<< shift) & 0xFFFF_FFFF)
    let high = significand &>> (32 &- shift)
    let middle = Int64(truncatingIfNeeded: high & 0xFFFF_FFFF)
    let top = Int64(truncatingIfNeeded: high &>> 32)
    if bits &>> 63 == 0 {
      digits[digit] &+= low
      digits[digit &+ 1] &+= middle
      digits[digit &+ 2] &+= top
    } else {
      digits[digit] &-= low
      digits[digit &+ 1] &-= middle
      digits[digit &+ 2] &-= top
    }
    room &-= 1
    if room == 0 { takeCarries() }
  }

  /// Brings all digits but the highest between 0 and 2³².
  private mutating func takeCarries() {
    var carry: Int64 = 0
    for digit in 0..<Self.digitCount &- 1 {
      let value = digits[digit] &+ carry
      carry = value &>> 32
      digits[digit] = value & 0xFFFF_FFFF
    }
    digits[Self.digitCount &- 1] &+= carry
    room = Self.roomOfCarries
  }

  /// The double nearest to the sum, the even one of two; not a number where infinities of both signs were added. O(1).
  var value: Double {
    if unbounded != 0 { return unbounded }
    var whole = self
    whole.takeCarries()
    let isNegative = whole.digits[Self.digitCount - 1] < 0
    if isNegative {
      for digit in 0..<Self.digitCount { whole.digits[digit] = 0 &- whole.digits[digit] }
      whole.takeCarries()
    }
    let magnitude = whole.magnitude
    return isNegative ? -magnitude : magnitude
  }

  /// The double nearest to digits that are those of a number from 0 on.
  private var magnitude: Double {
    let top = max(2, (0..<Self.digitCount).last { digits[$0] != 0 } ?? 0)
    // Three digits, of which the first is not zero or which are the last, hold more than a double; whether anything
    // follows them settles what lies in the middle of two.
    var bits = UInt128(0)
    for digit in ((top - 2)...top).reversed() {
      bits = bits &<< 32 | UInt128(UInt64(bitPattern: digits[digit]))
    }
    if (0..<top - 2).contains(where: { digits[$0] != 0 }) { bits |= 1 }
    return FixedPoint.double(bits, power: Self.lowest + 32 * (top - 2))
  }
}

/// Numbers of 128 bits times a power of two.
enum FixedPoint {
  /// The double nearest to a number times 2 to a power from -1074 on, the even one of two.
  static func double(_ bits: UInt128, power: Int) -> Double {
    let drop = 128 - bits.leadingZeroBitCount - 53
    if drop <= 0 { return scaled(Double(UInt64(truncatingIfNeeded: bits)), power) }
    var kept = UInt64(truncatingIfNeeded: bits &>> UInt128(drop))
    let rest = bits & (1 &<< UInt128(drop) &- 1)
    let half = UInt128(1) &<< UInt128(drop - 1)
    if rest > half || rest == half && kept & 1 == 1 { kept += 1 }
    return scaled(Double(kept), power + drop)
  }

  /// A whole number times 2 to a power from -1074 on: exact, or infinite.
  private static func scaled(_ number: Double, _ power: Int) -> Double {
    // The power alone may be no double.
    let half = power / 2
    return number * Double(sign: .plus, exponent: half, significand: 1)
      * Double(sign: .plus, exponent: power - half, significand: 1)
  }
}
