import Synchronization

/// Where the buckets of a dictionary begin and with which bytes, worked out when so much has been asked
/// for without it that it pays. It is read without counting references.
final class DictionaryHeads: Sendable {
  /// Where each bucket begins, and the end of the last.
  struct Starts: BitwiseCopyable {
    fileprivate let places: Words<UInt64>

    /// The bytes of a bucket; `nil` if there is no such bucket. O(1).
    @inline(__always)
    func range(of bucket: Int) -> (start: UInt64, end: UInt64)? {
      guard bucket >= 0, bucket &+ 1 < places.count else { return nil }
      return (places[bucket], places[bucket &+ 1])
    }
  }

  /// The first eight bytes of each bucket's first text, as numbers that order as they do.
  ///
  /// A search goes through every 256th of them, which stay in the nearest cache, then through every
  /// sixteenth and each between two of the former: two cache lines each.
  struct Prefixes: BitwiseCopyable {
    fileprivate let all: Words<UInt64>
    /// Every sixteenth, and every sixteenth of these.
    fileprivate let landmarks: Words<UInt64>
    fileprivate let farLandmarks: Words<UInt64>
    fileprivate static let step = 16

    /// The buckets whose first text begins with a prefix; where there are none, an empty range that
    /// begins at the first bucket behind it. O(log buckets).
    func range(of prefix: UInt64) -> Range<Int> {
      let first = lowerBound(prefix)
      let isAlone = first == all.count || all[first] != prefix
      if isAlone { return first..<first }
      return first..<(prefix == .max ? all.count : lowerBound(prefix + 1))
    }

    @inline(__always)
    private func lowerBound(_ limit: UInt64) -> Int {
      let far = farLandmarks.firstPlace(notBelow: limit)
      guard far > 0 else { return 0 }
      let near = Prefixes.place(inStep: far &- 1, of: landmarks, notBelow: limit)
      return Prefixes.place(inStep: near &- 1, of: all, notBelow: limit)
    }

    @inline(__always)
    private static func place(
      inStep number: Int, of words: Words<UInt64>, notBelow limit: UInt64
    ) -> Int {
      let start = number &* step
      let near = words.slice(start, min(step, words.count &- start))
      return start &+ near.firstPlace(notBelow: limit)
    }
  }

  private let knownStarts = Kept<Starts>()
  private let knownPrefixes = Kept<Prefixes>()
  private let readings = Atomic<Int>(0)
  private let searches = Atomic<Int>(0)

  /// The starts, if they have been worked out.
  @inline(__always)
  var starts: Starts? { knownStarts.value }

  /// The prefixes, if they have been worked out.
  @inline(__always)
  var prefixes: Prefixes? { knownPrefixes.value }

  /// Counts a look at a bucket whose start had to be decoded; works the starts out where it pays.
  func countReading(ofBuckets buckets: Int, _ make: () -> Column<UInt64>?) {
    // Reading one decodes half a block of 128 of them.
    guard readings.wrappingAdd(1, ordering: .relaxed).newValue * 32 > buckets, let made = make()
    else { return }
    knownStarts.keep(Starts(places: made.words), of: [made])
  }

  /// Counts a search through the buckets themselves; works the prefixes out where it pays.
  func countSearch(inBuckets buckets: Int, _ make: () -> Column<UInt64>) {
    // A search reads some twenty buckets.
    guard searches.wrappingAdd(1, ordering: .relaxed).newValue * 32 > buckets else { return }
    let all = make()
    let landmarks = DictionaryHeads.everySixteenth(of: all)
    let far = DictionaryHeads.everySixteenth(of: landmarks)
    knownPrefixes.keep(
      Prefixes(all: all.words, landmarks: landmarks.words, farLandmarks: far.words),
      of: [all, landmarks, far])
  }

  private static func everySixteenth(of column: Column<UInt64>) -> Column<UInt64> {
    let result = Column<UInt64>(minimumCapacity: column.count / Prefixes.step + 1)
    for place in stride(from: 0, to: column.count, by: Prefixes.step) {
      result.append(column[place])
    }
    return result
  }
}

/// Views of columns that whoever comes first works out, and that are then read without a reference
/// being counted.
private final class Kept<View: BitwiseCopyable>: @unchecked Sendable {
  /// The address of the view; 0 where it has not been worked out.
  private let address = Atomic<UInt>(0)
  private let owners = AtomicLazyReference<Owner>()

  @safe
  private final class Owner: @unchecked Sendable {
    let columns: [Column<UInt64>]
    let view: UnsafeMutablePointer<View>

    init(_ view: View, _ columns: [Column<UInt64>]) {
      self.columns = columns
      unsafe self.view = .allocate(capacity: 1)
      unsafe self.view.initialize(to: view)
    }

    deinit { unsafe view.deallocate() }
  }

  @inline(__always)
  var value: View? {
    let place = address.load(ordering: .acquiring)
    return unsafe UnsafePointer<View>(bitPattern: place)?.pointee
  }

  func keep(_ view: View, of columns: [Column<UInt64>]) {
    let owner = owners.storeIfNil(Owner(view, columns))
    address.store(unsafe UInt(bitPattern: owner.view), ordering: .releasing)
  }
}
