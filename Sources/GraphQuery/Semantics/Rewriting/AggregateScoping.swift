import GraphCore

/// Gives the variables that belong to an aggregate names of their own, so that a name that stands
/// both inside and outside means the same variable.
///
/// A name of an aggregate's body belongs to the clause around it where that clause binds it, unless
/// it stands in the aggregate's own target or is bound by the aggregate's result alone: in
/// `n = count : { p(n) }` the names are two. Where the clause mentions but does not bind it, it asks
/// for the witness: the rows in which a minimum or maximum is reached.
struct AggregateScoping {
  private var freshCount = 0

  /// What separates a made name from the one it comes from; no identifier holds it.
  static let mark: Character = "#"

  /// A name as it was written.
  static func written(_ name: String) -> String {
    name.firstIndex(of: mark).map { String(name[..<$0]) } ?? name
  }

  /// One body with the expressions beside it: a head's arguments or an aggregate's target.
  struct Body {
    var conditions: [Formula]
    var expressions: [Expression]
  }

  mutating func scope(_ body: Body, visible: Set<String> = []) -> Body {
    var body = body
    guard
      body.conditions.contains(where: VariableNames.hasAggregate)
        || body.expressions.contains(where: VariableNames.hasAggregate)
    else { return body }
    let groups = body.conditions.compactMap(Self.negatedGroup)
    body.conditions.removeAll { Self.negatedGroup($0) != nil }
    let around = names(outside: body).union(visible)
    body = exportWitnesses(body, visible: visible)
    let outer = names(outside: body)
    let bound = NameGrounding.names(bound: visible, by: body.conditions)
    let known = outer.union(visible)
    var hoisted: [Formula] = []
    for index in body.conditions.indices where VariableNames.hasAggregate(body.conditions[index]) {
      // What an equation gives a value through its own aggregate is not there before that.
      var given = bound
      if case .comparison = body.conditions[index] {
        var others = body.conditions
        others.remove(at: index)
        given.subtract(bound.subtracting(NameGrounding.names(bound: visible, by: others)))
      }
      body.conditions[index] = map(body.conditions[index]) { scoping, aggregate in
        let own = scoping.scope(aggregate, known: known, bound: bound, given: given)
        return .aggregate(scoping.hoist(own, given, to: &hoisted))
      }
    }
    body.expressions = body.expressions.map {
      map($0) { scoping, aggregate in
        let own = scoping.scope(aggregate, known: known, bound: bound, given: bound)
        return .aggregate(scoping.hoist(own, bound, to: &hoisted))
      }
    }
    body.conditions += hoisted
    // A name that only a negated group has is its own, and nothing outside asks for its witnesses.
    for (conditions, span) in groups {
      let inner = scope(Body(conditions: conditions, expressions: []), visible: around)
      body.conditions.append(.negation(.conjunction(inner.conditions), span))
    }
    return body
  }

  /// The conditions of a negated group that has an aggregate among them.
  private static func negatedGroup(_ condition: Formula) -> (
    conditions: [Formula], span: SourceSpan
  )? {
    guard case .negation(let inner, let span) = condition, VariableNames.hasAggregate(inner) else {
      return nil
    }
    switch inner {
    case .conjunction, .disjunction: return (inner.conjuncts, span)
    case .atom, .path, .comparison, .textTest, .boolean, .negation: return nil
    }
  }

  /// The names that a body has outside its aggregates.
  private func names(outside body: Body) -> Set<String> {
    var names: Set<String> = []
    for condition in body.conditions {
      VariableNames.collect(condition, inAggregates: false, into: &names)
    }
    for expression in body.expressions {
      VariableNames.collect(expression, inAggregates: false, into: &names)
    }
    return names
  }

  /// Lets the clause compute what an aggregate compares with.
  private mutating func hoist(
    _ aggregate: Aggregate, _ given: Set<String>, to conditions: inout [Formula]
  ) -> Aggregate {
    let values = HoistedValues(aggregate, given: given) {
      freshCount += 1
      return "\(Self.mark)\(freshCount)"
    }
    conditions += values.equations
    return values.aggregate
  }

  // MARK: One aggregate

  /// `known` is what the clause mentions, `bound` what has a value in it, `given` what has one without
  /// the aggregate.
  private mutating func scope(
    _ aggregate: Aggregate, known: Set<String>, bound: Set<String>, given: Set<String>
  ) -> Aggregate {
    var inside: Set<String> = []
    VariableNames.collect(aggregate.body, inAggregates: true, into: &inside)
    var target: Set<String> = []
    if let expression = aggregate.target {
      VariableNames.collect(expression, inAggregates: true, into: &target)
    }
    let kept = inside.union(target).filter {
      known.contains($0) && !(bound.contains($0) && (target.contains($0) || !given.contains($0)))
    }
    let renamed = rename(aggregate, except: kept)
    let conditions =
      if case .conjunction(let parts) = renamed.body { parts } else { [renamed.body] }
    let body = scope(
      Body(conditions: conditions, expressions: renamed.target.map { [$0] } ?? []),
      visible: kept)
    var result = renamed
    freshCount += 1
    result.number = freshCount
    result.body = body.conditions.count == 1 ? body.conditions[0] : .conjunction(body.conditions)
    result.target = body.expressions.first
    return result
  }

  private mutating func rename(_ aggregate: Aggregate, except kept: Set<String>) -> Aggregate {
    freshCount += 1
    let suffix = "\(Self.mark)\(freshCount)"
    let rewriter = NameRewriter(variable: { name in
      if kept.contains(name.text) { return .variable(name) }
      return .variable(Identifier(Self.written(name.text) + suffix, name.span))
    })
    var result = aggregate
    result.body = rewriter.rewrite(aggregate.body)
    result.target = aggregate.target.map { rewriter.rewrite($0) }
    return result
  }

  // MARK: Witnesses

  /// What a clause says outside its aggregates while witnesses are looked for.
  private struct Surroundings {
    /// Names that are mentioned but have no value.
    var unbound: Set<String>
    var bound: Set<String>
    var visible: Set<String>
    /// Conditions that give witnesses their values.
    var added: [Formula] = []
  }

  /// Says beside each minimum or maximum with witnesses in which rows it is reached.
  private mutating func exportWitnesses(_ body: Body, visible: Set<String>) -> Body {
    let bound = NameGrounding.names(bound: visible, by: body.conditions)
    var around = Surroundings(
      unbound: names(outside: body).subtracting(bound), bound: bound, visible: visible)
    guard !around.unbound.isEmpty else { return body }
    var result = replaceAggregates(in: body) { scoping, aggregate in
      if let witnessed = scoping.reach(aggregate, &around) { return witnessed.value }
      return .aggregate(scoping.exportNested(aggregate, &around))
    }
    guard !around.added.isEmpty else { return result }
    result.conditions += around.added.flatMap { part in
      if case .conjunction(let parts) = part { parts } else { [part] }
    }
    return exportWitnesses(result, visible: visible)
  }

  /// Adds the conditions in which a minimum or maximum with witnesses is reached: `value` is what it
  /// is there, `plain` the aggregate without its witnesses. Nothing where it has none.
  private mutating func reach(
    _ aggregate: Aggregate, _ around: inout Surroundings
  ) -> (value: Expression, plain: Aggregate)? {
    guard aggregate.function == .min || aggregate.function == .max, let target = aggregate.target
    else { return nil }
    var inside: Set<String> = []
    VariableNames.collect(aggregate.body, inAggregates: false, into: &inside)
    let witnesses = around.unbound.intersection(inside)
      .intersection(NameGrounding.names(bound: around.bound, by: [aggregate.body]))
    guard !witnesses.isEmpty else { return nil }
    freshCount += 1
    let value = Expression.variable(Identifier("\(Self.mark)\(freshCount)", aggregate.span))
    var inTarget: Set<String> = []
    VariableNames.collect(target, inAggregates: true, into: &inTarget)
    let injected = around.bound.union(around.visible).subtracting(inTarget)
    let copy = rename(aggregate, except: witnesses.union(injected))
    let plain = rename(aggregate, except: injected)
    func equation(_ right: Expression) -> Formula {
      .comparison(Comparison(relation: .equal, left: value, right: right, span: aggregate.span))
    }
    around.added.append(equation(.aggregate(plain)))
    around.added.append(copy.body)
    if let target = copy.target { around.added.append(equation(target)) }
    return (value, plain)
  }

  /// Lets witnesses out of the aggregates inside one, where these look at nothing of its rows.
  private mutating func exportNested(
    _ aggregate: Aggregate, _ around: inout Surroundings
  ) -> Aggregate {
    var own: Set<String> = []
    VariableNames.collect(aggregate.body, inAggregates: false, into: &own)
    own.subtract(around.bound.union(around.visible).union(around.unbound))
    let body = replaceAggregates(
      in: Body(conditions: [aggregate.body], expressions: aggregate.target.map { [$0] } ?? [])
    ) { scoping, inner in
      var names: Set<String> = []
      VariableNames.collect(inner.body, inAggregates: true, into: &names)
      var inTarget: Set<String> = []
      if let target = inner.target {
        VariableNames.collect(target, inAggregates: true, into: &inTarget)
      }
      if names.subtracting(inTarget).isDisjoint(with: own),
        let witnessed = scoping.reach(inner, &around)
      {
        return .aggregate(witnessed.plain)
      }
      return .aggregate(scoping.exportNested(inner, &around))
    }
    var result = aggregate
    result.body = body.conditions[0]
    result.target = body.expressions.first
    return result
  }

  // MARK: Traversal

  private mutating func replaceAggregates(
    in body: Body, _ replace: (inout AggregateScoping, Aggregate) -> Expression
  ) -> Body {
    Body(
      conditions: body.conditions.map { map($0, replace) },
      expressions: body.expressions.map { map($0, replace) })
  }

  private mutating func map(
    _ formula: Formula, _ replace: (inout AggregateScoping, Aggregate) -> Expression
  ) -> Formula {
    switch formula {
    case .atom(var atom):
      atom.arguments = atom.arguments.map { map($0, replace) }
      atom.named = atom.named.map {
        Atom.NamedArgument(name: $0.name, value: map($0.value, replace))
      }
      return .atom(atom)
    case .path(var path):
      path.arguments = path.arguments.map { map($0, replace) }
      path.named = path.named.map {
        Atom.NamedArgument(name: $0.name, value: map($0.value, replace))
      }
      return .path(path)
    case .comparison(var comparison):
      comparison.left = map(comparison.left, replace)
      comparison.right = map(comparison.right, replace)
      return .comparison(comparison)
    case .textTest(var test):
      test.first = map(test.first, replace)
      test.second = map(test.second, replace)
      return .textTest(test)
    case .boolean: return formula
    case .negation(let inner, let span): return .negation(map(inner, replace), span)
    case .conjunction(let parts): return .conjunction(parts.map { map($0, replace) })
    case .disjunction(let parts): return .disjunction(parts.map { map($0, replace) })
    }
  }

  private mutating func map(
    _ expression: Expression, _ replace: (inout AggregateScoping, Aggregate) -> Expression
  ) -> Expression {
    switch expression {
    case .variable, .wildcard, .text, .integer, .float, .boolean, .null, .counter, .iteration,
      .parameter:
      return expression
    case .record(let parts, let span): return .record(parts.map { map($0, replace) }, span)
    case .branch(let name, let parts, let span):
      return .branch(name, parts.map { map($0, replace) }, span)
    case .unary(let operation, let operand, let span):
      return .unary(operation, map(operand, replace), span)
    case .binary(let operation, let left, let right, let span):
      return .binary(operation, map(left, replace), map(right, replace), span)
    case .call(let name, let parts, let span):
      return .call(name, parts.map { map($0, replace) }, span)
    case .userFunctor(let name, let parts, let span):
      return .userFunctor(name, parts.map { map($0, replace) }, span)
    case .cast(let value, let type, let span): return .cast(map(value, replace), type, span)
    case .aggregate(let aggregate): return replace(&self, aggregate)
    }
  }
}
