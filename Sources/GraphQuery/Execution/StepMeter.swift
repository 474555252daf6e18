import GraphCore

/// Counts the rows that reach each step of a plan, and the time that each takes itself.
///
/// It is told of batches, never of rows: a run without one does not know it exists.
final class StepMeter {
  /// Rows that reach each step, and at the end those of the head.
  private(set) var rows: [Int]
  /// Time in each step without the steps behind it; the last is that of taking the head's rows.
  private(set) var nanoseconds: [UInt64]
  private var current = 0
  private var last = MonotonicClock.nanoseconds

  init(stepCount: Int) {
    rows = Array(repeating: 0, count: stepCount + 1)
    nanoseconds = Array(repeating: 0, count: stepCount + 1)
  }

  /// A batch of `count` rows reaches a step.
  func enter(_ step: Int, count: Int) {
    rows[step] += count
    resume(step)
  }

  /// So many rows reach a step, beside those of the batch that is being looked at.
  func count(_ count: Int, at step: Int) { rows[step] += count }

  /// The time from now on is that of a step.
  func resume(_ step: Int) {
    let now = MonotonicClock.nanoseconds
    nanoseconds[current] += now &- last
    last = now
    current = step
  }

  /// The time since is that of the step last named.
  func stop() { resume(current) }
}
