extension GraphWriter {
  /// The id of a text. Undone with the write.
  package func intern(_ bytes: Span<UInt8>) -> UInt32 { graph.dictionary.intern(bytes) }

  /// The id of a text. Undone with the write.
  package func intern(_ text: String) -> UInt32 { graph.dictionary.intern(text) }

  /// Makes room for so many new texts, where somebody knows how many are likely to come.
  package func expect(texts: Int) { graph.dictionary.expect(texts: texts) }

  /// The node that a name in a fact means: the one that it was an alias of before the write.
  ///
  /// What the write itself says of aliases counts when it ends, so that the order of its facts makes
  /// no difference.
  @inline(__always)
  mutating func node(_ name: UInt32) -> UInt32 {
    graph.aliasTable.contains(name) ? follow(name) : name
  }

  @inline(never)
  private mutating func follow(_ name: UInt32) -> UInt32 {
    if let known = followed[name] { return known }
    guard !graph.nodeTable.contains(name), let target = graph.aliasTable.formerTarget(of: name)
    else { return name }
    followed[name] = target
    transaction.summary.followedAliases.append(
      WriteSummary.Merge(
        alias: graph.dictionary.text(of: name), node: graph.dictionary.text(of: target)))
    return target
  }

  /// Adds a label to a node. Amortised O(1).
  package mutating func addLabel(
    _ label: UInt32, to node: UInt32, citation: StagedCitation = StagedCitation(), ordinal: Int
  ) {
    graph.journal?.record(label: label, of: node, citation)
    let table: LabelTable
    if let labelTable, labelTable.label.raw == label, isTouched(labelTable.writeSerial) {
      table = labelTable
    } else {
      table = graph.labelTableForWriting(label)
      labelTable = table
    }
    let node = self.node(node)
    graph.nodeTable.insert(node)
    table.add(node, citation: citation, ordinal: ordinal)
    transaction.hasOwnChanges = true
  }

  /// Adds an edge, or a citation to the equal edge that is there. Amortised O(properties).
  package mutating func addEdge(
    type: UInt32, from source: UInt32, to target: UInt32, properties: [StagedProperty] = [],
    citation: StagedCitation = StagedCitation(), ordinal: Int
  ) {
    graph.journal?.record(edge: type, source, target, properties, citation)
    addEdgeUnrecorded(
      type: type, from: source, to: target, properties: properties, citation: citation,
      ordinal: ordinal)
  }

  /// Adds an edge that the journal knows of.
  @inline(__always)
  mutating func addEdgeUnrecorded(
    type: UInt32, from source: UInt32, to target: UInt32, properties: [StagedProperty] = [],
    citation: StagedCitation = StagedCitation(), ordinal: Int
  ) {
    var table: EdgeTable
    if let edgeTable, edgeTable.type.raw == type, isTouched(edgeTable.writeSerial) {
      table = edgeTable
    } else {
      table = graph.edgeTableForWriting(type)
      edgeTable = table
    }
    let aliases = graph.aliasTable
    let source = aliases.contains(source) ? follow(source) : source
    let target = aliases.contains(target) ? follow(target) : target
    let nodes = graph.nodeTable
    nodes.insert(source)
    nodes.insert(target)
    transaction.hasOwnChanges = true
    while true {
      switch table.add(
        from: source, to: target, properties: properties, ordinal: ordinal,
        dictionary: graph.dictionary)
      {
      case .added(let row), .existing(let row):
        if !citation.isEmpty { table.citations.add(citation, to: row) }
        return
      case .duplicate(let property):
        transaction.report(
          ordinal,
          .duplicateProperty(key: graph.dictionary.text(of: properties[property].key)))
        return
      case .mismatch(let property, let column):
        guard let wider = graph.widened(table, column, for: properties[property]) else {
          transaction.report(
            ordinal, graph.refusal(of: properties[property], by: table.columns[column]))
          return
        }
        table = wider
        edgeTable = wider
      }
    }
  }

  /// Gives a node a property; a second, different value is a violation. Amortised O(1).
  package mutating func setProperty(
    _ property: StagedProperty, of node: UInt32, ordinal: Int
  ) {
    graph.journal?.record(.setProperty, property, of: node)
    let node = self.node(node)
    graph.nodeTable.insert(node)
    transaction.hasOwnChanges = true
    guard let (table, word) = graph.propertyTable(accepting: property, ordinal, transaction) else {
      return
    }
    guard let row = table.row(of: node) else {
      table.append(node, word: word, ordinal: ordinal)
      return
    }
    let old = table.values.word(row)
    if old != word {
      transaction.report(
        ordinal,
        .propertyConflict(
          node: graph.dictionary.text(of: node), key: graph.dictionary.text(of: property.key),
          old: graph.value(old, as: table.type), new: graph.value(word, as: table.type)))
    }
  }

  /// Gives a node a property in place of any value that it has. O(values) the first time in a write.
  package mutating func replaceProperty(
    _ property: StagedProperty, of node: UInt32, ordinal: Int
  ) {
    graph.journal?.record(.replaceProperty, property, of: node)
    let node = self.node(node)
    graph.nodeTable.insert(node)
    transaction.hasOwnChanges = true
    guard let accepted = graph.propertyTable(accepting: property, ordinal, transaction) else {
      return
    }
    var table = accepted.0
    let word = accepted.1
    guard let row = table.row(of: node) else {
      table.append(node, word: word, ordinal: ordinal)
      return
    }
    guard table.values.word(row) != word else { return }
    var place = row
    if graph.transactions.contains(where: { $0.properties.holds(table, of: property.key) }) {
      table = table.rewritten(without: [])
      graph.replace(table)
      place = table.row(of: node) ?? row
    }
    table.replace(word, at: place, of: node, ordinal: ordinal)
  }

  /// Makes a name an alias of a node. Nothing happens where the two are the same. Amortised O(1).
  package mutating func addAlias(
    _ alias: UInt32, of node: UInt32, citation: StagedCitation = StagedCitation(), ordinal: Int
  ) {
    guard alias != node else { return }
    graph.journal?.record(alias: alias, of: node, citation)
    transaction.hasOwnChanges = true
    graph.unsealed.hasAliases = true
    graph.aliasTable.add(alias, of: node, citation: citation, ordinal: ordinal)
  }

  /// Removes edges of a type by their rows; later rows move up. O(edges of the type).
  package mutating func removeEdges(ofType type: UInt32, rows: some Sequence<Int>) {
    guard let table = graph.edgeSet[type] else { return }
    var changes = EdgeTable.Changes()
    var dropped: [Int] = []
    for row in rows {
      precondition(row >= 0 && row < table.count, "there is no such edge")
      if changes.drop(row) {
        dropped.append(row)
        let (source, target) = table.ends(of: row)
        transaction.bereft += [source, target]
      }
    }
    guard !dropped.isEmpty else { return }
    graph.journal?.record(removed: dropped, of: table)
    transaction.summary.removedEdges += changes.dropped.count
    noteRemoval()
    graph.replace(table.rewritten(changes, dictionary: graph.dictionary))
  }

  /// Takes a label from nodes. O(nodes of the label).
  package mutating func removeLabel(_ label: UInt32, from nodes: some Sequence<UInt32>) {
    guard let table = graph.labelSet[label] else { return }
    var dropped = Bitmap()
    var found: [UInt32] = []
    for node in nodes where table.contains(node) {
      if dropped.insert(Int(node)) { found.append(node) }
    }
    guard !found.isEmpty else { return }
    graph.journal?.record(.removeLabel, label, of: found)
    transaction.summary.removedLabels += dropped.count
    noteRemoval()
    transaction.hasMovedLabels = true
    transaction.bereft += found
    graph.replace(table.rewritten(without: dropped, nodes: found))
  }

  /// Takes a property from nodes. O(nodes with the property).
  package mutating func removeProperty(_ key: UInt32, of nodes: some Sequence<UInt32>) {
    guard let table = graph.propertySet[key] else { return }
    var dropped = Bitmap()
    var found: [UInt32] = []
    for node in nodes where table.row(of: node) != nil && dropped.insert(Int(node)) {
      found.append(node)
    }
    guard !found.isEmpty else { return }
    graph.journal?.record(.removeProperty, key, of: found)
    transaction.summary.removedProperties += dropped.count
    noteRemoval()
    transaction.bereft += found
    graph.replace(table.rewritten(without: found))
  }

  /// Removes nodes with their labels, properties, edges and other names. O(facts).
  package mutating func removeNodes(_ nodes: [UInt32]) {
    for table in graph.labelSet.tables { removeLabel(table.label.raw, from: nodes) }
    for table in graph.propertySet.tables { removeProperty(table.key.raw, of: nodes) }
    for table in graph.edgeSet.tables {
      removeEdges(ofType: table.type.raw, rows: table.rows(touching: nodes))
    }
    var removed = Bitmap()
    for node in nodes { removed.insert(Int(node)) }
    let aliases = graph.aliasTable
    // An alias of an alias names what is gone as well, unless it names something else besides.
    let hasChains = aliases.hasAliasesOfAliases
    removeAliases { row in
      removed.contains(Int(aliases.nodes[row])) || removed.contains(Int(aliases.aliases[row]))
        || (hasChains && aliases.targets(ofRow: row).allSatisfy { removed.contains(Int($0)) })
    }
  }

  /// Forgets that names are aliases of nodes. O(aliases).
  package mutating func removeAliases(_ pairs: some Sequence<(alias: UInt32, node: UInt32)>) {
    let removed = Set(pairs.map { UInt64($0.alias) << 32 | UInt64($0.node) })
    let aliases = graph.aliasTable
    removeAliases {
      removed.contains(UInt64(aliases.aliases[$0]) << 32 | UInt64(aliases.nodes[$0]))
    }
  }

  private mutating func removeAliases(where isRemoved: (Int) -> Bool) {
    var dropped = Bitmap()
    var pairs: [(alias: UInt32, node: UInt32)] = []
    for row in 0..<graph.aliasTable.count where isRemoved(row) {
      dropped.insert(row)
      pairs.append((graph.aliasTable.aliases[row], graph.aliasTable.nodes[row]))
    }
    guard !pairs.isEmpty else { return }
    graph.journal?.record(removedAliases: pairs)
    noteRemoval()
    followed = [:]
    graph.unsealed.hasAliases = true
    graph.aliasTable = graph.aliasTable.rewritten(without: dropped)
  }

  /// Whether the innermost write has touched a table; another may have begun since it was remembered.
  @inline(__always)
  private func isTouched(_ writeSerial: UInt64) -> Bool { writeSerial == graph.transactionSerial }

  /// Tables that the writer remembers may have been replaced.
  mutating func noteRemoval() {
    transaction.hasRemovals = true
    transaction.hasOwnChanges = true
    edgeTable = nil
    labelTable = nil
  }
}

extension Graph {
  func labelTableForWriting(_ label: UInt32) -> LabelTable {
    let serial = transactionSerial
    let known = labelSet[label]
    if let known, known.writeSerial == serial { return known }
    touch(label: label)
    let table = known ?? LabelTable(label: TermID(raw: label))
    if known == nil { labelSet.set(table, for: label) }
    table.writeSerial = serial
    return table
  }

  func edgeTableForWriting(_ type: UInt32) -> EdgeTable {
    let serial = transactionSerial
    let known = edgeSet[type]
    if let known, known.writeSerial == serial { return known }
    touch(edge: type)
    let table = known ?? EdgeTable(type: TermID(raw: type))
    if known == nil { edgeSet.set(table, for: type) }
    table.writeSerial = serial
    for property in schema.edge(type)?.properties ?? [] {
      let key = TermID(raw: dictionary.intern(property.key))
      if !table.columns.contains(where: { $0.key == key }) {
        table.addColumn(key, property.type, isDeclared: true)
      }
    }
    return table
  }

  /// The table with a column of a type that takes the property, put in the place of the old one.
  func widened(_ table: EdgeTable, _ place: Int, for property: StagedProperty) -> EdgeTable? {
    let column = table.columns[place]
    guard canWiden(column, for: property) else { return nil }
    var changes = EdgeTable.Changes()
    changes.types[column.key.raw] = (property.type, false)
    let result = table.rewritten(changes, dictionary: dictionary)
    replace(result)
    return result
  }

  /// The table of a property and the word to store there; `nil` where the value does not fit.
  func propertyTable(
    accepting property: StagedProperty, _ ordinal: Int, _ transaction: GraphTransaction
  ) -> (PropertyTable, UInt64)? {
    let declared = schema.type(ofNodeProperty: property.key)
    var table: PropertyTable
    if let known = propertySet[property.key] {
      table = known
      if known.writeSerial != transactionSerial {
        touch(property: property.key)
        known.writeSerial = transactionSerial
      }
    } else {
      touch(property: property.key)
      table = PropertyTable(
        key: TermID(raw: property.key), type: declared ?? property.type,
        isDeclared: declared != nil)
      propertySet.set(table, for: property.key)
    }
    if property.type != table.type, canWiden(table.values, for: property) {
      table = table.converted(to: property.type, dictionary: dictionary)
      replace(table)
    }
    if table.values.accepts(property.type),
      let word = PropertyColumn.convert(
        property.word, from: property.type, to: table.type, dictionary)
    {
      return (table, word)
    }
    transaction.report(ordinal, refusal(of: property, by: table.values))
    return nil
  }

  /// Whether a column may take the type of a value that it does not accept: it has no values, or whole numbers
  /// that are floats as well, or none below 0 where the value is beyond the greatest signed one.
  private func canWiden(_ column: PropertyColumn, for property: StagedProperty) -> Bool {
    if column.isDeclared { return false }
    if column.presentCount == 0 { return true }
    switch property.type {
    case .float: return column.type.isNumeric && column.misfit(for: .float) == nil
    case .unsigned:
      return column.type == .number && Int64(exactly: property.word) == nil
        && column.misfit(for: .unsigned) == nil
    case .symbol, .number, .boolean: return false
    }
  }
}
