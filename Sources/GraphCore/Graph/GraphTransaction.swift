/// A write in progress: what the graph was before, and what has been found wrong.
///
/// Facts go straight into the tables. To roll back, the tables of before are put back and cut to
/// their former length (only those that the write has touched); that is enough because rows of such a table are only ever appended.
/// Whatever else changes a table puts a new one in its place.
final class GraphTransaction {
  private let dictionaryMark: Int
  private let nodes: NodeTable
  private let nodeCount: Int
  private let aliases: AliasTable
  private let aliasMark: (rows: Int, citations: Int)
  // The tables of before, and the lengths of those that have been touched since.
  private let labels: TableSet<LabelTable>
  private var labelMarks: [UInt32: (rows: Int, citations: Int)] = [:]
  private let edges: TableSet<EdgeTable>
  private var edgeMarks: [UInt32: (rows: Int, citations: Int, columns: Int)] = [:]
  private let properties: TableSet<PropertyTable>
  private var propertyMarks: [UInt32: Int] = [:]
  private let schema: GraphSchema
  private let documents: [String: String]
  private let tables: [String: StoredTable]
  private let indexes: [UInt32: PropertyIndex]
  private let hasTextIndex: Bool
  /// Keys that have become unique, and the facts that said so.
  var newUniqueKeys: [UInt32: Int] = [:]

  /// The names of tables that have been touched or replaced.
  private(set) var touchedLabels: Set<UInt32> = []
  private(set) var touchedEdges: Set<UInt32> = []
  private(set) var touchedProperties: Set<UInt32> = []
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
    nodes = graph.nodeTable
    nodeCount = graph.nodeTable.count
    aliases = graph.aliasTable
    aliasMark = (graph.aliasTable.count, graph.aliasTable.citations.count)
    labels = graph.labelSet
    edges = graph.edgeSet
    properties = graph.propertySet
    schema = graph.schema
    documents = graph.documents
    tables = graph.tables
    indexes = graph.indexes
    hasTextIndex = graph.hasTextIndex
    // Whoever has got hold of a table in the write around this one may go on using it.
    if let outer = graph.transactions.last {
      for name in outer.touchedLabels { touch(label: name) }
      for name in outer.touchedEdges { touch(edge: name) }
      for name in outer.touchedProperties { touch(property: name) }
    }
  }

  /// Notes that a label's table is about to change or to be replaced. O(1).
  func touch(label name: UInt32) {
    guard touchedLabels.insert(name).inserted, let table = labels[name] else { return }
    labelMarks[name] = (table.count, table.citations.count)
  }

  /// Notes that the table of an edge type is about to change or to be replaced. O(1).
  func touch(edge name: UInt32) {
    guard touchedEdges.insert(name).inserted, let table = edges[name] else { return }
    edgeMarks[name] = (table.count, table.citations.count, table.columns.count)
  }

  /// Notes that a property's table is about to change or to be replaced. O(1).
  func touch(property name: UInt32) {
    guard touchedProperties.insert(name).inserted, let table = properties[name] else { return }
    propertyMarks[name] = table.count
  }

  /// Makes the graph what it was.
  func restore(_ graph: Graph) {
    nodes.truncate(to: nodeCount)
    graph.nodeTable = nodes
    aliases.truncate(to: aliasMark.rows, citations: aliasMark.citations)
    graph.aliasTable = aliases
    for (name, mark) in labelMarks {
      labels[name]?.truncate(to: mark.rows, citations: mark.citations)
    }
    graph.labelSet = labels
    for (name, mark) in edgeMarks {
      edges[name]?.truncate(to: mark.rows, citations: mark.citations, columns: mark.columns)
    }
    graph.edgeSet = edges
    for (name, mark) in propertyMarks { properties[name]?.truncate(to: mark) }
    graph.propertySet = properties
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
    for name in inner.touchedLabels where touchedLabels.insert(name).inserted {
      labelMarks[name] = inner.labelMarks[name]
    }
    for name in inner.touchedEdges where touchedEdges.insert(name).inserted {
      edgeMarks[name] = inner.edgeMarks[name]
    }
    for name in inner.touchedProperties where touchedProperties.insert(name).inserted {
      propertyMarks[name] = inner.propertyMarks[name]
    }
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

  /// Whether a table is the one from before, which must not change but at its end.
  func holds(_ table: PropertyTable) -> Bool {
    properties[table.key.raw] === table
  }

  /// Whether other names have come or gone since.
  func hasOtherAliases(than graph: Graph) -> Bool {
    graph.aliasTable !== aliases || graph.aliasTable.count != aliasMark.rows
  }

  /// How many nodes there were.
  var formerNodeCount: Int { nodeCount }
  /// The table that they are in, at its beginning.
  var formerNodes: NodeTable { nodes }

  /// Whether some node had the label before.
  func had(label: UInt32) -> Bool { (labelMarks[label]?.rows ?? labels[label]?.count ?? 0) > 0 }

  /// Whether there were edges of the type before.
  func had(type: UInt32) -> Bool { (edgeMarks[type]?.rows ?? edges[type]?.count ?? 0) > 0 }

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
