@_spi(Columns) import GraphCore

/// Finding the rows of a complete relation by a column that groups them: the rows of a key are its place in
/// an array away. Where a key has more columns, the rows of the group are compared in the others.
extension RuleExecution {
  /// Joins a batch with the rows of its groups.
  func probe(
    _ join: RulePlan.Join, _ relation: Relation, _ groups: (rows: Adjacency, column: Int),
    at index: Int, level: Int, count: Int
  ) throws(EngineFailure) {
    guard let place = join.keyColumns.firstIndex(of: groups.column) else { return }
    let keys = words(join.keySources[place], level: level)
    let (left, right) = (pairLeft(level), pairRight(level))
    let (offsets, rows) = (groups.rows.offsets.words, groups.rows.neighbours.words)
    let domain = UInt64(groups.rows.domain)
    let isExact = join.keyColumns.count == 1
    let places = states(level)
    for i in 0..<count {
      if i % Adjacency.nearGroup == 0 {
        groups.rows.bringNear(keys.slice(i, min(Adjacency.nearGroup, count - i)))
      }
      let key = keys[i]
      places[i] =
        key < domain
        ? Runs.word(Int(offsets[Int(key)])..<Int(offsets[Int(key) &+ 1])) : Runs.word(0..<0)
    }
    let runs = Runs(rows: rows, places: places)
    if isExact, join.within == nil, areLong(runs, count: count), takesEachRow(join, relation) {
      return try joinRuns(join, relation, runs, at: index, level: level, count: count)
    }
    var pairs = 0
    for i in 0..<count {
      var (row, end) = (runs[i].lowerBound, runs[i].upperBound)
      while row < end {
        let size = min(end &- row, Batch.capacity &- pairs)
        for j in 0..<size {
          left[pairs &+ j] = UInt32(truncatingIfNeeded: i)
          right[pairs &+ j] = rows[row &+ j]
        }
        pairs &+= size
        row &+= size
        if pairs == Batch.capacity {
          try flush(join, relation, pairs, isExact: isExact, at: index, level: level)
          pairs = 0
          if isDone { return }
        }
      }
    }
    if pairs > 0 { try flush(join, relation, pairs, isExact: isExact, at: index, level: level) }
  }

  /// Goes through all groups, or those of this execution's turn, for each row of a batch.
  func scan(
    _ join: RulePlan.Join, _ relation: Relation, _ groups: Adjacency, at index: Int, level: Int,
    count: Int
  ) throws(EngineFailure) {
    let turn = (level == chunkLevel ? chunk : nil) ?? 0..<groups.domain
    let rows = groups.neighbours.words
    let places = groups.places(of: turn)
    let (left, right) = (pairLeft(level), pairRight(level))
    for i in 0..<count {
      var row = places.lowerBound
      while row < places.upperBound {
        let size = min(places.upperBound &- row, Batch.capacity)
        for j in 0..<size {
          left[j] = UInt32(truncatingIfNeeded: i)
          right[j] = rows[row &+ j]
        }
        row &+= size
        try flush(join, relation, size, isExact: true, at: index, level: level)
        if isDone { return }
      }
    }
  }

  /// Selects those rows of a batch for which there is a row, or none.
  func selectGrouped(
    _ existence: RulePlan.Existence, _ groups: (rows: Adjacency, column: Int), level: Int,
    count: Int, into selected: Words<UInt32>
  ) -> Int {
    let finder = GroupFinder(
      relations[existence.relation], groups, existence.keyColumns,
      existence.keySources.map { words($0, level: level) })
    defer { keepAlive(finder) }
    let wanted = !existence.isNegated
    var kept = 0
    for i in 0..<count {
      if i % Adjacency.nearGroup == 0 { finder.bringNear(i..<min(i + Adjacency.nearGroup, count)) }
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= (finder.firstRow(i) != nil) == wanted ? 1 : 0
    }
    return kept
  }

  /// Looks up the value of each row's group.
  func lookUp(
    _ lookup: RulePlan.GroupLookup, _ groups: (rows: Adjacency, column: Int), level: Int, count: Int
  ) {
    let relation = relations[lookup.relation]
    let finder = GroupFinder(
      relation, groups, lookup.keyColumns, lookup.keySources.map { words($0, level: level) })
    defer { keepAlive(finder) }
    let value = relation.view(relation.arity - 1)
    let output = register(lookup.register, level: level)
    for i in 0..<count {
      if i % Adjacency.nearGroup == 0 { finder.bringNear(i..<min(i + Adjacency.nearGroup, count)) }
      output[i] = finder.firstRow(i).map { value[$0] } ?? 0
    }
  }
}

/// Finds the first row of a group that agrees with a row of a batch in all columns of a key.
private struct GroupFinder {
  private let relation: Relation
  private let rows: Adjacency
  private let hasDeadRows: Bool
  /// The keys that name the group.
  private let keys: Words<UInt64>
  /// What else must agree.
  private let wanted: Column<Words<UInt64>>
  private let stored: Column<ColumnView>

  init(
    _ relation: Relation, _ groups: (rows: Adjacency, column: Int), _ columns: [Int],
    _ sources: [Words<UInt64>]
  ) {
    self.relation = relation
    rows = groups.rows
    hasDeadRows = relation.hasDeadRows
    let place = columns.firstIndex(of: groups.column) ?? 0
    keys = sources[place]
    let others = columns.indices.filter { $0 != place }
    wanted = Column(others.map { sources[$0] })
    stored = Column(others.map { relation.view(columns[$0]) })
  }

  /// Begins to bring near what the search for some rows of the batch reads first.
  func bringNear(_ range: Range<Int>) {
    rows.bringNear(keys.slice(range.lowerBound, range.count))
  }

  @inline(__always)
  func firstRow(_ i: Int) -> Int? {
    let key = keys[i]
    guard key < UInt64(rows.domain) else { return nil }
    let group = rows.row(Int(key))
    let (wanted, stored) = (wanted.words, stored.words)
    for place in 0..<group.count {
      let row = Int(group[place])
      if hasDeadRows && relation.isDead(row) { continue }
      var isEqual = true
      for column in 0..<wanted.count
      where !stored[column].isPresent(row) || stored[column][row] != wanted[column][i] {
        isEqual = false
      }
      if isEqual { return row }
    }
    return nil
  }
}
