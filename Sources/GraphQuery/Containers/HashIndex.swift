@_spi(Columns) import GraphCore

/// Finds the rows of a relation by the values of some columns.
///
/// A table maps the hash of a key to the newest row that has it; each row links to the next older
/// one. Rows are only ever added, so the rows of a delta, a suffix of the relation, come first in
/// every chain, and a probe for older or newer rows alone stops or skips by comparing row numbers.
///
/// Probing gives candidates whose hash agrees; unless `isExact`, the caller compares the values.
final class HashIndex {
  let columns: [Int]
  /// One column of codes: hashes are as good as values.
  let isExact: Bool
  private(set) var rowCount = 0
  private var heads: Column<UInt64>
  private var mask: Int
  /// How many different hashes there are: close to the number of different keys.
  private(set) var keyCount = 0
  /// Per row the next older row with its key, plus one; 0 ends the chain.
  private let links = Column<UInt32>()
  private let states = Column<UInt64>(unspecified: Batch.capacity)
  private let words = Column<UInt64>(repeating: 0, count: Batch.capacity)
  /// The keys of the newest rows, once very many were looked up among these.
  private var newest: KeyFilter?
  /// How many keys were looked up, and among the rows from which on.
  private var asked = (start: 0, count: 0)

  init(columns: [Int], isExact: Bool) {
    self.columns = columns
    self.isExact = isExact
    heads = Column(repeating: 0, count: 16)
    mask = 15
  }

  var byteCount: Int { heads.byteCount + links.byteCount + (newest?.byteCount ?? 0) }

  /// Adds the rows that were appended to the relation since the last call.
  func catchUp(_ views: [ColumnView], rowCount total: Int) {
    guard total > rowCount else { return }
    if rowCount == 0 { links.reserve(total) }
    var row = rowCount
    let isPartial = views.contains { $0.presence != nil }
    while row < total {
      let count = min(Batch.capacity, total - row)
      hash(views, from: row, count: count)
      if (keyCount + count) * 3 > heads.count * 2 {
        grow(to: max(heads.count * 2, nextSize(expectedKeys(of: total, after: row) + count)))
      }
      links.grow(by: count)
      let (links, states, slots, mask) = (links.words, states.words, heads.words, mask)
      if slots.count > Self.nearSize {
        slots.prefetch(hashes: states.slice(0, count), mask: mask)
      }
      var newKeys = 0
      for i in 0..<count {
        if isPartial && !views.allSatisfy({ $0.isPresent(row + i) }) {
          links[row + i] = 0
          continue
        }
        let hash = UInt32(truncatingIfNeeded: states[i])
        let former = Self.add(row: row + i, hash: hash, to: slots, mask: mask)
        newKeys &+= former == 0 ? 1 : 0
        links[row + i] = former
      }
      keyCount += newKeys
      row += count
    }
    rowCount = total
  }

  /// What tells keys that no row from `start` on has, where it is worth having for as many keys as were asked for
  /// since that was the start. O(rows from there), once.
  func filter(
    of views: @autoclosure () -> [ColumnView], from start: Int, keys: Int
  ) -> KeyFilter? {
    if let newest, newest.rows == start..<rowCount { return newest }
    let count = rowCount - start
    guard count * Self.leastShare <= rowCount else { return nil }
    if asked.start != start { asked = (start, 0) }
    asked.count += keys
    guard asked.count >= count else { return nil }
    let (made, views) = (KeyFilter(rows: start..<rowCount), views())
    for row in stride(from: start, to: rowCount, by: Batch.capacity) {
      let size = min(Batch.capacity, rowCount - row)
      hash(views, from: row, count: size)
      made.insert(states.words.slice(0, size))
    }
    newest = made
    return made
  }

  /// A filter is worth having where it knows at most one of so many rows: it lets few keys through.
  private static let leastShare = 4

  /// Adds the next row, whose key has a hash. Amortised O(1).
  func append(hash: UInt32) {
    if (keyCount + 1) * 3 > heads.count * 2 { grow(to: heads.count * 2) }
    let former = Self.add(row: rowCount, hash: hash, to: heads.words, mask: mask)
    keyCount += former == 0 ? 1 : 0
    links.append(former)
    rowCount += 1
  }

  /// The table for a probing loop, invalid when rows are added.
  var table: Table { Table(slots: heads.words, mask: mask) }

  /// A view of the table, which loops hold instead of the index: a property of an object is checked
  /// for exclusive access each time it is read.
  struct Table: BitwiseCopyable {
    fileprivate let slots: Words<UInt64>
    fileprivate let mask: Int

    /// The newest row whose key has this hash, plus one; 0 where there is none.
    @inline(__always)
    func head(of hash: UInt32) -> UInt32 {
      var slot = Int(hash) & mask
      while true {
        let entry = slots[slot]
        if entry == 0 { return 0 }
        if UInt32(truncatingIfNeeded: entry >> 32) == hash {
          return UInt32(truncatingIfNeeded: entry)
        }
        slot = (slot &+ 1) & mask
      }
    }
  }

  var chain: Words<UInt32> { links.words }

  /// Puts the newest row whose key has each of some hashes in the place of the hash, plus one; 0 where there is none. What is
  /// in the upper halves of their words stays.
  func findHeads(of hashes: Words<UInt64>) {
    let table = table
    let isFar = table.slots.count > Self.nearSize
    if isFar { table.slots.prefetch(hashes: hashes, mask: mask) }
    for i in 0..<hashes.count {
      let head = UInt64(table.head(of: UInt32(truncatingIfNeeded: hashes[i])))
      hashes[i] = (hashes[i] & ~0xFFFF_FFFF) | head
    }
    if links.count <= 2 * Self.nearSize { return }
    let links = links.words
    for i in 0..<hashes.count {
      links.prefetch(Int(UInt32(truncatingIfNeeded: hashes[i])) &- 1)
    }
  }

  private func hash(_ views: [ColumnView], from row: Int, count: Int) {
    let states = states.words
    if isExact {
      let view = views[0]
      view.load(from: row, count: count, into: states)
      for i in 0..<count {
        states[i] = UInt64(TupleHash.code(UInt32(truncatingIfNeeded: states[i])))
      }
      return
    }
    for i in 0..<count { states[i] = TupleHash.seed }
    let words = words.words
    for view in views {
      view.load(from: row, count: count, into: words)
      TupleHash.fold(words, count: count, into: states)
    }
    for i in 0..<count { states[i] = UInt64(TupleHash.narrow(states[i])) }
  }

  /// A table of so many slots stays in the processor's caches.
  private static let nearSize = 1 << 15

  /// Makes a row the newest of its key; returns the one that was, plus one.
  @inline(__always)
  private static func add(row: Int, hash: UInt32, to slots: Words<UInt64>, mask: Int) -> UInt32 {
    var slot = Int(hash) & mask
    while true {
      let entry = slots[slot]
      if entry == 0 || UInt32(truncatingIfNeeded: entry >> 32) == hash {
        slots[slot] = UInt64(hash) << 32 | UInt64(row &+ 1)
        return UInt32(truncatingIfNeeded: entry)
      }
      slot = (slot &+ 1) & mask
    }
  }

  /// How many keys there will be, as far as the first rows tell: where most of an eighth of them have keys of their own,
  /// most of the others will, and the table need not be doubled three times more.
  private func expectedKeys(of total: Int, after row: Int) -> Int {
    guard row >= total / 8, keyCount > row / 4 * 3 else { return keyCount }
    return Int(Double(keyCount) / Double(row) * Double(total))
  }

  private func nextSize(_ keys: Int) -> Int {
    var size = 16
    while size * 2 < keys * 3 { size *= 2 }
    return size
  }

  private func grow(to size: Int) {
    let old = heads
    defer { keepAlive(old) }
    heads = Column(tableOf: size)
    mask = size - 1
    let slots = heads.words
    let entries = old.words
    for i in 0..<entries.count where entries[i] != 0 {
      var slot = Int(entries[i] >> 32) & mask
      while slots[slot] != 0 { slot = (slot &+ 1) & mask }
      slots[slot] = entries[i]
    }
  }
}
