#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Time that never goes back, for durations and deadlines.
public enum MonotonicClock {
  /// Nanoseconds since some fixed moment.
  public static var nanoseconds: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }

  /// The moment so many seconds after another, or after now: no later than thirty years, and no earlier
  /// than the other.
  package static func moment(after seconds: Double, from start: UInt64? = nil) -> UInt64 {
    // What is no number waits for nothing.
    let wait = seconds > 0 ? min(seconds, 1e9) : 0
    return (start ?? nanoseconds) &+ UInt64(wait * 1e9)
  }
}
