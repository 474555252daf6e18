public import GraphCore

/// Draws what a query finds: its nodes, and the edges that its conditions name.
extension QuerySession {
  /// The picture of a query's answer.
  ///
  /// Every variable that stands for a node becomes nodes. An edge condition becomes edges between
  /// what its ends were bound to; a path condition becomes the stored edges of its types among the
  /// nodes of the answer, so that the way is seen and not only its ends.
  public func picture(of text: SourceText) -> (picture: DOTGraph?, diagnostics: [Diagnostic]) {
    let id = sources.add(text)
    let parsed = parse(text, id, mode: .statement)
    let unit = ParsedUnit(unit: 0, parsed: parsed)
    guard !parsed.hasErrors else { return (nil, parsed.diagnostics) }
    guard let query = unit.queries.first, unit.queries.count == 1, !unit.hasChanges else {
      return (
        nil,
        [
          Diagnostic(
            .invalidQuery, "a picture is drawn of one query", at: nil,
            help: "write `.dot FILE ?- supplies(a, b).`")
        ]
      )
    }
    let (answer, diagnostics) = run(query, start: MonotonicClock.nanoseconds)
    guard answer != nil else { return (nil, diagnostics) }
    var drawing = Drawing(graph: graph)
    for conditions in Alternatives.of(query.body) ?? [] {
      let body = Formula.conjunction(conditions)
      for condition in conditions { draw(condition, in: body, query.span, &drawing) }
    }
    return (drawing.finish(), diagnostics)
  }

  /// The picture of the whole graph.
  public func picture() -> DOTGraph { DOTGraph(graph) }

  private func draw(
    _ condition: Formula, in body: Formula, _ span: SourceSpan, _ drawing: inout Drawing
  ) {
    switch condition {
    case .atom(let atom):
      let terms = termSpace()
      switch environment(terms: terms).resolve(
        atom.name.text, positional: atom.arguments.count, unit: 0)
      {
      case .label, .builtin(.node), .builtin(.label):
        for row in rows(of: [atom.arguments[0]], body, span) { drawing.add(node: row[0]) }
      case .edgeType:
        for row in rows(of: atom.arguments, body, span) {
          drawing.add(edge: atom.name.text, from: row[0], to: row[1])
        }
      case .builtin(.edge):
        for row in rows(of: atom.arguments, body, span) {
          drawing.add(edge: row[0], from: row[1], to: row[2])
        }
      case .declared, .defined:
        // A relation of two arguments that are nodes is drawn as edges, one of one as nodes.
        let rows = rows(of: atom.arguments, body, span)
        if atom.arguments.count == 1 {
          for row in rows where graph.node(row[0]) != nil { drawing.add(node: row[0]) }
        } else if atom.arguments.count == 2 {
          for row in rows where graph.node(row[0]) != nil && graph.node(row[1]) != nil {
            drawing.add(edge: atom.name.text, from: row[0], to: row[1])
          }
        }
      case .builtin, nil: break
      }
    case .path(let path):
      for row in rows(of: path.arguments, body, span) {
        for name in row { drawing.add(node: name) }
      }
      var types: [String] = []
      path.path.collectTypes(into: &types)
      for type in types {
        for name in type == "edge" ? graph.edgeTypes : [type] { drawing.followedTypes.insert(name) }
      }
    case .comparison, .textTest, .boolean, .negation, .conjunction, .disjunction: break
    }
  }

  /// The texts of some terms for every way the body holds. A wildcard is any value, so it is bound
  /// to a variable of its own.
  private func rows(of terms: [Expression], _ body: Formula, _ span: SourceSpan) -> [[String]] {
    let hasWildcard = terms.contains { if case .wildcard = $0 { true } else { false } }
    guard !hasWildcard else { return [] }
    let query = Query(
      head: terms.enumerated().map {
        Query.HeadColumn(title: "\($0.offset)", expression: $0.element)
      }, body: body, span: span)
    guard let answer = run(query, start: 0).0 else { return [] }
    return (0..<answer.rowCount).map { row in
      terms.indices.map { column in
        let text = answer.text(row: row, column: column)
        return graph.node(text)?.name ?? text
      }
    }
  }

  /// Nodes and edges as they are found, each once, in the order of finding.
  private struct Drawing {
    let graph: Graph
    var names: [String] = []
    var seen: Set<String> = []
    var edges: [DOTGraph.Edge] = []
    var seenEdges: Set<[String]> = []
    /// Edge types of paths: their edges among the drawn nodes are drawn at the end.
    var followedTypes: Set<String> = []

    init(graph: Graph) { self.graph = graph }

    mutating func add(node name: String) {
      if seen.insert(name).inserted { names.append(name) }
    }

    mutating func add(edge type: String, from: String, to: String, tooltip: String? = nil) {
      add(node: from)
      add(node: to)
      guard seenEdges.insert([type, from, to]).inserted else { return }
      edges.append(
        DOTGraph.Edge(from: from, to: to, type: type, tooltip: tooltip ?? citations(type, from, to))
      )
    }

    private func citations(_ type: String, _ from: String, _ to: String) -> String? {
      guard let node = graph.node(from) else { return nil }
      var places: [String] = []
      for edge in node.outgoing(type) where edge.target.name == to {
        for citation in edge.citations {
          let place = [citation.source, citation.lines].compactMap { $0 }.joined(separator: ":")
          if !place.isEmpty, !places.contains(place) { places.append(place) }
        }
      }
      return places.isEmpty ? nil : places.joined(separator: "\n")
    }

    mutating func finish() -> DOTGraph {
      for type in followedTypes.sorted() {
        for edge in graph.edges(ofType: type)
        where seen.contains(edge.source.name) && seen.contains(edge.target.name) {
          add(edge: type, from: edge.source.name, to: edge.target.name)
        }
      }
      return DOTGraph(
        nodes: names.map { DOTGraph.Node(name: $0, labels: graph.node($0)?.labels ?? []) },
        edges: edges)
    }
  }
}

extension PathExpression {
  /// The names of all steps.
  func collectTypes(into names: inout [String]) {
    switch self {
    case .step(let name): names.append(name.text)
    case .inverse(let inner, _), .repetition(let inner, _, _, _): inner.collectTypes(into: &names)
    case .alternative(let parts): for part in parts { part.collectTypes(into: &names) }
    }
  }
}
