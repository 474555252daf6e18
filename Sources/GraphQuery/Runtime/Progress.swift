public import GraphCore
import Synchronization

/// What a running query is doing, for somebody who waits for it.
public struct QueryProgress: Sendable {
  /// The stratum that is computed, from 1, and how many there are.
  public var stratum = 0
  public var stratumCount = 0
  /// The round of a recursion, from 1; 0 outside of one.
  public var round = 0
  /// Rows that the last finished round added.
  public var newRowCount = 0
  /// Rows of all relations that rules define, as of the last time anybody counted.
  public var rowCount = 0
  /// Bytes that these relations and their indexes hold.
  public var byteCount = 0
  /// The rule that has taken the most time so far, and how much, in seconds.
  public var slowestRule: SourceSpan?
  public var slowestSeconds = 0.0
  /// Seconds since the run began.
  public var seconds = 0.0

  public init() {}
}

/// Collects what a run does and tells it now and then.
///
/// The engine notes rounds and rules as they begin, which costs nothing per row, and comes by
/// between batches; the first report is made after `delay` seconds, further ones every tenth of a
/// second. Workers may come by as well: whoever is first when a report is due makes it.
package final class ProgressMonitor: Sendable {
  package typealias Report = @Sendable (QueryProgress) -> Void

  private struct State {
    var progress = QueryProgress()
    var rule: SourceSpan?
    var ruleStart: UInt64 = 0
    var nanosecondsOfRules: [SourceSpan: UInt64] = [:]
    /// When the run began.
    var start = MonotonicClock.nanoseconds

    mutating func change(to next: SourceSpan?, _ now: UInt64) {
      if let rule { nanosecondsOfRules[rule, default: 0] &+= now &- ruleStart }
      (rule, ruleStart) = (next, now)
    }
  }

  private static let interval: UInt64 = 100_000_000
  private let due: Atomic<UInt64>
  private let sizeDue = Atomic<UInt64>(0)
  private let state = Mutex(State())
  private let report: Report?

  package init(delay: Double = 0.5, report: Report?) {
    self.report = report
    due = Atomic(report == nil ? .max : MonotonicClock.moment(after: delay))
  }

  /// Whether somebody is told how the run gets on.
  var reports: Bool { report != nil }

  /// Begins anew, where nobody waits for reports.
  func restart() {
    state.withLock {
      $0.progress = QueryProgress()
      $0.rule = nil
      $0.nanosecondsOfRules.removeAll(keepingCapacity: true)
      $0.start = MonotonicClock.nanoseconds
    }
  }

  /// What is known now.
  package var progress: QueryProgress {
    let now = MonotonicClock.nanoseconds
    return state.withLock { snapshot(&$0, now) }
  }

  // MARK: What the engine notes

  /// Notes that a stratum begins, both numbers from 1.
  package func begin(stratum: Int, of count: Int) {
    state.withLock {
      ($0.progress.stratum, $0.progress.stratumCount) = (stratum, count)
      ($0.progress.round, $0.progress.newRowCount) = (0, 0)
    }
  }

  /// Notes that a round begins, and what the one before it has added.
  package func begin(round: Int, newRows: Int) {
    state.withLock { ($0.progress.round, $0.progress.newRowCount) = (round, newRows) }
  }

  /// The rule that was running before, if one was, ends here.
  package func begin(rule: SourceSpan) {
    let now = MonotonicClock.nanoseconds
    state.withLock { $0.change(to: rule, now) }
  }

  /// Begins some rounds in which nobody looks which rule of a recursion is running: their time is that of the rule that
  /// has taken the most so far.
  package func begin(roundsOf rules: [SourceSpan]) {
    let now = MonotonicClock.nanoseconds
    state.withLock {
      let times = $0.nanosecondsOfRules
      $0.change(to: rules.max { times[$0, default: 0] < times[$1, default: 0] }, now)
    }
  }

  /// Notes that no rule is running.
  package func endRule() {
    let now = MonotonicClock.nanoseconds
    state.withLock { $0.change(to: nil, now) }
  }

  /// Whether what is known of the relations' size is old, so that they should be counted.
  package var wantsSize: Bool {
    report != nil && MonotonicClock.nanoseconds >= sizeDue.load(ordering: .relaxed)
  }

  /// Takes what the relations of the run hold now, which is counted anew a tenth of a second later.
  package func note(rows: Int, bytes: Int) {
    sizeDue.store(MonotonicClock.nanoseconds &+ Self.interval, ordering: .relaxed)
    state.withLock { ($0.progress.rowCount, $0.progress.byteCount) = (rows, bytes) }
  }

  /// Makes a report if one is due.
  package func comeBy() {
    let time = due.load(ordering: .relaxed)
    guard time != .max else { return }
    let now = MonotonicClock.nanoseconds
    guard now >= time,
      due.compareExchange(
        expected: time, desired: now &+ Self.interval, ordering: .relaxed
      ).exchanged
    else { return }
    report?(state.withLock { snapshot(&$0, now) })
  }

  private func snapshot(_ state: inout State, _ now: UInt64) -> QueryProgress {
    var progress = state.progress
    progress.seconds = Double(now &- state.start) / 1e9
    var times = state.nanosecondsOfRules
    if let rule = state.rule { times[rule, default: 0] &+= now &- state.ruleStart }
    if let slowest = times.max(by: { ($0.value, $1.key.lower) < ($1.value, $0.key.lower) }) {
      progress.slowestRule = slowest.key
      progress.slowestSeconds = Double(slowest.value) / 1e9
    }
    return progress
  }
}
