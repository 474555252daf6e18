/// Writes a picture as Graphviz DOT.
///
/// ```swift
/// var output = ByteOutput()
/// try DOTExporter().write(DOTGraph(nodes: [.init(name: "大运集团", labels: ["company"])]), to: &output)
/// ```
///
/// The same picture gives the same text, and a node's id is its name, so that two versions of a
/// picture can be compared line by line. Each label has a fill colour from the palette of Okabe and
/// Ito, which colour-blind readers can tell apart, by its place in `DOTGraph.labelOrder`, so that it
/// keeps its colour from picture to picture; text is black or white by contrast. From the ninth place
/// on the colours are paler, and beyond the sixteenth the palette begins again with a dashed outline.
/// The legend is a node that holds a table. Texts are escaped so that nothing in them is taken for
/// markup.
public struct DOTExporter: Sendable {
  /// The direction in which edges run: `LR`, `TB`, `RL` or `BT`.
  public var direction: String
  /// Fonts in the order of preference; the first that has the characters is used.
  public var fonts: String
  /// Whether the colours are explained.
  public var showsLegend: Bool

  public init(
    direction: String = "LR",
    fonts: String = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, WenQuanYi Zen Hei, sans-serif",
    showsLegend: Bool = true
  ) {
    self.direction = direction
    self.fonts = fonts
    self.showsLegend = showsLegend
  }

  /// The fills, and whether their text is white; the second half is the first mixed with white.
  private static let palette: [(fill: String, isDark: Bool)] = [
    ("#56B4E9", false), ("#E69F00", false), ("#009E73", false), ("#F0E442", false),
    ("#CC79A7", false), ("#D55E00", false), ("#0072B2", true), ("#999999", false),
    ("#BBDFF4", false), ("#F6DAA0", false), ("#99D8C7", false), ("#F9F4B3", false),
    ("#EBC9DC", false), ("#EEBF99", false), ("#99C7E0", false), ("#D6D6D6", false),
  ]

  /// Writes the picture. Throws what the sink of the output throws. O(nodes × boxes + edges).
  public func write(_ graph: DOTGraph, to output: inout ByteOutput) throws {
    var nodes = graph.nodes
    var numbers: [[UInt8]: Int] = [:]
    for (number, node) in nodes.enumerated() where numbers[Array(node.name.utf8)] == nil {
      numbers[Array(node.name.utf8)] = number
    }
    for name in graph.edges.flatMap({ [$0.from, $0.to] }) where numbers[Array(name.utf8)] == nil {
      numbers[Array(name.utf8)] = nodes.count
      nodes.append(DOTGraph.Node(name: name))
    }
    let colours = Colours(of: nodes, order: graph.labelOrder)
    writeHead(graph, to: &output)
    let drawn = nodes.indices.filter { numbers[Array(nodes[$0].name.utf8)] == $0 }
    for number in drawn where nodes[number].cluster == nil {
      writeNode(nodes[number], colours, indent: "  ", to: &output)
      try output.endRecord()
    }
    let clusters = Set(drawn.compactMap { nodes[$0].cluster.map(Value.text) }).sorted()
      .map(\.description)
    for cluster in clusters {
      output.append("  subgraph ")
      output.append(dotID: "cluster " + cluster)
      output.append(" {\n    graph [label=")
      output.append(dot: cluster)
      output.append(", labeljust=l, style=\"rounded,filled\", fillcolor=\"#F5F5F5\", ")
      output.append("color=\"#BBBBBB\", tooltip=")
      output.append(dot: cluster)
      output.append("];\n")
      for number in drawn where nodes[number].cluster == cluster {
        writeNode(nodes[number], colours, indent: "    ", to: &output)
        try output.endRecord()
      }
      output.append("  }\n")
    }
    for edge in graph.edges {
      output.append("  ")
      output.append(dotID: edge.from)
      output.append(" -> ")
      output.append(dotID: edge.to)
      output.append(" [label=")
      let parts = [edge.type, edge.caption ?? ""].filter { !$0.isEmpty }
      output.append(dot: parts.joined(separator: "\n"))
      output.append(", tooltip=")
      output.append(dot: edge.tooltip ?? "\(edge.from) \(edge.type) \(edge.to)")
      if edge.isStub { output.append(", style=dashed, arrowhead=none") }
      output.append("];\n")
      try output.endRecord()
    }
    if showsLegend && colours.used.count > 1 {
      var id = "legend"
      while numbers[Array(id.utf8)] != nil { id += " " }
      writeLegend(colours, id: id, to: &output)
    }
    output.append("}\n")
  }

  private func writeNode(
    _ node: DOTGraph.Node, _ colours: Colours, indent: String, to output: inout ByteOutput
  ) {
    output.append(indent)
    output.append(dotID: node.name)
    output.append(" [label=")
    let lines = [node.text, node.detail ?? ""].filter { !$0.isEmpty }
    output.append(dot: lines.isEmpty ? " " : lines.joined(separator: "\n"))
    if node.isStub {
      output.append(", style=\"dashed,rounded\", color=\"#999999\", fontcolor=\"#555555\"")
    } else {
      writeColour(node.colourKey.flatMap(colours.place), to: &output)
    }
    output.append(", tooltip=")
    let kind = node.labels.isEmpty ? "" : " (\(node.labels.joined(separator: ", ")))"
    output.append(dot: node.tooltip ?? node.name + kind)
    output.append("];\n")
  }

  private func writeHead(_ graph: DOTGraph, to output: inout ByteOutput) {
    output.append("digraph G {\n  graph [charset=\"UTF-8\", rankdir=\(direction), fontname=")
    output.append(dot: fonts)
    if let title = graph.title {
      output.append(", labelloc=t, fontsize=16, label=")
      output.append(dot: title)
    }
    output.append(
      ", tooltip=\" \"];\n  node [shape=box, style=\"filled,rounded\", fillcolor=\"#FFFFFF\", ")
    output.append("color=\"#444444\", fontcolor=\"#000000\", fontname=")
    output.append(dot: fonts)
    output.append(", fontsize=12, margin=\"0.12,0.06\"];\n  edge [color=\"#555555\", ")
    output.append("fontcolor=\"#333333\", fontname=")
    output.append(dot: fonts)
    output.append(", fontsize=10, arrowsize=0.7];\n")
  }

  /// The colour of a label by its place: the palette, the palette paler, then again both dashed.
  private static func colour(_ place: Int) -> (fill: String, isDark: Bool, isDashed: Bool) {
    let (fill, isDark) = palette[place % palette.count]
    return (fill, isDark, place >= palette.count)
  }

  /// The labels of a picture and the places whose colours they have.
  private struct Colours {
    /// In the order of their places.
    private(set) var used: [(label: String, place: Int)] = []
    private var places: [Value: Int] = [:]

    init(of nodes: [DOTGraph.Node], order: [String]) {
      for label in order where places[.text(label)] == nil { places[.text(label)] = places.count }
      let keys = Set(nodes.filter { !$0.isStub }.compactMap { $0.colourKey.map(Value.text) })
      for key in keys.sorted() where places[key] == nil { places[key] = places.count }
      used = keys.map { ($0.description, places[$0] ?? 0) }.sorted { $0.place < $1.place }
    }

    func place(of label: String) -> Int? { places[.text(label)] }
  }

  private func writeColour(_ label: Int?, to output: inout ByteOutput) {
    guard let label else { return }
    let (fill, isDark, isDashed) = DOTExporter.colour(label)
    output.append(", fillcolor=\"\(fill)\"")
    if isDark { output.append(", fontcolor=\"#FFFFFF\"") }
    if isDashed { output.append(", style=\"filled,rounded,dashed\"") }
  }

  /// One node that holds a table, so that every layout engine keeps its rows together.
  private func writeLegend(_ colours: Colours, id: String, to output: inout ByteOutput) {
    output.append("  ")
    output.append(dotID: id)
    output.append(" [shape=plain, style=\"\", tooltip=\" \", label=<<TABLE BORDER=\"1\" ")
    output.append("COLOR=\"#BBBBBB\" CELLBORDER=\"0\" CELLPADDING=\"4\" CELLSPACING=\"4\">\n")
    for (label, place) in colours.used {
      let (fill, isDark, isDashed) = DOTExporter.colour(place)
      output.append("    <TR><TD BGCOLOR=\"\(fill)\" STYLE=\"rounded\"")
      if isDashed { output.append(" BORDER=\"1\" COLOR=\"#444444\"") }
      output.append("><FONT POINT-SIZE=\"10\"")
      output.append(isDark ? " COLOR=\"#FFFFFF\">" : ">")
      output.append(markup: label.isEmpty ? " " : label)
      output.append("</FONT></TD></TR>\n")
    }
    output.append("  </TABLE>>];\n")
  }
}

extension ByteOutput {
  /// Appends a quoted DOT string that shows as the text itself.
  ///
  /// A backslash begins an escape in Graphviz (`\N` is the node's name) and `&` an HTML entity, so
  /// both are written such that they show; a control character shows as a space.
  public mutating func append(dot text: String) {
    append("\"")
    append(text) { byte in
      switch byte {
      case UInt8(ascii: "\""): "\\\""
      case UInt8(ascii: "\\"): "\\\\"
      case UInt8(ascii: "&"): "&amp;"
      case 10: "\\n"
      case 0..<0x20, 0x7F: " "
      default: nil
      }
    }
    append("\"")
  }
}

extension ByteOutput {
  /// Appends a quoted DOT string that names something: different names give different strings.
  ///
  /// A control character becomes `\xNN`, which no name gives by its own backslashes, since those are
  /// doubled.
  mutating func append(dotID text: String) {
    append("\"")
    append(text) { byte in
      switch byte {
      case UInt8(ascii: "\""): "\\\""
      case UInt8(ascii: "\\"): "\\\\"
      case UInt8(ascii: "&"): "&amp;"
      case 10: "\\n"
      case 0..<0x20, 0x7F: "\\x" + ByteOutput.hexadecimal(byte)
      default: nil
      }
    }
    append("\"")
  }

  /// Appends text inside an HTML-like label.
  mutating func append(markup text: String) {
    append(text) { byte in
      switch byte {
      case UInt8(ascii: "&"): "&amp;"
      case UInt8(ascii: "<"): "&lt;"
      case UInt8(ascii: ">"): "&gt;"
      case UInt8(ascii: "\""): "&quot;"
      case 0..<0x20, 0x7F: " "
      default: nil
      }
    }
  }
}

extension DOTGraph {
  /// The labels of a graph in the order in which they take colours: as they are declared, then as
  /// they came. New labels come behind, so that the others keep their colours. A label that is
  /// declared and has nodes stands twice. O(labels).
  public static func labelOrder(of graph: Graph) -> [String] {
    graph.nodeSchemas.map(\.label) + graph.labels
  }

  /// The picture of a whole graph: all nodes with their labels, all edges. The property `display`
  /// of a node is shown in place of its name. O(nodes × labels + edges).
  public init(_ graph: Graph, title: String? = nil) {
    self.init(title: title)
    labelOrder = Self.labelOrder(of: graph)
    nodes = graph.nodes.map {
      var text = $0.name
      if case .text(let display)? = $0["display"] { text = display }
      return Node(name: $0.name, text: text, labels: $0.labels)
    }
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        edges.append(Edge(from: edge.source.name, to: edge.target.name, type: type))
      }
    }
  }
}
