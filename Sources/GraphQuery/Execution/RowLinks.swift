@_spi(Columns) import GraphCore

/// Which rows are to get members from which places, together by the row that gets them.
///
/// What is found going through sources, each of which leads to rows anywhere, is taken row by row of the targets: each is
/// looked up and completed once.
final class RowLinks {
  /// The target above the source.
  private var links = Column<UInt64>()
  /// Where the links of each target begin.
  private let starts = Column<UInt32>()
  private let room = RadixSort.Room()
  /// The number of the target that comes next.
  private var cursor = 0

  var count: Int { links.count }

  var byteCount: Int { links.byteCount + starts.byteCount }

  /// Adds links from one source to some targets, but one.
  @inline(__always)
  func add(_ source: Int, to targets: Words<UInt32>, but own: Int?) {
    let start = links.count
    links.grow(by: targets.count)
    let (output, source) = (links.words, UInt64(truncatingIfNeeded: source))
    let left = own.map { UInt64($0) } ?? .max
    var end = start
    for i in 0..<targets.count {
      let target = UInt64(targets[i])
      output[end] = target << 32 | source
      end &+= target == left ? 0 : 1
    }
    links.truncate(to: end)
  }

  /// Has the links of another in place of its own, and that the other way round. O(1).
  func exchange(with other: RowLinks) { swap(&links, &other.links) }

  /// Adds those links of another of which a worker owns the targets. O(links of the other).
  func take(_ other: RowLinks, of worker: Int, among count: Int) {
    let start = links.count
    links.grow(by: other.count)
    let (output, input) = (links.words, other.links.words)
    var end = start
    for place in 0..<input.count {
      let link = input[place]
      output[end] = link
      let owner = RowTable.owner(of: UInt32(truncatingIfNeeded: link >> 32), among: count)
      end &+= owner == worker ? 1 : 0
    }
    links.truncate(to: end)
  }

  /// Brings links of one target together, and begins with the first target. O(links · digits of targets).
  func sort() {
    RadixSort.sort(links.words, from: 32, in: room)
    starts.truncate(to: 0)
    let words = links.words
    for place in 0..<words.count where place == 0 || words[place] >> 32 != words[place &- 1] >> 32 {
      starts.append(UInt32(truncatingIfNeeded: place))
    }
    cursor = 0
  }

  /// Whether there is a target that has not been taken.
  var hasMore: Bool { cursor < starts.count }

  /// Takes the next target, with the places of its links.
  func next() -> (target: Int, links: Range<Int>)? {
    guard cursor < starts.count else { return nil }
    let start = Int(starts.words[cursor])
    cursor &+= 1
    let end = cursor < starts.count ? Int(starts.words[cursor]) : links.count
    return (Int(links.words[start] >> 32), start..<end)
  }

  /// The source of a link.
  @inline(__always)
  func source(_ link: Int) -> Int { Int(UInt32(truncatingIfNeeded: links.words[link])) }

  func removeAll() {
    links.truncate(to: 0)
    starts.truncate(to: 0)
    cursor = 0
  }
}
