@_spi(Columns) import GraphCore

/// How many shortest paths from one other node to another lead through each node; where there are several between
/// two nodes, each counts in part (Brandes, "A faster algorithm for betweenness centrality", 2001).
///
/// One breadth-first search from each node, O(nodes × edges) together. What a search adds to a node is rounded to a
/// multiple of a power of two, so that the sums do not depend on which worker searches where.
struct Betweenness {
  private let context: AlgorithmRun
  private let outgoing: Adjacency
  /// The multiples that scores are counted in; the largest score, nodes², is less than 2⁶² of them.
  private let unit: Double

  init(_ context: AlgorithmRun) {
    self.context = context
    outgoing = context.graph.outgoing()
    let count = Double(context.graph.nodeCount)
    unit = 0x1p62 / Double(sign: .plus, exponent: (count * count).exponent + 1, significand: 1)
  }

  func run() throws(EngineFailure) -> Column<UInt64> {
    let count = context.graph.nodeCount
    let searches = (0..<context.workers.count).map { _ in ShortestPathCounts(outgoing) }
    let sums = searches.map { _ in Column<UInt64>(repeating: 0, count: count) }
    let bytes = outgoing.byteCount + searches.count * (8 * count + ShortestPathCounts.bytes(count))
    try context.check(bytes: bytes)
    try context.workers.forEachChunk(of: count, size: 8) { (worker, chunk) throws(EngineFailure) in
      for node in chunk {
        try searches[worker].search(from: node) { () throws(EngineFailure) in
          try context.limits.withoutMonitor.checkTime(context.span)
        }
        searches[worker].addDependencies(to: sums[worker].words, unit: unit)
      }
    }
    let result = Column<UInt64>(unspecified: count)
    for node in 0..<count {
      let sum = sums.reduce(UInt64(0)) { $0 &+ $1[node] }
      result[node] = (Double(sum) / unit).bitPattern
    }
    keepAlive(self)
    return result
  }
}

/// The numbers of shortest paths from one node to all others.
final class ShortestPathCounts {
  private let outgoing: Adjacency
  /// The nodes that are reached, by their distance.
  private let order: Column<UInt32>
  /// Where those of each distance begin in `order`, and how many there are.
  private let levels = Column<UInt32>()
  /// The distance of each node and one; zero where it is not reached.
  private let distances: Column<UInt32>
  /// How many shortest paths lead to each node. There may be more than a double holds, so those of a distance may
  /// be scaled down together.
  private let paths: Column<Double>
  /// What each distance's numbers were multiplied with, beyond what those before it were.
  private let scales = Column<Double>()
  private let dependencies: Column<Double>

  static func bytes(_ nodeCount: Int) -> Int { 24 * nodeCount }

  init(_ outgoing: Adjacency) {
    self.outgoing = outgoing
    let count = outgoing.domain
    order = Column(minimumCapacity: count)
    distances = Column(repeating: 0, count: count)
    paths = Column(repeating: 0, count: count)
    dependencies = Column(repeating: 0, count: count)
  }

  /// Counts the paths from a node. O(nodes and edges reached).
  func search(from start: Int, _ check: () throws(EngineFailure) -> Void) throws(EngineFailure) {
    clear()
    order.append(UInt32(truncatingIfNeeded: start))
    distances[start] = 1
    paths[start] = 1
    var (first, end) = (0, 1)
    while first < end {
      try check()
      levels.append(UInt32(truncatingIfNeeded: first))
      scales.append(scaleDown(first..<end))
      expand(first..<end, distance: UInt32(truncatingIfNeeded: levels.count))
      (first, end) = (end, order.count)
    }
    levels.append(UInt32(truncatingIfNeeded: first))
  }

  private func clear() {
    let (distances, paths) = (distances.words, paths.words)
    for place in 0..<order.count {
      distances[Int(order[place])] = 0
      paths[Int(order[place])] = 0
    }
    order.truncate(to: 0)
    levels.truncate(to: 0)
    scales.truncate(to: 0)
  }

  /// Keeps the numbers of one distance far from the greatest that there is.
  private func scaleDown(_ range: Range<Int>) -> Double {
    let paths = paths.words
    var highest = 0.0
    for place in range { highest = max(highest, paths[Int(order[place])]) }
    guard highest > 0x1p512 else { return 1 }
    for place in range { paths[Int(order[place])] *= 0x1p-512 }
    return 0x1p-512
  }

  /// Passes the paths to the nodes of one distance on to those behind them.
  private func expand(_ range: Range<Int>, distance: UInt32) {
    let (distances, paths) = (distances.words, paths.words)
    for place in range {
      let node = Int(order[place])
      let row = outgoing.row(node)
      for i in 0..<row.count {
        let next = Int(row[i])
        if distances[next] == 0 {
          distances[next] = distance &+ 1
          order.append(row[i])
        }
        if distances[next] == distance &+ 1 { paths[next] += paths[node] }
      }
    }
  }

  /// Adds to each node, but the start, how many of the paths lead through it: from those that are farthest away on,
  /// each passes on the part of its paths that an edge leads to it.
  func addDependencies(to sums: Words<UInt64>, unit: Double) {
    let (distances, paths, dependencies) = (distances.words, paths.words, dependencies.words)
    for level in stride(from: levels.count - 2, through: 0, by: -1) {
      let scale = level + 1 < scales.count ? scales[level + 1] : 1
      let distance = UInt32(truncatingIfNeeded: level + 1)
      for place in Int(levels[level])..<Int(levels[level + 1]) {
        let node = Int(order[place])
        let row = outgoing.row(node)
        var sum = 0.0
        for i in 0..<row.count where distances[Int(row[i])] == distance &+ 1 {
          let next = Int(row[i])
          sum += (1 + dependencies[next]) / paths[next]
        }
        let dependency = sum * paths[node] * scale
        dependencies[node] = dependency
        if level > 0 { sums[node] &+= UInt64(dependency * unit) }
      }
    }
  }
}
