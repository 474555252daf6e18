@_spi(Columns) import GraphCore

/// Finds the delimiters and line ends of a text, 64 bytes at a time.
///
/// Each byte of a block becomes a bit, and the bits become places (after Langdale and Lemire, "Parsing
/// gigabytes of JSON per second", VLDB Journal 28, 2019), eight at once, because the number of them in
/// a block is hard for the processor to foretell.
enum FactPlaces {
  /// How many bytes behind the last one may be read.
  static let slack = 64
  /// How many places more than there are may be written.
  static let extraPlaces = 16

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let lows: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// Writes the places of delimiters and line ends among the first `count` bytes, and returns how many
  /// they are. O(count).
  ///
  /// - Parameters:
  ///   - bytes: `slack` more bytes must be readable behind the first `count`
  ///   - places: with room for `count + extraPlaces` of them
  static func find(
    in bytes: Words<UInt8>, count: Int, delimiter: UInt8, into places: Words<UInt32>
  ) -> Int {
    let delimiters = UInt64(delimiter) &* ones
    let lineEnds = UInt64(UInt8(ascii: "\n")) &* ones
    let target = unsafe places.base
    var found = 0
    var position = 0
    while position < count {
      var bits: UInt64 = 0
      for word in 0..<8 {
        let raw = unsafe UnsafeRawPointer(bytes.base + (position &+ 8 &* word))
        let text = unsafe UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
        let others = nonzero(text ^ delimiters) & nonzero(text ^ lineEnds)
        bits |= gathered(~others & tops) &<< UInt64(8 &* word)
      }
      let behind = position &+ 64 &- count
      if behind > 0 { bits &= UInt64.max &>> UInt64(behind) }
      let end = found &+ bits.nonzeroBitCount
      while found < end {
        for place in 0..<8 {
          let bit = position &+ bits.trailingZeroBitCount
          unsafe target[found &+ place] = UInt32(truncatingIfNeeded: bit)
          bits &= bits &- 1
        }
        found &+= 8
      }
      found = end
      position &+= 64
    }
    return found
  }

  /// A word with the highest bit of each byte set that is not zero; the others are arbitrary.
  @inline(__always)
  private static func nonzero(_ word: UInt64) -> UInt64 { ((word & lows) &+ lows) | word }

  /// The highest bits of eight bytes, side by side; all other bits must be clear.
  @inline(__always)
  private static func gathered(_ tops: UInt64) -> UInt64 {
    ((tops &>> 7) &* 0x0102_0408_1020_4080) &>> 56
  }
}
