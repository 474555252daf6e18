/// How a node property is indexed.
public enum PropertyIndex: UInt8, Sendable {
  /// The nodes of a value are found without looking at the others.
  case plain = 1
  /// The same, and no two nodes have the same value.
  case unique = 2
}

extension Graph {
  /// How a node property is indexed; `nil` where it is not. O(1).
  public func index(ofNodeProperty key: String) -> PropertyIndex? {
    term(key).flatMap { indexes[$0.raw] }
  }

  /// The keys of node properties that are indexed, in code point order. O(keys × log keys).
  public var indexedKeys: [String] {
    indexes.keys.map { dictionary.text(of: $0) }.sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
  }

  /// The nodes that have a value: `graph.nodes(where: "code", is: "91140000")`.
  ///
  /// - Complexity: O(log nodes + result) where the property is indexed and lies in a file; otherwise
  ///   O(nodes with the property) the first time, then O(result).
  public func nodes(where key: String, is value: Value) -> [GraphNode] {
    guard let table = term(key).flatMap(nodeProperty), let word = word(of: value, as: table.type)
    else { return [] }
    return table.rows(with: word).map {
      GraphNode(graph: self, id: TermID(raw: table.node(at: $0)))
    }
  }

  /// The values of a node property that is indexed, if there are any.
  package func indexedProperty(_ key: TermID) -> PropertyTable? {
    indexes[key.raw] == nil ? nil : nodeProperty(key)
  }

  /// The word that a value has in a column, if it can be there.
  private func word(of value: Value, as type: ValueType) -> UInt64? {
    switch (value, type) {
    case (.text(let text), .symbol): term(text).map { UInt64($0.raw) }
    case (.integer(let number), .number): UInt64(bitPattern: number)
    case (.integer(let number), .unsigned): number >= 0 ? UInt64(number) : nil
    case (.integer(let number), .float): Double(exactly: number)?.canonical.bitPattern
    case (.unsigned(let number), .unsigned): number
    case (.unsigned(let number), .number): Int64(exactly: number).map(UInt64.init)
    case (.unsigned(let number), .float): Double(exactly: number)?.bitPattern
    case (.float(let number), .float): number.canonical.bitPattern
    case (.boolean(let flag), .boolean): flag ? 1 : 0
    case (.text, _), (.integer, _), (.unsigned, _), (.float, _), (.boolean, _): nil
    }
  }

  /// Reports nodes that share a value of a unique key. O(rows added · log rows), or O(rows) of a key
  /// that has become unique.
  func checkUniqueKeys(_ transaction: GraphTransaction) {
    for key in transaction.properties.names.sorted() where indexes[key] == .unique {
      guard let table = propertySet[key] else { continue }
      let stated = transaction.newUniqueKeys[key]
      let isNew = stated != nil
      var rows = Array((isNew ? 0 : min(table.transaction.start, table.count))..<table.count)
      if !isNew { rows += table.transaction.replacedNodes.compactMap { table.row(of: $0) } }
      for row in Set(rows).sorted() {
        let word = table.values.word(row)
        let rows = table.rows(with: word)
        guard rows.count > 1, isNew ? rows.last == row : true else { continue }
        transaction.report(
          table.transaction.ordinal(of: row) ?? stated ?? 0,
          .notUnique(
            key: dictionary.text(of: key), value: self.value(word, as: table.type),
            nodes: rows.map { dictionary.text(of: table.node(at: $0)) }))
      }
    }
  }
}

extension GraphWriter {
  /// Has a node property indexed from now on, or no more (`nil`).
  ///
  /// ```swift
  /// writer.setIndex(.unique, onNodeProperty: "code")
  /// ```
  ///
  /// A unique key that two nodes share is a violation when the write ends.
  public mutating func setIndex(_ index: PropertyIndex?, onNodeProperty key: String) {
    let ordinal = next()
    setIndex(index, onNodeProperty: key, ordinal: ordinal)
  }

  /// Has a node property indexed; violations are those of the fact with the number.
  package mutating func setIndex(
    _ index: PropertyIndex?, onNodeProperty key: String, ordinal: Int
  ) {
    let term = intern(key)
    guard graph.indexes[term] != index else { return }
    graph.journal?.record(index: index, key)
    graph.touch(property: term)
    graph.indexes[term] = index
    graph.unsealed.indexes.insert(term)
    if index == .unique { transaction.newUniqueKeys[term] = ordinal }
    transaction.hasOwnChanges = true
  }

  /// Has all texts of the file indexed by their parts from now on, or no more.
  ///
  /// ```swift
  /// try store.write { $0.setTextIndex(true) }
  /// store.graph.nodes(containing: "经济开发区").map(\.name)
  /// ```
  public mutating func setTextIndex(_ isOn: Bool) {
    guard graph.hasTextIndex != isOn else { return }
    graph.journal?.record(textIndex: isOn)
    graph.hasTextIndex = isOn
    graph.unsealed.hasTextIndex = true
    transaction.hasOwnChanges = true
  }
}

extension PropertyTable {
  /// The rows with a word, ascending. O(log rows + result) in a file.
  package func rows(with word: UInt64) -> [Int] {
    let baseCount = baseRows.count
    var result: [Int] = []
    var first = 0
    if let places = packedPlaces(of: word) {
      result = places.compactMap { baseRows.row(at: $0) }
      first = baseCount
    }
    return result + indexedRows(with: word, from: first)
  }
}
