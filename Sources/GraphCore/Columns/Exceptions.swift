/// The numbers of a packed block that have more bits than the others: their high parts, and where they
/// are.
///
/// ```
///  u8 width of the high parts   places   high parts, bit-packed, in the order of places
/// ```
///
/// Places are a `u8` each where there are at most an eighth as many as numbers, otherwise a bit for each
/// number of the block: patched frames of reference (Zukowski, Heman, Nes and Boncz, "Super-Scalar
/// RAM-CPU Cache Compression", ICDE 2006) in the form in which they stay cheap where gaps are skewed.
struct Exceptions: BitwiseCopyable {
  let count: Int
  /// The bits of a high part.
  let width: Int
  private let length: Int
  private let places: Int
  private let highs: Int

  /// Whether the places of exceptions among `length` numbers are bits.
  @inline(__always)
  static func areBits(_ count: Int, of length: Int) -> Bool { count > (length &+ 7) >> 3 }

  /// The bytes that the places take.
  @inline(__always)
  static func placeByteCount(_ count: Int, of length: Int) -> Int { min(count, (length &+ 7) >> 3) }

  /// The exceptions of a block of `length` numbers, of which there are `count`, at an offset. Only their
  /// width is looked at.
  @inline(__always)
  init(_ bytes: UnownedBytes, at offset: Int, count: Int, length: Int) throws(FormatError) {
    self.count = count
    self.length = length
    if count == 0 {
      (width, places, highs) = (0, offset, offset)
    } else {
      width = Int(try bytes.load(offset, as: UInt8.self))
      places = offset &+ 1
      highs = places &+ Exceptions.placeByteCount(count, of: length)
    }
  }

  /// Where they end.
  @inline(__always)
  var end: Int { highs &+ (count &* width &+ 7) / 8 }

  /// Lends the place of each, which is below the length of the block, and its high part. The caller has
  /// made sure that the bytes up to the end, and `LanePacking.slack` behind them, may be read.
  @inline(__always)
  func forEach(
    of bytes: UnownedBytes, _ body: (_ place: Int, _ high: UInt64) -> Void
  ) throws(FormatError) {
    guard Exceptions.areBits(count, of: length) else {
      for index in 0..<count {
        let place = Int(bytes.byte(places &+ index))
        guard place < length else { throw FormatError("an exception lies outside") }
        body(place, try high(index, of: bytes))
      }
      return
    }
    var index = 0
    for first in stride(from: 0, to: length, by: 64) {
      var bits = bytes.word(places &+ first >> 3)
      if length &- first < 64 { bits &= (1 &<< UInt64(length &- first)) &- 1 }
      guard index &+ bits.nonzeroBitCount <= count else { break }
      while bits != 0 {
        body(first &+ bits.trailingZeroBitCount, try high(index, of: bytes))
        bits &= bits &- 1
        index &+= 1
      }
    }
    if index != count { throw FormatError("exceptions are missing") }
  }

  @inline(__always)
  private func high(_ index: Int, of bytes: UnownedBytes) throws(FormatError) -> UInt64 {
    if width > 56 { return try BitPacking.read(bytes, from: highs, place: index, width: width) }
    let bit = index &* width
    return (bytes.word(highs &+ bit >> 3) &>> UInt64(bit & 7)) & ((1 &<< UInt64(width)) &- 1)
  }
}
