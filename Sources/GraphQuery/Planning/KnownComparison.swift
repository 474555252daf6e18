import GraphCore

/// A comparison of a new value with a known one: what bounds the values that are looked at.
struct KnownComparison {
  let literal: Int
  /// How the new value stands to the other.
  let relation: Comparison.Operator
  let other: CoreExpression

  /// Nothing where a condition is no such comparison of the variable. An equation is none: it gives a value.
  init?(_ literal: Int, of variable: Int, _ known: KnownValues) {
    guard case .comparison(let relation, let left, let right, _) = known.rule.body[literal],
      relation != .equal
    else { return nil }
    self.literal = literal
    if case .variable(variable) = left, known.canCompute(right) {
      (self.relation, other) = (relation, right)
    } else if case .variable(variable) = right, known.canCompute(left) {
      (self.relation, other) = (relation.flipped, left)
    } else {
      return nil
    }
  }

  /// The same, where a condition that says how far two values are apart is solved for the new one; and so is an equation.
  ///
  /// ```
  ///   y < x + 30   y - x > 30   x = y - 1
  /// ```
  init?(_ literal: Int, solvedFor far: Int, _ known: KnownValues) {
    if let plain = KnownComparison(literal, of: far, known) {
      self = plain
      return
    }
    guard case .comparison(let relation, var left, var right, _) = known.rule.body[literal],
      relation != .notEqual
    else { return nil }
    left = known.expanded(left, before: far)
    right = known.expanded(right, before: far)
    var direction = relation
    if !Groundedness.isBound(right, known.bound) {
      (left, right, direction) = (right, left, relation.flipped)
    }
    guard let solved = SolvedEquation(left, right, bound: known.bound, in: known.program),
      solved.variable == far, known.canCompute(solved.value)
    else { return nil }
    if relation != .equal {
      // Sums wrap around, so that an order is kept only where they cannot come so far.
      guard known.program.type(of: left, in: known.rule) == .number, let size = known.size(left),
        let other = known.size(right), size + other < KnownValues.leastWrapped
      else { return nil }
    }
    self.literal = literal
    self.relation = solved.isNegative ? direction.flipped : direction
    other = solved.value
  }

  /// Whether values on one side are left out, in their order.
  var isOrder: Bool { relation != .equal && relation != .notEqual }

  /// As orders: an equation is two.
  var bounds: [Comparison.Operator] {
    relation == .equal ? [.lessOrEqual, .greaterOrEqual] : [relation]
  }
}
