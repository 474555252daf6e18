import GraphCore

/// Values that an aggregate compares with and that the clause around it can compute.
///
/// ```
/// n = count : { v(g, y), y / 10 = x / 10 }               before: a group for each g and x
/// k = x / 10, n = count : { v(g, y), y / 10 = k }        after: a group for each g and k
/// ```
///
/// An aggregate has a group for each combination of the variables that it shares with its clause. Where it looks at some of them
/// through one value alone, there are fewer groups of the value, and a row says by itself of which it is one: without that, the
/// rows of each group are looked for among all.
struct HoistedValues {
  /// The aggregate with names in place of the values, and the equations that give these.
  private(set) var aggregate: Aggregate
  private(set) var equations: [Formula] = []

  /// - Parameters:
  ///   - given: names that have a value in the clause before the aggregate has one
  ///   - makeName: makes a name that nobody has
  init(_ aggregate: Aggregate, given: Set<String>, makeName: () -> String) {
    self.aggregate = aggregate
    var parts = [aggregate.body]
    if case .conjunction(let conditions) = aggregate.body { parts = conditions }
    for index in parts.indices {
      guard case .comparison(let comparison) = parts[index], comparison.relation == .equal else {
        continue
      }
      var others = Self.names(aggregate.target)
      for place in parts.indices where place != index {
        VariableNames.collect(parts[place], inAggregates: true, into: &others)
      }
      let sides = [comparison.left, comparison.right]
      for (value, far) in [(sides[0], sides[1]), (sides[1], sides[0])] {
        let (names, farNames) = (Self.names(value), Self.names(far))
        guard Self.isTotal(value), !names.isEmpty, names.isSubset(of: given),
          names.isDisjoint(with: others.union(farNames)), !farNames.isSubset(of: given)
        else { continue }
        let name = Expression.variable(Identifier(makeName(), value.span))
        func equal(_ other: Expression) -> Formula {
          .comparison(
            Comparison(relation: .equal, left: name, right: other, span: comparison.span))
        }
        equations.append(equal(value))
        parts[index] = equal(far)
        break
      }
    }
    if !equations.isEmpty {
      self.aggregate.body = parts.count == 1 ? parts[0] : .conjunction(parts)
    }
  }

  private static func names(_ expression: Expression?) -> Set<String> {
    var names: Set<String> = []
    if let expression { VariableNames.collect(expression, inAggregates: true, into: &names) }
    return names
  }

  /// Whether an expression computes something, and has a value whatever its variables are: it is now computed where the
  /// aggregate may have no rows.
  private static func isTotal(_ expression: Expression) -> Bool {
    switch expression {
    case .unary(_, let operand, _): isTotalOperand(operand)
    case .binary(let operation, let left, let right, _):
      isTotalOperand(left) && isTotalOperand(right) && isTotal(operation, by: right)
    case .variable, .wildcard, .text, .integer, .float, .boolean, .null, .record, .branch,
      .parameter, .counter, .iteration, .call, .userFunctor, .cast, .aggregate:
      false
    }
  }

  private static func isTotalOperand(_ expression: Expression) -> Bool {
    switch expression {
    case .variable, .integer, .float: true
    default: isTotal(expression)
    }
  }

  private static func isTotal(_ operation: BinaryOperator, by right: Expression) -> Bool {
    switch operation {
    case .divide, .remainder:
      if case .integer(let divisor, _, _) = right { return divisor != 0 }
      return false
    case .power: return false
    case .add, .subtract, .multiply, .bitwiseAnd, .bitwiseOr, .bitwiseXor, .shiftLeft, .shiftRight,
      .shiftRightUnsigned, .logicalAnd, .logicalOr, .logicalXor:
      return true
    }
  }
}
