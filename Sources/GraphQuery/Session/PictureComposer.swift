@_spi(Columns) import GraphCore

/// Makes a picture of a sketch: chooses what is drawn, and adds captions, colours, boxes and
/// citations.
struct PictureComposer {
  private let graph: Graph
  private let options: PictureOptions
  /// A longer second line would make the boxes wider than their names.
  private static let captionWidth = 30

  init(graph: Graph, options: PictureOptions) {
    self.graph = graph
    self.options = options
  }

  func compose(_ sketch: Sketch) -> Picture {
    let kept = keptNodes(sketch)
    var result = DOTGraph(title: options.title)
    result.labelOrder = DOTGraph.labelOrder(of: graph)
    for id in sketch.nodes where kept.contains(Int(id)) { result.nodes.append(node(id)) }
    // Among very many edges a caption belongs to none of them; the tooltip still has it.
    let isCrowded = options.captions.isEmpty && sketch.edges.count > 250
    var stored = StoredEdges(graph: graph, kept: kept)
    var hidden: [UInt32: Set<UInt32>] = [:]
    for edge in sketch.edges {
      switch (kept.contains(Int(edge.from)), kept.contains(Int(edge.to))) {
      case (true, true):
        let type = sketch.types[edge.type]
        result.edges.append(
          self.edge(edge, type, stored.edges(type, edge.from, edge.to), isCrowded: isCrowded))
      case (true, false): hidden[edge.from, default: []].insert(edge.to)
      case (false, true): hidden[edge.to, default: []].insert(edge.from)
      case (false, false): break
      }
    }
    addStubs(for: hidden, of: sketch.nodes, to: &result)
    return Picture(
      graph: result, nodeCount: sketch.nodes.count,
      foldedCount: sketch.nodes.count - result.nodes.count { !$0.isStub })
  }

  /// Adds a node `+n` beside each node that has neighbours which are not drawn.
  private func addStubs(
    for hidden: [UInt32: Set<UInt32>], of nodes: [UInt32], to result: inout DOTGraph
  ) {
    let names = Set(result.nodes.map { Value.text($0.name) })
    let clusters = Dictionary(
      result.nodes.map { (Value.text($0.name), $0.cluster) },
      uniquingKeysWith: { first, _ in first })
    for id in nodes {
      guard let folded = hidden[id] else { continue }
      let name = graph.text(id)
      var stubName = "+ \(name)"
      while names.contains(.text(stubName)) { stubName = "+" + stubName }
      let others = folded.map { Value.text(graph.text($0)) }.sorted().prefix(30)
      var stub = DOTGraph.Node(
        name: stubName, text: "+\(folded.count)",
        tooltip: others.map(\.description).joined(separator: "\n"))
      stub.isStub = true
      stub.cluster = clusters[.text(name)] ?? nil
      result.nodes.append(stub)
      var edge = DOTGraph.Edge(
        from: name, to: stubName, type: "", tooltip: "\(folded.count) more around \(name)")
      edge.isStub = true
      result.edges.append(edge)
    }
  }

  /// The nodes to draw: all where they are few, else the best connected ones, and of those with equal
  /// numbers of edges the ones found first.
  private func keptNodes(_ sketch: Sketch) -> Bitmap {
    var kept = Bitmap()
    guard sketch.nodes.count > options.maximum else {
      for id in sketch.nodes { kept.insert(Int(id)) }
      return kept
    }
    var degrees: [UInt32: Int] = [:]
    for edge in sketch.edges {
      degrees[edge.from, default: 0] += 1
      degrees[edge.to, default: 0] += 1
    }
    if let center = options.expansion.flatMap({ graph.node($0.name) }) {
      degrees[center.id.raw] = .max
    }
    let ranked = sketch.nodes.enumerated().map { (degree: degrees[$1] ?? 0, place: $0, id: $1) }
      .sorted { ($1.degree, $0.place) < ($0.degree, $1.place) }
    for entry in ranked.prefix(options.maximum) { kept.insert(Int(entry.id)) }
    return kept
  }

  /// The stored edges behind drawn ones, looked up once for each node and type.
  private struct StoredEdges {
    private struct Key: Hashable {
      let type: String
      let from: UInt32
    }

    let graph: Graph
    let kept: Bitmap
    private var known: [Key: [UInt32: [GraphEdge]]] = [:]

    init(graph: Graph, kept: Bitmap) {
      self.graph = graph
      self.kept = kept
    }

    mutating func edges(_ type: String, _ from: UInt32, _ to: UInt32) -> [GraphEdge] {
      let key = Key(type: type, from: from)
      if let edges = known[key] { return edges[to] ?? [] }
      var found: [UInt32: [GraphEdge]] = [:]
      if let table = graph.term(type).flatMap(graph.edgeTable) {
        let all = graph.edges(ofType: type)
        for edge in table.edges(of: from, .outgoing) where kept.contains(Int(edge.node)) {
          let row = table.row(edge.place, from: from, to: edge.node)
          found[edge.node, default: []].append(all[row])
        }
      }
      known[key] = found
      return found[to] ?? []
    }
  }

  // MARK: Nodes

  private func node(_ id: UInt32) -> DOTGraph.Node {
    let name = graph.text(id)
    guard let node = graph.node(id: TermID(raw: id)) else { return DOTGraph.Node(name: name) }
    var text = name
    if case .text(let display)? = node["display"] { text = display }
    let labels = node.labels
    var lines = [labels.isEmpty ? name : "\(name) (\(labels.joined(separator: ", ")))"]
    lines += node.properties.map { "\($0.key): \($0.value)" }
    lines += Self.places(labels.flatMap { node.citations(ofLabel: $0) })
    var result = DOTGraph.Node(
      name: name, text: Self.wrapped(text), labels: labels,
      tooltip: lines.joined(separator: "\n"))
    let shown = node.properties.filter { property in
      property.key != "display"
        && (options.captions.isEmpty || options.captions.contains(property.key))
    }
    let detail = shown.prefix(2).map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    if !detail.isEmpty {
      result.detail = DisplayWidth.truncated(detail, to: Self.captionWidth)
    }
    if let cluster = options.cluster { result.cluster = category(of: node, by: cluster) }
    if let colour = options.colour { result.colour = category(of: node, by: colour) ?? "–" }
    return result
  }

  /// Long names in lines of about equal length, so that a node is no wider than its neighbours.
  private static func wrapped(_ text: String) -> String {
    let limit = 28
    let width = DisplayWidth.columns(of: text)
    guard width > limit else { return text }
    let lineCount = (width + limit - 1) / limit
    let share = (width + lineCount - 1) / lineCount
    var result = ""
    var used = 0
    for character in text {
      let own = DisplayWidth.columns(of: character)
      // Latin words stay whole: they break at blanks only. What closes stays with what it closes.
      let mayBreak =
        (own > 1 && !closingMarks.contains(character)) || character == " " || used >= limit
      if used >= share, mayBreak {
        result += "\n"
        used = 0
        if character == " " { continue }
      }
      result.append(character)
      used += own
    }
    return result
  }

  private static let closingMarks = Set("、，。；：！？）】》」』”’…")

  /// What a node belongs to: its label, the value of a property, where an edge of a type leads, or the
  /// nearest node of a label that its edges lead to.
  private func category(of node: GraphNode, by name: String) -> String? {
    if name == "label" { return node.labels.first }
    if let value = node[name] { return value.description }
    if graph.edgeTypes.contains(name) {
      if let target = node.outgoing(name).first?.target { return target.name }
      return node.incoming(name).isEmpty ? nil : node.name
    }
    if node.has(label: name) { return node.name }
    var frontier = [node]
    var reached: Set<TermID> = [node.id]
    for _ in 0..<3 {
      var found: [String: Int] = [:]
      var next: [GraphNode] = []
      for node in frontier {
        for type in graph.edgeTypes {
          for edge in node.outgoing(type) {
            if edge.target.has(label: name) { found[edge.target.name, default: 0] += 1 }
            if reached.insert(edge.target.id).inserted { next.append(edge.target) }
          }
        }
      }
      if let best = found.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) { return best.key }
      frontier = next
    }
    return nil
  }

  // MARK: Edges

  private func edge(
    _ edge: Sketch.Edge, _ type: String, _ stored: [GraphEdge], isCrowded: Bool
  ) -> DOTGraph.Edge {
    let (from, to) = (graph.text(edge.from), graph.text(edge.to))
    var captions: [String] = []
    for text in stored.compactMap(caption) where !captions.contains(text) { captions.append(text) }
    let more = captions.count > 2 ? ["+\(captions.count - 2)"] : []
    let lines = Array(captions.prefix(2)) + more
    let details = stored.map { edge in
      edge.properties.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }.filter { !$0.isEmpty }
    let tooltip =
      ["\(from) \(type) \(to)"] + details
      + Self.places(stored.flatMap(\.citations))
    return DOTGraph.Edge(
      from: from, to: to, type: type,
      caption: lines.isEmpty || isCrowded ? nil : lines.joined(separator: "\n"),
      tooltip: tooltip.joined(separator: "\n"))
  }

  /// The properties asked for; else a number with its unit, else a text that says what.
  private func caption(_ edge: GraphEdge) -> String? {
    let properties = edge.properties
    var text = ""
    if !options.captions.isEmpty {
      text = options.captions.compactMap { key in
        properties.first { $0.key == key }?.value.description
      }.joined(separator: " ")
    } else if let number = properties.first(where: { $0.value.type.isNumeric }) {
      let unit = properties.first { $0.key == "unit" }?.value.description ?? ""
      text = "\(number.value)" + (unit.isEmpty ? "" : " \(unit)")
    } else if let words = properties.first(where: { $0.value.type == .symbol }) {
      text = words.value.description
    }
    return text.isEmpty ? nil : DisplayWidth.truncated(text, to: Self.captionWidth)
  }

  private static func places(_ citations: [GraphCore.Citation]) -> [String] {
    var places: [String] = []
    for citation in citations {
      let place = [citation.source, citation.lines].compactMap { $0 }.joined(separator: ":")
      if !place.isEmpty, !places.contains(place) { places.append(place) }
    }
    return places
  }
}
