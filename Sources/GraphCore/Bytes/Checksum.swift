/// The checksum of headers, sections and log sectors: XXH64, as its public specification says.
///
/// ```swift
/// Checksum.of(Array("abc".utf8))   // 0x44BC2CF5AD770999
/// ```
///
/// It finds accidents: a damaged block has the right checksum once in 2⁶⁴. It is no defence against
/// somebody who changes bytes and checksum together; the reader does not rely on it for safety.
@safe
package enum Checksum {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  /// The checksum of some bytes. O(count), some 10 GB a second.
  package static func of(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
    unsafe bytes.withUnsafeBytes { unsafe compute($0.baseAddress, $0.count, seed) }
  }

  /// The checksum of a part of some bytes. O(length of the part).
  package static func of(_ bytes: [UInt8], in range: Range<Int>, seed: UInt64 = 0) -> UInt64 {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    return unsafe bytes.withUnsafeBytes {
      unsafe compute($0.baseAddress.map { unsafe $0 + range.lowerBound }, range.count, seed)
    }
  }

  /// The checksum of a view.
  package static func of(_ bytes: ByteView, seed: UInt64 = 0) -> UInt64 {
    unsafe compute(bytes.base, bytes.count, seed)
  }

  private static func compute(
    _ base: UnsafeRawPointer?, _ count: Int, _ seed: UInt64
  ) -> UInt64 {
    var offset = 0
    var hash: UInt64
    if let base = unsafe base, count >= 32 {
      var a = seed &+ prime1 &+ prime2
      var b = seed &+ prime2
      var c = seed
      var d = seed &- prime1
      while offset &+ 32 <= count {
        a = round(a, unsafe word(base, offset))
        b = round(b, unsafe word(base, offset &+ 8))
        c = round(c, unsafe word(base, offset &+ 16))
        d = round(d, unsafe word(base, offset &+ 24))
        offset &+= 32
      }
      hash = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
      for lane in [a, b, c, d] { hash = (hash ^ round(0, lane)) &* prime1 &+ prime4 }
    } else {
      hash = seed &+ prime5
    }
    hash = hash &+ UInt64(count)
    if let base = unsafe base {
      while offset &+ 8 <= count {
        hash = rotate(hash ^ round(0, unsafe word(base, offset)), 27) &* prime1 &+ prime4
        offset &+= 8
      }
      if offset &+ 4 <= count {
        let half = UInt32(
          littleEndian: unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        hash = rotate(hash ^ (UInt64(half) &* prime1), 23) &* prime2 &+ prime3
        offset &+= 4
      }
      while offset < count {
        let byte = unsafe base.load(fromByteOffset: offset, as: UInt8.self)
        hash = rotate(hash ^ (UInt64(byte) &* prime5), 11) &* prime1
        offset &+= 1
      }
    }
    hash = (hash ^ (hash >> 33)) &* prime2
    hash = (hash ^ (hash >> 29)) &* prime3
    return hash ^ (hash >> 32)
  }

  @inline(__always)
  private static func round(_ state: UInt64, _ input: UInt64) -> UInt64 {
    rotate(state &+ input &* prime2, 31) &* prime1
  }

  @inline(__always)
  private static func rotate(_ word: UInt64, _ by: UInt64) -> UInt64 {
    (word << by) | (word >> (64 &- by))
  }

  @inline(__always)
  private static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}
