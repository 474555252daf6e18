import GraphCore

/// Restricts an aggregate to the groups that its rule asks for.
///
/// ```
/// common(a, b, n) :- pair(a, b), a < 3000, n = count : { e(z, a), e(z, b) }.        before
/// count(a, b, count z) :- e(z, a), e(z, b).
///
/// count(a, b, count z) :- e(z, a), e(z, b), pair(a, b), a < 3000.                   after
/// ```
///
/// A condition of the rule that speaks of the group alone, and names every column of its relation, holds for each group that
/// is looked up. So it may stand in the aggregate's body too, where it is a filter, or what the rows are found from,
/// as the planner likes, and groups that nobody asks for take neither time nor memory. Conditions on one value are
/// left out: what has an edge is mostly a node. So are those that hold for every group, because a rule of theirs says what the
/// aggregate's body does.
enum AggregateGuards {
  /// O(rules · conditions, and the size of the program for each that is moved).
  static func apply(to program: inout CoreProgram, outputs: Set<RelationID>) {
    guard program.rules.contains(where: \.isAggregate) else { return }
    var rulesByHead: [Int: [Int]] = [:]
    var uses: [Int: Int] = [:]
    for (index, rule) in program.rules.enumerated() {
      rulesByHead[rule.head.index, default: []].append(index)
      for id in rule.body.compactMap(\.relation) { uses[id.index, default: 0] += 1 }
    }
    let implied = ImpliedConditions(program)
    for rule in program.rules where rule.demandLiteral == nil {
      for literal in rule.body {
        guard let group = group(literal, program), uses[group.relation.index] == 1,
          !outputs.contains(group.relation),
          let rules = rulesByHead[group.relation.index], rules.count == 1,
          let names = names(of: group, in: program.rules[rules[0]])
        else { continue }
        for guardLiteral in rule.body {
          guard let moved = moved(guardLiteral, names, program),
            !(moved.relation.map { reaches(group.relation, from: $0, rulesByHead, program) }
              ?? false),
            !program.rules[rules[0]].body.contains(where: { $0.isSame(as: moved) }),
            !(moved.positiveAtom.map { implied.implies(program.rules[rules[0]], $0) } ?? false)
          else { continue }
          program.rules[rules[0]].body.append(moved)
        }
      }
    }
  }

  /// What a group of an aggregate is looked up by, or gone through as.
  private static func group(_ literal: CoreLiteral, _ program: CoreProgram) -> CoreAtom? {
    switch literal {
    case .aggregate(let atom, _): atom
    case .atom(let atom): program[atom.relation].isAuxiliary ? atom : nil
    case .negated, .comparison, .test, .range, .never: nil
    }
  }

  /// What the variables of a group are called in the rule that makes it; nothing where the rule has a
  /// meaning of its own.
  private static func names(of group: CoreAtom, in rule: CoreRule) -> [Int: Int]? {
    guard rule.isAggregate, rule.demandLiteral == nil, !rule.accumulates else { return nil }
    var names: [Int: Int] = [:]
    for argument in group.arguments where argument.column < rule.headTerms.count - 1 {
      guard let outer = argument.value.variable,
        let inner = rule.headTerms[argument.column].variable
      else { continue }
      names[outer] = inner
    }
    return names.isEmpty ? nil : names
  }

  /// A condition with the names that the aggregate has, if it speaks of the group alone.
  private static func moved(
    _ literal: CoreLiteral, _ names: [Int: Int], _ program: CoreProgram
  ) -> CoreLiteral? {
    switch literal {
    case .atom(var atom):
      let relation = program[atom.relation]
      guard atom.arguments.count == relation.columns.count, atom.variables.count > 1,
        !atom.arguments.contains(where: { relation.origin.mayLack(column: $0.column) })
      else { return nil }
      for place in atom.arguments.indices {
        guard let variable = atom.arguments[place].value.variable else { continue }
        guard let name = names[variable] else { return nil }
        atom.arguments[place].value = .variable(name)
      }
      return .atom(atom)
    case .comparison(let relation, let left, let right, let span):
      guard let left = renamed(left, names), let right = renamed(right, names),
        left.variable != nil || right.variable != nil
      else { return nil }
      return .comparison(relation, left, right, span)
    case .negated, .aggregate, .test, .range, .never: return nil
    }
  }

  private static func renamed(_ expression: CoreExpression, _ names: [Int: Int]) -> CoreExpression?
  {
    switch expression {
    case .variable(let variable): names[variable].map { .variable($0) }
    case .constant: expression
    case .call: nil
    }
  }

  /// Whether a relation depends on another.
  private static func reaches(
    _ target: RelationID, from start: RelationID, _ rulesByHead: [Int: [Int]],
    _ program: CoreProgram
  ) -> Bool {
    var seen: Set<Int> = [start.index]
    var open = [start.index]
    while let next = open.popLast() {
      if next == target.index { return true }
      for rule in rulesByHead[next] ?? [] {
        for id in program.rules[rule].body.compactMap(\.relation)
        where seen.insert(id.index).inserted {
          open.append(id.index)
        }
      }
    }
    return false
  }
}
