import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where threads wait until something holds: first spinning, then asleep.
///
/// Whoever makes it hold does so with a sequentially consistent store and then calls `wake`; the
/// condition reads with the same order. Then either the sleeper sees the store, or the waker sees
/// the sleeper.
@safe
final class ParkingPlace: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private let sleepers = Atomic<Int>(0)

  /// How long a waiting thread spins: longer than a short pause between two rounds, shorter than
  /// what putting it to sleep and waking it costs.
  private static let spinNanoseconds: UInt64 = 20_000

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    // With default attributes neither can fail on the systems there are.
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Returns when the condition holds.
  func wait(until holds: () -> Bool) {
    let start = MonotonicClock.nanoseconds
    repeat {
      for _ in 0..<256 where holds() { return }
    } while MonotonicClock.nanoseconds &- start < Self.spinNanoseconds
    unsafe pthread_mutex_lock(mutex)
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while !holds() { unsafe pthread_cond_wait(condition, mutex) }
    sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    unsafe pthread_mutex_unlock(mutex)
  }

  /// Wakes whoever sleeps, to look again.
  func wake() {
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    unsafe pthread_mutex_lock(mutex)
    unsafe pthread_cond_broadcast(condition)
    unsafe pthread_mutex_unlock(mutex)
  }
}
