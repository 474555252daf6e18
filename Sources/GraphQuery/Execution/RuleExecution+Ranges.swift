@_spi(Columns) import GraphCore

/// Joining rows whose number lies between known ones.
extension RuleExecution {
  /// The least and the greatest key that each row of a batch allows.
  @inline(__always)
  func limits(_ level: Int) -> (lows: Words<UInt64>, highs: Words<UInt64>) {
    (
      limitWords.words.slice(2 &* level &* Batch.capacity, Batch.capacity),
      limitWords.words.slice((2 &* level &+ 1) &* Batch.capacity, Batch.capacity)
    )
  }

  /// Computes what the bounds of a join leave for each row of a batch; where that is nothing, the least key is
  /// above the greatest.
  func setLimits(_ within: RulePlan.ColumnBounds, level: Int, count: Int) {
    let (lows, highs) = limits(level)
    for i in 0..<count { (lows[i], highs[i]) = (0, .max) }
    for bound in within.bounds {
      let values = words(bound.value, level: level)
      for i in 0..<count {
        let key = bound.type.orderKey(values[i])
        switch bound.relation {
        case .less where key == 0, .greater where key == .max: (lows[i], highs[i]) = (1, 0)
        case .less: highs[i] = min(highs[i], key &- 1)
        case .lessOrEqual: highs[i] = min(highs[i], key)
        case .greater: lows[i] = max(lows[i], key &+ 1)
        case .greaterOrEqual: lows[i] = max(lows[i], key)
        case .equal, .notEqual: break
        }
      }
    }
  }

  /// Keeps those collected pairs whose row is within the limits, and returns how many.
  func keepWithin(
    _ within: RulePlan.ColumnBounds, _ relation: Relation, _ pairs: Int, level: Int
  ) -> Int {
    let (lows, highs) = limits(level)
    let (left, right) = (pairLeft(level), pairRight(level))
    let view = relation.view(within.column)
    let type = relation.types[within.column]
    var kept = 0
    for pair in 0..<pairs {
      let (i, row) = (left[pair], right[pair])
      let key = type.orderKey(view[Int(row)])
      left[kept] = i
      right[kept] = row
      kept &+= key >= lows[Int(i)] && key <= highs[Int(i)] ? 1 : 0
    }
    return kept
  }

  /// Joins a batch with those rows between its limits that have numbers below `upper`.
  func probe(
    _ join: RulePlan.Join, _ relation: Relation, _ ordered: (rows: OrderedRows, group: Int?),
    below upper: Int, at index: Int, level: Int, count: Int
  ) throws(EngineFailure) {
    let (lows, highs) = limits(level)
    let place = ordered.group.flatMap { join.keyColumns.firstIndex(of: $0) }
    // Without groups the word does not matter.
    let groups = place.map { words(join.keySources[$0], level: level) } ?? lows
    let view = ordered.rows.view
    defer { keepAlive(ordered.rows) }
    let (left, right) = (pairLeft(level), pairRight(level))
    let isExact = join.keyColumns.count <= 1
    let places = states(level)
    for i in 0..<count {
      places[i] = Runs.word(view.places(group: groups[i], from: lows[i], through: highs[i]))
    }
    let runs = Runs(rows: view.rows, places: places)
    let isWhole = ordered.rows.rowCount <= upper
    if isExact, isWhole, areLong(runs, count: count), takesEachRow(join, relation) {
      return try joinRuns(join, relation, runs, at: index, level: level, count: count)
    }
    var pairs = 0
    for i in 0..<count {
      let found = runs[i]
      var next = found.lowerBound
      while next < found.upperBound {
        let size = min(found.upperBound &- next, Batch.capacity &- pairs)
        for j in 0..<size {
          left[pairs &+ j] = UInt32(truncatingIfNeeded: i)
          right[pairs &+ j] = view.rows[next &+ j]
        }
        pairs = isWhole ? pairs &+ size : keep(right, from: pairs, size, below: upper)
        next &+= size
        if pairs == Batch.capacity {
          try flush(
            join, relation, pairs, isExact: isExact, isWithin: true, at: index, level: level)
          pairs = 0
          if isDone { return }
        }
      }
    }
    if pairs > 0 {
      try flush(join, relation, pairs, isExact: isExact, isWithin: true, at: index, level: level)
    }
  }

  /// Keeps those of some rows that have numbers below `upper`; they are of one row of the batch. Returns where they end.
  private func keep(_ rows: Words<UInt32>, from start: Int, _ count: Int, below upper: Int) -> Int {
    var kept = start
    for place in start..<(start &+ count) {
      let row = rows[place]
      rows[kept] = row
      kept &+= Int(row) < upper ? 1 : 0
    }
    return kept
  }

  // MARK: Ranges

  func range(
    _ target: Int, _ type: ColumnType, _ from: Words<UInt64>, _ to: Words<UInt64>,
    _ step: Words<UInt64>?, _ carried: [Int], at index: Int, level: Int, count: Int
  ) throws(EngineFailure) {
    let left = pairLeft(level)
    let output = register(target, level: level + 1)
    var pairs = 0
    func flush() throws(EngineFailure) {
      for carried in carried {
        let (input, copy) = (
          register(carried, level: level), register(carried, level: level + 1)
        )
        for pair in 0..<pairs { copy[pair] = input[Int(left[pair])] }
      }
      let ready = pairs
      pairs = 0
      try next(index, level: level, count: ready)
    }
    for i in 0..<count {
      var sequence = NumberRange(type: type, from: from[i], to: to[i], step: step?[i])
      while let word = sequence.next() {
        left[pairs] = UInt32(truncatingIfNeeded: i)
        output[pairs] = word
        pairs += 1
        if pairs == Batch.capacity {
          try limits.checkTime(span)
          batches &+= 1
          if batches & 0xFF == 0 { try checkMemory() }
          try flush()
          if isDone { return }
        }
      }
    }
    if pairs > 0 { try flush() }
  }
}
