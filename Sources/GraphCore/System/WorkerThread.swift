#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread of the system that runs one closure.
struct WorkerThread {
  private let handle: pthread_t

  /// Musl gives a thread 128 KiB unless told otherwise; pages that are not touched cost nothing.
  private static let stackSize = 8 << 20

  /// What a new thread is to do, on its way there.
  private final class Start {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts a thread; nothing where the system has none left.
  init?(_ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    guard unsafe pthread_attr_init(&attributes) == 0 else { return nil }
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setstacksize(&attributes, Self.stackSize)
    // Signals are the main thread's: an interrupt must end its wait for a key, not ours for work.
    var all = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    let start = unsafe Unmanaged.passRetained(Start(body))
    #if canImport(Darwin)
      var created: pthread_t?
    #else
      var created = pthread_t()
    #endif
    let result = unsafe pthread_create(
      &created, &attributes,
      { argument in
        #if canImport(Darwin)
          unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
        #else
          if let argument = unsafe argument {
            unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
          }
        #endif
        return nil
      }, start.toOpaque())
    guard result == 0 else {
      unsafe start.release()
      return nil
    }
    #if canImport(Darwin)
      guard let created else { return nil }
    #endif
    handle = created
  }

  /// Waits for the thread's end.
  func join() { pthread_join(handle, nil) }
}
