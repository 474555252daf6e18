/// The plans of a question's rules, for when it is asked again with other texts in it.
///
/// Only rules over stored relations are kept: while the graph stays as it is, their order depends on nothing but
/// how often the given texts come, and on which indexes there are.
package final class QuestionPlans {
  private struct Kept {
    let plan: RulePlan
    /// How many rows each atom with given texts was expected to read.
    let expectedRows: [Double]
    /// What the relations' indexes took then: an index that has come since may allow for a better order.
    let byteCount: Int
  }

  private var kept: [Int: [Kept]] = [:]
  /// The words of the texts that are given this time, by their numbers.
  var given: [UInt64] = []

  /// Beyond so many orders of one rule the first one goes.
  private static let mostOrders = 4

  init() {}

  /// The kept plan of a rule that is right for what is given now, or the one that `make` makes.
  func plan(of rule: Int, _ planner: Planner, make: () -> RulePlan) -> RulePlan {
    var plan: RulePlan
    let body = planner.program.rules[rule].body
    if let byteCount = byteCount(of: body, planner) {
      let expectedRows = expectedRows(of: body, planner)
      if let known = kept[rule]?.first(where: {
        $0.byteCount == byteCount && Self.areAlike($0.expectedRows, expectedRows)
      }) {
        plan = known.plan
      } else {
        plan = make()
        var all = (kept[rule] ?? []).filter { $0.byteCount == byteCount }
        if all.count == Self.mostOrders { all.removeFirst() }
        all.append(Kept(plan: plan, expectedRows: expectedRows, byteCount: byteCount))
        kept[rule] = all
      }
    } else {
      plan = make()
    }
    plan.given = given
    return plan
  }

  /// The bytes that the relations of a body and their indexes take; nothing where one is not stored.
  private func byteCount(of body: [CoreLiteral], _ planner: Planner) -> Int? {
    var result = 0
    for literal in body {
      guard let id = literal.relation else { continue }
      let relation = planner.relations[id.index]
      guard relation.isBorrowed, relation.stable == relation.rowCount else { return nil }
      result += relation.byteCount
    }
    return result
  }

  private func expectedRows(of body: [CoreLiteral], _ planner: Planner) -> [Double] {
    var result: [Double] = []
    for case .atom(let atom) in body where atom.hasGivenText {
      let rows = Double(planner.relations[atom.relation.index].visible)
      result.append(planner.matches(atom, rows: rows, bound: []))
    }
    return result
  }

  /// Whether an order by some sizes is likely to be right for others.
  private static func areAlike(_ old: [Double], _ new: [Double]) -> Bool {
    zip(old, new).allSatisfy { old, new in new <= 4 * old + 64 && old <= 4 * new + 64 }
  }
}

extension CoreAtom {
  fileprivate var hasGivenText: Bool {
    arguments.contains { if case .constant(.given, _) = $0.value { true } else { false } }
  }
}
