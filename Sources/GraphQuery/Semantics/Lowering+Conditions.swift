import GraphCore

/// The conditions of a body, one by one.
extension Lowering {
  mutating func lower(_ condition: Formula, _ builder: inout RuleBuilder) {
    // Where bindings are counted, a range inside an expression is none: that there is such a number
    // is what counts.
    if builder.countsWildcards, VariableNames.hasInnerRange(condition) {
      lowerAsRelation(condition, purpose: "range", isNegated: false, &builder)
      return
    }
    switch condition {
    case .atom(let atom): lowerAtom(atom, &builder)
    case .path(let path): lowerPath(path, &builder)
    case .comparison(let comparison): lowerComparison(comparison, &builder)
    case .textTest(let test): lowerTest(test, isNegated: false, &builder)
    case .boolean(let value, let span): if !value { builder.literals.append(.never(span)) }
    case .negation(.textTest(let test), _): lowerTest(test, isNegated: true, &builder)
    case .negation(let inner, let span): lowerNegation(inner, span, &builder)
    case .conjunction(let parts): for part in parts { lower(part, &builder) }
    case .disjunction:
      // Alternatives are taken apart before; a disjunction inside a negated conjunction arrives here.
      lowerAsRelation(condition, purpose: "alternatives", isNegated: false, &builder)
    }
  }

  private mutating func lowerComparison(_ comparison: Comparison, _ builder: inout RuleBuilder) {
    if refuseWildcard(in: comparison, &builder) { return }
    if comparison.relation == .equal, lowerRangeEquation(comparison, &builder) { return }
    if comparison.relation == .equal, lowerRecordEquation(comparison, &builder) { return }
    let (left, leftSlot) = lowerExpression(comparison.left, &builder)
    let (right, rightSlot) = lowerExpression(comparison.right, &builder)
    let isComparable = unify(
      rightSlot, leftSlot, at: comparison.span,
      help: { expected, found in
        (comparison.left.writtenDate ?? comparison.right.writtenDate).map(Self.dateHelp)
          ?? Self.floatHelp(expected, found)
      }
    ) { expected, found in
      "cannot compare \(expected) with \(found)"
    }
    // Nobody can tell which side is wrong; and what is equal to something wrong has its type from it.
    let isDisputed = solver.isDisputed(leftSlot) || solver.isDisputed(rightSlot)
    if !isComparable || (comparison.relation == .equal && isDisputed) {
      solver.dispute(leftSlot)
      solver.dispute(rightSlot)
    }
    builder.literals.append(.comparison(comparison.relation, left, right, comparison.span))
  }

  /// Reports a comparison with `_`, which says nothing. Beside an aggregate `_` asks for the witness,
  /// beside a record it is one more field.
  private mutating func refuseWildcard(
    in comparison: Comparison, _ builder: inout RuleBuilder
  ) -> Bool {
    let sides = [comparison.left, comparison.right]
    for (side, other) in zip(sides, sides.reversed()) {
      guard case .wildcard(let span) = side else { continue }
      if isPattern(other) { continue }
      switch other {
      case .aggregate: continue
      // A name that was made stands for an aggregate.
      case .variable(let name) where name.text.first == AggregateScoping.mark: continue
      default: break
      }
      diagnostics.append(
        Diagnostic(
          .ungroundedVariable, "`_` is any value, so that comparing with it says nothing", at: span,
          help: "leave the comparison out, or compare with a name or a value"))
      bindForRecovery([other], at: comparison.span, &builder)
      return true
    }
    return false
  }

  /// An equation with a record or branch at a side takes the other side apart, or builds it.
  private mutating func lowerRecordEquation(
    _ comparison: Comparison, _ builder: inout RuleBuilder
  ) -> Bool {
    let (left, right) = (comparison.left, comparison.right)
    switch (isPattern(left), isPattern(right)) {
    case (false, false): return false
    case (true, true) where lowerFieldwise(comparison, &builder): return true
    case (true, true):
      guard let (first, firstSlot) = lowerPattern(left, &builder),
        let (second, secondSlot) = lowerPattern(right, &builder)
      else { return true }
      unify(secondSlot, firstSlot, at: comparison.span) { expected, found in
        "cannot compare \(expected) with \(found)"
      }
      builder.literals.append(
        .comparison(.equal, .variable(first), .variable(second), comparison.span))
    case (true, false), (false, true):
      let (pattern, other) = isPattern(left) ? (left, right) : (right, left)
      let (term, slot) = lowerExpression(other, &builder)
      let target: Int
      if case .variable(let variable) = term {
        target = variable
      } else {
        target = builder.hiddenVariable(other.span, &solver, like: slot)
        builder.literals.append(
          .comparison(.equal, .variable(target), term, comparison.span))
      }
      _ = bindPattern(pattern, to: target, &builder)
    }
    return true
  }

  /// Two records, or two values of one branch, are equal field by field; false where the sides are
  /// of different shape.
  private mutating func lowerFieldwise(
    _ comparison: Comparison, _ builder: inout RuleBuilder
  ) -> Bool {
    let pairs: Zip2Sequence<[Expression], [Expression]>
    switch (comparison.left, comparison.right) {
    case (.record(let left, _), .record(let right, _)) where left.count == right.count:
      pairs = zip(left, right)
    case (.branch(let first, let left, _), .branch(let second, let right, _))
    where first.text == second.text && left.count == right.count:
      pairs = zip(left, right)
    default: return false
    }
    for (left, right) in pairs {
      if case .wildcard = left { continue }
      if case .wildcard = right { continue }
      lowerComparison(
        Comparison(relation: .equal, left: left, right: right, span: comparison.span), &builder)
    }
    return true
  }

  /// `x = range(…)` binds `x` itself; anywhere else a range has a variable of its own.
  private mutating func lowerRangeEquation(
    _ comparison: Comparison, _ builder: inout RuleBuilder
  ) -> Bool {
    guard let (name, arguments) = comparison.rangeEquation else { return false }
    let variable = builder.variable(name, &solver)
    lowerRange(arguments, into: variable, comparison.span, &builder)
    return true
  }

  private mutating func lowerTest(
    _ test: TextTest, isNegated: Bool, _ builder: inout RuleBuilder
  ) {
    var sides: [CoreExpression] = []
    for side in [test.first, test.second] {
      let (expression, slot) = lowerExpression(side, &builder)
      let isText = unify(slot, solver.fresh(.symbol), at: side.span) { _, found in
        "`\(test.kind.rawValue)` works on texts, not on \(found)"
      }
      if !isText { solver.dispute(slot) }
      sides.append(expression)
    }
    if test.kind == .match, case .text(let pattern, let span) = test.first {
      do throws(PatternError) {
        _ = try Pattern(pattern)
      } catch {
        diagnostics.append(.invalidPattern(pattern, error, at: span))
        builder.literals.append(.never(span))
        return
      }
    }
    builder.literals.append(.test(test.kind, sides[0], sides[1], isNegated: isNegated, test.span))
  }

  // MARK: Negation

  private mutating func lowerNegation(
    _ inner: Formula, _ span: SourceSpan, _ builder: inout RuleBuilder
  ) {
    switch inner {
    case .atom(let atom) where lowersToOneAtom(atom, builder):
      let mark = builder.literals.count
      lower(inner, &builder)
      for index in builder.literals.indices[mark...] {
        if case .atom(let atom) = builder.literals[index] {
          builder.literals[index] = .negated(atom)
        }
      }
    case .atom, .path:
      // Others may be one atom too; its expressions are computed before it.
      var trial = self
      var trialBuilder = builder
      let mark = builder.literals.count
      trial.lower(inner, &trialBuilder)
      let added = trialBuilder.literals[mark...]
      let atoms = added.indices.filter { if case .atom = added[$0] { true } else { false } }
      if trial.diagnostics[diagnostics.count...].contains(where: { $0.severity == .error }) {
        self = trial
        return
      }
      if atoms.count == 1, case .atom(let atom) = added[atoms[0]],
        !hasFreeHiddenVariable(atom, in: trialBuilder, defined: Array(added))
      {
        self = trial
        builder = trialBuilder
        builder.literals[atoms[0]] = .negated(atom)
        return
      }
      lowerAsRelation(inner, purpose: "negated", isNegated: true, &builder)
    case .comparison, .textTest, .boolean, .negation, .conjunction, .disjunction:
      lowerAsRelation(inner, purpose: "negated", isNegated: true, &builder)
    }
  }

  /// Whether a condition is surely one atom, with what is computed for its arguments before it.
  private func lowersToOneAtom(_ atom: Atom, _ builder: RuleBuilder) -> Bool {
    guard atom.named.isEmpty, atom.parameters.isEmpty,
      let resolved = environment.resolve(atom, unit: builder.unit)
    else { return false }
    switch resolved {
    case .declared(let declaration):
      guard declaration.attributes.count == atom.arguments.count else { return false }
    case .defined(let definition):
      guard definition.arity == atom.arguments.count else { return false }
    case .label, .edgeType, .builtin: return false
    }
    return atom.arguments.allSatisfy { argument in
      switch argument {
      case .variable, .text, .integer, .float: true
      case .wildcard: !builder.countsWildcards
      default: false
      }
    }
  }

  /// Whether an atom uses a hidden variable that nothing else binds: under a negation it would have
  /// to be quantified inside.
  private func hasFreeHiddenVariable(
    _ atom: CoreAtom, in builder: RuleBuilder, defined: [CoreLiteral]
  ) -> Bool {
    var computed: Set<Int> = []
    for literal in defined {
      switch literal {
      case .comparison(.equal, .variable(let index), _, _), .range(let index, _, _, _, _):
        computed.insert(index)
      default: break
      }
    }
    var result = false
    atom.forEachVariable {
      if builder.variables[$0].isHidden && !computed.contains($0) { result = true }
    }
    return result
  }

  /// Gives a part of a body a relation of its own over the variables that it shares with the rest,
  /// and uses that relation, plain or negated.
  mutating func lowerAsRelation(
    _ formula: Formula, purpose: String, isNegated: Bool, _ builder: inout RuleBuilder
  ) {
    var inside: Set<String> = []
    VariableNames.collect(formula, inAggregates: false, into: &inside)
    // An aggregate's own names are no others'.
    var everywhere: Set<String> = []
    VariableNames.collect(formula, inAggregates: true, into: &everywhere)
    var outside: Set<String> = []
    for condition in builder.context {
      if case .negation = condition, isNegated { continue }
      VariableNames.collect(condition, inAggregates: false, into: &outside)
    }
    // A negation inside an aggregate or another negation sees the names of the clause around it.
    if builder.context.isEmpty { outside = builder.outerNames }
    outside.formUnion(builder.givenNames)
    // What stands in a single negated condition only has no value; in several it is theirs alone.
    var all = everywhere.intersection(outside)
    switch formula {
    case .atom, .path: if isNegated { all.formUnion(inside) }
    case .comparison, .textTest, .boolean, .negation, .conjunction, .disjunction: break
    }
    let shared = all.sorted()
    guard let alternatives = alternatives(of: formula, unit: builder.unit, span: formula.span)
    else { return }
    let outer = shared.map { builder.variable(Identifier($0, formula.span), &solver) }
    let slots = outer.map { builder.variables[$0].slot }
    let id = auxiliary(purpose, slots: slots, span: formula.span)
    // Alternatives say nothing around themselves.
    let surroundings = builder.surroundings.filter {
      !$0.isDisjunction || $0.span != formula.span
    }
    let known = loweredAggregates
    for conditions in alternatives {
      // Each of several asks for groups of its own.
      if alternatives.count > 1 { loweredAggregates = known }
      defer { if alternatives.count > 1 { loweredAggregates = known } }
      var part = RuleBuilder(
        unit: builder.unit, outerNames: inside.union(all), context: conditions)
      part.depth = builder.depth + 1
      part.ancestors = surroundings
      part.ancestorNames = builder.surroundingNames
      part.givenNames = all
      for condition in conditions { lower(condition, &part) }
      let keys = shared.map { part.variable(Identifier($0, formula.span), &solver) }
      for (key, slot) in zip(keys, slots) {
        unify(part.variables[key].slot, slot, at: formula.span) { expected, found in
          "`\(part.variables[key].name)` is \(expected) outside and \(found) inside"
        }
      }
      finishBody(&part)
      addContext(
        of: surroundings, outerNames: builder.surroundingNames, to: &part, keys: keys,
        span: formula.span)
      guard checkGrounded(&part, terms: keys.map { .variable($0) }, head: nil) else { return }
      emit(part, head: id, terms: keys.map { .variable($0) }, span: formula.span)
    }
    let arguments = outer.enumerated().map { argument($0, .variable($1)) }
    let atom = CoreAtom(relation: id, arguments: arguments, span: formula.span)
    builder.literals.append(isNegated ? .negated(atom) : .atom(atom))
  }

  /// Grounds those keys that a part does not bind itself by what the clause around it says of them.
  ///
  /// This is the demand of the surrounding rule, as a relation over these keys, so that it changes
  /// neither which rows the part has nor how often they are counted. It says the other keys too where the
  /// surroundings give them their values without an aggregate: `max x : { price(s, x), x <= t }` is asked
  /// for pairs of `s` and `t`, not for each `s` with each `t`. With `wholeGroups` it does so at any cost.
  mutating func addContext(
    of conditions: [Formula], outerNames: Set<String>, to part: inout RuleBuilder, keys: [Int],
    span: SourceSpan, wholeGroups: Bool = false
  ) {
    let grounded = part.groundedVariables()
    var missing = keys.filter { !grounded.contains($0) }
    guard !missing.isEmpty else { return }

    var names = Set(keys.map { part.variables[$0].name })
    let saysAll = wholeGroups || ContextSlice.gives(names, in: conditions)
    if !saysAll { names = Set(missing.map { part.variables[$0].name }) }
    let slice = ContextSlice.conditions(about: names, in: conditions)
    // Deeper inside, an aggregate of a clause further out is asked for those groups only that the clauses between let
    // through; there it is another one.
    let lowered = loweredAggregates
    defer { if part.depth > 1 { loweredAggregates = lowered } }
    var around = RuleBuilder(unit: part.unit, outerNames: outerNames, context: slice)
    for condition in slice { lower(condition, &around) }
    func places(_ keys: [Int], _ solver: inout TypeSolver) -> [Int] {
      keys.map { around.variable(Identifier(part.variables[$0].name, span), &solver) }
    }
    var variables = places(missing, &solver)
    finishBody(&around)
    let aroundGrounded = around.groundedVariables()
    if saysAll {
      let all = places(keys, &solver)
      if all.allSatisfy({ aroundGrounded.contains($0) }) { (missing, variables) = (keys, all) }
    }
    // What the surroundings cannot say either may follow from the rest, or is reported later.
    let known = variables.indices.filter { aroundGrounded.contains(variables[$0]) }
    guard !known.isEmpty else { return }
    missing = known.map { missing[$0] }
    variables = known.map { variables[$0] }
    let slots = missing.map { part.variables[$0].slot }
    for (variable, slot) in zip(variables, slots) {
      _ = solver.unite(around.variables[variable].slot, slot)
    }
    let id = auxiliary(DemandedAggregates.demandName, slots: slots, span: span)
    around.literals.removeAll { !Groundedness.isBound($0, aroundGrounded) }
    emit(around, head: id, terms: variables.map { .variable($0) }, span: span)
    part.literals.append(
      .atom(
        CoreAtom(
          relation: id, arguments: missing.enumerated().map { argument($0, .variable($1)) },
          span: span)))
  }

  // MARK: Groundedness

  /// Settles what could only be decided with all conditions of the body at hand.
  mutating func finishBody(_ builder: inout RuleBuilder) {
    settleRecords()
    resolveComparedAliases(&builder)
    settlePatterns(&builder, isFinal: false)
  }

  /// Reports each variable that nothing binds, once; true if there is none.
  mutating func checkGrounded(
    _ builder: inout RuleBuilder, terms: [CoreExpression], head: Atom?
  ) -> Bool {
    settlePatterns(&builder, isFinal: true)
    let bound = builder.groundedVariables()
    if terms.allSatisfy({ Groundedness.isBound($0, bound) }),
      builder.literals.allSatisfy({ Groundedness.isBound($0, bound) })
    {
      return true
    }
    var reported: VariableSet = []
    var onlyNegated: VariableSet = []
    for literal in builder.literals {
      if case .negated(let atom) = literal {
        atom.forEachVariable { if !bound.contains($0) { onlyNegated.insert($0) } }
      }
    }
    var elsewhere: VariableSet = []
    for literal in builder.literals {
      if case .negated = literal { continue }
      literal.forEachVariable { if !bound.contains($0) { elsewhere.insert($0) } }
    }
    for term in terms {
      term.forEachVariable {
        if !bound.contains($0) && !onlyNegated.contains($0) { elsewhere.insert($0) }
      }
    }
    for index in Groundedness.causes(
      among: onlyNegated.union(elsewhere), in: builder.literals, given: bound)
    where reported.insert(index) {
      let variable = builder.variables[index]
      let name = AggregateScoping.written(variable.name)
      if variable.isHidden {
        diagnostics.append(
          Diagnostic(
            .ungroundedVariable, "`_` has no value here", at: variable.span,
            help: "give it a name and bind it by a positive condition"))
      } else if elsewhere.contains(index) {
        diagnostics.append(
          Diagnostic(
            .ungroundedVariable, "nothing gives `\(name)` a value", at: variable.span,
            help: builder.aggregateTitles.contains(name)
              ? "`\(name)` is a column of the answer, which its rows have only together: give the "
                + "aggregate a rule of its own and ask `\(name)` of that"
              : "use `\(name)` in a positive condition; a text is written in quotes: "
                + "\"\(name)\""))
      } else {
        diagnostics.append(
          Diagnostic(
            .unsafeNegation,
            "`\(name)` occurs only under a negation, so it stands for anything",
            at: variable.span,
            help: "bind it by a positive condition, or write `_` for \"there is none at all\""))
      }
    }
    return reported.isEmpty
  }
}
