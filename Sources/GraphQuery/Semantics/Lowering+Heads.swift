import GraphCore

/// Heads of rules: their arguments in column order, and aggregates over the rule.
extension Lowering {
  /// A head's arguments in column order; named ones are put in their places.
  mutating func headArguments(_ atom: Atom, _ resolved: ResolvedRelation) -> [Expression]? {
    switch resolved {
    case .declared(let declaration):
      guard !atom.named.isEmpty || atom.arguments.count == declaration.attributes.count else {
        reportArity(atom, expected: declaration.attributes.count, declaration.span)
        return nil
      }
      var places: [Expression?] = Array(repeating: nil, count: declaration.attributes.count)
      for (index, argument) in atom.arguments.enumerated() where index < places.count {
        places[index] = argument
      }
      for named in atom.named {
        guard let index = declaration.attributes.firstIndex(where: { $0.name == named.name.text })
        else {
          reportUnknownArgument(named.name, of: declaration)
          return nil
        }
        guard places[index] == nil else {
          diagnostics.append(.givenTwice(named.name))
          return nil
        }
        places[index] = named.value
      }
      var result: [Expression] = []
      for (index, place) in places.enumerated() {
        guard let place else {
          diagnostics.append(
            Diagnostic(
              .wrongArity,
              "the head gives no value for `\(declaration.attributes[index].name)`",
              at: atom.span))
          return nil
        }
        result.append(place)
      }
      return result
    case .defined(let definition):
      guard atom.arguments.count == definition.arity else {
        reportArity(atom, expected: definition.arity, definition.span)
        return nil
      }
    case .label, .edgeType:
      let arity = if case .label = resolved { 1 } else { 2 }
      guard atom.arguments.count == arity else {
        reportArity(atom, expected: arity, nil)
        return nil
      }
    case .builtin(let builtin):
      diagnostics.append(
        Diagnostic(
          .derivedRelation, "`\(builtin.rawValue)` shows the graph, so no rule can add to it",
          at: atom.name.span, help: "declare a relation of your own with `.decl`"))
      return nil
    }
    if let named = atom.named.first {
      diagnostics.append(
        Diagnostic(
          .invalidFact,
          "a derived `\(atom.name.text)` has no properties, but `\(named.name.text)` is given",
          at: named.name.span,
          help: "derive a relation with `.decl` where the value matters"))
      return nil
    }
    return atom.arguments
  }

  /// `min` and `max` in a head make the relation a lattice; `count` and `sum` group the rule's body.
  mutating func lowerAggregated(
    _ head: Head, _ aggregate: (argument: Int, function: AggregateFunction, span: SourceSpan),
    _ builder: RuleBuilder, terms: [CoreExpression], into id: RelationID, span: SourceSpan
  ) {
    guard head.aggregates.count == 1 else {
      diagnostics.append(
        Diagnostic(
          .invalidAggregate, "a rule's head can hold one aggregate",
          at: head.aggregates[1].span, help: "write a rule for each and join them"))
      return
    }
    switch aggregate.function {
    case .min, .max:
      guard aggregate.argument == terms.count - 1 else {
        diagnostics.append(
          Diagnostic(
            .invalidAggregate,
            "`\(aggregate.function.rawValue)` in a head must be the last argument",
            at: aggregate.span))
        return
      }
      let lattice: CoreRelation.Lattice = aggregate.function == .min ? .min : .max
      if let other = program[id].lattice, other != lattice {
        diagnostics.append(
          Diagnostic(
            .invalidAggregate, "`\(head.atom.name.text)` is defined by both min and max",
            at: aggregate.span))
        return
      }
      program[id].lattice = lattice
      emit(builder, head: id, terms: terms, span: span)
    case .count, .sum, .mean:
      lowerGrouped(
        builder,
        columns: terms.enumerated().map { index, term in
          (term, index == aggregate.argument ? aggregate.function : nil)
        }, into: id, span: span)
    }
  }

  /// Groups the builder's body by the plain columns and computes the others, into `id`.
  mutating func lowerGrouped(
    _ builder: RuleBuilder, columns: [(term: CoreExpression, function: AggregateFunction?)],
    into id: RelationID, span: SourceSpan
  ) {
    let groupColumns = columns.indices.filter { columns[$0].function == nil }
    var joined = RuleBuilder(unit: builder.unit)
    let group = groupColumns.map { column in
      let variable = joined.hiddenVariable(span, &solver, like: program[id].columns[column].slot)
      return variable
    }
    var terms: [CoreExpression] = columns.map(\.term)
    for (position, column) in groupColumns.enumerated() {
      terms[column] = .variable(group[position])
    }
    for (column, entry) in columns.enumerated() {
      guard let function = entry.function else { continue }
      let result = program[id].columns[column].slot
      let relation = auxiliary(
        function.rawValue, slots: groupColumns.map { program[id].columns[$0].slot } + [result],
        span: span)
      emit(
        builder, head: relation, terms: groupColumns.map { columns[$0].term } + [entry.term],
        effect: .aggregate(function), span: span)
      let value = joined.hiddenVariable(span, &solver, like: result)
      var arguments = group.enumerated().map { argument($0, .variable($1)) }
      arguments.append(argument(group.count, .variable(value)))
      // Inside a head only the groups that the body has are shown; without any column to group by
      // there is always one row.
      let atom = CoreAtom(relation: relation, arguments: arguments, span: span)
      joined.literals.append(
        group.isEmpty && (function == .count || function == .sum)
          ? .aggregate(atom, isTotal: true) : .atom(atom))
      terms[column] = .variable(value)
    }
    emit(joined, head: id, terms: terms, span: span)
  }
}
