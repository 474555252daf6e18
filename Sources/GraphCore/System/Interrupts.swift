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
  private static let isWatchedOnce = Atomic<Bool>(false)

  /// From now on an interrupt is only remembered.
  public static func watch() {
    // The flag exists before a signal can come: the handler must not be the first to touch it.
    flag.store(false, ordering: .relaxed)
    _ = signal(SIGINT) { _ in Interrupts.note() }
  }

  /// Until `release` one interrupt is only remembered, and the next ends the process as one without a watch
  /// does. Where interrupts are ignored, as those of jobs in the background are, they stay so.
  public static func watchOnce() {
    flag.store(false, ordering: .relaxed)
    let before = signal(SIGINT) { _ in
      Interrupts.note()
      _ = signal(SIGINT, SIG_DFL)
    }
    if unsafe unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
      _ = signal(SIGINT, SIG_IGN)
    } else {
      isWatchedOnce.store(true, ordering: .relaxed)
    }
  }

  /// Ends what `watchOnce` began; what was remembered stays so.
  public static func release() {
    guard isWatchedOnce.exchange(false, ordering: .relaxed) else { return }
    _ = signal(SIGINT, SIG_DFL)
  }

  private static func note() { flag.store(true, ordering: .relaxed) }

  /// Whether there was an interrupt since the last `clear`.
  public static var wasRaised: Bool { flag.load(ordering: .relaxed) }

  /// Forgets the interrupt that was remembered.
  public static func clear() { flag.store(false, ordering: .relaxed) }
}
