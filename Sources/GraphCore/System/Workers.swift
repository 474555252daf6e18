import Synchronization

/// A fixed group of threads that work on one job at a time, the caller among them.
///
/// ```swift
/// let workers = Workers(count: 2)
/// try workers.run { worker in … }                         // once on each worker
/// try workers.forEachChunk(of: 1_000_000, size: 4096) { worker, rows in … }
/// ```
///
/// The threads are started by the first job that has a use for them and live as long as the group;
/// between jobs they spin shortly, because the rounds of a fixpoint follow each other closely, and
/// then sleep. Handing a job over takes a microsecond or two while they spin and some fifty while they
/// sleep, starting a thread about 35: work below a hundred microseconds is better not shared.
///
/// A group is used from one thread at a time, and a job starts no other job on the same group.
package final class Workers {
  /// How many workers there are; the caller is number 0.
  package let count: Int
  private let hall: WorkerHall
  private var threads: [WorkerThread] = []
  private var isStarted = false
  private var isBusy = false

  /// - Parameter count: at least one is made of it.
  package init(count: Int) {
    self.count = max(1, count)
    hall = WorkerHall()
  }

  deinit {
    hall.close()
    for thread in threads { thread.join() }
  }

  /// Whether a job can be started: the present one is no part of another.
  package var isFree: Bool { !isBusy }

  /// Runs `body` once for each worker and returns when all are done.
  ///
  /// Workers do not wait for one another: where the system refuses a thread, the caller takes its
  /// part after its own. If several fail, the error is that of the lowest.
  package func run<Failure: Error>(_ body: (_ worker: Int) throws(Failure) -> Void)
    throws(Failure)
  {
    if count == 1 {
      try body(0)
      return
    }
    precondition(!isBusy, "a job cannot start another one on the same workers")
    isBusy = true
    defer { isBusy = false }
    start()
    let failures = Failures<Failure>()
    withoutActuallyEscaping(body) { body in
      let job = Job { worker in
        do throws(Failure) { try body(worker) } catch { failures.note(error, of: worker) }
      }
      hall.open(job, for: threads.count)
      job.run(0)
      for missing in 1 + threads.count..<count { job.run(missing) }
      hall.waitUntilDone()
    }
    if let failure = failures.first { throw failure }
  }

  /// Hands the numbers below `total` out in chunks of `size` in ascending order, each to the worker
  /// that asks for it first. Few numbers are not shared.
  ///
  /// A worker that fails takes no more chunks; the others go on.
  package func forEachChunk<Failure: Error>(
    of total: Int, size: Int, _ body: (_ worker: Int, _ chunk: Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    let chunks = ChunkDispenser(total: total, size: size)
    if total <= size {
      if let chunk = chunks.next() { try body(0, chunk) }
      return
    }
    try run { (worker) throws(Failure) in
      while let chunk = chunks.next() { try body(worker, chunk) }
    }
  }

  /// A value for each worker, made by it: what it writes to all the time lies apart from what others write to, which two
  /// processors would otherwise take from each other by the line of their caches.
  package func make<Own>(_ make: (_ worker: Int) -> Own) -> [Own] {
    let made = Made<Own>()
    run { made.note(make($0), of: $0) }
    return made.values
  }

  private func start() {
    if isStarted { return }
    isStarted = true
    for number in 1..<count {
      guard let thread = WorkerThread({ [hall] in hall.work(as: number) }) else { return }
      threads.append(thread)
    }
  }

  /// The errors of one job, which its workers note from their threads.
  private final class Failures<Failure: Error>: @unchecked Sendable {
    private let lock = Mutex(())
    private var lowest: (worker: Int, error: Failure)?

    func note(_ error: Failure, of worker: Int) {
      lock.withLock { _ in
        if let lowest, lowest.worker < worker { return }
        lowest = (worker, error)
      }
    }

    var first: Failure? { lock.withLock { _ in lowest?.error } }
  }
}

/// What the workers of one job made.
private final class Made<Own>: @unchecked Sendable {
  private let lock = Mutex(())
  private var byWorker: [Int: Own] = [:]

  func note(_ own: Own, of worker: Int) { lock.withLock { _ in byWorker[worker] = own } }

  /// In the order of the workers.
  var values: [Own] {
    lock.withLock { _ in byWorker.sorted { $0.key < $1.key }.map(\.value) }
  }
}

/// Numbers in chunks, in their order, for whoever asks first.
package final class ChunkDispenser: Sendable {
  private let end: Int
  private let size: Int
  private let start: Atomic<Int>

  /// Chunks of `size` numbers, at least 1, of a range.
  package init(_ numbers: Range<Int>, size: Int) {
    precondition(size > 0)
    start = Atomic(numbers.lowerBound)
    end = numbers.upperBound
    self.size = size
  }

  package convenience init(total: Int, size: Int) { self.init(0..<total, size: size) }

  /// How many numbers nobody has taken yet.
  package var remaining: Int { max(end - start.load(ordering: .relaxed), 0) }

  /// Whether all chunks are taken.
  package var isEmpty: Bool { remaining == 0 }

  /// The next chunk; nothing when all are taken. The last one may be smaller.
  package func next() -> Range<Int>? {
    // Looking first keeps the counter from running away when it is asked again and again.
    guard start.load(ordering: .relaxed) < end else { return nil }
    let lower = start.wrappingAdd(size, ordering: .relaxed).oldValue
    return lower < end ? lower..<min(end, lower + size) : nil
  }

  /// Takes all chunks that nobody has taken, so that the others end with those that they have: one has failed.
  package func takeRest() { start.store(end, ordering: .relaxed) }
}

/// What the workers run next. The closure captures what it likes: the group hands it over and takes
/// it back under its own order, and waits for all before the caller goes on.
private struct Job: @unchecked Sendable {
  let run: (Int) -> Void
}

/// Where workers wait for jobs and the caller for workers.
private final class WorkerHall: @unchecked Sendable {
  /// Written by the caller while no worker is at work.
  private var job: Job?
  /// Counts the jobs; a change of it is the signal to begin.
  private let opened = Atomic<Int>(0)
  /// How many workers have not finished the present job.
  private let remaining = Atomic<Int>(0)
  private let isClosed = Atomic<Bool>(false)
  private let arrivals = ParkingPlace()
  private let departures = ParkingPlace()

  // MARK: The caller's side

  func open(_ job: Job, for workers: Int) {
    self.job = job
    remaining.store(workers, ordering: .relaxed)
    opened.wrappingAdd(1, ordering: .sequentiallyConsistent)
    arrivals.wake()
  }

  func waitUntilDone() {
    departures.wait { remaining.load(ordering: .sequentiallyConsistent) == 0 }
    job = nil
  }

  func close() {
    isClosed.store(true, ordering: .sequentiallyConsistent)
    opened.wrappingAdd(1, ordering: .sequentiallyConsistent)
    arrivals.wake()
  }

  // MARK: A worker's side

  /// Works until the hall is closed.
  func work(as worker: Int) {
    var seen = 0
    while true {
      arrivals.wait { opened.load(ordering: .sequentiallyConsistent) != seen }
      seen += 1
      if isClosed.load(ordering: .sequentiallyConsistent) { return }
      job?.run(worker)
      if remaining.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue == 0 {
        departures.wake()
      }
    }
  }
}
