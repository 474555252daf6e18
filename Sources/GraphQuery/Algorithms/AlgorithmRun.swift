@_spi(Columns) import GraphCore

/// What an algorithm works with: its graph, who works, and the limits that it has to ask now and then.
struct AlgorithmRun {
  let graph: AlgorithmGraph
  let workers: Workers
  let limits: LimitGuard
  let span: SourceSpan
  /// The bytes that the relations of the program hold.
  let heldBytes: Int

  /// Stops a run that takes too long or is cancelled, or holds too much together with `bytes` of its own.
  func check(bytes: Int = 0) throws(EngineFailure) {
    try limits.checkTime(span)
    try limits.checkMemory(held: heldBytes + graph.byteCount + bytes, span)
  }

  /// Computes one word for each node, in the order of their numbers.
  ///
  /// Results are the same for any number of workers and any order of the edges.
  func values(_ call: AlgorithmCall, terms: TermSpace) throws(EngineFailure) -> Column<UInt64> {
    try check()
    switch call.algorithm {
    case .betweenness: return try Betweenness(self).run()
    case .closeness: return try Closeness(self).run()
    case .community:
      let groups = try Communities(self, resolution: call.setting ?? 1).run()
      return leaders(of: groups, terms, byEdges: graph.edgeCounts())
    case .component: return leaders(of: connectedComponents(), terms)
    case .core: return try coreNumbers()
    case .pagerank: return try PageRank(self, damping: call.setting ?? 0.85).run()
    case .strongComponent:
      let components = StrongComponents(of: graph.outgoing(), domain: graph.nodeCount)
      return leaders(of: components.component, terms)
    case .triangles: return try triangles()
    }
  }

  /// The node that stands for the group of each node: of those with the most edges, if these are counted, the first in
  /// value order. O(nodes).
  private func leaders(
    of groups: Column<UInt32>, _ terms: TermSpace, byEdges edgeCounts: Column<UInt32>? = nil
  ) -> Column<UInt64> {
    let order = WordOrder(graph.type, terms)
    let count = graph.nodeCount
    func precedes(_ a: Int, _ b: Int) -> Bool {
      if let edgeCounts, edgeCounts[a] != edgeCounts[b] { return edgeCounts[a] > edgeCounts[b] }
      return order.precedes(graph.nodes[a], graph.nodes[b])
    }
    // Groups are numbers below that of nodes; places hold the leader and one.
    let leaders = Column<UInt32>(repeating: 0, count: count)
    let result = Column<UInt64>(unspecified: count)
    defer { keepAlive(leaders) }
    for node in 0..<count {
      let group = Int(groups[node])
      if leaders[group] == 0 || precedes(node, Int(leaders[group]) - 1) {
        leaders[group] = UInt32(truncatingIfNeeded: node + 1)
      }
    }
    for node in 0..<count {
      result[node] = graph.nodes[Int(leaders[Int(groups[node])]) - 1]
    }
    return result
  }
}
