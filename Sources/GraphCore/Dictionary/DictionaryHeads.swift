import Synchronization

/// Where the buckets of a dictionary begin and with which bytes, worked out when so much has been asked
/// for without it that it pays.
final class DictionaryHeads: Sendable {
  /// Where each bucket begins, and the end of the last.
  final class Starts: @unchecked Sendable {
    private let places: Column<UInt64>

    init(_ places: Column<UInt64>) { self.places = places }

    /// The bytes of a bucket; `nil` if there is no such bucket. O(1).
    @inline(__always)
    func range(of bucket: Int) -> (start: UInt64, end: UInt64)? {
      let words = places.words
      guard bucket >= 0, bucket &+ 1 < words.count else { return nil }
      return (words[bucket], words[bucket &+ 1])
    }
  }

  /// The first eight bytes of each bucket's first text, as numbers that order as they do.
  ///
  /// A search goes through every sixteenth of them, which are few enough to stay in the cache, then
  /// through two cache lines.
  final class Prefixes: @unchecked Sendable {
    private let all: Column<UInt64>
    private let landmarks: Column<UInt64>
    private static let step = 16

    init(_ prefixes: Column<UInt64>) {
      all = prefixes
      landmarks = Column(minimumCapacity: prefixes.count / Prefixes.step + 1)
      for place in stride(from: 0, to: prefixes.count, by: Prefixes.step) {
        landmarks.append(prefixes[place])
      }
    }

    /// The buckets whose first text begins with a prefix; where there are none, an empty range that
    /// begins at the first bucket behind it. O(log buckets).
    func range(of prefix: UInt64) -> Range<Int> {
      let first = lowerBound(prefix)
      let isAlone = first == all.count || all[first] != prefix
      if isAlone { return first..<first }
      return first..<(prefix == .max ? all.count : lowerBound(prefix + 1))
    }

    private func lowerBound(_ limit: UInt64) -> Int {
      let landmark = Prefixes.lowerBound(landmarks.words, limit)
      guard landmark > 0 else { return 0 }
      let first = (landmark - 1) * Prefixes.step
      let part = all.words.slice(first, min(Prefixes.step, all.count - first))
      return first + Prefixes.lowerBound(part, limit)
    }

    /// How many of some numbers that ascend are below a limit, without branches that depend on them.
    @inline(__always)
    private static func lowerBound(_ words: Words<UInt64>, _ limit: UInt64) -> Int {
      var first = 0
      var rest = words.count
      while rest > 1 {
        let half = rest >> 1
        first &+= words[first &+ half &- 1] < limit ? half : 0
        rest &-= half
      }
      return rest == 1 && words[first] < limit ? first &+ 1 : first
    }
  }

  private let knownStarts = AtomicLazyReference<Starts>()
  private let knownPrefixes = AtomicLazyReference<Prefixes>()
  private let readings = Atomic<Int>(0)
  private let searches = Atomic<Int>(0)

  /// The starts, or `nil` while decoding some of them is good enough.
  @inline(__always)
  func starts(ifWorth buckets: Int, _ make: () -> Column<UInt64>?) -> Starts? {
    if let known = knownStarts.load() { return known }
    // Reading one decodes half a block of 128 of them.
    guard readings.wrappingAdd(1, ordering: .relaxed).newValue * 32 > buckets, let made = make()
    else { return nil }
    return knownStarts.storeIfNil(Starts(made))
  }

  /// The prefixes, or `nil` while a search through the buckets themselves is good enough.
  func prefixes(ifWorth buckets: Int, _ make: () -> Column<UInt64>) -> Prefixes? {
    if let known = knownPrefixes.load() { return known }
    // A search reads some twenty buckets.
    guard searches.wrappingAdd(1, ordering: .relaxed).newValue * 32 > buckets else { return nil }
    return knownPrefixes.storeIfNil(Prefixes(make()))
  }
}
