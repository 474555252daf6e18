@_spi(Columns) import GraphCore

/// What is needed to run one plan on several threads, each with an execution of its own.
extension RuleExecution {
  /// How many rows, or groups of rows, a scan goes through; none where an index leads to them.
  func scanSize(_ step: Int) -> Int {
    guard case .join(let join) = plan.steps[step] else { return 0 }
    let relation = relations[join.relation]
    if let column = join.groupedBy {
      return relation.adjacency(by: column, sorted: true).domain
    }
    let (lower, upper) = bounds(relation, join.range)
    let isIndexed =
      !join.keyColumns.isEmpty && !relation.wouldScan(for: join.keyColumns, rows: upper - lower)
    return isIndexed ? 0 : max(upper - lower, 0)
  }

  /// Runs the plan for a part of its first scan. `derived` is what `sink` has collected.
  func run(into sink: any RowSink, derived: Relation?, chunk: Range<Int>) throws(EngineFailure) {
    self.sink = sink
    self.derived = derived
    self.chunk = chunk
    isDone = false
    defer {
      self.sink = NoSink()
      self.derived = nil
      self.chunk = nil
    }
    try step(0, level: 0, count: 1)
  }

  /// Builds everything that the steps look things up in, so that running them only reads.
  func prepareForSharing(_ scan: Int) {
    for case .extend(let extended) in plan.steps {
      for side in extended.neighbours {
        let relation = relations[side.relation]
        _ = relation.highestWord(1 - side.nearColumn)
        _ = relation.adjacency(by: side.nearColumn, sorted: extended.needsOrder)
      }
    }
    for (index, step) in plan.steps.enumerated() {
      switch step {
      case .join(let join):
        let relation = relations[join.relation]
        if relation.arity > 0 { _ = relation.view(0) }
        if !join.keyColumns.isEmpty, index != scan { _ = relation.index(on: join.keyColumns) }
        if index == scan { _ = relation.statistics }
      case .existence(let existence):
        let relation = relations[existence.relation]
        if existence.keyColumns.isEmpty { break }
        if !existence.isMembership || relation.hasDeadRows || !relation.coverPacked() {
          _ = relation.index(on: existence.keyColumns)
        }
      case .lookup(let lookup):
        let relation = relations[lookup.relation]
        if relation.arity > 0 { _ = relation.view(0) }
        if !lookup.keyColumns.isEmpty { _ = relation.index(on: lookup.keyColumns) }
      case .unlessDerived(let head, _): _ = relations[head].coverPacked()
      case .extend, .compute, .copy, .compare, .test, .range, .never: break
      }
    }
  }
}
