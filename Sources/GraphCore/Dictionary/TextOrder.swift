/// The order of texts: that of their code points, which is that of their UTF-8.
package enum TextOrder {
  /// Whether one text comes before another. O(length of what they share).
  package static func precedes(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    unsafe left.withUnsafeBytes { left in
      unsafe right.withUnsafeBytes { right in
        let common = min(left.count, right.count)
        var place = 0
        while place &+ 8 <= common {
          let (first, second) = unsafe (word(left, place), word(right, place))
          if first != second { return first < second }
          place &+= 8
        }
        while place < common {
          let (first, second) = unsafe (left[place], right[place])
          if first != second { return first < second }
          place &+= 1
        }
        return left.count < right.count
      }
    }
  }

  /// Eight bytes as a number in whose order they are.
  @inline(__always)
  private static func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
    unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
  }
}
