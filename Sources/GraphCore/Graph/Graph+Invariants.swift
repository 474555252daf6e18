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
    if targets.count != count || index.count != count - sortedCount {
      problems.append("edges \(type): columns differ in length")
    }
    var seen = Set<[UInt64]>()
    for row in 0..<count {
      var identity = [UInt64(sources[row]), UInt64(targets[row])]
      for (place, column) in columns.enumerated() where column.isPresent(row) {
        identity += [UInt64(place), column.word(row)]
      }
      if !seen.insert(identity).inserted { problems.append("edges \(type): row \(row) is double") }
      if !isIndexed(row) { problems.append("edges \(type): row \(row) is not indexed") }
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

  private func isIndexed(_ row: Int) -> Bool {
    if row < sortedCount {
      return row == 0 || sources[row - 1] < sources[row]
        || (sources[row - 1] == sources[row] && targets[row - 1] <= targets[row])
    }
    let hash = hash(of: row)
    let slots = index.words
    var slot = Int(hash) & index.mask
    while slots[slot] != 0 {
      if RowIndex.row(of: slots[slot]) == row { return RowIndex.hash(of: slots[slot]) == hash }
      slot = (slot &+ 1) & index.mask
    }
    return false
  }
}
