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
private final class JoinedSearches {
  private let outgoing: Adjacency
  /// The searches that have met each node, that have it at their frontier, and that meet it in this step.
  private var met: Column<UInt64>
  private var present: Column<UInt64>
  private var next: Column<UInt64>
  private let reached = Column<UInt64>(repeating: 0, count: 64)
  private let steps = Column<UInt64>(repeating: 0, count: 64)

  static func bytes(_ nodeCount: Int) -> Int { 24 * nodeCount }

  init(_ outgoing: Adjacency) {
    self.outgoing = outgoing
    let count = outgoing.domain
    met = Column(repeating: 0, count: count)
    present = Column(repeating: 0, count: count)
    next = Column(repeating: 0, count: count)
  }

  /// How many nodes one of the searches has met beside its start, and their distances together.
  func total(of search: Int) -> (reached: UInt64, steps: UInt64) {
    (reached[search], steps[search])
  }

  /// Searches from at most 64 consecutive nodes.
  func run(from starts: Range<Int>, _ check: () throws(EngineFailure) -> Void)
    throws(EngineFailure)
  {
    let count = outgoing.domain
    for node in 0..<count {
      met[node] = 0
      present[node] = 0
    }
    for search in 0..<64 {
      reached[search] = 0
      steps[search] = 0
    }
    for (search, node) in starts.enumerated() {
      met[node] = 1 << UInt64(search)
      present[node] = 1 << UInt64(search)
    }
    var distance: UInt64 = 0
    var hasMore = true
    while hasMore {
      try check()
      distance += 1
      expand()
      hasMore = advance(distance)
      swap(&present, &next)
    }
  }

  /// Leads all searches over the edges of their frontiers.
  private func expand() {
    let (present, next) = (present.words, next.words)
    for node in 0..<next.count { next[node] = 0 }
    for node in 0..<present.count where present[node] != 0 {
      let row = outgoing.row(node)
      let searches = present[node]
      for i in 0..<row.count { next[Int(row[i])] |= searches }
    }
  }

  /// Leaves those that meet a node for the first time, and counts them; false if there are none.
  private func advance(_ distance: UInt64) -> Bool {
    let (met, next, reached, steps) = (met.words, next.words, reached.words, steps.words)
    var any: UInt64 = 0
    for node in 0..<next.count where next[node] != 0 {
      var new = next[node] & ~met[node]
      next[node] = new
      met[node] |= new
      any |= new
      while new != 0 {
        let search = new.trailingZeroBitCount
        reached[search] &+= 1
        steps[search] &+= distance
        new &= new &- 1
      }
    }
    return any != 0
  }
}
