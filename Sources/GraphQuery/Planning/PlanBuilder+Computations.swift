import GraphCore

/// What rows are computed from and compared with: each value once, and as early as it is the same for many rows.
extension PlanBuilder {
  /// The value of a functor; of the same operands it is the same.
  struct Computed: Hashable {
    let functor: Functor
    let type: ColumnType
    let operands: [RulePlan.Source]
  }

  mutating func addComparison(
    _ relation: Comparison.Operator, _ left: CoreExpression, _ right: CoreExpression
  ) {
    if relation == .equal,
      let solved = SolvedEquation(left, right, bound: bound, in: planner.program)
    {
      return define(solved.variable, by: solved.value)
    }
    steps.append(.compare(relation, type(of: left), source(left), source(right)))
  }

  /// Computes an expression into the register of a variable that has no value yet.
  private mutating func define(_ variable: Int, by expression: CoreExpression) {
    switch expression {
    case .variable, .constant: steps.append(.copy(from: source(expression), register: variable))
    case .call(let functor, let operands, _, let slot, let span):
      let register = compute(functor, operands, planner.program.type(slot), span, into: variable)
      if register != variable {
        steps.append(.copy(from: .register(register), register: variable))
      }
    }
    bound.insert(variable)
  }

  /// Where the value of an expression is, computing it first where it is a call.
  mutating func source(_ expression: CoreExpression) -> RulePlan.Source {
    switch expression {
    case .variable(let variable): .register(variable)
    case .constant(let constant, let slot):
      RulePlan.Source(constant, as: planner.program.type(slot))
    case .call(let functor, let operands, _, let slot, let span):
      .register(compute(functor, operands, planner.program.type(slot), span))
    }
  }

  /// The register that a value is in: one that has it already, or else the one that is given or a new one.
  private mutating func compute(
    _ functor: Functor, _ operands: [CoreExpression], _ type: ColumnType, _ span: SourceSpan,
    into target: Int? = nil
  ) -> Int {
    let value = Computed(functor: functor, type: type, operands: operands.map { source($0) })
    if let known = computed[value] { return known }
    let register = target ?? newRegister()
    // Of two rows with the same operands each gets a number of its own.
    if functor != .counter { computed[value] = register }
    steps.append(
      .compute(
        RulePlan.Computation(
          functor: functor, type: type, operands: value.operands, register: register, span: span)))
    return register
  }

  mutating func newRegister() -> Int {
    registerCount += 1
    return registerCount - 1
  }

  // MARK: Ahead of many rows

  /// Computes those parts of comparisons that do not wait for new rows: in `a*a + b*b = c*c` a sum, before the values of `c`
  /// come. Only what cannot fail, since the new rows may be none.
  mutating func computeAhead(for literals: [Int]) {
    for literal in literals {
      guard case .comparison(_, let left, let right, _) = rule.body[literal] else { continue }
      computeAhead(left)
      computeAhead(right)
    }
  }

  private mutating func computeAhead(_ expression: CoreExpression) {
    guard case .call(_, let operands, _, _, _) = expression else { return }
    if Groundedness.isBound(expression, bound), cannotFail(expression) {
      _ = source(expression)
    } else {
      for operand in operands { computeAhead(operand) }
    }
  }

  private func cannotFail(_ expression: CoreExpression) -> Bool {
    guard case .call(let functor, let operands, _, let slot, _) = expression else { return true }
    let type = planner.program.type(slot)
    return type.isNumeric && functor.isTotal(type, divisor: operands.last)
      && operands.allSatisfy(cannotFail)
  }
}

extension Functor {
  /// Whether it has a value for any numbers of a type.
  fileprivate func isTotal(_ type: ColumnType, divisor: CoreExpression?) -> Bool {
    switch self {
    case .add, .subtract, .multiply, .power, .negate, .absolute, .least, .greatest, .bitwiseNot,
      .bitwiseAnd, .bitwiseOr, .bitwiseXor, .shiftLeft, .shiftRight, .shiftRightUnsigned,
      .logicalNot, .logicalAnd, .logicalOr, .logicalXor:
      true
    case .divide, .remainder:
      if case .constant(let constant, _) = divisor {
        constant.word(as: type) != 0
      } else {
        type == .float
      }
    case .concatenate, .length, .substring, .ordinal, .toNumber, .toUnsigned, .toFloat, .toText,
      .pack, .field, .reinterpret, .counter, .iteration:
      false
    }
  }
}
