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

  /// The exceptions of a block of `length` numbers, of which there are `count`, at an offset.
  @inline(__always)
  init(count: Int, width: Int, at offset: Int, length: Int) {
    self.count = count
    self.width = width
    self.length = length
    if count == 0 {
      (places, highs) = (offset, offset)
    } else {
      places = offset &+ 1
      highs = places &+ Exceptions.placeByteCount(count, of: length)
    }
  }

  /// Where they end.
  @inline(__always)
  var end: Int { highs &+ (count &* width &+ 7) >> 3 }

  /// Lends the place of each, which is below the length of the block, and its high part. The caller has
  /// made sure that the bytes up to the end, and `LanePacking.slack` behind them, may be read.
  @inline(__always)
  func forEach(
    of bytes: UnownedBytes, _ body: (_ place: Int, _ high: UInt64) -> Void
  ) throws(FormatError) {
    try forEach(in: 0..<length, of: bytes, body)
  }

  /// The same for those at some places of the block. Where places are bits, others are counted and not looked at.
  @inline(__always)
  func forEach(
    in range: Range<Int>, of bytes: UnownedBytes, _ body: (_ place: Int, _ high: UInt64) -> Void
  ) throws(FormatError) {
    guard Exceptions.areBits(count, of: length) else {
      for index in 0..<count {
        let place = Int(bytes.byte(places &+ index))
        guard place < length else { throw FormatError("an exception lies outside") }
        if range.contains(place) { body(place, high(index, of: bytes)) }
      }
      return
    }
    let (low, high) = bits(of: bytes)
    guard low.nonzeroBitCount &+ high.nonzeroBitCount == count else {
      throw FormatError("exceptions are missing")
    }
    forEach(low, 0, 0, range, bytes, body)
    forEach(high, 64, low.nonzeroBitCount, range, bytes, body)
  }

  /// The bits of the places.
  @inline(__always)
  private func bits(of bytes: UnownedBytes) -> (low: UInt64, high: UInt64) {
    let low = bytes.word(places)
    if length <= 64 { return (low & Exceptions.mask(length), 0) }
    return (low, bytes.word(places &+ 8) & Exceptions.mask(length &- 64))
  }

  /// As many ones, of 64 at most.
  @inline(__always)
  private static func mask(_ count: Int) -> UInt64 {
    count <= 0 ? 0 : count >= 64 ? .max : (1 &<< UInt64(count)) &- 1
  }

  /// Lends the exceptions at places from `first` on that are set in `bits` and lie in a range; `index` is that of the
  /// first of them all.
  @inline(__always)
  private func forEach(
    _ bits: UInt64, _ first: Int, _ index: Int, _ range: Range<Int>, _ bytes: UnownedBytes,
    _ body: (_ place: Int, _ high: UInt64) -> Void
  ) {
    let below = Exceptions.mask(range.lowerBound &- first)
    var rest = bits & ~below & Exceptions.mask(range.upperBound &- first)
    var index = index &+ (bits & below).nonzeroBitCount
    while rest != 0 {
      body(first &+ rest.trailingZeroBitCount, high(index, of: bytes))
      rest &= rest &- 1
      index &+= 1
    }
  }

  @inline(__always)
  private func high(_ index: Int, of bytes: UnownedBytes) -> UInt64 {
    BitPacking.read(bytes, from: highs, place: index, width: width)
  }
}
