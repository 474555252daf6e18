@_spi(Columns) import GraphCore

/// Runs one rule by several workers.
///
/// The caller begins alone, until it has seen that the rest will take long enough to be worth sharing: how long a
/// row takes differs by a factor of thousands from rule to rule. Then the rows of the rule's first scan are
/// handed out in chunks, in waves: between two waves the set that tells new rows from known ones gets more
/// room. Nothing that another worker reads changes within a wave but that set: all indexes are brought up to
/// date first.
final class SharedRule {
  /// Fewer rows than this are not worth sharing where little is done with each: a thread that sleeps takes some fifty
  /// microseconds to begin.
  static let defaultThreshold = 4096
  /// With so many rows a rule of a recursion is looked at: each may lead to a thousand others.
  private static let leastRows = 512
  /// A rule that is run once, or that took long in the round before, is looked at where there are a few.
  private static let fewRows = 8
  /// What took so long is shared from its first row on when it is run again.
  private static let longRun = Duration.milliseconds(2)

  /// Whether a rule may have enough to do for several workers.
  static func isWorthALook(_ rule: RunnableRule) -> Bool {
    guard rule.rowCount >= fewRows else { return false }
    if rule.isRunOnce { return true }
    return rule.expectedTime.map { $0 >= defaultRest } ?? (rule.rowCount >= leastRows)
  }

  /// Whether it is known from the round before that a rule has enough to do.
  static func isLong(_ rule: RunnableRule) -> Bool {
    !rule.isRunOnce && rule.rowCount >= fewRows && rule.lastRun.map { $0.time >= longRun } ?? false
  }

  /// A rest that takes less time is not worth sharing: beside waking a thread, each keeps rows of its own, which
  /// are new memory and are copied.
  static let defaultRest = Duration.microseconds(500)
  /// For so long the caller looks how long rows take.
  private static let trial = Duration.microseconds(30)
  /// The rows that are begun with: they build indexes, which says nothing of the others.
  private static let firstRows = 256
  /// Derived rows that take less time are not worth sharing where one worker has to add those of all: looking them up is
  /// most of the time.
  private static let leastPerRow = Duration.nanoseconds(500)

  /// The rule as one worker runs it.
  private let first: RuleExecution
  /// The rule as each worker runs it: the others' are made when it is shared for the first time.
  private var executions: [RuleExecution]
  private let makeOther: (_ worker: Int) -> RuleExecution
  /// The step that workers take turns at.
  let scan: Int
  /// The rows that are handed out, where these are found first.
  private var chosen: Column<UInt32>?
  private let leastRest: Duration
  private let headIndex: Int
  /// Where the plan has each column of the head from, as far as that is a column of a relation.
  private let sources: [(relation: Int, column: Int)?]

  /// - Parameters:
  ///   - first: the rule, whose plan can be shared
  ///   - scan: the step that workers take turns at
  init(
    _ first: RuleExecution, _ scan: Int, head: RelationID, terms: TermSpace, limits: LimitGuard,
    span: SourceSpan, workers: Workers, rooms: [RegisterRoom], sharesFrom leastRest: Duration
  ) {
    self.first = first
    executions = [first]
    self.scan = scan
    self.leastRest = leastRest
    headIndex = head.index
    let plan = first.plan
    sources = plan.output.map { plan.origin(of: $0) }
    makeOther = { worker in
      // The monitor belongs to the thread that waits for the answer.
      RuleExecution(
        plan: plan, relations: first.relations, terms: terms, limits: limits.withoutMonitor,
        span: span, room: rooms[worker])
    }
  }

  /// What there is to hand out now.
  private var size: RuleExecution.ScanSize {
    chosen.map { RuleExecution.ScanSize(units: $0.count, rows: $0.count) } ?? first.scanSize(scan)
  }

  /// Finds what is handed out; false where all has to be gone through as it is.
  private func begin(_ workers: Workers) -> Bool {
    first.chunkLevel = first.level(of: scan)
    guard first.looksForConstants(scan) else { return true }
    chosen = first.chooseRows(scan, workers)
    first.chosenRows = chosen?.words
    return chosen != nil
  }

  private func end() {
    chosen = nil
    first.chosenRows = nil
    first.chunkLevel = 0
  }

  /// Derives all rows into `head`.
  ///
  /// - Parameter startsTogether: whether it is known that sharing pays
  func run(_ workers: Workers, into head: Relation, _ way: Insertion, startsTogether: Bool)
    throws(EngineFailure)
  {
    defer { end() }
    guard begin(workers) else {
      return try first.run(into: way.sink(into: head), derived: nil, chunk: nil)
    }
    // Best values are told apart by each worker and then by one alone.
    let isTold = head.lattice != nil
    let sink = way.sink(into: head)
    let counted = isTold ? CountingSink(sink) : nil
    guard
      let rest = try startsTogether && !isTold
        ? 0..<size.units : runAlone(into: counted ?? sink, counting: counted)
    else { return }
    let chunks = prepareChunks(workers, rest)
    switch way {
    case .looksUp: break
    case .distinct, .grouped: return try runDistinct(workers, into: head, way, chunks)
    }
    let before = head.rowCount
    var capacity = Self.leastCapacity
    while !chunks.isEmpty {
      // Room that is asked for ahead is not counted before rows are in it, so it must not pass the limit.
      let room = try first.memoryLeft() / (8 * head.arity + 16)
      capacity = max(min(capacity, room), Self.leastCapacity)
      try runWave(workers, into: head, chunks, capacity: capacity)
      // What is to come is likely to be like what came, but a wrong guess must not cost much memory. All of a table's room
      // is used, so that a guess that is a little high would only double it.
      let share = Double(chunks.remaining) / Double(max(rest.count - chunks.remaining, 1))
      let expected = Int(Double(head.rowCount - before) * min(share, 1000))
      capacity = min(max(expected, Self.leastCapacity), max(2 * head.rowCount, Self.leastCapacity))
    }
  }

  /// Hands the derived rows to one sink for each worker.
  func run(_ workers: Workers, into sinks: [any RowSink]) throws(EngineFailure) {
    defer { end() }
    guard begin(workers) else { return try first.run(into: sinks[0], derived: nil, chunk: nil) }
    countSinks(sinks.count)
    defer { countSinks(1) }
    guard let rest = try runAlone(into: sinks[0]) else { return }
    let chunks = prepareChunks(workers, rest)
    try workers.run { [executions] (worker) throws(EngineFailure) in
      while let rows = chunks.next() {
        try executions[worker].run(into: sinks[worker], derived: nil, chunk: rows)
      }
    }
  }

  /// Says how many sinks hold about as much as one that is looked at.
  private func countSinks(_ count: Int) {
    for execution in executions { execution.sinkCount = count }
  }

  /// Runs the rule on rows from the first on, as long as it is not known that sharing the rest pays. Returns that
  /// rest; nothing where all is done.
  ///
  /// - Parameter counted: the sink, where one worker adds the rows of all.
  private func runAlone(into sink: any RowSink, counting counted: CountingSink? = nil)
    throws(EngineFailure) -> Range<Int>?
  {
    let (total, rowsOfUnit) = (size.units, size.rowsOfUnit)
    if leastRest == .zero { return 0..<total }
    // Of few rows, a sixteenth.
    let firstRows = min(Self.firstRows, total * rowsOfUnit / 16)
    var end = min(max(firstRows / rowsOfUnit, 1), total)
    try first.run(into: sink, derived: nil, chunk: 0..<end)
    if sink.isComplete { return nil }
    let begun = end
    counted?.count = 0
    let start = MonotonicClock.nanoseconds
    var size = begun
    while end < total {
      let rows = end..<min(end + size, total)
      try first.run(into: sink, derived: nil, chunk: rows)
      if sink.isComplete { return nil }
      end = rows.upperBound
      size *= 2
      let spent = Duration.nanoseconds(Int64(clamping: MonotonicClock.nanoseconds &- start))
      let rest = spent * (Double(total - end) / Double(end - begun))
      let isLookedUp = counted.map { spent < Self.leastPerRow * $0.count } ?? false
      if spent >= Self.trial, rest >= leastRest, !isLookedUp { break }
    }
    return end < total ? end..<total : nil
  }

  /// Makes everything ready, and cuts rows of the first scan into pieces that keep all workers busy to the end.
  private func prepareChunks(_ workers: Workers, _ rows: Range<Int>) -> ChunkDispenser {
    first.prepareForSharing(scan, workers)
    for worker in executions.count..<workers.count { executions.append(makeOther(worker)) }
    for execution in executions.dropFirst() {
      (execution.chunkLevel, execution.chosenRows) = (first.chunkLevel, first.chosenRows)
      execution.sinkCount = first.sinkCount
    }
    return ChunkDispenser(rows, size: max(1, min(rows.count / (workers.count * 16), 1 << 16)))
  }

  private static let leastCapacity = 1 << 15

  /// The first worker adds to the head itself, where nobody reads it meanwhile; the others' rows follow. A group is one
  /// worker's.
  private func runDistinct(
    _ workers: Workers, into head: Relation, _ way: Insertion, _ chunks: ChunkDispenser
  ) throws(EngineFailure) {
    let isRead = first.plan.steps.contains { step in
      // Groups are told from each other by what adds them, not by the head.
      if case .unlessDerived = step, case .grouped = way { return false }
      return step.relations.contains(headIndex)
    }
    let parts = (0..<workers.count).map { worker in
      worker == 0 && !isRead ? head : Relation(like: head)
    }
    defer { head.adopt(distinct: parts.filter { $0 !== head }, workers) }
    countSinks(parts.count { $0 !== head })
    defer { countSinks(1) }
    try workers.run { [executions] (worker) throws(EngineFailure) in
      let part = parts[worker]
      let sink = part === head ? way.sink(into: head) : PartSink(part, way)
      do throws(EngineFailure) {
        while let rows = chunks.next() {
          try executions[worker].run(into: sink, derived: nil, chunk: rows)
        }
      } catch {
        chunks.takeRest()
        throw error
      }
    }
  }

  private func runWave(
    _ workers: Workers, into head: Relation, _ chunks: ChunkDispenser, capacity: Int
  ) throws(EngineFailure) {
    let highest = sources.map { source in
      source.map { first.relations[$0.relation].highestWord($0.column) }
    }
    let set = head.prepareShared(highest: highest, capacity: capacity, threads: workers.count)
    let sinks = (0..<workers.count).map { _ in WorkerSink(SharedRows(head, set)) }
    defer { head.adopt(sinks.map(\.rows), workers) }
    countSinks(workers.count)
    defer { countSinks(1) }
    try workers.run { [executions] (worker) throws(EngineFailure) in
      let sink = sinks[worker]
      do throws(EngineFailure) {
        while !sink.rows.isFull, let rows = chunks.next() {
          try executions[worker].run(
            into: sink, derived: sink.rows.isShared ? nil : sink.rows.aside, chunk: rows)
          if sink.isComplete { chunks.takeRest() }
        }
      } catch {
        chunks.takeRest()
        throw error
      }
    }
  }
}

/// Counts the rows that come to a sink.
private final class CountingSink: RowSink {
  private let inner: any RowSink
  var count = 0

  init(_ inner: any RowSink) { self.inner = inner }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    self.count += count
    try inner.add(columns, count: count)
  }

  var isComplete: Bool { inner.isComplete }
  var heldByteCount: Int { inner.heldByteCount }
  var groupedHead: GroupedHead? { inner.groupedHead }
}

/// Collects the rows that one worker derives.
private final class WorkerSink: RowSink {
  let rows: SharedRows

  init(_ rows: SharedRows) { self.rows = rows }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    rows.add(columns, count: count)
  }

  var isComplete: Bool { rows.aside.arity == 0 && rows.aside.rowCount > 0 }
  var heldByteCount: Int { rows.heldByteCount }
}
