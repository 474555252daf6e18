@_spi(Columns) import GraphCore

extension AlgorithmRun {
  /// For each node the largest k so that it is in a part of the graph where all nodes have k neighbours in that
  /// part; directions do not matter. O(nodes + edges).
  ///
  /// Nodes are taken away by ascending number of neighbours that are left; they lie in the order of it, and one that loses a
  /// neighbour changes places with the first of its like (Batagelj and Zaveršnik, "An O(m) algorithm for cores
  /// decomposition of networks", 2003).
  func coreNumbers() throws(EngineFailure) -> Column<UInt64> {
    let neighbours = graph.neighbours()
    let count = graph.nodeCount
    try check(bytes: neighbours.byteCount + 20 * count)
    let degrees = Column<UInt32>(unspecified: count)
    var highest = 0
    for node in 0..<count {
      degrees[node] = UInt32(truncatingIfNeeded: neighbours.row(node).count)
      highest = max(highest, Int(degrees[node]))
    }
    // Nodes by degree; where those of each degree begin; where each node is.
    let (order, places) = (Column<UInt32>(unspecified: count), Column<UInt32>(unspecified: count))
    let starts = Column<UInt32>(repeating: 0, count: highest + 2)
    defer { keepAlive(neighbours, degrees, order, places, starts) }
    for node in 0..<count { starts[Int(degrees[node]) + 1] &+= 1 }
    for degree in 0...highest { starts[degree + 1] &+= starts[degree] }
    for node in 0..<count {
      let place = starts[Int(degrees[node])]
      starts[Int(degrees[node])] = place + 1
      order[Int(place)] = UInt32(truncatingIfNeeded: node)
      places[node] = place
    }
    // Filling moved each start to where the next one is.
    for degree in stride(from: highest + 1, to: 0, by: -1) { starts[degree] = starts[degree - 1] }
    starts[0] = 0
    for place in 0..<count {
      let node = Int(order[place])
      let row = neighbours.row(node)
      for i in 0..<row.count where degrees[Int(row[i])] > degrees[node] {
        let other = Int(row[i])
        let degree = Int(degrees[other])
        let (from, to) = (places[other], starts[degree])
        let first = order[Int(to)]
        order[Int(from)] = first
        places[Int(first)] = from
        order[Int(to)] = row[i]
        places[other] = to
        starts[degree] = to + 1
        degrees[other] = UInt32(truncatingIfNeeded: degree - 1)
      }
    }
    return Column((0..<count).lazy.map { UInt64(degrees[$0]) })
  }

  /// For each node how many pairs of its neighbours are neighbours themselves; directions do not matter.
  /// O(edges^1.5).
  ///
  /// Each edge leads from the end with fewer neighbours to the other one, so that no node has more than √(2 × edges) of them
  /// leading on, and a triangle is met at its first corner alone (Latapy, "Main-memory triangle computations for very
  /// large (sparse (power-law)) graphs", 2008, section 3.1).
  func triangles() throws(EngineFailure) -> Column<UInt64> {
    let neighbours = graph.neighbours()
    let count = graph.nodeCount
    let (counts, marks) = (
      Column<UInt64>(repeating: 0, count: count), Column<UInt32>(repeating: .max, count: count)
    )
    let degrees = Column<UInt32>(unspecified: count)
    defer { keepAlive(neighbours, marks, degrees) }
    try check(bytes: neighbours.byteCount + 16 * count)
    let (marked, sums, sizes) = (marks.words, counts.words, degrees.words)
    for node in 0..<count {
      sizes[node] = UInt32(truncatingIfNeeded: neighbours.row(node).count)
    }
    neighbours.keepNeighbours { x, y in
      let (own, other) = (sizes[x], sizes[Int(y)])
      return own < other || (own == other && x < Int(y))
    }
    for node in 0..<count {
      if node & 0xFFF == 0 { try check() }
      let row = neighbours.row(node)
      for i in 0..<row.count { marked[Int(row[i])] = UInt32(truncatingIfNeeded: node) }
      for i in 0..<row.count {
        let second = Int(row[i])
        let rest = neighbours.row(second)
        for j in 0..<rest.count where marked[Int(rest[j])] == UInt32(truncatingIfNeeded: node) {
          sums[node] &+= 1
          sums[second] &+= 1
          sums[Int(rest[j])] &+= 1
        }
      }
    }
    return counts
  }
}
