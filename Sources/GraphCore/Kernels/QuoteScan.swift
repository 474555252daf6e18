/// Tells which bytes of separated values stand in quotation marks, 64 at a time.
///
/// Each quotation mark becomes a bit, and the exclusive or of all bits up to each place says whether it is inside (Langdale and
/// Lemire, "Parsing gigabytes of JSON per second", VLDB Journal 28, 2019, section 3.1.1). That is right as long as a mark that opens
/// stands at the beginning of a value, or is doubled; where one does not, that is told, and somebody has to look at each byte.
package enum QuoteScan {
  package struct Result {
    /// Whether all marks that open stand where they may.
    package var isRegular = true
    /// Whether the last byte stands inside.
    package var isOpen = false
    /// Whether a line end does.
    package var holdsLineEnds = false
    /// Whether there are marks at all.
    package var holdsQuotes = false
  }

  /// Marks the bytes of rows from the beginning of one on. O(count).
  ///
  /// - Parameters:
  ///   - bytes: 64 more bytes must be readable behind the first `count`
  ///   - inside: for each 64 bytes a word with the bits of those that are inside, the first byte's lowest; an opening mark is
  ///     inside, the one that closes is not
  package static func mark(
    _ bytes: Words<UInt8>, count: Int, separator: UInt8, inside: Words<UInt64>
  ) -> Result {
    var result = Result()
    // All ones where the block before ends inside, and one bit where it ends with what a value may follow.
    var (open, mayBegin): (UInt64, UInt64) = (0, 1)
    for block in 0..<(count &+ 63) / 64 {
      let position = 64 &* block
      var quotes = BlockBits.of(UInt8(ascii: "\""), bytes, position)
      let behind = position &+ 64 &- count
      let there = behind > 0 ? UInt64.max &>> UInt64(behind) : .max
      quotes &= there
      if quotes | open == 0 {
        // Only whether the last byte ends a value matters.
        inside[block] = 0
        if behind > 0 { break }
        let last = bytes[position &+ 63]
        mayBegin = last == separator || last == UInt8(ascii: "\n") ? 1 : 0
        continue
      }
      result.holdsQuotes = true
      let within = BlockBits.upTo(quotes) ^ open
      let lineEnds = BlockBits.of(UInt8(ascii: "\n"), bytes, position) & there
      let ends = (BlockBits.of(separator, bytes, position) | lineEnds) & ~within
      let begins = (ends | quotes & ~within) &<< 1 | mayBegin
      if quotes & within & ~begins != 0 { result.isRegular = false }
      if lineEnds & within != 0 { result.holdsLineEnds = true }
      inside[block] = within
      open = 0 &- (within &>> 63)
      mayBegin = (ends | quotes & ~within) &>> 63
    }
    // The last block may end before its last bit, up to which the state is carried on.
    result.isOpen = open != 0
    return result
  }
}
