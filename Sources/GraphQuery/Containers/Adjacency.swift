@_spi(Columns) import GraphCore

/// The pairs of a complete binary relation grouped by one end: offsets and neighbours.
///
/// ```
///   offsets      0     2  2           5
///   neighbours   7  9     1  7  8             node 0: 7 9   node 1: none   node 2: 1 7 8
/// ```
final class Adjacency {
  let offsets: Column<UInt32>
  let neighbours: Column<UInt32>
  /// Whether the neighbours of each node ascend.
  let isSorted: Bool

  /// Groups the pairs `(near, far)` of `count` rows; near values are below `domain`.
  /// O(count + domain), by several workers where they are many.
  init(near: ColumnView, far: ColumnView, count: Int, domain: Int, workers: Workers? = nil) {
    let parts = Parts(of: count, domain: domain, workers)
    (offsets, neighbours) = Self.group(near, far, parts, domain: domain)
    isSorted = false
  }

  /// The same with the neighbours of each node in ascending order; far values are below
  /// `farDomain`. O(count + domain + farDomain).
  init(
    near: ColumnView, far: ColumnView, count: Int, domain: Int, sortedBelow farDomain: Int,
    workers: Workers? = nil
  ) {
    isSorted = true
    let parts = Parts(of: count, domain: max(domain, farDomain), workers)
    if Self.ascends(near, far, count: count) {
      (offsets, neighbours) = Self.group(near, far, parts, domain: domain)
      return
    }
    // Going through the transposed lists by ascending far end appends to each near end's list in
    // that order (Gustavson 1978, section 3).
    let (starts, nears) = Self.group(far, near, parts, domain: farDomain)
    defer { keepAlive(starts, nears) }
    let turned = parts.along(starts.words)
    let ends = Self.ends(
      of: ColumnView(narrow: nears.words),
      turned.map { Int(starts.words[$0.lowerBound])..<Int(starts.words[$0.upperBound]) },
      domain: domain)
    let output = Column<UInt32>(unspecified: count)
    turned.forEach { part, nodes in
      let (ends, output, sources) = (ends[part].words, output.words, nears.words)
      for y in nodes {
        for place in Int(starts.words[y])..<Int(starts.words[y &+ 1]) {
          let x = Int(sources[place])
          output[Int(ends[x])] = UInt32(truncatingIfNeeded: y)
          ends[x] &+= 1
        }
      }
    }
    (offsets, neighbours) = (Self.offsets(from: ends, domain: domain), output)
  }

  var domain: Int { offsets.count - 1 }

  var byteCount: Int { offsets.byteCount + neighbours.byteCount }

  @inline(__always)
  func row(_ x: Int) -> Words<UInt32> { view.row(x) }

  var view: View { View(offsets: offsets.words, neighbours: neighbours.words) }

  /// What loops hold that several workers run: the count of an object's owners, which each of them would change, goes
  /// from one processor to the other and back.
  struct View: BitwiseCopyable {
    let offsets: Words<UInt32>
    let neighbours: Words<UInt32>

    @inline(__always)
    func row(_ x: Int) -> Words<UInt32> {
      let start = Int(offsets[x])
      return neighbours.slice(start, Int(offsets[x &+ 1]) &- start)
    }
  }

  /// So many neighbours are near anyway.
  private static let nearSize = 1 << 16
  /// So many nodes are asked for at a time.
  static let nearGroup = 256

  /// Begins to bring near what is said of some nodes: where their neighbours are, and then the first of these.
  func bringNear(_ nodes: Words<UInt64>) {
    if neighbours.count + offsets.count <= Self.nearSize { return }
    let (offsets, neighbours) = (offsets.words, neighbours.words)
    let domain = UInt64(domain)
    for i in 0..<nodes.count { offsets.prefetch(Int(truncatingIfNeeded: nodes[i])) }
    for i in 0..<nodes.count where nodes[i] < domain {
      neighbours.prefetch(Int(offsets[Int(nodes[i])]))
    }
  }

  /// The places of all neighbours of some nodes.
  func places(of nodes: Range<Int>) -> Range<Int> {
    Int(offsets.words[nodes.lowerBound])..<Int(offsets.words[nodes.upperBound])
  }

  /// Leaves each neighbour once, and no node as its own. The neighbours must ascend. O(domain + pairs).
  func keepDistinctNeighbours() {
    var last = (node: -1, neighbour: UInt32(0))
    keepNeighbours { x, y in
      if last == (x, y) { return false }
      last = (x, y)
      return Int(y) != x
    }
  }

  /// Leaves those pairs of which `isKept` says so; it is asked in their order. O(domain + pairs).
  @inline(__always)
  func keepNeighbours(where isKept: (_ node: Int, _ neighbour: UInt32) -> Bool) {
    let (starts, output) = (offsets.words, neighbours.words)
    var (place, next) = (0, 0)
    for x in 0..<domain {
      let end = Int(starts[x &+ 1])
      starts[x] = UInt32(truncatingIfNeeded: next)
      while place < end {
        let y = output[place]
        place &+= 1
        if isKept(x, y) {
          output[next] = y
          next &+= 1
        }
      }
    }
    starts[domain] = UInt32(truncatingIfNeeded: next)
    neighbours.truncate(to: next)
  }

  // MARK: Grouping

  /// Numbers in consecutive parts, one for each worker: each counts and copies the pairs of its part, and the places
  /// of a node's pairs are handed out part by part, so that their order is that of the rows.
  private struct Parts {
    var ranges: [Range<Int>]
    private let workers: Workers?

    /// Fewer pairs and nodes are grouped before a thread has begun.
    private static let leastShared = 1 << 17

    init(of count: Int, domain: Int, _ workers: Workers?) {
      // The counts of each further worker are as many again, which has to be little beside the pairs.
      let isShared =
        workers.map { $0.count > 1 && $0.isFree } ?? false
        && count >= Parts.leastShared && domain <= 2 * count
      self.workers = isShared ? workers : nil
      let parts = isShared ? workers?.count ?? 1 : 1
      ranges = (0..<parts).map { count * $0 / parts..<count * ($0 + 1) / parts }
    }

    /// Parts of the nodes whose lists start so; their lists are of about one length.
    func along(_ starts: Words<UInt32>) -> Parts {
      var result = self
      let bounds = ranges.dropFirst().map {
        starts.firstPlace(notBelow: UInt32(truncatingIfNeeded: $0.lowerBound))
      }
      let ends = bounds + [starts.count - 1]
      result.ranges = zip([0] + bounds, ends).map { min($0, $1)..<$1 }
      return result
    }

    func map(_ transform: (Range<Int>) -> Range<Int>) -> Parts {
      var result = self
      result.ranges = ranges.map(transform)
      return result
    }

    /// Calls `body` once for each part, on its worker.
    func forEach(_ body: (_ part: Int, _ numbers: Range<Int>) -> Void) {
      guard let workers else { return body(0, ranges[0]) }
      workers.run { body($0, ranges[$0]) }
    }
  }

  private static func group(
    _ near: ColumnView, _ far: ColumnView, _ parts: Parts, domain: Int
  ) -> (Column<UInt32>, Column<UInt32>) {
    let ends = Self.ends(of: near, parts, domain: domain)
    let count = parts.ranges.last?.upperBound ?? 0
    let neighbours = Column<UInt32>(unspecified: count)
    parts.forEach { part, rows in
      let (ends, output) = (ends[part].words, neighbours.words)
      for row in rows {
        let x = Int(near[row])
        output[Int(ends[x])] = UInt32(truncatingIfNeeded: far[row])
        ends[x] &+= 1
      }
    }
    return (offsets(from: ends, domain: domain), neighbours)
  }

  /// Where the pairs of each node that are in a part are to begin, for each part; behind the last node there is room for
  /// one more offset.
  private static func ends(of near: ColumnView, _ parts: Parts, domain: Int) -> [Column<UInt32>] {
    let counts = parts.ranges.map { _ in Column<UInt32>(minimumCapacity: domain + 1) }
    parts.forEach { part, rows in
      counts[part].growZeroed(by: domain + 1)
      let words = counts[part].words
      for row in rows { words[Int(near[row])] &+= 1 }
    }
    var sum: UInt32 = 0
    let all = Column(counts.map(\.words))
    defer { keepAlive(all) }
    for x in 0...domain {
      for part in 0..<all.count {
        let size = all.words[part][x]
        all.words[part][x] = sum
        sum &+= size
      }
    }
    return counts
  }

  /// Where the list of each node starts, of where the lists of each part ended; the last entry is the number of pairs.
  private static func offsets(from ends: [Column<UInt32>], domain: Int) -> Column<UInt32> {
    // Filling moved each start to its list's end, which is where the next one starts.
    let last = ends[ends.count - 1]
    let words = last.words
    for x in stride(from: domain, to: 0, by: -1) { words[x] = words[x &- 1] }
    words[0] = 0
    return last
  }

  private static func ascends(_ near: ColumnView, _ far: ColumnView, count: Int) -> Bool {
    for row in 1..<max(count, 1) {
      if near[row] < near[row &- 1] { return false }
      if near[row] == near[row &- 1] && far[row] < far[row &- 1] { return false }
    }
    return true
  }
}
