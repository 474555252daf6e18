import GraphCore

/// Atoms over declared relations, labels, edge types and the graph's own relations.
extension Lowering {
  mutating func lowerAtom(_ atom: Atom, _ builder: inout RuleBuilder) {
    guard atom.parameters.isEmpty else { return lowerAlgorithm(atom, &builder) }
    guard
      let resolved = resolve(
        atom.name, positional: atom.arguments.count, unit: builder.unit)
    else {
      // What stands in the arguments still binds its variables, so that one mistake is one report.
      bindForRecovery(atom, &builder)
      return
    }
    switch resolved {
    case .declared(let declaration): lowerDeclared(atom, declaration, resolved, &builder)
    case .builtin(.node) where !atom.named.isEmpty: lowerLabel(atom, nil, resolved, &builder)
    case .defined(let definition):
      guard atom.arguments.count == definition.arity else {
        reportArity(atom, expected: definition.arity, definition.span)
        bindForRecovery(atom, &builder)
        return
      }
      guard reportNoNamed(atom) else { return }
      lowerPositional(atom, resolved, &builder)
    case .builtin(let builtin):
      guard atom.arguments.count == builtin.columns.count else {
        reportArity(atom, expected: builtin.columns.count, nil)
        bindForRecovery(atom, &builder)
        return
      }
      guard atom.named.isEmpty else { return lowerCited(atom, builtin, &builder) }
      lowerPositional(atom, resolved, &builder)
    case .label(let term): lowerLabel(atom, term, resolved, &builder)
    case .edgeType(let term): lowerEdge(atom, term, resolved, &builder)
    }
  }

  /// Marks the variables of an atom that could not be understood as bound.
  mutating func bindForRecovery(_ atom: Atom, _ builder: inout RuleBuilder) {
    bindForRecovery(atom.arguments + atom.named.map(\.value), at: atom.span, &builder)
  }

  mutating func bindForRecovery(
    _ expressions: [Expression], at span: SourceSpan, _ builder: inout RuleBuilder
  ) {
    var names: Set<String> = []
    for expression in expressions {
      VariableNames.collect(expression, inAggregates: false, into: &names)
    }
    let variables = names.sorted().map { builder.variable(Identifier($0, span), &solver) }
    bindForRecovery(variables, at: span, &builder)
  }

  mutating func bindForRecovery(
    _ variables: [Int], at span: SourceSpan, _ builder: inout RuleBuilder
  ) {
    let slots = variables.map { builder.variables[$0].slot }
    let id = auxiliary("unknown", slots: slots, span: span)
    builder.literals.append(
      .atom(
        CoreAtom(
          relation: id, arguments: variables.enumerated().map { argument($0, .variable($1)) },
          span: span)))
  }

  private mutating func reportNoNamed(_ atom: Atom) -> Bool {
    guard let named = atom.named.first else { return true }
    diagnostics.append(
      Diagnostic(
        .unknownArgument,
        "`\(atom.name.text)` has no named arguments, so `\(named.name.text):` means nothing here",
        at: named.name.span,
        help: "declare the relation with `.decl` to give its arguments names"))
    return false
  }

  private mutating func lowerPositional(
    _ atom: Atom, _ resolved: ResolvedRelation, _ builder: inout RuleBuilder
  ) {
    lowerColumns(atom.arguments, of: resolved, atom, &builder)
  }

  /// Adds the atom of a relation with an expression for each of its columns.
  private mutating func lowerColumns(
    _ expressions: [Expression], of resolved: ResolvedRelation, _ atom: Atom,
    _ builder: inout RuleBuilder
  ) {
    let id = relation(for: resolved)
    var arguments: [CoreAtom.Argument] = []
    for (column, expression) in expressions.enumerated() {
      let place: NodePlace? = nodeColumns.holdsNodes(column, of: resolved) ? .any : nil
      if let value = lowerArgument(
        expression, column: column, of: id, named: atom.name.text, place: place, &builder)
      {
        arguments.append(argument(column, value))
      }
    }
    builder.literals.append(
      .atom(CoreAtom(relation: id, arguments: arguments, span: atom.span)))
  }

  private mutating func lowerDeclared(
    _ atom: Atom, _ declaration: DeclaredRelation, _ resolved: ResolvedRelation,
    _ builder: inout RuleBuilder
  ) {
    let arity = declaration.attributes.count
    guard atom.arguments.count == arity || (!atom.named.isEmpty && atom.arguments.count < arity)
    else {
      reportArity(atom, expected: arity, declaration.span)
      bindForRecovery(atom, &builder)
      return
    }
    var places: [Expression?] = atom.arguments
    while places.count < arity { places.append(nil) }
    for named in atom.named {
      guard let column = declaration.attributes.firstIndex(where: { $0.name == named.name.text })
      else {
        reportUnknownArgument(named.name, of: declaration)
        bindForRecovery([named.value], at: atom.span, &builder)
        continue
      }
      if places[column] != nil { diagnostics.append(.givenTwice(named.name)) }
      places[column] = named.value
    }
    lowerColumns(places.map { $0 ?? .wildcard(atom.span) }, of: resolved, atom, &builder)
  }

  // MARK: Labels

  /// A label, or with properties alone `node`.
  private mutating func lowerLabel(
    _ atom: Atom, _ label: UInt32?, _ resolved: ResolvedRelation, _ builder: inout RuleBuilder
  ) {
    guard atom.arguments.count == 1 else {
      reportArity(atom, expected: 1, nil)
      bindForRecovery(atom, &builder)
      return
    }
    let id = relation(for: resolved)
    guard
      let node = lowerArgument(
        atom.arguments[0], column: 0, of: id, named: atom.name.text,
        place: label.map { .label($0) } ?? .any, &builder)
        ?? (atom.named.isEmpty ? nil : .variable(nodeVariable(atom.span, &builder)))
    else {
      builder.literals.append(.atom(CoreAtom(relation: id, arguments: [], span: atom.span)))
      return
    }
    // Whatever has a property is a node.
    if label != nil {
      builder.literals.append(
        .atom(CoreAtom(relation: id, arguments: [argument(0, node)], span: atom.span)))
    }
    var citation: [CoreAtom.Argument] = []
    for named in atom.named {
      if let label, let column = citationColumn(named.name.text) {
        let cited = labelCitations(label)
        citation.append(namedArgument(named, column: column, of: cited, &builder))
        continue
      }
      guard let (key, known) = environment.catalog.nodeProperty(named.name.text) else {
        reportUnknownProperty(
          named.name, known: environment.catalog.nodePropertyNames, of: "a node")
        bindForRecovery([named.value], at: atom.span, &builder)
        continue
      }
      let property = relation(key: "node property \(key)") { lowering in
        CoreRelation(
          name: named.name.text, origin: .nodeProperty(key),
          columns: [
            CoreRelation.Column(name: "node", slot: lowering.solver.fresh(.symbol)),
            CoreRelation.Column(name: named.name.text, slot: lowering.solver.fresh(known.type)),
          ])
      }
      builder.literals.append(
        .atom(
          CoreAtom(
            relation: property,
            arguments: [
              argument(0, node), namedArgument(named, column: 1, of: property, &builder),
            ],
            span: named.name.span.through(named.value.span))))
    }
    if let label, !citation.isEmpty {
      builder.literals.append(
        .atom(
          CoreAtom(
            relation: labelCitations(label), arguments: [argument(0, node)] + citation,
            span: atom.span)))
    }
  }

  mutating func labelCitations(_ label: UInt32) -> RelationID {
    relation(key: "label citations \(label)") { lowering in
      lowering.symbols(
        lowering.environment.catalog.text(label), .labelCitations(label),
        ["node", "source", "lines"])
    }
  }

  /// `source` and `lines` range over citations: their columns in a relation of these.
  func citationColumn(_ name: String) -> Int? {
    switch name {
    case "source": 1
    case "lines": 2
    default: nil
    }
  }

  private mutating func nodeVariable(_ span: SourceSpan, _ builder: inout RuleBuilder) -> Int {
    let symbol = solver.fresh(.symbol)
    let variable = builder.hiddenVariable(span, &solver, like: symbol)
    return variable
  }

  // MARK: Edges

  private mutating func lowerEdge(
    _ atom: Atom, _ type: UInt32, _ resolved: ResolvedRelation, _ builder: inout RuleBuilder
  ) {
    guard atom.arguments.count == 2 else {
      reportArity(atom, expected: 2, nil)
      bindForRecovery(atom, &builder)
      return
    }
    guard !atom.named.isEmpty else {
      let id = relation(for: resolved)
      var arguments: [CoreAtom.Argument] = []
      for (column, expression) in atom.arguments.enumerated() {
        if let value = lowerArgument(
          expression, column: column, of: id, named: atom.name.text,
          place: column == 0 ? .source(type) : .target(type), &builder)
        {
          arguments.append(argument(column, value))
        }
      }
      builder.literals.append(
        .atom(CoreAtom(relation: id, arguments: arguments, span: atom.span)))
      return
    }
    let id = edges(type)
    var arguments: [CoreAtom.Argument] = []
    for (column, expression) in atom.arguments.enumerated() {
      if let value = lowerArgument(
        expression, column: column, of: id, named: atom.name.text,
        place: column == 0 ? .source(type) : .target(type), &builder)
      {
        arguments.append(argument(column, value))
      }
    }
    var citation: [CoreAtom.Argument] = []
    var edgeID: CoreArgument?
    let names = program[id].columns.map(\.name)
    for named in atom.named {
      if let column = citationColumn(named.name.text) {
        citation.append(namedArgument(named, column: column, of: edgeCitations(type), &builder))
        continue
      }
      guard let column = names.dropFirst(2).firstIndex(of: named.name.text) else {
        reportUnknownProperty(
          named.name, known: Array(names.dropFirst(2)) + ["source", "lines"],
          of: "`\(atom.name.text)`")
        bindForRecovery([named.value], at: atom.span, &builder)
        continue
      }
      let value = namedArgument(named, column: column, of: id, &builder)
      if named.name.text == "id" { edgeID = value.value }
      arguments.append(value)
    }
    if (!citation.isEmpty || builder.countsWildcards) && edgeID == nil {
      let variable = builder.hiddenVariable(atom.span, &solver, like: program[id].columns[2].slot)
      edgeID = .variable(variable)
      arguments.append(argument(2, .variable(variable)))
    }
    builder.literals.append(
      .atom(CoreAtom(relation: id, arguments: arguments, span: atom.span)))
    if !citation.isEmpty, let edgeID {
      builder.literals.append(
        .atom(
          CoreAtom(
            relation: edgeCitations(type), arguments: [argument(0, edgeID)] + citation,
            span: atom.span)))
    }
  }

  /// The relation of all edges of a type with their properties.
  mutating func edges(_ type: UInt32) -> RelationID {
    relation(key: "edges \(type)") { lowering in
      var columns = [
        CoreRelation.Column(name: "source", slot: lowering.solver.fresh(.symbol)),
        CoreRelation.Column(name: "target", slot: lowering.solver.fresh(.symbol)),
        CoreRelation.Column(name: "id", slot: lowering.solver.fresh(.number)),
      ]
      for property in lowering.environment.catalog.edgeProperties(type) {
        columns.append(
          CoreRelation.Column(name: property.name, slot: lowering.solver.fresh(property.type)))
      }
      // The ends have names of their own in the plan; `source` as a property is the citation's.
      columns[0].name = "from"
      columns[1].name = "to"
      return CoreRelation(
        name: lowering.environment.catalog.text(type), origin: .edges(type), columns: columns)
    }
  }

  mutating func edgeCitations(_ type: UInt32) -> RelationID {
    relation(key: "edge citations \(type)") { lowering in
      var relation = lowering.symbols(
        lowering.environment.catalog.text(type), .edgeCitations(type), ["id", "source", "lines"])
      relation.columns[0].slot = lowering.solver.fresh(.number)
      return relation
    }
  }

  private mutating func reportUnknownProperty(
    _ name: Identifier, known: [String], of thing: String
  ) {
    diagnostics.append(.unknownProperty(name, known: known, of: thing))
  }

  // MARK: Arguments

  /// Where a constant that names a node stands, to choose among the nodes of an ambiguous alias.
  enum NodePlace {
    case any
    case label(UInt32)
    case source(UInt32)
    case target(UInt32)
  }

  /// A named argument always looks at its column: `k: _` asks for the property to be there.
  mutating func namedArgument(
    _ named: Atom.NamedArgument, column: Int, of id: RelationID, _ builder: inout RuleBuilder
  ) -> CoreAtom.Argument {
    if let value = lowerArgument(
      named.value, column: column, of: id, named: named.name.text, place: nil, &builder)
    {
      return argument(column, value)
    }
    let variable = builder.hiddenVariable(
      named.name.span, &solver, like: program[id].columns[column].slot)
    return argument(column, .variable(variable))
  }

  /// An argument as a variable or a constant; nothing for a wildcard that need not be looked at.
  mutating func lowerArgument(
    _ expression: Expression, column: Int, of id: RelationID, named name: String,
    place: NodePlace?, _ builder: inout RuleBuilder
  ) -> CoreArgument? {
    let slot = program[id].columns[column].slot
    if case .wildcard(let span) = expression {
      guard builder.countsWildcards else { return nil }
      let variable = builder.hiddenVariable(span, &solver, like: slot)
      return .variable(variable)
    }
    if let number = givenNumber(expression) {
      let given = solver.fresh(.symbol)
      unifyArgument(given, slot, expression, column, id, name)
      return .constant(.given(number, 0), given)
    }
    if isPattern(expression) {
      guard let (variable, found) = lowerPattern(expression, &builder) else { return nil }
      unifyArgument(found, slot, expression, column, id, name)
      settleRecords()
      return .variable(variable)
    }
    let (term, found) = lowerExpression(
      expression, &builder, isNode: place != nil, place: place)
    unifyArgument(found, slot, expression, column, id, name)
    switch term {
    case .variable(let index):
      if place != nil { builder.nodeVariables.insert(index) }
      return .variable(index)
    case .constant(let constant, let slot): return .constant(constant, slot)
    case .call:
      let variable = builder.hiddenVariable(expression.span, &solver, like: slot)
      builder.literals.append(
        .comparison(.equal, .variable(variable), term, expression.span))
      return .variable(variable)
    }
  }

  /// The number of an argument's text that another may stand for.
  private mutating func givenNumber(_ expression: Expression) -> Int? {
    switch expression {
    case .text(_, let span): return givenTexts?.give(at: span)
    case .parameter(let name):
      guard !isPattern(expression), case .text? = environment.parameters[name.text] else {
        return nil
      }
      return givenTexts?.give(parameter: name.text)
    default: return nil
    }
  }

  /// Unites the type of an argument with that of its column, or reports the mismatch.
  mutating func unifyArgument(
    _ found: TypeSlot, _ slot: TypeSlot, _ expression: Expression, _ column: Int,
    _ id: RelationID, _ name: String
  ) {
    let columnName = program[id].columns[column].name
    let fits = unify(
      found, slot, at: expression.span,
      help: { expected, found in
        switch expression {
        // Two places of the rule give the variable its type; which one is meant nobody can tell.
        case .variable(let name):
          // Nothing is said of texts in quotes: a name was meant.
          let conversion = Lowering.conversionHelp(from: "any", to: expected)
          return "`\(name.text)` is \(found) elsewhere in the rule: use another name here"
            + (conversion.map { ", or \($0)" } ?? "")
        case .text: return Lowering.literalHelp(for: expected)
        default: return nil
        }
      }
    ) { expected, found in
      let what =
        name == columnName
        ? "`\(name)`" : Lowering.argumentName(column, columnName, of: name)
      return "\(what) is \(expected), not \(found)"
    }
    if !fits { solver.dispute(found) }
  }

  /// How messages call an argument; columns without a name of their own have their number for one.
  static func argumentName(_ column: Int, _ columnName: String, of relation: String) -> String {
    let name = columnName == "\(column + 1)" ? "" : " (`\(columnName)`)"
    return "argument \(column + 1)\(name) of `\(relation)`"
  }

  /// What to write in place of a text where another type is wanted.
  static func literalHelp(for expected: String) -> String? {
    ["number", "unsigned", "float"].contains(expected) ? "write a number, without quotes" : nil
  }

  // MARK: Aliases

  /// The node that a text means in a place; the text itself where it is neither node nor alias.
  mutating func node(named text: String, at span: SourceSpan, in place: NodePlace) -> UInt32 {
    switch environment.catalog.resolve(text) {
    case .node(let id): return id
    case .alias(let id):
      remark(alias: text, node: id, at: span)
      return id
    case .unknown: return environment.catalog.intern(text)
    case .ambiguous(let nodes):
      let fitting = nodes.filter { environment.catalog.fits($0, place) }
      if fitting.count == 1 {
        remark(alias: text, node: fitting[0], at: span)
        return fitting[0]
      }
      let shown = (fitting.isEmpty ? nodes : fitting).map { environment.catalog.text($0) }.sorted()
      diagnostics.append(
        Diagnostic(
          .ambiguousAlias, "\"\(text)\" is an alias of \(shown.count) nodes", at: span,
          help: "write one of \(Wording.list(shown.map { "\"\($0)\"" }))"))
      return nodes[0]
    }
  }

  /// Replaces aliases among the constants that are compared with a variable for a node.
  mutating func resolveComparedAliases(_ builder: inout RuleBuilder) {
    for (index, literal) in builder.literals.enumerated() {
      guard case .comparison(let relation, let left, let right, let span) = literal,
        relation == .equal || relation == .notEqual
      else { continue }
      switch (left, right) {
      case (.variable(let variable), .constant(.term(let term), let slot))
      where builder.nodeVariables.contains(variable):
        let id = node(named: environment.catalog.text(term), at: span, in: .any)
        builder.literals[index] = .comparison(
          relation, left, .constant(.term(id), slot), span)
      case (.constant(.term(let term), let slot), .variable(let variable))
      where builder.nodeVariables.contains(variable):
        let id = node(named: environment.catalog.text(term), at: span, in: .any)
        builder.literals[index] = .comparison(
          relation, .constant(.term(id), slot), right, span)
      default: continue
      }
    }
  }
}

extension Diagnostic {
  /// An atom gives one of its arguments a second value.
  static func givenTwice(_ name: Identifier) -> Diagnostic {
    Diagnostic(.duplicateDeclaration, "`\(name.text)` is given twice", at: name.span)
  }

  /// Nothing of a kind, `a node` or an edge type, has a property.
  static func unknownProperty(
    _ name: Identifier, known: [String], of thing: String
  ) -> Diagnostic {
    let nearest = NameSuggestions.nearest(to: name.text, among: known, limit: 1)
    return Diagnostic(
      .unknownProperty,
      "no \(thing == "a node" ? "node" : "edge of \(thing)") has a property `\(name.text)`",
      at: name.span,
      help: nearest.first.map { "did you mean `\($0)`?" }
        ?? (known.isEmpty
          ? "there are no properties at all"
          : "known are \(known.map { "`\($0)`" }.joined(separator: ", "))"))
  }
}
