/// Questions about the bytes of a text, answered eight bytes at a time.
enum TextBytes {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// Whether the bytes are UTF-8 and none is NUL. O(bytes).
  static func areSound(_ bytes: Span<UInt8>) -> Bool {
    var place = 0
    guard isSound(bytes, from: &place, below: bytes.count &- 7) else { return false }
    // The last few bytes are looked at with spaces behind them.
    var rest = InlineArray<16, UInt8>(repeating: UInt8(ascii: " "))
    let count = bytes.count - place
    for offset in 0..<count { rest[offset] = bytes[place + offset] }
    place = 0
    return isSound(rest.span, from: &place, below: count)
  }

  /// Whether the characters that begin below `limit` are well-formed; eight bytes must lie behind each
  /// such place.
  @inline(__always)
  private static func isSound(
    _ bytes: Span<UInt8>, from place: inout Int, below limit: Int
  ) -> Bool {
    while place < limit {
      let word = word(bytes, at: place)
      let wide = word & tops
      if wide & 0x80 == 0 {
        if (word &- ones) & ~word & tops != 0 { return false }
        place &+= wide == 0 ? 8 : wide.trailingZeroBitCount >> 3
        continue
      }
      let character = UInt32(truncatingIfNeeded: word)
      if character & 0x00C0_C0F0 == 0x0080_80E0 {
        // The lead's low bits and one bit of the next byte tell what is written too long (E0 and a
        // clear bit) and halves of surrogate pairs (ED and a set one).
        let range = character & 0x200F
        if range == 0 || range == 0x200D { return false }
        place &+= 3
      } else if character & 0xC0E0 == 0x80C0 {
        if character & 0x1E == 0 { return false }
        place &+= 2
      } else if character & 0xC0C0_C0F8 == 0x8080_80F0 {
        let plane = (character & 7) &<< 2 | (character &>> 12) & 3
        if plane == 0 || plane > 16 { return false }
        place &+= 4
      } else {
        return false
      }
    }
    return true
  }

  /// Whether a character is among the bytes, which are UTF-8, that ends a line: U+000A, U+000D, U+2028 or U+2029. O(bytes).
  static func holdLineEnd(_ bytes: Span<UInt8>) -> Bool {
    let (feeds, returns) = (UInt64(UInt8(ascii: "\n")) &* ones, UInt64(UInt8(ascii: "\r")) &* ones)
    let leads: UInt64 = 0xE2 &* ones
    var place = 0
    while place &+ 8 <= bytes.count {
      let word = word(bytes, at: place)
      let (a, b, c) = (word ^ feeds, word ^ returns, word ^ leads)
      let zeros = (((a &- ones) & ~a) | ((b &- ones) & ~b) | ((c &- ones) & ~c)) & tops
      if zeros != 0 { break }
      place &+= 8
    }
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return true
      case 0xE2 where place &+ 2 < bytes.count && bytes[place &+ 1] == 0x80:
        if bytes[place &+ 2] & 0xFE == 0xA8 { return true }
      default: break
      }
      place &+= 1
    }
    return false
  }

  /// The place of the next quotation mark, backslash or line end from `start` on, or the end.
  @inline(__always)
  static func endOfPlainText(_ bytes: Span<UInt8>, from start: Int) -> Int {
    let quotes = UInt64(UInt8(ascii: "\"")) &* ones
    let backslashes = UInt64(UInt8(ascii: "\\")) &* ones
    let lineEnds = UInt64(UInt8(ascii: "\n")) &* ones
    var place = start
    while place &+ 8 <= bytes.count {
      let word = word(bytes, at: place)
      let (a, b, c) = (word ^ quotes, word ^ backslashes, word ^ lineEnds)
      // The lowest bit set is that of the first zero byte.
      let zeros = (((a &- ones) & ~a) | ((b &- ones) & ~b) | ((c &- ones) & ~c)) & tops
      if zeros != 0 { return place &+ (zeros.trailingZeroBitCount >> 3) }
      place &+= 8
    }
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "\n"): return place
      default: place &+= 1
      }
    }
    return place
  }

  /// How many characters the bytes are, which are UTF-8: how many begin one. O(bytes).
  static func characterCount(_ bytes: Span<UInt8>) -> Int {
    var (place, count) = (0, 0)
    while place &+ 8 <= bytes.count {
      count &+= beginnings(in: word(bytes, at: place))
      place &+= 8
    }
    while place < bytes.count {
      count &+= bytes[place] & 0xC0 == 0x80 ? 0 : 1
      place &+= 1
    }
    return count
  }

  /// Where the character begins that comes so many behind the one at a place, or the end of the bytes, which are UTF-8.
  /// O(bytes between).
  static func place(_ bytes: Span<UInt8>, characters: Int, behind start: Int) -> Int {
    if characters >= bytes.count &- start { return bytes.count }
    var (place, rest) = (start, characters)
    while place &+ 8 <= bytes.count {
      let count = beginnings(in: word(bytes, at: place))
      if count > rest { break }
      rest &-= count
      place &+= 8
    }
    while place < bytes.count {
      if bytes[place] & 0xC0 != 0x80 {
        if rest == 0 { return place }
        rest &-= 1
      }
      place &+= 1
    }
    return place
  }

  /// How many of eight bytes begin a character: all but those of the form 10…….
  @inline(__always)
  private static func beginnings(in word: UInt64) -> Int {
    let others = (word &>> 7) & ~(word &>> 6) & ones
    return 8 &- Int(truncatingIfNeeded: (others &* ones) &>> 56)
  }

  /// Eight bytes, the first the lowest; they must lie in the text.
  @inline(__always)
  private static func word(_ bytes: Span<UInt8>, at place: Int) -> UInt64 {
    assert(place >= 0 && place + 8 <= bytes.count)
    return unsafe UInt64(
      littleEndian: bytes.bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: place, as: UInt64.self))
  }
}
