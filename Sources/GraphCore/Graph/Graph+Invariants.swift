extension Graph {
  /// What is inconsistent in the graph, in words; empty where all is well. For tests: beside
  /// `checkConsistency` it looks everything up again that can be looked up. O(facts · log facts).
  package func checkInvariants() -> [String] {
    var problems = checkConsistency()
    for table in labelSet.tables {
      for row in 0..<table.count where table.row(of: table.nodes[row]) != row {
        problems.append("label \(table.label): node is not found at row \(row)")
      }
    }
    for table in propertySet.tables { problems += table.checkLookups() }
    for table in edgeSet.tables { problems += table.checkLookups() }
    return problems
  }

  /// What tables say that cannot be true together, in words; empty where all is well. That packed
  /// tables are in order has been checked when they were unpacked. O(facts).
  package func checkConsistency() -> [String] {
    var problems = dictionary.checkInvariants()
    var used = Bitmap()
    func use(_ column: Column<UInt32>, _ what: String) {
      let words = column.words
      for row in 0..<words.count where used.insert(Int(words[row])) {
        if !nodeTable.contains(words[row]) { problems.append("\(what): end is no node") }
      }
      keepAlive(column)
    }
    for table in labelSet.tables { use(table.nodes, "label \(table.label)") }
    for table in propertySet.tables {
      use(table.nodes, "property \(table.key)")
      if table.values.count != table.count || table.values.presentCount != table.count {
        problems.append("property \(table.key): columns differ in length")
      }
    }
    for table in edgeSet.tables {
      use(table.sources, "edges \(table.type)")
      use(table.targets, "edges \(table.type)")
      problems += table.checkConsistency()
    }
    if used.count != nodeTable.count {
      problems.append("nodes: \(nodeTable.count), but facts speak of \(used.count)")
    }
    for alias in aliasTable.distinctAliases
    where nodeTable.contains(alias) && aliasTable.targets(of: alias).count == 1 {
      problems.append("alias \(alias) is a node")
    }
    return problems
  }
}

extension PropertyTable {
  /// Whether each node is found again in its row.
  fileprivate func checkLookups() -> [String] {
    (0..<count).filter { row(of: nodes[$0]) != $0 }.map {
      "property \(key): node \(nodes[$0]) is not found at row \($0)"
    }
  }
}

extension EdgeTable {
  /// Whether rows are distinct and columns agree in length. O(rows × digits of a pair).
  fileprivate func checkConsistency() -> [String] {
    var problems: [String] = []
    if targets.count != count || indexedCount != count - unindexedCount {
      problems.append("edges \(type): columns differ in length")
    }
    let keys = Column<UInt64>(minimumCapacity: count)
    let rows = Column<UInt32>(minimumCapacity: count)
    for row in 0..<count {
      keys.append(UInt64(sources[row]) << 32 | UInt64(targets[row]))
      rows.append(UInt32(row))
    }
    RadixSort.sort(keys, with: rows)
    var start = 0
    while start < count {
      var end = start + 1
      while end < count && keys[end] == keys[start] { end += 1 }
      if end - start > 1 {
        var seen = Set<[UInt64]>()
        for place in start..<end where !seen.insert(values(ofRow: Int(rows[place]))).inserted {
          problems.append("edges \(type): row \(rows[place]) is double")
        }
      }
      start = end
    }
    for column in columns {
      var present = 0
      for row in 0..<count where column.isPresent(row) { present += 1 }
      if present != column.presentCount || column.count > count {
        problems.append("edges \(type): property \(column.key) counts \(column.presentCount)")
      }
    }
    for place in 0..<citations.count where Int(citations.rows[place]) >= count {
      problems.append("edges \(type): a citation is of no row")
    }
    return problems
  }

  /// The properties of an edge, as places of columns and words.
  private func values(ofRow row: Int) -> [UInt64] {
    columns.enumerated().flatMap { place, column in
      column.isPresent(row) ? [UInt64(place), column.word(row)] : []
    }
  }

  /// Whether each edge is found again, by its ends and from each of them.
  fileprivate func checkLookups() -> [String] {
    var problems: [String] = []
    // At first, while rows of the file are not unpacked.
    var lent: [(UInt32, UInt32)] = []
    forEachChunk { sources, targets in
      for place in 0..<sources.count { lent.append((sources[place], targets[place])) }
    }
    let areRows = lent.count == count && lent.indices.allSatisfy { lent[$0] == ends(of: $0) }
    if !areRows { problems.append("edges \(type): other rows are lent than there are") }
    for row in 0..<count where !isFindable(row) {
      problems.append("edges \(type): row \(row) is not indexed")
    }
    var nodes = Set<UInt32>()
    for row in 0..<count { nodes.formUnion([sources[row], targets[row]]) }
    for (direction, near, far) in [
      (EdgeDirection.outgoing, sources, targets), (.incoming, targets, sources),
    ] {
      var found = Bitmap()
      for node in nodes {
        let edges = edges(of: node, direction)
        var neighbours: [UInt32] = []
        withNeighbours(of: node, direction) { ends in
          for place in 0..<ends.count { neighbours.append(ends[place]) }
        }
        if neighbours != edges.map(\.node) || degree(of: node, direction) != edges.count {
          problems.append("edges \(type): \(direction) of \(node) has other neighbours than edges")
        }
        for edge in edges {
          let (source, target) = direction == .outgoing ? (node, edge.node) : (edge.node, node)
          let row = row(edge.place, from: source, to: target)
          if !found.insert(row) || near[row] != node || far[row] != edge.node {
            problems.append("edges \(type): row \(row) is not that of \(source) and \(target)")
          }
        }
      }
      if found.count != count { problems.append("edges \(type): \(direction) has \(found.count)") }
    }
    return problems
  }
}
