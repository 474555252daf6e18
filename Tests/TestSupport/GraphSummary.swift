package import GraphCore

/// A graph as lines that do not depend on the order in which its facts arrived.
package enum GraphSummary {
  package static func lines(of graph: Graph) -> [String] {
    var lines: [String] = []
    for node in graph.nodes {
      let labels = node.labels.map { label in
        "\(label)\(citations(node.citations(ofLabel: label)))"
      }
      lines.append("node \(node.name) \(labels.sorted()) \(properties(node.properties))")
    }
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        lines.append(
          "edge \(type) \(edge.source.name) \(edge.target.name) \(properties(edge.properties)) "
            + citations(edge.citations))
      }
    }
    for alias in graph.aliases {
      lines.append("alias \(alias.alias) \(alias.node) \(citations(alias.citations))")
    }
    lines += graph.nodeSchemas.map { "schema \($0)" }
    lines += graph.edgeSchemas.map { "schema \($0)" }
    return lines.sorted()
  }

  private static func properties(_ properties: [(key: String, value: Value)]) -> [String] {
    properties.map { "\($0.key): \($0.value)" }.sorted()
  }

  private static func citations(_ citations: [Citation]) -> String {
    "\(citations.map { "\($0.source ?? "-"):\($0.lines ?? "-")" }.sorted())"
  }
}
