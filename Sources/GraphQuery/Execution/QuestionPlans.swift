/// The plans of a question's rules, for when it is asked again with other texts in it.
///
/// Only rules over stored relations are kept: while the graph stays as it is, their order depends on nothing but
/// how often the given texts come, and on which indexes there are.
package final class QuestionPlans {
  private final class Kept {
    let plan: RulePlan
    /// How many rows each atom with given texts was expected to read.
    let expectedRows: [Double]
    /// What the relations' indexes took then: an index that has come since may allow for a better order.
    let byteCount: Int
    /// The plan made ready for the engine that is kept with the question.
    var runnable: RunnableRule?

    init(_ plan: RulePlan, _ expectedRows: [Double], _ byteCount: Int) {
      self.plan = plan
      self.expectedRows = expectedRows
      self.byteCount = byteCount
    }
  }

  private var kept: [Int: [Kept]] = [:]
  /// Rules of one condition that go through derived rows, whichever these are.
  private var scans: [Int: RunnableRule] = [:]
  /// The words of the texts that are given this time, by their numbers.
  var given: [UInt64] = []

  /// Beyond so many orders of one rule the first one goes.
  private static let mostOrders = 4

  init() {}

  /// Forgets the rules that were made ready for an engine, as another one will run them.
  func forgetRunnables() {
    for plan in kept.values.joined() { plan.runnable = nil }
    scans = [:]
  }

  /// The rule ready to run, for what is given now: by a kept plan that is right for it, or by the one that `plan` makes.
  func runnable(
    of rule: Int, _ planner: Planner, plan: () -> RulePlan, ready: (RulePlan) -> RunnableRule
  ) -> RunnableRule {
    let body = planner.program.rules[rule].body
    guard let byteCount = byteCount(of: body, planner) else {
      if let known = scans[rule] {
        known.give(given)
        return known
      }
      let runnable = ready(giving(plan()))
      if body.count == 1, runnable.execution.plan.suitsAnyRows { scans[rule] = runnable }
      return runnable
    }
    let expectedRows = expectedRows(of: body, planner)
    let known = kept[rule]?.first {
      $0.byteCount == byteCount && Self.areAlike($0.expectedRows, expectedRows)
    }
    if let runnable = known?.runnable {
      runnable.give(given)
      return runnable
    }
    let chosen = known ?? keep(Kept(plan(), expectedRows, byteCount), for: rule)
    let runnable = ready(giving(chosen.plan))
    chosen.runnable = runnable
    return runnable
  }

  /// A plan with what is given now.
  func giving(_ plan: RulePlan) -> RulePlan {
    var plan = plan
    plan.given = given
    return plan
  }

  private func keep(_ plan: Kept, for rule: Int) -> Kept {
    var all = (kept[rule] ?? []).filter { $0.byteCount == plan.byteCount }
    if all.count == Self.mostOrders { all.removeFirst() }
    all.append(plan)
    kept[rule] = all
    return plan
  }

  /// The bytes that the relations of a body and their indexes take; nothing where one is not stored.
  private func byteCount(of body: [CoreLiteral], _ planner: Planner) -> Int? {
    var result = 0
    for literal in body {
      guard let id = literal.relation else { continue }
      let relation = planner.relations[id.index]
      // Totals, which are columns of somebody else too, differ from question to question.
      if case .derived = planner.program[id].origin { return nil }
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

extension RulePlan {
  /// Whether the plan of a single condition goes through all rows, so that it is right whichever there are.
  fileprivate var suitsAnyRows: Bool {
    steps.allSatisfy { step in
      switch step {
      case .join(let join): join.keyColumns.isEmpty && join.within == nil && join.groupedBy == nil
      case .lookup(let lookup): lookup.keyColumns.isEmpty
      case .compute, .copy, .compare, .test, .range, .never: true
      case .extend, .unlessDerived, .existence, .summarize: false
      }
    }
  }
}
