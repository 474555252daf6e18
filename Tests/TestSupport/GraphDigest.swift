@_spi(Columns) package import GraphCore

extension Graph {
  /// All facts of the graph as one text that does not depend on their order: what two graphs are
  /// compared by.
  package var digest: String {
    var lines: [String] = []
    func text(_ citations: [Citation]) -> String {
      citations.map { "\($0.source ?? "-"):\($0.lines ?? "-")" }.sorted().joined(separator: " ")
    }
    func text(_ properties: [(key: String, value: Value)]) -> String {
      properties.map { "\($0.key)=\($0.value.type):\($0.value)" }.sorted().joined(separator: ",")
    }
    for node in nodes {
      lines.append("n \(node.name) \(text(node.properties))")
      for label in node.labels {
        lines.append("l \(label) \(node.name) \(text(node.citations(ofLabel: label)))")
      }
    }
    for type in edgeTypes {
      for edge in edges(ofType: type) {
        lines.append(
          "e \(type) \(edge.source.name) \(edge.target.name) \(text(edge.properties)) "
            + text(edge.citations))
      }
    }
    for alias in aliases { lines.append("a \(alias.alias) \(alias.node) \(text(alias.citations))") }
    for name in documentNames { lines.append("d \(name) \(document(name) ?? "")") }
    for schema in nodeSchemas { lines.append("s \(schema)") }
    for schema in edgeSchemas { lines.append("s \(schema)") }
    for key in indexedKeys {
      lines.append("i \(key) \(index(ofNodeProperty: key) == .unique ? "unique" : "plain")")
    }
    if hasTextIndex { lines.append("i text") }
    for table in storedTables {
      lines.append("t \(table.name)")
      for row in 0..<table.rowCount {
        lines.append(
          "t \(table.name) "
            + table.columns.map { "\($0.name)=\(value($0.words[row], as: $0.type))" }
            .joined(separator: ","))
      }
    }
    return lines.sorted().joined(separator: "\n")
  }
}
