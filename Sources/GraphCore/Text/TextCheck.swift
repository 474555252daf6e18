/// Whether bytes are a text: UTF-8, and without the NUL byte that no text of a graph holds.
package enum TextCheck {
  /// What is said of bytes that are no text.
  package static let noUTF8 = "the text is no UTF-8"
  /// What is said of a text with the byte that no text of a graph holds.
  package static let hasNUL = "the text holds a NUL byte"

  /// Whether the bytes are a text. O(bytes).
  package static func isText(_ bytes: Span<UInt8>) -> Bool { problem(of: bytes) == nil }

  /// Whether all bytes are ASCII and none is NUL: a text, whose parts are texts too. O(bytes), many of
  /// them at a time.
  static func isASCII(_ bytes: Span<UInt8>) -> Bool {
    var odd: UInt8 = 0
    // NUL less one has the highest bit, as all others have it that are not ASCII.
    for index in 0..<bytes.count { odd |= bytes[index] | (bytes[index] &- 1) }
    return odd < 0x80
  }

  /// Why the bytes are no text; `nil` where they are one. O(bytes), most of it many bytes at a time.
  static func problem(of bytes: Span<UInt8>) -> String? {
    if isASCII(bytes) { return nil }
    var zeros: UInt8 = 0
    for index in 0..<bytes.count { zeros |= bytes[index] == 0 ? 1 : 0 }
    if zeros != 0 { return hasNUL }
    do {
      _ = try UTF8Span(validating: bytes)
      return nil
    } catch { return noUTF8 }
  }
}
