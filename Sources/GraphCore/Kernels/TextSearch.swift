/// Looks for bytes in bytes.
///
/// In long texts two bytes are compared at sixteen places at once (after Muła, "SIMD-friendly algorithms for
/// substring searching", 2016).
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

  /// Whether a part stands in a text from a place on. O(part).
  package static func holds(_ text: Span<UInt8>, _ part: Span<UInt8>, at place: Int) -> Bool {
    guard place >= 0, part.count <= text.count &- place else { return false }
    return unsafe text.withUnsafeBufferPointer { text in
      unsafe part.withUnsafeBufferPointer { part in
        guard let start = text.baseAddress, let wanted = part.baseAddress else { return true }
        return unsafe ByteHash.equal(start + place, wanted, part.count)
      }
    }
  }

  /// Writes for each of some texts whether it holds a part: 1 or 0. O(bytes of the texts), as `contains`.
  package static func mark(
    _ texts: Words<TextView>, holding part: Span<UInt8>, in marks: Words<UInt8>
  ) {
    unsafe part.withUnsafeBufferPointer { part in
      let start = part.baseAddress
      for i in 0..<texts.count {
        let text = texts[i]
        guard let wanted = unsafe start, text.count >= part.count else {
          marks[i] = part.count == 0 ? 1 : 0
          continue
        }
        let place = unsafe firstPlace(of: wanted, part.count, in: text.base, text.count)
        marks[i] = place == nil ? 0 : 1
      }
    }
  }

  @inline(__always)
  private static func firstPlace(
    of part: UnsafePointer<UInt8>, _ count: Int, in text: UnsafePointer<UInt8>, _ length: Int
  ) -> Int? {
    if count == 0 { return 0 }
    let last = length &- count
    return last < 15
      ? unsafe firstNearPlace(of: part, count, in: text, last)
      : unsafe firstFarPlace(of: part, count, in: text, last)
  }

  /// Compares four bytes at a time: they tell more than one, of which Chinese texts have few different
  /// ones.
  @inline(__always)
  private static func firstNearPlace(
    of part: UnsafePointer<UInt8>, _ count: Int, in text: UnsafePointer<UInt8>, _ last: Int
  ) -> Int? {
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

  /// Looks for two bytes of the part at sixteen places at a time. The last sixteen overlap with those before, so
  /// that nothing behind the text is read.
  private static func firstFarPlace(
    of part: UnsafePointer<UInt8>, _ count: Int, in text: UnsafePointer<UInt8>, _ last: Int
  ) -> Int? {
    let (near, far) = unsafe tellingBytes(of: part, count)
    let nearBytes = SIMD16<UInt8>(repeating: unsafe part[near])
    let farBytes = SIMD16<UInt8>(repeating: unsafe part[far])
    let ones = SIMD16<UInt8>(repeating: 1)
    let raw = unsafe UnsafeRawPointer(text)
    var offset = 0
    while true {
      let place = min(offset, last &- 15)
      let first = unsafe raw.loadUnaligned(fromByteOffset: place &+ near, as: SIMD16<UInt8>.self)
      let second = unsafe raw.loadUnaligned(fromByteOffset: place &+ far, as: SIMD16<UInt8>.self)
      let isLike = (first .== nearBytes) .& (second .== farBytes)
      let found = unsafe unsafeBitCast(
        SIMD16<UInt8>(repeating: 0).replacing(with: ones, where: isLike), to: SIMD2<UInt64>.self)
      if found.x | found.y != 0 {
        for half in 0..<2 {
          var bits = UInt64(littleEndian: found[half])
          while bits != 0 {
            let match = place &+ 8 &* half &+ bits.trailingZeroBitCount &>> 3
            if unsafe ByteHash.equal(text + match, part, count) { return match }
            bits &= bits &- 1
          }
        }
      }
      if place == last &- 15 { return nil }
      offset &+= 16
    }
  }

  /// Two places of a part whose bytes are in few texts: the ends of its first and of its last character, as all
  /// characters of a script begin with the same few bytes.
  @inline(__always)
  private static func tellingBytes(of part: UnsafePointer<UInt8>, _ count: Int) -> (Int, Int) {
    var near = 0
    while near &+ 1 < count, unsafe part[near &+ 1] & 0xC0 == 0x80 { near &+= 1 }
    let isOneCharacter = near == count &- 1
    return (isOneCharacter ? max(near &- 1, 0) : near, count &- 1)
  }
}
