import GraphCore
import Synchronization

/// Stops a running query from another thread or a signal handler.
///
/// ```swift
/// let token = CancelToken()
/// let session = QuerySession(cancelToken: token)
/// // elsewhere:
/// token.cancel()
/// ```
///
/// What runs looks at it between two batches, ends with the error `interrupted`, and has changed
/// nothing.
public final class CancelToken: Sendable {
  private let flag = Atomic<Bool>(false)
  private let followsInterrupts: Bool

  /// - Parameter followsInterrupts: whether Ctrl-C cancels too, once `Interrupts.watch` was called.
  public init(followsInterrupts: Bool = false) { self.followsInterrupts = followsInterrupts }

  /// Asks what runs to stop. It stays asked until `reset`, which the next statement calls when it
  /// begins.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  /// Forgets that somebody has asked, Ctrl-C included.
  public func reset() {
    flag.store(false, ordering: .relaxed)
    if followsInterrupts { Interrupts.clear() }
  }

  /// Whether somebody has asked since the last `reset`.
  public var isCancelled: Bool {
    flag.load(ordering: .relaxed) || (followsInterrupts && Interrupts.wasRaised)
  }
}

/// What a query may use before it is stopped.
public struct QueryLimits: Sendable {
  /// Seconds of running time.
  public var timeout: Double?
  /// Bytes held by relations, their indexes and the texts that were read or made; where nothing is said,
  /// nine tenths of what the machine has, so that a query that cannot be held is stopped and the
  /// process lives on.
  public var memory: Int?
  /// When the time began to run; where absent, each query begins anew.
  private(set) var start: UInt64?

  /// Limits in seconds and in bytes.
  public init(timeout: Double? = nil, memory: Int? = nil) {
    self.timeout = timeout
    self.memory = memory
  }

  /// From now on the time runs for all that is done, reading and writing included.
  public mutating func startClock() { start = MonotonicClock.nanoseconds }
}

/// Watches the limits of one run. Checked between batches, so it costs nothing per row.
final class LimitGuard {
  private var deadline: UInt64?
  private var timeout: Double
  private var memory: Int
  private let token: CancelToken?
  private(set) var monitor: ProgressMonitor?
  /// What was going on when a limit was reached.
  private let work: String
  /// The texts and records that count as held.
  private let terms: TermSpace?

  /// The same limits, told to nobody.
  var withoutMonitor: LimitGuard { LimitGuard(unwatched: self) }

  private init(unwatched other: LimitGuard) {
    (deadline, timeout, memory) = (other.deadline, other.timeout, other.memory)
    (token, work, terms) = (other.token, other.work, other.terms)
    monitor = nil
  }

  init(
    _ limits: QueryLimits, token: CancelToken?, monitor: ProgressMonitor? = nil,
    work: String = "this rule was running", terms: TermSpace? = nil
  ) {
    self.terms = terms
    self.work = work
    self.token = token
    (timeout, memory) = (0, 0)
    restart(limits, monitor: monitor)
  }

  /// Begins anew with other limits, for a run of the same program.
  func restart(_ limits: QueryLimits, monitor: ProgressMonitor?) {
    timeout = limits.timeout ?? 0
    deadline = limits.timeout.map { MonotonicClock.moment(after: $0, from: limits.start) }
    memory = limits.memory ?? Self.defaultMemory
    self.monitor = monitor
  }

  private static let defaultMemory = ProcessControl.physicalMemory / 10 * 9

  /// Stops a run that took too long or was cancelled, and tells whoever waits.
  func checkTime(_ span: SourceSpan?) throws(EngineFailure) {
    monitor?.comeBy()
    if let token, token.isCancelled {
      throw EngineFailure(.interrupted, "interrupted", at: nil)
    }
    if let deadline, MonotonicClock.nanoseconds > deadline {
      throw EngineFailure(
        .limitReached, "the query took longer than \(timeout) s", at: span,
        help: "\(work); allow more with `--timeout`")
    }
  }

  /// A number of bytes in the largest unit that it is a whole number of, as it was given.
  private static func size(_ bytes: Int) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")]
    for (shift, unit) in units where bytes > 0 && bytes & (1 << shift - 1) == 0 {
      return "\(bytes >> shift) \(unit)"
    }
    return bytes < 1 << 20 ? "\(bytes) byte\(bytes == 1 ? "" : "s")" : "\(bytes >> 20) MiB"
  }

  /// How many more bytes may be held beside these.
  func memoryLeft(held: Int) -> Int { max(0, memory - held - (terms?.byteCount ?? 0)) }

  func checkMemory(held: Int, _ span: SourceSpan) throws(EngineFailure) {
    if let terms, terms.isNearlyFull { throw .fullOfTexts(at: span) }
    guard held + (terms?.byteCount ?? 0) > memory else { return }
    throw EngineFailure(
      .limitReached, "the query holds more than \(Self.size(memory))", at: span,
      help: "\(work); allow more with `--memory-limit`")
  }
}
