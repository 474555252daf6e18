@_spi(Columns) package import GraphCore

/// Looking around in the graph: finding nodes by what people type, ways between them.
extension QuerySession {
  /// What a typed name leads to.
  package enum FoundNode {
    case node(GraphNode)
    /// An alias of several nodes.
    case ambiguous([String])
    /// Nothing; the nearest names.
    case unknown(nearest: [String])
  }

  /// The node of a name or an alias.
  package func findNode(_ name: String) -> FoundNode {
    switch graph.resolve(name) {
    case .node, .alias:
      if let node = graph.node(name) { return .node(node) }
    case .ambiguous(let ids): return .ambiguous(ids.map { graph.text($0.raw) })
    case .unknown: break
    }
    return .unknown(nearest: graph.suggestions(for: name))
  }

  /// One step of a way: an edge, walked along or against its direction.
  package struct WayStep {
    package let edge: GraphEdge
    /// Whether the edge is walked from its source to its target.
    package let isForward: Bool

    /// The node that the step leads to.
    package var target: GraphNode { isForward ? edge.target : edge.source }
  }

  /// Shortest ways between two nodes, and how many more there are.
  package struct Ways {
    /// Each as its steps; empty where there is none.
    package internal(set) var ways: [[WayStep]] = []
    /// How many shortest ways were found.
    package internal(set) var count = 0
    /// Whether there may be more than were found.
    package internal(set) var mayBeMore = false
    /// How many nodes were reached before the search was given up without a way; 0 where it was not.
    package internal(set) var abandonedCount = 0
    /// What stopped the search: an interrupt, or a limit.
    package internal(set) var failure: Diagnostic?
  }

  /// The shortest ways between two nodes over stored edges in either direction, the most telling
  /// first: those whose inner nodes have few neighbours.
  ///
  /// - Parameters:
  ///   - types: the edge types to walk on; all where it is empty.
  ///   - limit: the most ways that are wanted.
  ///
  /// `cancelToken` and the time limit stop the search.
  package func shortestWays(
    from start: GraphNode, to goal: GraphNode, types: [String] = [], limit: Int = 5
  ) -> Ways {
    cancelToken.reset()
    let limits = LimitGuard(limits, token: cancelToken, work: "connections were being looked for")
    var result = Ways()
    do throws(EngineFailure) {
      result = try WayFinder(graph: graph, types: types, limits: limits).ways(
        from: start.id.raw, to: goal.id.raw, limit: limit)
    } catch {
      result.failure = error.diagnostic
    }
    return result
  }

  /// A rule or constraint as it is written, and where.
  package struct RuleText {
    /// What the rule derives; of a constraint nothing.
    package let head: String
    package let text: String
    package let place: String
  }

  /// The rules of the session, those of one relation where a name is given, in order of their text.
  package func ruleTexts(of name: String = "") -> [RuleText] {
    var seen: Set<SourceSpan> = []
    var result: [(span: SourceSpan, rule: RuleText)] = []
    for clauses in program.rules.values {
      for clause in clauses where seen.insert(clause.clause.span).inserted {
        let heads = clause.clause.heads.map(\.atom.name.text)
        guard name.isEmpty || heads.contains(name) else { continue }
        result.append(
          (
            clause.clause.span,
            RuleText(
              head: heads.first ?? "", text: sources.text(clause.clause.span),
              place: sources.place(clause.clause.span))
          ))
      }
    }
    if name.isEmpty {
      for constraint in program.constraints {
        result.append(
          (
            constraint.span,
            RuleText(
              head: "", text: ":- \(ASTPrinter.text(constraint.body)).",
              place: sources.place(constraint.span))
          ))
      }
    }
    return result.sorted { ($0.span.source, $0.span.lower) < ($1.span.source, $1.span.lower) }
      .map(\.rule)
  }

  /// The rules and constraints whose text speaks of a relation, a label or a name in their bodies.
  package func rulesUsing(_ name: String) -> [RuleText] {
    ruleTexts().filter { rule in
      guard let body = rule.text.range(of: ":-") else { return false }
      let text = String(rule.text[body.upperBound...])
      return Self.words(of: text).contains(name)
    }
  }

  private static func words(of text: String) -> Set<String> {
    let bytes = Array(text.utf8)
    var lexer = Lexer(bytes: bytes)
    var words: Set<String> = []
    while true {
      let token = lexer.next()
      if token.kind == .endOfText { return words }
      let word = String(decoding: bytes[token.range], as: UTF8.self)
      words.insert(token.kind == .text ? String(word.dropFirst().dropLast()) : word)
    }
  }

  /// What a name that stands before arguments is, in words: `label`, `edge type`, `relation`.
  package func relationKinds(_ name: String) -> [String] {
    var kinds: [String] = []
    let catalog = catalog(termSpace())
    if let term = catalog.term(name) {
      if catalog.isLabel(term) { kinds.append("label") }
      if catalog.isEdgeType(term) { kinds.append("edge type") }
    }
    if program.declared[name] != nil { kinds.append("declared relation") }
    if program.defined[name] != nil { kinds.append("derived relation") }
    if BuiltinRelation(rawValue: name) != nil { kinds.append("built-in relation") }
    return kinds
  }

  /// The declaration of a relation as it would be written: `r(a: number, b: symbol)`.
  package func declarationText(_ name: String) -> String? {
    func text(_ arguments: [(name: String, type: String)]) -> String {
      let parts = arguments.map { "\(ASTPrinter.quotedName($0.name)): \($0.type)" }
      return "\(ASTPrinter.quotedName(name))(\(parts.joined(separator: ", ")))"
    }
    if let own = program.declared[name]?.last {
      return text(
        own.attributes.enumerated().map { place, attribute in
          let types = own.attributeTypes
          let isKnown = types.indices.contains(place)
          return (
            attribute.name,
            isKnown
              ? ASTPrinter.quotedName(program.types[types[place]].name) : attribute.type.name
          )
        })
    }
    guard let answer = program.defined[name].flatMap({ _ in answer(ofRelation: name) }) else {
      return BuiltinRelation(rawValue: name).map { builtin in
        text(builtin.columns.map { ($0.name, $0.type.name) })
      }
    }
    let names = argumentNames(ofDefined: name, count: answer.columns.count)
    return text(zip(names, answer.columns).map { ($0, $1.type.description) })
  }

  /// What the arguments of a relation that only rules define may be called: as the variables that stand there in
  /// the head of a rule.
  private func argumentNames(ofDefined name: String, count: Int) -> [String] {
    let heads = (program.rules[name] ?? []).flatMap(\.clause.heads).filter {
      $0.atom.name.text == name
    }
    var names: [String] = []
    for place in 0..<count {
      let variables = heads.lazy.compactMap { head -> String? in
        guard head.atom.arguments.indices.contains(place),
          case .variable(let variable) = head.atom.arguments[place]
        else { return nil }
        return variable.text
      }
      let name = variables.first { !names.contains($0) }
      names.append(name ?? "x\(place + 1)")
    }
    return names
  }

  /// The labels that nodes carry, the schema declares or rules give, in code point order.
  package var labelNames: [String] { catalog(termSpace()).labelNames }

  /// The types of edges that there are, the schema declares or rules give, in code point order.
  package var edgeTypeNames: [String] { catalog(termSpace()).edgeTypeNames }

  /// How many nodes have a label, those included that rules give it.
  package func nodeCount(ofLabel label: String) -> Int {
    rowCount(of: label, arity: 1) ?? graph.nodes(labelled: label).count
  }

  /// How many edges of a type there are. A pair that rules add and no edge connects is one more.
  package func edgeCount(ofType type: String) -> Int {
    let edges = graph.edges(ofType: type)
    guard let pairs = rowCount(of: type, arity: 2) else { return edges.count }
    var stored: Set<UInt64> = []
    for edge in edges {
      stored.insert(UInt64(edge.source.id.raw) << 32 | UInt64(edge.target.id.raw))
    }
    return edges.count + pairs - stored.count
  }

  /// How many rows a label or an edge type has where rules add to it; nothing where none does, or the
  /// name stands for another relation at the prompt.
  private func rowCount(of name: String, arity: Int) -> Int? {
    let environment = environment(terms: termSpace())
    guard let resolved = environment.resolve(name, positional: arity, unit: 0),
      let rules = program.rules[Environment.ruleKey(resolved)], !rules.isEmpty
    else { return nil }
    switch resolved {
    case .label, .edgeType: return answer(ofRelation: name, arity: arity)?.rowCount
    case .declared, .defined, .builtin: return nil
    }
  }

  /// How many rows a relation has.
  package func rowCount(ofRelation name: String) -> Int? { answer(ofRelation: name)?.rowCount }

  /// The names of relations that programs declare or rules define, in order.
  package var programRelationNames: [String] {
    Set(program.declared.keys).union(program.defined.keys).sorted()
  }
}

extension String {
  /// The first place of a text in this one.
  func range(of part: String) -> Range<Index>? {
    guard let first = part.first else { return nil }
    var start = startIndex
    while let place = self[start...].firstIndex(of: first) {
      if self[place...].hasPrefix(part) { return place..<index(place, offsetBy: part.count) }
      start = index(after: place)
    }
    return nil
  }
}

/// Breadth-first search over all edges in both directions.
private struct WayFinder {
  private let graph: Graph
  private let tables: [EdgeTable]
  private let limits: LimitGuard
  /// Where so many nodes have been reached without a way, the search is given up.
  private static let visitLimit = 2_000_000
  /// Ways that are compared with one another.
  private static let candidateLimit = 2_000

  init(graph: Graph, types: [String], limits: LimitGuard) {
    self.graph = graph
    self.limits = limits
    tables = graph.edgeTables.filter { types.isEmpty || types.contains(graph.text($0.type.raw)) }
  }

  func ways(from start: UInt32, to goal: UInt32, limit: Int) throws(EngineFailure)
    -> QuerySession.Ways
  {
    var result = QuerySession.Ways()
    guard start != goal else { return result }
    var distance: [UInt32: Int] = [goal: 0]
    var frontier = [goal]
    var depth = 0
    while distance[start] == nil, !frontier.isEmpty, distance.count < Self.visitLimit {
      depth += 1
      var next: [UInt32] = []
      for node in frontier {
        try limits.checkTime(nil)
        forEachNeighbour(of: node) { neighbour, _, _, _ in
          if distance[neighbour] == nil {
            distance[neighbour] = depth
            next.append(neighbour)
          }
        }
      }
      frontier = next
    }
    guard let length = distance[start] else {
      if !frontier.isEmpty { result.abandonedCount = distance.count }
      return result
    }
    let candidateLimit = max(Self.candidateLimit, limit)
    // From the start every step goes one nearer to the goal.
    var ways: [(nodes: [UInt32], steps: [QuerySession.WayStep])] = [([start], [])]
    for left in stride(from: length - 1, through: 0, by: -1) {
      var longer: [(nodes: [UInt32], steps: [QuerySession.WayStep])] = []
      for way in ways {
        guard let end = way.nodes.last else { continue }
        try limits.checkTime(nil)
        forEachNeighbour(of: end) { neighbour, table, place, isForward in
          guard distance[neighbour] == left else { return }
          guard longer.count < candidateLimit else { return result.mayBeMore = true }
          let edges = graph.edges(ofType: graph.text(table.type.raw))
          let row =
            isForward
            ? table.row(place, from: end, to: neighbour)
            : table.row(place, from: neighbour, to: end)
          let step = QuerySession.WayStep(edge: edges[row], isForward: isForward)
          longer.append((way.nodes + [neighbour], way.steps + [step]))
        }
      }
      ways = longer
    }
    let found = ranked(ways)
    result.count = found.count
    result.ways = found.prefix(limit).map(\.steps)
    return result
  }

  /// A node that knows everybody connects nobody in particular, so it makes a way less telling.
  private func ranked(_ ways: [(nodes: [UInt32], steps: [QuerySession.WayStep])])
    -> [(nodes: [UInt32], steps: [QuerySession.WayStep])]
  {
    var degrees: [UInt32: Int] = [:]
    func degree(_ node: UInt32) -> Int {
      if let known = degrees[node] { return known }
      let degree = tables.reduce(0) {
        $0 + $1.degree(of: node, .outgoing) + $1.degree(of: node, .incoming)
      }
      degrees[node] = degree
      return degree
    }
    let scored = ways.enumerated().map { index, way in
      (score: way.nodes.dropFirst().dropLast().reduce(0) { $0 + degree($1) }, index: index)
    }
    // Parallel edges between the same nodes tell nothing new; the first of each kind stays.
    var seen: Set<[String]> = []
    return scored.sorted { ($0.score, $0.index) < ($1.score, $1.index) }.map { ways[$0.index] }
      .filter { way in
        seen.insert(
          way.nodes.map(String.init) + way.steps.map { "\($0.edge.type) \($0.isForward)" }
        )
        .inserted
      }
  }

  /// Visits the edges of a node with their places, of which tables know the rows.
  private func forEachNeighbour(
    of node: UInt32, _ visit: (UInt32, EdgeTable, _ place: EdgePlace, _ isForward: Bool) -> Void
  ) {
    for table in tables {
      for edge in table.edges(of: node, .outgoing) { visit(edge.node, table, edge.place, true) }
      for edge in table.edges(of: node, .incoming) { visit(edge.node, table, edge.place, false) }
    }
  }
}
