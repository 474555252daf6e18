/// Looks for bytes in bytes.
enum TextSearch {
  /// Whether a part occurs in a text; the empty part occurs everywhere. O(text) in all but odd cases.
  @inline(__always)
  static func contains(_ text: Span<UInt8>, _ part: Span<UInt8>) -> Bool {
    unsafe text.withUnsafeBufferPointer { text in
      unsafe part.withUnsafeBufferPointer { part in
        guard let wanted = part.baseAddress, part.count > 0 else { return true }
        guard let start = text.baseAddress, part.count <= text.count else { return false }
        return unsafe contains(start, text.count, wanted, part.count)
      }
    }
  }

  /// Compares four bytes at a time: they tell more than one, of which Chinese texts have few different
  /// ones.
  @inline(__always)
  private static func contains(
    _ text: UnsafePointer<UInt8>, _ length: Int, _ part: UnsafePointer<UInt8>, _ count: Int
  ) -> Bool {
    let last = length &- count
    guard count >= 4 else {
      for offset in 0...last where unsafe text[offset] == part[0] {
        if unsafe ByteHash.equal(text + offset, part, count) { return true }
      }
      return false
    }
    let word = unsafe UnsafeRawPointer(part).loadUnaligned(as: UInt32.self)
    for offset in 0...last {
      let found = unsafe UnsafeRawPointer(text + offset).loadUnaligned(as: UInt32.self)
      if found == word, unsafe ByteHash.equal(text + offset, part, count) { return true }
    }
    return false
  }
}
