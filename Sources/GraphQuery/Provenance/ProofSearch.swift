import GraphCore

/// A row of a derived relation that is to be proved.
struct Goal: Hashable {
  let key: String
  let row: [UInt64]
}

/// One way in which a rule derives a row.
struct Derivation {
  let rule: PreparedRule
  /// The values of the rule's variables; of an aggregated rule those of its first row.
  let values: [String: Value]
  /// The rows it rests on, by the rule's `children`; of an aggregated rule those of all its rows.
  let premises: [Goal]
}

/// Finds derivations of least height, from the row down to what is given.
///
/// The cone of rows that the goal may rest on is unfolded in layers: a query per rule and layer finds
/// every derivation of all its rows. A row whose derivation has height h needs no row further than h
/// layers away, so the search can stop at the first layer at which the goal is proved, and that proof
/// is of least height.
final class ProofSearch {
  private let program: CompletedProgram
  private let deadline: UInt64
  private var rules: [String: [PreparedRule]] = [:]
  private var derivations: [Goal: [Derivation]] = [:]
  private(set) var proofs: [Goal: (height: Int, derivation: Derivation)] = [:]

  /// Larger cones are cut: what they prove within the limit is still a proof.
  private static let goalLimit = 50_000
  private static let derivationLimit = 200

  init(_ program: CompletedProgram, seconds: Double) {
    self.program = program
    deadline = MonotonicClock.moment(after: seconds)
  }

  /// The derivation of least height; nothing where there is none, or none within the limits.
  func derivation(of goal: Goal) -> Derivation? {
    if let known = proofs[goal] { return known.derivation }
    var frontier = [goal]
    var seen: Set<Goal> = Set(derivations.keys).union(frontier)
    while !frontier.isEmpty, MonotonicClock.nanoseconds < deadline, seen.count < Self.goalLimit {
      var next: [Goal] = []
      for (key, goals) in Dictionary(grouping: frontier, by: \.key).sorted(by: { $0.key < $1.key })
      {
        expand(goals, of: key)
        for goal in goals {
          for derivation in derivations[goal] ?? [] {
            for premise in derivation.premises where seen.insert(premise).inserted {
              next.append(premise)
            }
          }
        }
      }
      settle()
      if let proof = proofs[goal] { return proof.derivation }
      frontier = next
    }
    return proofs[goal]?.derivation
  }

  /// Gives every row that the known derivations prove the least height they allow.
  private func settle() {
    var waiting: [Goal: [(goal: Goal, index: Int)]] = [:]
    var missing: [Goal: [Int]] = [:]
    var ready: [(goal: Goal, index: Int)] = []
    for (goal, list) in derivations where proofs[goal] == nil {
      missing[goal] = list.enumerated().map { index, derivation in
        let open = Set(derivation.premises).filter { proofs[$0] == nil }
        for premise in open { waiting[premise, default: []].append((goal, index)) }
        if open.isEmpty { ready.append((goal, index)) }
        return open.count
      }
    }
    // Rounds of growing height: what is proved in a round may be used in the next.
    while !ready.isEmpty {
      var proved: [Goal] = []
      for (goal, index) in ready.sorted(by: { $0.index < $1.index }) where proofs[goal] == nil {
        guard let derivation = derivations[goal]?[index] else { continue }
        let below = derivation.premises.compactMap { proofs[$0]?.height }.max() ?? 0
        proofs[goal] = (below + 1, derivation)
        proved.append(goal)
      }
      ready = []
      for goal in proved {
        for (other, index) in waiting[goal] ?? [] where proofs[other] == nil {
          missing[other]?[index] -= 1
          if missing[other]?[index] == 0 { ready.append((other, index)) }
        }
      }
    }
  }

  // MARK: Expansion

  private func expand(_ goals: [Goal], of key: String) {
    let prepared = rules[key] ?? PreparedRule.all(for: key, in: program)
    rules[key] = prepared
    for goal in goals { derivations[goal] = [] }
    guard let types = program.typesByKey[key] else { return }
    let name = "asked'"
    program.declare(name, types: types, rows: goals.map(\.row))
    for rule in prepared { expand(rule, key: key, asking: name, types: types) }
  }

  private func expand(
    _ rule: PreparedRule, key: String, asking name: String, types: [ColumnType]
  ) {
    let span = rule.span ?? SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
    var places: [Expression] = []
    var conditions: [Formula] = []
    var used: Set<String> = []
    for (column, expression) in rule.head.enumerated() {
      // A variable of the head is bound by the asked row itself; anything else must equal it.
      if case .variable(let variable) = expression, rule.aggregate?.argument != column,
        used.insert(variable.text).inserted
      {
        places.append(expression)
        continue
      }
      let place = Expression.variable(Identifier("asked'\(column)", span))
      places.append(place)
      if rule.aggregate?.argument != column {
        conditions.append(
          .comparison(
            Comparison(relation: .equal, left: place, right: expression, span: span)))
      }
    }
    let asked = Formula.atom(
      Atom(name: Identifier(name, span), arguments: places, span: span))
    let columns =
      places + rule.children.flatMap(\.arguments)
      + rule.variables.map { .variable(Identifier($0, span)) }
    guard
      let answer = program.answer(
        columns, [asked] + rule.asked + conditions, unit: rule.unit, span: span)
    else { return }
    collect(answer, rule, key: key)
  }

  private func collect(_ answer: Answer, _ rule: PreparedRule, key: String) {
    var grouped: [Goal: (values: [String: Value], premises: [Goal])] = [:]
    var order: [Goal] = []
    for row in 0..<answer.rowCount {
      var column = 0
      let goal = program.goal(key, in: answer, row: row, &column)
      guard derivations[goal] != nil else { continue }
      let premises = program.premises(of: rule, in: answer, row: row, &column)
      if rule.aggregate == nil, !rule.isLink,
        derivations[goal]?.count ?? 0 >= Self.derivationLimit
      {
        continue
      }
      var values: [String: Value] = [:]
      for name in rule.variables {
        values[name] = answer.value(row: row, column: column)
        column += 1
      }
      if rule.aggregate == nil {
        derivations[goal]?.append(
          Derivation(rule: rule, values: values, premises: premises))
      } else {
        if grouped[goal] == nil { order.append(goal) }
        grouped[goal, default: (values, [])].premises += premises
      }
    }
    for goal in order {
      guard let group = grouped[goal] else { continue }
      derivations[goal]?.append(
        Derivation(rule: rule, values: group.values, premises: group.premises))
    }
  }
}

extension CompletedProgram {
  /// The rows of derived relations that a row of an answer speaks of, one for each child of a rule. Their columns begin
  /// at `column`, which is moved behind them.
  func premises(
    of rule: PreparedRule, in answer: Answer, row: Int, _ column: inout Int
  ) -> [Goal] {
    var goals: [Goal] = []
    for child in rule.children { goals.append(goal(child.key, in: answer, row: row, &column)) }
    return goals
  }

  /// A row of a derived relation, from as many columns of an answer. A whole number stands for the float of a column
  /// of floats, as in conditions.
  func goal(_ key: String, in answer: Answer, row: Int, _ column: inout Int) -> Goal {
    let types = typesByKey[key] ?? []
    let words = types.enumerated().map { place, type in
      if type == .float, case .integer(let number) = answer.value(row: row, column: column + place)
      {
        return Double(number).bitPattern
      }
      return answer.word(row: row, column: column + place)
    }
    column += types.count
    return Goal(key: key, row: words)
  }
}
