/// Statements that build the graph in Neo4j, Memgraph or another store that speaks Cypher.
///
/// ```
/// CREATE (:`Node`:`company` {`name`: '大运集团', `founded`: 1987});
/// MATCH (a:`Node` {`name`: '大运集团'}), (b:`Node` {`name`: '运城'}) CREATE (a)-[:`located_in`]->(b);
/// ```
///
/// Every node carries the label `Node` as well, so that one index serves all lookups; the first
/// statement makes that index. The name is in `name`, or in `_name` where nodes have a property
/// `name` of their own. Citations are lists `source` and `lines` on edges and nodes. A statement
/// ends its line. Cypher's integers have 63 bits and a sign: a greater number is a text of its digits.
public struct CypherFormat: GraphFormat {
  public init() {}

  public func write(_ graph: Graph, to output: inout ByteOutput) throws {
    let name = graph.nodePropertyKeys.contains("name") ? "_name" : "name"
    output.append("CREATE INDEX node_name IF NOT EXISTS FOR (n:`Node`) ON (n.`\(name)`);\n")
    for node in graph.nodes {
      output.append("CREATE (:`Node`")
      for label in node.labels where label != "Node" {
        output.append(":")
        quote(label, to: &output)
      }
      let properties = [(key: name, value: Value.text(node.name))] + node.properties
      write(properties, node.labelCitations, to: &output)
      output.append(");\n")
      try output.endRecord()
    }
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        output.append("MATCH (a:`Node` {`\(name)`: ")
        write(.text(edge.source.name), to: &output)
        output.append("}), (b:`Node` {`\(name)`: ")
        write(.text(edge.target.name), to: &output)
        output.append("}) CREATE (a)-[:")
        quote(type, to: &output)
        write(edge.properties, edge.citations, to: &output)
        output.append("]->(b);\n")
        try output.endRecord()
      }
    }
  }

  private func write(
    _ properties: [(key: String, value: Value)], _ citations: [Citation],
    to output: inout ByteOutput
  ) {
    guard !properties.isEmpty || !citations.isEmpty else { return }
    output.append(" {")
    var isFirst = true
    func key(_ name: String) {
      if !isFirst { output.append(", ") }
      isFirst = false
      quote(name, to: &output)
      output.append(": ")
    }
    for (name, value) in properties {
      key(name)
      write(value, to: &output)
    }
    for (name, texts) in [("source", citations.map(\.source)), ("lines", citations.map(\.lines))]
    where texts.contains(where: { $0 != nil }) {
      key(name)
      output.append("[")
      for (place, text) in texts.enumerated() {
        if place > 0 { output.append(", ") }
        write(.text(text ?? ""), to: &output)
      }
      output.append("]")
    }
    output.append("}")
  }

  private func write(_ value: Value, to output: inout ByteOutput) {
    switch value {
    case .float(let number) where number.isNaN: output.append("(0.0 / 0.0)")
    case .float(let number) where number.isInfinite:
      output.append(number < 0 ? "(-1.0 / 0.0)" : "(1.0 / 0.0)")
    case .float(let number): output.append(NumberFormat.floatText(of: number))
    case .unsigned(let number) where Int64(exactly: number) == nil: output.append("'\(number)'")
    case .integer, .unsigned, .boolean: output.append(value.description)
    case .text(let text):
      output.append("'")
      output.append(text) { byte in
        switch byte {
        case UInt8(ascii: "'"): "\\'"
        case UInt8(ascii: "\\"): "\\\\"
        case 10: "\\n"
        case 13: "\\r"
        case 9: "\\t"
        default: nil
        }
      }
      output.append("'")
    }
  }

  private func quote(_ name: String, to output: inout ByteOutput) {
    output.append("`")
    output.append(name) { $0 == UInt8(ascii: "`") ? "``" : nil }
    output.append("`")
  }
}
