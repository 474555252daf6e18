@_spi(Columns) import GraphCore

/// Runs one rule by several workers.
///
/// The rows of the rule's first scan are handed out in chunks. Each worker derives into a relation
/// of its own, which leaves out what the head held before and what it derived itself, so that most
/// duplicates are found side by side; when all are done the new rows are added to the head. Nothing that
/// another worker reads changes meanwhile: all indexes are brought up to date first.
struct SharedRule {
  /// Fewer rows than this are not worth sharing: a thread that sleeps takes some fifty microseconds
  /// to begin.
  static let defaultThreshold = 4096

  private let executions: [RuleExecution]
  private let scan: Int

  /// Nothing where the plan cannot be shared.
  init?(
    plan: RulePlan, relations: [Relation], terms: TermSpace, limits: LimitGuard, span: SourceSpan,
    workers: Workers
  ) {
    guard workers.count > 1, let scan = plan.sharedScan else { return nil }
    self.scan = scan
    executions = (0..<workers.count).map { worker in
      // The monitor belongs to the thread that waits for the answer.
      RuleExecution(
        plan: plan, relations: relations, terms: terms,
        limits: worker == 0 ? limits : limits.withoutMonitor, span: span)
    }
  }

  /// How many rows, or groups of rows, there are to hand out now.
  var size: Int { executions[0].scanSize(scan) }

  /// Derives all rows into `head`; `isDistinct` says that they are known to differ, from each other
  /// and from those of the head.
  func run(_ workers: Workers, into head: Relation, isDistinct: Bool) throws(EngineFailure) {
    executions[0].prepareForSharing(scan)
    _ = head.coverPacked()
    let sinks = executions.map { _ in WorkerSink(head, isDistinct: isDistinct) }
    let total = size
    let chunk = max(256, min(total / (workers.count * 16), 1 << 16))
    let executions = executions
    try workers.forEachChunk(of: total, size: chunk) { (worker, rows) throws(EngineFailure) in
      let sink = sinks[worker]
      try executions[worker].run(
        into: sink, derived: isDistinct ? nil : sink.rows, chunk: rows)
    }
    for sink in sinks where sink.rows.rowCount > 0 {
      head.append(contentsOf: sink.rows, isDistinct: isDistinct)
    }
  }
}

/// Collects the rows that one worker derives.
private final class WorkerSink: RowSink {
  let rows: Relation
  private let head: Relation
  private let isDistinct: Bool
  private let isHeadEmpty: Bool
  private let keys: Column<Words<UInt64>>
  private let codes = Column<UInt64>(repeating: 0, count: Batch.capacity)
  private let outside = Column<UInt64>(repeating: 0, count: Batch.capacity)
  private let selected = Column<UInt32>(repeating: 0, count: Batch.capacity)
  private let kept: [Column<UInt64>]

  init(_ head: Relation, isDistinct: Bool) {
    self.head = head
    self.isDistinct = isDistinct
    isHeadEmpty = head.rowCount == 0
    rows = Relation(like: head)
    keys = Column(repeating: .empty, count: max(head.arity, 1))
    kept = (0..<head.arity).map { _ in Column(repeating: 0, count: Batch.capacity) }
  }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    if isDistinct { return rows.insertDistinct(columns, count: count) }
    for column in 0..<columns.count { keys[column] = columns[column] }
    guard !isHeadEmpty,
      let new = head.selectMembers(
        keys.words, count: count, present: false, codes: codes.words, outside: outside.words,
        into: selected.words)
    else { return rows.insert(columns, count: count) }
    if new == count { return rows.insert(columns, count: count) }
    if new == 0 { return }
    let places = selected.words
    for column in 0..<columns.count {
      let (input, output) = (columns[column], kept[column].words)
      for i in 0..<new { output[i] = input[Int(places[i])] }
    }
    rows.insert(kept.map(\.words), count: new)
  }
}
