extension Graph {
  /// Moves the facts of every node that is another name of exactly one node over to that node; one of several is
  /// refused.
  func mergeAliases(_ transaction: GraphTransaction) {
    guard aliasTable.count > 0, transaction.hasOwnChanges else { return }
    var names: [UInt32: UInt32] = [:]
    var aliasWasNode = false
    let hasNewAliases = aliasTable.transaction.start < aliasTable.count
    if hasNewAliases { refuseCircles(transaction) }
    // Old aliases can have become nodes only through nodes that are new.
    let isSmall = nodeTable.count - nodeMark < aliasTable.count
    var candidates: [UInt32] = []
    if !hasNewAliases && isSmall && nodeMark <= nodeTable.count
      && !transactions.contains(where: \.hasRemovals)
    {
      for row in nodeMark..<nodeTable.count where aliasTable.contains(nodeTable.id(at: row)) {
        candidates.append(nodeTable.id(at: row))
      }
    } else {
      candidates = aliasTable.distinctAliases { nodeTable.contains($0) }
    }
    guard !candidates.isEmpty else { return }
    var newNodes = Bitmap()
    if !transactions.contains(where: \.hasRemovals) {
      for row in nodeMark..<nodeTable.count { newNodes.insert(Int(nodeTable.id(at: row))) }
    }
    for alias in candidates {
      let targets = aliasTable.targets(of: alias)
      guard targets.count == 1, let target = targets.first else {
        reportAmbiguous(alias, targets, transaction)
        continue
      }
      if target == alias {
        report(circleOf: alias, transaction)
        continue
      }
      names[alias] = target
      let wasKnown = !newNodes.contains(Int(alias))
      aliasWasNode = aliasWasNode || wasKnown
      transaction.summary.merges.append(
        WriteSummary.Merge(
          alias: dictionary.text(of: alias), node: dictionary.text(of: target), wasKnown: wasKnown))
    }
    guard !names.isEmpty else { return }
    transaction.hasRemovals = true
    transaction.hasMovedLabels = true
    renameLabels(names)
    renameProperties(names, transaction)
    renameEnds(names, onlyAdded: !aliasWasNode)
    for target in names.values { nodeTable.insert(target) }
    nodeTable = nodeTable.removing(names.keys)
  }

  /// Refuses new aliases that lead back to themselves, each circle once, by the last of them. Circles with nodes are told of
  /// where these are looked at.
  private func refuseCircles(_ transaction: GraphTransaction) {
    var told: Set<UInt32> = []
    for row in (aliasTable.transaction.start..<aliasTable.count).reversed() {
      let alias = aliasTable.aliases[row]
      guard aliasTable.targets(of: alias) == [alias], !told.contains(alias) else { continue }
      var pending = [alias]
      var circle: Set<UInt32> = [alias]
      while let name = pending.popLast() {
        for other in aliasTable.nodes(of: name) where circle.insert(other).inserted {
          pending.append(other)
        }
      }
      told.formUnion(circle)
      if !circle.contains(where: { nodeTable.contains($0) }) {
        report(circleOf: alias, transaction)
      }
    }
  }

  private func report(circleOf alias: UInt32, _ transaction: GraphTransaction) {
    let circle = [alias] + aliasTable.nodes(of: alias)
    transaction.report(
      ordinal(ofAlias: alias), .aliasCycle(circle.map { dictionary.text(of: $0) }))
  }

  /// Refuses the facts of a write that speak of a node by an alias of several: which of them is meant is not said. Where it is
  /// the alias that is new, and the node was there before, the alias is refused.
  private func reportAmbiguous(
    _ name: UInt32, _ targets: [UInt32], _ transaction: GraphTransaction
  ) {
    guard !isReplaying else { return }
    let nodes = targets.map { dictionary.text(of: $0) }
    let text = dictionary.text(of: name)
    guard transaction.wasNode(name) else {
      for ordinal in ordinals(ofFactsOf: name) {
        transaction.report(ordinal, .ambiguousAlias(text, of: nodes))
      }
      return
    }
    let rows = aliasTable.rows(of: name)
    let former = transaction.aliases.table.rows(of: name).filter { $0 < transaction.aliases.count }
    guard rows.count > former.count else { return }
    transaction.report(ordinal(ofAlias: name), .ambiguousNode(text, of: nodes))
  }

  /// The number of the fact that last made a name an alias in the open write.
  private func ordinal(ofAlias name: UInt32) -> Int {
    aliasTable.rows(of: name).last.flatMap { aliasTable.transaction.ordinal(of: $0) } ?? 0
  }

  /// The numbers of the facts that the open write has added about a node, each once. O(rows added).
  private func ordinals(ofFactsOf node: UInt32) -> [Int] {
    var ordinals: Set<Int> = []
    func look(_ rows: TransactionRows, _ count: Int, isConcerned: (Int) -> Bool) {
      for row in min(rows.start, count)..<count where isConcerned(row) {
        ordinals.insert(rows.ordinal(of: row) ?? 0)
      }
    }
    for table in labelSet.tables {
      look(table.transaction, table.count) { table.node(at: $0) == node }
    }
    for table in propertySet.tables {
      look(table.transaction, table.count) { table.node(at: $0) == node }
    }
    for table in edgeSet.tables {
      look(table.transaction, table.count) { row in
        let (source, target) = table.ends(of: row)
        return source == node || target == node
      }
    }
    return ordinals.sorted()
  }

  private func renameLabels(_ names: [UInt32: UInt32]) {
    for table in labelSet.tables where names.keys.contains(where: { table.contains($0) }) {
      replace(table.rewritten(without: Bitmap(), nodes: [UInt32](), renaming: names))
    }
  }

  private func renameProperties(_ names: [UInt32: UInt32], _ transaction: GraphTransaction) {
    for table in propertySet.tables {
      var dropped: [UInt32] = []
      var moved: [(node: UInt32, word: UInt64, ordinal: Int)] = []
      for alias in names.keys.sorted() {
        guard let row = table.row(of: alias), let target = names[alias] else { continue }
        dropped.append(alias)
        // Where the value was there before, the alias is new.
        let ordinal = table.transaction.ordinal(of: row) ?? ordinal(ofAlias: alias)
        moved.append((target, table.values.word(row), ordinal))
      }
      guard !moved.isEmpty else { continue }
      let result = table.rewritten(without: dropped)
      for entry in moved {
        guard let old = result.word(of: entry.node) else {
          result.append(entry.node, word: entry.word, ordinal: entry.ordinal)
          continue
        }
        if old != entry.word {
          transaction.report(
            entry.ordinal,
            .propertyConflict(
              node: dictionary.text(of: entry.node), key: dictionary.text(of: table.key.raw),
              old: value(old, as: table.type), new: value(entry.word, as: table.type)))
        }
      }
      replace(result)
    }
  }

  /// Renames the ends of edges; where the old names are new to the graph, only rows that the write
  /// added can have them, and the rest of a large table is left alone.
  private func renameEnds(_ names: [UInt32: UInt32], onlyAdded: Bool) {
    let renamed = names.keys.sorted()
    var isRenamed = Bitmap()
    for alias in renamed { isRenamed.insert(Int(alias)) }
    for table in edgeSet.tables {
      let start = onlyAdded ? min(table.transaction.start, table.count) : 0
      let isConcerned =
        start < table.baseRows.count
        ? !table.rows(touching: renamed).isEmpty
        : (start..<table.count).contains { row in
          let (source, target) = table.ends(of: row)
          return isRenamed.contains(Int(source)) || isRenamed.contains(Int(target))
        }
      guard isConcerned else { continue }
      var changes = EdgeTable.Changes()
      changes.names = names
      replace(table.rewritten(changes, dictionary: dictionary))
    }
  }
}
