import GraphCore

/// What a number token stands for.
enum NumberValue: Equatable {
  case integer(UInt64, isMarkedUnsigned: Bool)
  case float(Double)
  /// More than 64 bits, or more than a float can hold.
  case outOfRange
  case malformed
}

extension Lexer {
  // MARK: Texts

  /// A text in `"…"`, or in `“…”` where the opening quote is three bytes long.
  ///
  /// One that is not closed ends with its line, so that the rest of the program is still read.
  mutating func text(from start: Int, openingLength: Int, _ startsLine: Bool) -> Token {
    let isWide = openingLength == 3
    var index = start + openingLength
    var hasEscapes = false
    while index < bytes.count {
      let current = bytes[index]
      if current == UInt8(ascii: "\n") { break }
      if current == UInt8(ascii: "\\") {
        hasEscapes = true
        checkEscape(at: index)
        // The escaped character is passed over by its first byte, which decides nothing if it is
        // a line break.
        index += byte(index + 1) == UInt8(ascii: "\n") ? 1 : 2
        continue
      }
      if isWide {
        if current == 0xE2, byte(index + 1) == 0x80, byte(index + 2) == 0x9D {
          return closedText(from: start, to: index + 3, hasEscapes, startsLine)
        }
      } else if current == UInt8(ascii: "\"") {
        return closedText(from: start, to: index + 1, hasEscapes, startsLine)
      }
      index += 1
    }
    offset = Swift.min(index, bytes.count)
    if offset > start + openingLength, bytes[offset - 1] == UInt8(ascii: "\r") { offset -= 1 }
    report(
      .unterminatedText, "the text that begins here is never closed",
      start..<Swift.min(start + openingLength, bytes.count),
      help: isWide
        ? "close it with \u{201D} on the same line" : "close it with `\"` on the same line")
    // The token stands for a text without a closing quote: the parser must not ask for its content.
    return token(.unknown, from: start, startsLine)
  }

  private mutating func closedText(
    from start: Int, to end: Int, _ hasEscapes: Bool, _ startsLine: Bool
  ) -> Token {
    offset = end
    var result = token(.text, from: start, startsLine)
    result.hasEscapes = hasEscapes
    return result
  }

  private mutating func checkEscape(at index: Int) {
    let escaped = byte(index + 1)
    if Self.unescaped(escaped) != nil || escaped == UInt8(ascii: "\n") { return }
    guard index + 1 < bytes.count else { return }
    var end = index + 2
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    let shown = String(decoding: bytes[index..<end], as: UTF8.self)
    report(
      .invalidEscape, "unknown escape `\(shown)`", index..<end,
      help: "write `\\\\` for a backslash; known are \\\" \\\\ \\n \\t \\r \\a \\b \\f \\v")
  }

  /// The byte that a backslash and `byte` stand for.
  static func unescaped(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): byte
    case UInt8(ascii: "n"): 10
    case UInt8(ascii: "t"): 9
    case UInt8(ascii: "r"): 13
    case UInt8(ascii: "a"): 7
    case UInt8(ascii: "b"): 8
    case UInt8(ascii: "f"): 12
    case UInt8(ascii: "v"): 11
    default: nil
    }
  }

  /// The content of a text whose quotes lie outside `range`, escapes replaced.
  static func decodedText(_ bytes: [UInt8], _ range: Range<Int>, hasEscapes: Bool) -> String {
    guard hasEscapes else { return String(decoding: bytes[range], as: UTF8.self) }
    var content: [UInt8] = []
    content.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      if bytes[index] == UInt8(ascii: "\\"), index + 1 < range.upperBound,
        let replacement = unescaped(bytes[index + 1])
      {
        content.append(replacement)
        index += 2
      } else {
        content.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: content, as: UTF8.self)
  }

  /// A text in quotes of another language: taken as meant, and reported once.
  mutating func foreignText(
    from start: Int, openingLength: Int, closing: [UInt8], _ startsLine: Bool
  ) -> Token {
    let inside = start + openingLength
    var end = inside
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n"), !bytes[end...].starts(with: closing)
    {
      end += 1
    }
    let opening = String(decoding: bytes[start..<inside], as: UTF8.self)
    guard end < bytes.count, bytes[end] != UInt8(ascii: "\n") else {
      offset = inside
      report(
        .unexpectedCharacter, "unexpected character `\(opening)`", start..<offset,
        help: "texts are written in double quotes")
      return token(.unknown, from: start, startsLine)
    }
    offset = end + closing.count
    let content = String(decoding: bytes[inside..<end], as: UTF8.self)
    let closer = String(decoding: closing, as: UTF8.self)
    report(
      .unexpectedCharacter,
      openingLength == 1
        ? "texts are not written in single quotes"
        : "texts are not written in \(opening) and \(closer)",
      start..<offset, help: "write \"\(content)\"")
    return token(.text, from: start, startsLine)
  }

  // MARK: Numbers

  mutating func number(from start: Int, _ startsLine: Bool) -> Token {
    var kind = TokenKind.integer
    if bytes[start] == UInt8(ascii: "0"), let end = radixEnd(from: start) {
      offset = end
    } else {
      kind = decimal(from: start)
    }
    var end = identifierEnd(from: offset)
    while byte(end) == UInt8(ascii: "."), isDigit(at: end + 1) {
      end = identifierEnd(from: digitsEnd(from: end + 1))
    }
    if end > offset {
      let shown = String(decoding: bytes[start..<end], as: UTF8.self)
      let digits = String(decoding: bytes[start..<offset], as: UTF8.self)
      report(
        .invalidNumber, "`\(shown)` is no number", start..<end,
        help: Self.numberHelp(shown, beginning: digits))
      offset = end
      kind = .malformedNumber
    }
    return token(kind, from: start, startsLine)
  }

  /// What was probably meant by something that only begins as a number does.
  private static func numberHelp(_ shown: String, beginning digits: String) -> String {
    let joined = shown.utf8.filter { $0 != UInt8(ascii: "_") }
    if joined.count < shown.utf8.count, joined.allSatisfy({ (0x30...0x39).contains($0) }) {
      return "digits are not grouped: write `\(String(decoding: joined, as: UTF8.self))`"
    }
    if shown.hasPrefix("0x") { return "the digits behind `0x` are 0 to 9 and a to f" }
    return "a number ends with a digit, `u`, 万 or 亿; did you mean `\(digits)`, or a text?"
  }

  /// Where `0x…` or `0b…` ends, with its `u`.
  private func radixEnd(from start: Int) -> Int? {
    let isHexadecimal = byte(start + 1) == UInt8(ascii: "x")
    guard isHexadecimal || byte(start + 1) == UInt8(ascii: "b") else { return nil }
    var index = start + 2
    while let digit = Self.digitValue(byte(index)), digit < (isHexadecimal ? 16 : 2) { index += 1 }
    guard index > start + 2 else { return nil }
    if byte(index) == UInt8(ascii: "u") { index += 1 }
    return index
  }

  private mutating func decimal(from start: Int) -> TokenKind {
    offset = digitsEnd(from: start)
    var kind = TokenKind.integer
    if let point = pointLength(at: offset), isDigit(at: offset + point) {
      if let end = addressEnd(from: start) {
        offset = end
        return .address
      }
      offset = digitsEnd(from: offset + point)
      kind = .float
    }
    let mark = byte(offset)
    if mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      let sign = byte(offset + 1)
      let isSigned = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
      let digits = offset + (isSigned ? 2 : 1)
      if isDigit(at: digits) {
        offset = digitsEnd(from: digits)
        kind = .float
      }
    } else if mark == UInt8(ascii: "u"), kind == .integer {
      offset += 1
      return .integer
    }
    var hasScale = false
    while Self.scale(bytes, at: offset) != nil {
      offset += 3
      hasScale = true
    }
    return hasScale ? .scaledNumber : kind
  }

  /// The power of ten of 万 or 亿 at `index`.
  private static func scale(_ bytes: [UInt8], at index: Int) -> Int? {
    guard index + 2 < bytes.count, bytes[index] == 0xE4 else { return nil }
    switch (bytes[index + 1], bytes[index + 2]) {
    case (0xB8, 0x87): return 4
    case (0xBA, 0xBF): return 8
    default: return nil
    }
  }

  private func isDigit(at index: Int) -> Bool {
    let byte = byte(index)
    if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { return true }
    guard byte == 0xEF, case .digit = wideCharacter(at: index) else { return false }
    return true
  }

  private func digitsEnd(from start: Int) -> Int {
    var index = start
    while isDigit(at: index) { index += bytes[index] == 0xEF ? 3 : 1 }
    return index
  }

  /// The length of a decimal point, of either width.
  private func pointLength(at index: Int) -> Int? {
    if byte(index) == UInt8(ascii: ".") { return 1 }
    if byte(index) == 0xEF, byte(index + 1) == 0xBC, byte(index + 2) == 0x8E { return 3 }
    return nil
  }

  /// Where four numbers joined by points end.
  private func addressEnd(from start: Int) -> Int? {
    var index = digitsEnd(from: start)
    for _ in 0..<3 {
      guard byte(index) == UInt8(ascii: "."), isDigit(at: index + 1) else { return nil }
      index = digitsEnd(from: index + 1)
    }
    return index
  }

  private static func digitValue(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  /// The value of a number token. Decimals are exact until they are rounded to a float once.
  static func value(of kind: TokenKind, _ bytes: [UInt8], _ range: Range<Int>) -> NumberValue {
    var (digits, tens) = asciiDigits(bytes, range)
    switch kind {
    case .malformedNumber:
      return .malformed
    case .address:
      var result: UInt64 = 0
      for part in digits.split(separator: UInt8(ascii: ".")) {
        guard let value = decimalValue(part), value <= 255 else { return .outOfRange }
        result = result << 8 | value
      }
      // As in Soufflé, an address fills a signed 32-bit number.
      return .integer(
        UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: result))), isMarkedUnsigned: false)
    case .float:
      return float(digits)
    case .scaledNumber:
      if digits.contains(UInt8(ascii: "e")) || digits.contains(UInt8(ascii: "E")) {
        return .malformed
      }
      if let point = digits.firstIndex(of: UInt8(ascii: ".")) {
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        let places = digits.count - point - 1
        guard places <= tens else {
          return float(digits + Array("e\(tens)".utf8))
        }
        digits.remove(at: point)
        tens -= places
      }
      digits += [UInt8](repeating: UInt8(ascii: "0"), count: tens)
      guard let value = decimalValue(digits[...]) else { return .outOfRange }
      return .integer(value, isMarkedUnsigned: false)
    default:
      let isMarked = digits.last == UInt8(ascii: "u")
      if isMarked { digits.removeLast() }
      guard let value = integer(digits) else { return .outOfRange }
      return .integer(value, isMarkedUnsigned: isMarked)
    }
  }

  /// The token with full-width digits made narrow, and the power of ten that its 万 and 亿 make.
  private static func asciiDigits(
    _ bytes: [UInt8], _ range: Range<Int>
  ) -> (digits: [UInt8], tens: Int) {
    var digits: [UInt8] = []
    var tens = 0
    var index = range.lowerBound
    while index < range.upperBound {
      if bytes[index] < 0x80 {
        digits.append(bytes[index])
        index += 1
        continue
      }
      if let scale = scale(bytes, at: index) {
        tens += scale
      } else if index + 2 < range.upperBound {
        let third = bytes[index + 2]
        digits.append(third == 0x8E ? UInt8(ascii: ".") : third &- 0x90 &+ UInt8(ascii: "0"))
      }
      index += 3
    }
    return (digits, tens)
  }

  private static func float(_ digits: [UInt8]) -> NumberValue {
    guard let value = Double(String(decoding: digits, as: UTF8.self)), value.isFinite else {
      return .outOfRange
    }
    return .float(value)
  }

  private static func decimalValue(_ digits: ArraySlice<UInt8>) -> UInt64? {
    accumulate(digits, radix: 10)
  }

  private static func integer(_ digits: [UInt8]) -> UInt64? {
    if digits.count > 2, digits[0] == UInt8(ascii: "0") {
      if digits[1] == UInt8(ascii: "x") { return accumulate(digits[2...], radix: 16) }
      if digits[1] == UInt8(ascii: "b") { return accumulate(digits[2...], radix: 2) }
    }
    return accumulate(digits[...], radix: 10)
  }

  private static func accumulate(_ digits: ArraySlice<UInt8>, radix: UInt64) -> UInt64? {
    var result: UInt64 = 0
    for byte in digits {
      guard let digit = digitValue(byte), digit < radix else { return nil }
      let (product, overflow) = result.multipliedReportingOverflow(by: radix)
      let (sum, carry) = product.addingReportingOverflow(digit)
      if overflow || carry { return nil }
      result = sum
    }
    return result
  }
}
