@_spi(Columns) import GraphCore

/// Conditions on relations in compact form, which are read as they lie: columns of the pairs of a dense
/// result would take a hundred times the memory.
extension RuleExecution {
  /// The rows that a join takes as they lie: that of each known near end, or all in turn; nothing where it goes through
  /// columns.
  func compactRows(for join: RulePlan.Join, isFirst: Bool) -> BinaryRows? {
    let relation = relations[join.relation]
    guard let rows = relation.compactRows, join.keyColumns.count <= 1,
      bounds(relation, join.range) == (0, relation.rowCount)
    else { return nil }
    if let column = join.keyColumns.first ?? join.groupedBy ?? join.distinctBy {
      return rows.isNear(column) ? rows : nil
    }
    // To go through all pairs for each row of a batch would take longer than to order them once.
    if let within = join.within, !within.isHint, !rows.isNear(within.column), !isFirst {
      return nil
    }
    return rows
  }

  /// The rows that an extension takes as they lie.
  func compactRows(for extended: RulePlan.Extension) -> BinaryRows? {
    guard extended.neighbours.count == 1 else { return nil }
    let side = extended.neighbours[0]
    // Values that have ranks are too large for an extension: see `Relation.canGroup`.
    return relations[side.relation].compactRows(by: side.nearColumn).flatMap {
      $0.ranks == nil ? $0 : nil
    }
  }

  /// Makes columns of the pairs that some step needs columns of: their form must not change while workers take
  /// turns. O(steps).
  func settleForms() {
    for id in spreadRelations { _ = relations[id].view(0) }
  }

  /// Bytes that the plan makes columns of which are not there yet. O(steps).
  var spreadByteCount: Int { spreadRelations.reduce(0) { $0 + relations[$1].spreadByteCount } }

  /// The relations in compact form that some step needs columns of.
  private var spreadRelations: Set<Int> {
    // Asked before each round of a recursion, of which there may be many.
    if !readRelations.contains(where: { relations[$0].compactRows != nil }) { return [] }
    var result: Set<Int> = []
    var isFirst = true
    for step in plan.steps {
      for id in step.relations
      where relations[id].compactRows != nil && !takesCompactRows(step, of: id, isFirst: isFirst) {
        result.insert(id)
      }
      switch step {
      case .join, .extend, .range: isFirst = false
      case .existence, .lookup, .summarize, .unlessDerived, .compute, .copy, .compare, .test,
        .never:
        break
      }
    }
    return result
  }

  private func takesCompactRows(_ step: RulePlan.Step, of id: Int, isFirst: Bool) -> Bool {
    switch step {
    case .join(let join): compactRows(for: join, isFirst: isFirst) != nil
    case .extend(let extended): compactRows(for: extended) != nil
    case .existence(let existence):
      existence.keyColumns.isEmpty
        || existence.isComplete && relations[id].compactRows(having: existence.keyColumns) != nil
    case .lookup, .summarize, .unlessDerived, .compute, .copy, .compare, .test, .range, .never:
      false
    }
  }

  /// Joins a batch with pairs.
  func join(
    _ join: RulePlan.Join, _ rows: BinaryRows, at index: Int, level: Int, count: Int
  ) throws(EngineFailure) {
    let wanted =
      join.keyColumns.first ?? join.groupedBy ?? join.distinctBy ?? join.within?.column
    let near = wanted.flatMap { rows.isNear($0) ? $0 : nil } ?? rows.nearColumn
    let outputs = pairOutputs(join, near: near, level: level)
    let keys = join.keySources.first.map { words($0, level: level) }
    let all = level == chunkLevel ? chunk ?? 0..<rows.domain : 0..<rows.domain
    if let within = join.within { setLimits(within, level: level, count: count) }
    let buffer = Column<UInt32>()
    defer { keepAlive(buffer, rows) }
    var pairs = 0
    for i in 0..<count {
      var values = all
      if let keys {
        guard let place = rows.place(of: keys[i]) else { continue }
        values = place..<place + 1
      }
      var range: Range<Int>?
      if let within = join.within {
        let (lows, highs) = limits(level)
        let type = relations[join.relation].types[within.column]
        let places = rows.places(from: lows[i], through: highs[i], type)
        if within.column == near { values = values.clamped(to: places) } else { range = places }
      }
      for x in values {
        let row =
          if range == nil && join.distinctBy == nil { rows.members(of: x, buffer: buffer) } else {
            rows.members(
              of: x, in: range ?? 0..<rows.domain, atMost: join.distinctBy == nil ? .max : 1,
              buffer: buffer)
          }
        try add(row, of: x, i, outputs, &pairs, join, rows.ranks, at: index, level: level)
        if isDone { return }
      }
    }
    if pairs > 0 { try flushPairs(join, outputs, pairs, rows.ranks, at: index, level: level) }
  }

  /// Gives a register the far ends of each row of a batch that keep to the bounds.
  func expand(
    _ extended: RulePlan.Extension, _ rows: BinaryRows, at index: Int, level: Int, count: Int
  ) throws(EngineFailure) {
    let keys = words(extended.neighbours[0].near, level: level)
    let bounds = Column<MemberBound>(
      extended.bounds.map { MemberBound($0, words($0.value, level: level)) })
    let (buffer, kept) = (Column<UInt32>(), Column<UInt32>())
    defer { keepAlive(bounds, buffer, kept, rows) }
    var pairs = 0
    for i in 0..<count {
      if keys[i] >= UInt64(rows.domain) { continue }
      let x = Int(truncatingIfNeeded: keys[i])
      var row: Words<UInt32>
      if extended.isPlain {
        row = rows.members(of: x, buffer: buffer)
      } else {
        let range = MemberRange(bounds.words, row: i)
        if range.isEmpty { continue }
        let isOneEnough = extended.isExistence && range.excludedCount == 0
        row = rows.members(
          of: x, in: Int(range.lowest)..<Int(range.highest) + 1,
          atMost: isOneEnough ? 1 : .max, buffer: buffer)
        if range.excludedCount > 0 {
          kept.truncate(to: 0)
          for j in 0..<row.count where range.contains(row[j]) { kept.append(row[j]) }
          row = kept.words
        }
        if extended.isExistence { row = row.slice(0, min(row.count, 1)) }
      }
      try add(row, i, &pairs, extended, at: index, level: level)
      if isDone { return }
    }
    if pairs > 0 { try flush(extended, pairs, at: index, level: level) }
  }
}
