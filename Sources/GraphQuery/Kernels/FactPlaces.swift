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

  /// Writes the places of delimiters and line ends among the first `count` bytes, and returns how many
  /// they are. O(count).
  ///
  /// - Parameters:
  ///   - bytes: `slack` more bytes must be readable behind the first `count`
  ///   - inside: for each 64 bytes those that are passed over, as by `QuoteScan`; nothing where none are
  ///   - places: with room for `count + extraPlaces` of them
  static func find(
    in bytes: Words<UInt8>, count: Int, delimiter: UInt8, besides inside: Words<UInt64>? = nil,
    into places: Words<UInt32>
  ) -> Int {
    let delimiters = SIMD16<UInt8>(repeating: delimiter)
    let lineEnds = SIMD16<UInt8>(repeating: UInt8(ascii: "\n"))
    let target = unsafe places.base
    var found = 0
    var position = 0
    while position < count {
      var bits: UInt64 = 0
      for part in 0..<4 {
        let raw = unsafe UnsafeRawPointer(bytes.base + (position &+ 16 &* part))
        let text = unsafe raw.loadUnaligned(as: SIMD16<UInt8>.self)
        bits |= self.bits(of: text, delimiters, lineEnds) &<< UInt64(16 &* part)
      }
      if let inside { bits &= ~inside[position &>> 6] }
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

  /// A bit for each byte, set where it is a delimiter or a line end.
  @inline(__always)
  private static func bits(
    of text: SIMD16<UInt8>, _ delimiters: SIMD16<UInt8>, _ lineEnds: SIMD16<UInt8>
  ) -> UInt64 {
    let isPlace = (text .== delimiters) .| (text .== lineEnds)
    let ones = SIMD16<UInt8>(repeating: 0).replacing(with: SIMD16(repeating: 1), where: isPlace)
    let words = unsafe unsafeBitCast(ones, to: SIMD2<UInt64>.self)
    return gathered(UInt64(littleEndian: words.x)) | gathered(UInt64(littleEndian: words.y)) &<< 8
  }

  /// The lowest bits of eight bytes, side by side; all other bits must be clear.
  @inline(__always)
  private static func gathered(_ ones: UInt64) -> UInt64 { (ones &* 0x0102_0408_1020_4080) &>> 56 }
}
