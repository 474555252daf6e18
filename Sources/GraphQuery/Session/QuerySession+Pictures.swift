public import GraphCore

/// A picture to be written, and what was left out of it.
public struct Picture: Sendable {
  public var graph: DOTGraph
  /// How many nodes there would be without a bound.
  public var nodeCount: Int
  /// How many of them are folded into stubs, or left out where nothing that is drawn touches them.
  public var foldedCount: Int
}

/// Drawing what a query finds.
extension QuerySession {
  /// The picture of a query's answer, of a node's surroundings, or of the whole graph.
  ///
  /// Every variable that stands for a node becomes nodes, an edge condition edges, a path condition
  /// the edges of a shortest walk and whatever else its types connect among the nodes.
  public func picture(of text: SourceText?, options: PictureOptions) -> (
    picture: Picture?, diagnostics: [Diagnostic]
  ) {
    cancelToken.reset()
    var sketch = Sketch(graph: graph)
    var diagnostics: [Diagnostic] = []
    if let text {
      let parsed = parse(text, sources.add(text), mode: .conditions)
      let unit = ParsedUnit(unit: 0, parsed: parsed)
      guard !parsed.hasErrors else { return (nil, parsed.diagnostics) }
      guard let query = unit.queries.first, unit.queries.count == 1, !unit.hasChanges else {
        let problem = Diagnostic(
          .invalidQuery, "a picture is drawn of one query", at: place(of: text),
          help: "write `.dot FILE ?- supplies(a, b).`")
        return (nil, [problem])
      }
      diagnostics = parsed.diagnostics + draw(query, into: &sketch)
      if diagnostics.contains(where: { $0.severity == .error }) { return (nil, diagnostics) }
    } else if options.expansion == nil {
      sketch.addAll()
    }
    if let expansion = options.expansion {
      guard let node = graph.node(expansion.name) else {
        let nearest = graph.suggestions(for: expansion.name, limit: 1).first
        let problem = Diagnostic(
          .invalidQuery, "there is no node \"\(expansion.name)\"", at: nil,
          help: nearest.map { "did you mean \"\($0)\"?" })
        return (nil, diagnostics + [problem])
      }
      sketch.expand(around: node.id.raw, steps: expansion.steps)
    }
    for name in [options.cluster, options.colour].compactMap({ $0 }) {
      if let problem = checkCategory(name) { return (nil, diagnostics + [problem]) }
    }
    for key in options.captions {
      if let problem = checkCaption(key) { return (nil, diagnostics + [problem]) }
    }
    return (PictureComposer(graph: graph, options: options).compose(sketch), diagnostics)
  }

  private func checkCategory(_ name: String) -> Diagnostic? {
    let known =
      ["label"] + graph.labels + graph.edgeTypes + graph.nodePropertyKeys
      + graph.nodeSchemas.map(\.label) + graph.edgeSchemas.map(\.type)
    return checkKnown(name, among: known, "label, edge type or property of nodes")
  }

  private func checkCaption(_ key: String) -> Diagnostic? {
    let declared =
      graph.nodeSchemas.flatMap { $0.properties.map(\.key) }
      + graph.edgeSchemas.flatMap { $0.properties.map(\.key) }
    let known =
      graph.nodePropertyKeys + graph.edgeTypes.flatMap { graph.propertyKeys(ofEdgeType: $0) }
      + declared
    return checkKnown(key, among: Array(Set(known)).sorted(), "property")
  }

  private func checkKnown(_ name: String, among known: [String], _ what: String) -> Diagnostic? {
    guard !known.contains(name) else { return nil }
    let nearest = NameSuggestions.nearest(to: name, among: known, limit: 1).first
    return Diagnostic(
      .invalidQuery, "no \(what) is named `\(name)`", at: nil,
      help: nearest.map { "did you mean `\($0)`?" })
  }

  private func draw(_ query: Query, into sketch: inout Sketch) -> [Diagnostic] {
    let (answer, diagnostics) = run(query, start: MonotonicClock.nanoseconds)
    guard let answer else { return diagnostics }
    // Only a bound leaves rows out; otherwise all ways in which the body holds are drawn.
    var allowed: Set<[UInt64]>?
    let isGrouped = query.head?.contains { $0.aggregate != nil } ?? false
    if query.limit != nil || query.offset != nil, !isGrouped {
      allowed = Set(
        (0..<answer.rowCount).map { row in
          answer.columns.indices.map { answer.word(row: row, column: $0) }
        })
    }
    let names =
      query.head?.map(\.expression)
      ?? answer.columns.map { .variable(Identifier($0.name, query.span)) }
    let program = try? CompletedProgram(session: self, query: query, unit: 0)
    for conditions in Alternatives.of(query.body) ?? [] {
      var count = 0
      let named = conditions.map { PreparedRule.naming(wildcardsOf: $0, count: &count) }
      draw(named, head: isGrouped ? [] : names, allowed: allowed, program, query.span, &sketch)
      for condition in conditions {
        guard case .path(let path) = condition else { continue }
        var types: [String] = []
        path.path.collectTypes(into: &types)
        sketch.connect(by: types.flatMap { $0 == "edge" ? graph.edgeTypes : [$0] })
      }
    }
    return diagnostics
  }

  /// What one condition contributes to a picture: where its values stand among the asked columns.
  private enum Stroke {
    case node(Int)
    case edge(String, Int, Int)
    /// The type itself is asked.
    case anyEdge(Int, Int, Int)
    case path(PathExpression, Int, Int)
  }

  private func draw(
    _ conditions: [Formula], head: [Expression], allowed: Set<[UInt64]>?,
    _ program: CompletedProgram?, _ span: SourceSpan, _ sketch: inout Sketch
  ) {
    var columns = head
    var strokes: [Stroke] = []
    func ask(_ expressions: [Expression]) -> Int {
      defer { columns += expressions }
      return columns.count
    }
    let environment = environment(terms: termSpace())
    for condition in conditions {
      switch condition {
      case .atom(let atom):
        let resolved = environment.resolve(atom, unit: 0)
        switch resolved {
        case .label, .builtin(.node), .builtin(.label):
          strokes.append(.node(ask([atom.arguments[0]])))
        case .edgeType:
          let first = ask(atom.arguments)
          strokes.append(.edge(atom.name.text, first, first + 1))
        case .builtin(.edge):
          let first = ask(atom.arguments)
          strokes.append(.anyEdge(first, first + 1, first + 2))
        case .declared, .defined:
          // A relation of two arguments that are nodes is drawn as edges, one of one as nodes.
          if atom.named.isEmpty, (1...2).contains(atom.arguments.count) {
            let first = ask(atom.arguments)
            strokes.append(
              atom.arguments.count == 1
                ? .node(first) : .edge(atom.name.text, first, first + 1))
          }
        case nil where !atom.parameters.isEmpty:
          // What a graph algorithm says of a node is drawn as the node.
          if let node = atom.arguments.first { strokes.append(.node(ask([node]))) }
        case .builtin, nil: break
        }
      case .path(let path) where path.arguments.count == 2:
        let first = ask(path.arguments)
        strokes.append(.path(path.path, first, first + 1))
      default: break
      }
    }
    guard !strokes.isEmpty else { return }
    let query = Self.query(columns, conditions, span)
    guard let answer = evaluate(query) else { return }
    var walked: Set<[UInt64]> = []
    for row in 0..<answer.rowCount {
      if let allowed,
        !allowed.contains(head.indices.map { answer.word(row: row, column: $0) })
      {
        continue
      }
      func node(_ column: Int) -> UInt32? { self.node(answer, row: row, column: column) }
      func edge(_ type: String, _ from: Int, _ to: Int) {
        guard let from = node(from), let to = node(to) else { return }
        sketch.add(edge: sketch.number(ofType: type), from: from, to: to)
      }
      for (index, stroke) in strokes.enumerated() {
        switch stroke {
        case .node(let column): if let id = node(column) { sketch.add(node: id) }
        case .edge(let type, let from, let to): edge(type, from, to)
        case .anyEdge(let type, let from, let to):
          edge(answer.text(row: row, column: type), from, to)
        case .path(let path, let from, let to):
          let key = [UInt64(index)] + [from, to].map { answer.word(row: row, column: $0) }
          guard let from = node(from), let to = node(to) else { continue }
          sketch.add(node: from)
          sketch.add(node: to)
          guard let program, walked.count < 2_000, walked.insert(key).inserted else { continue }
          draw(path, from: from, to: to, program, span, &sketch)
        }
      }
    }
  }

  /// The node that a cell names, by its name or another one.
  private func node(_ answer: Answer, row: Int, column: Int) -> UInt32? {
    guard answer.columns[column].type == .symbol else { return nil }
    if let id = UInt32(exactly: answer.word(row: row, column: column)),
      graph.node(id: TermID(raw: id)) != nil
    {
      return id
    }
    return graph.node(answer.text(row: row, column: column))?.id.raw
  }

  private func draw(
    _ path: PathExpression, from start: UInt32, to goal: UInt32, _ program: CompletedProgram,
    _ span: SourceSpan, _ sketch: inout Sketch
  ) {
    let atom = PathAtom(
      path: path, arguments: [.wildcard(span), .wildcard(span)], named: [], span: span)
    guard case .path(let asked) = program.rewritten(.path(atom), unit: 0) else { return }
    var witness = PathWitness(program)
    for step in witness.steps(asked.path, from: start, to: goal) ?? [] {
      let type = step.type.split(separator: "'").first.map(String.init) ?? step.type
      sketch.add(edge: sketch.number(ofType: type), from: step.source, to: step.target)
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
