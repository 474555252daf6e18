/// Numbers to text and back without Foundation: the shortest text that reads back as the same
/// number, and strict parsing with bounds.
///
/// ```swift
/// NumberFormat.shortText(of: 12)     // "12"
/// NumberFormat.floatText(of: 12)     // "12.0"
/// NumberFormat.integer(in: bytes)    // nil unless the whole of `bytes` is an Int64
/// ```
public enum NumberFormat {
  /// The shortest text that reads back as this number; a whole number has no fraction: `12`.
  public static func shortText(of number: Double) -> String {
    let text = floatText(of: number)
    return text.utf8.suffix(2).elementsEqual(".0".utf8) ? String(text.dropLast(2)) : text
  }

  /// The shortest text that reads back as this number and as a decimal: `12.0`, `1e+20`, `nan`.
  public static func floatText(of number: Double) -> String { number.canonical.description }

  /// The signed integer that the bytes spell as a whole: an optional sign, then decimal digits.
  /// `nil` where there is anything else or the number needs more than 64 bits. O(length).
  public static func integer(in bytes: some Collection<UInt8>) -> Int64? {
    var rest = bytes[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    guard let magnitude = unsigned(in: rest) else { return nil }
    if isNegative {
      return magnitude <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
    }
    return Int64(exactly: magnitude)
  }

  /// The unsigned integer that the bytes spell as a whole in decimal digits, if it fits. O(length).
  public static func unsigned(in bytes: some Collection<UInt8>) -> UInt64? {
    guard !bytes.isEmpty else { return nil }
    var result: UInt64 = 0
    for byte in bytes {
      let digit = byte &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      let (product, tooLarge) = result.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(UInt64(digit))
      guard !tooLarge, !carried else { return nil }
      result = sum
    }
    return result
  }

  /// The decimal that the bytes spell as a whole: sign, digits, fraction, exponent.
  ///
  /// There must be a digit on at least one side of the point; `inf`, `nan` and hexadecimal forms
  /// are refused, and so is what is too large to be finite. O(length), correctly rounded.
  public static func double(in bytes: some Collection<UInt8>) -> Double? {
    var rest = bytes[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    var mantissa: UInt64 = 0
    var digitCount = 0
    var significantCount = 0
    var exponent = 0
    var hasPoint = false
    while let byte = rest.first {
      if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
      } else {
        let digit = byte &- UInt8(ascii: "0")
        guard digit < 10 else { break }
        digitCount += 1
        if significantCount > 0 || digit != 0 { significantCount += 1 }
        if significantCount <= 18 { mantissa = mantissa &* 10 &+ UInt64(digit) }
        if hasPoint { exponent -= 1 }
      }
      rest = rest.dropFirst()
    }
    guard digitCount > 0 else { return nil }
    if let marker = rest.first {
      guard marker == UInt8(ascii: "e") || marker == UInt8(ascii: "E") else { return nil }
      guard let written = integer(in: rest.dropFirst()) else { return nil }
      exponent += Int(max(-100_000, min(100_000, written)))
    }
    // Both factors are exact here, so that one operation rounds once (Clinger's fast path).
    if significantCount <= 15, exponent >= -22, exponent <= 22 {
      let size = Double(mantissa)
      let scaled = exponent < 0 ? size / powers[-exponent] : size * powers[exponent]
      return (isNegative ? -scaled : scaled).canonical
    }
    guard let number = Double(String(decoding: bytes, as: UTF8.self)), number.isFinite else {
      return nil
    }
    return number.canonical
  }

  /// Whether two decimals, as `double(in:)` reads them, are the same number to the last digit: `1.50`
  /// and `15e-1`. O(length).
  static func haveSameDigits(
    _ left: some Collection<UInt8>, _ right: some Collection<UInt8>
  ) -> Bool {
    let (left, right) = (digits(of: left), digits(of: right))
    return left.digits == right.digits && (left.digits.isEmpty || left.exponent == right.exponent)
  }

  /// The digits of a decimal without zeros around them, and the power of ten of the point before them.
  private static func digits(
    of bytes: some Collection<UInt8>
  ) -> (digits: [UInt8], exponent: Int) {
    var digits: [UInt8] = []
    var exponent = 0
    var hasPoint = false
    var rest = bytes[...]
    while let byte = rest.first {
      rest = rest.dropFirst()
      switch byte {
      case UInt8(ascii: "."): hasPoint = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        exponent += integer(in: rest).map { Int(max(-100_000, min(100_000, $0))) } ?? 0
        rest = rest.dropFirst(rest.count)
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let isLeading = digits.isEmpty && byte == UInt8(ascii: "0")
        if !isLeading { digits.append(byte) }
        if hasPoint && isLeading { exponent -= 1 }
        if !hasPoint && !isLeading { exponent += 1 }
      default: break
      }
    }
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    return (digits, exponent)
  }

  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
}
