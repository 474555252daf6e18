import GraphCore

/// What is known of the values of a rule's variables at some place of its plan.
struct KnownValues {
  let rule: CoreRule
  let program: CoreProgram
  /// The variables that have a value.
  let bound: VariableSet
  /// The highest word that a variable may have, where that is known.
  let highest: (Int) -> Double?

  /// The order of two numbers whose terms add up to less than that is the order of what they are without wrapping.
  static let leastWrapped = 0x1p62

  /// What the terms of an expression add up to at most, whatever their signs; nothing where that is not known.
  func size(_ expression: CoreExpression) -> Double? {
    switch expression {
    case .variable(let variable): return highest(variable)
    case .constant(let constant, _):
      guard case .integer(let bits) = constant else { return nil }
      return Double(Int64(bitPattern: bits).magnitude)
    case .call(let functor, let operands, _, _, _):
      var sizes: [Double] = []
      for operand in operands {
        guard let size = size(operand) else { return nil }
        sizes.append(size)
      }
      switch functor {
      case .add, .subtract, .negate: return sizes.reduce(0, +)
      case .multiply: return sizes.reduce(1, *)
      case .absolute, .least, .greatest: return sizes.max()
      default: return nil
      }
    }
  }

  /// Whether an expression has a value by now, and computing it cannot fail where nobody needs it.
  func canCompute(_ expression: CoreExpression) -> Bool {
    switch expression {
    case .variable(let variable): bound.contains(variable)
    case .constant: true
    case .call(let functor, let operands, _, _, _):
      switch functor {
      case .add, .subtract, .multiply, .negate, .absolute, .least, .greatest:
        operands.allSatisfy(canCompute)
      default: false
      }
    }
  }

  /// An expression with those variables replaced that an equation gives a value, except for one: `d < 3` says `x - u < 3`
  /// where `d = x - u`.
  func expanded(_ expression: CoreExpression, before far: Int, depth: Int = 0) -> CoreExpression {
    switch expression {
    case .constant: return expression
    case .variable(let variable):
      // Values may be defined in a circle.
      guard !bound.contains(variable), variable != far, depth < 4,
        let value = definition(of: variable)
      else { return expression }
      return expanded(value, before: far, depth: depth + 1)
    case .call(let functor, let operands, let result, let slot, let span):
      return .call(
        functor, operands.map { expanded($0, before: far, depth: depth) }, result: result,
        operands: slot, span)
    }
  }

  private func definition(of variable: Int) -> CoreExpression? {
    for literal in rule.body {
      guard case .comparison(.equal, let left, let right, _) = literal else { continue }
      if left.variable == variable, right.hasCall { return right }
      if right.variable == variable, left.hasCall { return left }
    }
    return nil
  }
}

extension Planner {
  /// The highest word that a variable may have, by the complete relations that it must be in; nothing where it is in none.
  func highestWord(
    of variable: Int, in rule: CoreRule, _ recursive: Set<RelationID>
  ) -> Double? {
    for literal in rule.body {
      guard let atom = literal.positiveAtom, !recursive.contains(atom.relation),
        let argument = atom.arguments.first(where: { $0.value.variable == variable })
      else { continue }
      let relation = relations[atom.relation.index]
      if relation.stored == nil { return Double(relation.highestWord(argument.column)) }
    }
    return nil
  }
}
