import GraphCore

/// What declarations say of a relation beyond its columns: equivalences, choices, limits, the rounds
/// of a recursion, and subsumption.
extension Lowering {
  mutating func addMeaning(of declaration: DeclaredRelation, _ id: RelationID) {
    program[id].choiceKeys = declaration.choiceKeys
    program[id].sizeLimit = declaration.sizeLimit
    program[id].isEquivalence = declaration.isEquivalence
    if declaration.isEquivalence { uniteEnds(of: id) }
    if let watched = declaration.deltaOf { addRounds(of: watched, to: id, declaration) }
  }

  /// Both ends of an equivalence have one type.
  private mutating func uniteEnds(of id: RelationID) {
    guard program[id].columns.count == 2 else { return }
    _ = solver.unite(program[id].columns[0].slot, program[id].columns[1].slot)
  }

  /// `debug_delta(r)` holds each row of `r` with the number of the round that found it.
  private mutating func addRounds(
    of name: String, to id: RelationID, _ declaration: DeclaredRelation
  ) {
    guard
      let watched = environment.declared[name]?.last(where: { $0.unit == declaration.unit })
    else { return }
    let source = relation(for: .declared(watched))
    program[id].deltaOf = source
    var builder = RuleBuilder(unit: declaration.unit)
    var arguments: [CoreAtom.Argument] = []
    var terms: [CoreExpression] = []
    for (column, target) in program[id].columns.dropLast().enumerated() {
      let variable = builder.hiddenVariable(declaration.span, &solver, like: target.slot)
      arguments.append(argument(column, .variable(variable)))
      terms.append(.variable(variable))
    }
    builder.literals.append(
      .atom(CoreAtom(relation: source, arguments: arguments, span: declaration.span)))
    // The rows of a round are read in the next one.
    let slot = solver.fresh(.unsigned)
    terms.append(
      .call(
        .subtract,
        [
          .call(.iteration, [], result: slot, operands: slot, declaration.span),
          .constant(.integer(1), slot),
        ], result: slot, operands: slot, declaration.span))
    emit(builder, head: id, terms: terms, span: declaration.span)
  }

  // MARK: Subsumption

  mutating func lower(_ subsumption: Subsumption, unit: Int, into id: RelationID) {
    let (lesser, greater) = (subsumption.lesser, subsumption.greater)
    guard lesser.name.text == greater.name.text else {
      diagnostics.append(
        Diagnostic(
          .invalidSubsumption,
          "a row of `\(lesser.name.text)` can only give way to another row of it, not to one of "
            + "`\(greater.name.text)`", at: greater.name.span))
      return
    }
    let arity = program[id].columns.count
    for atom in [lesser, greater] where atom.arguments.count != arity {
      reportArity(atom, expected: arity, program[id].span)
      return
    }
    guard let alternatives = alternatives(of: subsumption.body, unit: unit, span: subsumption.span)
    else { return }
    let expressions = lesser.arguments + greater.arguments
    for body in scopedBodies(alternatives, beside: expressions, unit: unit, isOne: false) {
      let conditions = body.conditions
      loweredAggregates = [:]
      var builder = RuleBuilder(unit: unit, context: conditions)
      var names: Set<String> = []
      for expression in lesser.arguments + greater.arguments {
        VariableNames.collect(expression, inAggregates: false, into: &names)
      }
      for condition in conditions {
        VariableNames.collect(condition, inAggregates: false, into: &names)
      }
      builder.outerNames = names
      let rows = [lesser, greater].map { addWholeRow($0, of: id, &builder) }
      compareRow(lesser, rows[0], &builder)
      compareRow(greater, rows[1], &builder)
      for condition in conditions { lower(condition, &builder) }
      finishBody(&builder)
      let terms = rows.flatMap { $0.map { CoreExpression.variable($0) } }
      guard checkGrounded(&builder, terms: terms, head: nil) else { continue }
      emit(builder, head: id, terms: terms, effect: .dominate, span: subsumption.span)
    }
  }

  /// Adds an atom that reads every column into a variable.
  private mutating func addWholeRow(
    _ atom: Atom, of id: RelationID, _ builder: inout RuleBuilder
  ) -> [Int] {
    var variables: [Int] = []
    for (column, expression) in atom.arguments.enumerated() {
      let slot = program[id].columns[column].slot
      let variable: Int
      if case .variable(let name) = expression {
        variable = builder.variable(name, &solver)
      } else {
        variable = builder.hiddenVariable(expression.span, &solver)
      }
      unify(builder.variables[variable].slot, slot, at: expression.span) { expected, found in
        "argument \(column + 1) of `\(atom.name.text)` is \(expected), not \(found)"
      }
      variables.append(variable)
    }
    builder.literals.append(
      .atom(
        CoreAtom(
          relation: id, arguments: variables.enumerated().map { argument($0, .variable($1)) },
          span: atom.span)))
    return variables
  }

  /// Demands that the columns equal those arguments that are more than a variable.
  private mutating func compareRow(
    _ atom: Atom, _ variables: [Int], _ builder: inout RuleBuilder
  ) {
    for (variable, expression) in zip(variables, atom.arguments) {
      switch expression {
      case .variable, .wildcard: continue
      case _ where isPattern(expression):
        _ = bindPattern(expression, to: variable, &builder)
      default:
        let (term, found) = lowerExpression(expression, &builder)
        unify(found, builder.variables[variable].slot, at: expression.span) { expected, found in
          "an argument of `\(atom.name.text)` is \(expected), not \(found)"
        }
        builder.literals.append(
          .comparison(.equal, .variable(variable), term, expression.span))
      }
    }
  }
}
