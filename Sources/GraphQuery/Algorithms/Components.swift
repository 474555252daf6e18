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

  /// Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972), without recursion. O(nodes + edges).
  init(of graph: Adjacency, domain: Int) {
    component = Column(repeating: 0, count: domain)
    members = Column(minimumCapacity: domain)
    let order = Column<UInt32>(repeating: 0, count: domain)
    let low = Column<UInt32>(repeating: 0, count: domain)
    let position = Column<UInt32>(repeating: 0, count: domain)
    let isOnStack = Column<UInt8>(repeating: 0, count: domain)
    defer { keepAlive(order, low, position, isOnStack) }
    let stack = Column<UInt32>()
    let path = Column<UInt32>()
    var time: UInt32 = 0
    let (orders, lows, places, onStack, components) = (
      order.words, low.words, position.words, isOnStack.words, component.words
    )
    firstMember.append(0)
    for root in 0..<domain where orders[root] == 0 {
      path.append(UInt32(truncatingIfNeeded: root))
      while path.count > 0 {
        let node = Int(path[path.count - 1])
        if orders[node] == 0 {
          time += 1
          orders[node] = time
          lows[node] = time
          stack.append(UInt32(truncatingIfNeeded: node))
          onStack[node] = 1
        }
        let list = graph.row(node)
        var place = Int(places[node])
        var hasDescended = false
        while place < list.count {
          let target = Int(list[place])
          place += 1
          if orders[target] == 0 {
            path.append(UInt32(truncatingIfNeeded: target))
            hasDescended = true
            // The edge is looked at again on the way back, for the low link.
            place -= 1
            break
          }
          if onStack[target] != 0 { lows[node] = min(lows[node], lows[target]) }
        }
        places[node] = UInt32(truncatingIfNeeded: place)
        if hasDescended { continue }
        path.truncate(to: path.count - 1)
        guard lows[node] == orders[node] else { continue }
        while true {
          let member = Int(stack[stack.count - 1])
          stack.truncate(to: stack.count - 1)
          onStack[member] = 0
          components[member] = UInt32(truncatingIfNeeded: count)
          members.append(UInt32(truncatingIfNeeded: member))
          if member == node { break }
        }
        count += 1
        firstMember.append(UInt32(truncatingIfNeeded: members.count))
      }
    }
  }
}
