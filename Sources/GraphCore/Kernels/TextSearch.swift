/// Looks for bytes in bytes.
package enum TextSearch {
  /// Whether a part occurs in a text; the empty part occurs everywhere. O(text) in all but odd
  /// cases, where the beginning of the part comes again and again: O(text × part).
  package static func contains(_ text: Span<UInt8>, _ part: Span<UInt8>) -> Bool {
    firstPlace(of: part, in: text) != nil
  }

  /// Where a part occurs first in a text, in bytes, which is at its beginning for the empty part.
  /// Complexity as of `contains`.
  package static func firstPlace(of part: Span<UInt8>, in text: Span<UInt8>) -> Int? {
    unsafe text.withUnsafeBufferPointer { text in
      unsafe part.withUnsafeBufferPointer { part in
        guard let wanted = part.baseAddress, part.count > 0 else { return 0 }
        guard let start = text.baseAddress, part.count <= text.count else { return nil }
        return unsafe firstPlace(of: wanted, part.count, in: start, text.count)
      }
    }
  }

  /// Where a part occurs first in the UTF-8 of a text.
  package static func firstPlace(of part: String, in text: String) -> Int? {
    firstPlace(of: part.utf8Span.span, in: text.utf8Span.span)
  }

  /// Compares four bytes at a time: they tell more than one, of which Chinese texts have few different
  /// ones.
  @inline(__always)
  private static func firstPlace(
    of part: UnsafePointer<UInt8>, _ count: Int, in text: UnsafePointer<UInt8>, _ length: Int
  ) -> Int? {
    let last = length &- count
    guard count >= 4 else {
      for offset in 0...last where unsafe text[offset] == part[0] {
        if unsafe ByteHash.equal(text + offset, part, count) { return offset }
      }
      return nil
    }
    let word = unsafe UnsafeRawPointer(part).loadUnaligned(as: UInt32.self)
    for offset in 0...last {
      let found = unsafe UnsafeRawPointer(text + offset).loadUnaligned(as: UInt32.self)
      if found == word, unsafe ByteHash.equal(text + offset, part, count) { return offset }
    }
    return nil
  }
}
