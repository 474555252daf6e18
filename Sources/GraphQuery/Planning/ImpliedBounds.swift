import GraphCore

/// Bounds of a new value that follow from a condition on how far it is from a known one, where they do not say as much as it does.
///
/// ```
///   abs(x - u) < 3                                       u >= x - 3, u <= x + 3
///   max(x, u) - min(x, u) < 3                            the same
///   (x - u) * (x - u) + (y - v) * (y - v) < r * r        u >= x - abs(r), u <= x + abs(r); of doubles, with a constant
///   x - u < 0.5                                          u >= x - 0.5
/// ```
///
/// Of terms that are not negative each is at most their sum. Whole numbers must be too small to wrap around anywhere.
/// Doubles are rounded in order: where `x - u` is rounded to less than `k`, it is less than `k`, so that `u` is above `x - k`, and
/// at least what that is rounded to. NaN is above every number: it is not less than a constant, but greater, so that `x - u > k` says nothing.
///
/// The condition itself still has to be asked.
struct ImpliedBounds {
  private(set) var bounds: [(relation: Comparison.Operator, value: CoreExpression)] = []

  private let far: Int
  private let known: KnownValues
  private let slot: TypeSlot
  private let span: SourceSpan

  /// Nothing where the condition is not of this kind, or says nothing before others are known. O(operands).
  init?(_ literal: CoreLiteral, on far: Int, _ known: KnownValues) {
    guard case .comparison(let relation, let left, let right, let span) = literal else {
      return nil
    }
    let slot = known.rule.variables[far].slot
    let type = known.program.type(slot)
    guard type == .number || type == .float,
      type == known.program.type(of: left, in: known.rule)
    else { return nil }
    (self.far, self.known, self.slot, self.span) = (far, known, slot, span)
    let (a, b) = (known.expanded(left, before: far), known.expanded(right, before: far))
    switch relation {
    case .less, .lessOrEqual: add(a, isBelow: b, isStrict: relation == .less)
    case .greater, .greaterOrEqual: add(b, isBelow: a, isStrict: relation == .greater)
    case .equal:
      add(a, isBelow: b, isStrict: false)
      add(b, isBelow: a, isStrict: false)
    case .notEqual: break
    }
    if bounds.isEmpty { return nil }
  }

  private var isFloat: Bool { known.program.type(slot) == .float }

  private mutating func add(
    _ small: CoreExpression, isBelow large: CoreExpression, isStrict: Bool
  ) {
    guard known.canCompute(large) else { return }
    addDistance(small, isBelow: large, isStrict: isStrict)
    if isFloat, let limit = strictLimit(large, isStrict) {
      addDifference(small, isBelow: limit)
    }
  }

  // MARK: Distances

  /// Looks among the terms of a sum for a distance from the new value.
  private mutating func addDistance(
    _ sum: CoreExpression, isBelow limit: CoreExpression, isStrict: Bool
  ) {
    if !isFloat {
      guard let size = known.size(sum), let other = known.size(limit),
        size + other < KnownValues.leastWrapped
      else { return }
    }
    let terms = sum.terms
    for (index, term) in terms.enumerated() {
      guard let (center, radius) = distance(term, isBelow: limit, isStrict: isStrict),
        terms.indices.allSatisfy({ $0 == index || isNeverNegative(terms[$0]) })
      else { continue }
      bounds.append((.greaterOrEqual, call(.subtract, [center, radius])))
      bounds.append((.lessOrEqual, call(.add, [center, radius])))
      return
    }
  }

  /// From where the new value is at most how far, if that is what a term below a limit says.
  private func distance(
    _ term: CoreExpression, isBelow limit: CoreExpression, isStrict: Bool
  ) -> (center: CoreExpression, radius: CoreExpression)? {
    let difference: CoreExpression
    let radius: CoreExpression?
    if let value = term.squared {
      (difference, radius) = (value, root(of: limit))
    } else if let value = term.magnitude ?? term.apart.map({ call(.subtract, [$0, $1]) }) {
      (difference, radius) = (value, isFloat ? strictLimit(limit, isStrict) : limit)
    } else {
      return nil
    }
    guard let radius, let center = center(difference) else { return nil }
    return (center, radius)
  }

  /// What the new value is where a difference is zero.
  private func center(_ difference: CoreExpression) -> CoreExpression? {
    if isFloat {
      guard case .call(.subtract, let operands, _, _, _) = difference else { return nil }
      let (first, second) = (operands[0], operands[1])
      let other = first.variable == far ? second : second.variable == far ? first : nil
      return other.flatMap { known.canCompute($0) ? $0 : nil }
    }
    guard
      let solved = SolvedEquation(difference, number(0), bound: known.bound, in: known.program),
      solved.variable == far, known.canCompute(solved.value)
    else { return nil }
    return solved.value
  }

  /// What a number is at most whose square is below a limit.
  private func root(of limit: CoreExpression) -> CoreExpression? {
    if isFloat {
      // Below, squares lose digits or are rounded to zero.
      guard let value = constant(limit), value >= 0x1p-900 else { return nil }
      return .constant(.float(value.squareRoot() * (1 + 0x1p-50)), slot)
    }
    if let value = limit.squared { return call(.absolute, [value]) }
    guard case .constant(let constant, _) = limit else { return nil }
    // The root of the double is at most one too small.
    let value = max(0, Int64(bitPattern: constant.word(as: .number)))
    return number(Int64(Double(value).squareRoot()) + 1)
  }

  /// Whether a term is at least zero, or NaN. Whole numbers are known not to wrap around.
  private func isNeverNegative(_ term: CoreExpression) -> Bool {
    if term.magnitude != nil || term.squared != nil || term.apart != nil { return true }
    switch term {
    // The word of a negative number is high.
    case .variable: return !isFloat && known.size(term) ?? .infinity < KnownValues.leastWrapped
    case .constant(let constant, _):
      let word = constant.word(as: isFloat ? .float : .number)
      return isFloat ? Double(bitPattern: word) >= 0 : Int64(bitPattern: word) >= 0
    case .call(let functor, let operands, _, _, _):
      switch functor {
      case .add, .multiply, .least: return operands.allSatisfy(isNeverNegative)
      case .greatest: return operands.contains(where: isNeverNegative)
      default: return false
      }
    }
  }

  // MARK: Doubles

  /// A difference that is rounded to less than a limit.
  private mutating func addDifference(_ small: CoreExpression, isBelow limit: CoreExpression) {
    guard case .call(.subtract, let operands, _, _, _) = small else { return }
    let (first, second) = (operands[0], operands[1])
    if second.variable == far, known.canCompute(first) {
      bounds.append((.greaterOrEqual, call(.subtract, [first, limit])))
    } else if first.variable == far, known.canCompute(second) {
      bounds.append((.lessOrEqual, call(.add, [second, limit])))
    }
  }

  /// What a double is less than that is below a limit, or equal to it. A limit that is not written out may be NaN.
  private func strictLimit(_ limit: CoreExpression, _ isStrict: Bool) -> CoreExpression? {
    constant(limit).map { .constant(.float(isStrict ? $0 : $0.nextUp), slot) }
  }

  private func constant(_ expression: CoreExpression) -> Double? {
    guard case .constant(let constant, _) = expression else { return nil }
    let value = Double(bitPattern: constant.word(as: .float))
    return value.isFinite ? value : nil
  }

  // MARK: Expressions

  private func call(_ functor: Functor, _ operands: [CoreExpression]) -> CoreExpression {
    .call(functor, operands, result: slot, operands: slot, span)
  }

  private func number(_ value: Int64) -> CoreExpression {
    .constant(.integer(UInt64(bitPattern: value)), slot)
  }
}

extension CoreExpression {
  /// Whether it is how far values are apart, or such a distance and more.
  var holdsDistance: Bool {
    terms.contains {
      $0.variables.count > 1 && ($0.magnitude != nil || $0.squared != nil || $0.apart != nil)
    }
  }

  /// The terms of a sum; of anything else, itself.
  fileprivate var terms: [CoreExpression] {
    guard case .call(.add, let operands, _, _, _) = self else { return [self] }
    return operands.flatMap(\.terms)
  }

  /// What it is the square of.
  fileprivate var squared: CoreExpression? {
    guard case .call(.multiply, let operands, _, _, _) = self, operands[0].isSame(as: operands[1])
    else { return nil }
    return operands[0]
  }

  /// What it is the absolute value of.
  fileprivate var magnitude: CoreExpression? {
    guard case .call(.absolute, let operands, _, _, _) = self else { return nil }
    return operands[0]
  }

  /// The two values whose greater one is taken less the other.
  fileprivate var apart: (CoreExpression, CoreExpression)? {
    guard case .call(.subtract, let operands, _, _, _) = self,
      case .call(.greatest, let high, _, _, _) = operands[0], high.count == 2,
      case .call(.least, let low, _, _, _) = operands[1], low.count == 2,
      high[0].isSame(as: low[0]) && high[1].isSame(as: low[1])
        || high[0].isSame(as: low[1]) && high[1].isSame(as: low[0])
    else { return nil }
    return (high[0], high[1])
  }

  /// Whether both are written the same way.
  fileprivate func isSame(as other: CoreExpression) -> Bool {
    switch (self, other) {
    case (.variable(let a), .variable(let b)): a == b
    case (.constant(let a, _), .constant(let b, _)): a == b
    case (.call(let a, let left, _, _, _), .call(let b, let right, _, _, _)):
      a == b && a != .counter && left.count == right.count
        && zip(left, right).allSatisfy { $0.isSame(as: $1) }
    case (.variable, _), (.constant, _), (.call, _): false
    }
  }
}
