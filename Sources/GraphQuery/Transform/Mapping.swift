import GraphCore

/// A mapping of one rule's variables to another's, found by laying conditions on conditions.
struct Mapping {
  private(set) var names: [Int: Int] = [:]
  private let program: CoreProgram
  /// Variables for which it is enough that there is a value.
  private let lone: Set<Int>
  /// The variables that are mapped to, where no two may be mapped to one.
  private var taken: Set<Int>?

  /// A mapping that only renames: what it maps is the same.
  init(renamingIn program: CoreProgram) {
    self.program = program
    lone = []
    taken = []
  }

  /// A mapping that may take two variables for one, and leave a column out of which only a lone variable stands: what
  /// it maps holds where what it is mapped to does.
  init(in program: CoreProgram, lone: Set<Int>) {
    self.program = program
    self.lone = lone
  }

  /// Takes a variable for another; false where it is taken for something else already.
  mutating func take(_ variable: Int, for other: Int) -> Bool {
    if let known = names[variable] { return known == other }
    if let isNew = taken?.insert(other).inserted, !isNew { return false }
    names[variable] = other
    return true
  }

  private mutating func take(_ argument: CoreArgument, for other: CoreArgument) -> Bool {
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

  private mutating func take(_ atom: CoreAtom, for other: CoreAtom, isPositive: Bool) -> Bool {
    guard atom.relation == other.relation else { return false }
    let isWhole = taken != nil || !isPositive
    if isWhole && atom.arguments.count != other.arguments.count { return false }
    let origin = program[atom.relation].origin
    return atom.arguments.allSatisfy { argument in
      if let value = other.argument(argument.column) { return take(argument.value, for: value) }
      guard !isWhole, let variable = argument.value.variable, names[variable] == nil else {
        return false
      }
      return lone.contains(variable) && !origin.mayLack(column: argument.column)
    }
  }

  /// On failure some variables may have been taken, so the mapping is worth nothing any more.
  mutating func take(_ literal: CoreLiteral, for other: CoreLiteral) -> Bool {
    switch (literal, other) {
    case (.atom(let atom), .atom(let other)):
      return take(atom, for: other, isPositive: true)
    case (.negated(let atom), .negated(let other)):
      return take(atom, for: other, isPositive: false)
    case (.aggregate(let atom, let isTotal), .aggregate(let other, let otherIsTotal)):
      return isTotal == otherIsTotal && take(atom, for: other, isPositive: false)
    case (
      .comparison(let relation, let left, let right, _),
      .comparison(let otherRelation, let otherLeft, let otherRight, _)
    ):
      var turned = self
      if relation == otherRelation, take(left, for: otherLeft), take(right, for: otherRight) {
        return true
      }
      guard relation == otherRelation.flipped, turned.take(left, for: otherRight),
        turned.take(right, for: otherLeft)
      else { return false }
      self = turned
      return true
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
    case (.atom, _), (.negated, _), (.aggregate, _), (.comparison, _), (.test, _), (.range, _),
      (.never, _):
      return false
    }
  }

  /// So many conditions are laid on others before the search is given up.
  private static let trialLimit = 512

  /// Whether all of some conditions can be laid on others. Exponential at worst, so ended after a number of trials.
  mutating func maps(_ literals: [CoreLiteral], into others: [CoreLiteral]) -> Bool {
    var trials = 0
    return maps(literals[...], others, &trials)
  }

  private mutating func maps(
    _ literals: ArraySlice<CoreLiteral>, _ others: [CoreLiteral], _ trials: inout Int
  ) -> Bool {
    guard let first = literals.first else { return true }
    for other in others {
      trials += 1
      if trials > Self.trialLimit { return false }
      var trial = self
      if trial.take(first, for: other), trial.maps(literals.dropFirst(), others, &trials) {
        self = trial
        return true
      }
    }
    return false
  }
}
