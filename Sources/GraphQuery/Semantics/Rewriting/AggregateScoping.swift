import GraphCore

/// Gives the variables that belong to an aggregate names of their own, so that a name that stands
/// both inside and outside means the same variable.
///
/// A name of an aggregate's body belongs to the clause around it where that clause binds it, unless
/// it stands in the aggregate's own target. Where the clause mentions but does not bind it, it asks
/// for the witness: the rows in which a minimum or maximum is reached.
struct AggregateScoping {
  private var freshCount = 0
  private(set) var diagnostics: [Diagnostic] = []

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
    body = exportWitnesses(body, visible: visible)
    var outer: Set<String> = []
    for condition in body.conditions {
      VariableNames.collect(condition, inAggregates: false, into: &outer)
    }
    for expression in body.expressions {
      VariableNames.collect(expression, inAggregates: false, into: &outer)
    }
    let bound = NameGrounding.names(bound: visible, by: body.conditions)
    let known = outer.union(visible)
    return replaceAggregates(in: body) { scoping, aggregate in
      .aggregate(scoping.scope(aggregate, known: known, bound: bound))
    }
  }

  // MARK: One aggregate

  private mutating func scope(_ aggregate: Aggregate, known: Set<String>, bound: Set<String>)
    -> Aggregate
  {
    var inside: Set<String> = []
    VariableNames.collect(aggregate.body, inAggregates: true, into: &inside)
    var target: Set<String> = []
    if let expression = aggregate.target {
      VariableNames.collect(expression, inAggregates: true, into: &target)
    }
    let kept = inside.union(target).filter {
      known.contains($0) && !(target.contains($0) && bound.contains($0))
    }
    let renamed = rename(aggregate, except: kept)
    let body = scope(
      Body(conditions: [renamed.body], expressions: renamed.target.map { [$0] } ?? []),
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

  /// Says beside each minimum or maximum with witnesses in which rows it is reached.
  private mutating func exportWitnesses(_ body: Body, visible: Set<String>) -> Body {
    var outer: Set<String> = []
    for condition in body.conditions {
      VariableNames.collect(condition, inAggregates: false, into: &outer)
    }
    for expression in body.expressions {
      VariableNames.collect(expression, inAggregates: false, into: &outer)
    }
    let bound = NameGrounding.names(bound: visible, by: body.conditions)
    var added: [Formula] = []
    var result = replaceAggregates(in: body) { scoping, aggregate in
      let reached = NameGrounding.names(bound: bound, by: [aggregate.body])
      let witnesses = outer.subtracting(bound).filter { name in
        var inside: Set<String> = []
        VariableNames.collect(aggregate.body, inAggregates: false, into: &inside)
        return inside.contains(name) && reached.contains(name)
      }
      guard !witnesses.isEmpty, aggregate.function == .min || aggregate.function == .max,
        let target = aggregate.target
      else { return .aggregate(aggregate) }
      scoping.freshCount += 1
      let value = Expression.variable(
        Identifier("\(Self.mark)\(scoping.freshCount)", aggregate.span))
      let injected = bound.union(visible)
      var inTarget: Set<String> = []
      VariableNames.collect(target, inAggregates: true, into: &inTarget)
      let copy = scoping.rename(
        aggregate, except: witnesses.union(injected.subtracting(inTarget)))
      let plain = scoping.rename(aggregate, except: injected.subtracting(inTarget))
      added.append(
        .comparison(
          Comparison(
            relation: .equal, left: value, right: .aggregate(plain), span: aggregate.span)))
      added.append(copy.body)
      if let target = copy.target {
        added.append(
          .comparison(
            Comparison(relation: .equal, left: value, right: target, span: aggregate.span)))
      }
      return value
    }
    guard !added.isEmpty else { return result }
    result.conditions += added.flatMap { part in
      if case .conjunction(let parts) = part { parts } else { [part] }
    }
    return exportWitnesses(result, visible: visible)
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
