import GraphCore

/// The relation that holds an aggregate's value for each group.
struct LoweredAggregate {
  var relation: RelationID
  var result: TypeSlot
}

extension AggregateFunction {
  /// Whether there is a value for a group without rows: zero.
  var isTotal: Bool { self == .count || self == .sum }
}

/// Aggregates inside bodies.
extension Lowering {
  /// The slot of what an aggregate over values of `slot` gives.
  mutating func aggregateResult(
    _ function: AggregateFunction?, of slot: TypeSlot, at span: SourceSpan
  ) -> TypeSlot {
    guard let function else { return slot }
    switch function {
    case .count: return solver.fresh(.number)
    case .mean, .sum:
      if !solver.require(slot, .numeric), !solver.isDisputed(slot) {
        solver.dispute(slot)
        diagnostics.append(
          Diagnostic(
            .invalidAggregate,
            "`\(function.rawValue)` works on numbers, not on \(solver.describe(slot))", at: span,
            help: "convert the value with `to_number(...)` or `to_float(...)`"))
      }
      return function == .sum ? slot : solver.fresh(.float)
    case .min, .max: return slot
    }
  }

  mutating func lowerAggregate(_ aggregate: Aggregate, _ builder: inout RuleBuilder)
    -> (CoreExpression, TypeSlot)
  {
    var inside: Set<String> = []
    VariableNames.collect(aggregate.body, inAggregates: false, into: &inside)
    var everywhere = inside
    VariableNames.collect(aggregate.body, inAggregates: true, into: &everywhere)
    if let target = aggregate.target {
      VariableNames.collect(target, inAggregates: true, into: &everywhere)
    }
    let shared = everywhere.intersection(builder.outerNames).sorted()
    let outer = shared.map { builder.variable(Identifier($0, aggregate.span), &solver) }
    if let known = loweredAggregates[aggregate.number] {
      return use(aggregate, known, over: outer, &builder)
    }
    let slots = outer.map { builder.variables[$0].slot }
    let failed = solver.fresh()
    guard let alternatives = countedAlternatives(of: aggregate, builder) else {
      return (.constant(.integer(0), failed), failed)
    }

    // What a nested aggregate may share: names of this body and those that come from outside.
    var visible = inside.union(shared)
    if let target = aggregate.target {
      VariableNames.collect(target, inAggregates: false, into: &visible)
    }
    var part = RuleBuilder(
      unit: builder.unit, outerNames: visible,
      context: alternatives.count == 1 ? alternatives[0] : [])
    part.countsWildcards = true
    part.givenNames = Set(shared)
    part.depth = builder.depth + 1
    part.ancestors = builder.surroundings(of: aggregate)
    part.ancestorNames = builder.surroundingNames
    let isIdempotent = aggregate.function == .min || aggregate.function == .max
    let leavesOut =
      !isIdempotent
      && leavesWildcardsOut(
        alternatives, aggregate.target, shared: builder.outerNames, unit: builder.unit)
    if alternatives.count == 1, !leavesOut || alternatives[0].allSatisfy(bindsItsNames) {
      for (place, condition) in alternatives[0].enumerated() {
        if leavesOut, case .atom(var atom) = condition,
          atom.arguments.contains(where: Self.isWildcard)
        {
          // Those inside records are told apart as the others are not.
          let suffix = "\(AggregateScoping.mark)w\(aggregate.number)_\(place)"
          var count = 0
          atom.arguments = atom.arguments.map {
            Inliner.naming($0, suffix: suffix, count: &count)
          }
          lowerAlternativesInAggregate([[.atom(atom)]], atom.span, &part)
        } else {
          lower(condition, &part)
        }
      }
    } else {
      part.context = [aggregate.body]
      if let target = aggregate.target {
        part.context.append(
          .comparison(Comparison(relation: .equal, left: target, right: target, span: target.span)))
      }
      lowerAlternativesInAggregate(alternatives, aggregate.span, &part)
    }
    let target: CoreExpression
    let result: TypeSlot
    if let expression = aggregate.target {
      let (lowered, slot) = lowerExpression(expression, &part)
      target = lowered
      result = aggregateResult(aggregate.function, of: slot, at: expression.span)
    } else {
      (target, _) = constant(.integer(1), .number)
      result = solver.fresh(.number)
    }
    let keys = shared.map { part.variable(Identifier($0, aggregate.span), &solver) }
    for (key, slot) in zip(keys, slots) {
      unify(part.variables[key].slot, slot, at: aggregate.span) { expected, found in
        "`\(part.variables[key].name)` is \(expected) outside the aggregate and \(found) inside"
      }
    }
    finishBody(&part)
    addContext(
      of: part.ancestors, outerNames: part.ancestorNames, to: &part, keys: keys,
      span: aggregate.span, wholeGroups: aggregate.function.isTotal)
    let id = auxiliary(aggregate.function.rawValue, slots: slots + [result], span: aggregate.span)
    let lowered = LoweredAggregate(relation: id, result: result)
    loweredAggregates[aggregate.number] = lowered
    let value = use(aggregate, lowered, over: outer, &builder)
    if checkGrounded(&part, terms: keys.map { .variable($0) } + [target], head: nil) {
      emit(
        part, head: id, terms: keys.map { .variable($0) } + [target],
        effect: .aggregate(aggregate.function), span: aggregate.span)
    }
    return value
  }

  /// The alternatives of an aggregate's body, with names for what its rows are told apart by. Declared relations are
  /// counted by their rows beside alternatives where they are in each of these.
  private mutating func countedAlternatives(of aggregate: Aggregate, _ builder: RuleBuilder)
    -> [[Formula]]?
  {
    let (unit, span) = (builder.unit, aggregate.span)
    let result = alternatives(of: aggregate.body, unit: unit, span: span, naming: .graph)
    guard let result, result.count > 1,
      !result.contains(where: {
        leavesWildcardsOut(
          [$0], aggregate.target, shared: builder.outerNames, unit: unit)
      })
    else { return result }
    return alternatives(of: aggregate.body, unit: unit, span: span, naming: .all)
  }

  /// Reads the value of a lowered aggregate for the group that some variables say.
  private mutating func use(
    _ aggregate: Aggregate, _ lowered: LoweredAggregate, over group: [Int],
    _ builder: inout RuleBuilder
  ) -> (CoreExpression, TypeSlot) {
    let columns = program[lowered.relation].columns
    for (variable, column) in zip(group, columns) {
      _ = solver.unite(builder.variables[variable].slot, column.slot)
    }
    let value = builder.hiddenVariable(aggregate.span, &solver, like: lowered.result)
    let arguments = (group + [value]).enumerated().map { argument($0, .variable($1)) }
    builder.literals.append(
      .aggregate(
        CoreAtom(relation: lowered.relation, arguments: arguments, span: aggregate.span),
        isTotal: aggregate.function.isTotal))
    return (.variable(value), lowered.result)
  }

  /// Whether the rows of an aggregate's body are told apart by its named variables only.
  ///
  /// That is so for a body of several declared relations, with another aggregate or a range in it, or
  /// with a variable twice in its one atom; else in a body of one relation its rows count, and edges of
  /// the graph always do.
  private func leavesWildcardsOut(
    _ alternatives: [[Formula]], _ target: Expression?, shared: Set<String>, unit: Int
  ) -> Bool {
    guard alternatives.count == 1 else { return false }
    let conditions = alternatives[0]
    var atomCount = 0
    var hasWildcard = false
    var hasRepetition = false
    for condition in conditions {
      if case .path = condition { return false }
      guard case .atom(let atom) = condition else { continue }
      guard
        case .declared? = environment.resolve(atom, unit: unit)
      else { return false }
      atomCount += 1
      if atom.arguments.contains(where: Self.isWildcard) { hasWildcard = true }
      if Self.repeatsVariable(atom, besides: conditions, shared: shared) { hasRepetition = true }
    }
    return hasWildcard
      && (atomCount > 1 || hasRepetition
        || conditions.contains { VariableNames.hasAggregate($0) || VariableNames.hasRange($0) }
        || target.map(VariableNames.hasRange) ?? false)
  }

  /// Whether an atom that wildcards are left out of gives its variables their values by itself.
  private func bindsItsNames(_ condition: Formula) -> Bool {
    guard case .atom(let atom) = condition, atom.arguments.contains(where: Self.isWildcard) else {
      return true
    }
    var names: Set<String> = []
    VariableNames.collect(condition, inAggregates: true, into: &names)
    return names.isSubset(of: NameGrounding.names(bound: [], by: [condition]))
  }

  /// Whether a variable stands twice in an atom, under one name or under two of the aggregate's own that
  /// are equated.
  private static func repeatsVariable(
    _ atom: Atom, besides conditions: [Formula], shared: Set<String>
  ) -> Bool {
    var names: [String] = []
    for argument in atom.arguments { VariableNames.list(argument, into: &names) }
    // What is equated with a name is that name.
    var representatives: [String: String] = [:]
    func representative(_ name: String) -> String {
      var name = name
      while let next = representatives[name] { name = next }
      return name
    }
    for case .comparison(let comparison) in conditions where comparison.relation == .equal {
      guard case .variable(let left) = comparison.left,
        case .variable(let right) = comparison.right,
        shared.isDisjoint(with: [left.text, right.text])
      else { continue }
      let (first, second) = (representative(left.text), representative(right.text))
      if first != second { representatives[first] = second }
    }
    return Set(names.map(representative)).count < names.count
  }

  private static func isWildcard(_ expression: Expression) -> Bool {
    if case .wildcard = expression { true } else { false }
  }

  /// Lowers the conditions of a body, which may be alternatives put together.
  mutating func lowerBody(
    _ conditions: [Formula], _ span: SourceSpan, _ builder: inout RuleBuilder
  ) {
    guard conditions.count == 1, case .disjunction(let parts) = conditions[0] else {
      for condition in conditions { lower(condition, &builder) }
      return
    }
    lowerAlternativesInAggregate(parts.map(\.conjuncts), span, &builder)
  }

  /// A disjunction inside an aggregate counts the distinct bindings of the variables that all of its
  /// alternatives have, for each binding of those from outside that one of them has.
  private mutating func lowerAlternativesInAggregate(
    _ alternatives: [[Formula]], _ span: SourceSpan, _ part: inout RuleBuilder
  ) {
    var common: Set<String>?
    var mentioned: Set<String> = []
    for conditions in alternatives {
      var own: Set<String> = []
      for condition in conditions {
        VariableNames.collect(condition, inAggregates: false, into: &own)
        VariableNames.collect(condition, inAggregates: true, into: &mentioned)
      }
      // What has no value stands in a negated conjunction only, and is its own.
      own.formIntersection(NameGrounding.names(bound: part.givenNames, by: conditions))
      common = common?.intersection(own) ?? own
    }
    let shared = (common ?? []).union(mentioned.intersection(part.givenNames)).sorted()
    let variables = shared.map { part.variable(Identifier($0, span), &solver) }
    let slots = variables.map { part.variables[$0].slot }
    let id = auxiliary("alternatives", slots: slots, span: span)
    let known = loweredAggregates
    for conditions in alternatives {
      // Each of several asks for groups of its own.
      if alternatives.count > 1 { loweredAggregates = known }
      defer { if alternatives.count > 1 { loweredAggregates = known } }
      var rule = RuleBuilder(unit: part.unit, outerNames: part.outerNames, context: conditions)
      rule.depth = part.depth
      rule.ancestors = part.ancestors
      rule.ancestorNames = part.ancestorNames
      rule.givenNames = part.givenNames
      for condition in conditions { lower(condition, &rule) }
      let keys = shared.map { rule.variable(Identifier($0, span), &solver) }
      for (key, slot) in zip(keys, slots) {
        unify(rule.variables[key].slot, slot, at: span) { expected, found in
          "`\(rule.variables[key].name)` is \(expected) in one alternative and \(found) in another"
        }
      }
      finishBody(&rule)
      addContext(
        of: part.ancestors, outerNames: part.ancestorNames, to: &rule, keys: keys, span: span)
      if checkGrounded(&rule, terms: keys.map { .variable($0) }, head: nil) {
        emit(rule, head: id, terms: keys.map { .variable($0) }, span: span)
      }
    }
    part.literals.append(
      .atom(
        CoreAtom(
          relation: id, arguments: variables.enumerated().map { argument($0, .variable($1)) },
          span: span)))
  }
}
