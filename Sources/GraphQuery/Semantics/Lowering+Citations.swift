import GraphCore

/// The citations of what the graph's own relations show.
extension Lowering {
  /// `label`, `edge` and `alias` with `source` or `lines`: the facts that they show, with their citations.
  mutating func lowerCited(
    _ atom: Atom, _ builtin: BuiltinRelation, _ builder: inout RuleBuilder
  ) {
    guard let id = citations(of: builtin, atom.span) else {
      reportUnknownArgument(atom.named[0].name, of: builtin)
      return bindForRecovery(atom, &builder)
    }
    var arguments: [CoreAtom.Argument] = []
    for (column, expression) in atom.arguments.enumerated() {
      let place: NodePlace? = builtin.columns[column].isNode ? .any : nil
      if let value = lowerArgument(
        expression, column: column, of: id, named: atom.name.text, place: place, &builder)
      {
        arguments.append(argument(column, value))
      }
    }
    for named in atom.named {
      guard let column = citationColumn(named.name.text) else {
        reportUnknownArgument(named.name, of: builtin)
        bindForRecovery([named.value], at: atom.span, &builder)
        continue
      }
      arguments.append(
        namedArgument(named, column: builtin.columns.count - 1 + column, of: id, &builder))
    }
    builder.literals.append(
      .atom(CoreAtom(relation: id, arguments: arguments, span: atom.span)))
  }

  private mutating func reportUnknownArgument(_ name: Identifier, of builtin: BuiltinRelation) {
    let help =
      switch builtin {
      case .node, .label: "ask for the property of a node by `node(x, \(name.text): v)`"
      case .edge: "it has `source:` and `lines:`; a property is asked of an edge type by its name"
      case .property: "its arguments are a node, the name of a property and its value as a text"
      case .alias: "it has `source:` and `lines:`"
      }
    diagnostics.append(
      Diagnostic(
        .unknownArgument, "`\(builtin.rawValue)` has no argument `\(name.text)`", at: name.span,
        help: help))
  }

  /// The columns of a built-in relation with `source` and `lines` behind them, a row for each citation;
  /// nothing for what has none.
  private mutating func citations(of builtin: BuiltinRelation, _ span: SourceSpan) -> RelationID? {
    let key = "\(builtin.rawValue) citations"
    let columns = builtin.columns.map(\.name) + ["source", "lines"]
    if let id = existingRelation(key: key) { return id }
    switch builtin {
    case .node, .property: return nil
    case .alias:
      return relation(key: key) { $0.symbols(builtin.rawValue, .aliasCitations, columns) }
    case .label, .edge:
      var relation = symbols(builtin.rawValue, .derived, columns)
      relation.isAuxiliary = true
      relation.span = span
      let id = add(relation, key: key)
      if builtin == .label {
        for label in environment.catalog.labels {
          emitCitations(labelCitations(label), of: label, into: id, span)
        }
      } else {
        for type in environment.catalog.edgeTypes {
          emitCitations(edgeCitations(type), of: type, edges(type), into: id, span)
        }
      }
      return id
    }
  }

  /// `into(x, label, s, l) :- cited(x, s, l).`, and for an edge type
  /// `into(type, x, y, s, l) :- edges(x, y, id), cited(id, s, l).`
  private mutating func emitCitations(
    _ cited: RelationID, of name: UInt32, _ edges: RelationID? = nil, into id: RelationID,
    _ span: SourceSpan
  ) {
    var builder = RuleBuilder(unit: 0)
    let citation = (0..<3).map { column in
      let variable = builder.hiddenVariable(
        span, &solver, like: program[cited].columns[column].slot)
      return variable
    }
    var places = [CoreExpression.variable(citation[0])]
    if let edges {
      var ends = (0..<2).map { column in
        let variable = builder.hiddenVariable(
          span, &solver, like: program[edges].columns[column].slot)
        return variable
      }
      ends.append(citation[0])
      builder.literals.append(
        .atom(
          CoreAtom(
            relation: edges, arguments: ends.enumerated().map { argument($0, .variable($1)) },
            span: span)))
      places = ends.prefix(2).map { .variable($0) }
    }
    builder.literals.append(
      .atom(
        CoreAtom(
          relation: cited, arguments: citation.enumerated().map { argument($0, .variable($1)) },
          span: span)))
    let constant = CoreExpression.constant(
      .term(name), program[id].columns[edges == nil ? 1 : 0].slot)
    emit(
      builder, head: id,
      terms: (edges == nil ? places + [constant] : [constant] + places)
        + citation.dropFirst().map { .variable($0) }, span: span)
  }
}
