import GraphCore
import GraphQuery

/// Places in documents, as they stand behind facts.
enum CitationText {
  /// `001_e765.txt:310-314; 002.txt:88`, at most two places.
  static func text(_ citations: [GraphCore.Citation], limit: Int = 2) -> String {
    var places: [String] = []
    for citation in citations {
      let place = [citation.source, citation.lines].compactMap { $0 }.filter { !$0.isEmpty }
      let text = place.joined(separator: ":")
      if !text.isEmpty, !places.contains(text) { places.append(text) }
    }
    let shown = places.prefix(limit).joined(separator: "; ")
    return places.count > limit ? shown + "; +\(places.count - limit)" : shown
  }
}

/// Properties, as they stand behind a node or an edge.
enum PropertyText {
  static func text(_ properties: [(key: String, value: Value)]) -> String {
    properties.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
  }
}

/// A way between two nodes in one line, or a line for each step where it is too long.
enum WayText {
  static func text(
    from start: GraphNode, _ way: [QuerySession.WayStep], columns: Int, style: Style
  ) -> String {
    let steps = way.map { step in
      (step.isForward ? " ─\(step.edge.type)→ " : " ←\(step.edge.type)─ ") + step.target.name
    }
    let line = start.name + steps.joined()
    let places = CitationText.text(way.flatMap(\.edge.citations), limit: way.count)
    var output: [UInt8] = []
    if DisplayWidth.columns(of: line + places) + 2 <= columns {
      output += line.utf8
      if !places.isEmpty { style.append("  " + places, .faint, to: &output) }
      return String(decoding: output, as: UTF8.self) + "\n"
    }
    output += start.name.utf8
    for (step, text) in zip(way, steps) {
      output += "\n ".utf8
      output += text.utf8
      let properties = PropertyText.text(step.edge.properties)
      if !properties.isEmpty { output += " (\(properties))".utf8 }
      let places = CitationText.text(step.edge.citations)
      if !places.isEmpty { style.append("  " + places, .faint, to: &output) }
    }
    return String(decoding: output, as: UTF8.self) + "\n"
  }
}

/// The surroundings of a node as a tree; each node is unfolded once.
struct NeighbourhoodTree {
  private let graph: Graph
  private var unfolded: Set<TermID> = []
  /// Edges of one type and direction that are shown: more at the root than further out.
  private static let rootLimit = 20
  private static let innerLimit = 2
  /// Lines under a node further out, whatever their types.
  private static let innerLineLimit = 8

  init(graph: Graph) { self.graph = graph }

  mutating func tree(of node: GraphNode, depth: Int) -> TextTree {
    var root = TextTree(title(node), remark: citations(of: node))
    let properties = PropertyText.text(node.properties)
    if !properties.isEmpty { root.children.append(TextTree(properties)) }
    unfolded.insert(node.id)
    root.children += children(of: node, depth: depth, limit: Self.rootLimit, except: nil)
    return root
  }

  private mutating func children(
    of node: GraphNode, depth: Int, limit: Int, except arrival: (type: String, row: Int)?
  ) -> [TextTree] {
    var result: [TextTree] = []
    for type in graph.edgeTypes {
      for isForward in [true, false] {
        let edges = (isForward ? node.outgoing(type) : node.incoming(type)).filter {
          !(arrival?.type == type && arrival?.row == $0.row)
        }
        for edge in edges.prefix(limit) {
          let other = isForward ? edge.target : edge.source
          let properties = PropertyText.text(edge.properties)
          var line = TextTree(
            (isForward ? "\(type) → " : "\(type) ← ") + title(other)
              + (properties.isEmpty ? "" : "  \(properties)"),
            remark: CitationText.text(edge.citations, limit: 1))
          if depth > 1, unfolded.insert(other.id).inserted {
            line.children = children(
              of: other, depth: depth - 1, limit: Self.innerLimit, except: (type, edge.row))
            let surplus = line.children.count - Self.innerLineLimit
            if surplus > 1 {
              line.children.removeLast(surplus)
              line.children.append(TextTree("… \(surplus) more kinds; .show \(other.name)"))
            }
          }
          result.append(line)
        }
        if edges.count > limit {
          let arrow = isForward ? "→" : "←"
          result.append(TextTree("\(type) \(arrow) … \(edges.count - limit) more"))
        }
      }
    }
    return result
  }

  private func title(_ node: GraphNode) -> String {
    let labels = node.labels
    return labels.isEmpty ? node.name : "\(node.name) (\(labels.joined(separator: ", ")))"
  }

  private func citations(of node: GraphNode) -> String {
    CitationText.text(node.labels.flatMap { node.citations(ofLabel: $0) })
  }
}

/// Everything that a name is.
struct NameInformation {
  private let session: QuerySession
  private let columns: Int
  private var graph: Graph { session.graph }

  init(session: QuerySession, columns: Int) {
    self.session = session
    self.columns = columns
  }

  /// A line with a title and a list, broken between words.
  private func line(_ title: String, _ list: [String]) -> String {
    "  \(title): "
      + HelpText.wrapped(
        list.joined(separator: ", "), indent: 4, columns: columns,
        used: DisplayWidth.columns(of: title) + 4) + "\n"
  }

  /// A paragraph for each thing of that name; nothing where there is none.
  func text(of name: String) -> String? {
    var parts: [String] = []
    switch session.findNode(name) {
    case .node(let node): parts.append(text(of: node, as: name))
    case .ambiguous(let names):
      parts.append("\(name)  another name of several nodes\n" + line("they are", names))
    case .unknown: break
    }
    for kind in session.relationKinds(name) {
      switch kind {
      case "label": parts.append(text(ofLabel: name))
      case "edge type": parts.append(text(ofEdgeType: name))
      default:
        var text = "\(session.declarationText(name) ?? name)  \(kind)"
        if let count = session.rowCount(ofRelation: name) {
          text += ", \(Quantity.counted(count, "row"))"
        }
        parts.append(text + "\n")
      }
    }
    if graph.nodePropertyKeys.contains(name) {
      let count = graph.statistics.nodeProperties[name]?.count ?? 0
      parts.append("\(name)  property of \(Quantity.counted(count, "node"))\n")
    }
    let types = graph.edgeTypes.filter { graph.propertyKeys(ofEdgeType: $0).contains(name) }
    if !types.isEmpty {
      parts.append("\(name)  property of the edges \(types.joined(separator: ", "))\n")
    }
    guard !parts.isEmpty else { return nil }
    for (title, rules) in [
      ("defined by", session.ruleTexts(of: name)), ("used by", session.rulesUsing(name)),
    ] where !rules.isEmpty {
      parts.append(
        "\(title)\n" + rules.prefix(10).map { "  \($0.text)  // \($0.place)\n" }.joined())
    }
    return parts.joined(separator: "\n")
  }

  private func text(of node: GraphNode, as name: String) -> String {
    var text = node.name == name ? "" : "\(name)  another name of \"\(node.name)\"\n\n"
    let labels = node.labels
    text +=
      "\(node.name)  \(labels.isEmpty ? "a node without a label" : labels.joined(separator: ", "))\n"
    for property in node.properties { text += "  \(property.key): \(property.value)\n" }
    let aliases = graph.aliases.filter { graph.node($0.node)?.id == node.id }.map(\.alias)
    if !aliases.isEmpty { text += line("other names", aliases) }
    for (title, edges) in [
      ("edges from it", graph.edgeTypes.map { ($0, node.outgoing($0).count) }),
      ("edges to it", graph.edgeTypes.map { ($0, node.incoming($0).count) }),
    ] {
      let present = edges.filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }
      if !present.isEmpty { text += line(title, present.map { "\($0.0) \($0.1)" }) }
    }
    let citations = CitationText.text(labels.flatMap { node.citations(ofLabel: $0) }, limit: 4)
    if !citations.isEmpty { text += "  said in \(citations)\n" }
    return text
  }

  private func text(ofLabel label: String) -> String {
    let nodes = graph.nodes(labelled: label)
    let count = session.nodeCount(ofLabel: label)
    var text = "\(label)  label of \(Quantity.counted(count, "node"))\n"
    if nodes.isEmpty, count > 0 {
      text = "\(label)  label that rules give to \(Quantity.counted(count, "node"))\n"
    }
    text += SchemaText(session).lines(matching: label).filter { $0.hasPrefix(".node") }
      .map { "  \($0)\n" }.joined()
    var outgoing: [String: Int] = [:]
    var incoming: [String: Int] = [:]
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        if edge.source.has(label: label) { outgoing[type, default: 0] += 1 }
        if edge.target.has(label: label) { incoming[type, default: 0] += 1 }
      }
    }
    for (title, counts) in [("edges from them", outgoing), ("edges to them", incoming)]
    where !counts.isEmpty {
      let list = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      text += line(title, list.map { "\($0.key) \($0.value)" })
    }
    let examples = nodes.prefix(5).map(\.name)
    if !examples.isEmpty { text += line("for example", examples) }
    return text
  }

  private func text(ofEdgeType type: String) -> String {
    let edges = graph.edges(ofType: type)
    let count = session.edgeCount(ofType: type)
    var text = "\(type)  edge type of \(Quantity.counted(count, "edge"))\n"
    text += SchemaText(session).lines(matching: type).filter { $0.hasPrefix(".edge") }
      .map { "  \($0)\n" }.joined()
    var counts: [String: Int] = [:]
    var ends: [String: Int] = [:]
    for edge in edges {
      for property in edge.properties { counts[property.key, default: 0] += 1 }
      let pair = [edge.source, edge.target].map { $0.labels.first ?? "_" }
      ends[pair.joined(separator: " → "), default: 0] += 1
    }
    for (title, list) in [("from and to", ends), ("properties", counts)] where !list.isEmpty {
      let sorted = list.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(8)
      text += line(title, sorted.map { "\($0.key) \($0.value)" })
    }
    for edge in edges.prefix(3) {
      text += "  for example \(edge.source.name) → \(edge.target.name)"
      let properties = PropertyText.text(edge.properties)
      text += (properties.isEmpty ? "" : "  \(properties)") + "\n"
    }
    return text
  }
}
