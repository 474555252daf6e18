/// GraphML, as Gephi, yEd and networkx read it.
///
/// Nodes are `n0`, `n1`, … with their name in the data key `name` and their labels, joined by `;`,
/// in `labels`; the type of an edge is in `label`. Citations are `source` and `lines`, joined by
/// `;`. Properties of nodes have keys `np0`, …, those of edges `ep0`, …. Unsigned numbers, which GraphML lacks, are
/// `long` to others, and have `graphsh.type="unsigned"` in their key. Characters that XML cannot hold become U+FFFD.
public struct GraphMLFormat: GraphFormat {
  public init() {}

  /// Whether a text comes back from a file as it was. O(bytes).
  public static func holds(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { isOfXML($0) || $0 == "\t" || $0 == "\n" || $0 == "\r" }
  }

  /// Whether XML has a character, other than those that it reads as blanks.
  fileprivate static func isOfXML(_ scalar: Unicode.Scalar) -> Bool {
    scalar >= " " && scalar != "\u{FFFE}" && scalar != "\u{FFFF}"
  }

  public func write(_ graph: Graph, to output: inout ByteOutput) throws {
    let nodeTypes = PropertyTypes.ofNodes(graph)
    let edgeTypes = PropertyTypes.ofEdges(graph)
    output.append(
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
        <key id="name" for="node" attr.name="name" attr.type="string"/>
        <key id="labels" for="node" attr.name="labels" attr.type="string"/>
        <key id="label" for="edge" attr.name="label" attr.type="string"/>
        <key id="source" for="all" attr.name="source" attr.type="string"/>
        <key id="lines" for="all" attr.name="lines" attr.type="string"/>

      """)
    writeKeys(nodeTypes, "np", "node", to: &output)
    writeKeys(edgeTypes, "ep", "edge", to: &output)
    output.append("  <graph edgedefault=\"directed\">\n")
    var numbers: [TermID: Int] = [:]
    for (number, node) in graph.nodes.enumerated() {
      numbers[node.id] = number
      output.append("    <node id=\"n\(number)\">")
      data("name", node.name, to: &output)
      if !node.labels.isEmpty { data("labels", node.labels.joined(separator: ";"), to: &output) }
      write(node.properties, nodeTypes, "np", node.labelCitations, to: &output)
      output.append("</node>\n")
      try output.endRecord()
    }
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        let source = numbers[edge.source.id] ?? 0
        let target = numbers[edge.target.id] ?? 0
        output.append("    <edge source=\"n\(source)\" target=\"n\(target)\">")
        data("label", type, to: &output)
        write(edge.properties, edgeTypes, "ep", edge.citations, to: &output)
        output.append("</edge>\n")
        try output.endRecord()
      }
    }
    output.append("  </graph>\n</graphml>\n")
  }

  private func writeKeys(
    _ types: PropertyTypes, _ prefix: String, _ owner: String, to output: inout ByteOutput
  ) {
    for (place, key) in types.keys.enumerated() {
      let name =
        switch types.types[place] {
        case .symbol: "string"
        case .number: "long"
        case .unsigned: "long\" graphsh.type=\"unsigned"
        case .float: "double"
        case .boolean: "boolean"
        }
      output.append("  <key id=\"\(prefix)\(place)\" for=\"\(owner)\" attr.name=\"")
      output.append(xml: key)
      output.append("\" attr.type=\"\(name)\"/>\n")
    }
  }

  private func write(
    _ properties: [(key: String, value: Value)], _ types: PropertyTypes, _ prefix: String,
    _ citations: [Citation], to output: inout ByteOutput
  ) {
    for (key, value) in properties {
      guard let place = types.position(of: key, value.type) else { continue }
      data("\(prefix)\(place)", value.description, to: &output)
    }
    if citations.contains(where: { $0.source != nil }) {
      data("source", citations.map { $0.source ?? "" }.joined(separator: ";"), to: &output)
    }
    if citations.contains(where: { $0.lines != nil }) {
      data("lines", citations.map { $0.lines ?? "" }.joined(separator: ";"), to: &output)
    }
  }

  private func data(_ key: String, _ text: String, to output: inout ByteOutput) {
    output.append("<data key=\"\(key)\">")
    output.append(xml: text)
    output.append("</data>")
  }
}

extension ByteOutput {
  /// Appends text for an XML element or a quoted attribute.
  public mutating func append(xml text: String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": append("&amp;")
      case "<": append("&lt;")
      case ">": append("&gt;")
      case "\"": append("&quot;")
      case "\t", "\n", "\r": append("&#\(scalar.value);")
      default: append(GraphMLFormat.isOfXML(scalar) ? String(scalar) : "\u{FFFD}")
      }
    }
  }
}
