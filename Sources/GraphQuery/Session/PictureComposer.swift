import GraphCore

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
    let kept = keptNames(sketch)
    var result = DOTGraph(title: options.title)
    for name in sketch.names where kept.contains(name) { result.nodes.append(node(name)) }
    // Among very many edges a caption belongs to none of them; the tooltip still has it.
    let isCrowded = options.captions.isEmpty && sketch.edges.count > 250
    var hidden: [String: Set<String>] = [:]
    for edge in sketch.edges {
      switch (kept.contains(edge.from), kept.contains(edge.to)) {
      case (true, true): result.edges.append(self.edge(edge, isCrowded: isCrowded))
      case (true, false): hidden[edge.from, default: []].insert(edge.to)
      case (false, true): hidden[edge.to, default: []].insert(edge.from)
      case (false, false): break
      }
    }
    for node in result.nodes {
      guard let folded = hidden[node.name] else { continue }
      var stub = DOTGraph.Node(
        name: "+ \(node.name)", text: "+\(folded.count)",
        tooltip: folded.sorted().prefix(30).joined(separator: "\n"))
      stub.isStub = true
      stub.cluster = node.cluster
      result.nodes.append(stub)
      var edge = DOTGraph.Edge(
        from: node.name, to: stub.name, type: "",
        tooltip: "\(folded.count) more around \(node.name)")
      edge.isStub = true
      result.edges.append(edge)
    }
    return Picture(
      graph: result, nodeCount: sketch.names.count,
      foldedCount: sketch.names.count - kept.count)
  }

  /// The nodes to draw: all where they are few, else the best connected ones, and of those with equal
  /// numbers of edges the ones found first.
  private func keptNames(_ sketch: Sketch) -> Set<String> {
    guard sketch.names.count > options.maximum else { return Set(sketch.names) }
    var degrees: [String: Int] = [:]
    for edge in sketch.edges {
      degrees[edge.from, default: 0] += 1
      degrees[edge.to, default: 0] += 1
    }
    var order = sketch.names.indices.sorted {
      let (a, b) = (degrees[sketch.names[$0]] ?? 0, degrees[sketch.names[$1]] ?? 0)
      return a != b ? a > b : $0 < $1
    }.map { sketch.names[$0] }
    if let center = options.expansion.flatMap({ graph.node($0.name)?.name }),
      let place = order.firstIndex(of: center)
    {
      order.remove(at: place)
      order.insert(center, at: 0)
    }
    return Set(order.prefix(options.maximum))
  }

  // MARK: Nodes

  private func node(_ name: String) -> DOTGraph.Node {
    guard let node = graph.node(name) else { return DOTGraph.Node(name: name) }
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
      // Latin words stay whole: they break at blanks only.
      let mayBreak = own > 1 || character == " " || used >= limit
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

  private func edge(_ edge: Sketch.Edge, isCrowded: Bool) -> DOTGraph.Edge {
    let stored =
      graph.node(edge.from)?.outgoing(edge.type).filter { $0.target.name == edge.to } ?? []
    var captions: [String] = []
    for text in stored.compactMap(caption) where !captions.contains(text) { captions.append(text) }
    let more = captions.count > 2 ? ["+\(captions.count - 2)"] : []
    let lines = Array(captions.prefix(2)) + more
    let details = stored.map { edge in
      edge.properties.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }.filter { !$0.isEmpty }
    let tooltip =
      ["\(edge.from) \(edge.type) \(edge.to)"] + details
      + Self.places(stored.flatMap(\.citations))
    return DOTGraph.Edge(
      from: edge.from, to: edge.to, type: edge.type,
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
