/// Reads JSON lines as Neo4j's APOC writes them; see `JSONLinesFormat`.
///
/// A node's id is its name. The properties `source` and `lines`, texts or lists of texts, are
/// citations; other lists and objects are refused, and `null` is no value. So are empty names of properties, labels
/// and types, which nothing in the language could ask for.
enum JSONLinesImporter {
  static func read(
    _ source: inout ImportSource, into writer: inout GraphWriter
  ) throws(ImportStop) {
    while let line = try source.nextLine() {
      guard line.contains(where: { $0 != 32 && $0 != 9 }), try source.beginRow() else { continue }
      writer.ordinal = source.ordinal
      do throws(JSONParser.Failure) {
        try take(JSONParser.parse(line), &writer)
        source.accept()
      } catch { try source.reject(error.reason) }
    }
  }

  private static func take(
    _ row: JSONValue, _ writer: inout GraphWriter
  ) throws(JSONParser.Failure) {
    let (properties, citations) = try properties(row["properties"] ?? .object([]))
    switch row["type"] {
    case .text("node"):
      guard let id = row["id"]?.name else {
        throw JSONParser.Failure(reason: "the node has no id")
      }
      guard let labels = (row["labels"] ?? .list([])).names else {
        throw JSONParser.Failure(reason: "labels are no list of texts")
      }
      guard !labels.contains("") else { throw JSONParser.Failure(reason: "a label is empty") }
      writer.addNode(id, labels: labels, properties: properties, citations: citations)
    case .text("relationship"):
      guard let type = row["label"]?.name, let start = row["start"]?["id"]?.name,
        let end = row["end"]?["id"]?.name
      else { throw JSONParser.Failure(reason: "the relationship lacks label, start or end") }
      guard !type.isEmpty else {
        throw JSONParser.Failure(reason: "the label of the relationship is empty")
      }
      writer.add(citations) {
        $0.addEdge(type, from: start, to: end, properties: properties, citation: $1)
      }
    default: throw JSONParser.Failure(reason: "type is neither node nor relationship")
    }
  }

  private static func properties(
    _ object: JSONValue
  ) throws(JSONParser.Failure) -> ([(key: String, value: Value)], [Citation]) {
    guard case .object(let fields) = object else {
      throw JSONParser.Failure(reason: "properties are no object")
    }
    var result: [(key: String, value: Value)] = []
    var parts: [String: [String]] = [:]
    for (key, value) in fields {
      guard !key.isEmpty else {
        throw JSONParser.Failure(reason: "a property has an empty name")
      }
      if key == "source" || key == "lines", let names = value.names {
        parts[key] = names
        continue
      }
      switch value {
      case .null: break
      case .boolean(let flag): result.append((key, .boolean(flag)))
      case .integer(let number): result.append((key, .integer(number)))
      case .unsigned(let number): result.append((key, .unsigned(number)))
      case .float(let number): result.append((key, .float(number)))
      case .text(let text): result.append((key, .text(text)))
      case .list, .object:
        throw JSONParser.Failure(reason: "property \(key) is no single value")
      }
    }
    return (
      result, Citation.list(sources: parts["source"] ?? [], lines: parts["lines"] ?? [])
    )
  }
}
