import GraphCore

/// Chooses the order of a rule's conditions from how many rows the relations have right now, and
/// turns them into steps.
struct Planner {
  let program: CoreProgram
  let relations: [Relation]
  let options: Set<Optimization>
  /// Where fewer rows are expected, pairs are not told apart by groups.
  var groupsFrom = Planner.leastGrouped

  /// Fewer rows are told apart before groups are made.
  static let leastGrouped = 1024.0

  /// Plans a rule. `deltaLiteral` is the atom that reads the last round's rows; atoms of the same
  /// recursion before it read everything, those after it only older rows, so that no combination
  /// is made twice.
  func plan(rule index: Int, deltaLiteral: Int?, recursive: Set<RelationID>) -> RulePlan {
    var builder = PlanBuilder(
      planner: self, rule: program.rules[index], index: index, recursive: recursive)
    if builder.addSummary(recursive) { return builder.finish() }
    var plan = self.plan(
      program.rules[index], index: index, deltaLiteral: deltaLiteral, recursive: recursive)
    plan.pairCount = pairCount(of: program.rules[index])
    return plan
  }

  /// Plans a rule that stands for the one with a number, by going through the rows of its body.
  func plan(
    _ rule: CoreRule, index: Int, deltaLiteral: Int? = nil, recursive: Set<RelationID> = []
  ) -> RulePlan {
    var builder = PlanBuilder(planner: self, rule: rule, index: index, recursive: recursive)
    builder.add(
      JoinOrder(
        planner: self, rule: rule, deltaLiteral: deltaLiteral, recursive: recursive,
        headVariables: builder.filtersHead ? builder.headVariables : []
      ).best(), deltaLiteral, recursive)
    return builder.finish()
  }

  /// What a rule counts, where it is pairs of a relation in compact form: `n = count : { path(x, _) }`.
  private func pairCount(of rule: CoreRule) -> RulePlan.PairCount? {
    guard options.contains(.groups), case .aggregate(.count) = rule.effect,
      rule.demandLiteral == nil, !rule.accumulates, !rule.countsRows,
      !rule.headTerms.contains(where: \.hasCall), rule.body.count == 1,
      let atom = rule.body[0].positiveAtom, atom.arguments.count == 2, atom.variables.count == 2,
      let rows = relations[atom.relation.index].compactRows
    else { return nil }
    let groups = rule.headTerms.dropLast()
    if groups.isEmpty {
      return RulePlan.PairCount(relation: atom.relation.index, column: nil, expected: 1)
    }
    guard groups.count == 1, let variable = groups.first?.variable,
      let column = atom.arguments.first(where: { $0.value.variable == variable })?.column
    else { return nil }
    return RulePlan.PairCount(
      relation: atom.relation.index, column: column,
      expected: rows.isNear(column) ? rows.nearCount : rows.domain)
  }
}
