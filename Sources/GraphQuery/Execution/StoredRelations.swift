@_spi(Columns) import GraphCore

/// The graph as relations: columns of the store are borrowed, never copied, except where the
/// language asks for a view that the store does not keep (all labels, all edges, all properties).
struct StoredRelations {
  let graph: Graph
  let terms: TermSpace
  var cache: StoredRelationCache?

  /// The rows of a relation's origin; none where it is derived or declared.
  func relation(_ relation: CoreRelation, types: [ColumnType]) -> Relation? {
    guard let cache, relation.origin.isBorrowed else { return make(relation, types: types) }
    return cache.relation(relation, types: types, of: graph) { make(relation, types: types) }
  }

  /// The rows of an indexed node property that have one of some values; nothing where the property has
  /// no index, or no values are given, because others are asked for as well.
  func relation(
    _ relation: CoreRelation, types: [ColumnType], withValues words: Set<UInt64>?
  ) -> Relation? {
    guard let words, case .nodeProperty(let key) = relation.origin,
      let table = graph.indexedProperty(TermID(raw: key))
    else { return nil }
    let result = empty(relation, types)
    // In the order of the table, as all its rows would come.
    let rows = words.flatMap { word in table.rows(with: word).map { (row: $0, word: word) } }
    for (row, word) in rows.sorted(by: { $0.row < $1.row }) {
      result.insert([UInt64(table.node(at: row)), word])
    }
    return result
  }

  private func make(_ relation: CoreRelation, types: [ColumnType]) -> Relation? {
    switch relation.origin {
    case .derived, .declared: return nil
    case .label(let label):
      guard let table = graph.labelTable(TermID(raw: label)) else { return empty(relation, types) }
      return borrow(relation, types, [view(table.nodes)], table.count, table)
    case .edgePairs(let type):
      guard let table = graph.edgeTable(TermID(raw: type)) else { return empty(relation, types) }
      if let stored = table.storedPairs {
        return Relation(name: relation.name, types: types, stored: stored) {
          let pairs = table.pairs
          return ([view(pairs.sources), view(pairs.targets)], pairs)
        }
      }
      let pairs = table.pairs
      return borrow(
        relation, types, [view(pairs.sources), view(pairs.targets)], pairs.count, pairs)
    case .edges(let type): return edges(relation, types, type)
    case .edgeCitations(let type):
      guard let table = graph.edgeTable(TermID(raw: type)) else { return empty(relation, types) }
      return citations(relation, types, table.citations) { [[UInt64($0)]] }
    case .labelCitations(let label):
      guard let table = graph.labelTable(TermID(raw: label)) else { return empty(relation, types) }
      return citations(relation, types, table.citations) { [[UInt64(table.nodes[$0])]] }
    case .nodeProperty(let key):
      guard let table = graph.nodeProperty(TermID(raw: key)) else { return empty(relation, types) }
      return borrow(
        relation, types, [view(table.nodes), view(table.values)], table.count, table)
    case .nodes:
      return borrow(
        relation, types, [view(graph.allNodes)], graph.allNodes.count, graph.nodeTable)
    case .nodeLabels:
      let result = empty(relation, types)
      for table in graph.labelTables {
        for row in 0..<table.count {
          result.insert([UInt64(table.nodes[row]), UInt64(table.label.raw)])
        }
      }
      return result
    case .allEdges:
      let result = empty(relation, types)
      for table in graph.edgeTables {
        let pairs = table.pairs
        for row in 0..<pairs.count {
          result.insert([
            UInt64(table.type.raw), UInt64(pairs.sources[row]), UInt64(pairs.targets[row]),
          ])
        }
      }
      return result
    case .allProperties:
      let result = empty(relation, types)
      var bytes: [UInt8] = []
      for table in graph.nodeProperties {
        for row in 0..<table.count {
          bytes.removeAll(keepingCapacity: true)
          WordText.append(table.values.word(row), ColumnType(table.type), terms, to: &bytes)
          result.insert([
            UInt64(table.nodes[row]), UInt64(table.key.raw), UInt64(terms.intern(bytes)),
          ])
        }
      }
      return result
    case .aliases:
      let table = graph.aliasTable
      guard table.hasAliasesOfAliases else {
        return borrow(
          relation, types, [view(table.aliases), view(table.nodes)], table.count, table)
      }
      let result = empty(relation, types)
      for row in 0..<table.count { for pair in pairs(table, row) { result.insert(pair) } }
      return result
    case .aliasCitations:
      let table = graph.aliasTable
      return citations(relation, types, table.citations) { pairs(table, $0) }
    case .texts(holding: let part):
      let found = Column<UInt32>()
      graph.forEachTerm(containing: part) { term in
        found.append(term)
        return true
      }
      return borrow(relation, types, [view(found)], found.count, found)
    }
  }

  /// An alias with the nodes that it comes down to: what it was said to name may be another name itself.
  private func pairs(_ table: AliasTable, _ row: Int) -> [[UInt64]] {
    table.targets(ofRow: row).map { [UInt64(table.aliases[row]), UInt64($0)] }
  }

  private func empty(_ relation: CoreRelation, _ types: [ColumnType]) -> Relation {
    Relation(name: relation.name, types: types, terms: terms)
  }

  private func borrow(
    _ relation: CoreRelation, _ types: [ColumnType], _ views: [ColumnView], _ rowCount: Int,
    _ owner: Any
  ) -> Relation {
    Relation(
      name: relation.name, types: types, borrowing: views, rowCount: rowCount, owner: owner)
  }

  private func view(_ column: Column<UInt32>) -> ColumnView { ColumnView(narrow: column.words) }

  private func view(_ column: PropertyColumn) -> ColumnView {
    column.type.isWide
      ? ColumnView(wide: column.wide.words, presence: column.presence?.words)
      : ColumnView(narrow: column.narrow.words, presence: column.presence?.words)
  }

  /// Ends, id and properties of all edges of a type, in the order of the relation's columns.
  private func edges(_ relation: CoreRelation, _ types: [ColumnType], _ type: UInt32) -> Relation {
    guard let table = graph.edgeTable(TermID(raw: type)) else { return empty(relation, types) }
    var views = [view(table.sources), view(table.targets), ColumnView.rowNumbers]
    let absent = Column<UInt64>(repeating: 0, count: (table.count + 63) >> 6)
    let nothing = Column<UInt64>(repeating: 0, count: table.count)
    for column in relation.columns.dropFirst(3) {
      if let key = graph.term(column.name), let property = table.property(key) {
        views.append(view(property))
      } else {
        // Declared, but no edge has it.
        views.append(ColumnView(wide: nothing.words, presence: absent.words))
      }
    }
    return borrow(
      relation, types, views, table.count, EdgeOwner(table: table, absent: absent, nothing: nothing)
    )
  }

  private final class EdgeOwner {
    let table: EdgeTable
    let absent: Column<UInt64>
    let nothing: Column<UInt64>

    init(table: EdgeTable, absent: Column<UInt64>, nothing: Column<UInt64>) {
      self.table = table
      self.absent = absent
      self.nothing = nothing
    }
  }

  private func citations(
    _ relation: CoreRelation, _ types: [ColumnType], _ list: CitationList,
    owners: (Int) -> [[UInt64]]
  ) -> Relation {
    let result = empty(relation, types)
    let unknown = terms.intern("")
    for index in 0..<list.count {
      let source = list.sources[index]
      let lines = list.lines[index]
      for owner in owners(Int(list.rows[index])) {
        result.insert(
          owner + [
            UInt64(source == TermID.none.raw ? unknown : source),
            UInt64(lines == TermID.none.raw ? unknown : lines),
          ])
      }
    }
    return result
  }
}
