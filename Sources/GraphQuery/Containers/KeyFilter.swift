@_spi(Columns) import GraphCore

/// Tells most keys that none of some rows has from those that one may have: one bit for each of sixteen times as many
/// hashes as there are rows (Bloom, "Space/time trade-offs in hash coding with allowable errors", 1970, with one hash).
///
/// A recursion looks up the keys of all that it knows among the few rows of the last round. The index over all rows leads each
/// to far memory, mostly to find that the newest row of its key is an old one; these bits stay in the nearest cache.
struct KeyFilter {
  /// The rows whose keys it knows.
  let rows: Range<Int>
  private let bits: Column<UInt64>
  private let mask: UInt64

  /// A filter without keys. O(rows).
  init(rows: Range<Int>) {
    self.rows = rows
    var size = 1 << 10
    while size < 16 * rows.count { size *= 2 }
    bits = Column(repeating: 0, count: size / 64)
    mask = UInt64(size - 1)
  }

  var byteCount: Int { bits.byteCount }

  /// Notes the keys with some hashes.
  func insert(_ hashes: Words<UInt64>) {
    let bits = bits.words
    for i in 0..<hashes.count {
      let place = hashes[i] & mask
      bits[Int(truncatingIfNeeded: place &>> 6)] |= 1 &<< (place & 63)
    }
  }

  /// Moves those hashes to the front, each with its number in the batch in its upper half, whose keys may be known, and
  /// returns how many they are. O(hashes).
  func select(_ hashes: Words<UInt64>) -> Int {
    let (bits, mask) = (bits.words, mask)
    var kept = 0
    for i in 0..<hashes.count {
      let place = hashes[i] & mask
      let bit = bits[Int(truncatingIfNeeded: place &>> 6)] &>> (place & 63) & 1
      hashes[kept] = hashes[i] | UInt64(i) &<< 32
      kept &+= Int(truncatingIfNeeded: bit)
    }
    return kept
  }
}
