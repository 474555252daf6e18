/// Bits that tell of 64 bytes, the first byte's lowest.
enum BlockBits {
  /// A bit for each of 64 bytes, set where it is some byte once it has the bits of `mask`.
  @inline(__always)
  static func of(
    _ byte: UInt8, _ bytes: Words<UInt8>, _ position: Int, with mask: UInt8 = 0
  ) -> UInt64 {
    let (wanted, mask) = (SIMD16<UInt8>(repeating: byte), SIMD16<UInt8>(repeating: mask))
    var bits: UInt64 = 0
    for part in 0..<4 {
      let raw = unsafe UnsafeRawPointer(bytes.base + (position &+ 16 &* part))
      let isWanted = unsafe (raw.loadUnaligned(as: SIMD16<UInt8>.self) | mask) .== wanted
      let ones = SIMD16<UInt8>(repeating: 0).replacing(with: SIMD16(repeating: 1), where: isWanted)
      let words = unsafe unsafeBitCast(ones, to: SIMD2<UInt64>.self)
      let low = gathered(UInt64(littleEndian: words.x))
      let high = gathered(UInt64(littleEndian: words.y))
      bits |= (low | high &<< 8) &<< UInt64(16 &* part)
    }
    return bits
  }

  /// For each bit whether an odd number is set up to and with it.
  @inline(__always)
  static func upTo(_ bits: UInt64) -> UInt64 {
    var result = bits
    result ^= result &<< 1
    result ^= result &<< 2
    result ^= result &<< 4
    result ^= result &<< 8
    result ^= result &<< 16
    result ^= result &<< 32
    return result
  }

  /// The lowest bits of eight bytes, side by side; all other bits must be clear.
  @inline(__always)
  private static func gathered(_ ones: UInt64) -> UInt64 { (ones &* 0x0102_0408_1020_4080) &>> 56 }
}
