/// A property graph in memory: nodes with labels and properties, typed directed edges with
/// properties, other names of nodes, and where each fact is said.
///
/// ```swift
/// let graph = Graph()
/// try graph.write { writer in
///   writer.addLabel("company", to: "大运集团")
///   writer.addEdge("located_in", from: "大运集团", to: "运城经济技术开发区")
///   writer.setProperty("founded", of: "大运集团", to: 1987)
/// }
/// graph.node("大运集团")?.labels                                  // ["company"]
/// graph.node("大运集团")?.outgoing("located_in").map(\.target.name)  // ["运城经济技术开发区"]
/// ```
///
/// A node is its name. It exists while it has a label, a property or an edge. A graph is used by one
/// thread at a time; whoever shares its columns builds their indexes before.
///
/// Invariants: every id in a table is a term of the dictionary; the ends of edges and the nodes of
/// labels and properties are in the node table, and nothing else is; no alias that names one node
/// is itself a node; tables of an older version change only by rows at their end.
public final class Graph {
  /// All texts of the graph.
  package let dictionary: TermDictionary
  /// Grows by one with each write that changed something.
  public internal(set) var version: UInt64 = 0

  /// All nodes: whatever a label, a property or an edge speaks of.
  @safe @exclusivity(unchecked) package internal(set) var nodeTable = NodeTable()
  @safe @exclusivity(unchecked) package internal(set) var aliasTable = AliasTable()
  @safe @exclusivity(unchecked) var labelSet = TableSet<LabelTable>()
  @safe @exclusivity(unchecked) var edgeSet = TableSet<EdgeTable>()
  @safe @exclusivity(unchecked) var propertySet = TableSet<PropertyTable>()
  var schema = GraphSchema()
  var documents: [String: String] = [:]
  var tables: [String: StoredTable] = [:]
  /// How node properties are indexed, by the terms of their keys.
  var indexes: [UInt32: PropertyIndex] = [:]
  /// Whether texts are to be found by their parts without a look at all of them.
  public internal(set) var hasTextIndex = false
  /// The index of the texts that lie in the file, where it has one, or in memory; see `textIndexInUse`.
  var textIndex: PackedTextIndex?
  /// Makes commits durable, where the graph lies in a file.
  @safe @exclusivity(unchecked) var journal: GraphJournal?
  var transactions: [GraphTransaction] = []
  /// Terms of names that have been asked for.
  var namedTerms: [ExactText: TermID] = [:]
  /// Grows with each write that begins or is undone; tables remember when they were last touched.
  @safe @exclusivity(unchecked) var transactionSerial: UInt64 = 0
  var statisticsCache: GraphStatistics?
  /// Those of the file, where it has them.
  var sealedStatistics: GraphStatistics?
  /// Whether what is written was taken already, by rules that may have been others.
  var isReplaying = false
  /// How many nodes there were before the outermost write in progress.
  var nodeMark = 0
  /// What has changed since the graph was last written to its file.
  var unsealed = ChangedTables()
  /// Runs when the outermost write has succeeded, and is then forgotten.
  var afterCommit: (() -> Void)?

  /// The tables that somebody has changed, by the terms of their names.
  struct ChangedTables {
    var labels: Set<UInt32> = []
    var edges: Set<UInt32> = []
    var properties: Set<UInt32> = []
    var hasAliases = false
    var hasSchema = false
    var hasDocuments = false
    var tables: Set<String> = []
    /// Keys whose index has come, gone or changed.
    var indexes: Set<UInt32> = []
    /// Whether the index of texts has come or gone.
    var hasTextIndex = false

    var isEmpty: Bool {
      labels.isEmpty && edges.isEmpty && properties.isEmpty && tables.isEmpty && !hasAliases
        && !hasSchema && !hasDocuments
    }
  }

  /// An empty graph.
  public init() { dictionary = TermDictionary() }

  /// A graph over texts that are there already.
  init(dictionary: TermDictionary) { self.dictionary = dictionary }
}

// MARK: - Columns for the engine

extension Graph {
  /// The ids of all nodes, in the order of arrival.
  package var allNodes: Column<UInt32> { nodeTable.ids }

  /// The nodes of a label, if there are any.
  package func labelTable(_ label: TermID) -> LabelTable? {
    labelSet[label.raw].flatMap { $0.count > 0 ? $0 : nil }
  }

  /// The edges of a type, if there are any.
  package func edgeTable(_ type: TermID) -> EdgeTable? {
    edgeSet[type.raw].flatMap { $0.count > 0 ? $0 : nil }
  }

  /// The values of a node property, if there are any.
  package func nodeProperty(_ key: TermID) -> PropertyTable? {
    propertySet[key.raw].flatMap { $0.count > 0 ? $0 : nil }
  }

  /// The tables of all labels that some node has, in the order of arrival. O(labels).
  package var labelTables: [LabelTable] { labelSet.tables.filter { $0.count > 0 } }
  /// The tables of all edge types that some edge has, in the order of arrival. O(types).
  package var edgeTables: [EdgeTable] { edgeSet.tables.filter { $0.count > 0 } }
  /// Of the tables of some labels those that some node has, in the order of arrival.
  package func labelTables(named names: Set<UInt32>) -> [LabelTable] {
    labelSet.tables(named: names).filter { $0.count > 0 }
  }

  /// Of the tables of some edge types those that some edge has, in the order of arrival.
  package func edgeTables(named names: Set<UInt32>) -> [EdgeTable] {
    edgeSet.tables(named: names).filter { $0.count > 0 }
  }

  /// The tables of all node properties that some node has, in the order of arrival. O(keys).
  package var nodeProperties: [PropertyTable] { propertySet.tables.filter { $0.count > 0 } }

  /// The term of a text, if the graph knows it. O(length), or O(log texts) comparisons in a file.
  package func term(_ text: String) -> TermID? { dictionary.lookup(text).map(TermID.init(raw:)) }

  /// The term of the name of a label, a type or a key, which is asked for again and again.
  /// O(length).
  func name(_ text: String) -> TermID? {
    let name = ExactText(text)
    if let known = namedTerms[name] { return known }
    guard let term = term(text) else { return nil }
    if namedTerms.count >= 4096 { namedTerms = [:] }
    namedTerms[name] = term
    return term
  }

  /// The value that a word of a column means.
  package func value(_ word: UInt64, as type: ValueType) -> Value {
    switch type {
    case .symbol: .text(dictionary.text(of: UInt32(truncatingIfNeeded: word)))
    case .number: .integer(Int64(bitPattern: word))
    case .unsigned: .unsigned(word)
    case .float: .float(Double(bitPattern: word))
    case .boolean: .boolean(word != 0)
    }
  }
}

// MARK: - Resolution

/// What a name in a node place means.
package enum NameResolution: Equatable, Sendable {
  /// It is a node.
  case node(TermID)
  /// It is another name of this node.
  case alias(of: TermID)
  /// It is another name of several nodes, in ascending order of id.
  case ambiguous([TermID])
  /// It is neither.
  case unknown
}

extension Graph {
  /// What a name in a node place means; load order makes no difference. O(length), or O(log texts)
  /// comparisons in a file; where it is an alias, O(aliases that it leads to) as well.
  package func resolve(_ name: String) -> NameResolution {
    term(name).map(resolve) ?? .unknown
  }

  /// What a term in a node place means. O(1), or O(log nodes) in a file; where it is an alias,
  /// O(aliases that it leads to) as well.
  package func resolve(_ term: TermID) -> NameResolution {
    if nodeTable.contains(term.raw) { return .node(term) }
    guard aliasTable.contains(term.raw) else { return .unknown }
    let targets = aliasTable.targets(of: term.raw)
    if targets.count > 1 { return .ambiguous(targets.map(TermID.init(raw:))) }
    return targets.first.map { .alias(of: TermID(raw: $0)) } ?? .unknown
  }
}

// MARK: - Declarations

extension Graph {
  /// Whether a schema names the label, with or without nodes.
  package func isDeclaredLabel(_ label: TermID) -> Bool { schema.node(label.raw) != nil }

  /// Whether a schema names the edge type, with or without edges.
  package func isDeclaredEdgeType(_ type: TermID) -> Bool { schema.edge(type.raw) != nil }

  /// The type that the schema declares for a property of nodes. O(1).
  package func declaredType(ofNodeProperty key: TermID) -> ValueType? {
    schema.type(ofNodeProperty: key.raw)
  }
}
