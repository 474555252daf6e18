#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that go where the process is asked to end before they are finished.
///
/// Whatever the process waits for, the signal's handler removes them and lets the signal do what it does by default.
/// It does nothing that is not safe in one, and finds the names where no allocation is needed.
public enum UnfinishedFiles {
  private typealias Name = UnsafeMutablePointer<CChar>

  /// Their names, behind which there is none.
  nonisolated(unsafe) private static var names: UnsafeMutablePointer<Name?>?
  private static let signals = [SIGTERM, SIGHUP]

  /// From now on these go with the process; those that are not there are none the worse for it.
  ///
  /// - Parameter endsByInterrupt: whether Ctrl-C ends the process as well, which nobody else looks for then.
  public static func begin(_ paths: [String], endsByInterrupt: Bool = false) {
    let list = UnsafeMutablePointer<Name?>.allocate(capacity: paths.count + 1)
    for (place, path) in paths.enumerated() { unsafe (list + place).initialize(to: strdup(path)) }
    unsafe (list + paths.count).initialize(to: nil)
    unsafe names = list
    for number in signals + (endsByInterrupt ? [SIGINT] : []) {
      let former = signal(number) { number in UnfinishedFiles.remove(number) }
      // Who has the signal ignored, as `nohup` does, means it.
      if unsafe unsafeBitCast(former, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        _ = signal(number, SIG_IGN)
      }
    }
  }

  /// They are finished, or gone.
  public static func end() {
    // Whoever is in the handler reads the names to their end: they are few, and never freed.
    unsafe names = nil
  }

  private static func remove(_ number: Int32) {
    if var name = unsafe names {
      while let path = unsafe name.pointee {
        _ = unsafe unlink(path)
        unsafe name += 1
      }
    }
    _ = signal(number, SIG_DFL)
    raise(number)
  }
}
