import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Remembers Ctrl-C, so that a running query can stop between two batches and the session live on.
public enum Interrupts {
  private static let flag = Atomic<Bool>(false)

  /// From now on an interrupt is only remembered.
  public static func watch() {
    // The flag exists before a signal can come: the handler must not be the first to touch it.
    flag.store(false, ordering: .relaxed)
    _ = signal(SIGINT) { _ in Interrupts.note() }
  }

  private static func note() { flag.store(true, ordering: .relaxed) }

  /// Whether there was an interrupt since the last `clear`.
  public static var wasRaised: Bool { flag.load(ordering: .relaxed) }

  public static func clear() { flag.store(false, ordering: .relaxed) }
}
