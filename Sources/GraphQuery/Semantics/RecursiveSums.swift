/// Finds sums and counts that a recursion reads only to see whether they have passed a bound.
///
/// ```
/// held(x, z, sum s) :- controls(x, y), owns(y, z, s).
/// controls(x, z) :- held(x, z, s), s > 50.
/// ```
///
/// Terms that are not negative only make such a sum grow, so once it has passed the bound it stays
/// there, and the recursion has one least answer (Ross and Sagiv, "Monotonic aggregation in deductive
/// databases", 1992). The sum becomes a lattice whose greatest value counts, filled term by term. That its
/// value is used in no other way is checked with the other lattices; that no term is negative, while
/// it adds up.
enum RecursiveSums {
  static func mark(_ program: inout CoreProgram) {
    guard program.rules.contains(where: { $0.isAggregate }) else { return }
    let component = DemandedAggregates.components(of: program)
    for (index, rule) in program.rules.enumerated() where rule.demandLiteral == nil {
      guard case .aggregate(let function) = rule.effect, function == .sum || function == .count
      else { continue }
      let isRecursive = rule.body.contains { literal in
        guard case .atom(let atom) = literal else { return false }
        return component[atom.relation.index] == component[rule.head.index]
      }
      if isRecursive { accumulate(index, component, &program) }
    }
  }

  /// Makes a rule's sum take part in its recursion, if all that read it allow that.
  private static func accumulate(_ index: Int, _ component: [Int], _ program: inout CoreProgram) {
    let sum = program.rules[index].head
    var changed = program
    changed.rules[index].accumulates = true
    changed[sum].lattice = .max
    for (reader, rule) in program.rules.enumerated()
    where component[rule.head.index] == component[sum.index] {
      for (position, literal) in rule.body.enumerated() where literal.relation == sum {
        guard let atom = growing(literal, in: rule) else { return }
        changed.rules[reader].body[position] = .atom(atom)
        guard isCopy(rule, atom) else { continue }
        // The sum's own name; where other rules add rows to it, it is no longer a function of its keys.
        guard program.rules.count(where: { $0.head == rule.head }) == 1 else { return }
        changed[rule.head].lattice = .max
      }
    }
    program = changed
  }

  /// The atom for a reading of a sum that may still grow. A group without a row has the sum zero, which
  /// must not pass the bound.
  private static func growing(_ literal: CoreLiteral, in rule: CoreRule) -> CoreAtom? {
    switch literal {
    case .atom(let atom): return atom
    case .aggregate(let atom, let isTotal):
      guard isTotal else { return atom }
      guard case .variable(let value)? = atom.arguments.last?.value else { return nil }
      let names = [value] + rule.body.compactMap { otherName(of: value, $0) }
      return names.contains { name in rule.body.contains { excludesZero($0, name) } } ? atom : nil
    case .negated, .comparison, .test, .range, .never: return nil
    }
  }

  /// The variable that an equation makes equal to another.
  private static func otherName(of value: Int, _ literal: CoreLiteral) -> Int? {
    guard case .comparison(.equal, .variable(let left), .variable(let right), _) = literal else {
      return nil
    }
    return left == value ? right : right == value ? left : nil
  }

  private static func excludesZero(_ literal: CoreLiteral, _ value: Int) -> Bool {
    guard case .comparison(let relation, let left, let right, _) = literal else { return false }
    func bound(_ expression: CoreExpression) -> Double? {
      guard case .constant(let constant, _) = expression else { return nil }
      switch constant {
      case .integer(let bits): return Double(Int64(bitPattern: bits))
      case .float(let number): return number
      case .term, .boolean, .given: return nil
      }
    }
    switch (relation, left, right) {
    case (.greater, .variable(value), let other), (.less, let other, .variable(value)):
      return bound(other).map { $0 >= 0 } ?? false
    case (.greaterOrEqual, .variable(value), let other),
      (.lessOrEqual, let other, .variable(value)):
      return bound(other).map { $0 > 0 } ?? false
    default: return false
    }
  }

  /// Whether a rule does nothing but give the sum the name and columns of its head.
  private static func isCopy(_ rule: CoreRule, _ atom: CoreAtom) -> Bool {
    guard rule.body.count == 1, case .variable(let value)? = atom.arguments.last?.value,
      case .variable(value)? = rule.headTerms.last
    else { return false }
    return true
  }
}
