import GraphCore

/// A recursion that keeps the best value of each node: `dist(y, min d + w) :- dist(x, d), road(x, y, w).`
///
/// The value that a node passes on is the own one, or that combined with a constant or with what the
/// edge says.
struct BestValueProgram {
  enum Operation: Hashable {
    case copy, add, subtract, least, greatest
  }

  enum Operand: Hashable {
    case none
    case constant(CoreConstant)
    /// The value in a column of the edge.
    case column(Int)
  }

  struct Step {
    var edge: GraphStep
    var operation: Operation
    var operand: Operand
    /// Only values are passed on that compare so with a constant.
    var limits: [(relation: Comparison.Operator, bound: CoreConstant)]
    var span: SourceSpan
  }

  let relation: RelationID
  var steps: [Step] = []

  /// The recursive rules of a lattice of one key; nothing where one is of another kind.
  init?(_ relation: RelationID, rules: [CoreRule], in program: CoreProgram) {
    self.relation = relation
    for rule in rules {
      guard let step = Self.step(rule, relation, program) else { return nil }
      steps.append(step)
    }
  }

  private static func step(_ written: CoreRule, _ relation: RelationID, _ program: CoreProgram)
    -> Step?
  {
    let rule = written.inliningDefinitions()
    guard case .derive = rule.effect, rule.headTerms.count == 2,
      case .variable(let end) = rule.headTerms[0]
    else { return nil }
    var own: (node: Int, value: Int)?
    var edge: CoreAtom?
    var limits: [(relation: Comparison.Operator, left: CoreExpression, right: CoreExpression)] = []
    for literal in rule.body {
      switch literal {
      case .atom(let atom) where atom.relation == relation:
        guard own == nil, atom.arguments.count == 2, let node = variable(atom, 0),
          let value = variable(atom, 1), node != value
        else { return nil }
        own = (node, value)
      case .atom(let atom):
        guard edge == nil else { return nil }
        edge = atom
      case .comparison(let relation, let left, let right, _): limits.append((relation, left, right))
      case .negated, .aggregate, .test, .range, .never: return nil
      }
    }
    guard let own, let edge, own.node != end, own.value != end else { return nil }
    var columns: [Int: Int] = [:]
    for argument in edge.arguments {
      guard case .variable(let variable) = argument.value,
        columns.updateValue(argument.column, forKey: variable) == nil
      else { return nil }
    }
    guard let from = columns[own.node], let to = columns[end], columns[own.value] == nil,
      let (operation, operand) = operation(rule.headTerms[1], own.value, columns)
    else { return nil }
    // What else the edge says must be the operand.
    let used = if case .column = operand { 3 } else { 2 }
    guard columns.count == used else { return nil }
    var step = Step(
      edge: GraphStep(relation: edge.relation, from: from, to: to), operation: operation,
      operand: operand, limits: [], span: rule.span)
    for (relation, left, right) in limits {
      guard case .variable(let value) = left, value == own.value,
        case .constant(let bound, _) = right
      else { return nil }
      step.limits.append((relation, bound))
    }
    return step
  }

  private static func variable(_ atom: CoreAtom, _ column: Int) -> Int? {
    for argument in atom.arguments where argument.column == column {
      if case .variable(let variable) = argument.value { return variable }
    }
    return nil
  }

  private static func operation(
    _ term: CoreExpression, _ value: Int, _ columns: [Int: Int]
  ) -> (Operation, Operand)? {
    func isValue(_ expression: CoreExpression) -> Bool {
      if case .variable(let variable) = expression { variable == value } else { false }
    }
    func operand(_ expression: CoreExpression) -> Operand? {
      switch expression {
      case .variable(let variable): columns[variable].map { .column($0) }
      case .constant(let constant, _): .constant(constant)
      case .call: nil
      }
    }
    if isValue(term) { return (.copy, .none) }
    guard case .call(let functor, let operands, _, _, _) = term, operands.count == 2 else {
      return nil
    }
    let (first, second) = (operands[0], operands[1])
    let operation: Operation
    switch functor {
    case .add: operation = .add
    case .subtract: operation = .subtract
    case .least: operation = .least
    case .greatest: operation = .greatest
    default: return nil
    }
    if isValue(first), let other = operand(second) { return (operation, other) }
    if operation != .subtract, isValue(second), let other = operand(first) {
      return (operation, other)
    }
    return nil
  }
}

extension CoreRule {
  /// Whether what the rule computes is sums and differences, and nothing bounds them.
  var onlyAdds: Bool {
    func adds(_ expression: CoreExpression) -> Bool {
      guard case .call(let functor, let operands, _, _, _) = expression else { return true }
      return (functor == .add || functor == .subtract) && operands.allSatisfy(adds)
    }
    return !accumulates && headTerms.allSatisfy(adds)
      && body.allSatisfy { literal in
        switch literal {
        case .atom, .negated, .aggregate, .never: true
        case .comparison(let relation, let left, let right, _):
          relation == .equal && adds(left) && adds(right)
        case .test, .range: false
        }
      }
  }

  /// Writes the right side of `n = d + w` in place of `n` where that stands in the head alone.
  func inliningDefinitions() -> CoreRule {
    var result = self
    var counts = Array(repeating: 0, count: variables.count)
    for term in headTerms { term.forEachVariable { counts[$0] += 1 } }
    for literal in body { literal.forEachVariable { counts[$0] += 1 } }
    for (column, term) in headTerms.enumerated() {
      guard case .variable(let variable) = term, counts[variable] == 2 else { continue }
      for (position, literal) in result.body.enumerated() {
        guard case .comparison(.equal, let left, let right, _) = literal else { continue }
        if case .variable(variable) = left {
          result.headTerms[column] = right
        } else if case .variable(variable) = right {
          result.headTerms[column] = left
        } else {
          continue
        }
        result.body.remove(at: position)
        break
      }
    }
    return result
  }
}
