/// Texts of JSON: with quotes and escapes in a file, without in memory.
///
/// ```
/// "a\n\ud83d\ude00"    ↔    a, line feed, 😀
/// ```
package enum JSONText {
  /// What is wrong with a text.
  package struct Failure: Error, Equatable { package let reason: String }

  /// Reads the text whose first quote is at a place, and moves the place behind its last one.
  /// O(length).
  ///
  /// A text has no NUL, and half of a pair of surrogates is no character. Throws `Failure` there,
  /// where an escape is none of RFC 8259, section 7, and where the last quote is missing.
  package static func read(
    _ bytes: ArraySlice<UInt8>, at place: inout Int
  ) throws(Failure) -> [UInt8] {
    place += 1
    var result: [UInt8] = []
    while place < bytes.endIndex {
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\""): return result
      case UInt8(ascii: "\\"): try readEscape(bytes, at: &place, into: &result)
      default: result.append(byte)
      }
    }
    throw Failure(reason: "a text is not closed")
  }

  private static func readEscape(
    _ bytes: ArraySlice<UInt8>, at place: inout Int, into result: inout [UInt8]
  ) throws(Failure) {
    guard place < bytes.endIndex else { throw Failure(reason: "a text is not closed") }
    let byte = bytes[place]
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
    case UInt8(ascii: "b"): result.append(8)
    case UInt8(ascii: "f"): result.append(12)
    case UInt8(ascii: "n"): result.append(10)
    case UInt8(ascii: "r"): result.append(13)
    case UInt8(ascii: "t"): result.append(9)
    case UInt8(ascii: "u"):
      var code = try hexadecimal(bytes, at: &place)
      // A pair of surrogates is one character.
      if 0xD800..<0xDC00 ~= code, bytes[place...].starts(with: "\\u".utf8) {
        place += 2
        let low = try hexadecimal(bytes, at: &place)
        guard 0xDC00..<0xE000 ~= low else { throw Failure(reason: "a surrogate stands alone") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else {
        throw Failure(reason: "a surrogate stands alone")
      }
      guard code > 0 else { throw Failure(reason: TextCheck.hasNUL) }
      result.append(contentsOf: String(Character(scalar)).utf8)
    default: throw Failure(reason: "an escape is unknown")
    }
  }

  private static func hexadecimal(
    _ bytes: ArraySlice<UInt8>, at place: inout Int
  ) throws(Failure) -> UInt32 {
    guard place + 4 <= bytes.endIndex, let code = HexDigits.value(bytes[place..<(place + 4)])
    else { throw Failure(reason: "four hexadecimal digits are expected") }
    place += 4
    return code
  }

  /// Appends a text with its quotes. Control characters are escaped, so that each text fills one line and does
  /// nothing to a terminal.
  package static func append(_ text: String, to output: inout [UInt8]) {
    append(Array(text.utf8), to: &output)
  }

  /// The same of UTF-8 bytes. O(length).
  package static func append(_ text: [UInt8], to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""): output += "\\\"".utf8
      case UInt8(ascii: "\\"): output += "\\\\".utf8
      case 8: output += "\\b".utf8
      case 9: output += "\\t".utf8
      case 10: output += "\\n".utf8
      case 12: output += "\\f".utf8
      case 13: output += "\\r".utf8
      case 0..<0x20, 0x7F:
        output += "\\u00".utf8
        output.append(digit(byte >> 4))
        output.append(digit(byte & 15))
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}

/// Hexadecimal digits.
enum HexDigits {
  /// The number that all bytes spell.
  static func value(_ bytes: some Collection<UInt8>) -> UInt32? {
    var result: UInt32 = 0
    for byte in bytes {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - 48
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - 55
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - 87
      default: return nil
      }
      guard result < 1 << 28 else { return nil }
      result = result << 4 | UInt32(digit)
    }
    return bytes.isEmpty ? nil : result
  }
}
