import GraphCore

/// A comparison of a new value with a known one: what bounds the values that are looked at.
struct KnownComparison {
  let literal: Int
  /// How the new value stands to the other.
  let relation: Comparison.Operator
  let other: CoreExpression

  /// Nothing where a condition is no such comparison of the variable. An equation is none: it gives a value.
  init?(_ literal: Int, of variable: Int, in rule: CoreRule, bound: VariableSet) {
    guard case .comparison(let relation, let left, let right, _) = rule.body[literal],
      relation != .equal
    else { return nil }
    self.literal = literal
    if case .variable(variable) = left, Self.canComputeEarly(right, bound) {
      (self.relation, other) = (relation, right)
    } else if case .variable(variable) = right, Self.canComputeEarly(left, bound) {
      (self.relation, other) = (relation.flipped, left)
    } else {
      return nil
    }
  }

  /// The same for the far value of pairs, where the near one is bound: an equation is solved for it as well.
  ///
  /// - Parameter pairs: the relation's pairs, both of whose values the condition may speak of.
  init?(
    _ literal: Int, ofFar far: Int, near: Int, of pairs: BinaryRows, in rule: CoreRule,
    bound: VariableSet, _ program: CoreProgram
  ) {
    self.init(literal, solvedFor: far, in: rule, bound: bound, program) {
      $0 == near || $0 == far ? Double(pairs.highestWord) : nil
    }
  }

  /// The same, where a condition that says how far two values are apart is solved for the new one; and so is an equation.
  ///
  /// ```
  ///   y < x + 30   y - x > 30   x = y - 1
  /// ```
  ///
  /// - Parameter highest: the highest word that a variable may have, where that is known
  init?(
    _ literal: Int, solvedFor far: Int, in rule: CoreRule, bound: VariableSet,
    _ program: CoreProgram, highest: (Int) -> Double?
  ) {
    if let plain = KnownComparison(literal, of: far, in: rule, bound: bound) {
      self = plain
      return
    }
    guard case .comparison(let relation, var left, var right, _) = rule.body[literal],
      relation != .notEqual
    else { return nil }
    var direction = relation
    if !Groundedness.isBound(right, bound) {
      (left, right, direction) = (right, left, relation.flipped)
    }
    guard let solved = SolvedEquation(left, right, bound: bound, in: program),
      solved.variable == far, Self.canComputeEarly(solved.value, bound)
    else { return nil }
    if relation != .equal {
      // Sums wrap around, so that an order is kept only where they cannot come so far.
      guard program.type(of: left, in: rule) == .number, let size = Self.size(left, highest),
        let other = Self.size(right, highest), size + other < Self.leastWrapped
      else { return nil }
    }
    self.literal = literal
    self.relation = solved.isNegative ? direction.flipped : direction
    other = solved.value
  }

  /// The order of two numbers whose terms add up to less than that is the order of what they are without wrapping.
  private static let leastWrapped = 0x1p62

  /// What the terms of an expression add up to at most, whatever their signs; nothing where that is not known.
  private static func size(_ expression: CoreExpression, _ highest: (Int) -> Double?) -> Double? {
    switch expression {
    case .variable(let variable): return highest(variable)
    case .constant(let constant, _):
      guard case .integer(let bits) = constant else { return nil }
      return Double(Int64(bitPattern: bits).magnitude)
    case .call(let functor, let operands, _, _, _):
      var sizes: [Double] = []
      for operand in operands {
        guard let size = size(operand, highest) else { return nil }
        sizes.append(size)
      }
      switch functor {
      case .add, .subtract, .negate: return sizes.reduce(0, +)
      case .multiply: return sizes.reduce(1, *)
      default: return nil
      }
    }
  }

  /// As orders: an equation is two.
  var bounds: [Comparison.Operator] {
    relation == .equal ? [.lessOrEqual, .greaterOrEqual] : [relation]
  }

  /// Whether an expression has a value by now, and computing it cannot fail where nobody needs it.
  private static func canComputeEarly(_ expression: CoreExpression, _ bound: VariableSet) -> Bool {
    switch expression {
    case .variable(let variable): bound.contains(variable)
    case .constant: true
    case .call(let functor, let operands, _, _, _):
      switch functor {
      case .add, .subtract, .multiply, .negate, .least, .greatest:
        operands.allSatisfy { canComputeEarly($0, bound) }
      default: false
      }
    }
  }
}
