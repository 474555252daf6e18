import GraphCore

/// Takes disjunctions apart: a body becomes a list of alternatives, each a list of conditions.
enum Alternatives {
  /// The disjunctive normal form of a formula, or nothing where it has more than `limit`
  /// alternatives. Negation is pushed inward through conjunctions of one condition only; a negated
  /// conjunction stays one condition.
  static func of(_ formula: Formula, limit: Int = 4096) -> [[Formula]]? {
    switch formula {
    case .conjunction(let parts):
      var result: [[Formula]] = [[]]
      for part in parts {
        if isSingle(part) {
          for index in result.indices { result[index].append(part) }
          continue
        }
        guard let choices = of(part, limit: limit), result.count * choices.count <= limit else {
          return nil
        }
        result = result.flatMap { prefix in choices.map { prefix + $0 } }
      }
      return result
    case .disjunction(let parts):
      var result: [[Formula]] = []
      for part in parts {
        guard let choices = of(part, limit: limit), result.count + choices.count <= limit else {
          return nil
        }
        result += choices
      }
      return result
    case .negation(let inner, let span):
      return negated(inner, span, limit: limit)
    case .atom, .path, .comparison, .textTest, .boolean:
      return [[formula]]
    }
  }

  /// Whether a formula is its own only alternative.
  private static func isSingle(_ formula: Formula) -> Bool {
    switch formula {
    case .atom, .path, .comparison, .textTest, .boolean: true
    case .negation(.atom, _), .negation(.path, _), .negation(.textTest, _): true
    case .conjunction, .disjunction, .negation: false
    }
  }

  private static func negated(_ formula: Formula, _ span: SourceSpan, limit: Int) -> [[Formula]]? {
    switch formula {
    case .negation(let inner, _): return of(inner, limit: limit)
    case .boolean(let value, let span): return [[.boolean(!value, span)]]
    case .comparison(var comparison):
      comparison.relation = comparison.relation.negated
      return [[.comparison(comparison)]]
    case .conjunction(let parts) where parts.count == 1:
      return negated(parts[0], span, limit: limit)
    case .disjunction(let parts):
      // Not (a or b) is (not a) and (not b).
      return of(.conjunction(parts.map { .negation($0, span) }), limit: limit)
    case .conjunction, .atom, .path, .textTest:
      return [[.negation(formula, span)]]
    }
  }
}

extension Comparison.Operator {
  /// The operator that holds exactly where this one does not.
  var negated: Comparison.Operator {
    switch self {
    case .equal: .notEqual
    case .notEqual: .equal
    case .less: .greaterOrEqual
    case .lessOrEqual: .greater
    case .greater: .lessOrEqual
    case .greaterOrEqual: .less
    }
  }
}
