/// 128 numbers of a fixed number of bits in four lanes, so that an instruction unpacks four of them.
///
/// ```
///            lane 0   lane 1   lane 2   lane 3
///  word 0  │ 0 4 … │ 1 5 … │ 2 6 … │ 3 7 … │      number i is slot i / 4 of lane i % 4;
///  word 1  │   …   │   …   │   …   │   …   │      a lane is its slots, one after the other from the
///    ⋮                                            lowest bit on, in `width` words of 32 bits
/// ```
///
/// All shifts of a step are the same in the four lanes and known to the compiler: the vertical layout
/// of Lemire and Boytsov, "Decoding billions of integers per second through vectorization" (Software:
/// Practice and Experience 45, 2015, section 4). Consecutive numbers lie in neighbouring lanes, so that
/// what follows (adding a base, sums of differences) goes on four at a time.
@safe
enum LanePacking {
  static let count = 128

  /// What may be read behind the numbers when one of them is read.
  static let slack = 16

  /// The bytes of 128 numbers.
  @inline(__always)
  static func byteCount(width: Int) -> Int { width &* 16 }

  /// The number at a place, of at most 32 bits. The caller has made sure that the numbers and
  /// `slack` bytes behind them may be read.
  @inline(__always)
  static func read(_ bytes: UnownedBytes, at start: Int, place: Int, width: Int) -> UInt64 {
    assert(place < count && start >= 0 && start + byteCount(width: width) + slack <= bytes.count)
    let bit = (place >> 2) &* width
    let base = unsafe bytes.base + (start &+ (bit >> 5) &* 16 &+ (place & 3) &* 4)
    let low = UInt32(littleEndian: unsafe base.loadUnaligned(as: UInt32.self))
    let high = UInt32(littleEndian: unsafe base.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
    let word = UInt64(low) | UInt64(high) &<< 32
    return (word &>> UInt64(truncatingIfNeeded: bit & 31)) & ((1 &<< UInt64(width)) &- 1)
  }

  /// Puts 128 numbers of at most 32 bits, each plus `base`, into `words`. The caller has made sure that
  /// they may be read; sums are modulo 2³².
  @inline(__always)
  static func unpack(
    _ bytes: UnownedBytes, at start: Int, width: Int, base: UInt32, into words: Words<UInt32>
  ) {
    assert(words.count >= count && width <= 32)
    assert(start >= 0 && start + byteCount(width: width) <= bytes.count)
    unsafe unpack(bytes.base + start, width, base, UnsafeMutableRawPointer(words.base))
  }

  /// Unpacks by the kernel of the width.
  @inline(never)
  private static func unpack(
    _ source: UnsafeRawPointer, _ width: Int, _ base: UInt32, _ target: UnsafeMutableRawPointer
  ) {
    let base = SIMD4(repeating: base)
    switch width {
    case 0:
      for step in 0..<32 {
        unsafe target.storeBytes(of: base, toByteOffset: step &* 16, as: SIMD4<UInt32>.self)
      }
    case 1: unsafe LaneKernel<1>.unpack(source, base, target)
    case 2: unsafe LaneKernel<2>.unpack(source, base, target)
    case 3: unsafe LaneKernel<3>.unpack(source, base, target)
    case 4: unsafe LaneKernel<4>.unpack(source, base, target)
    case 5: unsafe LaneKernel<5>.unpack(source, base, target)
    case 6: unsafe LaneKernel<6>.unpack(source, base, target)
    case 7: unsafe LaneKernel<7>.unpack(source, base, target)
    case 8: unsafe LaneKernel<8>.unpack(source, base, target)
    case 9: unsafe LaneKernel<9>.unpack(source, base, target)
    case 10: unsafe LaneKernel<10>.unpack(source, base, target)
    case 11: unsafe LaneKernel<11>.unpack(source, base, target)
    case 12: unsafe LaneKernel<12>.unpack(source, base, target)
    case 13: unsafe LaneKernel<13>.unpack(source, base, target)
    case 14: unsafe LaneKernel<14>.unpack(source, base, target)
    case 15: unsafe LaneKernel<15>.unpack(source, base, target)
    case 16: unsafe LaneKernel<16>.unpack(source, base, target)
    case 17: unsafe LaneKernel<17>.unpack(source, base, target)
    case 18: unsafe LaneKernel<18>.unpack(source, base, target)
    case 19: unsafe LaneKernel<19>.unpack(source, base, target)
    case 20: unsafe LaneKernel<20>.unpack(source, base, target)
    case 21: unsafe LaneKernel<21>.unpack(source, base, target)
    case 22: unsafe LaneKernel<22>.unpack(source, base, target)
    case 23: unsafe LaneKernel<23>.unpack(source, base, target)
    case 24: unsafe LaneKernel<24>.unpack(source, base, target)
    case 25: unsafe LaneKernel<25>.unpack(source, base, target)
    case 26: unsafe LaneKernel<26>.unpack(source, base, target)
    case 27: unsafe LaneKernel<27>.unpack(source, base, target)
    case 28: unsafe LaneKernel<28>.unpack(source, base, target)
    case 29: unsafe LaneKernel<29>.unpack(source, base, target)
    case 30: unsafe LaneKernel<30>.unpack(source, base, target)
    case 31: unsafe LaneKernel<31>.unpack(source, base, target)
    default: unsafe LaneKernel<32>.unpack(source, base, target)
    }
  }

  /// Wider numbers are not summed up: gaps of sets have fewer bits.
  static let widestSummed = 23

  /// Puts the sums of 128 numbers of at most `widestSummed` bits, each plus `base`, into `words`: each is the one before it, or
  /// `former`, plus the number.
  @inline(__always)
  static func unpackSums(
    _ bytes: UnownedBytes, at start: Int, width: Int, base: UInt32, from former: UInt32,
    into words: Words<UInt32>
  ) {
    assert(words.count >= count && width <= widestSummed)
    assert(start >= 0 && start + byteCount(width: width) <= bytes.count)
    unsafe unpackSums(
      bytes.base + start, width, base, former, UnsafeMutableRawPointer(words.base))
  }

  @inline(never)
  private static func unpackSums(
    _ source: UnsafeRawPointer, _ width: Int, _ base: UInt32, _ former: UInt32,
    _ target: UnsafeMutableRawPointer
  ) {
    let base = SIMD4(repeating: base)
    let former = SIMD4(repeating: former)
    switch width {
    case 1: unsafe LaneKernel<1>.sum(source, base, former, target)
    case 2: unsafe LaneKernel<2>.sum(source, base, former, target)
    case 3: unsafe LaneKernel<3>.sum(source, base, former, target)
    case 4: unsafe LaneKernel<4>.sum(source, base, former, target)
    case 5: unsafe LaneKernel<5>.sum(source, base, former, target)
    case 6: unsafe LaneKernel<6>.sum(source, base, former, target)
    case 7: unsafe LaneKernel<7>.sum(source, base, former, target)
    case 8: unsafe LaneKernel<8>.sum(source, base, former, target)
    case 9: unsafe LaneKernel<9>.sum(source, base, former, target)
    case 10: unsafe LaneKernel<10>.sum(source, base, former, target)
    case 11: unsafe LaneKernel<11>.sum(source, base, former, target)
    case 12: unsafe LaneKernel<12>.sum(source, base, former, target)
    case 13: unsafe LaneKernel<13>.sum(source, base, former, target)
    case 14: unsafe LaneKernel<14>.sum(source, base, former, target)
    case 15: unsafe LaneKernel<15>.sum(source, base, former, target)
    case 16: unsafe LaneKernel<16>.sum(source, base, former, target)
    case 17: unsafe LaneKernel<17>.sum(source, base, former, target)
    case 18: unsafe LaneKernel<18>.sum(source, base, former, target)
    case 19: unsafe LaneKernel<19>.sum(source, base, former, target)
    case 20: unsafe LaneKernel<20>.sum(source, base, former, target)
    case 21: unsafe LaneKernel<21>.sum(source, base, former, target)
    case 22: unsafe LaneKernel<22>.sum(source, base, former, target)
    case 23: unsafe LaneKernel<23>.sum(source, base, former, target)
    default:
      // Numbers of no bits.
      var sum = former &+ base &* SIMD4(1, 2, 3, 4)
      for step in 0..<32 {
        unsafe target.storeBytes(of: sum, toByteOffset: step &* 16, as: SIMD4<UInt32>.self)
        sum &+= base &<< 2
      }
    }
  }

  /// Packs the bits from `shift` on of 128 numbers, `width` of them (at most 32), into `words`; returns
  /// those that are used. What is above is left out.
  static func pack(
    _ numbers: Words<UInt64>, from shift: UInt64, width: Int, into words: Words<UInt32>
  ) -> Words<UInt32> {
    let mask = SIMD4<UInt32>(repeating: UInt32(truncatingIfNeeded: (1 << UInt64(width)) &- 1))
    var pending = SIMD4<UInt32>(repeating: 0)
    var filled = 0
    var word = 0
    for step in 0..<32 {
      let numbers = unsafe UnsafeRawPointer(numbers.base).loadUnaligned(
        fromByteOffset: step &* 32, as: SIMD4<UInt64>.self)
      let slot = SIMD4<UInt32>(truncatingIfNeeded: numbers &>> SIMD4(repeating: shift)) & mask
      pending |= slot &<< SIMD4(repeating: UInt32(truncatingIfNeeded: filled))
      filled &+= width
      if filled < 32 { continue }
      for lane in 0..<4 { words[word &* 4 &+ lane] = pending[lane].littleEndian }
      word &+= 1
      filled &-= 32
      // What did not fit is what is above the bits that did.
      let rest = slot &>> SIMD4(repeating: UInt32(truncatingIfNeeded: width &- filled))
      pending = filled == 0 ? SIMD4(repeating: 0) : rest
    }
    return words.slice(0, width &* 4)
  }

  /// The sum of each number and those before it. Where fours follow one another, only the addition of what was
  /// before has to wait for the four before.
  @inline(__always)
  static func sums(_ numbers: SIMD4<UInt32>) -> SIMD4<UInt32> {
    // Sums in each half, then the lower half's is added to those of the upper.
    let halves =
      unsafe numbers
      &+ unsafeBitCast(
        unsafeBitCast(numbers, to: SIMD2<UInt64>.self) &<< SIMD2(repeating: 32),
        to: SIMD4<UInt32>.self)
    return halves &+ SIMD4(repeating: halves[1]) & SIMD4(0, 0, .max, .max)
  }
}

/// Unpacks numbers of a width that the compiler knows, so that places and shifts are constants.
private enum LaneKernel<let width: Int> {
  @inline(__always)
  static func unpack(
    _ source: UnsafeRawPointer, _ base: SIMD4<UInt32>, _ target: UnsafeMutableRawPointer
  ) {
    unsafe eightSteps(0, source, base, target)
    unsafe eightSteps(8, source, base, target)
    unsafe eightSteps(16, source, base, target)
    unsafe eightSteps(24, source, base, target)
  }

  /// The same, with sums in place of the numbers.
  @inline(__always)
  static func sum(
    _ source: UnsafeRawPointer, _ base: SIMD4<UInt32>, _ former: SIMD4<UInt32>,
    _ target: UnsafeMutableRawPointer
  ) {
    var former = former
    unsafe eightSums(0, source, base, &former, target)
    unsafe eightSums(8, source, base, &former, target)
    unsafe eightSums(16, source, base, &former, target)
    unsafe eightSums(24, source, base, &former, target)
  }

  @inline(__always)
  private static func eightSums(
    _ first: Int, _ source: UnsafeRawPointer, _ base: SIMD4<UInt32>,
    _ former: inout SIMD4<UInt32>, _ target: UnsafeMutableRawPointer
  ) {
    unsafe sum(first, source, base, &former, target)
    unsafe sum(first &+ 1, source, base, &former, target)
    unsafe sum(first &+ 2, source, base, &former, target)
    unsafe sum(first &+ 3, source, base, &former, target)
    unsafe sum(first &+ 4, source, base, &former, target)
    unsafe sum(first &+ 5, source, base, &former, target)
    unsafe sum(first &+ 6, source, base, &former, target)
    unsafe sum(first &+ 7, source, base, &former, target)
  }

  /// The sums of the numbers in a slot of all lanes.
  @inline(__always)
  private static func sum(
    _ slot: Int, _ source: UnsafeRawPointer, _ base: SIMD4<UInt32>,
    _ former: inout SIMD4<UInt32>, _ target: UnsafeMutableRawPointer
  ) {
    let four = unsafe LanePacking.sums(numbers(slot, source) &+ base)
    unsafe target.storeBytes(of: four &+ former, toByteOffset: slot &* 16, as: SIMD4<UInt32>.self)
    former &+= SIMD4(repeating: four[3])
  }

  // Written out, because the compiler need not unroll a loop.
  @inline(__always)
  private static func eightSteps(
    _ first: Int, _ source: UnsafeRawPointer, _ base: SIMD4<UInt32>,
    _ target: UnsafeMutableRawPointer
  ) {
    unsafe step(first, source, base, target)
    unsafe step(first &+ 1, source, base, target)
    unsafe step(first &+ 2, source, base, target)
    unsafe step(first &+ 3, source, base, target)
    unsafe step(first &+ 4, source, base, target)
    unsafe step(first &+ 5, source, base, target)
    unsafe step(first &+ 6, source, base, target)
    unsafe step(first &+ 7, source, base, target)
  }

  /// The numbers in a slot of all lanes.
  @inline(__always)
  private static func step(
    _ slot: Int, _ source: UnsafeRawPointer, _ base: SIMD4<UInt32>,
    _ target: UnsafeMutableRawPointer
  ) {
    let sum = unsafe numbers(slot, source) &+ base
    unsafe target.storeBytes(of: sum, toByteOffset: slot &* 16, as: SIMD4<UInt32>.self)
  }

  @inline(__always)
  private static func numbers(_ slot: Int, _ source: UnsafeRawPointer) -> SIMD4<UInt32> {
    let bit = slot &* width
    let offset = (bit >> 5) &* 16
    let shift = UInt32(truncatingIfNeeded: bit & 31)
    let mask = UInt32(truncatingIfNeeded: (1 << UInt64(width)) &- 1)
    var word = unsafe lanes(source, offset) &>> SIMD4(repeating: shift)
    if Int(shift) &+ width > 32 {
      word |= unsafe lanes(source, offset &+ 16) &<< SIMD4(repeating: 32 &- shift)
    }
    return word & SIMD4(repeating: mask)
  }

  @inline(__always)
  private static func lanes(_ source: UnsafeRawPointer, _ offset: Int) -> SIMD4<UInt32> {
    let word = unsafe source.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt32>.self)
    #if _endian(little)
      return word
    #else
      return SIMD4(
        word[0].byteSwapped, word[1].byteSwapped, word[2].byteSwapped, word[3].byteSwapped)
    #endif
  }
}
