@_spi(Columns) import GraphCore

extension AlgorithmRun {
  /// For each node a number that those connected with it by edges of some kind share. O((nodes +
  /// edges) × log nodes), in practice little more than O(nodes + edges).
  ///
  /// A forest in which each node points towards a lesser one of its tree, the least being the root;
  /// each search halves its way (Tarjan and van Leeuwen, "Worst-case analysis of set union
  /// algorithms", 1984).
  func connectedComponents(
    by isFollowed: (_ source: UInt32, _ target: UInt32) -> Bool = { _, _ in true }
  ) -> Column<UInt32> {
    let parents = Column((0..<graph.nodeCount).lazy.map { UInt32(truncatingIfNeeded: $0) })
    let words = parents.words
    @inline(__always)
    func root(_ node: UInt32) -> UInt32 {
      var node = node
      while words[Int(node)] != node {
        // Halving the way makes later ones short.
        words[Int(node)] = words[Int(words[Int(node)])]
        node = words[Int(node)]
      }
      return node
    }
    graph.forEachEdge { source, target in
      guard isFollowed(source, target) else { return }
      let (a, b) = (root(source), root(target))
      if a < b { words[Int(b)] = a } else { words[Int(a)] = b }
    }
    for node in 0..<graph.nodeCount { words[node] = root(UInt32(truncatingIfNeeded: node)) }
    return parents
  }
}

/// The strongly connected components of a graph, in reverse topological order: edges lead to smaller numbers.
struct StrongComponents {
  /// The component of each node.
  let component: Column<UInt32>
  private(set) var count = 0
  /// The nodes of component c: `members[firstMember[c] ..< firstMember[c + 1]]`.
  let members: Column<UInt32>
  let firstMember = Column<UInt32>()

  /// What is known of a node: side by side, because it is read together and nodes come in no order.
  private struct Visit: BitwiseCopyable {
    /// When it was reached, from 1 on; 0 before.
    var order: UInt32 = 0
    /// The earliest node on the stack that is known to be reached from it.
    var low: UInt32 = 0
    /// The edge that is to be looked at next.
    var place: UInt32 = 0
    /// `open` up to the end of its component: while it is on the stack.
    var component = Visit.open

    static let open = UInt32.max
  }

  /// Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972), without recursion. O(nodes + edges).
  init(of graph: Adjacency, domain: Int) {
    component = Column(unspecified: domain)
    members = Column(minimumCapacity: domain)
    let visitColumn = Column(repeating: Visit(), count: domain)
    defer { keepAlive(visitColumn) }
    let visits = visitColumn.words
    let stack = Column<UInt32>()
    let path = Column<UInt32>()
    var time: UInt32 = 0
    firstMember.append(0)
    for root in 0..<domain where visits[root].order == 0 {
      path.append(UInt32(truncatingIfNeeded: root))
      while path.count > 0 {
        let node = Int(path[path.count - 1])
        var visit = visits[node]
        if visit.order == 0 {
          time += 1
          visit.order = time
          visit.low = time
          // An edge may lead back at once.
          visits[node] = visit
          stack.append(UInt32(truncatingIfNeeded: node))
        }
        let list = graph.row(node)
        var hasDescended = false
        while visit.place < list.count {
          let target = list[Int(visit.place)]
          let other = visits[Int(target)]
          if other.order == 0 {
            path.append(target)
            // The edge is looked at again on the way back, for the low link.
            hasDescended = true
            break
          }
          visit.place &+= 1
          if other.component == Visit.open { visit.low = min(visit.low, other.low) }
        }
        visits[node] = visit
        if hasDescended { continue }
        path.truncate(to: path.count - 1)
        guard visit.low == visit.order else { continue }
        while true {
          let member = stack[stack.count - 1]
          stack.truncate(to: stack.count - 1)
          visits[Int(member)].component = UInt32(truncatingIfNeeded: count)
          members.append(member)
          if member == node { break }
        }
        count += 1
        firstMember.append(UInt32(truncatingIfNeeded: members.count))
      }
    }
    let components = component.words
    for node in 0..<domain { components[node] = visits[node].component }
  }
}
