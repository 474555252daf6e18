@_spi(Columns) import GraphCore

/// Hashes of tuples, computed column by column over a batch.
enum TupleHash {
  @inline(__always)
  static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
    let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }

  static let seed: UInt64 = 0xD1B5_4A32_D192_ED03

  @inline(__always)
  static func narrow(_ state: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: state ^ (state >> 32))
  }

  /// A hash of one 32-bit code that no other code has, so that equal hashes need no comparison.
  @inline(__always)
  static func code(_ code: UInt32) -> UInt32 {
    var x = code
    x ^= x >> 16
    x = x &* 0x7FEB_352D
    x ^= x >> 15
    x = x &* 0x846C_A68B
    x ^= x >> 16
    return x
  }

  /// Folds one column of a batch into the running states.
  static func fold(_ words: Words<UInt64>, count: Int, into states: Words<UInt64>) {
    for i in 0..<count { states[i] = mix(states[i], words[i]) }
  }
}
