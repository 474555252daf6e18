import Synchronization

/// Where columns lie that are unpacked one after the other and stay: side by side in huge pages.
///
/// A page of 4 KiB that is new to the process takes longer to get than to be filled with what is unpacked, and the
/// columns of most tables are too small for huge pages of their own. Here a column begins where the one before
/// ended:
///
/// ```
///  run of pages  │ sources │ targets │ names of the table at hand │        what is given back from the end on
///                                    ▲ the next column                     is used again
/// ```
///
/// The first columns lie in the heap: a small graph takes no huge page. Several threads may ask.
final class ColumnPages: @unchecked Sendable {
  /// So many bytes are taken from the heap before there are pages.
  static let heapLimit = 1 << 20

  private let lock = Mutex(())
  private var heapBytes = 0
  private var run: PageRun?

  /// An empty column with room for so many elements.
  func column<Element: BitwiseCopyable>(minimumCapacity: Int) -> Column<Element> {
    guard let (run, start) = place(for: minimumCapacity * MemoryLayout<Element>.stride) else {
      return Column(minimumCapacity: minimumCapacity)
    }
    return unsafe Column(
      base: (run.base + start).bindMemory(to: Element.self, capacity: minimumCapacity),
      capacity: minimumCapacity, in: run)
  }

  /// Takes a place in pages, if a column of so many bytes is to lie there.
  private func place(for byteCount: Int) -> (PageRun, Int)? {
    // A larger one has huge pages of its own.
    guard byteCount > 0, byteCount < Memory.largeBlock else { return nil }
    return lock.withLock { _ in
      heapBytes += byteCount
      if heapBytes <= ColumnPages.heapLimit { return nil }
      if let run, let start = run.take(byteCount) { return (run, start) }
      let next = PageRun()
      run = next
      return next.take(byteCount).map { (next, $0) }
    }
  }

  /// A column of so many elements, which hold anything until they are set.
  func column<Element: BitwiseCopyable>(unspecified count: Int) -> Column<Element> {
    let result: Column<Element> = column(minimumCapacity: count)
    result.grow(by: count)
    return result
  }
}

/// A run of huge pages that columns share. Each holds it, so that it lasts as long as the last of them.
@usableFromInline
@safe
final class PageRun: @unchecked Sendable {
  private static let size = 32 << 20
  /// What blocks begin at a multiple of.
  private static let alignment = 64

  let base: UnsafeMutableRawPointer
  /// Columns may be released by any thread.
  private let state = Mutex(State())

  private struct State {
    /// How many bytes are taken, with what has been taken back between them.
    var used = 0
    /// For so many bytes huge pages have been asked: a run is seldom used to its end, and a pause of `HugePages`
    /// would refuse it as a whole.
    var asked = 0
    /// What has been taken back before the last block that is in use: where a hole begins, by its end.
    var holes: [Int: Int] = [:]
    /// Holes whose memory has not been given back, because their like may soon be taken again.
    var warm: [Range<Int>] = []
    /// Whether a block has found no room.
    var isFull = false
  }

  init() { unsafe base = Memory.reserve(PageRun.size) }

  deinit { unsafe Memory.release(base, PageRun.size) }

  /// Where a block begins that is taken, unless the run is too full for it.
  func take(_ byteCount: Int) -> Int? {
    let size = PageRun.roundedUp(byteCount)
    return state.withLock { state in
      // Others lie behind these holes from now on.
      for hole in state.warm where state.holes[hole.upperBound] == hole.lowerBound { discard(hole) }
      state.warm = []
      guard size <= PageRun.size - state.used else {
        state.isFull = true
        return nil
      }
      let start = state.used
      state.used += size
      let end = HugePages.wholePages(state.used)
      if end > state.asked {
        unsafe HugePages.shared.ask(for: base + state.asked, end - state.asked)
        state.asked = end
      }
      return start
    }
  }

  /// Takes the block of a column back. What lies behind all others is used again, with the holes before it.
  @usableFromInline
  func takeBack(_ block: UnsafeMutableRawPointer, _ byteCount: Int) {
    let start = unsafe block - base
    let hole = start..<start + PageRun.roundedUp(byteCount)
    state.withLock { state in
      if hole.upperBound == state.used {
        state.used = hole.lowerBound
        while let start = state.holes.removeValue(forKey: state.used) { state.used = start }
      } else {
        state.holes[hole.upperBound] = hole.lowerBound
        if state.isFull { discard(hole) } else { state.warm.append(hole) }
      }
    }
  }

  private func discard(_ hole: Range<Int>) {
    unsafe Memory.discard(base + hole.lowerBound, hole.count)
  }

  private static func roundedUp(_ byteCount: Int) -> Int {
    (byteCount + alignment - 1) & ~(alignment - 1)
  }
}
