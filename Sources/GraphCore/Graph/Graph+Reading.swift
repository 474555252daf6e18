/// A node of a graph: a light handle, good while the graph is not written to.
///
/// It holds the graph and a number, no text and no table: names and values are looked up each time
/// that they are asked for, so whoever needs one often keeps it. Where a table lies in a file, finding
/// the node in it is O(log nodes of the table).
public struct GraphNode {
  let graph: Graph
  /// The number of the node: that of its name.
  public let id: TermID

  /// The unique name. O(length); in a file up to sixteen texts are unpacked for it.
  public var name: String { graph.dictionary.text(of: id.raw) }

  /// The labels, in the order in which the labels came into the graph. O(labels of the graph).
  public var labels: [String] { graph.labelNames(of: id.raw) }

  /// The properties, in the order in which their keys came into the graph. O(keys of the graph).
  public var properties: [(key: String, value: Value)] {
    graph.nodeProperties.compactMap { table in
      table.word(of: id.raw).map {
        (graph.dictionary.text(of: table.key.raw), graph.value($0, as: table.type))
      }
    }
  }

  /// The value of a property: `node["founded"]`. O(1), or O(log nodes with it) in a file.
  public subscript(key: String) -> Value? {
    guard let table = graph.name(key).flatMap(graph.nodeProperty) else { return nil }
    return table.word(of: id.raw).map { graph.value($0, as: table.type) }
  }

  /// Whether the node carries a label. O(1), or O(log nodes of the label) in a file.
  public func has(label: String) -> Bool {
    graph.name(label).flatMap(graph.labelTable)?.contains(id.raw) ?? false
  }

  /// Where it is said that the node carries a label, oldest first; empty where it does not, or
  /// nothing says so. O(citations of the fact).
  public func citations(ofLabel label: String) -> [Citation] {
    guard let table = graph.name(label).flatMap(graph.labelTable), let row = table.row(of: id.raw)
    else { return [] }
    return table.citations.citations(of: row).map(graph.citation)
  }

  /// The edges of a type that leave the node. O(log edges + result) in a file; otherwise O(edges of
  /// the type) the first time, then O(result).
  public func outgoing(_ type: String) -> [GraphEdge] { graph.edges(of: id.raw, type, .outgoing) }

  /// The edges of a type that reach the node; see `outgoing`.
  public func incoming(_ type: String) -> [GraphEdge] { graph.edges(of: id.raw, type, .incoming) }

  /// The nodes that edges of a type lead to, one for each edge: what `outgoing` gives, less the edges.
  public func targets(_ type: String) -> [GraphNode] { graph.ends(of: id.raw, type, .outgoing) }

  /// The nodes that edges of a type come from, one for each edge.
  public func sources(_ type: String) -> [GraphNode] { graph.ends(of: id.raw, type, .incoming) }
}

/// An edge of a graph: a light handle, good while the graph is not written to.
public struct GraphEdge {
  let graph: Graph
  package let table: EdgeTable
  private let sourceID: UInt32
  private let targetID: UInt32
  private let place: EdgePlace

  init(graph: Graph, table: EdgeTable, row: Int) {
    self.graph = graph
    self.table = table
    (sourceID, targetID) = table.ends(of: row)
    place = .row(row)
  }

  init(graph: Graph, table: EdgeTable, source: UInt32, target: UInt32, place: EdgePlace) {
    self.graph = graph
    self.table = table
    sourceID = source
    targetID = target
    self.place = place
  }

  /// The position among the edges of the type; the edge's hidden id. O(1), or O(log edges) in a file.
  public var row: Int { table.row(place, from: sourceID, to: targetID) }
  /// The name of the type.
  public var type: String { graph.dictionary.text(of: table.type.raw) }
  /// The node that the edge leaves.
  public var source: GraphNode { GraphNode(graph: graph, id: TermID(raw: sourceID)) }
  /// The node that the edge reaches.
  public var target: GraphNode { GraphNode(graph: graph, id: TermID(raw: targetID)) }

  /// The properties, in the order in which their keys came to the type. O(keys of the type).
  public var properties: [(key: String, value: Value)] {
    guard !table.columns.isEmpty else { return [] }
    let row = row
    return table.columns.compactMap { column in
      guard column.isPresent(row) else { return nil }
      return (
        graph.dictionary.text(of: column.key.raw), graph.value(column.word(row), as: column.type)
      )
    }
  }

  /// The value of a property: `edge["amount"]`. O(keys of the type).
  public subscript(key: String) -> Value? {
    guard let column = graph.name(key).flatMap({ table.property($0) }) else { return nil }
    let row = row
    guard column.isPresent(row) else { return nil }
    return graph.value(column.word(row), as: column.type)
  }

  /// Where the edge is said, oldest first; empty where nothing says so. O(citations of the edge).
  public var citations: [Citation] { table.citations.citations(of: row).map(graph.citation) }
}

/// The nodes of a column, made as they are asked for. An element costs O(1).
public struct GraphNodes: RandomAccessCollection {
  let graph: Graph
  let ids: Column<UInt32>?

  public var startIndex: Int { 0 }
  public var endIndex: Int { ids?.count ?? 0 }

  public subscript(position: Int) -> GraphNode {
    guard let ids else { preconditionFailure("there is no such node") }
    return GraphNode(graph: graph, id: TermID(raw: ids[position]))
  }
}

/// The edges of one type, made as they are asked for. An element costs O(1); in a file it costs
/// O(log edges), until so many have been asked for that all are unpacked.
public struct GraphEdges: RandomAccessCollection {
  let graph: Graph
  let table: EdgeTable?

  public var startIndex: Int { 0 }
  public var endIndex: Int { table?.count ?? 0 }

  public subscript(position: Int) -> GraphEdge {
    guard let table else { preconditionFailure("there is no such edge") }
    return GraphEdge(graph: graph, table: table, row: position)
  }
}

/// Another name of a node, as it was said.
public struct GraphAlias: Sendable, Hashable {
  public var alias: String
  /// The name that it stands for, which may itself be an alias.
  public var node: String
  public var citations: [Citation]
}

extension Graph {
  /// Runs the closure on the graph: `GraphStore.read` without a file, and so without anything to
  /// check.
  public func read<R>(_ body: (Graph) throws -> R) rethrows -> R { try body(self) }

  /// How many nodes there are.
  public var nodeCount: Int { nodeTable.count }

  /// How many edges there are, of all types. O(types).
  public var edgeCount: Int { edgeSet.tables.reduce(0) { $0 + $1.count } }

  /// The labels that some node carries, in the order of arrival. O(labels).
  public var labels: [String] { labelTables.map { dictionary.text(of: $0.label.raw) } }

  /// The types of edges that there are, in the order of arrival. O(types).
  public var edgeTypes: [String] { edgeTables.map { dictionary.text(of: $0.type.raw) } }

  /// The labels that some node carries or the schema declares, in code point order. O(labels × log
  /// labels).
  public var knownLabels: [String] { Self.inOrder(labels + nodeSchemas.map(\.label)) }

  /// The types of edges that there are or the schema declares, in code point order. O(types × log
  /// types).
  public var knownEdgeTypes: [String] { Self.inOrder(edgeTypes + edgeSchemas.map(\.type)) }

  private static func inOrder(_ names: [String]) -> [String] {
    Set(names.map(ExactText.init)).map(\.text)
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The keys of properties that some node has, in the order of arrival. O(keys).
  public var nodePropertyKeys: [String] { nodeProperties.map { dictionary.text(of: $0.key.raw) } }

  /// The keys of properties that some edge of a type has, in the order of arrival; none where there
  /// is no such type. O(keys of the type).
  public func propertyKeys(ofEdgeType type: String) -> [String] {
    (name(type).flatMap(edgeTable)?.properties ?? []).map { dictionary.text(of: $0.key.raw) }
  }

  /// The type of a node property, if some node has it. A declared type that no node uses yet is in
  /// `nodeSchemas` alone.
  public func type(ofNodeProperty key: String) -> ValueType? {
    name(key).flatMap(nodeProperty)?.type
  }

  /// How many nodes have a property. O(1).
  public func count(ofNodeProperty key: String) -> Int {
    name(key).flatMap(nodeProperty)?.count ?? 0
  }

  /// The type of a property of the edges of a type, if some edge has it. O(keys of the type).
  public func type(ofProperty key: String, ofEdgeType type: String) -> ValueType? {
    guard let table = name(type).flatMap(edgeTable), let key = name(key) else { return nil }
    return table.property(key)?.type
  }

  /// All nodes, in the order of arrival. O(1); O(nodes) the first time where they lie in a file.
  public var nodes: GraphNodes { GraphNodes(graph: self, ids: nodeTable.ids) }

  /// The nodes that carry a label, in the order of arrival: `graph.nodes(labelled: "zone")`. None
  /// where there is no such label. O(1); O(nodes of the label) the first time where they lie in a
  /// file.
  public func nodes(labelled label: String) -> GraphNodes {
    GraphNodes(graph: self, ids: name(label).flatMap(labelTable)?.nodes)
  }

  /// The node of a name, or of an alias that comes down to exactly one node; `nil` where the name
  /// is neither, or an alias of several. O(length), or O(log texts) comparisons in a file.
  public func node(_ name: String) -> GraphNode? {
    switch resolve(name) {
    case .node(let id): GraphNode(graph: self, id: id)
    case .alias(of: let id):
      nodeTable.contains(id.raw) ? GraphNode(graph: self, id: id) : nil
    case .ambiguous, .unknown: nil
    }
  }

  /// The node of a number, if it is the number of one. O(1), or O(log nodes) in a file.
  public func node(id: TermID) -> GraphNode? {
    nodeTable.contains(id.raw) ? GraphNode(graph: self, id: id) : nil
  }

  /// The edges of a type, in the order of arrival: `graph.edges(ofType: "supplies")`. None where
  /// there is no such type.
  public func edges(ofType type: String) -> GraphEdges {
    GraphEdges(graph: self, table: name(type).flatMap(edgeTable))
  }

  /// The edges of a type from one node to another; of two nodes that are named by aliases there are none.
  ///
  /// - Complexity: O(log edges + edges of that of the two which has fewer) in a file; where rows have been added, O(added)
  ///   the first time.
  public func edges(ofType type: String, from source: String, to target: String) -> [GraphEdge] {
    guard let table = name(type).flatMap(edgeTable), let source = term(source)?.raw,
      let target = term(target)?.raw
    else { return [] }
    let isForward = table.degree(of: source, .outgoing) <= table.degree(of: target, .incoming)
    let ends =
      isForward ? table.edges(of: source, .outgoing) : table.edges(of: target, .incoming)
    return ends.filter { $0.node == (isForward ? target : source) }.map {
      GraphEdge(graph: self, table: table, source: source, target: target, place: $0.place)
    }
  }

  /// All other names of nodes, in the order of arrival. O(aliases).
  public var aliases: [GraphAlias] {
    (0..<aliasTable.count).map {
      GraphAlias(
        alias: dictionary.text(of: aliasTable.aliases[$0]),
        node: dictionary.text(of: aliasTable.nodes[$0]),
        citations: aliasTable.citations.citations(of: $0).map(citation))
    }
  }

  /// What is declared of labels, in the order of declaration.
  public var nodeSchemas: [NodeSchema] { schema.nodes }

  /// What is declared of edge types, in the order of declaration.
  public var edgeSchemas: [EdgeSchema] { schema.edges }

  /// What is declared of a label, if anything is. O(1).
  public func declaredSchema(ofLabel label: String) -> NodeSchema? {
    name(label).flatMap { schema.node($0.raw) }
  }

  /// What is declared of an edge type, if anything is. O(1).
  public func declaredSchema(ofEdgeType type: String) -> EdgeSchema? {
    name(type).flatMap { schema.edge($0.raw) }
  }

  func citation(_ staged: StagedCitation) -> Citation {
    Citation(
      source: staged.source == TermID.none.raw ? nil : dictionary.text(of: staged.source),
      lines: staged.lines == TermID.none.raw ? nil : dictionary.text(of: staged.lines))
  }

  fileprivate func edges(
    of node: UInt32, _ type: String, _ direction: EdgeDirection
  ) -> [GraphEdge] {
    guard let table = name(type).flatMap(edgeTable) else { return [] }
    return table.edges(of: node, direction).map {
      let (source, target) = direction == .outgoing ? (node, $0.node) : ($0.node, node)
      return GraphEdge(graph: self, table: table, source: source, target: target, place: $0.place)
    }
  }

  fileprivate func ends(
    of node: UInt32, _ type: String, _ direction: EdgeDirection
  ) -> [GraphNode] {
    guard let table = name(type).flatMap(edgeTable) else { return [] }
    var result: [GraphNode] = []
    table.withNeighbours(of: node, direction) { ends in
      result.reserveCapacity(ends.count)
      for place in 0..<ends.count {
        result.append(GraphNode(graph: self, id: TermID(raw: ends[place])))
      }
    }
    return result
  }
}
