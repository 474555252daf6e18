/// Hashing and equality of byte strings, eight bytes at a time and never beyond their ends.
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
    guard let base = bytes.baseAddress else { return narrow(mix(0)) }
    let raw = unsafe UnsafeRawPointer(base)
    var state = UInt64(truncatingIfNeeded: count) &* third
    if count > 16 {
      var offset = 0
      while offset &+ 16 < count {
        let low = unsafe word(raw, offset)
        let high = unsafe word(raw, offset &+ 8)
        state = fold(low ^ first ^ state, high ^ second)
        offset &+= 16
      }
    }
    let (low, high) = unsafe ends(raw, count)
    return narrow(fold(low ^ first ^ state, high ^ second ^ (state >> 32)))
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
    return unsafe ends(a, count) == ends(b, count)
  }

  /// The first and last bytes of a short string as two words that together hold all of it; the last
  /// sixteen bytes of a longer one.
  @inline(__always)
  private static func ends(_ raw: UnsafeRawPointer, _ count: Int) -> (UInt64, UInt64) {
    if count > 16 { return unsafe (word(raw, count &- 16), word(raw, count &- 8)) }
    if count >= 8 { return unsafe (word(raw, 0), word(raw, count &- 8)) }
    if count >= 4 {
      let head = unsafe raw.loadUnaligned(as: UInt32.self)
      let tail = unsafe raw.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
      return (UInt64(head), UInt64(tail))
    }
    if count == 0 { return (0, 0) }
    let head = unsafe raw.load(as: UInt8.self)
    let middle = unsafe raw.load(fromByteOffset: count >> 1, as: UInt8.self)
    let tail = unsafe raw.load(fromByteOffset: count &- 1, as: UInt8.self)
    return (UInt64(head) << 16 | UInt64(middle) << 8 | UInt64(tail), 0)
  }

  @inline(__always)
  private static func word(_ raw: UnsafeRawPointer, _ offset: Int) -> UInt64 {
    unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
  }

  @inline(__always)
  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}
