package import GraphQuery

/// Graph algorithms in the most obvious way: sets of edges, repeated until nothing changes.
package struct NaiveGraph {
  private var edges: Set<[NaiveValue]>
  private let nodes: [NaiveValue]

  package init(edges: some Sequence<[NaiveValue]>) {
    self.edges = Set(edges)
    nodes = Set(self.edges.joined()).sorted { $0 < $1 }
  }

  /// The value of each node; nothing for algorithms whose results are no more than nearly the same.
  package func values(_ algorithm: GraphAlgorithm) -> [NaiveValue: NaiveValue]? {
    switch algorithm {
    case .component: return leaders { $0 == $1 || joins($0, $1) || joins($1, $0) }
    case .strongComponent:
      let reached = Dictionary(uniqueKeysWithValues: nodes.map { ($0, distances(from: $0)) })
      return leaders { reached[$0]?[$1] != nil && reached[$1]?[$0] != nil }
    case .core: return cores()
    case .triangles: return counted { triangles(at: $0) }
    case .closeness:
      return Dictionary(uniqueKeysWithValues: nodes.map { ($0, .double(closeness(of: $0))) })
    case .betweenness, .community, .pagerank: return nil
    }
  }

  private func joins(_ a: NaiveValue, _ b: NaiveValue) -> Bool { edges.contains([a, b]) }

  private func areNeighbours(_ a: NaiveValue, _ b: NaiveValue) -> Bool {
    a != b && (joins(a, b) || joins(b, a))
  }

  private func counted(_ count: (NaiveValue) -> Int) -> [NaiveValue: NaiveValue] {
    Dictionary(uniqueKeysWithValues: nodes.map { ($0, .number(Int64(count($0)))) })
  }

  /// The least node of those that are tied to each, over however many ties.
  private func leaders(_ areTied: (NaiveValue, NaiveValue) -> Bool) -> [NaiveValue: NaiveValue] {
    var result = Dictionary(uniqueKeysWithValues: nodes.map { ($0, $0) })
    var changed = true
    while changed {
      changed = false
      for a in nodes {
        for b in nodes where areTied(a, b) {
          guard let own = result[a], let other = result[b], other < own else { continue }
          result[a] = other
          changed = true
        }
      }
    }
    return result
  }

  private func distances(from start: NaiveValue) -> [NaiveValue: Int] {
    var result = [start: 0]
    var changed = true
    while changed {
      changed = false
      for edge in edges {
        guard let before = result[edge[0]], before + 1 < result[edge[1]] ?? .max else { continue }
        result[edge[1]] = before + 1
        changed = true
      }
    }
    return result
  }

  private func closeness(of node: NaiveValue) -> Double {
    let distances = distances(from: node)
    let reached = Double(distances.count - 1)
    if reached == 0 { return 0 }
    let steps = Double(distances.values.reduce(0, +))
    return reached / Double(nodes.count - 1) * (reached / steps)
  }

  private func triangles(at node: NaiveValue) -> Int {
    let around = nodes.filter { areNeighbours(node, $0) }
    return around.reduce(0) { sum, a in
      sum + around.count { a < $0 && areNeighbours(a, $0) }
    }
  }

  private func cores() -> [NaiveValue: NaiveValue] {
    var result: [NaiveValue: Int] = [:]
    for k in 0...nodes.count {
      // What is left when nodes with fewer than k neighbours are taken away again and again.
      var left = Set(nodes)
      var changed = true
      while changed {
        let weak = left.filter { node in left.count { areNeighbours(node, $0) } < k }
        left.subtract(weak)
        changed = !weak.isEmpty
      }
      for node in left { result[node] = k }
    }
    return result.mapValues { .number(Int64($0)) }
  }
}
