extension Graph {
  /// Gives the columns the types that the schema declares, where their values fit.
  func adoptSchema(_ transaction: GraphTransaction) {
    let ordinal = transaction.schemaOrdinal ?? 0
    for table in propertySet.tables {
      let declared = schema.type(ofNodeProperty: table.key.raw)
      if table.type == declared && table.isDeclared { continue }
      guard let declared else { continue }
      if let misfit = misfit(table.key.raw, declared, of: table.values) {
        transaction.report(ordinal, misfit)
        continue
      }
      replace(table.converted(to: declared, isDeclared: true, dictionary: dictionary))
    }
    for table in edgeSet.tables where schema.edge(table.type.raw) != nil {
      var changes = EdgeTable.Changes()
      for column in table.columns {
        let key = column.key.raw
        guard let declared = schema.type(ofEdgeProperty: key, of: table.type.raw),
          column.type != declared || !column.isDeclared
        else { continue }
        if let misfit = misfit(key, declared, of: column) {
          transaction.report(ordinal, misfit)
          continue
        }
        changes.types[key] = (declared, true)
      }
      guard !changes.types.isEmpty else { continue }
      replace(table.rewritten(changes, dictionary: dictionary))
    }
  }

  /// Frees the columns whose types no schema declares any more: these may widen again, and what has no
  /// values takes the type of the first.
  func releaseTypes() {
    for table in propertySet.tables
    where table.isDeclared && schema.type(ofNodeProperty: table.key.raw) == nil {
      replace(
        table.count == 0
          ? PropertyTable(key: table.key, type: .number)
          : table.converted(to: table.type, isDeclared: false, dictionary: dictionary))
    }
    for table in edgeSet.tables {
      var changes = EdgeTable.Changes()
      for column in table.columns where column.isDeclared {
        let key = column.key.raw
        if schema.type(ofEdgeProperty: key, of: table.type.raw) == nil {
          changes.types[key] = (column.presentCount == 0 ? .number : column.type, false)
        }
      }
      if !changes.types.isEmpty { replace(table.rewritten(changes, dictionary: dictionary)) }
    }
  }

  /// Why a property does not fit a type: a value that a float would round, if there is one.
  func misfit(
    _ key: UInt32, _ type: ValueType, of column: PropertyColumn
  ) -> GraphViolation.Kind? {
    guard let row = column.misfit(for: type) else { return nil }
    let name = dictionary.text(of: key)
    return type == .float && column.type.isNumeric
      ? .rounded(key: name, value: value(column.word(row), as: column.type))
      : .typeMismatch(key: name, expected: type, found: column.type)
  }

  /// Why a column does not take a value, nor another type in which it could: a float would round the
  /// value, or one that the column has.
  func refusal(
    of property: StagedProperty, by column: PropertyColumn
  ) -> GraphViolation.Kind {
    if column.type == .float && property.type.isNumeric {
      return .rounded(
        key: dictionary.text(of: property.key), value: value(property.word, as: property.type))
    }
    let isWider = !column.isDeclared && property.type == .float && column.type.isNumeric
    return (isWider ? misfit(property.key, .float, of: column) : nil)
      ?? .typeMismatch(
        key: dictionary.text(of: property.key), expected: column.type, found: property.type)
  }

  /// Checks labels and property names of what was written, or of everything after the schema has
  /// changed or labels have gone.
  func checkSchema(_ transaction: GraphTransaction) {
    let isWhole = transaction.schemaOrdinal != nil || transaction.hasMovedLabels
    let tables =
      isWhole ? edgeSet.tables : edgeSet.tables(named: transaction.edges.names)
    for table in tables {
      guard let declared = schema.edge(table.type.raw) else { continue }
      let start = isWhole ? 0 : min(table.transaction.start, table.count)
      if start == table.count { continue }
      checkEnds(of: table, from: start, .source, declared.sourceLabels, transaction)
      checkEnds(of: table, from: start, .target, declared.targetLabels, transaction)
      checkKeys(of: table, from: start, declared, transaction)
    }
    checkNodeKeys(isWhole: isWhole, transaction)
  }

  private func checkEnds(
    of table: EdgeTable, from start: Int, _ end: GraphViolation.End, _ labels: [String],
    _ transaction: GraphTransaction
  ) {
    guard !labels.isEmpty, start < table.count else { return }
    let nodes = table.nodes(at: end, from: start)
    var fitting = Bitmap()
    for label in labels where fitting.count < nodes.count {
      dictionary.lookup(label).flatMap { labelSet[$0] }?.mark(nodes, in: &fitting)
    }
    guard fitting.count < nodes.count else { return }
    for row in start..<table.count where !fitting.contains(row - start) {
      let node = nodes[row - start]
      let ordinal = table.transaction.ordinal(of: row) ?? transaction.schemaOrdinal ?? 0
      // An alias of several nodes has been refused as that.
      if aliasTable.targets(of: node).count > 1, !transaction.wasNode(node) { continue }
      transaction.report(
        ordinal,
        .labelNotAllowed(
          type: dictionary.text(of: table.type.raw), end: end, node: dictionary.text(of: node),
          expected: labels, found: labelNames(of: node)))
    }
  }

  private func checkKeys(
    of table: EdgeTable, from start: Int, _ declared: EdgeSchema,
    _ transaction: GraphTransaction
  ) {
    guard !declared.properties.isEmpty else { return }
    let known = declared.properties.map(\.key)
    for column in table.properties
    where schema.type(ofEdgeProperty: column.key.raw, of: table.type.raw) == nil {
      for row in start..<table.count where column.isPresent(row) {
        transaction.report(
          table.transaction.ordinal(of: row) ?? transaction.schemaOrdinal ?? 0,
          .unknownProperty(
            key: dictionary.text(of: column.key.raw), owner: declared.type, known: known))
      }
    }
  }

  /// A node whose labels are all declared with properties has only properties that one of them
  /// names. O(rows added + nodes labelled × keys), and O(labels) for each that no label is found to name.
  private func checkNodeKeys(isWhole: Bool, _ transaction: GraphTransaction) {
    guard schema.nodes.contains(where: { !$0.properties.isEmpty }) else { return }
    let labelled = labelSet.tables(named: transaction.labels.names).flatMap { table in
      (min(table.transaction.start, table.count)..<table.count).map { table.node(at: $0) }
    }
    let tables =
      isWhole || !labelled.isEmpty
      ? propertySet.tables : propertySet.tables(named: transaction.properties.names)
    for table in tables {
      let key = dictionary.text(of: table.key.raw)
      if key == "display" { continue }
      let naming = schema.labels(naming: table.key.raw).compactMap { labelSet[$0] }
      func check(_ row: Int) {
        let node = table.node(at: row)
        if naming.contains(where: { $0.contains(node) }) { return }
        let owners = labelSet.tables.filter { $0.contains(node) }
        let declared = owners.compactMap { schema.node($0.label.raw) }
        guard !owners.isEmpty, declared.count == owners.count,
          declared.allSatisfy({ !$0.properties.isEmpty }),
          !declared.contains(where: { $0.properties.contains { $0.key == key } })
        else { return }
        transaction.report(
          table.transaction.ordinal(of: row) ?? transaction.schemaOrdinal ?? 0,
          .unknownProperty(
            key: key, owner: declared.map(\.label).joined(separator: ", "),
            known: declared.flatMap { $0.properties.map(\.key) }))
      }
      let start = isWhole ? 0 : min(table.transaction.start, table.count)
      for row in table.rows(of: labelled, before: start) { check(row) }
      for row in start..<table.count { check(row) }
    }
  }

  /// The names of a node's labels, in the order in which the labels arrived.
  func labelNames(of node: UInt32) -> [String] {
    labelSet.tables.filter { $0.contains(node) }.map { dictionary.text(of: $0.label.raw) }
  }
}

extension PropertyTable {
  /// The rows of some nodes among the first so many; ascending. O(the fewer of both).
  fileprivate func rows(of nodes: [UInt32], before end: Int) -> [Int] {
    if end == 0 || nodes.isEmpty { return [] }
    if nodes.count < end {
      return Set(nodes.compactMap(row).filter { $0 < end }).sorted()
    }
    // Of many nodes each row is asked about instead.
    var isAsked = Bitmap()
    for node in nodes { isAsked.insert(Int(node)) }
    return (0..<end).filter { isAsked.contains(Int(node(at: $0))) }
  }
}
