@_spi(Columns) import GraphCore

/// How near each node is to those that it leads to: `r / (n - 1) × r / d`, where it leads to r of
/// the n nodes, which are d steps away together (Wasserman and Faust, "Social Network Analysis",
/// 1994, section 5.2).
///
/// Breadth-first searches from 64 nodes at a time, a bit for each, so that an edge which many of
/// them take in the same step is read once for all (Then, Kaufmann, Chirigati and others, "The more
/// the merrier: efficient multi-source graph traversal", 2014). O(nodes × edges / 64) where
/// searches go together, O(nodes × edges) where they do not; and each step of a batch looks at all
/// nodes, which is O(nodes² × steps / 64) and more than the edges in a graph of long ways.
struct Closeness {
  private let context: AlgorithmRun
  private let outgoing: Adjacency

  private static let width = 64

  init(_ context: AlgorithmRun) {
    self.context = context
    outgoing = context.graph.outgoing()
  }

  func run() throws(EngineFailure) -> Column<UInt64> {
    let count = context.graph.nodeCount
    let result = Column<UInt64>(unspecified: count)
    let searches = (0..<context.workers.count).map { _ in JoinedSearches(outgoing) }
    try context.check(bytes: outgoing.byteCount + searches.count * JoinedSearches.bytes(count))
    let words = result.words
    try context.workers.forEachChunk(of: count, size: Self.width) {
      (worker, chunk) throws(EngineFailure) in
      let search = searches[worker]
      try search.run(from: chunk) { () throws(EngineFailure) in
        try context.limits.withoutMonitor.checkTime(context.span)
      }
      for node in chunk {
        let (reached, steps) = search.total(of: node - chunk.lowerBound)
        words[node] = Self.score(reached: reached, steps: steps, of: count).bitPattern
      }
    }
    keepAlive(self, result)
    return result
  }

  private static func score(reached: UInt64, steps: UInt64, of count: Int) -> Double {
    guard reached > 0 else { return 0 }
    return Double(reached) / Double(count - 1) * (Double(reached) / Double(steps))
  }
}

/// Breadth-first searches that go on side by side.
///
/// A step from few nodes lists those that it finds. One from many only marks them and then looks at all
/// nodes, in whose order it also goes on, as their rows lie.
private final class JoinedSearches {
  private let outgoing: Adjacency
  /// The searches that have met each node, and those that come to it in this step.
  private let met: Column<UInt64>
  private let next: Column<UInt64>
  /// The nodes at which searches stand, and which searches these are.
  private var frontier: Column<UInt32>
  private let present: Column<UInt64>
  private var frontierCount = 0
  /// The nodes that some search meets in a step from few, and room for one more.
  private var found: Column<UInt32>
  private let reached = Column<UInt64>(repeating: 0, count: 64)
  private let steps = Column<UInt64>(repeating: 0, count: 64)

  static func bytes(_ nodeCount: Int) -> Int { 32 * nodeCount }

  init(_ outgoing: Adjacency) {
    self.outgoing = outgoing
    let count = outgoing.domain
    met = Column(repeating: 0, count: count)
    next = Column(repeating: 0, count: count)
    frontier = Column(repeating: 0, count: count + 1)
    found = Column(repeating: 0, count: count + 1)
    present = Column(repeating: 0, count: count)
  }

  /// How many nodes one of the searches has met beside its start, and their distances together.
  func total(of search: Int) -> (reached: UInt64, steps: UInt64) {
    (reached[search], steps[search])
  }

  /// Searches from at most 64 consecutive nodes.
  func run(from starts: Range<Int>, _ check: () throws(EngineFailure) -> Void)
    throws(EngineFailure)
  {
    let met = met.words
    for node in 0..<met.count { met[node] = 0 }
    for search in 0..<64 {
      reached[search] = 0
      steps[search] = 0
    }
    for (search, node) in starts.enumerated() {
      met[node] = 1 << UInt64(search)
      frontier[search] = UInt32(truncatingIfNeeded: node)
      present[search] = 1 << UInt64(search)
    }
    frontierCount = starts.count
    var distance: UInt64 = 0
    while frontierCount > 0 {
      try check()
      distance += 1
      if frontierCount > met.count / 16 { stepFromMany(distance) } else { stepFromFew(distance) }
    }
  }

  private func stepFromFew(_ distance: UInt64) {
    let (met, next, found) = (met.words, next.words, found.words)
    var count = 0
    for place in 0..<frontierCount {
      let row = outgoing.row(Int(frontier[place]))
      let searches = present[place]
      for i in 0..<row.count {
        let node = Int(row[i])
        let before = next[node]
        let new = searches & ~met[node]
        found[count] = row[i]
        count &+= before == 0 && new != 0 ? 1 : 0
        next[node] = before | new
      }
    }
    swap(&frontier, &self.found)
    frontierCount = count
    for place in 0..<count {
      let node = Int(frontier[place])
      let new = next[node]
      next[node] = 0
      met[node] |= new
      present[place] = new
      note(new, distance)
    }
  }

  private func stepFromMany(_ distance: UInt64) {
    let (met, next) = (met.words, next.words)
    for place in 0..<frontierCount {
      let row = outgoing.row(Int(frontier[place]))
      let searches = present[place]
      for i in 0..<row.count { next[Int(row[i])] |= searches }
    }
    var count = 0
    for node in 0..<next.count where next[node] != 0 {
      let new = next[node] & ~met[node]
      next[node] = 0
      if new == 0 { continue }
      met[node] |= new
      frontier[count] = UInt32(truncatingIfNeeded: node)
      present[count] = new
      count &+= 1
      note(new, distance)
    }
    frontierCount = count
  }

  /// Counts a node for the searches that meet it.
  @inline(__always)
  private func note(_ searches: UInt64, _ distance: UInt64) {
    let (reached, steps) = (reached.words, steps.words)
    var left = searches
    while left != 0 {
      let search = left.trailingZeroBitCount
      reached[search] &+= 1
      steps[search] &+= distance
      left &= left &- 1
    }
  }
}
