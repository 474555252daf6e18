@_spi(Columns) import GraphCore

/// Conditions that nothing known leads to the rows of.
extension RuleExecution {
  /// Goes through rows of a relation for each row of a batch.
  func scan(
    _ join: RulePlan.Join, _ relation: Relation, _ lower: Int, _ upper: Int, at index: Int,
    level: Int, count: Int
  ) throws(EngineFailure) {
    if let column = join.groupedBy {
      return try scan(join, relation, groupedBy: column, at: index, level: level, count: count)
    }
    if upper - lower >= Self.leastRun, join.within == nil, takesEachRow(join, relation) {
      return try joinRows(join, relation, lower..<upper, at: index, level: level, count: count)
    }
    let left = pairLeft(level)
    let right = pairRight(level)
    var pairs = 0
    for i in 0..<count {
      for row in lower..<upper {
        left[pairs] = UInt32(truncatingIfNeeded: i)
        right[pairs] = UInt32(truncatingIfNeeded: row)
        pairs &+= 1
        if pairs == Batch.capacity {
          try flush(join, relation, pairs, isExact: true, at: index, level: level)
          pairs = 0
          if isDone { return }
        }
      }
    }
    if pairs > 0 { try flush(join, relation, pairs, isExact: true, at: index, level: level) }
  }

  /// Gives a register the different values of a relation's column, or those of this execution's turn, beside each row of a
  /// batch: the rows were in compact form when the plan was made, and are columns now.
  func scanValues(
    _ join: RulePlan.Join, _ relation: Relation, of column: Int, at index: Int, level: Int,
    count: Int
  ) throws(EngineFailure) {
    let values = distinctValues(of: relation, column, at: index)
    defer { keepAlive(values) }
    let all = level == chunkLevel ? chunk ?? 0..<values.count : 0..<values.count
    if let within = join.within { setLimits(within, level: level, count: count) }
    let outputs = pairOutputs(join, near: column, level: level)
    let (type, left, words) = (relation.types[column], pairLeft(level), values.words)
    var pairs = 0
    for i in 0..<count {
      for place in all {
        if join.within != nil {
          let (lows, highs) = limits(level)
          let key = type.orderKey(words[place])
          if key < lows[i] || key > highs[i] { continue }
        }
        left[pairs] = UInt32(truncatingIfNeeded: i)
        outputs.near[pairs] = words[place]
        pairs &+= 1
        if pairs == Batch.capacity {
          try flushPairs(join, outputs, pairs, nil, at: index, level: level)
          pairs = 0
          if isDone { return }
        }
      }
    }
    if pairs > 0 { try flushPairs(join, outputs, pairs, nil, at: index, level: level) }
  }

  /// The different values of a complete relation's column, for a step. Expected O(rows), once.
  func distinctValues(of relation: Relation, _ column: Int, at step: Int) -> Column<UInt64> {
    if let known = distinctValues[step] { return known }
    let view = relation.view(column)
    let distinct = DistinctWords()
    for row in 0..<relation.rowCount { _ = distinct.number(of: view[row]) }
    distinctValues[step] = distinct.words
    return distinct.words
  }
}
