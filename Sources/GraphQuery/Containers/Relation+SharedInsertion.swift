@_spi(Columns) import GraphCore

/// Adding rows from several threads at once.
///
/// The set of packed rows is what threads share: who puts a row's code into it owns the row and keeps it
/// in columns of its own, which become the relation's when all are done. So a row is looked up once, and
/// nobody waits for anybody.
extension Relation {
  /// Makes the set of packed rows ready for `capacity` rows more; false where rows cannot be packed.
  ///
  /// - Parameter highest: the highest word that each column may get, where that is known. A table of codes has room for
  ///   these, so that no row is put aside, and so has a bitmap that is no larger than the table would be. A larger one
  ///   stays as small as the rows so far need it.
  func prepareShared(highest: [UInt64?], capacity: Int) -> Bool {
    let expected = rowCount + capacity
    guard arity > 0, lattice == nil, !hasDeadRows, coverPacked(expecting: expected),
      var packing = membership.packing
    else { return false }
    let isBitmap = PackedSet.isBitmap(bits: packing.bits, count: expected)
    if case .changed = packing.widen(to: highest),
      !isBitmap || PackedSet.isBitmap(bits: packing.bits, count: expected)
    {
      membership.packing = packing
      begin(packing, expecting: expected)
      guard coverPacked() else { return false }
    }
    membership.packed?.reserveShared(expected)
    return true
  }

  /// How many more rows threads may add before there has to be more room.
  var sharedRoom: Int { membership.packed?.room ?? 0 }

  /// Takes over the rows that threads own.
  func adopt(shared parts: [Relation], _ workers: Workers) {
    let added = parts.reduce(0) { $0 + $1.rowCount }
    guard added > 0 else { return }
    let columns = columns
    // A column is a copy of memory: worth sharing where there is much of it.
    workers.forEachChunk(of: arity, size: added > 1 << 16 ? 1 : arity) { _, range in
      for column in range {
        for part in parts { columns[column].append(contentsOf: part.columns[column]) }
      }
    }
    rowCount += added
    membership.packed?.noteAdded(added)
    membership.covered = rowCount
  }

  /// Takes over rows that are known to be distinct and not to be there, from columns of the same kinds.
  func adopt(distinct parts: [Relation], _ workers: Workers) {
    let covered = membership.covered
    adopt(shared: parts, workers)
    membership.covered = covered
  }
}

/// One thread's part in adding rows to a relation.
///
/// Rows that the shared set has no place for (their values are wider than expected, or its room is used
/// up) are put aside, and added when all threads are done.
final class SharedRows {
  /// The rows that this thread was the first to add.
  let owned: Relation
  /// Rows put aside, which may be known to others.
  let aside: Relation
  private let packed: PackedSet?
  private let packing: RowPacking?
  /// How many more rows this thread may add to the set.
  private var room: Int
  private let batch: Column<Words<UInt64>>
  private let codes = Column<UInt64>(repeating: 0, count: Batch.capacity)
  private let outside = Column<UInt64>(repeating: 0, count: Batch.capacity)
  private let selected = Column<UInt32>(repeating: 0, count: Batch.capacity)
  private let kept: [Column<UInt64>]

  /// - Parameter room: how many rows this thread may add; nothing where rows cannot be packed.
  init(_ relation: Relation, room: Int?) {
    owned = Relation(like: relation)
    aside = Relation(like: relation)
    packed = room == nil ? nil : relation.membership.packed
    packing = relation.membership.packing
    self.room = room ?? 0
    batch = Column(repeating: .empty, count: max(relation.arity, 1))
    kept = (0..<relation.arity).map { _ in Column(repeating: 0, count: Batch.capacity) }
  }

  /// One thread alone looks at the rows put aside: with more of them the set's fields are made wider first.
  private static let asideLimit = 1 << 13

  /// Whether the set's room, as far as it is this thread's, is used up, or many rows are put aside.
  var isFull: Bool {
    packed != nil && (room < Batch.capacity || aside.rowCount >= Self.asideLimit)
  }

  func add(_ columns: [Words<UInt64>], count: Int) {
    guard let packed, let packing, count <= room else {
      aside.insert(columns, count: count)
      return
    }
    for column in 0..<columns.count { batch[column] = columns[column] }
    packing.pack(batch.words, count: count, into: codes.words, isOutside: outside.words)
    if holdsAll(count, isBitmap: packed.isBitmap) {
      let new = packed.insertShared(codes.words, count: count, added: selected.words)
      room &-= new
      if new > 0 { owned.appendDistinct(columns, selected.words, count: new) }
      return
    }
    putAside(columns, count)
    let (codes, outside) = (codes.words, outside.words)
    var inside = 0
    for i in 0..<count where outside[i] == 0 {
      for column in 0..<columns.count { kept[column].words[inside] = columns[column][i] }
      codes[inside] = codes[i]
      inside &+= 1
    }
    let new = packed.insertShared(codes, count: inside, added: selected.words)
    room &-= new
    if new > 0 { owned.appendDistinct(kept.map(\.words), selected.words, count: new) }
  }

  /// Whether the set has a place for all rows of the batch; marks the others.
  private func holdsAll(_ count: Int, isBitmap: Bool) -> Bool {
    let (codes, outside) = (codes.words, outside.words)
    var any: UInt64 = 0
    for i in 0..<count {
      if codes[i] == 0 && !isBitmap { outside[i] = 1 }
      any |= outside[i]
    }
    return any == 0
  }

  private func putAside(_ columns: [Words<UInt64>], _ count: Int) {
    var found = 0
    for i in 0..<count where outside[i] != 0 {
      for column in 0..<columns.count { kept[column].words[found] = columns[column][i] }
      found &+= 1
    }
    aside.insert(kept.map(\.words), count: found)
  }
}
