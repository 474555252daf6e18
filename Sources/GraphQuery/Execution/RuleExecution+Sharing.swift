@_spi(Columns) import GraphCore

/// What is needed to run one plan on several threads, each with an execution of its own.
extension RuleExecution {
  /// What workers may take turns at in a scan: its units are rows, or groups of them.
  struct ScanSize {
    var units = 0
    var rows = 0

    /// About so many rows are in a unit.
    var rowsOfUnit: Int { max(1, rows / max(units, 1)) }
  }

  /// What a scan goes through; nothing where an index leads to the rows.
  func scanSize(_ step: Int) -> ScanSize {
    guard case .join(let join) = plan.steps[step] else { return ScanSize() }
    settleForms()
    let relation = relations[join.relation]
    let (lower, upper) = bounds(relation, join.range)
    let rows = max(upper - lower, 0)
    if let compact = compactRows(for: join, isFirst: true) {
      return join.keyColumns.isEmpty ? ScanSize(units: compact.domain, rows: rows) : ScanSize()
    }
    if let column = join.distinctGroups {
      let count = distinctValues(of: relation, column, at: step).count
      return ScanSize(units: count, rows: count)
    }
    if let column = join.groupedBy {
      return ScanSize(units: groups(of: relation, by: column).domain, rows: rows)
    }
    let isIndexed =
      !join.keyColumns.isEmpty && !relation.wouldScan(for: join.keyColumns, rows: rows)
    return isIndexed ? ScanSize() : ScanSize(units: rows, rows: rows)
  }

  /// So few rows of a first scan may be gone through anew for each part of a larger one behind it.
  private static let mostRepeated = 64
  /// The larger one has so many times as many rows at least.
  private static let leastGain = 8

  /// The scan that workers take turns at: the first, or one behind it that does not depend on the few rows that those
  /// before it bring. O(steps).
  func sharedScan(readsTexts: Bool) -> Int? {
    guard let first = plan.sharedScan(readsTexts: readsTexts) else { return nil }
    let others = plan.scans(behind: first)
    if others.isEmpty { return first }
    settleForms()
    var (best, most, repeated) = (first, rowCount(ofScan: first), 1)
    for (scan, next) in zip([first] + others, others) {
      repeated *= rowCount(ofScan: scan)
      guard repeated > 0, repeated <= Self.mostRepeated, isInColumns(scan), isInColumns(next)
      else { break }
      let rows = rowCount(ofScan: next)
      if rows >= Self.leastGain * most { (best, most) = (next, rows) }
    }
    return best
  }

  private func isInColumns(_ step: Int) -> Bool {
    guard case .join(let join) = plan.steps[step] else { return false }
    return relations[join.relation].compactRows == nil
  }

  /// How many rows a scan goes through, or could find at most.
  func rowCount(ofScan step: Int) -> Int {
    guard case .join(let join) = plan.steps[step] else { return 0 }
    let (lower, upper) = bounds(relations[join.relation], join.range)
    return max(upper - lower, 0)
  }

  /// The rows that workers may take turns at, as far as is known without looking for them.
  func rowsToShare(_ scan: Int) -> Int {
    looksForConstants(scan) ? rowCount(ofScan: scan) : scanSize(scan).rows
  }

  /// The level that a step is at.
  func level(of step: Int) -> Int { plan.steps[..<step].count(where: \.expands) }

  /// Whether a first scan looks for constants, in rows that have a number each.
  func looksForConstants(_ step: Int) -> Bool {
    guard case .join(let join) = plan.steps[step] else { return false }
    return !join.keyColumns.isEmpty && join.groupedBy == nil && join.distinctBy == nil
      && compactRows(for: join, isFirst: true) == nil && relations[join.relation].stored == nil
  }

  /// The numbers of the rows that a first scan for constants finds. They may lie side by side, so that equal parts of what
  /// is gone through would be very unequal work. Nothing where groups lead to them. O(rows), or O(found) where there is
  /// an index.
  func chooseRows(_ step: Int, _ workers: Workers) -> Column<UInt32>? {
    guard looksForConstants(step), case .join(let join) = plan.steps[step] else { return nil }
    settleForms()
    let relation = relations[join.relation]
    let (lower, upper) = bounds(relation, join.range)
    guard lower < upper else { return Column() }
    let keys = join.keySources.map { words($0, level: 0)[0] }
    if relation.prefersScan(for: join.keyColumns, keys: 1, rows: upper - lower) {
      return relation.rows(lower..<upper, having: keys, in: join.keyColumns, workers)
    }
    let isWhole = lower == 0 && upper == relation.rowCount
    if isWhole, relation.groups(by: join.keyColumns) != nil { return nil }
    let index = relation.index(on: join.keyColumns)
    let head = states(0).slice(0, 1)
    hashKeys(join.keySources, index, level: 0, count: 1, into: head)
    index.findHeads(of: head)
    let link = Int(UInt32(truncatingIfNeeded: head[0]))
    return relation.rows(lower..<upper, from: link, of: index, having: keys)
  }

  /// Goes on with some rows of a first scan, which are known to have its keys.
  func take(
    _ rows: Words<UInt32>, of relation: Relation, _ join: RulePlan.Join, at index: Int, level: Int,
    count: Int
  ) throws(EngineFailure) {
    if let within = join.within { setLimits(within, level: level, count: count) }
    let (left, right) = (pairLeft(level), pairRight(level))
    for first in stride(from: 0, to: rows.count, by: Batch.capacity) {
      let size = min(Batch.capacity, rows.count - first)
      for i in 0..<size {
        left[i] = 0
        right[i] = rows[first &+ i]
      }
      try flush(join, relation, size, isExact: true, at: index, level: level)
      if isDone { return }
    }
  }

  /// What a scan by groups goes through.
  func groups(of relation: Relation, by column: Int) -> Adjacency {
    relation.arity == 2
      ? relation.adjacency(by: column, sorted: true) : relation.rowGroups(by: column)
  }

  /// Runs the plan for a part of the scan that workers take turns at, or for all of it. `derived` is what `sink` has
  /// collected.
  func run(into sink: any RowSink, derived: Relation?, chunk: Range<Int>?) throws(EngineFailure) {
    self.sink = sink
    self.derived = derived
    self.chunk = chunk
    isDone = false
    recent?.begin()
    defer {
      self.sink = NoSink.shared
      self.derived = nil
      self.chunk = nil
    }
    try step(0, level: 0, count: 1)
  }

  /// Builds everything that the steps look things up in, so that running them only reads: each relation's
  /// indexes by one worker.
  func prepareForSharing(_ scan: Int, _ workers: Workers) {
    var steps: [Int: [Int]] = [:]
    for index in plan.steps.indices {
      for relation in plan.steps[index].relations { steps[relation, default: []].append(index) }
    }
    let all = steps.sorted { $0.key < $1.key }
    // Two relations may be of one table, which only one thread may unpack.
    for (relation, _) in all { relations[relation].makeColumns() }
    // What all workers build together comes before what each builds alone.
    for (relation, steps) in all {
      for step in steps { prepareGroups(plan.steps[step], of: relation, isScan: step == scan) }
    }
    let rows = all.reduce(0) { $0 + relations[$1.key].rowCount }
    workers.forEachChunk(of: all.count, size: rows > 1 << 14 ? 1 : max(all.count, 1)) { _, part in
      for (relation, steps) in all[part] {
        for step in steps { prepare(plan.steps[step], of: relation, isScan: step == scan) }
      }
    }
  }

  /// Builds what is grouped by an end.
  private func prepareGroups(_ step: RulePlan.Step, of id: Int, isScan: Bool) {
    let relation = relations[id]
    switch step {
    case .extend(let extended):
      for side in extended.neighbours where side.relation == id {
        if compactRows(for: extended) != nil { continue }
        _ = relation.highestWord(1 - side.nearColumn)
        _ = relation.adjacency(by: side.nearColumn, sorted: extended.needsOrder)
      }
    case .join(let join):
      guard isScan, let column = join.groupedBy, join.distinctGroups == nil,
        compactRows(for: join, isFirst: true) == nil
      else { break }
      _ = groups(of: relation, by: column)
    case .existence, .lookup, .summarize, .unlessDerived, .compute, .copy, .compare, .test, .range,
      .never:
      break
    }
  }

  private func prepare(_ step: RulePlan.Step, of id: Int, isScan: Bool) {
    let relation = relations[id]
    switch step {
    case .join(let join):
      if compactRows(for: join, isFirst: isScan) != nil { break }
      if relation.arity > 0 { _ = relation.view(0) }
      if join.distinctGroups != nil { break }
      if isScan {
        if join.keyColumns.count > 1 { _ = relation.mostTelling(join.keyColumns) }
      } else if join.keyColumns.isEmpty {
        let (lower, upper) = bounds(relation, join.range)
        if let within = join.within, lower == 0 {
          _ = relation.makeOrdered(by: within.column, [], below: upper)
        }
      } else {
        let (lower, upper) = bounds(relation, join.range)
        let isWhole = lower == 0 && upper == relation.rowCount
        if let within = join.within, lower == 0,
          relation.makeOrdered(by: within.column, join.keyColumns, below: upper)
        {
          break
        }
        if !isWhole || relation.groups(by: join.keyColumns) == nil {
          let index = relation.index(on: join.keyColumns)
          if lower > 0 {
            // There will be keys enough.
            _ = index.filter(
              of: join.keyColumns.map { relation.view($0) }, from: lower, keys: upper - lower)
          }
        }
      }
    case .existence(let existence):
      if existence.keyColumns.isEmpty
        || (existence.isComplete && relation.compactRows(having: existence.keyColumns) != nil)
        || adjacency(for: existence) != nil
        || groups(for: existence) != nil
      {
        break
      }
      if !existence.isMembership || relation.hasDeadRows || !relation.coverPacked() {
        _ = relation.index(on: existence.keyColumns)
      }
    case .lookup(let lookup):
      if relation.arity > 0 { _ = relation.view(0) }
      if !lookup.keyColumns.isEmpty, relation.groups(by: lookup.keyColumns) == nil {
        _ = relation.index(on: lookup.keyColumns)
      }
    case .summarize(let summary):
      _ = relation.orderedForSummaries(by: summary.within.column, summary.keyColumns)
    case .unlessDerived: _ = relation.coverPacked()
    case .extend, .compute, .copy, .compare, .test, .range, .never: break
    }
  }
}
