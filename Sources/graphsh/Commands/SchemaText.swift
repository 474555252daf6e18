import GraphCore
import GraphQuery

/// The labels and edge types of a graph as declarations that the language reads, with counts.
///
/// What no schema declares is inferred from what is there. What rules add is counted too.
struct SchemaText {
  private let session: QuerySession
  private var graph: Graph { session.graph }

  init(_ session: QuerySession) { self.session = session }

  /// The lines for one name, or for all.
  func lines(matching name: String) -> [String] {
    var entries: [(declaration: String, count: String)] = []
    for label in session.labelNames where name.isEmpty || label == name {
      entries.append(
        (node(label), Quantity.counted(session.nodeCount(ofLabel: label), "node")))
    }
    let types = session.edgeTypeNames.filter { name.isEmpty || $0 == name }
    let undeclared = types.filter { graph.declaredSchema(ofEdgeType: $0) == nil }
    var inferred = graph.inferredSchemas(ofEdgeTypes: undeclared).makeIterator()
    for type in types {
      guard let schema = graph.declaredSchema(ofEdgeType: type) ?? inferred.next() else { continue }
      entries.append((edge(schema), Quantity.counted(session.edgeCount(ofType: type), "edge")))
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
    let schema =
      graph.declaredSchema(ofLabel: label) ?? graph.inferredSchema(ofLabel: label)
    return ".node \(name(label))(\(properties(schema.properties)))"
  }

  private func edge(_ schema: GraphCore.EdgeSchema) -> String {
    let ends = [schema.sourceLabels, schema.targetLabels].map {
      $0.isEmpty ? "_" : $0.map(name).joined(separator: "|")
    }
    let parts = ends + (schema.properties.isEmpty ? [] : [properties(schema.properties)])
    return ".edge \(name(schema.type))(\(parts.joined(separator: ", ")))"
  }

  private func properties(_ properties: [GraphCore.NodeSchema.Property]) -> String {
    properties.map { "\(name($0.key)): \($0.type.description)" }.joined(separator: ", ")
  }

  private func name(_ text: String) -> String { ASTPrinter.quotedName(text) }
}
