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

  /// A hash of a packed row, whose upper bits tell where it belongs in a table.
  ///
  /// The upper half of one product (Knuth, "The Art of Computer Programming" 3, 6.4) is not enough: the columns of
  /// a row often go together, as in (n, n + 1), and the products of such rows lie side by side, where open addressing
  /// goes past all of them. The second product mixes what the first has spread.
  @inline(__always)
  static func packed(_ code: UInt64) -> UInt64 {
    let product = code &* 0x9E37_79B9_7F4A_7C15
    return (product ^ (product &>> 32)) &* 0xD6E8_FEB8_6659_FD93
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
