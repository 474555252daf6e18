@_spi(Columns) import GraphCore

/// Groups of nodes with many edges inside and few to others: a partition of high modularity, whatever the direction of
/// edges.
///
/// Nodes move one by one to the neighbouring group that gains most, as long as any gains; then groups become the
/// nodes of a smaller graph, on which the same is done (Blondel, Guillaume, Lambiotte and Lefebvre, "Fast
/// unfolding of communities in large networks", 2008). On the way back nodes of each finer graph move once more, from
/// the groups found so far (Rotta and Noack, "Multilevel local search algorithms for modularity clustering", 2011). A
/// node whose neighbours have moved is looked at again first (Traag, Waltman and van Eck, "From Louvain to Leiden",
/// 2019). In the end no node would add more to the modularity in another group, and every group is connected.
///
/// Nodes are taken in value order, so the result follows from the graph alone. About O(edges) a level, of few levels.
struct Communities {
  private let context: AlgorithmRun
  private let resolution: Double

  init(_ context: AlgorithmRun, resolution: Double) {
    self.context = context
    self.resolution = resolution
  }

  /// A number for the group of each node.
  func run() throws(EngineFailure) -> Column<UInt32> {
    var levels = [WeightedGraph(context.graph.neighbours())]
    // For each node of a level the node of the next one that it is part of.
    var parts: [Column<UInt32>] = []
    var level = levels[0]
    while true {
      try context.check(bytes: levels.reduce(0) { $0 + $1.byteCount })
      let move = LocalMove(level, from: Self.numbers(level.nodeCount), resolution)
      _ = try move.sweep(context)
      let count = move.numberGroups()
      if count == level.nodeCount { break }
      parts.append(move.groups)
      level = WeightedGraph(of: move.groups, count: count, in: level)
      levels.append(level)
    }
    var groups = Self.numbers(level.nodeCount)
    for (graph, part) in zip(levels, parts).reversed() {
      let coarse = groups
      groups = Column((0..<part.count).lazy.map { coarse[Int(part[$0])] })
      try LocalMove(graph, from: groups, resolution).run(context)
    }
    // The parts of groups that were not connected may be better elsewhere.
    while let parts = connectedParts(of: groups) {
      groups = parts
      try LocalMove(levels[0], from: groups, resolution).run(context)
    }
    return groups
  }

  /// The connected parts of groups, where there are more of them than of groups. O(nodes + edges).
  private func connectedParts(of groups: Column<UInt32>) -> Column<UInt32>? {
    let parts = context.connectedComponents { groups[Int($0)] == groups[Int($1)] }
    let isGroup = Column<UInt8>(repeating: 0, count: groups.count)
    var (partCount, groupCount) = (0, 0)
    for node in 0..<groups.count {
      if Int(parts[node]) == node { partCount += 1 }
      if isGroup[Int(groups[node])] == 0 {
        isGroup[Int(groups[node])] = 1
        groupCount += 1
      }
    }
    return partCount > groupCount ? parts : nil
  }

  private static func numbers(_ count: Int) -> Column<UInt32> {
    Column((0..<count).lazy.map { UInt32(truncatingIfNeeded: $0) })
  }
}

/// A graph whose nodes are groups of nodes: how many edges lead from one to another, and inside.
private final class WeightedGraph {
  let offsets: Column<UInt32>
  let neighbours: Column<UInt32>
  let weights: Column<UInt32>
  /// The ends of edges inside each node.
  let inside: Column<UInt64>

  /// The graph itself, each edge of weight one.
  init(_ graph: Adjacency) {
    offsets = graph.offsets
    neighbours = graph.neighbours
    weights = Column(repeating: 1, count: graph.neighbours.count)
    inside = Column(repeating: 0, count: graph.domain)
  }

  /// The graph of the groups of another one's nodes. O(nodes + edges).
  init(of groups: Column<UInt32>, count: Int, in graph: WeightedGraph) {
    offsets = Column(minimumCapacity: count + 1)
    neighbours = Column()
    weights = Column()
    inside = Column(repeating: 0, count: count)
    let nodes = Column((0..<graph.nodeCount).lazy.map { UInt32(truncatingIfNeeded: $0) })
    let members = Adjacency(
      near: ColumnView(narrow: groups.words), far: ColumnView(narrow: nodes.words),
      count: graph.nodeCount, domain: count)
    keepAlive(nodes)
    let collected = GroupWeights(count: count)
    offsets.append(0)
    for group in 0..<count {
      let row = members.row(group)
      for i in 0..<row.count {
        let node = Int(row[i])
        inside[group] &+= graph.inside[node]
        graph.collect(node, groups, into: collected)
      }
      inside[group] &+= UInt64(collected.take(UInt32(truncatingIfNeeded: group)))
      collected.forEach { other, weight in
        neighbours.append(other)
        weights.append(weight)
      }
      collected.clear()
      offsets.append(UInt32(truncatingIfNeeded: neighbours.count))
    }
    keepAlive(members, graph)
  }

  var nodeCount: Int { offsets.count - 1 }

  var byteCount: Int { 2 * neighbours.byteCount + offsets.byteCount + inside.byteCount }

  /// The ends of all edges at a node.
  func degree(_ node: Int) -> UInt64 {
    var sum = inside[node]
    for place in Int(offsets[node])..<Int(offsets[node + 1]) { sum &+= UInt64(weights[place]) }
    return sum
  }

  /// Adds up the edges of a node by the groups that they lead to.
  @inline(__always)
  func collect(_ node: Int, _ groups: Column<UInt32>, into collected: GroupWeights) {
    let (groups, neighbours, weights) = (groups.words, neighbours.words, weights.words)
    let places = offsets.words
    collected.add(upTo: Int(places[node &+ 1] &- places[node])) { add in
      for place in Int(places[node])..<Int(places[node &+ 1]) {
        add(groups[Int(neighbours[place])], weights[place])
      }
    }
  }
}

/// Sums by group, of few of many groups at a time.
private final class GroupWeights {
  private let sums: Column<UInt32>
  private let touched = Column<UInt32>()

  init(count: Int) { sums = Column(repeating: 0, count: count) }

  /// Adds weights to groups, at most so many times.
  @inline(__always)
  func add(upTo count: Int, _ body: (_ add: (_ group: UInt32, _ weight: UInt32) -> Void) -> Void) {
    var end = touched.count
    touched.grow(by: count)
    let (sums, touched) = (sums.words, touched.words)
    // Without a branch: each group is written down, and stays where it is new.
    body { group, weight in
      let sum = sums[Int(group)]
      touched[end] = group
      end &+= sum == 0 ? 1 : 0
      sums[Int(group)] = sum &+ weight
    }
    self.touched.truncate(to: end)
  }

  subscript(group: UInt32) -> UInt32 { sums[Int(group)] }

  /// Takes a group's sum out.
  func take(_ group: UInt32) -> UInt32 {
    defer { sums[Int(group)] = 0 }
    return sums[Int(group)]
  }

  @inline(__always)
  func forEach(_ body: (_ group: UInt32, _ weight: UInt32) -> Void) {
    let (sums, touched) = (sums.words, touched.words)
    for place in 0..<touched.count where sums[Int(touched[place])] > 0 {
      body(touched[place], sums[Int(touched[place])])
    }
  }

  func clear() {
    let (sums, groups) = (sums.words, touched.words)
    for place in 0..<groups.count { sums[Int(groups[place])] = 0 }
    touched.truncate(to: 0)
  }
}

/// Moves the nodes of a graph among groups.
private final class LocalMove {
  private let graph: WeightedGraph
  /// The group of each node.
  let groups: Column<UInt32>
  private let degrees: Column<UInt64>
  /// The degrees of each group's nodes together.
  private let totals: Column<UInt64>
  /// What a group costs a node for each end of an edge that both have.
  private let cost: Double
  /// The nodes to look at, as a ring, and which are in it.
  private let ring: Column<UInt32>
  private let isWaiting: Column<UInt8>
  private let collected: GroupWeights

  /// Begins with some groups, whose numbers are below that of nodes.
  init(_ graph: WeightedGraph, from groups: Column<UInt32>, _ resolution: Double) {
    self.graph = graph
    self.groups = groups
    let count = graph.nodeCount
    degrees = Column((0..<count).lazy.map { graph.degree($0) })
    totals = Column(repeating: 0, count: count)
    for node in 0..<count { totals[Int(groups[node])] &+= degrees[node] }
    ring = Column((0..<count).lazy.map { UInt32(truncatingIfNeeded: $0) })
    isWaiting = Column(repeating: 1, count: count)
    collected = GroupWeights(count: count)
    let ends = (0..<count).reduce(UInt64(0)) { [degrees] in $0 &+ degrees[$1] }
    cost = resolution / Double(max(ends, 1))
  }

  /// Moves nodes until none gains by it.
  func run(_ context: AlgorithmRun) throws(EngineFailure) {
    while try sweep(context) {
      for node in 0..<graph.nodeCount {
        ring[node] = UInt32(truncatingIfNeeded: node)
        isWaiting[node] = 1
      }
    }
  }

  /// Looks at every node, and again at those whose neighbours move; false if none does.
  func sweep(_ context: AlgorithmRun) throws(EngineFailure) -> Bool {
    let count = graph.nodeCount
    var (first, waiting, looks) = (0, count, 0)
    var hasMoved = false
    while waiting > 0 {
      let node = Int(ring[first])
      first = first + 1 == count ? 0 : first + 1
      waiting -= 1
      isWaiting[node] = 0
      if looks & 0xFFFF == 0 { try context.check() }
      looks += 1
      guard let group = betterGroup(for: node) else { continue }
      groups[node] = group
      hasMoved = true
      for place in Int(graph.offsets[node])..<Int(graph.offsets[node + 1]) {
        let other = Int(graph.neighbours[place])
        guard groups[other] != group, isWaiting[other] == 0 else { continue }
        isWaiting[other] = 1
        ring[(first + waiting) % count] = graph.neighbours[place]
        waiting += 1
      }
    }
    return hasMoved
  }

  /// The neighbouring group in which a node adds most to the modularity, if that is more than in its own; the
  /// totals are changed with it.
  private func betterGroup(for node: Int) -> UInt32? {
    let own = groups[node]
    let degree = Double(degrees[node])
    graph.collect(node, groups, into: collected)
    defer { collected.clear() }
    totals[Int(own)] &-= degrees[node]
    // A gain that rounding may have made would let nodes change places for ever.
    let present = Double(collected[own]) - cost * degree * Double(totals[Int(own)])
    var best = (group: own, gain: present + 1e-9 * max(degree, 1))
    let totals = totals.words
    collected.forEach { group, weight in
      let gain = Double(weight) - cost * degree * Double(totals[Int(group)])
      if gain > best.gain { best = (group, gain) }
    }
    totals[Int(best.group)] &+= degrees[node]
    return best.group == own ? nil : best.group
  }

  /// Numbers the groups that have nodes from zero, in the order of their first ones; returns how many there are.
  func numberGroups() -> Int {
    let numbers = Column<UInt32>(repeating: 0, count: graph.nodeCount)
    var count = 0
    for node in 0..<groups.count {
      let group = Int(groups[node])
      if numbers[group] == 0 {
        count += 1
        numbers[group] = UInt32(truncatingIfNeeded: count)
      }
      groups[node] = numbers[group] - 1
    }
    return count
  }
}
