package import GraphCore

/// What the language needs to know of a graph: which names are labels, edge types and properties,
/// and which node a text means.
package struct GraphCatalog {
  package let graph: Graph
  package let terms: TermSpace
  /// Properties that are known though nothing has them.
  package var gone = GoneProperties()
  /// Labels that rules give to nodes though no fact has them any more, and edge types likewise.
  package var derivedLabels: Set<UInt32> = []
  package var derivedEdgeTypes: Set<UInt32> = []

  package init(graph: Graph, terms: TermSpace) {
    self.graph = graph
    self.terms = terms
  }

  // MARK: Terms

  package func intern(_ text: String) -> UInt32 { terms.intern(text) }

  package func text(_ term: UInt32) -> String { terms.text(term) }

  /// The id of a stored text.
  package func term(_ text: String) -> UInt32? { graph.term(text)?.raw }

  // MARK: Labels and types

  /// Whether some node carries the label, or the schema or what is left of it in rules says so. O(1).
  package func isLabel(_ term: UInt32) -> Bool {
    graph.labelTable(TermID(raw: term)) != nil || graph.isDeclaredLabel(TermID(raw: term))
      || derivedLabels.contains(term)
  }

  /// Whether there is an edge of the type, or the schema or what is left of it in rules says so. O(1).
  package func isEdgeType(_ term: UInt32) -> Bool {
    graph.edgeTable(TermID(raw: term)) != nil || graph.isDeclaredEdgeType(TermID(raw: term))
      || derivedEdgeTypes.contains(term)
  }

  /// The terms of `labelNames`. O(labels × log labels).
  package var labels: [UInt32] { labelNames.compactMap(term) }

  /// The terms of `edgeTypeNames`. O(types × log types).
  package var edgeTypes: [UInt32] { edgeTypeNames.compactMap(term) }

  /// In code point order. O(labels × log labels).
  package var labelNames: [String] { names(graph.knownLabels, and: derivedLabels) }

  /// In code point order. O(types × log types).
  package var edgeTypeNames: [String] { names(graph.knownEdgeTypes, and: derivedEdgeTypes) }

  private func names(_ known: [String], and derived: Set<UInt32>) -> [String] {
    if derived.isEmpty { return known }
    let all = Set(known.map(ExactText.init)).union(derived.map { ExactText(text($0)) })
    return all.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  // MARK: Properties

  /// The properties of an edge type: those that its edges have, those only declared, and those that are gone.
  /// O(properties²).
  package func edgeProperties(_ type: UInt32) -> [KnownProperty] {
    var result: [KnownProperty] = []
    for column in graph.edgeTable(TermID(raw: type))?.properties ?? [] {
      result.append(KnownProperty(name: terms.text(column.key.raw), type: ColumnType(column.type)))
    }
    let name = terms.text(type)
    if let schema = graph.declaredSchema(ofEdgeType: name) {
      for property in schema.properties where !result.contains(where: { $0.name == property.key }) {
        result.append(KnownProperty(name: property.key, type: ColumnType(property.type)))
      }
    }
    for property in gone.ofEdges(name) where !result.contains(where: { $0.name == property.name }) {
      result.append(property)
    }
    return result
  }

  /// A node property that some node has, that the schema declares or that is gone, with the term of its name. O(1).
  package func nodeProperty(_ name: String) -> (key: UInt32, property: KnownProperty)? {
    if let key = term(name) {
      let id = TermID(raw: key)
      if let type = graph.nodeProperty(id)?.type ?? graph.declaredType(ofNodeProperty: id) {
        return (key, KnownProperty(name: name, type: ColumnType(type)))
      }
    }
    return gone.ofNode(name).map { (intern(name), $0) }
  }

  /// The keys of node properties, had, declared or gone, in code point order. O(keys × log keys).
  package var nodePropertyNames: [String] {
    let declared = graph.nodeSchemas.flatMap { $0.properties.map(\.key) }
    return Set(graph.nodePropertyKeys + declared + gone.nodePropertyNames).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
  }

  // MARK: Nodes

  /// What a text in a node place means; see `NameResolution`.
  package enum Resolution {
    case node(UInt32)
    case alias(UInt32)
    case ambiguous([UInt32])
    case unknown
  }

  /// What a text means where a node is expected; see `Graph.resolve`.
  package func resolve(_ text: String) -> Resolution {
    switch graph.resolve(text) {
    case .node(let id): .node(id.raw)
    case .alias(of: let id): .alias(id.raw)
    case .ambiguous(let ids): .ambiguous(ids.map(\.raw))
    case .unknown: .unknown
    }
  }

  /// Whether a node has what a place asks for: the label, or an edge of the type at that end.
  func fits(_ node: UInt32, _ place: Lowering.NodePlace) -> Bool {
    switch place {
    case .any: return true
    case .label(let label):
      return graph.labelTable(TermID(raw: label))?.contains(node) ?? false
    case .source(let type):
      guard let table = graph.edgeTable(TermID(raw: type)) else { return false }
      return table.degree(of: node, .outgoing) > 0
    case .target(let type):
      guard let table = graph.edgeTable(TermID(raw: type)) else { return false }
      return table.degree(of: node, .incoming) > 0
    }
  }
}

extension ColumnType {
  package init(_ type: ValueType) {
    switch type {
    case .symbol: self = .symbol
    case .number: self = .number
    case .unsigned: self = .unsigned
    case .float: self = .float
    case .boolean: self = .boolean
    }
  }

  /// The type of what an answer holds: that of a record is a text.
  package var valueType: ValueType {
    switch self {
    case .symbol, .record: .symbol
    case .number: .number
    case .unsigned: .unsigned
    case .float: .float
    case .boolean: .boolean
    }
  }
}
