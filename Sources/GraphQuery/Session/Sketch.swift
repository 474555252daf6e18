@_spi(Columns) import GraphCore

/// Nodes and edges of a picture as they are found, each once, in the order of finding.
struct Sketch {
  /// An edge by the numbers of its ends; `type` is a place in `types`.
  struct Edge: Hashable {
    let type: Int
    let from: UInt32
    let to: UInt32
  }

  let graph: Graph
  private(set) var nodes: [UInt32] = []
  private(set) var edges: [Edge] = []
  /// The names of the edges' types; some may be relations that rules define.
  private(set) var types: [String] = []
  private var seen = Bitmap()
  private var seenEdges: Set<Edge> = []
  private var typeNumbers: [String: Int] = [:]

  init(graph: Graph) { self.graph = graph }

  mutating func add(node id: UInt32) {
    if seen.insert(Int(id)) { nodes.append(id) }
  }

  mutating func number(ofType name: String) -> Int {
    if let number = typeNumbers[name] { return number }
    typeNumbers[name] = types.count
    types.append(name)
    return types.count - 1
  }

  mutating func add(edge type: Int, from: UInt32, to: UInt32) {
    add(node: from)
    add(node: to)
    let edge = Edge(type: type, from: from, to: to)
    if seenEdges.insert(edge).inserted { edges.append(edge) }
  }

  /// Adds all nodes and edges of the graph.
  mutating func addAll() {
    let ids = graph.nodeTable.ids
    for row in 0..<ids.count { add(node: ids[row]) }
    for table in graph.edgeTables {
      let type = number(ofType: graph.text(table.type.raw))
      for row in 0..<table.count {
        add(edge: type, from: table.sources[row], to: table.targets[row])
      }
    }
  }

  /// Adds the stored edges of some types among the nodes that are there.
  mutating func connect(by names: [String]) {
    for name in names {
      guard let table = graph.term(name).flatMap(graph.edgeTable) else { continue }
      let type = number(ofType: name)
      for row in 0..<table.count {
        let (from, to) = (table.sources[row], table.targets[row])
        if seen.contains(Int(from)) && seen.contains(Int(to)) {
          add(edge: type, from: from, to: to)
        }
      }
    }
  }

  /// Adds everything that so many steps from a node lead to.
  mutating func expand(around node: UInt32, steps: Int) {
    add(node: node)
    var frontier = [node]
    var reached = Bitmap()
    reached.insert(Int(node))
    for _ in 0..<steps {
      var next: [UInt32] = []
      for node in frontier {
        for table in graph.edgeTables {
          let type = number(ofType: graph.text(table.type.raw))
          for direction in [EdgeDirection.outgoing, .incoming] {
            let isForward = direction == .outgoing
            table.withNeighbours(of: node, direction) { ends in
              for place in 0..<ends.count {
                let other = ends[place]
                add(edge: type, from: isForward ? node : other, to: isForward ? other : node)
                if reached.insert(Int(other)) { next.append(other) }
              }
            }
          }
        }
      }
      frontier = next
    }
  }
}
