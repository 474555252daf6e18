import GraphCore

/// An equation solved for the one variable in it that has no value.
///
/// ```
///   f(n, x + y) :- f(i, x), f(j, y), j = i + 1, n = j + 1.
/// ```
///
/// From a row `f(j, y)` the condition leads to `i = j - 1`, and so to a row by its key; as it is written it would be asked of every
/// row. Sums and differences of whole numbers wrap around, so that there is exactly one solution, and computing it cannot fail.
struct SolvedEquation {
  let variable: Int
  let value: CoreExpression
  /// Whether the variable grows as the side falls that it stands on.
  let isNegative: Bool

  /// Nothing where no side is known as a whole, or the other is no sum with one unknown. O(operands).
  init?(
    _ left: CoreExpression, _ right: CoreExpression, bound: VariableSet, in program: CoreProgram
  ) {
    var (side, known) = (left, right)
    if !Groundedness.isBound(known, bound) { (side, known) = (right, left) }
    guard Self.isSolvable(left, right, bound: bound, in: program) else { return nil }
    var isNegative = false
    while case .call(let functor, let operands, let result, let slot, let span) = side {
      func call(_ functor: Functor, _ operands: [CoreExpression]) -> CoreExpression {
        .call(functor, operands, result: result, operands: slot, span)
      }
      let (first, second) = (operands[0], operands[1])
      switch (functor, Groundedness.isBound(first, bound)) {
      case (.add, true): (side, known) = (second, call(.subtract, [known, first]))
      case (.add, false): (side, known) = (first, call(.subtract, [known, second]))
      case (_, true):
        (side, known) = (second, call(.subtract, [first, known]))
        isNegative.toggle()
      case (_, false): (side, known) = (first, call(.add, [known, second]))
      }
    }
    guard case .variable(let variable) = side else { return nil }
    (self.variable, value, self.isNegative) = (variable, known, isNegative)
  }

  /// Whether an equation has one unknown that it gives a value. O(operands).
  static func isSolvable(
    _ left: CoreExpression, _ right: CoreExpression, bound: VariableSet, in program: CoreProgram
  ) -> Bool {
    (Groundedness.isBound(right, bound) && hasOneUnknown(left, bound, program))
      || (Groundedness.isBound(left, bound) && hasOneUnknown(right, bound, program))
  }

  private static func hasOneUnknown(
    _ side: CoreExpression, _ bound: VariableSet, _ program: CoreProgram
  ) -> Bool {
    switch side {
    case .variable(let variable): return !bound.contains(variable)
    case .constant: return false
    case .call(let functor, let operands, _, let slot, _):
      let type = program.type(slot)
      guard functor == .add || functor == .subtract, type == .number || type == .unsigned else {
        return false
      }
      let (first, second) = (operands[0], operands[1])
      return Groundedness.isBound(first, bound)
        ? hasOneUnknown(second, bound, program)
        : Groundedness.isBound(second, bound) && hasOneUnknown(first, bound, program)
    }
  }
}
