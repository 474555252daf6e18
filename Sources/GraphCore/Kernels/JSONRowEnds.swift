/// Finds where rows end in an array of JSON, 64 bytes at a time.
///
/// A row ends behind the bracket that leaves the array open alone. Brackets in texts are none: the exclusive or of all quotation
/// marks up to a place, without those that are escaped, says whether it is in a text (Langdale and Lemire, "Parsing gigabytes of
/// JSON per second", VLDB Journal 28, 2019, section 3.1). Of what is no JSON anything may be said: whoever reads the rows finds that
/// out.
package struct JSONRowEnds {
  /// The place behind the last end so far, 0 where there is none.
  package private(set) var last = 0
  /// Up to where has been looked.
  private var position = 0
  /// How many brackets are open there.
  private var depth: Int
  /// All ones where that place is in a text.
  private var open: UInt64 = 0
  /// One where the byte there is escaped.
  private var escape: UInt64 = 0

  /// - Parameter isInside: whether the text begins in the array, not before it
  package init(isInside: Bool) { depth = isInside ? 1 : 0 }

  /// Looks at what was added to the text, except for its last few bytes. O(bytes added).
  package mutating func look(at bytes: Words<UInt8>) {
    while position &+ 64 <= bytes.count {
      let escaped = escaped(BlockBits.of(UInt8(ascii: "\\"), bytes, position))
      let quotes = BlockBits.of(UInt8(ascii: "\""), bytes, position) & ~escaped
      let outside = ~(BlockBits.upTo(quotes) ^ open)
      open = 0 &- (~outside &>> 63)
      // Square brackets differ from braces by one bit.
      let begins = BlockBits.of(UInt8(ascii: "{"), bytes, position, with: 0x20) & outside
      let ends = BlockBits.of(UInt8(ascii: "}"), bytes, position, with: 0x20) & outside
      let before = depth
      depth &+= begins.nonzeroBitCount &- ends.nonzeroBitCount
      if before &- ends.nonzeroBitCount <= 1 { noteLast(begins, ends) }
      position &+= 64
    }
  }

  /// Looks for the last end of a row among the brackets of a block, from its end on.
  @inline(__always)
  private mutating func noteLast(_ begins: UInt64, _ ends: UInt64) {
    var (rest, depth) = (begins | ends, depth)
    while rest != 0 {
      let bit = 63 &- rest.leadingZeroBitCount
      if ends &>> UInt64(bit) & 1 == 0 {
        depth &-= 1
      } else if depth == 1 {
        last = position &+ bit &+ 1
        return
      } else {
        depth &+= 1
      }
      rest ^= 1 &<< UInt64(bit)
    }
  }

  /// Which bytes of a block stand behind a backslash that is not escaped itself.
  @inline(__always)
  private mutating func escaped(_ backslashes: UInt64) -> UInt64 {
    var (escaped, rest) = (escape, backslashes & ~escape)
    escape = 0
    while rest != 0 {
      let bit = rest & (0 &- rest)
      escaped |= bit &<< 1
      if bit == 1 &<< 63 { escape = 1 }
      rest &= ~(bit | bit &<< 1)
    }
    return escaped
  }
}
