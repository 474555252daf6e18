import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Asks for huge pages as long as the system has them at hand.
///
/// To bring 2 MiB as one huge page takes a fifth of the time of 512 ordinary ones where the memory is there, and
/// several times theirs where a virtual machine has to get it from its host first (decision 0039). Which of them
/// holds cannot be known, but it shows: the first page of a *stretch* is touched, and where that took longer than
/// ordinary pages would, no more are asked for before many bytes have gone by.
@safe
final class HugePages: Sendable {
  static let size = 2 << 20
  /// What is asked for after one look.
  static let stretch = 8 * size
  /// So many bytes go by after a page that was dear, and twice as many after each further one, up to the longest pause:
  /// one page may be dear by chance, but where all are, looks should be few.
  static let pause = 16 << 20
  static let longestPause = 256 << 20

  /// A page may take half of what 512 ordinary ones do, four times what it takes to clear 2 MiB. A program with few
  /// large blocks does without: for it one dear page would be felt.
  static let shared = HugePages(dear: 400_000, after: 8 << 20)

  /// Nanoseconds that a page may take.
  private let dear: UInt64
  /// How many bytes are still to go by.
  private let waiting: Atomic<Int>
  /// The next pause.
  private let nextPause = Atomic(HugePages.pause)

  init(dear: UInt64, after byteCount: Int) {
    self.dear = dear
    waiting = Atomic(byteCount)
  }

  /// Asks for the pages of memory that is about to be written to and never was. It begins where a huge page does, and
  /// the last one may be used as a whole. Returns how many bytes of it will come in huge pages, if the system has any.
  @discardableResult
  func ask(for memory: UnsafeMutableRawPointer, _ byteCount: Int) -> Int {
    #if os(Linux)
      guard byteCount > 0 else { return 0 }
      let waits = waiting.load(ordering: .relaxed)
      if waits > 0 {
        waiting.store(waits - byteCount, ordering: .relaxed)
        return 0
      }
      for start in stride(from: 0, to: byteCount, by: Self.stretch) {
        let pages = unsafe memory + start
        // Where the system has none this changes nothing.
        _ = unsafe madvise(pages, Self.size, MADV_HUGEPAGE)
        let before = Self.processorTime
        unsafe pages.storeBytes(of: 0, as: UInt8.self)
        guard Self.processorTime - before <= dear else {
          let bytes = nextPause.load(ordering: .relaxed)
          waiting.store(bytes, ordering: .relaxed)
          nextPause.store(min(2 * bytes, Self.longestPause), ordering: .relaxed)
          return start + Self.size
        }
        nextPause.store(Self.pause, ordering: .relaxed)
        let length = Self.wholePages(min(Self.stretch, byteCount - start))
        _ = unsafe madvise(pages, length, MADV_HUGEPAGE)
      }
      return Self.wholePages(byteCount)
    #else
      return 0
    #endif
  }

  /// A size in whole huge pages.
  static func wholePages(_ byteCount: Int) -> Int { (byteCount + size - 1) & ~(size - 1) }

  #if os(Linux)
    /// Nanoseconds that the thread has been at work, in the system too.
    private static var processorTime: UInt64 {
      var time = timespec()
      unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
  #endif
}
