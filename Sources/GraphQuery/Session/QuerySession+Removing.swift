public import GraphCore

/// Changes that are no facts: removing, replacing and merging.
extension QuerySession {
  /// Removes what matches an atom: edges, the labels of nodes, whole nodes for `node(x)`, other names for
  /// `alias(a, x)`, or facts of a declared relation. Conditions may follow the atom; a named argument only narrows.
  public func delete(_ text: SourceText) -> (change: SessionChange?, diagnostics: [Diagnostic]) {
    let (target, problems) = changeTarget(text)
    guard let target else { return (nil, problems) }
    let (removal, diagnostics) = removal(of: target)
    guard let removal else { return (nil, problems + diagnostics) }
    let result = change(title: "delete \(ASTPrinter.text(.atom(target.atom)))") {
      self.apply(removal)
    }
    return (result.change, problems + diagnostics + result.diagnostics)
  }

  /// The nodes that `delete` of `node(x)` would remove, with all of their edges; empty for any
  /// other atom. For a question before it happens.
  public func nodesToDelete(_ text: SourceText) -> (nodes: [String], edgeCount: Int) {
    guard let target = changeTarget(text).target,
      case .nodes(let names)? = removal(of: target).removal
    else { return ([], 0) }
    let nodes = names.compactMap { graph.node($0) }
    let ids = Set(nodes.map(\.id))
    var edges = 0
    for node in nodes {
      for type in graph.edgeTypes {
        edges += node.outgoing(type).count
        edges += node.incoming(type).count { !ids.contains($0.source.id) }
      }
    }
    return (names, edges)
  }

  /// Gives the nodes of a label atom, or of `node(x, key: value)`, the values of its named arguments
  /// in place of those they have.
  public func set(_ text: SourceText) -> (change: SessionChange?, diagnostics: [Diagnostic]) {
    let (target, problems) = changeTarget(text)
    guard let target else { return (nil, problems) }
    let (nodes, diagnostics) = propertyNodes(target)
    guard let nodes else { return (nil, problems + diagnostics) }
    var values: [(key: String, value: Value)] = []
    for named in target.atom.named {
      if ["source", "lines"].contains(named.name.text) {
        return (nil, [Self.citationRefusal(named.name, of: target.atom)])
      }
      let value =
        named.value.constant
        ?? {
          if case .parameter(let name) = named.value { parameters[name.text] } else { nil }
        }()
      guard let value else {
        return (
          nil,
          [
            Diagnostic(
              .invalidFact, "the value of `\(named.name.text)` is a constant or a parameter",
              at: named.value.span)
          ]
        )
      }
      values.append((named.name.text, value))
    }
    let result = change(title: "set \(ASTPrinter.text(.atom(target.atom)))") {
      self.attempt(FactSpans(target.atom)) { writer in
        for node in nodes {
          for (key, value) in values { writer.replaceProperty(key, of: node, with: value) }
        }
      }
    }
    return (result.change, problems + result.diagnostics)
  }

  private static func citationRefusal(_ name: Identifier, of atom: Atom) -> Diagnostic {
    var fact = atom
    fact.named = []
    return Diagnostic(
      .duplicateDeclaration, "`\(name.text)` is built in: it says where a fact stands",
      at: name.span,
      help: "state the fact again with its citation, as in `\(ASTPrinter.text(.atom(fact))) @ 12.`"
    )
  }

  /// An error for each property that an atom names and no node has.
  private func unknownProperties(_ atom: Atom) -> [Diagnostic] {
    let known = environment(terms: termSpace()).catalog.nodePropertyNames
    return atom.named.map(\.name).filter { !known.contains($0.text) }.map { name in
      ["source", "lines"].contains(name.text)
        ? Self.citationRefusal(name, of: atom)
        : .unknownProperty(name, known: known, of: "a node")
    }
  }

  /// Takes the properties that an atom names from its nodes; the values given for them narrow.
  public func unset(_ text: SourceText) -> (change: SessionChange?, diagnostics: [Diagnostic]) {
    let (target, problems) = changeTarget(text)
    guard let target else { return (nil, problems) }
    let (nodes, diagnostics) = propertyNodes(target)
    guard let nodes else { return (nil, problems + diagnostics) }
    let unknown = unknownProperties(target.atom)
    guard unknown.isEmpty else { return (nil, problems + unknown) }
    let wanted = target.atom.named.map { named in
      named.value.constant.map { value in
        Set(graph.nodes(where: named.name.text, is: value).map(\.id))
      }
    }
    let removed = nodes.filter { name in
      guard let node = graph.node(name) else { return false }
      return zip(target.atom.named, wanted).allSatisfy { named, owners in
        owners?.contains(node.id) ?? (node[named.name.text] != nil)
      }
    }
    let result = change(title: "unset \(ASTPrinter.text(.atom(target.atom)))") {
      self.attempt { writer in
        for named in target.atom.named { writer.removeProperty(named.name.text, of: removed) }
      }
    }
    return (result.change, problems + result.diagnostics)
  }

  /// Drops indexes: `node(city, code)` those of properties, unique keys included, `text` that of the
  /// parts of texts.
  public func unindex(_ text: String) -> (change: SessionChange?, diagnostics: [Diagnostic]) {
    let source = SourceText(name: ".unindex", text: ".index " + text)
    let parsed = parse(source, sources.add(source), mode: .statement)
    guard !parsed.hasErrors, parsed.statements.count == 1, parsed.facts.isEmpty,
      case .index(let index) = parsed.statements[0]
    else {
      let refusal = Diagnostic(
        .invalidDirective, "an index is one of a property of nodes, or that of texts", at: nil,
        help: "write `.unindex node(code)` or `.unindex text`")
      return (nil, [refusal])
    }
    let isMissing = index.keys.isEmpty && !graph.hasTextIndex
    if let missing = index.keys.first(where: { graph.index(ofNodeProperty: $0.text) == nil })?.text
      ?? (isMissing ? "text" : nil)
    {
      let nearest = NameSuggestions.nearest(to: missing, among: graph.indexedKeys, limit: 1).first
      return (
        nil,
        [
          Diagnostic(
            .invalidDirective, "`\(missing)` has no index", at: nil,
            help: nearest.map { "did you mean `\($0)`?" } ?? "`.schema` shows what has one")
        ]
      )
    }
    return change(title: "unindex \(text)") {
      self.attempt { writer in
        if index.keys.isEmpty { writer.setTextIndex(false) }
        for key in index.keys { writer.setIndex(nil, onNodeProperty: key.text) }
      }
    }
  }

  // MARK: Targets

  /// An atom that says what to change, and the conditions that narrow it.
  private struct ChangeTarget {
    let atom: Atom
    let conditions: [Formula]
    let resolved: ResolvedRelation
  }

  private func changeTarget(_ text: SourceText)
    -> (target: ChangeTarget?, diagnostics: [Diagnostic])
  {
    cancelToken.reset()
    let (formula, diagnostics) = parseBody(text, mode: .target)
    guard let formula else { return (nil, diagnostics) }
    let conditions = formula.conjuncts
    guard let first = conditions.first, case .atom(let atom) = first else {
      return (
        nil,
        diagnostics + [
          Diagnostic(
            .invalidFact, "an atom says what is changed, such as `located_in(\"A\", y)`",
            at: formula.span)
        ]
      )
    }
    let environment = environment(terms: termSpace())
    guard
      let resolved = environment.resolve(atom, unit: 0)
    else {
      let nearest = NameSuggestions.nearest(
        to: atom.name.text, among: environment.relationNames, limit: 1
      ).first
      return (
        nil,
        diagnostics + [
          Diagnostic(
            .unknownRelation, "unknown relation `\(atom.name.text)`", at: atom.name.span,
            help: nearest.map { "did you mean `\($0)`?" })
        ]
      )
    }
    return (
      ChangeTarget(atom: atom, conditions: Array(conditions.dropFirst()), resolved: resolved),
      diagnostics
    )
  }

  /// What a deletion takes out.
  private enum Removal {
    case edges(type: UInt32, rows: [Int])
    case label(String, nodes: [String])
    case nodes([String])
    case aliases([(alias: String, node: String)])
    case facts(key: String, rows: Set<[UInt64]>)
  }

  private func removal(of target: ChangeTarget) -> (removal: Removal?, diagnostics: [Diagnostic]) {
    var atom = target.atom
    let span = atom.span
    switch target.resolved {
    case .edgeType(let type):
      var id = Expression.variable(Identifier("edge'", span))
      if let own = atom.named.first(where: { $0.name.text == "id" }) {
        id = own.value
      } else {
        atom.named.append(Atom.NamedArgument(name: Identifier("id", span), value: id))
      }
      let (answer, diagnostics) = rows(of: [id], atom, target.conditions)
      guard let answer else { return (nil, diagnostics) }
      let rows = (0..<answer.rowCount).map { Int(answer.word(row: $0, column: 0)) }
      if rows.isEmpty, let refusal = derivedRefusal(target) { return (nil, [refusal]) }
      return (.edges(type: type, rows: rows), diagnostics)
    case .label(let label):
      let (names, diagnostics) = nodeNames(of: target)
      guard let names else { return (nil, diagnostics) }
      let stored = names.filter { graph.node($0)?.has(label: graph.text(label)) ?? false }
      if stored.isEmpty, !names.isEmpty, let refusal = derivedRefusal(target) {
        return (nil, [refusal])
      }
      return (.label(graph.text(label), nodes: stored), diagnostics)
    case .builtin(.node):
      if let refusal = aliasRefusal(target) { return (nil, [refusal]) }
      let (names, diagnostics) = nodeNames(of: target)
      return (names.map { .nodes($0) }, diagnostics)
    case .builtin(.alias): return aliases(of: target)
    case .declared(let declaration):
      let variables = atom.arguments.indices.map {
        Expression.variable(Identifier("column'\($0)", span))
      }
      guard atom.named.isEmpty else { return (nil, [Self.refusal("named arguments", span)]) }
      // The arguments as written narrow; the columns are what is taken out.
      let equations = zip(atom.arguments, variables).compactMap { argument, variable in
        if case .wildcard = argument { return nil as Formula? }
        return .comparison(
          Comparison(relation: .equal, left: variable, right: argument, span: span))
      }
      atom.arguments = variables
      let (answer, diagnostics) = rows(of: variables, atom, equations + target.conditions)
      guard let answer else { return (nil, diagnostics) }
      let rows = Set(
        (0..<answer.rowCount).map { row in
          answer.columns.indices.map { answer.word(row: row, column: $0) }
        })
      let stored = storedRows(of: declaration.key).filter { rows.contains($0) }
      if stored.isEmpty, !rows.isEmpty, let refusal = derivedRefusal(target) {
        return (nil, [refusal])
      }
      return (.facts(key: declaration.key, rows: Set(stored)), diagnostics)
    case .defined, .builtin:
      return (nil, [derivedRefusal(target) ?? Self.refusal("`\(atom.name.text)`", span)])
    }
  }

  /// The rows of a declared relation that are facts, whatever rules add. O(facts).
  private func storedRows(of key: String) -> [[UInt64]] {
    guard let relation = facts[key] else { return [] }
    return (0..<relation.rowCount).filter { !relation.isDead($0) }.map { row in
      relation.types.indices.map { relation.word(row: row, column: $0) }
    }
  }

  private static func refusal(_ what: String, _ span: SourceSpan) -> Diagnostic {
    Diagnostic(
      .derivedRelation, "\(what) cannot be deleted", at: span,
      help: "delete edges, labels, `node(x)`, `alias(a, x)`, or facts of a declared relation")
  }

  /// A node goes with all that is known of it, so it is called by its own name.
  private func aliasRefusal(_ target: ChangeTarget) -> Diagnostic? {
    guard case .text(let name, let span)? = target.atom.arguments.first else { return nil }
    let nodes: [String]
    switch graph.resolve(name) {
    case .node, .unknown: return nil
    case .alias(of: let id): nodes = [graph.text(id.raw)]
    case .ambiguous(let ids): nodes = ids.map { graph.text($0.raw) }.sorted()
    }
    let shown = Wording.list(nodes.map(ASTPrinter.quotedText))
    return Diagnostic(
      nodes.count == 1 ? .invalidFact : .ambiguousAlias,
      "\(ASTPrinter.quotedText(name)) is an alias of "
        + (nodes.count == 1 ? shown : "\(nodes.count) nodes"), at: span,
      help: "write \(nodes.count == 1 ? "" : "one of ")\(shown) where the node is to go, "
        + "`.delete alias(\(ASTPrinter.quotedText(name)), x)` where the name is")
  }

  /// The aliases that an atom speaks of, with their nodes as they were given.
  private func aliases(of target: ChangeTarget) -> (removal: Removal?, diagnostics: [Diagnostic]) {
    var atom = target.atom
    let variables = atom.arguments.indices.map {
      Expression.variable(Identifier("column'\($0)", atom.span))
    }
    var wanted: [String?] = []
    var equations: [Formula] = []
    for (argument, variable) in zip(atom.arguments, variables) {
      // A constant is compared with what was given, which may be an alias in turn.
      if case .text(let text, _) = argument {
        wanted.append(text)
        continue
      }
      wanted.append(nil)
      if case .wildcard = argument { continue }
      equations.append(
        .comparison(
          Comparison(relation: .equal, left: variable, right: argument, span: atom.span)))
    }
    atom.arguments = variables
    let (answer, diagnostics) = rows(of: variables, atom, equations + target.conditions)
    guard let answer else { return (nil, diagnostics) }
    var found: Set<Pair> = []
    for row in 0..<answer.rowCount {
      let pair = Pair(answer.text(row: row, column: 0), answer.text(row: row, column: 1))
      if let alias = wanted[0], ExactText(alias) != pair.alias { continue }
      if let node = wanted[1], ExactText(node) != pair.node,
        graph.node(node).map({ ExactText($0.name) }) != pair.node
      {
        continue
      }
      found.insert(pair)
    }
    // What was said may be another name of the node in turn.
    let table = graph.aliasTable
    let pairs = graph.aliases.enumerated().filter { row, alias in
      table.targets(ofRow: row).contains {
        found.contains(Pair(alias.alias, graph.text($0)))
      }
    }
    return (.aliases(pairs.map { ($0.element.alias, $0.element.node) }), diagnostics)
  }

  /// Another name and the node that it comes down to.
  private struct Pair: Hashable {
    let alias: ExactText
    let node: ExactText

    init(_ alias: String, _ node: String) {
      (self.alias, self.node) = (ExactText(alias), ExactText(node))
    }
  }

  /// Rows that only rules derive cannot be taken out.
  private func derivedRefusal(_ target: ChangeTarget) -> Diagnostic? {
    let key = Environment.ruleKey(target.resolved)
    guard let rule = program.rules[key]?.first else { return nil }
    let query = Self.query(
      [.boolean(true, target.atom.span)], [.atom(target.atom)] + target.conditions,
      target.atom.span)
    guard let answer = evaluate(query), answer.rowCount > 0 else { return nil }
    return Diagnostic(
      .derivedRelation, "a rule derives these rows of `\(target.atom.name.text)`",
      at: target.atom.span,
      labels: [Diagnostic.Label(span: rule.clause.span, text: "this rule")],
      help: "delete the facts that it rests on; `.why` shows them")
  }

  private func rows(of columns: [Expression], _ atom: Atom, _ conditions: [Formula])
    -> (answer: Answer?, diagnostics: [Diagnostic])
  {
    let query = Self.query(columns, [.atom(atom)] + conditions, atom.span)
    let terms = termSpace()
    let (answer, diagnostics) = evaluate(
      query, unit: 0, in: environment(terms: terms), facts: facts, limits: limits)
    return (answer, diagnostics.filter { $0.severity == .error || answer != nil })
  }

  /// The nodes that the first argument of a label atom, or of `node(x)`, stands for. That there is none of
  /// a name is a mistake only where `mustExist`.
  private func nodeNames(of target: ChangeTarget, mustExist: Bool = false)
    -> (names: [String]?, diagnostics: [Diagnostic])
  {
    let span = target.atom.span
    var atom = target.atom
    guard atom.arguments.count == 1 else {
      return (nil, [Diagnostic(.wrongArity, "a node is one argument", at: span)])
    }
    // `node` takes no named arguments in bodies; here they speak of properties.
    if case .builtin = target.resolved { atom.named = [] }
    let conditions = target.conditions
    if let name = atom.arguments[0].constant?.description, conditions.isEmpty, atom.named.isEmpty {
      guard let node = graph.node(name) else {
        guard mustExist else { return ([], []) }
        let nearest = graph.suggestions(for: name, limit: 1).first
        return (
          nil,
          [
            Diagnostic(
              .invalidFact, "there is no node \"\(name)\"", at: atom.arguments[0].span,
              help: nearest.map { "did you mean \"\($0)\"?" })
          ]
        )
      }
      if case .builtin = target.resolved { return ([node.name], []) }
    }
    var variable = Expression.variable(Identifier("node'", span))
    switch atom.arguments[0] {
    case .variable: variable = atom.arguments[0]
    case .wildcard: atom.arguments[0] = variable
    default: break
    }
    if atom.arguments[0].constant != nil { variable = atom.arguments[0] }
    let (answer, diagnostics) = rows(of: [variable], atom, conditions)
    guard let answer else { return (nil, diagnostics) }
    let names = (0..<answer.rowCount).compactMap { row in
      graph.node(answer.text(row: row, column: 0))?.name
    }
    return (names, diagnostics)
  }

  /// The nodes whose properties an atom of `.set` or `.unset` speaks of.
  private func propertyNodes(_ target: ChangeTarget) -> (
    nodes: [String]?, diagnostics: [Diagnostic]
  ) {
    switch target.resolved {
    case .label, .builtin(.node): break
    case .edgeType, .declared, .defined, .builtin:
      return (
        nil,
        [
          Diagnostic(
            .invalidFact, "properties are set of nodes: `company(\"A\", founded: 1999)`",
            at: target.atom.name.span,
            help: "an edge with another property is another edge: delete the old, state the new")
        ]
      )
    }
    guard !target.atom.named.isEmpty else {
      return (
        nil,
        [
          Diagnostic(
            .invalidFact, "no property is named", at: target.atom.span,
            help: "write `company(\"A\", founded: 1999)`")
        ]
      )
    }
    var seen: Set<String> = []
    if let second = target.atom.named.first(where: { !seen.insert($0.name.text).inserted }) {
      return (nil, [.givenTwice(second.name)])
    }
    var narrowed = target.atom
    narrowed.named = []
    let (names, diagnostics) = nodeNames(
      of: ChangeTarget(
        atom: narrowed, conditions: target.conditions, resolved: target.resolved),
      mustExist: true)
    return (names, diagnostics)
  }

  // MARK: Writing

  private func apply(_ removal: Removal) -> [Diagnostic] {
    switch removal {
    case .edges(let type, let rows):
      return attempt { $0.removeEdges(ofType: type, rows: rows) }
    case .label(let label, let nodes):
      return attempt { $0.removeLabel(label, from: nodes) }
    case .nodes(let names): return attempt { $0.removeNodes(names) }
    case .aliases(let pairs): return attempt { $0.removeAliases(pairs) }
    case .facts(let key, let rows):
      guard let relation = facts[key] else { return [] }
      let kept = Relation(
        name: relation.name, types: relation.types, terms: termSpace())
      for words in storedRows(of: key) where !rows.contains(words) { kept.insert(words) }
      kept.settle()
      facts[key] = kept
      return []
    }
  }

  /// Writes as a part of a change; what the graph refuses comes back as diagnostics, with places where
  /// the facts have any.
  func attempt(_ spans: FactSpans? = nil, _ body: (inout GraphWriter) -> Void) -> [Diagnostic] {
    do {
      try graph.write { body(&$0) }
      return []
    } catch let error as GraphWriteError {
      return spans.map { diagnostics(of: error, $0) } ?? Self.diagnostics(of: error)
    } catch {
      return [Diagnostic(.invalidFact, "\(error)", at: nil)]
    }
  }
}
