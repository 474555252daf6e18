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

  /// The variables of a pattern as often as they stand there.
  static func list(_ pattern: Expression, into names: inout [String]) {
    switch pattern {
    case .variable(let name): names.append(name.text)
    case .record(let parts, _), .branch(_, let parts, _):
      for part in parts { list(part, into: &names) }
    case .wildcard, .text, .integer, .float, .boolean, .null, .parameter, .counter, .iteration,
      .unary, .binary, .call, .userFunctor, .cast, .aggregate:
      break
    }
  }

  // MARK: What stands in a formula

  /// Whether an aggregate stands anywhere in the formula.
  static func hasAggregate(_ formula: Formula) -> Bool { hasAggregate(formula) { _ in true } }

  static func hasAggregate(_ expression: Expression) -> Bool {
    contains(expression) { if case .aggregate = $0 { true } else { false } }
  }

  /// Whether an aggregate that is meant stands in the formula outside other aggregates.
  static func hasAggregate(_ formula: Formula, where isMeant: (Aggregate) -> Bool) -> Bool {
    contains(formula) {
      if case .aggregate(let aggregate) = $0 { isMeant(aggregate) } else { false }
    }
  }

  /// Whether a range stands in the formula outside aggregates.
  static func hasRange(_ formula: Formula) -> Bool { contains(formula, where: isRange) }

  static func hasRange(_ expression: Expression) -> Bool { contains(expression, where: isRange) }

  /// Whether a range stands in the formula other than as `x = range(…)`.
  static func hasInnerRange(_ formula: Formula) -> Bool {
    if case .comparison(let comparison) = formula, let (_, bounds) = comparison.rangeEquation {
      return bounds.contains(where: hasRange)
    }
    return hasRange(formula)
  }

  /// Whether a `_` stands in the formula outside aggregates.
  static func hasWildcard(_ formula: Formula) -> Bool {
    contains(formula) { if case .wildcard = $0 { true } else { false } }
  }

  private static func isRange(_ expression: Expression) -> Bool {
    if case .call(let name, _, _) = expression { name.text == Lowering.range } else { false }
  }

  /// Whether an expression that is meant stands in the formula outside aggregates.
  private static func contains(_ formula: Formula, where isMeant: (Expression) -> Bool) -> Bool {
    func has(_ expression: Expression) -> Bool { contains(expression, where: isMeant) }
    func has(_ formula: Formula) -> Bool { contains(formula, where: isMeant) }
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

  private static func contains(
    _ expression: Expression, where isMeant: (Expression) -> Bool
  ) -> Bool {
    func has(_ expression: Expression) -> Bool { contains(expression, where: isMeant) }
    if isMeant(expression) { return true }
    switch expression {
    case .aggregate, .variable, .wildcard, .text, .integer, .float, .boolean, .null, .parameter,
      .counter, .iteration:
      return false
    case .record(let parts, _), .branch(_, let parts, _), .call(_, let parts, _),
      .userFunctor(_, let parts, _):
      return parts.contains(where: has)
    case .unary(_, let operand, _), .cast(let operand, _, _): return has(operand)
    case .binary(_, let left, let right, _): return has(left) || has(right)
    }
  }
}

extension Comparison {
  /// The variable and the bounds of `x = range(…)`, whichever side is which.
  var rangeEquation: (variable: Identifier, bounds: [Expression])? {
    guard relation == .equal else { return nil }
    switch (left, right) {
    case (.variable(let variable), .call(let function, let bounds, _))
    where function.text == Lowering.range:
      return (variable, bounds)
    case (.call(let function, let bounds, _), .variable(let variable))
    where function.text == Lowering.range:
      return (variable, bounds)
    default: return nil
    }
  }
}
