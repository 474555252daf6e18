import GraphCore

/// What of a graph a format has no place for. Language.md has the whole list.
struct ExportLosses {
  private let graph: Graph
  private let format: ExportOptions.Format
  /// Whether there are rules, constraints or declared relations beside the graph.
  private let hasProgram: Bool

  init(_ graph: Graph, _ format: ExportOptions.Format, hasProgram: Bool) {
    self.graph = graph
    self.format = format
    self.hasProgram = hasProgram
  }

  /// The losses in words. O(facts) for formats that cannot hold every text.
  var texts: [String] {
    switch format {
    case .csv, .tsv: aliases + partedTexts + declarations
    case .graphml: aliases + partedTexts + foreignCharacters + declarations
    case .jsonl: aliases + nullNumbers + guessedNumbers + declarations
    case .cypher: aliases + longNumbers
    case .facts: citations + brokenTexts + guessedTexts + guessedNumbers + declarations
    case .dl: hiddenFacts
    case .ntriples: declarations
    case .dot: []
    }
  }

  private var declarations: [String] {
    let parts = [
      graph.declarations == Graph().declarations ? nil : "schema and indexes",
      hasProgram ? "rules, constraints and declared relations" : nil,
    ].compactMap { $0 }
    return parts.map { "\($0) left out: dl has a place for them" }
  }

  private var citations: [String] {
    var count = 0
    for label in graph.labels {
      for node in graph.nodes(labelled: label) { count += node.citations(ofLabel: label).count }
    }
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) { count += edge.citations.count }
    }
    guard count > 0 else { return [] }
    return ["\(Quantity.counted(count, "citation")) left out: facts have no place for them"]
  }

  private var nullNumbers: [String] {
    var count = 0
    forEachProperty { _, value in
      if case .float(let number) = value, !number.isFinite { count += 1 }
    }
    guard count > 0 else { return [] }
    return [
      "\(Quantity.counted(count, "number")) that JSON lacks (nan, inf) left out: null is there"
    ]
  }

  private var longNumbers: [String] {
    var count = 0
    forEachProperty { _, value in
      if case .unsigned(let number) = value, Int64(exactly: number) == nil { count += 1 }
    }
    guard count > 0 else { return [] }
    let verb = count == 1 ? "is a text" : "are texts"
    return [
      "\(Quantity.counted(count, "number")) above 9223372036854775807 \(verb): Cypher has none"
    ]
  }

  /// Properties whose texts are taken for something else where nothing says that they are texts.
  private var guessedTexts: [String] {
    var guesses: [String: TypeGuess] = [:]
    forEachProperty { key, value in
      guard case .text(let text) = value else { return }
      guesses[key, default: TypeGuess()].add(Array(text.utf8)[...])
    }
    return guesses.sorted { $0.key < $1.key }.filter { $0.value.type != .symbol }.map {
      "the texts of the property \($0.key) are read again with the type \($0.value.type)"
    }
  }

  /// Properties whose unsigned numbers are all small enough to be signed where nothing says that they are not.
  private var guessedNumbers: [String] {
    var greatest: [String: UInt64] = [:]
    forEachProperty { key, value in
      if case .unsigned(let number) = value { greatest[key] = max(greatest[key] ?? 0, number) }
    }
    return greatest.sorted { $0.key < $1.key }.filter { Int64(exactly: $0.value) != nil }.map {
      "the unsigned numbers of the property \($0.key) are read again with the type number"
    }
  }

  /// Calls the closure with each property of nodes and edges, and its value.
  private func forEachProperty(_ body: (String, Value) -> Void) {
    for node in graph.nodes {
      for (key, value) in node.properties { body(key, value) }
    }
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        for (key, value) in edge.properties { body("\(type).\(key)", value) }
      }
    }
  }

  private var aliases: [String] {
    let count = graph.aliases.count
    guard count > 0 else { return [] }
    return [
      "\(Quantity.counted(count, "other name")) of nodes left out: "
        + "\(format.rawValue) has no place for them"
    ]
  }

  /// Labels and documents of a list, whose parts `;` separates.
  private var partedTexts: [String] {
    let parts = "in \(format.rawValue), which parts them by `;`"
    return graph.labels.filter { $0.contains(";") }.map { "the label \($0) is two labels \(parts)" }
      + documents.filter { $0.contains(";") }.map { "the source \($0) is two sources \(parts)" }
  }

  private var foreignCharacters: [String] {
    var count = 0
    func look(_ text: String) { if !GraphMLFormat.holds(text) { count += 1 } }
    func look(_ properties: [(key: String, value: Value)]) {
      for case (_, .text(let text)) in properties { look(text) }
    }
    for node in graph.nodes {
      look(node.name)
      look(node.properties)
    }
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) { look(edge.properties) }
    }
    let names =
      graph.labels + graph.edgeTypes + graph.nodePropertyKeys
      + graph.edgeTypes.flatMap { graph.propertyKeys(ofEdgeType: $0) }
    for text in names + documents { look(text) }
    guard count > 0 else { return [] }
    return [
      "\(Quantity.counted(count, "text")) with characters that XML cannot hold: graphml has U+FFFD there"
    ]
  }

  /// Texts with what parts the fields and the rows of `.facts` files.
  private var brokenTexts: [String] {
    func isBroken(_ text: String) -> Bool {
      text.utf8.contains { $0 == 9 || $0 == 10 || $0 == 13 }
    }
    let names = graph.nodes.count { isBroken($0.name) }
    var values = 0
    forEachProperty { _, value in if case .text(let text) = value, isBroken(text) { values += 1 } }
    let aliases = graph.aliases.count { isBroken($0.alias) }
    return [(names, "name"), (aliases, "other name"), (values, "value")].filter { $0.0 > 0 }.map {
      "\(Quantity.counted($0, $1)) with tabs or line breaks: facts have blanks there"
    }
  }

  /// What the language would read as something else, beside a label or an edge type of that name.
  private var hiddenFacts: [String] {
    var losses: [String] = []
    if !graph.aliases.isEmpty, graph.knownEdgeTypes.contains("alias") {
      losses.append(
        "\(Quantity.counted(graph.aliases.count, "other name")) of nodes "
          + "\(graph.aliases.count == 1 ? "is" : "are") read again as edges of the type alias")
    }
    if graph.knownLabels.contains("node") {
      let count = graph.nodes.count { !$0.properties.isEmpty && !$0.has(label: "node") }
      if count > 0 {
        losses.append(
          "\(Quantity.counted(count, "node")) with properties "
            + "\(count == 1 ? "is" : "are") read again with the label node")
      }
    }
    return losses
  }

  /// The documents that labels and edges are cited from.
  private var documents: [String] {
    var documents: Set<String> = []
    for label in graph.labels {
      for node in graph.nodes(labelled: label) {
        documents.formUnion(node.citations(ofLabel: label).compactMap(\.source))
      }
    }
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        documents.formUnion(edge.citations.compactMap(\.source))
      }
    }
    return documents.sorted()
  }
}
