/// Collects the names of variables in syntax.
enum VariableNames {
  /// The names in a formula; those inside aggregates only if `inAggregates`.
  static func collect(_ formula: Formula, inAggregates: Bool, into names: inout Set<String>) {
    switch formula {
    case .atom(let atom):
      for argument in atom.arguments {
        collect(argument, inAggregates: inAggregates, into: &names)
      }
      for argument in atom.named {
        collect(argument.value, inAggregates: inAggregates, into: &names)
      }
    case .path(let path):
      for argument in path.arguments {
        collect(argument, inAggregates: inAggregates, into: &names)
      }
      for argument in path.named {
        collect(argument.value, inAggregates: inAggregates, into: &names)
      }
    case .comparison(let comparison):
      collect(comparison.left, inAggregates: inAggregates, into: &names)
      collect(comparison.right, inAggregates: inAggregates, into: &names)
    case .textTest(let test):
      collect(test.first, inAggregates: inAggregates, into: &names)
      collect(test.second, inAggregates: inAggregates, into: &names)
    case .boolean: break
    case .negation(let inner, _): collect(inner, inAggregates: inAggregates, into: &names)
    case .conjunction(let parts), .disjunction(let parts):
      for part in parts { collect(part, inAggregates: inAggregates, into: &names) }
    }
  }

  static func collect(_ expression: Expression, inAggregates: Bool, into names: inout Set<String>) {
    switch expression {
    case .variable(let name): names.insert(name.text)
    case .wildcard, .text, .integer, .float, .boolean, .null, .parameter, .counter, .iteration:
      break
    case .record(let parts, _), .branch(_, let parts, _), .call(_, let parts, _),
      .userFunctor(_, let parts, _):
      for part in parts { collect(part, inAggregates: inAggregates, into: &names) }
    case .unary(_, let operand, _), .cast(let operand, _, _):
      collect(operand, inAggregates: inAggregates, into: &names)
    case .binary(_, let left, let right, _):
      collect(left, inAggregates: inAggregates, into: &names)
      collect(right, inAggregates: inAggregates, into: &names)
    case .aggregate(let aggregate):
      guard inAggregates else { return }
      if let target = aggregate.target { collect(target, inAggregates: true, into: &names) }
      collect(aggregate.body, inAggregates: true, into: &names)
    }
  }

  /// Whether an aggregate stands anywhere in the formula.
  static func hasAggregate(_ formula: Formula) -> Bool { hasAggregate(formula) { _ in true } }

  static func hasAggregate(_ expression: Expression) -> Bool {
    hasAggregate(expression) { _ in true }
  }

  /// Whether an aggregate that is meant stands in the formula outside other aggregates.
  static func hasAggregate(_ formula: Formula, where isMeant: (Aggregate) -> Bool) -> Bool {
    func has(_ expression: Expression) -> Bool { hasAggregate(expression, where: isMeant) }
    func has(_ formula: Formula) -> Bool { hasAggregate(formula, where: isMeant) }
    switch formula {
    case .atom(let atom):
      return atom.arguments.contains(where: has) || atom.named.contains { has($0.value) }
    case .path(let path):
      return path.arguments.contains(where: has) || path.named.contains { has($0.value) }
    case .comparison(let comparison): return has(comparison.left) || has(comparison.right)
    case .textTest(let test): return has(test.first) || has(test.second)
    case .boolean: return false
    case .negation(let inner, _): return has(inner)
    case .conjunction(let parts), .disjunction(let parts): return parts.contains(where: has)
    }
  }

  private static func hasAggregate(
    _ expression: Expression, where isMeant: (Aggregate) -> Bool
  ) -> Bool {
    func has(_ expression: Expression) -> Bool { hasAggregate(expression, where: isMeant) }
    switch expression {
    case .aggregate(let aggregate): return isMeant(aggregate)
    case .variable, .wildcard, .text, .integer, .float, .boolean, .null, .parameter, .counter,
      .iteration:
      return false
    case .record(let parts, _), .branch(_, let parts, _), .call(_, let parts, _),
      .userFunctor(_, let parts, _):
      return parts.contains(where: has)
    case .unary(_, let operand, _), .cast(let operand, _, _): return has(operand)
    case .binary(_, let left, let right, _): return has(left) || has(right)
    }
  }
}
