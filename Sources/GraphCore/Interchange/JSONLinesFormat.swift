/// One JSON object a line, as Neo4j's APOC writes a graph: nodes first, then relationships.
///
/// ```
/// {"type":"node","id":"大运集团","labels":["company"],"properties":{"founded":1987}}
/// {"type":"relationship","label":"located_in","start":{"id":"大运集团"},"end":{"id":"运城"},"properties":{}}
/// ```
///
/// A node's id is its name. Whole decimals are written `12.0`, so that a reader can tell them from
/// integers; NaN and the infinities, which JSON lacks, are `null`. Citations are the properties
/// `source` and `lines`: texts where there is one, lists of equal length where there are several,
/// with `""` for a part that is missing. Those of a node are the citations of its labels.
public struct JSONLinesFormat: GraphFormat {
  public init() {}

  public func write(_ graph: Graph, to output: inout ByteOutput) throws {
    for node in graph.nodes {
      output.append(#"{"type":"node","id":"#)
      output.append(json: node.name)
      output.append(#","labels":"#)
      output.append(json: node.labels)
      write(node.properties, node.labelCitations, to: &output)
      try output.endRecord()
    }
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        output.append(#"{"type":"relationship","label":"#)
        output.append(json: type)
        output.append(#","start":{"id":"#)
        output.append(json: edge.source.name)
        output.append(#"},"end":{"id":"#)
        output.append(json: edge.target.name)
        output.append("}")
        write(edge.properties, edge.citations, to: &output)
        try output.endRecord()
      }
    }
  }

  private func write(
    _ properties: [(key: String, value: Value)], _ citations: [Citation],
    to output: inout ByteOutput
  ) {
    output.append(#","properties":{"#)
    var isFirst = true
    func key(_ name: String) {
      if !isFirst { output.append(",") }
      isFirst = false
      output.append(json: name)
      output.append(":")
    }
    for (name, value) in properties {
      key(name)
      output.append(json: value)
    }
    for (name, texts) in [("source", citations.map(\.source)), ("lines", citations.map(\.lines))]
    where texts.contains(where: { $0 != nil }) {
      key(name)
      if texts.count == 1, let text = texts[0] {
        output.append(json: text)
      } else {
        output.append(json: texts.map { $0 ?? "" })
      }
    }
    output.append("}}\n")
  }
}

extension ByteOutput {
  /// Appends a JSON string.
  public mutating func append(json text: String) {
    JSONText.append(text, to: &bytes)
  }

  /// Appends a JSON array of strings.
  public mutating func append(json texts: [String]) {
    append("[")
    for (place, text) in texts.enumerated() {
      if place > 0 { append(",") }
      append(json: text)
    }
    append("]")
  }

  /// Appends a JSON value; NaN and the infinities are `null`.
  public mutating func append(json value: Value) {
    switch value {
    case .text(let text): append(json: text)
    case .float(let number) where !number.isFinite: append("null")
    case .float(let number): append(NumberFormat.floatText(of: number))
    case .integer, .unsigned, .boolean: append(value.description)
    }
  }
}
