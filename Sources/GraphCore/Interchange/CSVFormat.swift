/// Comma-separated values, quoted as RFC 4180 says, with the headers of Neo4j's import tool, and
/// `key:unsigned` for a type that it lacks.
///
/// ```
/// name:ID,:LABEL,founded:long,:START_ID,:END_ID,:TYPE,amount:double,unit:string,source,lines
/// 大运集团,company,1987,,,,,,001.txt,3
/// ,,,大运集团,新能源汽车项目,builds,12.5,亿元,001.txt,310-314
/// ```
///
/// The single file has a row for each node, whose edge columns are empty, then one for each edge,
/// whose node columns are empty. `nodes` and `edges` alone are the two files that
/// `neo4j-admin database import` takes. Labels, and the sources and lines of several citations, are
/// joined by `;`. A missing value is an empty field, an empty text a quoted empty field. Lines end
/// in LF.
public struct CSVFormat: GraphFormat {
  /// What the file holds.
  public enum Part: Sendable { case all, nodes, edges }

  public var part: Part
  /// What parts fields, a byte of ASCII; a tab makes it TSV.
  public var separator: UInt8

  public init(part: Part = .all, separator: UInt8 = UInt8(ascii: ",")) {
    self.part = part
    self.separator = separator
  }

  public func write(_ graph: Graph, to output: inout ByteOutput) throws {
    let nodeTypes = part == .edges ? PropertyTypes() : PropertyTypes.ofNodes(graph)
    let edgeTypes = part == .nodes ? PropertyTypes() : PropertyTypes.ofEdges(graph)
    var header: [String?] = []
    if part != .edges { header += ["name:ID", ":LABEL"] + CSVFormat.header(nodeTypes) }
    if part != .nodes { header += [":START_ID", ":END_ID", ":TYPE"] + CSVFormat.header(edgeTypes) }
    write(header + ["source", "lines"], to: &output)
    let nodeWidth = part == .edges ? 0 : 2 + nodeTypes.keys.count
    let edgeWidth = part == .nodes ? 0 : 3 + edgeTypes.keys.count
    if part != .edges {
      for node in graph.nodes {
        var row: [String?] = [node.name, node.labels.joined(separator: ";")]
        row += CSVFormat.fields(node.properties, nodeTypes)
        row += [String?](repeating: nil, count: edgeWidth)
        write(row + CSVFormat.fields(node.labelCitations), to: &output)
        try output.endRecord()
      }
    }
    guard part != .nodes else { return }
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        var row = [String?](repeating: nil, count: nodeWidth)
        row += [edge.source.name, edge.target.name, type]
        row += CSVFormat.fields(edge.properties, edgeTypes)
        write(row + CSVFormat.fields(edge.citations), to: &output)
        try output.endRecord()
      }
    }
  }

  private static func header(_ types: PropertyTypes) -> [String] {
    zip(types.keys, types.types).map { key, type in
      switch type {
      case .symbol: "\(key):string"
      case .number: "\(key):long"
      case .unsigned: "\(key):unsigned"
      case .float: "\(key):double"
      case .boolean: "\(key):boolean"
      }
    }
  }

  private static func fields(
    _ properties: [(key: String, value: Value)], _ types: PropertyTypes
  ) -> [String?] {
    var result = [String?](repeating: nil, count: types.keys.count)
    for (key, value) in properties {
      if let position = types.position(of: key, value.type) {
        result[position] = value.description
      }
    }
    return result
  }

  private static func fields(_ citations: [Citation]) -> [String?] {
    if citations.isEmpty { return [nil, nil] }
    return [
      citations.map { $0.source ?? "" }.joined(separator: ";"),
      citations.map { $0.lines ?? "" }.joined(separator: ";"),
    ]
  }

  private func write(_ row: [String?], to output: inout ByteOutput) {
    for (place, field) in row.enumerated() {
      if place > 0 { output.append(byte: separator) }
      if let field { output.append(csv: field, separator: separator) }
    }
    output.append("\n")
  }
}

extension ByteOutput {
  /// Appends a field, in quotes where it is empty or holds a separator, quote or line break, or
  /// begins or ends with a space. O(length).
  public mutating func append(csv field: String, separator: UInt8 = UInt8(ascii: ",")) {
    let bytes = field.utf8
    let space = UInt8(ascii: " ")
    let needsQuotes =
      bytes.isEmpty || bytes.first == space || bytes.last == space
      || bytes.contains { $0 == separator || $0 == UInt8(ascii: "\"") || $0 == 10 || $0 == 13 }
    guard needsQuotes else { return append(field) }
    append("\"")
    append(field) { $0 == UInt8(ascii: "\"") ? "\"\"" : nil }
    append("\"")
  }
}
