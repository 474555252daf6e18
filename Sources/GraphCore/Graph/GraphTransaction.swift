/// A write in progress, or one that has ended: what the graph was before, and what has been found wrong.
///
/// Facts go straight into the tables. To roll back, the tables of before are put back and cut to
/// their former length (only those that the write has touched); that is enough because rows of such a table are only ever appended.
/// Whatever else changes a table puts a new one in its place.
package final class GraphTransaction {
  private let dictionaryMark: Int
  /// The nodes, at the beginning of their table, and how many there were.
  package let formerNodes: NodeTable
  package let formerNodeCount: Int
  /// The aliases of before.
  package let aliases: TableVersion<AliasTable>
  /// How many of them a write around this one had added.
  private let formerNewAliases: Int
  package fileprivate(set) var labels: FormerTables<LabelTable>
  package fileprivate(set) var edges: FormerTables<EdgeTable>
  package fileprivate(set) var properties: FormerTables<PropertyTable>
  private let schema: GraphSchema
  private let documents: [String: String]
  private let tables: [String: StoredTable]
  private let indexes: [UInt32: PropertyIndex]
  private let hasTextIndex: Bool
  /// Keys that have become unique, and the facts that said so.
  var newUniqueKeys: [UInt32: Int] = [:]

  /// Nodes that have lost a fact and may have none left.
  var bereft: [UInt32] = []

  var violations: [GraphViolation] = []
  /// The summary so far: what can only be counted as it happens.
  var summary = WriteSummary()
  /// Facts other than those at the ends of tables have changed.
  var hasRemovals = false
  /// Labels have gone from nodes, or nodes have become others: edges of before need a check.
  var hasMovedLabels = false
  /// The fact that last changed the schema.
  var schemaOrdinal: Int?
  /// Whether the write has changed anything itself, beside the writes inside it, which were checked
  /// when they ended.
  @safe @exclusivity(unchecked) var hasOwnChanges = false
  private var hasInnerChanges = false
  var hasChanges: Bool { hasOwnChanges || hasInnerChanges }

  init(of graph: Graph) {
    graph.transactionSerial += 1
    dictionaryMark = graph.dictionary.mark
    formerNodes = graph.nodeTable
    formerNodeCount = graph.nodeTable.count
    aliases = graph.aliasTable.version
    formerNewAliases = graph.aliasTable.addedCount
    labels = FormerTables(graph.labelSet)
    edges = FormerTables(graph.edgeSet)
    properties = FormerTables(graph.propertySet)
    schema = graph.schema
    documents = graph.documents
    tables = graph.tables
    indexes = graph.indexes
    hasTextIndex = graph.hasTextIndex
  }

  /// Makes the graph what it was. O(tables touched + rows that came).
  func restore(_ graph: Graph) {
    formerNodes.truncate(to: formerNodeCount)
    graph.nodeTable = formerNodes
    aliases.table.truncate(to: aliases)
    graph.aliasTable = aliases.table
    labels.restore(&graph.labelSet)
    edges.restore(&graph.edgeSet)
    properties.restore(&graph.propertySet)
    graph.schema = schema
    graph.documents = documents
    graph.tables = tables
    graph.indexes = indexes
    graph.hasTextIndex = hasTextIndex
    graph.dictionary.rollback(to: dictionaryMark)
    graph.namedTerms = [:]
    graph.statisticsCache = nil
  }

  /// Takes over what a write inside this one has done.
  func absorb(_ inner: GraphTransaction) {
    labels.absorb(inner.labels)
    edges.absorb(inner.edges)
    properties.absorb(inner.properties)
    hasRemovals = hasRemovals || inner.hasRemovals
    hasMovedLabels = hasMovedLabels || inner.hasMovedLabels
    hasInnerChanges = hasInnerChanges || inner.hasChanges
    schemaOrdinal = schemaOrdinal ?? inner.schemaOrdinal
    bereft += inner.bereft
    newUniqueKeys.merge(inner.newUniqueKeys) { first, _ in first }
    summary.removedEdges += inner.summary.removedEdges
    summary.removedLabels += inner.summary.removedLabels
    summary.removedProperties += inner.summary.removedProperties
    summary.merges += inner.summary.merges
    summary.followedAliases += inner.summary.followedAliases
  }

  /// Whether a node was there before.
  func wasNode(_ node: UInt32) -> Bool {
    formerNodes.row(of: node).map { $0 < formerNodeCount } ?? false
  }

  /// Whether other names have come or gone since.
  func hasOtherAliases(than graph: Graph) -> Bool {
    graph.aliasTable !== aliases.table || graph.aliasTable.count != aliases.count
  }

  /// The names that were labels or edge types, and are neither any more. O(touched tables).
  package func goneNames(in graph: Graph) -> Set<UInt32> {
    let former =
      labels.names.filter { labels[$0] != nil }.union(edges.names.filter { edges[$0] != nil })
    return former.filter {
      graph.labelTable(TermID(raw: $0)) == nil && graph.edgeTable(TermID(raw: $0)) == nil
    }
  }

  /// The properties that some node had and none has any more, with their types. O(touched tables).
  package func goneNodeProperties(in graph: Graph) -> [(key: UInt32, type: ValueType)] {
    properties.names.compactMap { name in
      guard let former = properties[name], graph.nodeProperty(TermID(raw: name)) == nil else {
        return nil
      }
      return (name, former.table.type)
    }
  }

  /// The properties that edges of a type had and none of them has any more, with their types. O(touched tables), and
  /// O(keys of the type) where edges were not only added.
  package func goneEdgeProperties(
    in graph: Graph
  ) -> [(edgeType: UInt32, key: UInt32, type: ValueType)] {
    edges.names.flatMap { name -> [(edgeType: UInt32, key: UInt32, type: ValueType)] in
      let table = graph.edgeTable(TermID(raw: name))
      guard let former = edges[name]?.table, former !== table else { return [] }
      let kept = Set((table?.properties ?? []).map(\.key.raw))
      return former.properties.filter { !kept.contains($0.key.raw) }.map {
        (name, $0.key.raw, $0.type)
      }
    }
  }

  /// How many aliases the write itself has added.
  func newAliasCount(in graph: Graph) -> Int {
    max(0, graph.aliasTable.addedCount - formerNewAliases)
  }

  /// Whether the write must not succeed.
  private(set) var hasFailed = false

  /// Notes once that a fact has a text for which there is no room.
  func reportNoRoom(_ ordinal: Int) {
    if !violations.contains(where: { $0.kind == .noRoom }) { report(ordinal, .noRoom) }
  }

  /// Notes what is wrong with a fact; the first thousand are kept.
  func report(_ ordinal: Int, _ kind: GraphViolation.Kind) {
    hasFailed = true
    if violations.count < 1000 {
      violations.append(GraphViolation(ordinal: ordinal, kind: kind))
    }
  }
}

extension Graph {
  /// Notes that the table of a label is about to change or to be replaced. O(1).
  func touch(label name: UInt32) {
    transactions.last?.labels.touch(name, in: labelSet)
    unsealed.labels.insert(name)
  }

  /// Notes that the table of an edge type is about to change or to be replaced. O(1).
  func touch(edge name: UInt32) {
    transactions.last?.edges.touch(name, in: edgeSet)
    unsealed.edges.insert(name)
  }

  /// Notes that the table of a property is about to change or to be replaced. O(1).
  func touch(property name: UInt32) {
    transactions.last?.properties.touch(name, in: propertySet)
    unsealed.properties.insert(name)
  }
}
