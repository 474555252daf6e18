/// A hash set of row numbers over columns that someone else owns: open addressing with linear
/// probing, a power of two of slots.
///
/// ```
///   63            32 31             0
///  ┌────────────────┬────────────────┐
///  │ hash of the row│ row number + 1 │   0 is an empty slot
///  └────────────────┴────────────────┘
/// ```
///
/// The owner hashes and compares rows; the index keeps 32 bits of each hash, so that a probe looks
/// at a row only where these agree, and growing reads no row. An entry lies between its home slot
/// (`hash & mask`) and the next empty slot; removal shifts later entries back to keep that true.
package struct RowIndex {
  private var slots: Column<UInt64>
  /// One less than the number of slots.
  package private(set) var mask: Int
  /// How many rows are in the set.
  package private(set) var count = 0

  package init(minimumCapacity: Int = 0) {
    var size = 16
    while size * 2 < minimumCapacity * 3 { size *= 2 }
    slots = Column(repeating: 0, count: size)
    mask = size - 1
  }

  /// The slots for a probing loop; invalid after the next insertion.
  @inline(__always)
  package var words: Words<UInt64> { slots.words }

  @inline(__always)
  package static func hash(of entry: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: entry >> 32) }

  @inline(__always)
  package static func row(of entry: UInt64) -> Int { Int(entry & 0xFFFF_FFFF) &- 1 }

  /// Inserts a row that the owner knows to be absent. Amortised O(1).
  @inline(__always)
  package mutating func insert(row: Int, hash: UInt32) {
    if (count &+ 1) &* 3 > slots.count &* 2 { grow(to: slots.count &* 2) }
    place(UInt64(hash) << 32 | UInt64(row &+ 1))
    count &+= 1
  }

  /// Makes room for `total` rows.
  package mutating func reserve(_ total: Int) {
    var size = slots.count
    while size * 2 < total * 3 { size *= 2 }
    if size > slots.count { grow(to: size) }
  }

  /// Takes a row out that the owner knows to be present. O(1) expected.
  package mutating func remove(row: Int, hash: UInt32) {
    let words = slots.words
    let entry = UInt64(hash) << 32 | UInt64(row &+ 1)
    var hole = Int(hash) & mask
    while words[hole] != entry {
      precondition(words[hole] != 0, "row index: the row to remove is absent")
      hole = (hole &+ 1) & mask
    }
    var slot = hole
    while true {
      slot = (slot &+ 1) & mask
      let next = words[slot]
      if next == 0 { break }
      let home = Int(RowIndex.hash(of: next)) & mask
      // The entry may move into the hole only where its home is not after the hole.
      if ((slot &- home) & mask) >= ((slot &- hole) & mask) {
        words[hole] = next
        hole = slot
      }
    }
    words[hole] = 0
    count -= 1
  }

  /// The bytes that the set holds in memory.
  package var byteCount: Int { slots.byteCount }

  @inline(__always)
  private func place(_ entry: UInt64) {
    let words = slots.words
    var slot = Int(RowIndex.hash(of: entry)) & mask
    while words[slot] != 0 { slot = (slot &+ 1) & mask }
    words[slot] = entry
  }

  @inline(never)
  private mutating func grow(to size: Int) {
    let old = slots
    defer { keepAlive(old) }
    slots = Column(repeating: 0, count: size)
    mask = size - 1
    let words = old.words
    for slot in 0..<words.count where words[slot] != 0 { place(words[slot]) }
  }
}
