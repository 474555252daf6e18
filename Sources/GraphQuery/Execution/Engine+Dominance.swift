import GraphCore

/// Rows that give way to others, which are taken out after each round.
extension Engine {
  /// Takes out the rows that the last round's rows dominate or that are dominated among these.
  func removeDominated(_ rules: [Int], _ members: Set<RelationID>) throws(EngineFailure) {
    for rule in rules {
      let head = relations[program.rules[rule].head.index]
      if let fronts = head.fronts {
        try removeDominated(rule, from: head, fronts)
        continue
      }
      for (literal, condition) in program.rules[rule].body.enumerated() {
        guard case .atom(let atom) = condition, members.contains(atom.relation) else { continue }
        try run(rule, deltaLiteral: literal, recursive: members)
      }
    }
  }

  /// The same by comparing each new row with those of its key that stay: what the rule would find by a join of all
  /// pairs of rows.
  private func removeDominated(_ index: Int, from head: Relation, _ fronts: Fronts)
    throws(EngineFailure)
  {
    let rule = program.rules[index]
    try limits.checkTime(rule.span)
    try limits.checkMemory(sizes, rule.span)
    defer { measure(rule) }
    limits.monitor?.begin(rule: rule.span)
    defer { limits.monitor?.endRule() }
    let start = profile.map { _ in MonotonicClock.nanoseconds }
    while fronts.covered < head.rowCount {
      head.removeDominatedBatch(fronts)
      try limits.checkTime(rule.span)
    }
    if let start {
      profile?.add(comparedBy: index, nanoseconds: MonotonicClock.nanoseconds &- start)
    }
  }

  /// Begins to keep which rows give way to no other, where one rule says which do and that is an order.
  func keepFronts(_ dominances: [Int]) {
    guard options.contains(.lattices) else { return }
    for index in dominances {
      let rule = program.rules[index]
      let head = relations[rule.head.index]
      guard head.keepsEachRow,
        dominances.count(where: { program.rules[$0].head == rule.head }) == 1,
        let order = DominanceOrder(rule, program)
      else { continue }
      head.fronts = Fronts(order, for: head, terms: terms)
    }
  }

  func giveUpFronts(_ dominances: [Int]) {
    for index in dominances { relations[program.rules[index].head.index].fronts = nil }
  }
}
