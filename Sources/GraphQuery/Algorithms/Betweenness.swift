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
    let searchers = (0..<context.workers.count).map { _ in Searcher(outgoing) }
    let bytes = Searcher.bytes(nodes: count, edges: context.graph.edgeCount)
    try context.check(bytes: outgoing.byteCount + searchers.count * bytes)
    try context.workers.forEachChunk(of: count, size: 8) { (worker, chunk) throws(EngineFailure) in
      for node in chunk {
        try searchers[worker].search(from: node, unit: unit) { () throws(EngineFailure) in
          try context.limits.withoutMonitor.checkTime(context.span)
        }
      }
    }
    let result = Column<UInt64>(unspecified: count)
    for node in 0..<count {
      let sum = searchers.reduce(UInt64(0)) { $0 &+ $1.sums[node] }
      result[node] = (Double(sum) / unit).bitPattern
    }
    keepAlive(self)
    return result
  }

  /// What one worker needs, and its part of the scores.
  private final class Searcher {
    private let outgoing: Adjacency
    private let counts: ShortestPathCounts<Double>
    /// For searches that meet more paths than a double can count.
    private lazy var wideCounts = ShortestPathCounts<WideDouble>(outgoing)
    let sums: Column<UInt64>

    static func bytes(nodes: Int, edges: Int) -> Int { 40 * nodes + 4 * edges }

    init(_ outgoing: Adjacency) {
      self.outgoing = outgoing
      counts = ShortestPathCounts(outgoing)
      sums = Column(repeating: 0, count: outgoing.domain)
    }

    func search(
      from node: Int, unit: Double, _ check: () throws(EngineFailure) -> Void
    ) throws(EngineFailure) {
      if try counts.search(from: node, check) {
        counts.addDependencies(to: sums.words, unit: unit)
      } else if try wideCounts.search(from: node, check) {
        wideCounts.addDependencies(to: sums.words, unit: unit)
      }
    }
  }
}

/// A number of paths.
protocol PathCount: BitwiseCopyable {
  static var none: Self { get }
  static var one: Self { get }
  static func += (count: inout Self, other: Self)
  /// Whether many more can still be added.
  var isFarFromLimit: Bool { get }
  /// A value divided by the count.
  func share(of value: Double) -> Self
  /// A share times a count.
  func times(_ share: Self) -> Double
}

extension Double: PathCount {
  static var none: Double { 0 }
  static var one: Double { 1 }
  @inline(__always) var isFarFromLimit: Bool { self < 0x1p960 }
  @inline(__always) func share(of value: Double) -> Double { value / self }
  @inline(__always) func times(_ share: Double) -> Double { self * share }
}

/// A number that may be greater than a double can be: a double, and the exponent of a power of two.
struct WideDouble: PathCount {
  private var significand: Double
  private var exponent: Int

  /// The significand of what is kept is from 1 to less than 2, or zero.
  private init(_ significand: Double, _ exponent: Int) {
    let own = significand == 0 ? 0 : significand.exponent
    self.significand = significand == 0 ? 0 : significand.significand
    self.exponent = significand == 0 ? Int.min / 4 : exponent + Int(own)
  }

  static var none: WideDouble { WideDouble(0, 0) }
  static var one: WideDouble { WideDouble(1, 0) }

  static func += (count: inout WideDouble, other: WideDouble) {
    let (greater, lesser) = count.exponent >= other.exponent ? (count, other) : (other, count)
    let distance = greater.exponent - lesser.exponent
    let rest =
      distance > 64 ? 0 : Double(sign: .plus, exponent: -distance, significand: lesser.significand)
    count = WideDouble(greater.significand + rest, greater.exponent)
  }

  var isFarFromLimit: Bool { true }

  func share(of value: Double) -> WideDouble { WideDouble(value / significand, -exponent) }

  func times(_ share: WideDouble) -> Double {
    if significand == 0 || share.significand == 0 { return 0 }
    return Double(
      sign: .plus, exponent: exponent + share.exponent, significand: significand * share.significand
    )
  }
}

/// The numbers of shortest paths from one node to all others.
final class ShortestPathCounts<Count: PathCount> {
  private let outgoing: Adjacency
  /// The nodes that are reached, by their distance.
  private let order: Column<UInt32>
  /// Where those of each distance begin in `order`, and at last how many there are.
  private let levels = Column<UInt32>()
  /// The distance of each node and one; zero where it is not reached.
  private let distances: Column<UInt32>
  /// The nodes one step farther away that each node of `order` leads to, one after the other, and where they begin.
  private let successors: Column<UInt32>
  private let starts: Column<UInt32>
  /// How many shortest paths lead to each node.
  private let paths: Column<Count>
  /// What a node passes on to those before it, for each of the paths to it.
  private let portions: Column<Count>

  init(_ outgoing: Adjacency) {
    self.outgoing = outgoing
    let count = outgoing.domain
    order = Column(unspecified: count + 1)
    starts = Column(unspecified: count + 1)
    successors = Column(unspecified: outgoing.neighbours.count + 1)
    distances = Column(repeating: 0, count: count)
    paths = Column(repeating: .none, count: count)
    portions = Column(repeating: .none, count: count)
    levels.append(0)
  }

  /// Counts the paths from a node; false if there are too many. O(nodes and edges reached).
  func search(from start: Int, _ check: () throws(EngineFailure) -> Void)
    throws(EngineFailure) -> Bool
  {
    clear()
    order[0] = UInt32(truncatingIfNeeded: start)
    distances[start] = 1
    paths[start] = .one
    starts[0] = 0
    var (first, end) = (0, 1)
    while first < end {
      try check()
      levels.append(UInt32(truncatingIfNeeded: first))
      let next = expand(first..<end)
      (first, end) = (end, next)
      if !canCountOn(first..<end) { break }
    }
    let isWhole = first == end
    levels.append(UInt32(truncatingIfNeeded: end))
    return isWhole
  }

  /// Forgets the last search.
  private func clear() {
    let (distances, paths) = (distances.words, paths.words)
    for place in 0..<Int(levels[levels.count - 1]) {
      distances[Int(order[place])] = 0
      paths[Int(order[place])] = .none
    }
    levels.truncate(to: 0)
  }

  /// Whether the nodes of one distance have few enough paths to pass them on.
  private func canCountOn(_ range: Range<Int>) -> Bool {
    let (paths, order) = (paths.words, order.words)
    for place in range where !paths[Int(order[place])].isFarFromLimit { return false }
    return true
  }

  /// Passes the paths to the nodes of one distance on to those behind them; returns where these end in `order`.
  ///
  /// Without a branch for an edge: everything is written, and stays where it is meant.
  private func expand(_ range: Range<Int>) -> Int {
    let (distances, paths, order) = (distances.words, paths.words, order.words)
    let (successors, starts) = (successors.words, starts.words)
    let distance = UInt32(truncatingIfNeeded: levels.count) &+ 1
    var (end, last) = (range.upperBound, Int(starts[range.lowerBound]))
    for place in range {
      let node = Int(order[place])
      let row = outgoing.row(node)
      let count = paths[node]
      for i in 0..<row.count {
        let next = Int(row[i])
        let known = distances[next]
        let own = known == 0 ? distance : known
        order[end] = row[i]
        end &+= known == 0 ? 1 : 0
        distances[next] = own
        successors[last] = row[i]
        last &+= own == distance ? 1 : 0
        paths[next] += own == distance ? count : .none
      }
      starts[place &+ 1] = UInt32(truncatingIfNeeded: last)
    }
    return end
  }

  /// Adds to each node, but the start, how many of the paths lead through it: from those that are farthest away on,
  /// each passes on the part of its paths that an edge leads to it.
  func addDependencies(to sums: Words<UInt64>, unit: Double) {
    let (paths, portions, order) = (paths.words, portions.words, order.words)
    let (successors, starts) = (successors.words, starts.words)
    for place in stride(from: Int(levels[levels.count - 1]) - 1, through: 0, by: -1) {
      let node = Int(order[place])
      var sum = Count.none
      for i in Int(starts[place])..<Int(starts[place &+ 1]) {
        sum += portions[Int(successors[i])]
      }
      let dependency = paths[node].times(sum)
      portions[node] = paths[node].share(of: 1 + dependency)
      if place > 0 { sums[node] &+= UInt64(dependency * unit) }
    }
  }
}
