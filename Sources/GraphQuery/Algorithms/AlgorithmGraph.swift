@_spi(Columns) import GraphCore

/// The graph that an algorithm works on: nodes are numbers from zero, edges distinct pairs of them.
final class AlgorithmGraph {
  /// The word of each node.
  let nodes: Column<UInt64>
  let type: ColumnType
  private let sources: Column<UInt32>
  private let targets: Column<UInt32>

  /// More edges than this do not fit arrays of both directions.
  static let mostEdges = 1 << 31

  /// Numbers the ends of edges: in value order if `isOrdered`, else as they come.
  /// O(edges), and with an order O(nodes × log nodes) more.
  init(
    from: ColumnView, to: ColumnView, count: Int, type: ColumnType, isOrdered: Bool,
    terms: TermSpace
  ) {
    self.type = type
    (sources, targets) = (Column(unspecified: count), Column(unspecified: count))
    let numbering = ArrivalNumbering(from, to, count: count)
    numbering.number(from, count: count, into: sources.words)
    numbering.number(to, count: count, into: targets.words)
    nodes = numbering.nodes
    if isOrdered { sortNodes(numbering, terms) }
  }

  var nodeCount: Int { nodes.count }

  var edgeCount: Int { sources.count }

  var byteCount: Int { nodes.byteCount + sources.byteCount + targets.byteCount }

  /// Numbers the nodes in value order.
  private func sortNodes(_ numbering: ArrivalNumbering, _ terms: TermSpace) {
    let words = ValueOrder.sorted(nodes, type, terms)
    let order = Column<UInt32>(unspecified: nodeCount)
    let ranks = Column<UInt32>(unspecified: nodeCount)
    defer { keepAlive(words, order, ranks) }
    numbering.number(ColumnView(wide: words.words), count: nodeCount, into: order.words)
    for rank in 0..<nodeCount {
      ranks[Int(order[rank])] = UInt32(truncatingIfNeeded: rank)
      nodes[rank] = words[rank]
    }
    for ends in [sources, targets] {
      let words = ends.words
      for edge in 0..<words.count { words[edge] = ranks.words[Int(words[edge])] }
    }
  }

  // MARK: Adjacency

  /// The nodes that edges of each node lead to, ascending. O(nodes + edges).
  func outgoing() -> Adjacency {
    Adjacency(
      near: ColumnView(narrow: sources.words), far: ColumnView(narrow: targets.words),
      count: edgeCount, domain: nodeCount, sortedBelow: nodeCount)
  }

  /// The nodes whose edges lead to each node. O(nodes + edges).
  func incoming() -> Adjacency {
    Adjacency(
      near: ColumnView(narrow: targets.words), far: ColumnView(narrow: sources.words),
      count: edgeCount, domain: nodeCount)
  }

  /// The neighbours of each node in either direction, ascending, each once and not the node itself.
  /// O(nodes + edges).
  func neighbours() -> Adjacency {
    let count = 2 * edgeCount
    let (near, far) = (Column<UInt32>(unspecified: count), Column<UInt32>(unspecified: count))
    defer { keepAlive(near, far) }
    let (a, b) = (sources.words, targets.words)
    for edge in 0..<edgeCount {
      near.words[2 &* edge] = a[edge]
      far.words[2 &* edge] = b[edge]
      near.words[2 &* edge &+ 1] = b[edge]
      far.words[2 &* edge &+ 1] = a[edge]
    }
    let all = Adjacency(
      near: ColumnView(narrow: near.words), far: ColumnView(narrow: far.words), count: count,
      domain: nodeCount, sortedBelow: nodeCount)
    all.keepDistinctNeighbours()
    return all
  }

  /// How many edges begin or end at each node; one from it to itself is none. O(nodes + edges).
  func edgeCounts() -> Column<UInt32> {
    let counts = Column<UInt32>(repeating: 0, count: nodeCount)
    let words = counts.words
    forEachEdge { source, target in
      if source == target { return }
      words[Int(source)] &+= 1
      words[Int(target)] &+= 1
    }
    return counts
  }

  /// Calls `body` with the ends of each edge.
  @inline(__always)
  func forEachEdge(_ body: (_ source: UInt32, _ target: UInt32) -> Void) {
    let (a, b) = (sources.words, targets.words)
    for edge in 0..<edgeCount { body(a[edge], b[edge]) }
    keepAlive(self)
  }
}

/// Numbers the distinct words of two columns from zero, in the order in which they come.
///
/// Words that are small enough index an array; others are found by hashing.
private final class ArrivalNumbering {
  private let distinct = DistinctWords()
  private let arrived = Column<UInt64>()
  /// The number of each word and one; absent where words are hashed.
  private let numbers: Column<UInt32>?

  init(_ from: ColumnView, _ to: ColumnView, count: Int) {
    var highest: UInt64 = 0
    for view in [from, to] {
      for row in 0..<count { highest = max(highest, view[row]) }
    }
    // A negative number is a very large word.
    numbers =
      NodeNumbering.isSmall(highest, rows: count)
      ? Column(repeating: 0, count: Int(highest) + 1) : nil
  }

  var nodes: Column<UInt64> { numbers == nil ? distinct.words : arrived }

  func number(_ view: ColumnView, count: Int, into output: Words<UInt32>) {
    guard let known = numbers?.words else {
      for row in 0..<count { output[row] = distinct.number(of: view[row]) }
      return
    }
    for row in 0..<count {
      let word = view[row]
      var number = known[Int(truncatingIfNeeded: word)]
      if number == 0 {
        arrived.append(word)
        number = UInt32(truncatingIfNeeded: arrived.count)
        known[Int(truncatingIfNeeded: word)] = number
      }
      output[row] = number &- 1
    }
  }
}

/// Values in their order.
enum ValueOrder {
  /// The same words in the order of their values. O(words × log words).
  static func sorted(_ words: Column<UInt64>, _ type: ColumnType, _ terms: TermSpace)
    -> Column<UInt64>
  {
    guard type == .symbol else {
      let order = WordOrder(type, terms)
      return Column((0..<words.count).map { words[$0] }.sorted { order.precedes($0, $1) })
    }
    let ids = Column((0..<words.count).lazy.map { UInt32(truncatingIfNeeded: words[$0]) })
    TextSort(terms).sort(ids)
    return Column((0..<ids.count).lazy.map { UInt64(ids[$0]) })
  }
}
