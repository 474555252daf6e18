extension EdgeTable {
  /// Distinct edges without properties, in the order of arrival.
  struct Rows {
    let sources: Column<UInt32>
    let targets: Column<UInt32>
    /// The facts that they come from, where somebody may ask.
    let ordinals: Column<UInt32>?

    /// Copies edges of which some may repeat others. O(edges × digits of a pair).
    init(sources: Words<UInt32>, targets: Words<UInt32>, ordinals: Words<UInt32>?) {
      let count = sources.count
      let repeated = EdgeTable.Rows.repetitions(sources, targets)
      func copy(_ words: Words<UInt32>) -> Column<UInt32> {
        let result = Column<UInt32>(minimumCapacity: count - repeated.count)
        guard repeated.count > 0 else {
          result.grow(by: count)
          let rows = result.words
          for row in 0..<count { rows[row] = words[row] }
          return result
        }
        for row in 0..<count where !repeated.contains(row) { result.append(words[row]) }
        return result
      }
      self.sources = copy(sources)
      self.targets = copy(targets)
      self.ordinals = ordinals.map(copy)
    }

    /// The edges that are equal to an earlier one.
    private static func repetitions(
      _ sources: Words<UInt32>, _ targets: Words<UInt32>
    ) -> Bitmap {
      var result = Bitmap()
      let count = sources.count
      guard count > 1 else { return result }
      let keys = Column<UInt64>(minimumCapacity: count)
      let rows = Column<UInt32>(minimumCapacity: count)
      keys.grow(by: count)
      rows.grow(by: count)
      let key = keys.words
      let number = rows.words
      for row in 0..<count {
        key[row] = UInt64(sources[row]) << 32 | UInt64(targets[row])
        number[row] = UInt32(truncatingIfNeeded: row)
      }
      RadixSort.sort(keys, with: rows)
      // Equal keys keep their order, so that the first one stays.
      for place in 1..<count where key[place &- 1] == key[place] {
        result.insert(Int(number[place]))
      }
      keepAlive(keys, rows)
      return result
    }
  }
}
