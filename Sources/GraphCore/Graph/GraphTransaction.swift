/// A write in progress: what the graph was before, and what has been found wrong.
///
/// Facts go straight into the tables. To roll back, the tables of before are put back and cut to
/// their former length; that is enough because rows of such a table are only ever appended.
/// Whatever else changes a table puts a new one in its place.
final class GraphTransaction {
  private let dictionaryMark: Int
  private let nodes: NodeTable
  private let nodeCount: Int
  private let aliases: AliasTable
  private let aliasMark: (rows: Int, citations: Int)
  private let labels: TableSet<LabelTable>
  private let labelMarks: [(rows: Int, citations: Int)]
  private let edges: TableSet<EdgeTable>
  private let edgeMarks: [(rows: Int, citations: Int, columns: Int)]
  private let properties: TableSet<PropertyTable>
  private let propertyMarks: [Int]
  private let schema: GraphSchema
  private let documents: [String: String]
  private let tables: [String: StoredTable]

  var violations: [GraphViolation] = []
  /// The summary so far: what can only be counted as it happens.
  var summary = WriteSummary()
  /// Facts other than those at the ends of tables have changed.
  var hasRemovals = false
  /// Labels have gone from nodes, or nodes have become others: edges of before need a check.
  var hasMovedLabels = false
  /// The fact that last changed the schema.
  var schemaOrdinal: Int?
  var hasChanges = false

  init(of graph: Graph) {
    dictionaryMark = graph.dictionary.mark
    nodes = graph.nodeTable
    nodeCount = graph.nodeTable.count
    aliases = graph.aliasTable
    aliasMark = (graph.aliasTable.count, graph.aliasTable.citations.count)
    labels = graph.labelSet
    labelMarks = graph.labelSet.tables.map { ($0.count, $0.citations.count) }
    edges = graph.edgeSet
    edgeMarks = graph.edgeSet.tables.map { ($0.count, $0.citations.count, $0.columns.count) }
    properties = graph.propertySet
    propertyMarks = graph.propertySet.tables.map(\.count)
    schema = graph.schema
    documents = graph.documents
    tables = graph.tables
  }

  /// Makes the graph what it was.
  func restore(_ graph: Graph) {
    nodes.truncate(to: nodeCount)
    graph.nodeTable = nodes
    aliases.truncate(to: aliasMark.rows, citations: aliasMark.citations)
    graph.aliasTable = aliases
    for (table, mark) in zip(labels.tables, labelMarks) {
      table.truncate(to: mark.rows, citations: mark.citations)
    }
    graph.labelSet = labels
    for (table, mark) in zip(edges.tables, edgeMarks) {
      table.truncate(to: mark.rows, citations: mark.citations, columns: mark.columns)
    }
    graph.edgeSet = edges
    for (table, mark) in zip(properties.tables, propertyMarks) { table.truncate(to: mark) }
    graph.propertySet = properties
    graph.schema = schema
    graph.documents = documents
    graph.tables = tables
    graph.dictionary.rollback(to: dictionaryMark)
    graph.statisticsCache = nil
  }

  /// Whether a table is the one from before, which must not change but at its end.
  func holds(_ table: PropertyTable) -> Bool {
    properties[table.key.raw] === table
  }

  /// How many nodes there were.
  var formerNodeCount: Int { nodeCount }
  /// The table that they are in, at its beginning.
  var formerNodes: NodeTable { nodes }

  /// Whether some node had the label before.
  func had(label: UInt32) -> Bool {
    labels.position(of: label).map { labelMarks[$0].rows > 0 } ?? false
  }

  /// Whether there were edges of the type before.
  func had(type: UInt32) -> Bool {
    edges.position(of: type).map { edgeMarks[$0].rows > 0 } ?? false
  }

  /// Whether the write must not succeed.
  private(set) var hasFailed = false

  /// Notes what is wrong with a fact; the first thousand are kept.
  func report(_ ordinal: Int, _ kind: GraphViolation.Kind) {
    hasFailed = true
    if violations.count < 1000 {
      violations.append(GraphViolation(ordinal: ordinal, kind: kind))
    }
  }
}
