@_spi(Columns) import GraphCore

/// Finding the rows of a few keys by going through a relation, where an index would not pay.
extension RuleExecution {
  /// Joins a batch with the rows that have its keys, by a look at each row.
  func select(
    _ join: RulePlan.Join, _ relation: Relation, _ rows: Range<Int>, at index: Int, level: Int,
    count: Int
  ) throws(EngineFailure) {
    let place = relation.mostTelling(join.keyColumns)
    let column = join.keyColumns[place]
    let keys = words(join.keySources[place], level: level)
    let left = pairLeft(level)
    let right = pairRight(level)
    let isExact = join.keyColumns.count == 1
    var pairs = 0
    for i in 0..<count {
      var row = rows.lowerBound
      while row < rows.upperBound {
        // What the next steps insert may move the columns.
        let found = relation.view(column).select(
          keys[i], from: &row, to: rows.upperBound,
          into: right.slice(pairs, Batch.capacity &- pairs))
        for pair in pairs..<(pairs &+ found) { left[pair] = UInt32(truncatingIfNeeded: i) }
        pairs &+= found
        if pairs == Batch.capacity {
          try flush(join, relation, pairs, isExact: isExact, at: index, level: level)
          pairs = 0
          if isDone { return }
        }
      }
    }
    if pairs > 0 { try flush(join, relation, pairs, isExact: isExact, at: index, level: level) }
  }
}

extension ColumnView {
  /// Writes the numbers of the rows that hold a word to `output`, from row `row` on, until there are no
  /// more or `output` is full; `row` is then where to go on. Returns how many. O(rows).
  func select(_ word: UInt64, from row: inout Int, to end: Int, into output: Words<UInt32>) -> Int {
    var found = 0
    // Within so many rows the output cannot run over.
    while row < end && found < output.count {
      let stop = min(end, row &+ (output.count &- found))
      switch form {
      case .narrow, .narrowSigned:
        let low = UInt32(truncatingIfNeeded: word)
        let stands =
          form == .narrow
          ? word == UInt64(low)
          : word == UInt64(bitPattern: Int64(Int32(bitPattern: low)))
        if !stands {
          row = end
          return found
        }
        for place in row..<stop {
          output[found] = UInt32(truncatingIfNeeded: place)
          found &+= narrow[place] == low ? 1 : 0
        }
      case .wide:
        for place in row..<stop {
          output[found] = UInt32(truncatingIfNeeded: place)
          found &+= wide[place] == word ? 1 : 0
        }
      case .rowNumber:
        if word >= UInt64(row) && word < UInt64(stop) {
          output[found] = UInt32(truncatingIfNeeded: word)
          found &+= 1
        }
      }
      row = stop
    }
    return found
  }
}
