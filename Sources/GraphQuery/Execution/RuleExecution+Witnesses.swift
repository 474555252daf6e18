@_spi(Columns) import GraphCore

/// Rows of which one way through the rest of a plan is enough.
///
/// ```
/// dominated(i) :- offer(i, a, b), offer(j, c, d), c < a, d < b, j != i.
///                 └ a batch of i   └ a few j for each, then more for those without one yet
/// ```
///
/// Once the head is known, whatever else a row matches would only derive it again. The matches of the step that
/// comes next are taken a few for each row of the batch at a time, four times as many in each turn; rows that got
/// through to the end leave the search. So a row costs a few times what its first way through costs, and the steps
/// still work on whole batches.
extension RuleExecution {
  /// How many matches a row is given in the first turn, and by how much it is more in each that follows.
  private static let firstTurn = 8
  private static let growth = 4

  /// Hands the rows of a batch that have a way through the steps from `index` on to the sink.
  func findWitnesses(_ witness: RulePlan.Witness, at index: Int, level: Int, count: Int)
    throws(EngineFailure)
  {
    let (numbers, found) = (register(witness.register, level: level), marks.words)
    for i in 0..<count { (numbers[i], found[i]) = (UInt64(truncatingIfNeeded: i), 0) }
    try limits.checkTime(span)
    switch plan.steps[index] {
    case .join(let join): try search(join, at: index, level: level, count: count)
    case .extend(let extended): try search(extended, at: index, level: level, count: count)
    default: preconditionFailure("a witness is looked for among the rows of a relation")
    }
    let selected = pairLeft(level)
    var kept = 0
    for i in 0..<count {
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= found[i] != 0 ? 1 : 0
    }
    if kept == 0 { return }
    if kept < count {
      for output in headRegisters {
        let values = register(output, level: level)
        for i in 0..<kept { values[i] = values[Int(selected[i])] }
      }
    }
    meter?.enter(plan.steps.count, count: kept)
    try sink.add(outputs, count: kept)
    isDone = sink.isComplete
  }

  /// Marks the rows that a batch behind the last step comes from.
  func noteWitnesses(_ register: Int, level: Int, count: Int) {
    let (numbers, found) = (self.register(register, level: level), marks.words)
    for i in 0..<count { found[Int(truncatingIfNeeded: numbers[i])] = 1 }
  }

  /// Leaves out what comes from rows that have a way through by now, before a further step expands.
  func dropWitnessed(_ witness: RulePlan.Witness, at index: Int, level: Int, count: Int) -> Int {
    let (numbers, found) = (register(witness.register, level: level), marks.words)
    let selected = pairLeft(level)
    var kept = 0
    for i in 0..<count {
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= found[Int(truncatingIfNeeded: numbers[i])] == 0 ? 1 : 0
    }
    return compact(selected, kept, from: count, at: index - 1, level: level)
  }

  // MARK: Joins

  private func search(_ join: RulePlan.Join, at index: Int, level: Int, count: Int)
    throws(EngineFailure)
  {
    let relation = relations[join.relation]
    let (lower, upper) = bounds(relation, join.range)
    guard lower < upper else { return }
    // Rows in compact form are gone through as they are.
    if compactRows(for: join, isFirst: level == 0) != nil {
      return try self.join(join, at: index, level: level, count: count)
    }
    var isWithin = false
    let matches: Matches
    var owners: [Any] = []
    defer { keepAlive(owners) }
    if let within = join.within {
      setLimits(within, level: level, count: count)
    }
    if let within = join.within, lower == 0, upper == relation.rowCount,
      let ordered = relation.ordered(
        by: within.column, join.keyColumns, keys: count, below: upper),
      ordered.rows.rowCount == upper
    {
      owners.append(ordered.rows)
      matches = .listed(place(join, ordered, level: level, count: count))
      isWithin = true
    } else if join.keyColumns.isEmpty {
      fillTurns(count: count, lower, upper)
      matches = .inOrder
    } else if relation.prefersScan(for: join.keyColumns, keys: count, rows: upper - lower) {
      return try self.join(join, at: index, level: level, count: count)
    } else if lower == 0, upper == relation.rowCount,
      let groups = relation.groups(by: join.keyColumns)
    {
      owners.append(groups.rows)
      matches = .listed(place(join, groups, level: level, count: count))
    } else {
      return try self.join(join, at: index, level: level, count: count)
    }
    // A list is of the rows that agree in one column of the key.
    let isExact = join.keyColumns.count <= (matches.isListed ? 1 : 0)
    // What is near a bound more likely meets the conditions behind, as that a span which begins before a point ends after it.
    let isBackwards =
      isWithin && (join.within?.bounds.allSatisfy { $0.relation.isUpperBound } ?? false)
    try takeTurns(
      matches, level: level, count: count, isBackwards: isBackwards
    ) { pairs throws(EngineFailure) in
      try flush(
        join, relation, pairs, isExact: isExact, isWithin: isWithin, at: index, level: level)
    }
  }

  /// Where the matches of a row lie: the rows of a relation one after another, or in a list of rows or of values.
  private enum Matches {
    case inOrder
    case listed(Words<UInt32>)

    var isListed: Bool { if case .listed = self { true } else { false } }
  }

  private func fillTurns(count: Int, _ lower: Int, _ upper: Int) {
    let turns = turns.words
    for i in 0..<count { turns[i] = Turn(next: lower, end: upper) }
  }

  /// The places of the rows between the limits of each row of a batch.
  private func place(
    _ join: RulePlan.Join, _ ordered: (rows: OrderedRows, group: Int?), level: Int, count: Int
  ) -> Words<UInt32> {
    let (lows, highs) = limits(level)
    let place = ordered.group.flatMap { join.keyColumns.firstIndex(of: $0) }
    // Without groups the word does not matter.
    let groups = place.map { words(join.keySources[$0], level: level) } ?? lows
    let (view, turns) = (ordered.rows.view, turns.words)
    for i in 0..<count {
      let found = view.places(group: groups[i], from: lows[i], through: highs[i])
      turns[i] = Turn(next: found.lowerBound, end: found.upperBound)
    }
    return view.rows
  }

  /// The places of the rows of each row's group.
  private func place(
    _ join: RulePlan.Join, _ groups: (rows: Adjacency, column: Int), level: Int, count: Int
  ) -> Words<UInt32> {
    let place = join.keyColumns.firstIndex(of: groups.column) ?? 0
    return self.place(groups.rows, words(join.keySources[place], level: level), count: count)
  }

  private func place(_ rows: Adjacency, _ keys: Words<UInt64>, count: Int) -> Words<UInt32> {
    let (offsets, domain, turns) = (rows.offsets.words, UInt64(rows.domain), turns.words)
    for i in 0..<count {
      let key = keys[i]
      turns[i] =
        key < domain
        ? Turn(next: Int(offsets[Int(key)]), end: Int(offsets[Int(key) &+ 1]))
        : Turn(next: 0, end: 0)
    }
    return rows.neighbours.words
  }

  // MARK: Neighbours

  private func search(_ extended: RulePlan.Extension, at index: Int, level: Int, count: Int)
    throws(EngineFailure)
  {
    let side = extended.neighbours[0]
    let relation = relations[side.relation]
    guard extended.isPlain, compactRows(for: extended) == nil,
      relation.storedRows(having: [side.nearColumn], keys: count) == nil,
      !relation.prefersScan(ofNeighbours: side.nearColumn, keys: count)
    else { return try extend(extended, at: index, level: level, count: count) }
    let adjacency = relation.adjacency(by: side.nearColumn, sorted: false)
    defer { keepAlive(adjacency) }
    let values = place(adjacency, words(side.near, level: level), count: count)
    let (right, output) = (pairRight(level), register(extended.register, level: level + 1))
    try takeTurns(.listed(values), level: level, count: count) { pairs throws(EngineFailure) in
      for pair in 0..<pairs { output[pair] = UInt64(right[pair]) }
      try flush(extended, pairs, at: index, level: level)
    }
  }

  // MARK: Turns

  /// The matches of a row of the batch that have not been looked at.
  struct Turn: BitwiseCopyable {
    var next: Int
    var end: Int
  }

  /// Hands over the matches of the batch's rows, as pairs of the row and the match, until each row has a way
  /// through or no more of them; the last ones first, if asked.
  private func takeTurns(
    _ matches: Matches, level: Int, count: Int, isBackwards: Bool = false,
    flush: (_ pairs: Int) throws(EngineFailure) -> Void
  ) throws(EngineFailure) {
    let (left, right) = (pairLeft(level), pairRight(level))
    let (turns, found, open) = (turns.words, marks.words, searched.words)
    var openCount = 0
    for i in 0..<count where turns[i].next < turns[i].end {
      open[openCount] = UInt32(truncatingIfNeeded: i)
      openCount &+= 1
    }
    var size = Self.firstTurn
    while openCount > 0 {
      var pairs = 0
      for place in 0..<openCount {
        let i = Int(open[place])
        var wanted = min(size, turns[i].end &- turns[i].next)
        while wanted > 0 {
          let taken = min(wanted, Batch.capacity &- pairs)
          let next = isBackwards ? turns[i].end &- taken : turns[i].next
          for j in 0..<taken { left[pairs &+ j] = UInt32(truncatingIfNeeded: i) }
          switch matches {
          case .inOrder:
            for j in 0..<taken { right[pairs &+ j] = UInt32(truncatingIfNeeded: next &+ j) }
          case .listed(let list): for j in 0..<taken { right[pairs &+ j] = list[next &+ j] }
          }
          if isBackwards { turns[i].end = next } else { turns[i].next = next &+ taken }
          pairs &+= taken
          wanted &-= taken
          if pairs == Batch.capacity {
            try flush(pairs)
            pairs = 0
            if found[i] != 0 { wanted = 0 }
          }
        }
      }
      if pairs > 0 { try flush(pairs) }
      var kept = 0
      for place in 0..<openCount {
        let i = Int(open[place])
        open[kept] = open[place]
        kept &+= found[i] == 0 && turns[i].next < turns[i].end ? 1 : 0
      }
      openCount = kept
      size = min(size &* Self.growth, 1 << 40)
    }
  }
}

extension Comparison.Operator {
  /// Whether what is compared lies below the other.
  fileprivate var isUpperBound: Bool { self == .less || self == .lessOrEqual }
}
