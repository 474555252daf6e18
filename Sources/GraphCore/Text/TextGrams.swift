/// What texts are indexed by: pairs of neighbouring characters and, since two of its few letters say
/// little, threes within ASCII.
///
/// ```
/// 祁县A区     祁县  县A  A区
/// zone 7区    zon  one  ne_  e_7  7区
/// ```
///
/// Every gram of a part is one of the text that holds the part: which gram begins at a character
/// depends on that character and the two after it alone. A character is a first byte of UTF-8 and what
/// follows of it, so that bytes that are no UTF-8 have grams too.
enum TextGrams {
  /// Gives out the grams of a text as numbers, in order. O(bytes).
  @inline(__always)
  static func forEach(_ text: Span<UInt8>, _ visit: (UInt64) -> Void) {
    // No character has the number 0 but NUL, whose grams are as good as any.
    var last: UInt64 = 0
    var lastButOne: UInt64 = 0
    var position = 0
    var count = 0
    while position < text.count {
      let first = text[position]
      var character = UInt64(first)
      position &+= 1
      if first >= 0xC0 {
        var rest = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1
        while rest > 0, position < text.count, text[position] & 0xC0 == 0x80 {
          character = character << 8 | UInt64(text[position])
          position &+= 1
          rest &-= 1
        }
      }
      if character | last >= 0x80 {
        if count > 0 { visit(last << 32 | character) }
      } else if count > 1, lastButOne < 0x80 {
        visit(1 << 63 | lastButOne << 16 | last << 8 | character)
      }
      lastButOne = last
      last = character
      count &+= 1
    }
  }

  /// The list that a gram belongs to, of 2^`bits` lists: by Fibonacci hashing (Knuth, The Art of
  /// Computer Programming 3, 6.4).
  @inline(__always)
  static func slot(of gram: UInt64, bits: UInt64) -> UInt64 {
    (gram &* 0x9E37_79B9_7F4A_7C15) &>> (64 &- bits)
  }
}
