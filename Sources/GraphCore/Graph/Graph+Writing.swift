extension Graph {
  /// Changes the graph as a whole or not at all.
  ///
  /// ```swift
  /// let summary = try graph.write { writer in
  ///   writer.addEdge(
  ///     "builds", from: "大运集团", to: "新能源汽车项目",
  ///     properties: [("amount", 12.5), ("unit", "亿元")],
  ///     citation: Citation(source: "001.txt", lines: "310-314"))
  /// }.summary
  /// ```
  ///
  /// Facts may come in any order; labels, aliases and schema are looked at when the closure has
  /// returned. An error of the closure, or a fact that the graph refuses, leaves everything as it
  /// was. Inside another write it becomes a part of that one, and can still fail on its own.
  ///
  /// - Throws: what the closure throws, or `GraphWriteError`.
  /// - Complexity: O(facts), beside O(rows of a table) for each removal or conversion in it.
  @discardableResult
  public func write<R>(
    _ body: (inout GraphWriter) throws -> R
  ) throws -> (result: R, summary: WriteSummary) {
    begin()
    let result: R
    do {
      var writer = GraphWriter(graph: self)
      result = try body(&writer)
    } catch {
      rollback()
      throw error
    }
    return (result, try commit())
  }

  /// Begins a write that `commit` or `rollback` ends. Writes nest.
  ///
  /// - Returns: what it touches, as it was before; to be looked at until something else is written.
  /// - Complexity: O(1). So is each change of a table that the write has touched already.
  @discardableResult
  package func begin() -> GraphTransaction {
    if transactions.isEmpty {
      nodeMark = nodeTable.count
      aliasTable.transaction.restart(at: aliasTable.count)
    }
    let transaction = GraphTransaction(of: self)
    transactions.append(transaction)
    journal?.begin()
    return transaction
  }

  /// Whether a write is in progress.
  package var isWriting: Bool { !transactions.isEmpty }

  /// Whether the innermost write in progress has changed anything so far.
  package var hasUncommittedChanges: Bool { transactions.last?.hasChanges ?? false }

  /// Another number after each write and each undoing: whoever keeps views of columns asks.
  package var changeSerial: UInt64 { transactionSerial }

  /// A writer for the write in progress.
  package func writer() -> GraphWriter {
    precondition(isWriting, "there is no write in progress")
    return GraphWriter(graph: self)
  }

  /// Undoes the innermost write in progress.
  package func rollback() {
    guard let transaction = transactions.popLast() else {
      preconditionFailure("there is no write in progress")
    }
    transaction.restore(self)
    transactionSerial += 1
    if transactions.isEmpty { restartRows(transaction) }
    journal?.rollback()
  }

  /// No row of the tables that a write has touched is new any more.
  private func restartRows(_ transaction: GraphTransaction) {
    for name in transaction.labels.names {
      if let table = labelSet[name] { table.transaction.restart(at: table.count) }
    }
    for name in transaction.edges.names {
      if let table = edgeSet[name] { table.transaction.restart(at: table.count) }
    }
    for name in transaction.properties.names {
      if let table = propertySet[name] { table.transaction.restart(at: table.count) }
    }
  }

  /// Puts a table in the place of the one of its label.
  func replace(_ table: LabelTable) {
    touch(label: table.label.raw)
    labelSet.set(table, for: table.label.raw)
  }

  /// Puts a table in the place of the one of its type.
  func replace(_ table: EdgeTable) {
    touch(edge: table.type.raw)
    edgeSet.set(table, for: table.type.raw)
  }

  /// Puts a table in the place of the one of its key.
  func replace(_ table: PropertyTable) {
    touch(property: table.key.raw)
    propertySet.set(table, for: table.key.raw)
  }

  /// Ends the innermost write in progress; where it fails, the write is undone.
  ///
  /// Where facts are wrong, `look` is called before they go: the names that they brought are still known then.
  ///
  /// - Throws: `violations`, by the numbers of the facts, or `store` where a file could not take
  ///   the write. The graph is then as it was before `begin`.
  @discardableResult
  package func commit(beforeUndoing look: () -> Void = {}) throws(GraphWriteError) -> WriteSummary {
    guard let transaction = transactions.last else {
      preconditionFailure("there is no write in progress")
    }
    mergeAliases(transaction)
    if transaction.hasRemovals { pruneNodes(transaction) }
    // What is wrong is told at once: a fact that was refused before is not there, and no cause of more.
    if transaction.hasOwnChanges {
      if !schema.isEmpty { checkSchema(transaction) }
      if !indexes.isEmpty { checkUniqueKeys(transaction) }
    }
    if transaction.hasFailed {
      let violations = transaction.violations
      look()
      rollback()
      throw .violations(violations.sorted { $0.ordinal < $1.ordinal })
    }
    do throws(StoreError) {
      try journal?.commit(self, hasChanges: transaction.hasChanges)
    } catch {
      rollback()
      throw .store(error)
    }
    summarize(transaction)
    transactions.removeLast()
    transactions.last?.absorb(transaction)
    if transaction.hasChanges {
      version += transactions.isEmpty ? 1 : 0
      statisticsCache = nil
    }
    if transactions.isEmpty {
      restartRows(transaction)
      let follower = afterCommit
      afterCommit = nil
      follower?()
    }
    transaction.summary.version = version
    return transaction.summary
  }

  /// Counts what was added, from what is there now.
  private func summarize(_ transaction: GraphTransaction) {
    let before = transaction.formerNodeCount
    let names = nodeTable.count - before + transaction.summary.removedNodes
    transaction.summary.newNodes = max(0, names)
    for table in labelSet.tables(named: transaction.labels.names) {
      transaction.summary.newLabels += transaction.labels.newRowCount(of: table, table.label.raw)
      if table.count > 0 && transaction.labels[table.label.raw] == nil {
        transaction.summary.newLabelNames.append(dictionary.text(of: table.label.raw))
      }
    }
    for table in edgeSet.tables(named: transaction.edges.names) {
      transaction.summary.newEdges += transaction.edges.newRowCount(of: table, table.type.raw)
      if table.count > 0 && transaction.edges[table.type.raw] == nil {
        transaction.summary.newEdgeTypes.append(dictionary.text(of: table.type.raw))
      }
    }
    for table in propertySet.tables(named: transaction.properties.names) {
      transaction.summary.newProperties += transaction.properties.newRowCount(
        of: table, table.key.raw)
    }
    transaction.summary.newAliases = transaction.newAliasCount(in: self)
  }

  /// Forgets the nodes that nothing speaks of any more.
  ///
  /// - Complexity: O(nodes that have lost a fact × tables · log rows) where rows lie in a file, and at
  ///   most O(facts).
  private func pruneNodes(_ transaction: GraphTransaction) {
    let lost = Set(transaction.bereft).filter { nodeTable.contains($0) }.sorted()
    guard !lost.isEmpty else { return }
    let tableCount = labelSet.tables.count + edgeSet.tables.count + propertySet.tables.count
    let isIndexed = edgeSet.tables.allSatisfy { $0.count <= 2 * ($0.base?.count ?? 0) }
    let unused =
      isIndexed && lost.count * tableCount < edgeCount
      ? lost.filter { !isUsed($0) } : unusedNodes(among: lost)
    guard !unused.isEmpty else { return }
    for node in unused {
      if let row = transaction.formerNodes.row(of: node), row < transaction.formerNodeCount {
        transaction.summary.removedNodes += 1
      }
    }
    nodeTable = nodeTable.removing(unused)
  }

  /// Whether a fact speaks of a node.
  private func isUsed(_ node: UInt32) -> Bool {
    labelSet.tables.contains { $0.contains(node) }
      || propertySet.tables.contains { $0.row(of: node) != nil }
      || edgeSet.tables.contains {
        $0.degree(of: node, .outgoing) > 0 || $0.degree(of: node, .incoming) > 0
      }
  }

  /// The nodes of which no fact speaks. O(facts).
  private func unusedNodes(among nodes: [UInt32]) -> [UInt32] {
    var used = Bitmap()
    func use(_ column: Column<UInt32>) {
      let words = column.words
      for row in 0..<words.count { used.insert(Int(words[row])) }
    }
    for table in labelSet.tables { use(table.nodes) }
    for table in propertySet.tables { use(table.nodes) }
    for table in edgeSet.tables {
      use(table.sources)
      use(table.targets)
    }
    return nodes.filter { !used.contains(Int($0)) }
  }
}
