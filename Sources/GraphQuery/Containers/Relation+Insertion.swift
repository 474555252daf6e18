@_spi(Columns) import GraphCore

extension Relation {
  /// Adds the rows of a batch that are new. `inputs` holds a column of the batch per column of the
  /// relation. Expected O(count).
  func insert(_ inputs: [Words<UInt64>], count: Int) {
    if arity == 0 {
      if rowCount == 0 && count > 0 { rowCount = 1 }
      return
    }
    if count == 0 { return }
    take(inputs, count)
    if choices != nil { return insertChosen(inputs, count: count) }
    if lattice != nil {
      coverPlaces()
      take(inputs, count)
      return insertBetter(count)
    }
    if !insertPacked(inputs, count) {
      coverPlaces()
      take(inputs, count)
      insertPlaces(count, nil)
    }
  }

  /// Adds rows that the caller knows to be distinct, in their keys where there is a lattice, and not to be there yet:
  /// nothing is looked up. O(count).
  func insertDistinct(_ inputs: [Words<UInt64>], count: Int) {
    precondition(choices == nil)
    if arity == 0 || count == 0 { return insert(inputs, count: count) }
    for column in 0..<arity {
      let words = inputs[column]
      let view = columns[column].prepare(for: words, count: count)
      view.store(words, count: count, at: rowCount)
    }
    rowCount += count
  }

  /// Adds those rows of a batch that are at some places; they are known to be distinct and not to be
  /// there, and to fit 32 bits. O(count).
  func appendDistinct(_ inputs: [Words<UInt64>], _ places: Words<UInt32>, count: Int) {
    for column in 0..<arity { columns[column].appendNarrow(inputs[column], places, count: count) }
    rowCount += count
  }

  /// The row of each tuple of a batch, added where it is new: groups of an aggregate.
  func findOrInsert(_ inputs: [Words<UInt64>], count: Int, rows output: Words<UInt32>) {
    if arity == 0 {
      rowCount = 1
      for i in 0..<count { output[i] = 0 }
      return
    }
    if count == 0 { return }
    coverPlaces()
    take(inputs, count)
    insertPlaces(count, output)
  }

  /// Adds one row, given as words, if it is new.
  package func insert(_ row: [UInt64]) {
    precondition(row.count == arity)
    let buffer = Column<UInt64>(row)
    defer { keepAlive(buffer) }
    insert((0..<arity).map { buffer.words.slice($0, 1) }, count: 1)
  }

  /// Adds all live rows of another relation of the same types.
  func insert(contentsOf other: Relation) {
    append(contentsOf: other, isDistinct: rowCount == 0 && keepsEachRow)
  }

  /// The same where the rows may be known to differ from those that are there.
  func append(contentsOf other: Relation, isDistinct: Bool) {
    if arity == 0 {
      if other.liveCount > 0 && rowCount == 0 { rowCount = 1 }
      return
    }
    let buffers = (0..<arity).map { _ in Column<UInt64>(repeating: 0, count: Batch.capacity) }
    defer { keepAlive(buffers) }
    let words = buffers.map(\.words)
    var row = 0
    while row < other.rowCount {
      var count = min(Batch.capacity, other.rowCount - row)
      for column in 0..<arity {
        other.view(column).load(from: row, count: count, into: words[column])
      }
      if other.hasDeadRows { count = dropDead(other, from: row, count: count, words) }
      if isDistinct { insertDistinct(words, count: count) } else { insert(words, count: count) }
      row += min(Batch.capacity, other.rowCount - row)
    }
  }

  private func dropDead(
    _ other: Relation, from row: Int, count: Int, _ words: [Words<UInt64>]
  ) -> Int {
    var kept = 0
    for i in 0..<count where !other.isDead(row + i) {
      for column in 0..<arity { words[column][kept] = words[column][i] }
      kept += 1
    }
    return kept
  }

  // MARK: Loops

  func take(_ inputs: [Words<UInt64>], _ count: Int) { scratch.take(inputs, count) }

  /// Adds what is new by the set of packed rows; false where rows cannot be packed.
  private func insertPacked(_ inputs: [Words<UInt64>], _ count: Int) -> Bool {
    guard coverPacked(), var packing = membership.packing else { return false }
    take(inputs, count)
    for column in 0..<arity where !columns[column].isNarrow(inputs[column], count: count) {
      return false
    }
    let before = packing
    switch packing.fit(scratch.batch.words, count: count) {
    case .fits: break
    case .impossible:
      membership.packing = before
      return false
    case .changed:
      membership.packing = packing
      membership.packed = nil
      guard coverPacked() else { return false }
      packing = membership.packing ?? packing
      take(inputs, count)
    }
    let (codes, selected) = (scratch.states.words, scratch.selected.words)
    packing.pack(scratch.batch.words, count: count, into: codes)
    let added = membership.packed?.insert(codes, count: count, added: selected) ?? 0
    if added == 0 { return true }
    for column in 0..<arity {
      columns[column].appendNarrow(inputs[column], selected, count: added)
    }
    rowCount += added
    membership.covered = rowCount
    return true
  }

  /// Adds what is new by the table of row numbers and tells, if asked, the row of each tuple.
  ///
  /// Room for the whole batch is made first, so that the loop stores without looking at capacities
  /// and its pointers stay where they are.
  private func insertPlaces(_ count: Int, _ output: Words<UInt32>?) {
    scratch.hash(keyCount: arity, count: count)
    membership.reservePlaces(more: count)
    guard let places = membership.places else { return }
    for column in 0..<arity {
      scratch.views[column] = columns[column].prepare(for: scratch.batch[column], count: count)
    }
    let (views, batch, hashes) = (scratch.views.words, scratch.batch.words, scratch.states.words)
    let arity = arity
    let slots = places.words
    let mask = places.mask
    var next = rowCount
    for i in 0..<count {
      if i % Scratch.nearGroup == 0 {
        scratch.bringNear(i..<min(i + Scratch.nearGroup, count), places, keyCount: arity)
      }
      let hash = hashes[i]
      var slot = Int(hash) & mask
      var found = next
      while true {
        let entry = slots[slot]
        if entry == 0 {
          for column in 0..<arity { views[column].set(batch[column][i], at: next) }
          slots[slot] = hash << 32 | UInt64(next &+ 1)
          next &+= 1
          break
        }
        if entry >> 32 == hash {
          let row = RowIndex.row(of: entry)
          var column = 0
          while column < arity && views[column][row] == batch[column][i] { column &+= 1 }
          if column == arity {
            found = row
            break
          }
        }
        slot = (slot &+ 1) & mask
      }
      if let output { output[i] = UInt32(truncatingIfNeeded: found) }
    }
    membership.places?.noteInsertions(next - rowCount)
    rowCount = next
    membership.covered = next
    for column in columns { column.commit(count: next) }
  }
}
