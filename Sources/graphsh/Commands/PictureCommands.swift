import GraphCore
import GraphQuery

extension ShellCommand {
  static let pictureCommands = [dot, render]

  private static let pictureDetails = """
    Without a query the whole graph is drawn. Behind the query's full stop may follow, with commas:
      cluster X, color X    by label, by a label's nodes (zone), an edge type or a property
      caption KEY...        the properties under edges and nodes
      max N                 draw N nodes at most, 150 by itself; the rest folds into +n
      expand N around NAME  everything within N steps of a node
      legend, no legend, left to right, top to bottom, title "...", engine NAME
    """

  static let dot = ShellCommand(
    ".dot", "FILE [QUERY] [by OPTION, ...]", .pictures,
    "write the picture of a query, or of the whole graph, as a Graphviz file",
    details: pictureDetails,
    example: ".dot supply.dot ?- supplies(a, b). by cluster zone, caption what",
    completes: .fileThenQuery
  ) { (call) throws(FileError) in
    guard let drawing = call.drawing(command: ".dot") else { return .failure }
    if drawing.request.path == "-" {
      try call.shell.print(String(decoding: drawing.bytes, as: UTF8.self))
    } else {
      try Files.write(drawing.bytes, to: drawing.request.path)
      if call.shell.isInteractive {
        let path = drawing.request.path
        try call.shell.print("\(path) is written; .render makes an image of it\n")
      }
    }
    return .success
  }

  static let render = ShellCommand(
    ".render", "FILE.svg|png|pdf [QUERY] [by OPTION, ...]", .pictures,
    "draw the picture of a query as an image, by Graphviz; SVG where FILE has no ending",
    details: pictureDetails,
    example: ".render supply.svg ?- supplies(a, b). by cluster zone",
    completes: .fileThenQuery
  ) { (call) throws(FileError) in
    let word = WordSplitter.first(call.argument).word
    let name = word.split(separator: "/").last ?? ""
    let path = name.contains(".") || name.isEmpty ? word : word + ".svg"
    let ending = path.lastIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? ""
    guard path.isEmpty || Graphviz.formats.contains(ending.lowercased()) else {
      return call.refuse(
        ".render writes files that end in .svg, .png or .pdf", help: "for example .render a.svg")
    }
    guard let drawing = call.drawing(command: ".render") else { return .failure }
    let engine =
      drawing.request.engine
      ?? Graphviz.engine(
        nodeCount: drawing.graph.nodes.count, edgeCount: drawing.graph.edges.count,
        hasClusters: drawing.request.options.cluster != nil)
    let image: [UInt8]
    do throws(Graphviz.Failure) {
      image = try Graphviz.draw(drawing.bytes, format: ending.lowercased(), engine: engine)
    } catch {
      switch error {
      case .isMissing(let engine):
        return call.refuse("the program \(engine) is not there", help: Graphviz.installHelp)
      case .failed(let text): return call.refuse("\(engine) failed: \(text)")
      }
    }
    try Files.write(image, to: path)
    if call.shell.isInteractive {
      let size = "\(Quantity.counted(drawing.graph.nodes.count, "node"))"
      try call.shell.print("\(path) is drawn by \(engine): \(size)\n")
    }
    return .success
  }
}

/// A picture that is ready to be written.
struct Drawing {
  let request: PictureRequest
  let graph: DOTGraph
  let bytes: [UInt8]
}

extension CommandCall {
  /// The picture that the argument asks for; nothing, with a complaint, where it cannot be drawn.
  func drawing(command: String) -> Drawing? {
    let request: PictureRequest
    guard !argument.isEmpty, !argument.hasPrefix("?"), !argument.hasPrefix("？") else {
      shell.complain(
        "\(command) needs a file" + (argument.isEmpty ? "" : " before the query"),
        help: ".help \(command) shows an example")
      return nil
    }
    do throws(PictureRequest.Mistake) {
      request = try PictureRequest.parse(argument)
    } catch {
      shell.complain(error.message, help: error.help)
      return nil
    }
    let query = request.query.map { language(request.behindPath, bytes: $0.utf8.count) }
    guard let graph = shell.picture(of: query, options: request.options),
      let bytes = shell.write(
        graph, options: request.options, choosingFont: command == ".render")
    else { return nil }
    return Drawing(request: request, graph: graph, bytes: bytes)
  }
}

extension Shell {
  /// The picture of a query, with a word about what was folded.
  func picture(of query: SourceText?, options: PictureOptions) -> DOTGraph? {
    let (picture, diagnostics) = session.picture(of: query, options: options)
    report(diagnostics)
    guard let picture else { return nil }
    if picture.graph.nodes.isEmpty { remark("nothing is drawn: the query has no nodes") }
    if picture.foldedCount > 0 {
      let drawn = picture.nodeCount - picture.foldedCount
      remark(
        "\(Quantity.grouped(drawn)) of \(Quantity.counted(picture.nodeCount, "node")) are drawn, "
          + "the rest is folded into +n; \"max \(picture.nodeCount)\" draws all")
    }
    return picture.graph
  }

  /// The picture in Graphviz' language. Only an image made here depends on the fonts that are here.
  func write(_ graph: DOTGraph, options: PictureOptions, choosingFont: Bool = false) -> [UInt8]? {
    var exporter = DOTExporter(direction: options.direction, showsLegend: options.showsLegend)
    var output = ByteOutput()
    do {
      try exporter.write(graph, to: &output)
      if choosingFont, let character = Graphviz.rareCharacter(in: output.bytes) {
        switch Graphviz.font(for: character) {
        case nil: remark("no font here has \(character); \(Graphviz.fontHelp)")
        case ""?: break
        case let font?:
          exporter.fonts = "\(font), \(exporter.fonts)"
          output = ByteOutput()
          try exporter.write(graph, to: &output)
        }
      }
    } catch {
      complain("\(error)")
      return nil
    }
    return output.bytes
  }
}
