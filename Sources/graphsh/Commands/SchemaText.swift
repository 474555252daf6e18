import GraphCore
import GraphQuery

/// The labels and edge types of a graph as declarations that the language reads, with counts.
///
/// What no schema declares is inferred from what is there.
struct SchemaText {
  private let graph: Graph

  init(_ graph: Graph) { self.graph = graph }

  /// The lines for one name, or for all.
  func lines(matching name: String) -> [String] {
    var entries: [(declaration: String, count: String)] = []
    let labels = Set(graph.labels + graph.nodeSchemas.map(\.label)).sorted()
    for label in labels where name.isEmpty || label == name {
      entries.append(
        (node(label), Quantity.counted(graph.nodes(labelled: label).count, "node")))
    }
    let types = Set(graph.edgeTypes + graph.edgeSchemas.map(\.type)).sorted()
    for type in types where name.isEmpty || type == name {
      entries.append((edge(type), Quantity.counted(graph.edges(ofType: type).count, "edge")))
    }
    return entries.map { "\($0.declaration)  // \($0.count)" } + indexLines(matching: name)
  }

  /// What is indexed, a line for each property.
  private func indexLines(matching name: String) -> [String] {
    var lines = graph.indexedKeys.filter { name.isEmpty || $0 == name }.map { key in
      let isUnique = graph.index(ofNodeProperty: key) == .unique
      let count = graph.count(ofNodeProperty: key)
      return "\(isUnique ? ".unique" : ".index") node(\(ASTPrinter.quotedName(key)))"
        + "  // \(Quantity.counted(count, "node"))"
    }
    if graph.hasTextIndex, name.isEmpty { lines.append(".index text") }
    return lines
  }

  private func node(_ label: String) -> String {
    if let schema = graph.nodeSchemas.first(where: { $0.label == label }) {
      return ".node \(label)(\(properties(schema.properties.map { ($0.key, $0.type) })))"
    }
    var types: [(key: String, type: ValueType)] = []
    for node in graph.nodes(labelled: label) {
      for property in node.properties where !types.contains(where: { $0.key == property.key }) {
        types.append((property.key, property.value.type))
      }
    }
    return ".node \(label)(\(properties(types)))"
  }

  private func edge(_ type: String) -> String {
    if let schema = graph.edgeSchemas.first(where: { $0.type == type }) {
      return declaration(
        type, schema.sourceLabels, schema.targetLabels, schema.properties.map { ($0.key, $0.type) })
    }
    var sources: Set<String> = []
    var targets: Set<String> = []
    var types: [(key: String, type: ValueType)] = []
    for edge in graph.edges(ofType: type) {
      sources.formUnion(edge.source.labels)
      targets.formUnion(edge.target.labels)
      for property in edge.properties where !types.contains(where: { $0.key == property.key }) {
        types.append((property.key, property.value.type))
      }
    }
    return declaration(type, sources.sorted(), targets.sorted(), types)
  }

  private func declaration(
    _ type: String, _ sources: [String], _ targets: [String],
    _ types: [(key: String, type: ValueType)]
  ) -> String {
    let ends = [sources, targets].map { $0.isEmpty ? "_" : $0.joined(separator: "|") }
    return ".edge \(type)("
      + (ends + (types.isEmpty ? [] : [properties(types)])).joined(separator: ", ")
      + ")"
  }

  private func properties(_ types: [(key: String, type: ValueType)]) -> String {
    types.map { "\($0.key): \($0.type.description)" }.joined(separator: ", ")
  }
}
