extension Graph {
  /// What is inconsistent in the graph, in words; empty where all is well. For tests. O(facts).
  package func checkInvariants() -> [String] {
    var problems = dictionary.checkInvariants()
    var used = Bitmap()
    func use(_ column: Column<UInt32>, _ what: String) {
      for row in 0..<column.count {
        if !nodeTable.contains(column[row]) { problems.append("\(what): end is no node") }
        used.insert(Int(column[row]))
      }
    }
    for table in labelSet.tables {
      use(table.nodes, "label \(table.label)")
      for row in 0..<table.count where table.row(of: table.nodes[row]) != row {
        problems.append("label \(table.label): node is not found at row \(row)")
      }
    }
    for table in propertySet.tables {
      use(table.nodes, "property \(table.key)")
      problems += table.checkInvariants()
    }
    for table in edgeSet.tables {
      use(table.sources, "edges \(table.type)")
      use(table.targets, "edges \(table.type)")
      problems += table.checkInvariants()
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

extension EdgeTable {
  func checkInvariants() -> [String] {
    var problems: [String] = []
    if targets.count != count || indexedCount != count - unindexedCount {
      problems.append("edges \(type): columns differ in length")
    }
    var seen = Set<[UInt64]>()
    for row in 0..<count {
      var identity = [UInt64(sources[row]), UInt64(targets[row])]
      for (place, column) in columns.enumerated() where column.isPresent(row) {
        identity += [UInt64(place), column.word(row)]
      }
      if !seen.insert(identity).inserted { problems.append("edges \(type): row \(row) is double") }
      if !isFindable(row) { problems.append("edges \(type): row \(row) is not indexed") }
    }
    for column in columns {
      var present = 0
      for row in 0..<count where column.isPresent(row) { present += 1 }
      if present != column.presentCount || column.count > count {
        problems.append("edges \(type): property \(column.key) counts \(column.presentCount)")
      }
    }
    problems += checkDirections()
    for place in 0..<citations.count where Int(citations.rows[place]) >= count {
      problems.append("edges \(type): a citation is of no row")
    }
    return problems
  }

  /// Whether the edges of single nodes are those of the columns.
  private func checkDirections() -> [String] {
    var problems: [String] = []
    var nodes = Set<UInt32>()
    for row in 0..<count { nodes.formUnion([sources[row], targets[row]]) }
    for (direction, near, far) in [
      (EdgeDirection.outgoing, sources, targets), (.incoming, targets, sources),
    ] {
      var found = Bitmap()
      for node in nodes {
        for edge in edges(of: node, direction) {
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
