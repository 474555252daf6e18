/// Which variables a body binds, told from its text.
///
/// It answers for scopes, before anything is lowered: an aggregate's result counts as bound.
enum NameGrounding {
  static func names(bound initial: Set<String>, by conditions: [Formula]) -> Set<String> {
    var bound = initial
    var changed = true
    while changed {
      let before = bound.count
      for condition in conditions { add(condition, to: &bound) }
      changed = bound.count > before
    }
    return bound
  }

  private static func add(_ condition: Formula, to bound: inout Set<String>) {
    switch condition {
    case .atom(let atom):
      for argument in atom.arguments { addPattern(argument, to: &bound) }
      for argument in atom.named { addPattern(argument.value, to: &bound) }
    case .path(let path):
      for argument in path.arguments { addPattern(argument, to: &bound) }
      for argument in path.named { addPattern(argument.value, to: &bound) }
    case .comparison(let comparison) where comparison.relation == .equal:
      if isBound(comparison.right, bound) { addPattern(comparison.left, to: &bound) }
      if isBound(comparison.left, bound) { addPattern(comparison.right, to: &bound) }
    case .conjunction(let parts): for part in parts { add(part, to: &bound) }
    case .disjunction(let parts):
      var common: Set<String>?
      for part in parts {
        let names = names(bound: bound, by: [part])
        common = common?.intersection(names) ?? names
      }
      bound.formUnion(common ?? [])
    case .comparison, .textTest, .boolean, .negation: break
    }
  }

  /// The variables that are bound where the value of an expression is known.
  private static func addPattern(_ expression: Expression, to bound: inout Set<String>) {
    switch expression {
    case .variable(let name): bound.insert(name.text)
    case .record(let parts, _), .branch(_, let parts, _):
      for part in parts { addPattern(part, to: &bound) }
    case .wildcard, .text, .integer, .float, .boolean, .null, .parameter, .counter, .iteration,
      .unary, .binary, .call, .userFunctor, .cast, .aggregate:
      break
    }
  }

  private static func isBound(_ expression: Expression, _ bound: Set<String>) -> Bool {
    var names: Set<String> = []
    VariableNames.collect(expression, inAggregates: false, into: &names)
    return names.isSubset(of: bound)
  }
}
