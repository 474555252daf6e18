import GraphCore

/// Aggregates over the same rows, put together so that these are gone through once.
///
/// ```
/// sum(t, sum c) :- company(x, n, t, c), c > 0.
/// count(t, count) :- company(x, n, t, c), c > 0.
/// min(t, min n) :- company(_, n, t, c), c > 0.
///
/// (t, c, 1, n) :- company(x, n, t, c), c > 0.         the groups, then the value that each is over
/// ```
///
/// Bodies are the same where one goes over into the other by renaming variables. An atom may name more columns in one of them: to
/// look at a column more leaves the rows as they are, unless it may have no value.
struct CommonBody {
  /// The rules, in the order in which they would be evaluated.
  private(set) var members: [Int]
  /// The first rule, with the columns and the values of all.
  private(set) var rule: CoreRule

  private init(_ member: Int, _ rule: CoreRule) {
    members = [member]
    self.rule = rule
  }

  /// What a rule is over: with other relations, or other numbers of conditions or groups, bodies differ.
  private struct Outline: Hashable {
    let relations: [RelationID?]
    let groupCount: Int
  }

  /// The bodies that several of some aggregates have in common. O(rules · conditions) where they are few with the same outline.
  static func all(among rules: [Int], of program: CoreProgram) -> [CommonBody] {
    var bodies: [CommonBody] = []
    var places: [Outline: [Int]] = [:]
    for index in rules {
      let rule = program.rules[index]
      let outline = Outline(
        relations: rule.body.map(\.relation), groupCount: rule.headTerms.count - 1)
      let known = places[outline, default: []].first { bodies[$0].join(index, program) }
      if known != nil { continue }
      places[outline, default: []].append(bodies.count)
      bodies.append(CommonBody(index, rule))
    }
    return bodies.filter { $0.members.count > 1 }
  }

  /// Takes a rule in, if its body is the same.
  private mutating func join(_ index: Int, _ program: CoreProgram) -> Bool {
    let other = program.rules[index]
    guard let match = BodyMatch(of: other, with: rule, in: program),
      let value = other.headTerms.last
    else { return false }
    members.append(index)
    rule = match.rule
    rule.headTerms.append(match.renamed(value))
    // Where one counts rows, how often they come matters.
    if !other.takesSets { rule.effect = other.effect }
    return true
  }
}

/// The variables of a rule by those of another with the same body.
private struct BodyMatch {
  /// The rule that is matched, with the columns that only the other looks at.
  private(set) var rule: CoreRule
  private let other: CoreRule
  private let program: CoreProgram
  /// For each variable of the other rule that of this one.
  private var names: [Int?]
  private var taken: VariableSet = []

  init?(of other: CoreRule, with rule: CoreRule, in program: CoreProgram) {
    (self.rule, self.other, self.program) = (rule, other, program)
    names = Array(repeating: nil, count: other.variables.count)
    guard other.body.count == rule.body.count else { return nil }
    let occurrences = Self.occurrences(rule)
    for place in rule.body.indices where !matches(at: place, occurrences) { return nil }
    for (left, right) in zip(rule.headTerms, other.headTerms.dropLast())
    where !matches(left, right) { return nil }
  }

  /// In how many conditions, or how often in one, each variable stands.
  private static func occurrences(_ rule: CoreRule) -> [Int] {
    var result = Array(repeating: 0, count: rule.variables.count)
    for literal in rule.body { literal.forEachVariable { result[$0] += 1 } }
    return result
  }

  private mutating func matches(at place: Int, _ occurrences: [Int]) -> Bool {
    switch (rule.body[place], other.body[place]) {
    case (.atom(var left), .atom(let right)):
      guard matches(&left, right, occurrences) else { return false }
      rule.body[place] = .atom(left)
      return true
    case (.negated(let left), .negated(let right)): return matchesExactly(left, right)
    case (.aggregate(let left, let isTotal), .aggregate(let right, let isOtherTotal)):
      return isTotal == isOtherTotal && matchesExactly(left, right)
    case (.comparison(let kind, let a, let b, _), .comparison(let other, let c, let d, _)):
      return kind == other && matches(a, c) && matches(b, d)
    case (
      .test(let kind, let a, let b, let isNegated, _),
      .test(let other, let c, let d, let isOtherNegated, _)
    ):
      return kind == other && isNegated == isOtherNegated && matches(a, c) && matches(b, d)
    case (
      .range(let variable, let a, let b, let step, _), .range(let other, let c, let d, let by, _)
    ):
      guard matches(a, c), matches(b, d), matches(variable, other) else { return false }
      if let step, let by { return matches(step, by) }
      return step == nil && by == nil
    case (.never, .never): return true
    default: return false
    }
  }

  private mutating func matches(
    _ left: inout CoreAtom, _ right: CoreAtom, _ occurrences: [Int]
  ) -> Bool {
    guard left.relation == right.relation else { return false }
    let origin = program[left.relation].origin
    for argument in left.arguments where right.argument(argument.column) == nil {
      // What only one of them looks at must say nothing about the rows.
      guard let variable = argument.value.variable, occurrences[variable] == 1,
        !origin.mayLack(column: argument.column)
      else { return false }
    }
    for argument in right.arguments {
      if let known = left.argument(argument.column) {
        guard matches(known.expression, argument.value.expression) else { return false }
        continue
      }
      guard let variable = argument.value.variable, names[variable] == nil,
        !origin.mayLack(column: argument.column)
      else { return false }
      let added = rule.addVariable(other.variables[variable].slot)
      left.arguments.append(CoreAtom.Argument(column: argument.column, value: .variable(added)))
      names[variable] = added
      taken.insert(added)
    }
    return true
  }

  private mutating func matchesExactly(_ left: CoreAtom, _ right: CoreAtom) -> Bool {
    guard left.relation == right.relation, left.arguments.count == right.arguments.count else {
      return false
    }
    for argument in right.arguments {
      guard let known = left.argument(argument.column),
        matches(known.expression, argument.value.expression)
      else { return false }
    }
    return true
  }

  private mutating func matches(_ left: CoreExpression, _ right: CoreExpression) -> Bool {
    switch (left, right) {
    case (.variable(let left), .variable(let right)): return matches(left, right)
    case (.constant(let left, let slot), .constant(let right, let otherSlot)):
      return left == right && program.type(slot) == program.type(otherSlot)
    case (
      .call(let functor, let operands, _, let slot, _),
      .call(let called, let others, _, let otherSlot, _)
    ):
      guard functor == called, operands.count == others.count,
        program.type(slot) == program.type(otherSlot)
      else { return false }
      for (operand, other) in zip(operands, others) where !matches(operand, other) { return false }
      return true
    default: return false
    }
  }

  /// Each variable of one rule is one variable of the other.
  private mutating func matches(_ left: Int, _ right: Int) -> Bool {
    if let known = names[right] { return known == left }
    guard !taken.contains(left),
      program.type(rule.variables[left].slot) == program.type(other.variables[right].slot)
    else { return false }
    names[right] = left
    taken.insert(left)
    return true
  }

  /// An expression of the other rule, in the variables of this one; the body has matched them all.
  func renamed(_ expression: CoreExpression) -> CoreExpression {
    switch expression {
    case .variable(let variable): .variable(names[variable] ?? variable)
    case .constant: expression
    case .call(let functor, let operands, let result, let slot, let span):
      .call(functor, operands.map(renamed), result: result, operands: slot, span)
    }
  }
}
