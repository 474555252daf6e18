@_spi(Columns) import GraphCore

extension Relation {
  /// Space for one batch of rows, taken when the first one comes: a program has hundreds of relations
  /// that stay empty.
  final class Scratch {
    private(set) var states = Column<UInt64>()
    private(set) var selected = Column<UInt32>()
    /// The columns of the batch, and those of the relation, laid out flat for loops.
    private(set) var batch = Column<Words<UInt64>>()
    private(set) var views = Column<ColumnView>()
    private var loaded: [Column<UInt64>] = []

    /// Makes room for a batch of `count` rows.
    func prepare(_ count: Int, arity: Int) {
      if states.count < count {
        states = Column(repeating: 0, count: count)
        selected = Column(repeating: 0, count: count)
      }
      if batch.count < arity {
        batch = Column(repeating: .empty, count: arity)
        views = Column(repeating: .rowNumbers, count: arity)
      }
    }

    /// Columns that rows of the relation itself are loaded into.
    func loadBuffers(arity: Int) -> [Column<UInt64>] {
      while loaded.count < arity { loaded.append(Column(repeating: 0, count: Batch.capacity)) }
      return loaded
    }

    /// Takes a batch.
    func take(_ inputs: [Words<UInt64>], _ count: Int) {
      prepare(count, arity: inputs.count)
      for column in inputs.indices { batch[column] = inputs[column] }
    }

    /// Writes the 32-bit hash of each row of the batch to the states: of its first `keyCount` columns.
    func hash(keyCount: Int, count: Int) {
      let states = states.words
      for i in 0..<count { states[i] = TupleHash.seed }
      for column in 0..<keyCount { TupleHash.fold(batch[column], count: count, into: states) }
      for i in 0..<count { states[i] = UInt64(TupleHash.narrow(states[i])) }
    }

    /// So many rows are looked for at a time: what they need of far memory fits the nearest cache.
    static let nearGroup = 256
    /// A table of fewer slots is near anyway.
    private static let nearSize = 1 << 15

    /// Begins to bring near what the search for some rows of the batch reads: their slots, and the rows that these name.
    /// Other threads may be adding rows.
    func bringNear(_ range: Range<Int>, _ places: RowIndex, keyCount: Int) {
      let slots = places.words
      guard slots.count > Self.nearSize else { return }
      let mask = places.mask
      let hashes = states.words.slice(range.lowerBound, range.count)
      slots.prefetch(hashes: hashes, mask: mask)
      let rows = selected.words
      var found = 0
      for i in 0..<hashes.count {
        let entry = slots.sharedWord(at: Int(truncatingIfNeeded: hashes[i]) & mask)
        rows[found] = UInt32(truncatingIfNeeded: entry &- 1)
        found &+= entry >> 32 == hashes[i] ? 1 : 0
      }
      for column in 0..<keyCount { views[column].prefetch(rows.slice(0, found)) }
    }
  }
}
