/// A value of a property or of a row of an answer.
///
/// ```swift
/// let amount: Value = 39.6
/// let unit: Value = "亿元"
/// ```
///
/// Values are equal where their kind and content are. Texts are compared by their UTF-8 bytes, which
/// is the order of Unicode code points; canonically equivalent texts are different values. There is
/// one NaN, equal to itself and above every other number, and −0.0 is 0.0. The integer 1, the unsigned
/// 1 and the float 1 are three values.
public enum Value: Sendable {
  case text(String)
  case integer(Int64)
  /// A value of a column of type `unsigned`, be it as small as it may.
  case unsigned(UInt64)
  case float(Double)
  case boolean(Bool)

  /// The type of a column that this value fits without conversion.
  public var type: ValueType {
    switch self {
    case .text: .symbol
    case .integer: .number
    case .unsigned: .unsigned
    case .float: .float
    case .boolean: .boolean
    }
  }
}

extension Double {
  /// The same number in the one form in which it is stored: no negative zero, a single NaN.
  @inline(__always)
  package var canonical: Double {
    if self == 0 { return 0 }
    return isNaN ? .nan : self
  }
}

extension Value: Equatable {
  public static func == (left: Value, right: Value) -> Bool {
    switch (left, right) {
    case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
    case (.integer(let a), .integer(let b)): a == b
    case (.unsigned(let a), .unsigned(let b)): a == b
    case (.float(let a), .float(let b)): a == b || (a.isNaN && b.isNaN)
    case (.boolean(let a), .boolean(let b)): a == b
    case (.text, _), (.integer, _), (.unsigned, _), (.float, _), (.boolean, _): false
    }
  }
}

extension Value: Hashable {
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .text(let text):
      hasher.combine(0)
      for byte in text.utf8 { hasher.combine(byte) }
    case .integer(let number):
      hasher.combine(1)
      hasher.combine(number)
    case .float(let number):
      hasher.combine(2)
      hasher.combine(number.canonical.bitPattern)
    case .boolean(let flag):
      hasher.combine(3)
      hasher.combine(flag)
    case .unsigned(let number):
      hasher.combine(4)
      hasher.combine(number)
    }
  }
}

extension Value: Comparable {
  /// A total order: `false`, `true`, then numbers by size (of equal ones the integer, then the
  /// unsigned one, then the float), then texts by code point.
  public static func < (left: Value, right: Value) -> Bool {
    switch (left, right) {
    case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
    case (.integer(let a), .integer(let b)): a < b
    case (.unsigned(let a), .unsigned(let b)): a < b
    case (.float(let a), .float(let b)): a.isNaN ? false : (b.isNaN || a < b)
    case (.boolean(let a), .boolean(let b)): !a && b
    case (.integer(let a), .unsigned(let b)): a <= b
    case (.unsigned(let a), .integer(let b)): a < b
    case (.unsigned(let a), .float(let b)): compare(a, b) <= 0
    case (.float(let a), .unsigned(let b)): compare(b, a) > 0
    case (.integer(let a), .float(let b)): compare(a, b) <= 0
    case (.float(let a), .integer(let b)): compare(b, a) > 0
    case (.text, _): false
    case (_, .text): true
    case (.boolean, _): true
    case (_, .boolean): false
    }
  }

  /// −1, 0 or 1 as the integer is below, equal to or above the float, without rounding either.
  private static func compare(_ integer: Int64, _ float: Double) -> Int {
    if float.isNaN || float >= 0x1p63 { return -1 }
    if float < -0x1p63 { return 1 }
    // Both are below 2⁶³ here; the part after the point decides between equal whole parts.
    let whole = Int64(float)
    if integer != whole { return integer < whole ? -1 : 1 }
    let fraction = float - Double(whole)
    return fraction > 0 ? -1 : (fraction < 0 ? 1 : 0)
  }

  /// The same of an unsigned integer.
  private static func compare(_ integer: UInt64, _ float: Double) -> Int {
    if float.isNaN || float >= 0x1p64 { return -1 }
    if float < 0 { return 1 }
    let whole = UInt64(float)
    if integer != whole { return integer < whole ? -1 : 1 }
    return float > Double(whole) ? -1 : 0
  }
}

extension Value: CustomStringConvertible {
  /// The bare text of the value, without quotes; whole floats and unsigned numbers read as `12`.
  public var description: String {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    case .unsigned(let number): String(number)
    case .float(let number): NumberFormat.shortText(of: number)
    case .boolean(let flag): flag ? "true" : "false"
    }
  }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .float(value.canonical) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
}
