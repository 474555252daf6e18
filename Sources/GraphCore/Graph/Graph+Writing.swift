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
  package func begin() {
    if transactions.isEmpty {
      nodeMark = nodeTable.count
      aliasTable.transaction.restart(at: aliasTable.count)
      for table in labelSet.tables { table.transaction.restart(at: table.count) }
      for table in edgeSet.tables { table.transaction.restart(at: table.count) }
      for table in propertySet.tables { table.transaction.restart(at: table.count) }
    }
    transactions.append(GraphTransaction(of: self))
    journal?.begin()
  }

  /// Whether a write is in progress.
  package var isWriting: Bool { !transactions.isEmpty }

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
    journal?.rollback()
  }

  /// Ends the innermost write in progress; where it fails, the write is undone.
  @discardableResult
  package func commit() throws(GraphWriteError) -> WriteSummary {
    guard let transaction = transactions.last else {
      preconditionFailure("there is no write in progress")
    }
    mergeAliases(transaction)
    if transaction.hasRemovals { pruneNodes(transaction) }
    if !schema.isEmpty && !transaction.hasFailed { checkSchema(transaction) }
    if transaction.hasFailed {
      let violations = transaction.violations
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
    if let outer = transactions.last {
      outer.hasRemovals = outer.hasRemovals || transaction.hasRemovals
      outer.hasMovedLabels = outer.hasMovedLabels || transaction.hasMovedLabels
      outer.hasChanges = outer.hasChanges || transaction.hasChanges
      outer.schemaOrdinal = outer.schemaOrdinal ?? transaction.schemaOrdinal
      outer.summary.removedEdges += transaction.summary.removedEdges
      outer.summary.removedLabels += transaction.summary.removedLabels
      outer.summary.removedProperties += transaction.summary.removedProperties
      outer.summary.merges += transaction.summary.merges
      outer.summary.followedAliases += transaction.summary.followedAliases
    }
    if transaction.hasChanges {
      version += transactions.isEmpty ? 1 : 0
      statisticsCache = nil
    }
    transaction.summary.version = version
    return transaction.summary
  }

  /// Counts what was added, from what is there now.
  private func summarize(_ transaction: GraphTransaction) {
    let before = transaction.formerNodeCount
    let names = nodeTable.count - before + transaction.summary.removedNodes
    transaction.summary.newNodes = max(0, names)
    for table in labelSet.tables {
      transaction.summary.newLabels += table.count - min(table.count, table.transaction.start)
      if table.count > 0 && !transaction.had(label: table.label.raw) {
        transaction.summary.newLabelNames.append(dictionary.text(of: table.label.raw))
      }
    }
    for table in edgeSet.tables {
      transaction.summary.newEdges += table.count - min(table.count, table.transaction.start)
      if table.count > 0 && !transaction.had(type: table.type.raw) {
        transaction.summary.newEdgeTypes.append(dictionary.text(of: table.type.raw))
      }
    }
    for table in propertySet.tables {
      transaction.summary.newProperties += table.count - min(table.count, table.transaction.start)
    }
    transaction.summary.newAliases =
      aliasTable.count - min(aliasTable.count, aliasTable.transaction.start)
  }

  /// Forgets the nodes that nothing speaks of any more. O(facts).
  private func pruneNodes(_ transaction: GraphTransaction) {
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
    guard used.count < nodeTable.count else { return }
    for row in 0..<transaction.formerNodeCount
    where !used.contains(Int(transaction.formerNodes.ids[row])) {
      transaction.summary.removedNodes += 1
    }
    nodeTable = nodeTable.keeping(used)
  }
}
