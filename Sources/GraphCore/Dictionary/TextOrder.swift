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

  /// Writes for each of some texts whether it comes before a given one, or is that one and may be: 1 or 0. O(bytes
  /// that they share), where most texts differ within eight.
  package static func mark(
    _ texts: Words<TextView>, before bound: Span<UInt8>, orEqual: Bool, in marks: Words<UInt8>
  ) {
    let limit = unsafe bound.withUnsafeBufferPointer { unsafe PackedDictionary.prefix($0) }
    for i in 0..<texts.count {
      let prefix = texts[i].prefix(from: 0)
      if prefix == limit {
        let isBefore = texts[i].withBytes { text in
          orEqual ? !precedes(bound, text) : precedes(text, bound)
        }
        marks[i] = isBefore ? 1 : 0
      } else {
        marks[i] = prefix < limit ? 1 : 0
      }
    }
  }

  /// The same for pairs of texts.
  package static func mark(
    _ texts: Words<TextView>, before bounds: Words<TextView>, orEqual: Bool,
    in marks: Words<UInt8>
  ) {
    for i in 0..<texts.count {
      let (prefix, limit) = (texts[i].prefix(from: 0), bounds[i].prefix(from: 0))
      if prefix == limit {
        let isBefore = texts[i].withBytes { text in
          bounds[i].withBytes { bound in
            orEqual ? !precedes(bound, text) : precedes(text, bound)
          }
        }
        marks[i] = isBefore ? 1 : 0
      } else {
        marks[i] = prefix < limit ? 1 : 0
      }
    }
  }

  /// Eight bytes as a number in whose order they are.
  @inline(__always)
  private static func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
    unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
  }
}
