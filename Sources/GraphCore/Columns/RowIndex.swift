/// A hash set of row numbers over columns that someone else owns: open addressing with linear
/// probing, a power of two of slots, at most two of three taken.
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
/// (`hash & mask`) and the next empty slot; removal shifts later entries back to keep that true
/// (Knuth, The Art of Computer Programming 3, section 6.4, algorithms L and R).
///
/// ```swift
/// var slot = Int(hash) & index.mask
/// while slots[slot] != 0 {                                    // slots: index.words
///   let entry = slots[slot]
///   if RowIndex.hash(of: entry) == hash, isSame(RowIndex.row(of: entry)) { return true }
///   slot = (slot &+ 1) & index.mask
/// }
/// index.insert(row: row, hash: hash)
/// ```
@_spi(Columns) public struct RowIndex {
  @usableFromInline let slots: Column<UInt64>
  /// One less than the number of slots.
  @usableFromInline var storedMask: Int
  @inlinable public var mask: Int { storedMask }
  /// How many rows are in the set.
  @usableFromInline var storedCount = 0
  @inlinable public var count: Int { storedCount }

  /// An empty set with room for so many rows. O(capacity).
  public init(minimumCapacity: Int = 0) {
    var size = 16
    while size * 2 < minimumCapacity * 3 { size *= 2 }
    slots = Column()
    slots.growTable(by: size)
    storedMask = size - 1
  }

  /// The slots for a probing loop; invalid after the next insertion.
  @inlinable
  @inline(__always)
  public var words: Words<UInt64> { slots.words }

  /// The hash in a slot that is taken.
  @inlinable
  @inline(__always)
  public static func hash(of entry: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: entry >> 32) }

  /// The row in a slot that is taken; −1 of an empty one.
  @inlinable
  @inline(__always)
  public static func row(of entry: UInt64) -> Int { Int(entry & 0xFFFF_FFFF) &- 1 }

  /// What a slot holds for a row, which is below 2³² − 1.
  @inlinable
  @inline(__always)
  public static func entry(row: Int, hash: UInt32) -> UInt64 {
    UInt64(hash) << 32 | UInt64(row &+ 1)
  }

  /// Inserts a row that the owner knows to be absent. Amortised O(1).
  @inlinable
  @inline(__always)
  public mutating func insert(row: Int, hash: UInt32) {
    if (count &+ 1) &* 3 > slots.count &* 2 { grow(to: slots.count &* 2) }
    place(RowIndex.entry(row: row, hash: hash))
    storedCount &+= 1
  }

  /// Counts rows that the caller put into the slots itself, after making room by `reserve`.
  @inlinable
  public mutating func noteInsertions(_ inserted: Int) { storedCount &+= inserted }

  /// Makes room for `total` rows. O(slots) where it grows.
  public mutating func reserve(_ total: Int) {
    var size = slots.count
    while size * 2 < total * 3 { size *= 2 }
    if size > slots.count { grow(to: size) }
  }

  /// How many more rows there is room for.
  public var room: Int { slots.count * 2 / 3 - count }

  /// Takes a row out that the owner knows to be present. O(1) expected.
  public mutating func remove(row: Int, hash: UInt32) {
    let words = slots.words
    let entry = RowIndex.entry(row: row, hash: hash)
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
    storedCount -= 1
  }

  /// Gives a row that the owner knows to be present another number. O(1) expected.
  public mutating func renumber(row: Int, as number: Int, hash: UInt32) {
    let words = slots.words
    let entry = RowIndex.entry(row: row, hash: hash)
    var slot = Int(hash) & mask
    while words[slot] != entry {
      precondition(words[slot] != 0, "row index: the row to renumber is absent")
      slot = (slot &+ 1) & mask
    }
    words[slot] = RowIndex.entry(row: number, hash: hash)
  }

  /// The bytes that the set holds in memory.
  public var byteCount: Int { slots.byteCount }

  @inlinable
  @inline(__always)
  func place(_ entry: UInt64) {
    let words = slots.words
    var slot = Int(RowIndex.hash(of: entry)) & mask
    while words[slot] != 0 { slot = (slot &+ 1) & mask }
    words[slot] = entry
  }

  /// Grows where it is, so that it never takes the room of two.
  ///
  /// With more bits of its hash an entry goes to `home + n * oldSize` for some n, or less far behind that than
  /// it was behind `home`. Taken in the order of the slots, each finds a free one at the latest where it was
  /// taken from, or at the same place of a later part: none is in the way of those that come after it. The
  /// run at the beginning, which may hold entries that went around the end, comes last. `size` is a
  /// power of two and more than there are. O(size).
  @inline(never)
  public mutating func grow(to size: Int) {
    let oldSize = slots.count
    let wrapped = Column<UInt64>()
    defer { keepAlive(wrapped) }
    slots.growTable(by: size - oldSize)
    storedMask = size - 1
    let words = slots.words
    var slot = 0
    while slot < oldSize, words[slot] != 0 {
      wrapped.append(words[slot])
      words[slot] = 0
      slot += 1
    }
    while slot < oldSize {
      let entry = words[slot]
      if entry != 0 {
        words[slot] = 0
        place(entry)
      }
      slot &+= 1
    }
    for entry in 0..<wrapped.count { place(wrapped[entry]) }
  }
}
