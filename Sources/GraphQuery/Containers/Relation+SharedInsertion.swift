@_spi(Columns) import GraphCore

/// What threads share that add rows to one relation at once.
enum SharedSet {
  /// The set of packed rows: who puts a row's code into it owns the row and keeps it in columns of its own, which become
  /// the relation's when all are done. Each thread may add so many rows.
  case packed(room: Int)
  /// The table of row numbers, where rows do not fit one word.
  case places(SharedPlaces)
  /// Nothing, where rows of the same key change each other: each thread tells its own rows apart, then one adds all.
  case none
}

/// Adding rows from several threads at once: a row is looked up once, and nobody waits for anybody.
extension Relation {
  /// Makes what threads share ready for about `capacity` rows more.
  ///
  /// - Parameter highest: the highest word that each column may get, where that is known. A table of codes has room for
  ///   these, so that no row is put aside, and so has a bitmap that is no larger than the table would be. A larger one
  ///   stays as small as the rows so far need it.
  func prepareShared(highest: [UInt64?], capacity: Int, threads: Int) -> SharedSet {
    if preparePacked(highest: highest, capacity: capacity) {
      return .packed(room: (membership.packed?.room ?? 0) / threads)
    }
    return sharedPlaces(capacity: capacity).map { .places($0) } ?? .none
  }

  /// Makes the set of packed rows ready; false where rows cannot be packed.
  private func preparePacked(highest: [UInt64?], capacity: Int) -> Bool {
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

  /// Takes over what threads have added, and adds what they have put aside.
  func adopt(_ parts: [SharedRows], _ workers: Workers) {
    adopt(parts.compactMap(\.writer))
    let owned = parts.map(\.owned)
    let added = owned.reduce(0) { $0 + $1.rowCount }
    if added > 0 {
      adopt(distinct: owned, workers)
      membership.packed?.noteAdded(added)
      membership.covered = rowCount
    }
    for part in parts where part.aside.rowCount > 0 {
      append(contentsOf: part.aside, isDistinct: false)
    }
  }

  /// Takes over rows that are known to be distinct and not to be there, from columns of the same kinds.
  func adopt(distinct parts: [Relation], _ workers: Workers) {
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
  }
}

/// One thread's part in adding rows to a relation.
///
/// Rows that there is no place for (their values are wider than expected, or the room is used up) are put
/// aside, and added when all threads are done.
final class SharedRows {
  /// The rows that this thread was the first to add to a set of packed ones.
  let owned: Relation
  /// Rows put aside, which may be known to others.
  let aside: Relation
  /// What adds rows that do not fit one word.
  let writer: SharedPlaces.Writer?
  private let packed: PackedSet?
  private let packing: RowPacking?
  /// How many more rows this thread may add to the set.
  private var room = 0
  private let batch: Column<Words<UInt64>>
  private let codes = Column<UInt64>(repeating: 0, count: Batch.capacity)
  private let outside = Column<UInt64>(repeating: 0, count: Batch.capacity)
  private let selected = Column<UInt32>(repeating: 0, count: Batch.capacity)
  private let kept: [Column<UInt64>]

  init(_ relation: Relation, _ set: SharedSet) {
    owned = Relation(like: relation)
    aside = Relation(like: relation)
    switch set {
    case .packed(let room):
      (packed, packing) = (relation.membership.packed, relation.membership.packing)
      self.room = room
      writer = nil
    case .places(let places):
      (packed, packing) = (nil, nil)
      writer = SharedPlaces.Writer(places)
    case .none: (packed, packing, writer) = (nil, nil, nil)
    }
    batch = Column(repeating: .empty, count: max(relation.arity, 1))
    kept = (0..<relation.arity).map { _ in Column(repeating: 0, count: Batch.capacity) }
  }

  /// Whether each row is told from those of all threads: otherwise those put aside are the only ones that this thread
  /// knows of.
  var isShared: Bool { packed != nil || writer != nil }

  /// One thread alone looks at the rows put aside: with more of them there is more room for them first.
  private static let asideLimit = 1 << 13

  /// Whether the room, as far as it is this thread's, is used up, or many rows are put aside.
  var isFull: Bool {
    guard isShared else { return false }
    return (writer?.isFull ?? (room < Batch.capacity)) || aside.rowCount >= Self.asideLimit
  }

  /// The bytes that no relation counts; rows that are copied are there twice in the end.
  var heldByteCount: Int { 2 * owned.byteCount + aside.byteCount + (writer?.byteCount ?? 0) }

  func add(_ columns: [Words<UInt64>], count: Int) {
    if let writer { return add(columns, count: count, by: writer) }
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
    let inside = splitOff(columns, count)
    let new = packed.insertShared(codes.words, count: inside, added: selected.words)
    room &-= new
    if new > 0 { owned.appendDistinct(kept.map(\.words), selected.words, count: new) }
  }

  private func add(
    _ columns: [Words<UInt64>], count: Int, by writer: SharedPlaces.Writer
  ) {
    var (columns, count) = (columns, count)
    if !writer.fit(columns, count: count) {
      for i in 0..<count { outside[i] = writer.fits(columns, i) ? 0 : 1 }
      count = splitOff(columns, count)
      columns = kept.map(\.words)
    }
    let done = writer.insert(columns, count: count)
    if done < count {
      aside.insert(columns.map { $0.slice(done, count - done) }, count: count - done)
    }
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

  /// Puts the rows aside that are marked, and keeps the others and their codes; returns how many these are.
  private func splitOff(_ columns: [Words<UInt64>], _ count: Int) -> Int {
    let (codes, outside) = (codes.words, outside.words)
    var found = 0
    for i in 0..<count where outside[i] != 0 {
      for column in 0..<columns.count { kept[column].words[found] = columns[column][i] }
      found &+= 1
    }
    aside.insert(kept.map(\.words), count: found)
    var inside = 0
    for i in 0..<count where outside[i] == 0 {
      for column in 0..<columns.count { kept[column].words[inside] = columns[column][i] }
      codes[inside] = codes[i]
      inside &+= 1
    }
    return inside
  }
}
