/// Numbers of a fixed number of bits, one after the other from the lowest bit on.
@safe
enum BitPacking {
  /// The number at a place of an array of numbers that begins at `start`.
  @inline(__always)
  static func read(
    _ bytes: ByteView, from start: Int, place: Int, width: Int
  ) throws(FormatError) -> UInt64 {
    if width == 0 { return 0 }
    let bit = place &* width
    let offset = start &+ (bit >> 3)
    let low: UInt64 = try bytes.load(offset)
    var value = low >> UInt64(bit & 7)
    if bit & 7 + width > 64 {
      let high: UInt8 = try bytes.load(offset + 8)
      value |= UInt64(high) << UInt64(64 - bit & 7)
    }
    return width == 64 ? value : value & ((1 << UInt64(width)) &- 1)
  }

  /// Gives out `count` numbers in order, beginning with the one at `first`. The caller has made sure
  /// that eight bytes follow them.
  @inline(__always)
  static func unpack(
    _ bytes: ByteView, at start: Int, from first: Int = 0, count: Int, width: Int,
    _ body: (Int, UInt64) -> Void
  ) {
    assert(start >= 0 && start + ((first + count) * width + 7) / 8 + 8 <= bytes.count)
    let base = unsafe bytes.base + start
    if width == 0 {
      for place in 0..<count { body(place, 0) }
    } else if width <= 56 {
      let mask: UInt64 = (1 << UInt64(width)) &- 1
      var bit = first &* width
      for place in 0..<count {
        let word = UInt64(
          littleEndian: unsafe base.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
        body(place, (word &>> UInt64(bit & 7)) & mask)
        bit &+= width
      }
    } else {
      let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) &- 1
      for place in 0..<count {
        let bit = (first &+ place) &* width
        let low = UInt64(
          littleEndian: unsafe base.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
        var value = low >> UInt64(bit & 7)
        if bit & 7 != 0 {
          let high = unsafe base.load(fromByteOffset: bit >> 3 + 8, as: UInt8.self)
          value |= UInt64(high) << UInt64(64 - bit & 7)
        }
        body(place, value & mask)
      }
    }
  }

  /// Puts `count` numbers, each plus `base`, into `words` and returns the union of the bits of the
  /// sums. The caller has made sure that eight bytes follow the numbers, and that sums fit.
  @inline(__always)
  static func unpack<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ bytes: ByteView, at start: Int, count: Int, width: Int, base: T, into words: Words<T>
  ) -> T {
    assert(start >= 0 && start + (count * width + 7) / 8 + 8 <= bytes.count)
    assert(count <= words.count)
    let groups = count >> 3
    var union: T = 0
    if groups > 0 && width > 0 && width <= 32 {
      let source = unsafe bytes.base + start
      union = unsafe unpackGroups(source, groups, width, base, words.base)
      let done = groups &* 8
      let rest = words.slice(done, words.count &- done)
      unpack(bytes, at: start, from: done, count: count &- done, width: width) { place, value in
        let sum = base &+ T(truncatingIfNeeded: value)
        rest[place] = sum
        union |= sum
      }
      return union
    }
    unpack(bytes, at: start, count: count, width: width) { place, value in
      let sum = base &+ T(truncatingIfNeeded: value)
      words[place] = sum
      union |= sum
    }
    return union
  }

  /// Unpacks groups of eight numbers by the kernel of their width.
  @inline(never)
  private static func unpackGroups<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ source: UnsafeRawPointer, _ groups: Int, _ width: Int, _ base: T,
    _ target: UnsafeMutablePointer<T>
  ) -> T {
    switch width {
    case 1: unsafe BitKernel<1>.unpack(source, groups, base, target)
    case 2: unsafe BitKernel<2>.unpack(source, groups, base, target)
    case 3: unsafe BitKernel<3>.unpack(source, groups, base, target)
    case 4: unsafe BitKernel<4>.unpack(source, groups, base, target)
    case 5: unsafe BitKernel<5>.unpack(source, groups, base, target)
    case 6: unsafe BitKernel<6>.unpack(source, groups, base, target)
    case 7: unsafe BitKernel<7>.unpack(source, groups, base, target)
    case 8: unsafe BitKernel<8>.unpack(source, groups, base, target)
    case 9: unsafe BitKernel<9>.unpack(source, groups, base, target)
    case 10: unsafe BitKernel<10>.unpack(source, groups, base, target)
    case 11: unsafe BitKernel<11>.unpack(source, groups, base, target)
    case 12: unsafe BitKernel<12>.unpack(source, groups, base, target)
    case 13: unsafe BitKernel<13>.unpack(source, groups, base, target)
    case 14: unsafe BitKernel<14>.unpack(source, groups, base, target)
    case 15: unsafe BitKernel<15>.unpack(source, groups, base, target)
    case 16: unsafe BitKernel<16>.unpack(source, groups, base, target)
    case 17: unsafe BitKernel<17>.unpack(source, groups, base, target)
    case 18: unsafe BitKernel<18>.unpack(source, groups, base, target)
    case 19: unsafe BitKernel<19>.unpack(source, groups, base, target)
    case 20: unsafe BitKernel<20>.unpack(source, groups, base, target)
    case 21: unsafe BitKernel<21>.unpack(source, groups, base, target)
    case 22: unsafe BitKernel<22>.unpack(source, groups, base, target)
    case 23: unsafe BitKernel<23>.unpack(source, groups, base, target)
    case 24: unsafe BitKernel<24>.unpack(source, groups, base, target)
    case 25: unsafe BitKernel<25>.unpack(source, groups, base, target)
    case 26: unsafe BitKernel<26>.unpack(source, groups, base, target)
    case 27: unsafe BitKernel<27>.unpack(source, groups, base, target)
    case 28: unsafe BitKernel<28>.unpack(source, groups, base, target)
    case 29: unsafe BitKernel<29>.unpack(source, groups, base, target)
    case 30: unsafe BitKernel<30>.unpack(source, groups, base, target)
    case 31: unsafe BitKernel<31>.unpack(source, groups, base, target)
    default: unsafe BitKernel<32>.unpack(source, groups, base, target)
    }
  }

  /// How many bits a number takes.
  @inline(__always)
  static func width(of value: UInt64) -> Int { 64 &- value.leadingZeroBitCount }
}

/// Unpacks numbers of a width that the compiler knows, so that places and shifts are constants: eight
/// numbers take `width` bytes.
private enum BitKernel<let width: Int> {
  @inline(__always)
  static func unpack<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ source: UnsafeRawPointer, _ groups: Int, _ base: T, _ target: UnsafeMutablePointer<T>
  ) -> T {
    let mask: UInt64 = (1 << UInt64(width)) &- 1
    var union: T = 0
    var from = unsafe source
    var to = unsafe target
    for _ in 0..<groups {
      @inline(__always)
      func number(_ place: Int) {
        let word = UInt64(
          littleEndian: unsafe from.loadUnaligned(
            fromByteOffset: (place &* width) >> 3, as: UInt64.self))
        let value = (word &>> UInt64((place &* width) & 7)) & mask
        let sum = base &+ T(truncatingIfNeeded: value)
        unsafe to[place] = sum
        union |= sum
      }
      number(0)
      number(1)
      number(2)
      number(3)
      number(4)
      number(5)
      number(6)
      number(7)
      unsafe from += width
      unsafe to += 8
    }
    return union
  }
}

/// Gathers numbers of a fixed number of bits.
@safe
struct BitWriter {
  private let buffer = Column<UInt8>(minimumCapacity: 256)
  private var pending: UInt64 = 0
  private var filled = 0

  /// How many bytes are finished.
  var count: Int { buffer.count }

  /// What is finished. O(count).
  var bytes: [UInt8] {
    unsafe Array(UnsafeBufferPointer(start: buffer.words.base, count: buffer.count))
  }

  @inline(__always)
  mutating func append(_ value: UInt64, width: Int) {
    if width == 0 { return }
    pending |= value &<< UInt64(truncatingIfNeeded: filled)
    let total = filled &+ width
    if total >= 64 {
      store(pending, 8)
      // What did not fit is what is above the bits that did.
      let used = 64 &- filled
      pending = used == 64 ? 0 : value &>> UInt64(truncatingIfNeeded: used)
      filled = total &- 64
    } else {
      filled = total
    }
  }

  /// Fills the last byte up with zeros.
  mutating func finish() {
    store(pending, (filled &+ 7) >> 3)
    pending = 0
    filled = 0
  }

  /// Appends whole bytes; only after `finish`.
  mutating func append(byte: UInt8) { buffer.append(byte) }

  @inline(__always)
  private func store(_ word: UInt64, _ count: Int) {
    let end = buffer.count
    buffer.grow(by: 8)
    unsafe UnsafeMutableRawPointer(buffer.words.base + end).storeBytes(
      of: word.littleEndian, as: UInt64.self)
    buffer.truncate(to: end &+ count)
  }
}
