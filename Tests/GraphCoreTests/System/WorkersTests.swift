import Synchronization
import Testing

@testable import GraphCore

@Suite struct WorkersTests {
  @Test(arguments: [1, 2, 5]) func everyWorkerTakesPart(count: Int) {
    let workers = Workers(count: count)
    for _ in 0..<200 {
      let calls = Mutex([Int](repeating: 0, count: count))
      workers.run { worker in calls.withLock { $0[worker] += 1 } }
      #expect(calls.withLock { $0 } == [Int](repeating: 1, count: count))
    }
  }

  @Test func workersSleepBetweenJobsAndWakeAgain() {
    let workers = Workers(count: 2)
    let sum = Atomic<Int>(0)
    for _ in 0..<5 {
      workers.run { sum.wrappingAdd($0 + 1, ordering: .relaxed) }
      // Far longer than they spin.
      let start = MonotonicClock.nanoseconds
      while MonotonicClock.nanoseconds < start + 2_000_000 {}
    }
    #expect(sum.load(ordering: .relaxed) == 15)
  }

  @Test func jobsAreDoneWhenRunReturns() {
    let workers = Workers(count: 3)
    var parts = [0, 0, 0]
    for round in 1...2_000 {
      let results = Mutex(parts)
      workers.run { worker in results.withLock { $0[worker] = round } }
      parts = results.withLock { $0 }
      #expect(parts == [round, round, round])
    }
  }

  @Test(arguments: [0, 1, 999, 1000, 1001, 54_321]) func chunksCoverEachNumberOnce(total: Int) {
    let workers = Workers(count: 4)
    let seen = Mutex([Range<Int>]())
    workers.forEachChunk(of: total, size: 1000) { _, chunk in seen.withLock { $0.append(chunk) } }
    let chunks = seen.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
    #expect(chunks.count == (total + 999) / 1000)
    var next = 0
    for chunk in chunks {
      #expect(chunk.lowerBound == next && !chunk.isEmpty && chunk.count <= 1000)
      next = chunk.upperBound
    }
    #expect(next == total)
  }

  private struct Failure: Error, Equatable {
    let worker: Int
  }

  @Test func theLowestFailureIsThrownAfterAllAreDone() {
    let workers = Workers(count: 4)
    let finished = Atomic<Int>(0)
    #expect(throws: Failure(worker: 1)) {
      try workers.run { worker in
        defer { finished.wrappingAdd(1, ordering: .relaxed) }
        if worker > 0 { throw Failure(worker: worker) }
      }
    }
    #expect(finished.load(ordering: .relaxed) == 4)
    workers.run { _ in finished.wrappingAdd(1, ordering: .relaxed) }
    #expect(finished.load(ordering: .relaxed) == 8)
  }

  @Test func aGroupThatNeverWorkedIsGivenUpQuietly() {
    for _ in 0..<100 { _ = Workers(count: 64) }
  }

  @Test func thereIsAProcessor() { #expect(ProcessControl.processorCount >= 1) }
}
