/// What an evaluation did, rule by rule and condition by condition.
package final class EvaluationProfile {
  /// How the rows of a relation are found.
  package enum Access: Equatable {
    /// Every row is looked at.
    case scan
    /// Rows with given values in these columns, by an index.
    case index([Int])
    /// The same, in the order of one more column.
    case range(keys: [Int], column: Int)
    /// Rows between bounds are not looked at: their places in that order say what they come to.
    case places(keys: [Int], column: Int)
    /// Rows are not looked at: how many there are is known.
    case counts
    /// Whether there is a row with these values.
    case membership
    /// Nothing is read: rows are computed or let pass.
    case none

    /// Whether rows that bounds leave out are passed over, however many they are.
    package var isBetweenBounds: Bool { if case .range = self { true } else { false } }
  }

  /// Some conditions that were looked at together, summed over all runs of their rule.
  package struct Condition {
    /// Their positions in the rule's body.
    package var literals: [Int]
    package var access: Access
    /// Whether it was looked at only until a row had a way through: what came says nothing of what there is.
    package var endsEarly = false
    /// Whether rows that came before were left out: what came says nothing of what there is either.
    package var leavesOut = false
    package var expectedRows: Double
    package var rows = 0
    package var nanoseconds: UInt64 = 0
  }

  /// A rule, read with the new rows of the last round standing at one place of its body or at none.
  package struct Version {
    package var rule: Int
    package var deltaLiteral: Int?
    /// The rule in whose pass over the same rows this one was evaluated.
    package var togetherWith: Int?
    package var runCount = 0
    /// Whether it was run, not only planned.
    package var isRun = false
    /// In the order of the run that took the longest.
    package var conditions: [Condition] = []
    /// Rows of the head, and those of them that were new.
    package var derived = 0
    package var added = 0
    package var nanoseconds: UInt64 = 0
    fileprivate var longestRun: UInt64 = 0
  }

  /// A recursion that was evaluated row by row, with no order of conditions to tell.
  package struct Recursion {
    package var rules: [Int]
    /// How many rounds of a few rows were, where it was these alone (`ScalarRounds`).
    package var smallRounds: Int?
    /// In how many rounds new rows were compared with those that stay, where the rule says which give way (`Fronts`).
    package var comparedRounds: Int?
    package var rows: Int
    package var nanoseconds: UInt64
  }

  package enum Entry {
    case version(Int)
    case recursion(Int)
  }

  package private(set) var versions: [Version] = []
  package private(set) var recursions: [Recursion] = []
  /// Both, in the order in which they were first evaluated.
  package private(set) var entries: [Entry] = []
  /// Relations whose rules are planned and not run.
  private let planned: Set<RelationID>
  private var positions: [Key: Int] = [:]

  private struct Key: Hashable {
    let rule: Int
    let deltaLiteral: Int?
  }

  package init(onlyPlanning planned: Set<RelationID> = []) { self.planned = planned }

  func onlyPlans(_ relation: RelationID) -> Bool { planned.contains(relation) }

  func add(_ plan: RulePlan, deltaLiteral: Int?, meter: StepMeter?, added: Int) {
    meter?.stop()
    let conditions = plan.stages.map { Self.condition($0, plan, meter) }
    let key = Key(rule: plan.rule, deltaLiteral: deltaLiteral)
    let position = positions[key] ?? versions.count
    positions[key] = position
    if position == versions.count {
      entries.append(.version(position))
      versions.append(Version(rule: plan.rule, deltaLiteral: deltaLiteral))
    }
    let time = meter?.nanoseconds.reduce(0, &+) ?? 0
    versions[position].runCount += 1
    versions[position].isRun = meter != nil
    versions[position].derived += meter?.rows.last ?? 0
    versions[position].added += added
    versions[position].nanoseconds &+= time
    versions[position].merge(conditions, time: time)
  }

  /// Adds an aggregate that was evaluated in the pass of another.
  func add(rule: Int, togetherWith other: Int) {
    entries.append(.version(versions.count))
    var version = Version(rule: rule, deltaLiteral: nil)
    version.togetherWith = other
    versions.append(version)
  }

  func add(
    recursionByRows rules: [Int], smallRounds: Int? = nil, rows: [Int], nanoseconds: UInt64
  ) {
    entries.append(.recursion(recursions.count))
    recursions.append(
      Recursion(
        rules: rules, smallRounds: smallRounds, rows: rows.reduce(0, +), nanoseconds: nanoseconds))
  }

  /// Adds a round in which new rows were compared with those that stay.
  func add(comparedBy rule: Int, nanoseconds: UInt64) {
    if let known = recursions.firstIndex(where: { $0.comparedRounds != nil && $0.rules == [rule] })
    {
      recursions[known].comparedRounds? += 1
      recursions[known].nanoseconds &+= nanoseconds
      return
    }
    entries.append(.recursion(recursions.count))
    recursions.append(
      Recursion(rules: [rule], comparedRounds: 1, rows: 0, nanoseconds: nanoseconds))
  }

  private static func condition(
    _ stage: RulePlan.Stage, _ plan: RulePlan, _ meter: StepMeter?
  ) -> Condition {
    var condition = Condition(
      literals: stage.literals, access: .none,
      endsEarly: plan.witness.map { $0.step < stage.steps.upperBound } ?? false,
      leavesOut: stage.steps.contains(0) && plan.repeated != nil,
      expectedRows: stage.expectedRows)
    if let count = plan.pairCount {
      condition.access = .counts
      condition.expectedRows = Double(count.expected)
    }
    for step in stage.steps where condition.access == .none {
      switch plan.steps[step] {
      case .join(let join):
        if let within = join.within {
          condition.access = .range(keys: join.keyColumns, column: within.column)
        } else if let near = join.distinctGroups,
          stage.steps.contains(where: { $0 > step && plan.steps[$0].expands })
        {
          // Each of its values, and then what bounds leave of its pairs.
          condition.access = .range(keys: [], column: 1 - near)
        } else {
          condition.access = join.keyColumns.isEmpty ? .scan : .index(join.keyColumns)
        }
      case .existence(let existence):
        condition.access = existence.keyColumns.isEmpty ? .none : .membership
      case .extend(let extended):
        condition.access = .index(extended.neighbours.map(\.nearColumn))
      case .lookup(let lookup): condition.access = .index(lookup.keyColumns)
      case .summarize(let summary):
        condition.access = .places(
          keys: summary.keyColumns, column: summary.within.column)
      case .unlessDerived, .compute, .copy, .compare, .test, .range, .never: break
      }
    }
    if let meter {
      condition.rows = meter.rows[stage.steps.upperBound]
      condition.nanoseconds = stage.steps.reduce(0) { $0 &+ meter.nanoseconds[$1] }
    }
    return condition
  }
}

extension EvaluationProfile.Version {
  /// Adds the conditions of one more run, whose order may be another.
  fileprivate mutating func merge(_ run: [EvaluationProfile.Condition], time: UInt64) {
    let isLongest = conditions.isEmpty || time > longestRun
    longestRun = max(longestRun, time)
    var (order, other) = isLongest ? (run, conditions) : (conditions, run)
    for position in order.indices {
      // What one run looks at together and the other apart has the rows behind the last of it.
      var rows = (expected: 0.0, actual: 0)
      for literal in order[position].literals {
        guard let match = other.firstIndex(where: { $0.literals.contains(literal) }) else {
          continue
        }
        let found = other.remove(at: match)
        rows = (found.expectedRows, found.rows)
        order[position].nanoseconds &+= found.nanoseconds
      }
      order[position].expectedRows += rows.expected
      order[position].rows += rows.actual
    }
    conditions = order
  }
}
