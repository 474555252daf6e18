import GraphCore

/// Tells whether parts of two rules are the same but for the names of their variables: which variable of the second
/// stands for each of the first, and no two for one.
struct Renaming {
  private(set) var names: [Int: Int] = [:]
  private var taken: Set<Int> = []
  private let program: CoreProgram

  init(in program: CoreProgram) { self.program = program }

  /// Takes a variable for another; false where either stands for something else already.
  mutating func take(_ variable: Int, for other: Int) -> Bool {
    if let known = names[variable] { return known == other }
    guard taken.insert(other).inserted else { return false }
    names[variable] = other
    return true
  }

  mutating func take(_ argument: CoreArgument, for other: CoreArgument) -> Bool {
    switch (argument, other) {
    case (.variable(let variable), .variable(let other)): take(variable, for: other)
    case (.constant(let constant, let slot), .constant(let other, let otherSlot)):
      constant == other && program.type(slot) == program.type(otherSlot)
    case (.variable, .constant), (.constant, .variable): false
    }
  }

  mutating func take(_ expression: CoreExpression, for other: CoreExpression) -> Bool {
    if let argument = expression.argument {
      return other.argument.map { take(argument, for: $0) } ?? false
    }
    guard case .call(let functor, let operands, let result, let type, _) = expression,
      case .call(let otherFunctor, let others, let otherResult, let otherType, _) = other
    else { return false }
    return functor == otherFunctor && operands.count == others.count
      && program.type(result) == program.type(otherResult)
      && program.type(type) == program.type(otherType)
      && zip(operands, others).allSatisfy { take($0, for: $1) }
  }

  mutating func take(_ atom: CoreAtom, for other: CoreAtom) -> Bool {
    atom.relation == other.relation && atom.arguments.count == other.arguments.count
      && atom.arguments.allSatisfy { argument in
        other.argument(argument.column).map { take(argument.value, for: $0) } ?? false
      }
  }

  /// On failure some variables may have been taken, so the renaming is worth nothing any more.
  mutating func take(_ literal: CoreLiteral, for other: CoreLiteral) -> Bool {
    switch (literal, other) {
    case (.atom(let atom), .atom(let other)), (.negated(let atom), .negated(let other)):
      return take(atom, for: other)
    case (.aggregate(let atom, let isTotal), .aggregate(let other, let otherIsTotal)):
      return isTotal == otherIsTotal && take(atom, for: other)
    case (
      .comparison(let relation, let left, let right, _),
      .comparison(let otherRelation, let otherLeft, let otherRight, _)
    ):
      return relation == otherRelation && take(left, for: otherLeft) && take(right, for: otherRight)
    case (
      .test(let kind, let left, let right, let isNegated, _),
      .test(let otherKind, let otherLeft, let otherRight, let otherIsNegated, _)
    ):
      return kind == otherKind && isNegated == otherIsNegated && take(left, for: otherLeft)
        && take(right, for: otherRight)
    case (
      .range(let variable, let from, let to, let step, _),
      .range(let other, let otherFrom, let otherTo, let otherStep, _)
    ):
      guard take(variable, for: other), take(from, for: otherFrom), take(to, for: otherTo) else {
        return false
      }
      guard let step, let otherStep else { return step == nil && otherStep == nil }
      return take(step, for: otherStep)
    case (.never, .never): return true
    default: return false
    }
  }
}
