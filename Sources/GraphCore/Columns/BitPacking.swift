/// Numbers of a fixed number of bits, one after the other from the lowest bit on.
@safe
enum BitPacking {
  /// The number at a place of an array of numbers that begins at `start`. The caller has made sure that the
  /// nine bytes from where the number begins may be read.
  @inline(__always)
  static func read(_ bytes: UnownedBytes, from start: Int, place: Int, width: Int) -> UInt64 {
    let bit = place &* width
    let offset = start &+ (bit >> 3)
    var value = bytes.word(offset) &>> UInt64(truncatingIfNeeded: bit & 7)
    if bit & 7 &+ width > 64 {
      value |= UInt64(bytes.byte(offset &+ 8)) &<< UInt64(truncatingIfNeeded: 64 &- bit & 7)
    }
    return width >= 64 ? value : value & ((1 &<< UInt64(truncatingIfNeeded: width)) &- 1)
  }

  /// How many bits a number takes.
  @inline(__always)
  static func width(of value: UInt64) -> Int { 64 &- value.leadingZeroBitCount }
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

  /// Appends words as they lie in memory; only after `finish`.
  mutating func append(_ words: Words<UInt32>) {
    let end = buffer.count
    let size = words.count &* 4
    buffer.grow(by: size)
    unsafe UnsafeMutableRawPointer(buffer.words.base + end).copyMemory(
      from: words.base, byteCount: size)
  }

  @inline(__always)
  private func store(_ word: UInt64, _ count: Int) {
    let end = buffer.count
    buffer.grow(by: 8)
    unsafe UnsafeMutableRawPointer(buffer.words.base + end).storeBytes(
      of: word.littleEndian, as: UInt64.self)
    buffer.truncate(to: end &+ count)
  }
}
