@_spi(Columns) import GraphCore

extension Relation {
  /// What a relation with `choice-domain` has chosen: for each key the rows by their values of it.
  ///
  /// Keys are laid out flat for the loop over rows: key `k` is the columns from `starts[k]` to `starts[k + 1]`.
  struct Choices {
    fileprivate let columns: Column<Int>
    fileprivate let starts: Column<Int>
    fileprivate var taken: [RowIndex]
    /// The slots of `taken`, and the hashes of the batch by each key.
    fileprivate let slots = Column<Words<UInt64>>()
    fileprivate let hashes = Column<UInt64>()

    init?(keys: [[Int]]) {
      if keys.isEmpty { return nil }
      columns = Column(keys.flatMap(\.self))
      starts = Column([0])
      for key in keys { starts.append(starts[starts.count - 1] + key.count) }
      taken = keys.map { _ in RowIndex() }
    }

    fileprivate var keyCount: Int { taken.count }

    var byteCount: Int { taken.reduce(0) { $0 + $1.byteCount } }

    /// Hashes a batch by each key, and makes room for its rows beside those that are there.
    fileprivate mutating func prepare(_ batch: Words<Words<UInt64>>, count: Int, beside rows: Int) {
      hashes.grow(by: max(0, keyCount * count - hashes.count))
      slots.truncate(to: 0)
      for key in 0..<keyCount {
        let states = hashes.words.slice(key * count, count)
        for i in 0..<count { states[i] = TupleHash.seed }
        for place in starts[key]..<starts[key + 1] {
          TupleHash.fold(batch[columns[place]], count: count, into: states)
        }
        taken[key].reserve(rows + count)
        slots.append(taken[key].words)
      }
    }
  }

  /// Adds, in the order of the batch, the rows of which no key has the values of a row before them. A row that is there
  /// already has the values of all its own. Expected O(count) for each key.
  func insertChosen(_ inputs: [Words<UInt64>], count: Int) {
    for column in 0..<arity {
      scratch.batch[column] = inputs[column]
      scratch.views[column] = columns[column].prepare(for: inputs[column], count: count)
    }
    let (views, batch) = (scratch.views.words, scratch.batch.words)
    choices?.prepare(batch, count: count, beside: rowCount)
    guard let choices else { return }
    let (slots, hashes) = (choices.slots.words, choices.hashes.words)
    let (starts, keyColumns) = (choices.starts.words, choices.columns.words)
    let (arity, keyCount) = (arity, choices.keyCount)
    var next = rowCount
    rows: for i in 0..<count {
      for key in 0..<keyCount {
        let hash = TupleHash.narrow(hashes[key &* count &+ i])
        let (entries, mask) = (slots[key], slots[key].count &- 1)
        var slot = Int(hash) & mask
        while entries[slot] != 0 {
          if RowIndex.hash(of: entries[slot]) == hash {
            let row = RowIndex.row(of: entries[slot])
            var place = starts[key]
            let end = starts[key &+ 1]
            while place < end, views[keyColumns[place]][row] == batch[keyColumns[place]][i] {
              place &+= 1
            }
            if place == end { continue rows }
          }
          slot = (slot &+ 1) & mask
        }
      }
      for column in 0..<arity { views[column].set(batch[column][i], at: next) }
      for key in 0..<keyCount {
        let hash = TupleHash.narrow(hashes[key &* count &+ i])
        let (entries, mask) = (slots[key], slots[key].count &- 1)
        var slot = Int(hash) & mask
        while entries[slot] != 0 { slot = (slot &+ 1) & mask }
        entries[slot] = RowIndex.entry(row: next, hash: hash)
      }
      next &+= 1
    }
    for key in 0..<keyCount { self.choices?.taken[key].noteInsertions(next - rowCount) }
    rowCount = next
    for column in columns { column.commit(count: next) }
  }
}
