@_spi(Columns) import GraphCore

/// Sorts texts by code point: by their first eight bytes as numbers, then those that agree in these by the next
/// eight, and so on.
///
/// What agrees so far is a run. The bytes of all runs are read together, so that the accesses to far memory
/// overlap, however short the runs are.
struct TextSort {
  private let terms: TermSpace

  private struct Run: BitwiseCopyable {
    var start: UInt32
    var count: UInt32

    var places: Range<Int> { Int(start)..<Int(start) + Int(count) }
  }

  init(_ terms: TermSpace) { self.terms = terms }

  /// Sorts the ids of some texts. O(bytes in which they agree).
  func sort(_ ids: Column<UInt32>) {
    if ids.count < 2 { return }
    let keyColumn = Column<UInt64>(unspecified: ids.count)
    let room = RadixSort.Room()
    let gathering = Gathering()
    defer { keepAlive(ids, keyColumn) }
    let keys = keyColumn.words
    var runs = Column([Run(start: 0, count: UInt32(ids.count))])
    var offset = 0
    while runs.count > 0 {
      load(runs, ids.words, from: offset, into: keys, gathering)
      let ties = Column<Run>()
      for number in 0..<runs.count {
        let run = runs[number].places
        let (part, partIDs) = (
          keys.slice(run.lowerBound, run.count), ids.words.slice(run.lowerBound, run.count)
        )
        RadixSort.sort(part, with: partIDs, in: room)
        var start = 0
        for end in 1...part.count where end == part.count || part[end] != part[start] {
          if end - start > 1 {
            if part[start] & 0xFF == 0 {
              // A text that ends is followed by zeros, and agrees with one that holds them: rare, so that
              // comparing will do.
              compare(partIDs.slice(start, end - start))
            } else {
              ties.append(
                Run(start: UInt32(run.lowerBound + start), count: UInt32(end - start)))
            }
          }
          start = end
        }
      }
      runs = ties
      offset += 8
    }
  }

  private func compare(_ ids: Words<UInt32>) {
    let sorted = (0..<ids.count).map { ids[$0] }.sorted { terms.precedes($0, $1) }
    for (place, id) in sorted.enumerated() { ids[place] = id }
  }

  // MARK: Keys

  /// The texts of short runs, whose bytes are read together.
  private struct Gathering {
    let places = Column<UInt32>(minimumCapacity: Gathering.capacity)
    let ids = Column<UInt32>(minimumCapacity: Gathering.capacity)
    let keys = Column<UInt64>(unspecified: Gathering.capacity)

    static let capacity = 256
  }

  /// Runs of so many texts are read by themselves.
  private static let longRun = 64

  private func load(
    _ runs: Column<Run>, _ ids: Words<UInt32>, from offset: Int, into keys: Words<UInt64>,
    _ gathering: Gathering
  ) {
    for number in 0..<runs.count {
      let run = runs[number].places
      if run.count >= Self.longRun {
        terms.prefixes(
          of: ids.slice(run.lowerBound, run.count), from: offset,
          into: keys.slice(run.lowerBound, run.count))
        continue
      }
      for place in run {
        gathering.places.append(UInt32(truncatingIfNeeded: place))
        gathering.ids.append(ids[place])
      }
      if gathering.ids.count > Gathering.capacity - Self.longRun {
        load(gathering, from: offset, into: keys)
      }
    }
    load(gathering, from: offset, into: keys)
  }

  private func load(_ gathering: Gathering, from offset: Int, into keys: Words<UInt64>) {
    let count = gathering.ids.count
    terms.prefixes(
      of: gathering.ids.words, from: offset, into: gathering.keys.words.slice(0, count))
    for i in 0..<count { keys[Int(gathering.places[i])] = gathering.keys[i] }
    gathering.ids.truncate(to: 0)
    gathering.places.truncate(to: 0)
  }
}
