import GraphCore

/// Aggregates: each by itself, or those over the same rows together.
extension Engine {
  /// Groups what a rule derives, and writes each group with its value to the head of each function.
  func aggregate(
    _ prepared: RunnableRule, _ rule: CoreRule, _ functions: [AggregateFunction],
    into ids: [RelationID], _ meter: StepMeter?
  ) throws(EngineFailure) {
    let heads = ids.map { relations[$0.index] }
    let groupCount = rule.headTerms.count - functions.count
    let inputs = zip(functions, rule.headTerms[groupCount...]).map {
      (function: $0, inputType: program.type(of: $1, in: rule))
    }
    var isStopped = true
    func makeSink() -> AggregateSink {
      AggregateSink(
        functions: inputs, groupTypes: Array(heads[0].types.prefix(groupCount)),
        order: rule.head.index, terms: terms)
    }
    let sink = makeSink()
    var sinks = [sink]
    defer {
      // What a rule that was stopped has found for a lattice are bounds; of other groups nothing is known.
      if isStopped && heads[0].lattice != nil { AggregateSink.finish(sinks, into: heads, nil) }
    }
    if meter == nil, rule.demandLiteral == nil,
      inputs.allSatisfy({ AggregateSink.canMerge($0.function, $0.inputType, terms) }),
      let workers, let shared = shared(prepared, rule)
    {
      sinks = workers.make { $0 == 0 ? sink : makeSink() }
      try shared.run(workers, into: sinks)
      isStopped = false
      AggregateSink.finish(sinks, into: heads, workers)
      return
    }
    try execute(prepared.execution, into: sink, meter)
    isStopped = false
    if let demand = rule.demandLiteral, functions.allSatisfy({ $0 == .count || $0 == .sum }),
      case .atom(let atom) = rule.body[demand]
    {
      sink.addGroups(of: relations[atom.relation.index])
    }
    AggregateSink.finish([sink], into: heads, nil)
  }

  // MARK: Together

  /// Fewer rows are gone through before anything is gained.
  private static let leastTogether = 4096

  /// Finds aggregates over the same rows among those that are no part of a recursion. O(rules · conditions) in all but odd cases.
  func findCommonBodies(_ strata: Strata) {
    rulesDone = []
    commonBodies = []
    guard options.contains(.aggregates) else { return }
    let plain = zip(strata.components, strata.isRecursive).flatMap { component, isRecursive in
      isRecursive || component.count != 1 ? [] : rulesByHead[component[0].index]
    }
    let aggregates = plain.filter { index in
      let rule = program.rules[index]
      return rule.isAggregate && rule.demandLiteral == nil && !rule.accumulates && !rule.countsRows
        && relations[rule.head.index].keepsEachRow && rulesByHead[rule.head.index].count == 1
    }
    if aggregates.count > 1 { commonBodies = CommonBody.all(among: aggregates, of: program) }
  }

  /// Runs an aggregate with all others over the same rows; false where it has to be run by itself.
  func runTogether(_ index: Int) throws(EngineFailure) -> Bool {
    if rulesDone.contains(index) { return true }
    guard let body = commonBodies.first(where: { $0.members.contains(index) }) else { return false }
    let members = body.members
    let heads = members.map { program.rules[$0].head }
    guard rowsToScan(body.rule) >= leastTogether,
      heads.allSatisfy({ profile?.onlyPlans($0) == profile?.onlyPlans(heads[0]) }),
      members.allSatisfy(goesThroughRows)
    else { return false }
    let functions = members.compactMap { member in
      if case .aggregate(let function) = program.rules[member].effect { function } else { nil }
    }
    defer { for member in members { measure(program.rules[member]) } }
    limits.monitor?.begin(rule: body.rule.span)
    defer { limits.monitor?.endRule() }
    let plan = planner.plan(body.rule, index: index)
    let prepared = makeReady(plans?.giving(plan) ?? plan, body.rule.span)
    try checkSpread(of: prepared.execution, body.rule.span)
    let isRun = !(profile?.onlyPlans(heads[0]) ?? false)
    let meter = isRun ? profile.map { _ in StepMeter(stepCount: plan.steps.count) } : nil
    defer {
      profile?.add(
        plan, deltaLiteral: nil, meter: meter,
        added: heads.reduce(0) { $0 + relations[$1.index].rowCount })
      for member in members.dropFirst() { profile?.add(rule: member, togetherWith: index) }
    }
    if isRun { try aggregate(prepared, body.rule, functions, into: heads, meter) }
    rulesDone.formUnion(members)
    return true
  }

  private var leastTogether: Int {
    shareThreshold < SharedRule.defaultThreshold ? 0 : Self.leastTogether
  }

  private func rowsToScan(_ rule: CoreRule) -> Int {
    rule.body.compactMap(\.positiveAtom).map { relations[$0.relation.index].visible }.max() ?? 0
  }

  /// Whether a rule looks at rows, and not at how many there are up to some place.
  private func goesThroughRows(_ index: Int) -> Bool {
    let plan = planner.plan(rule: index, deltaLiteral: nil, recursive: [])
    return !plan.isSummary && plan.pairCount == nil
  }
}
