/// Hashing and equality of byte strings, eight bytes at a time.
///
/// A string of up to sixteen bytes is two words, filled up with zeros; `ShortText` makes them without
/// a branch where there is something to read behind the string. A longer one is hashed sixteen bytes
/// at a time, and its last sixteen once more. `TextKey` tells what of a text is hashed.
///
/// The hash folds 128-bit products, in the manner of wyhash. It is the same in every process and on
/// every run; it withstands accidents, not attackers.
@safe
package enum ByteHash {
  private static let first: UInt64 = 0xA076_1D64_78BD_642F
  private static let second: UInt64 = 0xE703_7ED1_A0B4_28DB
  private static let third: UInt64 = 0x8EBC_6AF0_9C88_C6E3

  /// The hash of a word.
  @inline(__always)
  package static func mix(_ word: UInt64) -> UInt64 { fold(word ^ first, second) }

  /// The hash of a sequence extended by a word.
  @inline(__always)
  package static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
    fold(state ^ third, word ^ second)
  }

  /// The 32 bits of a hash that a `RowIndex` keeps.
  @inline(__always)
  package static func narrow(_ hash: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
  }

  /// The hash of some bytes. O(length).
  @inline(__always)
  static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    let count = bytes.count
    var state = UInt64(truncatingIfNeeded: count) &* third
    guard let base = bytes.baseAddress else { return finish(state, 0, 0) }
    let raw = unsafe UnsafeRawPointer(base)
    if count <= 16 {
      let (low, high) = unsafe words(raw, count)
      return finish(state, low, high)
    }
    var offset = 0
    while offset &+ 16 < count {
      let low = unsafe word(raw, offset)
      let high = unsafe word(raw, offset &+ 8)
      state = fold(low ^ first ^ state, high ^ second)
      offset &+= 16
    }
    let (low, high) = unsafe (word(raw, count &- 16), word(raw, count &- 8))
    return finish(state, low, high)
  }

  /// The hash of the two words of a key.
  @inline(__always)
  static func hash(_ content: UInt64, _ tag: UInt32) -> UInt32 {
    narrow(fold(content ^ first, UInt64(tag) ^ second))
  }

  @inline(__always)
  private static func finish(_ state: UInt64, _ low: UInt64, _ high: UInt64) -> UInt32 {
    narrow(fold(low ^ first ^ state, high ^ second ^ (state >> 32)))
  }

  /// Whether two byte strings of `count` bytes each are equal. O(count).
  @inline(__always)
  static func equal(
    _ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int
  ) -> Bool {
    let a = unsafe UnsafeRawPointer(left)
    let b = unsafe UnsafeRawPointer(right)
    if count > 16 {
      var offset = 0
      while offset &+ 8 < count {
        if unsafe word(a, offset) != word(b, offset) { return false }
        offset &+= 8
      }
      return unsafe word(a, count &- 8) == word(b, count &- 8)
    }
    return unsafe words(a, count) == words(b, count)
  }

  /// A string of up to sixteen bytes as two words; nothing behind it is read.
  @inline(__always)
  static func words(_ raw: UnsafeRawPointer, _ count: Int) -> (UInt64, UInt64) {
    if count < 8 { return unsafe (beginning(raw, count), 0) }
    // The last eight bytes, less those that the first word has.
    let last = unsafe word(raw, count &- 8)
    return unsafe (word(raw, 0), count == 8 ? 0 : last &>> UInt64(8 &* (16 &- count)))
  }

  /// A string of less than eight bytes as a word, the first byte lowest.
  @inline(__always)
  private static func beginning(_ raw: UnsafeRawPointer, _ count: Int) -> UInt64 {
    func byte(_ place: Int) -> UInt64 {
      unsafe UInt64(raw.load(fromByteOffset: place, as: UInt8.self)) &<< UInt64(8 &* place)
    }
    if count >= 4 {
      let head = unsafe raw.loadUnaligned(as: UInt32.self)
      let tail = unsafe raw.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
      let shift = UInt64(8 &* (count &- 4))
      return UInt64(UInt32(littleEndian: head)) | UInt64(UInt32(littleEndian: tail)) &<< shift
    }
    return count == 0 ? 0 : byte(0) | byte(count >> 1) | byte(count &- 1)
  }

  @inline(__always)
  private static func word(_ raw: UnsafeRawPointer, _ offset: Int) -> UInt64 {
    unsafe UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  @inline(__always)
  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}

/// A string of up to sixteen bytes as two words, read from where sixteen bytes can be read: one path
/// for every length, because the lengths of short texts are hard for the processor to foretell.
struct ShortText: BitwiseCopyable {
  static let longest = 16

  let low: UInt64
  let high: UInt64

  @inline(__always)
  init(_ raw: UnsafeRawPointer, count: Int) {
    let (first, second) = unsafe (
      UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self)),
      UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    )
    low = first & Self.mask(count)
    high = second & Self.mask(count &- 8)
  }

  /// The lowest bytes of a word, so many of them: none below 1, all above 7.
  @inline(__always)
  static func mask(_ count: Int) -> UInt64 {
    let bytes = min(max(count, 0), 8)
    let mask = UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- 8 &* bytes)
    return bytes == 0 ? 0 : mask
  }
}
