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
  /// O(count + domain).
  init(near: ColumnView, far: ColumnView, count: Int, domain: Int) {
    (offsets, neighbours) = Self.group(near, far, count: count, domain: domain)
    isSorted = false
  }

  /// The same with the neighbours of each node in ascending order; far values are below
  /// `farDomain`. O(count + domain + farDomain).
  init(near: ColumnView, far: ColumnView, count: Int, domain: Int, sortedBelow farDomain: Int) {
    isSorted = true
    if Self.ascends(near, far, count: count) {
      (offsets, neighbours) = Self.group(near, far, count: count, domain: domain)
      return
    }
    // Going through the transposed lists by ascending far end appends to each near end's list in
    // that order (Gustavson 1978, section 3).
    let (starts, nears) = Self.group(far, near, count: count, domain: farDomain)
    defer { keepAlive(starts, nears) }
    offsets = Self.offsets(of: near, count: count, domain: domain)
    neighbours = Column(minimumCapacity: count)
    neighbours.grow(by: count)
    let (ends, output, sources) = (offsets.words, neighbours.words, nears.words)
    for y in 0..<farDomain {
      for place in Int(starts.words[y])..<Int(starts.words[y &+ 1]) {
        let x = Int(sources[place])
        output[Int(ends[x])] = UInt32(truncatingIfNeeded: y)
        ends[x] &+= 1
      }
    }
    Self.shift(ends, domain: domain)
  }

  var domain: Int { offsets.count - 1 }

  var byteCount: Int { offsets.byteCount + neighbours.byteCount }

  @inline(__always)
  func row(_ x: Int) -> Words<UInt32> {
    let start = Int(offsets.words[x])
    return neighbours.words.slice(start, Int(offsets.words[x &+ 1]) &- start)
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

  /// Whether a pair is there; the neighbours must ascend. O(log neighbours).
  @inline(__always)
  func contains(_ x: UInt64, _ y: UInt64) -> Bool {
    guard x < UInt64(domain), y <= UInt64(UInt32.max) else { return false }
    let row = row(Int(x))
    let place = Self.firstPlace(in: row, notBelow: UInt32(truncatingIfNeeded: y))
    return place < row.count && UInt64(row[place]) == y
  }

  /// Where the members of an ascending row begin that are not below a value. O(log members), without a
  /// branch that depends on them: rows are short and none is like the last.
  static func firstPlace(in row: Words<UInt32>, notBelow value: UInt32) -> Int {
    var (place, rest) = (0, row.count)
    while rest > 1 {
      let half = rest &>> 1
      place &+= row[place &+ half &- 1] < value ? half : 0
      rest &-= half
    }
    return rest == 1 && row[place] < value ? place &+ 1 : place
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

  private static func group(
    _ near: ColumnView, _ far: ColumnView, count: Int, domain: Int
  ) -> (Column<UInt32>, Column<UInt32>) {
    let offsets = Self.offsets(of: near, count: count, domain: domain)
    let neighbours = Column<UInt32>(minimumCapacity: count)
    neighbours.grow(by: count)
    let (ends, output) = (offsets.words, neighbours.words)
    for row in 0..<count {
      let x = Int(near[row])
      output[Int(ends[x])] = UInt32(truncatingIfNeeded: far[row])
      ends[x] &+= 1
    }
    shift(ends, domain: domain)
    return (offsets, neighbours)
  }

  /// Where the list of each node starts; the last entry is the number of pairs.
  private static func offsets(of near: ColumnView, count: Int, domain: Int) -> Column<UInt32> {
    let offsets = Column<UInt32>(repeating: 0, count: domain + 1)
    let words = offsets.words
    for row in 0..<count { words[Int(near[row])] &+= 1 }
    var sum: UInt32 = 0
    for x in 0...domain {
      let size = words[x]
      words[x] = sum
      sum &+= size
    }
    return offsets
  }

  /// Filling moved each start to its list's end, which is where the next one starts.
  private static func shift(_ ends: Words<UInt32>, domain: Int) {
    for x in stride(from: domain, to: 0, by: -1) { ends[x] = ends[x &- 1] }
    ends[0] = 0
  }

  private static func ascends(_ near: ColumnView, _ far: ColumnView, count: Int) -> Bool {
    for row in 1..<max(count, 1) {
      if near[row] < near[row &- 1] { return false }
      if near[row] == near[row &- 1] && far[row] < far[row &- 1] { return false }
    }
    return true
  }
}
