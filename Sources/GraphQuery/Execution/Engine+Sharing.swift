import GraphCore

/// Which rules are run by several workers.
extension Engine {
  /// Derives rows, by several workers where that may be worth it, and notes how long it took.
  func derive(
    _ prepared: RunnableRule, _ rule: CoreRule, into head: Relation, _ way: Insertion,
    _ workers: Workers
  ) throws(EngineFailure) {
    let start = MonotonicClock.nanoseconds
    let shared = shared(prepared, rule)
    let rows = prepared.rowCount
    if let shared {
      try shared.run(workers, into: head, way, startsTogether: SharedRule.isLong(prepared))
    } else {
      try execute(prepared.execution, into: way.sink(into: head), nil)
    }
    let time = Int64(clamping: MonotonicClock.nanoseconds &- start)
    prepared.lastRun = (rows, .nanoseconds(time))
  }

  /// The rule for several workers, where there are some and it may have enough to do. Whoever has it derive rows, and
  /// not groups, makes sure that the head keeps each.
  func shared(_ prepared: RunnableRule, _ rule: CoreRule) -> SharedRule? {
    let execution = prepared.execution
    prepared.rowCount = 0
    guard let workers, workers.count > 1, relations[rule.head.index].choices == nil,
      let scan = execution.sharedScan(readsTexts: terms.isShareable)
    else { return nil }
    prepared.rowCount = execution.rowsToShare(scan)
    // Who wants few rows to be shared wants all rules to be.
    let isEager = shareThreshold < SharedRule.defaultThreshold
    guard isEager ? prepared.rowCount >= shareThreshold : SharedRule.isWorthALook(prepared) else {
      return nil
    }
    if prepared.shared?.scan != scan {
      prepared.shared = SharedRule(
        execution, scan, head: rule.head, terms: terms, limits: limits, span: rule.span,
        workers: workers, rooms: rooms, sharesFrom: isEager ? .zero : SharedRule.defaultRest)
    }
    return prepared.shared
  }
}
