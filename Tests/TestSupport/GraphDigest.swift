@_spi(Columns) package import GraphCore

extension Graph {
  /// All facts of the graph as one text that does not depend on their order: what two graphs are
  /// compared by.
  package var digest: String {
    var lines: [String] = []
    // Texts that only their bytes tell apart come in no order of Swift's.
    func sorted(_ texts: [String]) -> [String] {
      texts.sorted { TextOrder.precedes($0.utf8.span, $1.utf8.span) }
    }
    func text(_ citations: [Citation]) -> String {
      sorted(citations.map { "\($0.source ?? "-"):\($0.lines ?? "-")" }).joined(separator: " ")
    }
    func text(_ properties: [(key: String, value: Value)]) -> String {
      sorted(properties.map { "\($0.key)=\($0.value.type):\($0.value)" }).joined(separator: ",")
    }
    // Each name is read once: in a file a text is unpacked for it.
    var names: [UInt32: String] = [:]
    func name(_ id: TermID) -> String {
      if let known = names[id.raw] { return known }
      let name = dictionary.text(of: id.raw)
      names[id.raw] = name
      return name
    }
    for node in nodes {
      var properties: [(key: String, value: Value)] = []
      for table in nodeProperties {
        if let word = table.word(of: node.id.raw) {
          properties.append((name(table.key), value(word, as: table.type)))
        }
      }
      lines.append("n \(name(node.id)) \(text(properties))")
      for table in labelTables {
        guard table.contains(node.id.raw) else { continue }
        let label = name(table.label)
        lines.append("l \(label) \(name(node.id)) \(text(node.citations(ofLabel: label)))")
      }
    }
    for type in edgeTypes {
      for edge in edges(ofType: type) {
        lines.append(
          "e \(type) \(name(edge.source.id)) \(name(edge.target.id)) \(text(edge.properties)) "
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
    return sorted(lines).joined(separator: "\n")
  }
}
