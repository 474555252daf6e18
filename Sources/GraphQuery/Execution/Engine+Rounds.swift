import GraphCore

/// The rounds of a recursion.
extension Engine {
  /// Runs the rules of a recursion until nothing new comes. Its first rows are there.
  func runRounds(
    of component: [RelationID], _ members: Set<RelationID>, _ rules: [Int], _ dominances: [Int]
  ) throws(EngineFailure) {
    let turns = rules.flatMap { rule in
      RecursiveTurn.all(
        of: program.rules[rule], rule, members, relations,
        isPlain: equivalences[program.rules[rule].head.index] == nil)
    }
    let parts = component.map { relations[$0.index] }
    let isLimited = component.contains { program[$0].sizeLimit != nil }
    let scalars = scalarRounds(of: component, turns, isPlain: dominances.isEmpty && !isLimited)
    let spans = turns.map { program.rules[$0.version.rule].span }
    var small = SmallRounds()
    defer {
      limits.monitor?.endRule()
      if small.count > 0 {
        profile?.add(
          recursionByRows: rules.filter { rule in turns.contains { $0.version.rule == rule } },
          smallRounds: Int(small.count),
          rows: [small.rows], nanoseconds: small.nanoseconds)
      }
    }
    var lookedAround = true
    while true {
      var looksAround = profile != nil || iteration < Self.firstQuickRound
      if let scalars, scalars.isReady(after: iteration) {
        limits.monitor?.begin(roundsOf: spans)
        let (before, rows) = (iteration, parts.reduce(0) { $0 + $1.rowCount })
        let start = profile.map { _ in MonotonicClock.nanoseconds }
        defer {
          scalarRoundCount += iteration - before
          small.count += iteration - before
          small.rows += parts.reduce(0) { $0 + $1.rowCount } - rows
          if let start { small.nanoseconds &+= MonotonicClock.nanoseconds &- start }
        }
        if try scalars.run(iteration: &iteration, counter: &counter) { return }
        looksAround = true
      }
      iteration += 1
      // A recursion of a million rounds of one row each must not spend its time on looking around.
      if iteration & 0x3F == 0 { looksAround = true }
      if lookedAround && !looksAround { limits.monitor?.begin(roundsOf: spans) }
      lookedAround = looksAround
      if looksAround {
        limits.monitor?.begin(
          round: Int(iteration), newRows: parts.reduce(0) { $0 + $1.visible - $1.stable })
      }
      for turn in turns where turn.delta.visible > turn.delta.stable {
        if !looksAround, let quick = turn.quick(upTo: Batch.capacity) {
          counter = try quick.runAgain(counter: counter, iteration: iteration)
        } else {
          try run(turn.version.rule, deltaLiteral: turn.version.deltaLiteral, recursive: members)
          turn.keep(prepared[turn.version])
        }
      }
      var hasMore = false
      for part in parts where part.advance() { hasMore = true }
      if !hasMore { return }
      if !dominances.isEmpty { try removeDominated(dominances, members) }
      if looksAround { try checkEnd(component, rules) }
      if isLimited, component.contains(where: { reachesLimit($0) }) {
        try finishAtLimit(component, members)
        return
      }
    }
  }

  /// What rounds of a few rows came to (`ScalarRounds`).
  private struct SmallRounds {
    var count: UInt64 = 0
    var rows = 0
    var nanoseconds: UInt64 = 0
  }

  /// A recursion that has come so far may have very many rounds.
  static var firstQuickRound: UInt64 { 64 }

  /// What runs the rounds of a few rows, where it can: relations that only add rows, each by itself.
  private func scalarRounds(
    of component: [RelationID], _ turns: [RecursiveTurn], isPlain: Bool
  ) -> ScalarRounds? {
    guard isPlain, options.contains(.scalars),
      component.allSatisfy({ id in
        relations[id.index].keepsEachRow && relations[id.index].arity > 0
          && equivalences[id.index] == nil
      }), let rule = turns.first?.version.rule
    else { return nil }
    return ScalarRounds(
      turns, members: component.map(\.index), relations: relations, terms: terms,
      limits: limits, span: program.rules[rule].span, from: scalarThreshold)
  }

  /// Whether a rule is run before the rounds of a recursion.
  ///
  /// What reads the recursion meets its first rows in the first round, when those that give way are gone, and
  /// a sum takes each binding once. Where there is nothing to read, a profile still shows that.
  func startsWith(_ index: Int, _ members: Set<RelationID>) -> Bool {
    let rule = program.rules[index]
    if rule.accumulates { return false }
    let readsRecursion = rule.body.contains { literal in
      literal.positiveAtom.map { members.contains($0.relation) } ?? false
    }
    return !readsRecursion || findsNothing(rule) || profile?.onlyPlans(rule.head) ?? false
  }

  /// What the terms of a sum or count inside a recursion are added up by.
  func runningTotals(
    _ function: AggregateFunction, of type: ColumnType, into head: Relation, _ span: SourceSpan
  ) -> any RunningTotals {
    if function == .sum && type == .float {
      return RunningFloatSum(groupTypes: Array(head.types.dropLast()), terms: terms, span: span)
    }
    return RunningSum(
      counts: function == .count, inputType: type, into: head, terms: terms, span: span)
  }

  /// Whether a rule reads a relation without rows, so that it derives nothing, and nothing of it need be
  /// computed. Aggregates may still have groups to write.
  func findsNothing(_ rule: CoreRule) -> Bool {
    guard case .derive = rule.effect else { return false }
    return rule.body.contains { literal in
      literal.positiveAtom.map { relations[$0.relation.index].visible == 0 } ?? false
    }
  }

  /// Stops a recursion whose minimum or maximum improves without end.
  ///
  /// A row of a round follows from one of the round before. After more rounds than there are rows, two
  /// values of one key follow from each other so, and where values are only added to, that goes on.
  private func checkEnd(_ component: [RelationID], _ rules: [Int]) throws(EngineFailure) {
    guard iteration > 64, let lattice = component.first(where: { program[$0].lattice != nil }),
      iteration > component.reduce(0, { $0 + UInt64(relations[$1.index].liveCount) }),
      let rule = rules.first(where: { program.rules[$0].head == lattice }),
      rules.allSatisfy({ program.rules[$0].onlyAdds })
    else { return }
    throw EngineFailure.endless(
      program[lattice].name, isMinimum: program[lattice].lattice == .min, cycle: [],
      at: program.rules[rule].span)
  }

  private func reachesLimit(_ id: RelationID) -> Bool {
    guard let limit = program[id].sizeLimit else { return false }
    return relations[id.index].liveCount >= limit
  }

  /// Ends a recursion early: relations that show the rounds of others still see the last one.
  private func finishAtLimit(_ component: [RelationID], _ members: Set<RelationID>)
    throws(EngineFailure)
  {
    iteration += 1
    for member in component where program[member].deltaOf != nil {
      for rule in rulesByHead[member.index] {
        for literal in program.rules[rule].body.indices {
          try run(rule, deltaLiteral: literal, recursive: members)
        }
      }
    }
    for member in component { relations[member.index].settle() }
  }
}
