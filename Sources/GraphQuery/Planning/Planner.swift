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
    var builder = PlanBuilder(planner: self, rule: program.rules[index], index: index)
    if builder.addSummary(recursive) { return builder.finish() }
    builder.add(
      JoinOrder(
        planner: self, rule: program.rules[index], deltaLiteral: deltaLiteral,
        recursive: recursive, headVariables: builder.filtersHead ? builder.headVariables : []
      ).best(), deltaLiteral, recursive)
    return builder.finish()
  }
}
