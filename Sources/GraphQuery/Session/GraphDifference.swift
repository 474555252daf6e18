@_spi(Columns) public import GraphCore

/// What is in a graph and was not before, and the other way round: enough to undo a change.
///
/// Edges, labels and aliases come and go as they are; a node property may also change its value.
/// Nodes are counted only: they come and go with what is said of them.
public struct GraphDifference: Sendable {
  /// An edge with its ends by name.
  public struct Edge: Sendable, Hashable {
    public var type: String
    public var source: String
    public var target: String
    public var properties: [Property]
    public var citations: [GraphCore.Citation]
  }

  /// A property of an edge.
  public struct Property: Sendable, Hashable {
    public var key: String
    public var value: Value

    public static func == (left: Property, right: Property) -> Bool {
      ExactText(left.key) == ExactText(right.key) && left.value == right.value
    }

    public func hash(into hasher: inout Hasher) {
      hasher.combine(ExactText(key))
      hasher.combine(value)
    }
  }

  /// That a node carries a label.
  public struct Label: Sendable, Hashable {
    public var label: String
    public var node: String
    public var citations: [GraphCore.Citation]
  }

  /// A property of a node before and after.
  public struct NodeProperty: Sendable, Hashable {
    public var node: String
    public var key: String
    /// Nil where the node had, or has, no such property.
    public var old: Value?
    /// The value that it has now; see `old`.
    public var new: Value?

    /// Whether the value is the same thing as another type.
    fileprivate var hasOtherType: Bool {
      if let old, let new { old.type != new.type } else { false }
    }
  }

  /// That a name is another name of a node.
  public struct Alias: Sendable, Hashable {
    public var alias: String
    public var node: String
    public var citations: [GraphCore.Citation]
  }

  /// How much came, went and is otherwise.
  public struct Counts: Sendable, Hashable {
    public var addedNodes = 0
    public var removedNodes = 0
    public var addedEdges = 0
    public var removedEdges = 0
    public var addedLabels = 0
    public var removedLabels = 0
    /// Edges, labels and aliases that are said in other places than before.
    public var recitedEdges = 0
    public var recitedLabels = 0
    public var recitedAliases = 0
    public var addedProperties = 0
    public var changedProperties = 0
    public var removedProperties = 0
    public var addedAliases = 0
    public var removedAliases = 0

    /// The facts among it.
    public var facts: Int {
      addedEdges + removedEdges + addedLabels + removedLabels + addedAliases + removedAliases
        + recitedEdges + recitedLabels + recitedAliases
        + addedProperties + changedProperties + removedProperties
    }
  }

  /// How much there is of each; right even where the lists are empty.
  public var counts = Counts()
  /// Whether the lists hold what was counted; where there is too much of it they are empty.
  public internal(set) var isListed = true
  public var addedEdges: [Edge] = []
  public var removedEdges: [Edge] = []
  public var addedLabels: [Label] = []
  public var removedLabels: [Label] = []
  /// Edges, labels and aliases that are said in other places than before, as they were.
  public var recitedEdges: [Edge] = []
  public var recitedLabels: [Label] = []
  public var recitedAliases: [Alias] = []
  /// Properties of nodes that came, went or have another value.
  public var properties: [NodeProperty] = []
  public var addedAliases: [Alias] = []
  public var removedAliases: [Alias] = []

  /// Whether no fact came, went or is otherwise. Nodes do not count by themselves.
  public var isEmpty: Bool { counts.facts == 0 }

  /// How many more facts may be listed where there may be `limit`.
  fileprivate func room(_ limit: Int) -> Int { max(0, limit - counts.facts) }
}

/// The tables that a write has touched, and their lengths when it began.
///
/// Rows of a table are only ever appended, and whatever else changes puts a new table in the place of
/// the old one. So what was there is what the old tables hold up to their old lengths. Tables that are not
/// here are as they were.
struct GraphMarks {
  private let nodes: NodeTable
  private let nodeCount: Int
  let labels: FormerTables<LabelTable>
  let edges: FormerTables<EdgeTable>
  let properties: FormerTables<PropertyTable>
  private let aliases: TableVersion<AliasTable>

  /// What a write has touched so far, or until its end.
  init(of write: GraphTransaction) {
    nodes = write.formerNodes
    nodeCount = write.formerNodeCount
    labels = write.labels
    edges = write.edges
    properties = write.properties
    aliases = write.aliases
  }

  /// What the write has changed, while nothing else is written; more facts than `limit` are counted and not
  /// listed.
  ///
  /// - Complexity: O(what has changed + touched tables + rows of replaced tables that do not lie in a file), in memory O(what has
  ///   changed) and a bit for each such row.
  func difference(to graph: Graph, limit: Int) -> GraphDifference {
    var result = GraphDifference()
    compareEdges(graph, limit, &result)
    compareLabels(graph, limit, &result)
    compareProperties(graph, limit, &result)
    compareAliases(graph, limit, &result)
    let places = graph.nodeTable.changes(since: nodes, nodeCount, limit: 0)
    result.counts.addedNodes = places.addedCount
    result.counts.removedNodes = places.removedCount
    guard result.isListed, result.counts.facts <= limit else {
      var counted = GraphDifference()
      counted.counts = result.counts
      counted.isListed = false
      return counted
    }
    return result
  }

  /// Compares the touched tables that are there now, and their terms, with those that were; then come those that have
  /// gone.
  private func compare<Table: VersionedTable>(
    _ present: [(term: UInt32, table: Table)], _ former: FormerTables<Table>,
    _ limit: Int, _ result: inout GraphDifference,
    changes: (Table, TableVersion<Table>, _ limit: Int) -> RowChanges,
    add: (RowChanges, Table, TableVersion<Table>?, inout GraphDifference) -> Void
  ) {
    for (term, table) in present {
      let (before, limit) = (former[term], result.room(limit))
      let found =
        before.map { changes(table, $0, limit) }
        ?? RowChanges(adding: table.version.count, limit: limit)
      add(found, table, before, &result)
    }
    for term in former.names.subtracting(present.map(\.term)).sorted() {
      guard let before = former[term] else { continue }
      let gone = RowChanges(removing: before.count, limit: result.room(limit))
      add(gone, before.table, before, &result)
    }
  }

  // MARK: Edges

  private func compareEdges(_ graph: Graph, _ limit: Int, _ result: inout GraphDifference) {
    compare(
      graph.edgeTables(named: edges.names).map { ($0.type.raw, $0) }, edges, limit, &result,
      changes: { $0.changes(since: $1, dictionary: graph.dictionary, limit: $2) },
      add: { add($0, $1, $2, graph, &$3) })
  }

  private func add(
    _ changes: RowChanges, _ table: EdgeTable, _ before: TableVersion<EdgeTable>?, _ graph: Graph,
    _ result: inout GraphDifference
  ) {
    result.counts.addedEdges += changes.addedCount
    result.counts.removedEdges += changes.removedCount
    result.counts.recitedEdges += changes.alteredCount
    result.isListed = result.isListed && changes.isListed
    guard result.isListed else { return }
    result.addedEdges += changes.added.map { record(table, $0, graph) }
    guard let before else { return }
    func former(_ row: Int) -> GraphDifference.Edge {
      record(before.table, row, graph, citationCount: before.citationCount)
    }
    result.removedEdges += changes.removed.map(former)
    result.recitedEdges += changes.altered.map { former($0.before) }
  }

  private func record(
    _ table: EdgeTable, _ row: Int, _ graph: Graph, citationCount: Int? = nil
  ) -> GraphDifference.Edge {
    let (source, target) = table.ends(of: row)
    return GraphDifference.Edge(
      type: graph.text(table.type.raw), source: graph.text(source), target: graph.text(target),
      properties: table.properties.compactMap { column in
        guard column.isPresent(row) else { return nil }
        return GraphDifference.Property(
          key: graph.text(column.key.raw), value: graph.value(column.word(row), as: column.type))
      }, citations: citations(of: row, in: table.citations, first: citationCount, graph))
  }

  /// The citations of a row among the first so many of the list.
  private func citations(of row: Int, in list: CitationList, first limit: Int?, _ graph: Graph)
    -> [GraphCore.Citation]
  {
    list.citations(of: row, first: limit ?? list.count).map { graph.citation(of: $0) }
  }

  // MARK: Labels, properties, aliases

  private func compareLabels(_ graph: Graph, _ limit: Int, _ result: inout GraphDifference) {
    compare(
      graph.labelTables(named: labels.names).map { ($0.label.raw, $0) }, labels, limit, &result,
      changes: { $0.changes(since: $1, limit: $2) }, add: { add($0, $1, $2, graph, &$3) })
  }

  private func add(
    _ changes: RowChanges, _ table: LabelTable, _ before: TableVersion<LabelTable>?,
    _ graph: Graph, _ result: inout GraphDifference
  ) {
    func record(_ table: LabelTable, _ row: Int, _ citationCount: Int? = nil)
      -> GraphDifference.Label
    {
      GraphDifference.Label(
        label: graph.text(table.label.raw), node: graph.text(table.node(at: row)),
        citations: citations(of: row, in: table.citations, first: citationCount, graph))
    }
    result.counts.addedLabels += changes.addedCount
    result.counts.removedLabels += changes.removedCount
    result.counts.recitedLabels += changes.alteredCount
    result.isListed = result.isListed && changes.isListed
    guard result.isListed else { return }
    result.addedLabels += changes.added.map { record(table, $0) }
    guard let before else { return }
    result.removedLabels += changes.removed.map {
      record(before.table, $0, before.citationCount)
    }
    result.recitedLabels += changes.altered.map {
      record(before.table, $0.before, before.citationCount)
    }
  }

  private func compareProperties(_ graph: Graph, _ limit: Int, _ result: inout GraphDifference) {
    for key in properties.names.sorted() {
      let limit = result.room(limit)
      let (before, after) = (properties[key], graph.nodeProperty(TermID(raw: key)))
      let changes =
        if let before, let after {
          after.changes(since: before, limit: limit)
        } else if let after {
          RowChanges(adding: after.count, limit: limit)
        } else {
          RowChanges(removing: before?.count ?? 0, limit: limit)
        }
      result.counts.addedProperties += changes.addedCount
      result.counts.removedProperties += changes.removedCount
      result.counts.changedProperties += changes.alteredCount
      result.isListed = result.isListed && changes.isListed
      guard result.isListed else { continue }
      func value(_ table: PropertyTable?, _ row: Int?) -> Value? {
        guard let table, let row else { return nil }
        return graph.value(table.values.word(row), as: table.type)
      }
      func add(_ table: PropertyTable?, _ row: Int, old: Int?, new: Int?) {
        guard let table else { return }
        result.properties.append(
          GraphDifference.NodeProperty(
            node: graph.text(table.node(at: row)), key: graph.text(key),
            old: value(before?.table, old), new: value(after, new)))
      }
      for row in changes.added { add(after, row, old: nil, new: row) }
      for (old, new) in changes.altered { add(after, new, old: old, new: new) }
      for row in changes.removed { add(before?.table, row, old: row, new: nil) }
    }
  }

  private func compareAliases(_ graph: Graph, _ limit: Int, _ result: inout GraphDifference) {
    func record(_ table: AliasTable, _ row: Int, _ citationCount: Int? = nil)
      -> GraphDifference.Alias
    {
      GraphDifference.Alias(
        alias: graph.text(table.aliases[row]), node: graph.text(table.nodes[row]),
        citations: citations(of: row, in: table.citations, first: citationCount, graph))
    }
    let changes = graph.aliasTable.changes(since: aliases, limit: result.room(limit))
    result.counts.addedAliases = changes.addedCount
    result.counts.removedAliases = changes.removedCount
    result.counts.recitedAliases = changes.alteredCount
    result.isListed = result.isListed && changes.isListed
    guard result.isListed else { return }
    result.addedAliases = changes.added.map { record(graph.aliasTable, $0) }
    result.removedAliases = changes.removed.map {
      record(aliases.table, $0, aliases.citationCount)
    }
    result.recitedAliases = changes.altered.map {
      record(aliases.table, $0.before, aliases.citationCount)
    }
  }
}

extension Graph {
  func text(_ term: UInt32) -> String { dictionary.text(of: term) }

  func citation(of staged: StagedCitation) -> GraphCore.Citation {
    GraphCore.Citation(
      source: staged.source == TermID.none.raw ? nil : text(staged.source),
      lines: staged.lines == TermID.none.raw ? nil : text(staged.lines))
  }
}

extension GraphDifference {
  /// Takes the change back, with what was declared before it. What it does to the graph is one more
  /// write, so that a file that follows the graph follows this too.
  func undo(in writer: inout GraphWriter, restoring declarations: GraphDeclarations) {
    // An alias makes facts of its name those of its node, so it goes first and comes back last.
    writer.removeAliases(
      (addedAliases + recitedAliases).lazy.map { (alias: $0.alias, node: $0.node) })
    // A citation goes only with its fact, so what is said elsewhere now goes and comes back.
    let edges = Dictionary(grouping: addedEdges + recitedEdges) { ExactText($0.type) }
    for (type, edges) in edges {
      let wanted = Dictionary(grouping: edges) { Ends($0.source, $0.target) }
      let pairs = wanted.keys.lazy.map { (source: $0.source.text, target: $0.target.text) }
      writer.removeEdges(ofType: type.text, between: pairs) { edge in
        let same = wanted[Ends(edge.source.name, edge.target.name)] ?? []
        let properties = Set(edge.properties.map { Property(key: $0.key, value: $0.value) })
        return same.contains { Set($0.properties) == properties }
      }
    }
    let labels = Dictionary(grouping: addedLabels + recitedLabels) { ExactText($0.label) }
    for (label, nodes) in labels {
      writer.removeLabel(label.text, from: nodes.lazy.map(\.node))
    }
    let present = properties.filter { $0.new != nil }
    func keepsColumn(_ property: NodeProperty) -> Bool {
      property.old != nil && !property.hasOtherType
    }
    for property in present where keepsColumn(property) {
      if let old = property.old {
        writer.replaceProperty(property.key, of: property.node, with: old)
      }
    }
    let removed = Dictionary(grouping: present.filter { !keepsColumn($0) }) { ExactText($0.key) }
    for (key, properties) in removed {
      writer.removeProperty(key.text, of: properties.lazy.map(\.node))
    }
    // Columns that are empty now take the types that they had before the change declared others.
    writer.restore(declarations)
    for edge in removedEdges + recitedEdges {
      for citation in edge.citations.isEmpty ? [GraphCore.Citation()] : edge.citations {
        writer.addEdge(
          edge.type, from: edge.source, to: edge.target,
          properties: edge.properties.map { ($0.key, $0.value) }, citation: citation)
      }
    }
    for label in removedLabels + recitedLabels {
      for citation in label.citations.isEmpty ? [GraphCore.Citation()] : label.citations {
        writer.addLabel(label.label, to: label.node, citation: citation)
      }
    }
    for property in properties where property.new == nil || property.hasOtherType {
      if let old = property.old { writer.setProperty(property.key, of: property.node, to: old) }
    }
    for alias in removedAliases + recitedAliases {
      for citation in alias.citations.isEmpty ? [GraphCore.Citation()] : alias.citations {
        writer.addAlias(alias.alias, of: alias.node, citation: citation)
      }
    }
  }

  private struct Ends: Hashable {
    let source: ExactText
    let target: ExactText

    init(_ source: String, _ target: String) {
      (self.source, self.target) = (ExactText(source), ExactText(target))
    }
  }
}
