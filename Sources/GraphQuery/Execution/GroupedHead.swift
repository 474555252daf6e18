@_spi(Columns) import GraphCore

/// Adds the rows of a head that come in groups: all of one value of a column one after another.
///
/// A set of all rows would be larger than the rows, and each look into it a miss of the cache. Here only the rows of
/// the open group are told from each other, which stay in the cache (a sparse accumulator: Gustavson, "Two fast
/// algorithms for sparse matrices", 1978): pairs by a bit for each value of the other column, wider rows by a table. What
/// marks a group is cleared entry by entry when the next one begins.
///
/// ```
/// friend(x, z) :- knows(x, y), knows(y, z).   // scanned by x
/// ```
final class GroupedHead: RowSink {
  private let head: Relation
  private let groupColumn: Int
  private let otherColumns: [Int]
  /// The value that the rows of the open group have in common, once there is one.
  private var group: UInt64?
  private let pairs: PairMarks?
  private let rows: RowMarks?
  /// The batch without the column of groups.
  private let others: Column<Words<UInt64>>
  private let selected = Column<UInt32>(unspecified: Batch.capacity)
  /// Whether a value came that is too large; from then on rows are looked up in the relation.
  private var isSpilled = false

  /// - Parameters:
  ///   - head: a plain set of rows, none of which is of a group to come
  ///   - groupColumn: the column whose values come in groups
  init(_ head: Relation, groupColumn: Int) {
    precondition(head.arity > 1 && head.keepsEachRow)
    self.head = head
    self.groupColumn = groupColumn
    otherColumns = (0..<head.arity).filter { $0 != groupColumn }
    others = Column(repeating: .empty, count: otherColumns.count)
    pairs = head.arity == 2 ? PairMarks() : nil
    rows = head.arity == 2 ? nil : RowMarks(width: otherColumns.count)
  }

  var groupedHead: GroupedHead? { self }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    if isSpilled || !take(columns, count) {
      isSpilled = true
      return head.insert(columns, count: count)
    }
    let groups = columns[groupColumn]
    let new = selected.words
    var kept = 0
    var row = 0
    while row < count {
      let value = groups[row]
      if value != group {
        pairs?.clear()
        rows?.clear()
        group = value
      }
      let start = row
      row &+= 1
      while row < count && groups[row] == value { row &+= 1 }
      if let pairs {
        kept = pairs.add(others[0], start..<row, into: new, kept)
      } else if let rows {
        kept = rows.add(others.words, start..<row, into: new, kept)
      }
    }
    if kept > 0 { head.appendDistinct(columns, new, count: kept) }
  }

  /// Writes the places of those rows that may be new, and returns how many there are: rows of other groups than the open
  /// one are of groups to come.
  func selectNew(_ columns: [Words<UInt64>], count: Int, into selected: Words<UInt32>) -> Int {
    let groups = columns[groupColumn]
    let isOpen = !isSpilled && take(columns, count)
    var kept = 0
    for row in 0..<count {
      var isKnown = false
      if isOpen && groups[row] == group {
        isKnown = pairs?.contains(others[0][row]) ?? rows?.contains(others.words, row) ?? false
      }
      selected[kept] = UInt32(truncatingIfNeeded: row)
      kept &+= isKnown ? 0 : 1
    }
    return kept
  }

  /// Notes the columns of a batch, and whether its values can be marked: they fit 32 bits.
  private func take(_ columns: [Words<UInt64>], _ count: Int) -> Bool {
    for column in 0..<columns.count
    where !head.columns[column].isNarrow(columns[column], count: count) {
      return false
    }
    for (place, column) in otherColumns.enumerated() { others[place] = columns[column] }
    if let pairs { return pairs.makeRoom(upTo: GroupedHead.bound(of: others[0], count)) }
    rows?.hash(others.words, count)
    return true
  }

  /// At least the highest of some values, and less than twice that.
  private static func bound(of values: Words<UInt64>, _ count: Int) -> UInt64 {
    var bound: UInt64 = 0
    for row in 0..<count { bound |= values[row] }
    return bound
  }
}

/// The values that a group has, as bits.
private final class PairMarks {
  private let members = Column<UInt32>()
  private let marks = Column<UInt64>(repeating: 0, count: 64)

  /// Larger values have no bit: these take 16 MiB at most.
  private static let memberLimit: UInt64 = 1 << 27

  /// Makes a bit for each value up to a bound; false where there would be too many.
  func makeRoom(upTo bound: UInt64) -> Bool {
    guard bound < Self.memberLimit else { return false }
    let needed = Int(bound &>> 6) + 1
    if needed > marks.count { marks.growZeroed(by: max(needed, 2 * marks.count) - marks.count) }
    return true
  }

  func clear() {
    let (list, marks) = (members.words, marks.words)
    for i in 0..<list.count { marks[Int(list[i] >> 6)] = 0 }
    members.truncate(to: 0)
  }

  func contains(_ value: UInt64) -> Bool {
    marks.words[Int(truncatingIfNeeded: value &>> 6)] & (1 &<< (value & 63)) != 0
  }

  /// Adds the values of some rows, and appends the rows that brought new ones to `new`, behind its first `kept`;
  /// returns how many it has then.
  func add(_ values: Words<UInt64>, _ rows: Range<Int>, into new: Words<UInt32>, _ kept: Int)
    -> Int
  {
    // Room for all, so that the loop stores without a branch.
    var size = members.count
    members.grow(by: rows.count)
    let (list, marks) = (members.words, marks.words)
    var kept = kept
    for row in rows {
      let value = values[row]
      let (word, bit) = (Int(truncatingIfNeeded: value &>> 6), UInt64(1) &<< (value & 63))
      let old = marks[word]
      new[kept] = UInt32(truncatingIfNeeded: row)
      list[size] = UInt32(truncatingIfNeeded: value)
      let isNew = old & bit == 0 ? 1 : 0
      kept &+= isNew
      size &+= isNew
      marks[word] = old | bit
    }
    members.truncate(to: size)
    return kept
  }
}

/// The rows that a group has, by two columns or more: a table that starts small for each group.
private final class RowMarks {
  private let width: Int
  /// The rows, one after the other, and their hashes.
  private let members = Column<UInt32>()
  private let memberHashes = Column<UInt32>()
  /// By hash, one more than the number of a row; the first `mask + 1` slots are used.
  private let slots = Column<UInt32>(repeating: 0, count: leastSlots)
  private var mask = leastSlots - 1
  /// The hashes of the batch.
  private let hashes = Column<UInt64>(unspecified: Batch.capacity)

  private static let leastSlots = 32

  init(width: Int) { self.width = width }

  func clear() {
    let slots = slots.words
    for slot in 0...mask { slots[slot] = 0 }
    mask = Self.leastSlots - 1
    members.truncate(to: 0)
    memberHashes.truncate(to: 0)
  }

  /// Hashes the rows of a batch, which `add` and `contains` are then asked about.
  func hash(_ columns: Words<Words<UInt64>>, _ count: Int) {
    let hashes = hashes.words
    for row in 0..<count { hashes[row] = TupleHash.seed }
    for column in 0..<width { TupleHash.fold(columns[column], count: count, into: hashes) }
    for row in 0..<count { hashes[row] = UInt64(TupleHash.narrow(hashes[row])) }
  }

  func contains(_ columns: Words<Words<UInt64>>, _ row: Int) -> Bool {
    slots.words[slot(of: row, columns)] != 0
  }

  /// The same as of `PairMarks`.
  func add(
    _ columns: Words<Words<UInt64>>, _ rows: Range<Int>, into new: Words<UInt32>, _ kept: Int
  ) -> Int {
    var kept = kept
    for row in rows {
      let slot = slot(of: row, columns)
      if slots.words[slot] != 0 { continue }
      new[kept] = UInt32(truncatingIfNeeded: row)
      kept &+= 1
      for column in 0..<width {
        members.append(UInt32(truncatingIfNeeded: columns[column][row]))
      }
      memberHashes.append(UInt32(truncatingIfNeeded: hashes.words[row]))
      slots.words[slot] = UInt32(truncatingIfNeeded: memberHashes.count)
      if memberHashes.count * 2 > mask { grow() }
    }
    return kept
  }

  /// The slot that has a row of the batch, or the one where it would be added.
  @inline(__always)
  private func slot(of row: Int, _ columns: Words<Words<UInt64>>) -> Int {
    let hash = UInt32(truncatingIfNeeded: hashes.words[row])
    let (slots, members, known) = (slots.words, members.words, memberHashes.words)
    var slot = Int(hash) & mask
    while slots[slot] != 0 {
      let member = Int(slots[slot]) &- 1
      if known[member] == hash {
        var isEqual = true
        for column in 0..<width
        where members[member &* width &+ column]
          != UInt32(truncatingIfNeeded: columns[column][row])
        {
          isEqual = false
        }
        if isEqual { break }
      }
      slot = (slot &+ 1) & mask
    }
    return slot
  }

  private func grow() {
    let size = 2 * (mask + 1)
    if size > slots.count { slots.growZeroed(by: size - slots.count) }
    let (slots, known) = (slots.words, memberHashes.words)
    for slot in 0...mask { slots[slot] = 0 }
    mask = size - 1
    for member in 0..<known.count {
      var slot = Int(known[member]) & mask
      while slots[slot] != 0 { slot = (slot &+ 1) & mask }
      slots[slot] = UInt32(truncatingIfNeeded: member + 1)
    }
  }
}
