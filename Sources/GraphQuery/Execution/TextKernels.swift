import GraphCore

/// Texts as sequences of Unicode scalars, over their UTF-8 bytes.
enum Scalars {
  static func count(_ text: Span<UInt8>) -> Int { TextBytes.characterCount(text) }

  /// Where the scalars `from ..< from + count` are that the text has.
  ///
  /// - Parameter known: the number of a scalar and where it begins, to look from there on; the first one by default
  static func bytes(
    of text: Span<UInt8>, from: Int, count: Int, known: (scalar: Int, byte: Int) = (0, 0)
  ) -> Range<Int> {
    guard from >= 0, count > 0 else { return 0..<0 }
    let near = from >= known.scalar ? known : (scalar: 0, byte: 0)
    let start =
      from == near.scalar
      ? near.byte : TextBytes.place(text, characters: from &- near.scalar, behind: near.byte)
    return start..<TextBytes.place(text, characters: count, behind: start)
  }

  /// Whether `part` occurs in `text`; the empty text occurs everywhere.
  static func contains(_ text: Span<UInt8>, _ part: Span<UInt8>) -> Bool {
    TextSearch.contains(text, part)
  }
}

/// Reads numbers from texts, whole texts only.
enum NumberText {
  static func signed(_ text: Span<UInt8>) -> Int64? {
    var index = 0
    var isNegative = false
    if text.count > 0, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
      isNegative = text[0] == UInt8(ascii: "-")
      index = 1
    }
    guard let magnitude = digits(text, from: index) else { return nil }
    if isNegative {
      return magnitude <= 1 << 63 ? Int64(bitPattern: 0 &- magnitude) : nil
    }
    return magnitude < 1 << 63 ? Int64(magnitude) : nil
  }

  static func unsigned(_ text: Span<UInt8>) -> UInt64? { digits(text, from: 0) }

  private static func digits(_ text: Span<UInt8>, from start: Int) -> UInt64? {
    var index = start
    var base: UInt64 = 10
    if text.count - start > 2, text[start] == UInt8(ascii: "0") {
      if text[start + 1] == UInt8(ascii: "x") { base = 16 }
      if text[start + 1] == UInt8(ascii: "b") { base = 2 }
      if base != 10 { index += 2 }
    }
    guard index < text.count else { return nil }
    var value: UInt64 = 0
    while index < text.count {
      let byte = text[index]
      let digit: UInt64
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt64(byte - UInt8(ascii: "a")) + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt64(byte - UInt8(ascii: "A")) + 10
      default: return nil
      }
      guard digit < base else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: base)
      let (sum, carry) = product.addingReportingOverflow(digit)
      if overflow || carry { return nil }
      value = sum
      index += 1
    }
    return value
  }
}
