/// Writes a picture as Graphviz DOT.
///
/// ```swift
/// var output = ByteOutput()
/// try DOTExporter().write(DOTGraph(nodes: [.init(name: "大运集团", labels: ["company"])]), to: &output)
/// ```
///
/// The same picture gives the same text. Each label has a fill colour from the palette of Okabe and
/// Ito, which colour-blind readers can tell apart, in the order of the labels' names, with black or
/// white text by contrast; nine labels and more begin the palette again with a dashed outline. The
/// legend is a cluster. Texts are escaped so that nothing in them is taken for markup.
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

  /// The fills, and whether their text is white.
  private static let palette: [(fill: String, isDark: Bool)] = [
    ("#56B4E9", false), ("#E69F00", false), ("#009E73", false), ("#F0E442", false),
    ("#CC79A7", false), ("#D55E00", false), ("#0072B2", true), ("#999999", false),
  ]

  /// Writes the picture.
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
    let labels = Set(nodes.compactMap { $0.labels.first.map(Value.text) }).sorted()
      .map(\.description)
    writeHead(graph, to: &output)
    for (number, node) in nodes.enumerated() where numbers[Array(node.name.utf8)] == number {
      output.append("  n\(number) [label=")
      output.append(dot: node.text.isEmpty ? " " : node.text)
      writeColour(node.labels.first.flatMap { labels.firstIndex(of: $0) }, to: &output)
      output.append(", tooltip=")
      let kind = node.labels.isEmpty ? "" : " (\(node.labels.joined(separator: ", ")))"
      output.append(dot: node.tooltip ?? node.name + kind)
      output.append("];\n")
      try output.endRecord()
    }
    for edge in graph.edges {
      guard let from = numbers[Array(edge.from.utf8)], let to = numbers[Array(edge.to.utf8)] else {
        continue
      }
      output.append("  n\(from) -> n\(to) [label=")
      output.append(dot: edge.caption.map { "\(edge.type)\n\($0)" } ?? edge.type)
      output.append(", tooltip=")
      output.append(dot: edge.tooltip ?? "\(edge.from) \(edge.type) \(edge.to)")
      output.append("];\n")
      try output.endRecord()
    }
    if showsLegend && !labels.isEmpty { writeLegend(labels, to: &output) }
    output.append("}\n")
  }

  private func writeHead(_ graph: DOTGraph, to output: inout ByteOutput) {
    output.append("digraph G {\n  graph [charset=\"UTF-8\", rankdir=\(direction), fontname=")
    output.append(dot: fonts)
    if let title = graph.title {
      output.append(", labelloc=t, fontsize=18, label=")
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

  private func writeColour(_ label: Int?, to output: inout ByteOutput) {
    guard let label else { return }
    let (fill, isDark) = DOTExporter.palette[label % DOTExporter.palette.count]
    output.append(", fillcolor=\"\(fill)\"")
    if isDark { output.append(", fontcolor=\"#FFFFFF\"") }
    if label >= DOTExporter.palette.count { output.append(", style=\"filled,rounded,dashed\"") }
  }

  private func writeLegend(_ labels: [String], to output: inout ByteOutput) {
    output.append("  subgraph cluster_legend {\n    graph [label=\"\", style=rounded, ")
    output.append("color=\"#BBBBBB\", tooltip=\" \"];\n    node [fontsize=10, height=0.2];\n")
    for (place, label) in labels.enumerated() {
      output.append("    legend\(place) [label=")
      output.append(dot: label.isEmpty ? " " : label)
      writeColour(place, to: &output)
      output.append(", tooltip=")
      output.append(dot: label)
      output.append("];\n")
    }
    output.append("  }\n")
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

extension DOTGraph {
  /// The picture of a whole graph: all nodes with their labels, all edges.
  public init(_ graph: Graph, title: String? = nil) {
    self.init(title: title)
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
