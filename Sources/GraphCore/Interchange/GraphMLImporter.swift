/// Reads GraphML as `GraphMLFormat`, Gephi, yEd and networkx write it.
///
/// A node's name is its data key `name`, or its id; `labels` holds its labels, separated by `;`. The
/// type of an edge is its data key `label`, or the name of the file. `source` and `lines` are
/// citations; all other data are properties in the type that their key declares (`graphsh.type` or `attr.type`), with the key's
/// default where an element has none. Edges without a direction are taken as they stand, which is remarked on, graphs
/// inside nodes as parts of the whole one. Edges between more than two nodes are rejected.
struct GraphMLImporter {
  private struct Key {
    var id: String
    var name: String
    var type: ValueType
    /// `node`, `edge`, `all` or another kind of element.
    var owner: String
    /// The text that counts where an element has none.
    var standard: String?
  }

  /// A node or an edge while its data are being read.
  private struct Element {
    var isEdge: Bool
    var line: Int
    var attributes: [String: String]
    var data: [(key: String, text: String)] = []
  }

  private var reader = XMLReader()
  private var keys: [Key] = []
  private var keyNumbers: [ExactText: Int] = [:]
  /// Names of nodes by their ids.
  private var names: [ExactText: String] = [:]
  /// Ids that edges have spoken of before a node has them.
  private var early: Set<ExactText> = []
  /// The nodes and edges that are open, the innermost last.
  private var elements: [Element] = []
  private var openData: (key: String, text: String)?
  private var openDefault: String?
  /// Whether edges have a direction unless they say otherwise, for the graphs that are open, the innermost last.
  private var areDirected: [Bool] = []
  /// How many edges without a direction were taken, and the type of the first.
  private var undirected: (count: Int, type: String)?

  static func read(
    _ source: inout ImportSource, into writer: inout GraphWriter
  ) throws(ImportStop) {
    var importer = GraphMLImporter()
    defer {
      if let (count, type) = importer.undirected {
        source.remark(.undirectedEdges(file: source.name, count: count, type: type))
      }
    }
    var sawRoot = false
    while let piece = try importer.reader.next(&source) {
      switch piece {
      case .text(let text): importer.take(text)
      case .tag(let tag, let text):
        importer.take(text)
        sawRoot = sawRoot || tag.name == "graphml"
        if !tag.isEnd { try importer.begin(tag, &source) }
        if tag.isEnd || tag.isEmpty { try importer.end(tag.name, &source, &writer) }
      case .broken(let reason, let line):
        if try source.beginRow(line: line) { try source.reject(reason, line: line) }
        return
      }
    }
    if !sawRoot, try source.beginRow(line: 1) {
      try source.reject("the file is no GraphML", line: 1)
    }
  }

  private mutating func take(_ text: String) {
    openData?.text += text
    openDefault? += text
  }

  private mutating func begin(
    _ tag: XMLTag, _ source: inout ImportSource
  ) throws(ImportStop) {
    switch tag.name {
    case "key":
      let type: ValueType =
        switch tag.attributes["graphsh.type"] ?? tag.attributes["attr.type"] {
        case "unsigned": .unsigned
        case "int", "long", "integer": .number
        case "float", "double": .float
        case "boolean": .boolean
        default: .symbol
        }
      if let id = tag.attributes["id"] {
        keyNumbers[ExactText(id)] = keys.count
        keys.append(
          Key(
            id: id, name: tag.attributes["attr.name"] ?? id, type: type,
            owner: tag.attributes["for"] ?? "all"))
      }
    case "default": openDefault = ""
    case "graph": areDirected.append(tag.attributes["edgedefault"] != "undirected")
    case "node", "edge":
      elements.append(
        Element(isEdge: tag.name == "edge", line: tag.line, attributes: tag.attributes))
    case "hyperedge":
      guard try source.beginRow(line: tag.line) else { return }
      try source.reject("a hyperedge does not lead from one node to another", line: tag.line)
    case "data":
      let parent = reader.open.dropLast(tag.isEmpty ? 0 : 1).last?.name
      if parent == "node" || parent == "edge" {
        openData = tag.attributes["key"].map { ($0, "") }
      }
    default: break
    }
  }

  private mutating func end(
    _ name: String, _ source: inout ImportSource, _ writer: inout GraphWriter
  ) throws(ImportStop) {
    switch name {
    case "data":
      if let openData, !elements.isEmpty { elements[elements.count - 1].data.append(openData) }
      openData = nil
    case "default":
      if !keys.isEmpty { keys[keys.count - 1].standard = openDefault }
      openDefault = nil
    case "graph": _ = areDirected.popLast()
    case "node", "edge":
      guard let done = elements.popLast() else { return }
      guard try source.beginRow(line: done.line) else { return }
      writer.ordinal = source.ordinal
      if let reason = take(done, source.baseName, &writer) {
        try source.reject(reason, line: done.line)
      } else {
        source.accept()
      }
    default: break
    }
  }

  /// The data of an element, with the defaults of those that it lacks.
  private func data(of element: Element) -> [(key: String, text: String)] {
    let owner = element.isEdge ? "edge" : "node"
    let given = Set(element.data.map { ExactText($0.key) })
    var data = element.data
    for key in keys where key.owner == owner || key.owner == "all" {
      guard let text = key.standard, !given.contains(ExactText(key.id)) else { continue }
      data.append((key.id, text))
    }
    return data
  }

  /// Adds an element; returns why it cannot.
  private mutating func take(
    _ element: Element, _ baseName: String, _ writer: inout GraphWriter
  ) -> String? {
    var properties: [(key: String, value: Value)] = []
    var special: [String: String] = [:]
    for (id, text) in data(of: element) {
      let declared = keyNumbers[ExactText(id)].map { keys[$0] }
      let key = declared ?? Key(id: id, name: id, type: .symbol, owner: "all")
      let isSpecial =
        ["source", "lines"].contains(key.name)
        || (element.isEdge ? ["label"] : ["name", "labels"]).contains(key.name)
      if isSpecial && special[key.name] == nil && (declared == nil || id == key.name) {
        special[key.name] = text
        continue
      }
      guard let value = ValueGuess.value(text, as: key.type) else {
        return "\"\(text)\" is no \(key.type)"
      }
      properties.append((key.name, value))
    }
    func parts(_ key: String) -> [String] {
      guard let text = special[key] else { return [] }
      return text.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
    }
    let citations = Citation.list(sources: parts("source"), lines: parts("lines"))
    if element.isEdge {
      guard let start = element.attributes["source"], let end = element.attributes["target"] else {
        return "the edge lacks an end"
      }
      let ends = [start, end].map(ExactText.init)
      for id in ends where names[id] == nil { early.insert(id) }
      let from = names[ends[0]] ?? start
      let to = names[ends[1]] ?? end
      let type = special["label"] ?? baseName
      let isDirected =
        element.attributes["directed"].map { $0 != "false" } ?? areDirected.last ?? true
      if !isDirected { undirected = ((undirected?.count ?? 0) + 1, undirected?.type ?? type) }
      writer.add(citations) {
        $0.addEdge(
          type, from: from, to: to, properties: properties, citation: $1)
      }
      return nil
    }
    guard let id = element.attributes["id"] else { return "the node has no id" }
    let name = special["name"] ?? id
    if ExactText(name) != ExactText(id), early.contains(ExactText(id)) {
      return "edges before it speak of the node \(id), whose name is known only here"
    }
    names[ExactText(id)] = name
    writer.addNode(
      name, labels: parts("labels").filter { !$0.isEmpty }, properties: properties,
      citations: citations)
    return nil
  }
}
