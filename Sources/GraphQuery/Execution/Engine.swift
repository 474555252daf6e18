package import GraphCore

/// Evaluates a core program bottom up: stratum by stratum, each by semi-naive rounds.
package final class Engine {
  /// Its given texts are those of the last run.
  var program: CoreProgram
  let terms: TermSpace
  private(set) var limits: LimitGuard
  private let stored: StoredRelations
  /// The session's facts of declared relations, by their key.
  private let facts: [String: Relation]
  let options: Set<Optimization>
  /// Takes down what is done, where somebody wants to know.
  let profile: EvaluationProfile?
  let workers: Workers?
  /// The registers of each worker's rules.
  let rooms: [RegisterRoom]
  /// The plans of a question that is asked again and again, with the texts of this time.
  let plans: QuestionPlans?
  /// Rules whose first scan has fewer rows are run by one thread.
  let shareThreshold: Int
  /// Rules that derive fewer rows do not go by groups.
  private let groupThreshold: Double
  /// The first round of a recursion that may be run row by row.
  let scalarThreshold: UInt64
  private(set) var relations: [Relation] = []
  private(set) var sizes = RelationSizes([])
  /// The next value of `$`.
  var counter: UInt64 = 0
  var iteration: UInt64 = 0
  /// How many rounds were run row by row.
  var scalarRoundCount: UInt64 = 0
  /// The relations declared `eqrel`, while their rules run.
  private(set) var equivalences: [Int: Equivalence] = [:]
  /// The sums inside recursions, by their rules.
  private var sums: [Int: any RunningTotals] = [:]
  private(set) var rulesByHead: [[Int]] = []
  /// The versions of the present recursion's rules.
  private(set) var prepared: [RuleVersion: RunnableRule] = [:]
  /// Aggregates over the same rows.
  var commonBodies: [CommonBody] = []
  /// Those that have been computed together, before the turn of most.
  var rulesDone: Set<Int> = []
  /// The number of the stratum that the run is in, or was stopped in.
  var currentStratum = 0
  /// Rules that must not run on what a stopped run left.
  private var barredRules: Set<Int> = []

  package init(
    program: CoreProgram, graph: Graph, terms: TermSpace, facts: [String: Relation],
    limits: QueryLimits, token: CancelToken?,
    options: Set<Optimization> = Set(Optimization.allCases), monitor: ProgressMonitor? = nil,
    profile: EvaluationProfile? = nil, workers: Workers? = nil,
    cache: StoredRelationCache? = nil, plans: QuestionPlans? = nil,
    sharesFrom threshold: Int = SharedRule.defaultThreshold,
    groupsFrom groupThreshold: Double = Planner.leastGrouped,
    scalarsFrom scalarThreshold: UInt64 = Engine.firstQuickRound
  ) {
    self.workers = workers
    rooms = (0..<(workers?.count ?? 1)).map { _ in RegisterRoom() }
    self.plans = plans
    self.profile = profile
    shareThreshold = threshold
    self.groupThreshold = groupThreshold
    self.scalarThreshold = scalarThreshold
    self.program = program
    self.options = options
    self.terms = terms
    self.facts = facts
    self.limits = LimitGuard(limits, token: token, monitor: monitor, terms: terms)
    stored = StoredRelations(graph: graph, terms: terms, cache: cache)
  }

  /// Computes every relation of the program; `strata` must be those of the program.
  ///
  /// Where it is said which relations are wanted, other derived ones are given up when the last stratum that reads
  /// them is done: what they held is there for the next.
  package func run(_ strata: Strata, keeping wanted: Set<RelationID>? = nil)
    throws(EngineFailure) -> [Relation]
  {
    rulesByHead = Array(repeating: [], count: program.relations.count)
    for (index, rule) in program.rules.enumerated() {
      rulesByHead[rule.head.index].append(index)
    }
    relations = program.relations.indices.map { initialRelation($0) }
    for relation in relations { relation.workers = workers }
    sizes = RelationSizes(relations)
    findCommonBodies(strata)
    let unread = profile == nil ? wanted.map { lastReads(strata, but: $0) } ?? [:] : [:]
    for (number, component) in strata.components.enumerated() {
      currentStratum = number
      limits.monitor?.begin(stratum: number + 1, of: strata.components.count)
      do throws(EngineFailure) {
        try evaluate(component, isRecursive: strata.isRecursive[number])
      } catch {
        limits.noteSize(of: relations)
        throw error
      }
      for index in unread[number] ?? [] {
        relations[index] = Relation(like: relations[index])
        sizes.update(index, relations[index])
      }
    }
    return relations
  }

  /// The derived relations that each stratum is the last to read or to add to, but for some.
  private func lastReads(_ strata: Strata, but wanted: Set<RelationID>) -> [Int: [Int]] {
    var last: [Int: Int] = [:]
    for (number, component) in strata.components.enumerated() {
      for member in component {
        last[member.index] = max(last[member.index] ?? 0, number)
        for rule in rulesByHead[member.index] {
          for literal in program.rules[rule].body {
            switch literal {
            case .atom(let atom), .negated(let atom), .aggregate(let atom, _):
              last[atom.relation.index] = number
            case .comparison, .test, .range, .never: break
            }
          }
        }
      }
    }
    var result: [Int: [Int]] = [:]
    for (index, number) in last
    where !rulesByHead[index].isEmpty && !wanted.contains(RelationID(index: index)) {
      result[number, default: []].append(index)
    }
    return result
  }

  /// Goes on after `run` was stopped, as far as what is there allows, within limits of its own.
  ///
  /// Every row that has been derived holds, since rounds only add. So do the rows that later strata
  /// derive from them, but for rules that ask what is *not* in an incomplete relation or aggregate
  /// it: these are passed over. What comes out is part of the answer, and a value that a recursion
  /// was still improving is a bound.
  package func finishPartially(_ strata: Strata, limits own: QueryLimits, token: CancelToken?)
    -> [Relation]
  {
    limits = LimitGuard(own, token: token)
    // Those of an incomplete relation may be barred.
    commonBodies = []
    var incomplete = Set(strata.components[currentStratum])
    for member in incomplete { relations[member.index].settle() }
    for number in strata.components.indices.dropFirst(currentStratum + 1) {
      let component = strata.components[number]
      let rules = component.flatMap { rulesByHead[$0.index] }
      barredRules = Set(rules.filter { needsWhole(program.rules[$0], of: incomplete) })
      let isAffected =
        !barredRules.isEmpty
        || rules.contains { reads(program.rules[$0], incomplete) }
      do throws(EngineFailure) {
        try evaluate(component, isRecursive: strata.isRecursive[number])
        if isAffected { incomplete.formUnion(component) }
      } catch {
        incomplete.formUnion(component)
        for member in component { relations[member.index].settle() }
      }
    }
    return relations
  }

  private func reads(_ rule: CoreRule, _ ids: Set<RelationID>) -> Bool {
    rule.body.contains {
      switch $0 {
      case .atom(let atom), .negated(let atom), .aggregate(let atom, _): ids.contains(atom.relation)
      case .comparison, .test, .range, .never: false
      }
    }
  }

  /// Whether a rule is wrong on a part of one of these relations.
  private func needsWhole(_ rule: CoreRule, of ids: Set<RelationID>) -> Bool {
    if case .derive = rule.effect {
      return rule.body.contains {
        switch $0 {
        case .negated(let atom), .aggregate(let atom, _): ids.contains(atom.relation)
        case .atom, .comparison, .test, .range, .never: false
        }
      }
    }
    return reads(rule, ids)
  }

  /// A relation before any rule has run.
  private func initialRelation(_ index: Int) -> Relation {
    let relation = program.relations[index]
    let types = relation.columns.map { program.type($0.slot) }
    let base: Relation?
    if case .declared(let key) = relation.origin {
      base = facts[key]
    } else {
      base =
        stored.relation(relation, types: types, withValues: program.fixedWords(of: index))
        ?? stored.relation(relation, types: types)
    }
    let isPlain =
      relation.lattice == nil && relation.choiceKeys.isEmpty && !relation.isEquivalence
    if rulesByHead[index].isEmpty, let base, isPlain {
      base.settle()
      return base
    }
    let own = Relation(
      name: relation.name, types: types, lattice: relation.lattice, choiceKeys: relation.choiceKeys,
      terms: terms)
    if let base { own.insert(contentsOf: base) }
    own.settle()
    return own
  }

  private func evaluate(_ component: [RelationID], isRecursive: Bool) throws(EngineFailure) {
    let members = Set(component)
    let all = component.flatMap { rulesByHead[$0.index] }.filter { !barredRules.contains($0) }
    iteration = 0
    defer {
      iteration = 0
      prepared = [:]
      // Those that were evaluated in another way than rule by rule.
      if isRecursive { for rule in all { measure(program.rules[rule]) } }
    }
    for member in component where program[member].isEquivalence {
      let classes = component.first { program[$0].classesOf == member }
      let equivalence = Equivalence(
        relations[member.index], classes: classes.map { relations[$0.index] }, terms: terms)
      equivalences[member.index] = equivalence
      try equivalence.addStoredRows()
    }
    do throws(EngineFailure) {
      try evaluate(component, members, all, isRecursive: isRecursive)
    } catch {
      for member in component { equivalences[member.index]?.finish() }
      throw error
    }
    for member in component { relations[member.index].releasePlaces() }
    for member in component {
      guard let equivalence = equivalences.removeValue(forKey: member.index) else { continue }
      equivalence.finish()
      relations[member.index].settle()
      // Where no rule of the recursion reads the classes, they are written down once.
      for (index, relation) in program.relations.enumerated()
      where relation.classesOf == member && !members.contains(RelationID(index: index)) {
        equivalence.writeClasses(into: relations[index])
      }
    }
  }

  private func evaluate(
    _ component: [RelationID], _ members: Set<RelationID>, _ all: [Int], isRecursive: Bool
  ) throws(EngineFailure) {
    let rules = all.filter { !program.rules[$0].isDominance }
    let dominances = all.filter { program.rules[$0].isDominance }
    if isRecursive, try evaluateNodes(component, members, all) { return }
    var started: Set<Int> = []
    if isRecursive, try evaluateChains(component, members, all, &started) { return }
    let isEmpty = component.allSatisfy { relations[$0.index].rowCount == 0 }
    for rule in rules where !started.contains(rule) && startsWith(rule, members) {
      try run(rule, deltaLiteral: nil, recursive: members)
    }
    for member in component { relations[member.index].settle(asDelta: isRecursive) }
    guard isRecursive else {
      // What one rule alone derives has the key that its body says.
      if isEmpty, all.count == 1, let head = component.first, relations[head.index].keepsEachRow,
        !program[head].isEquivalence, let width = program.rules[all[0]].keyWidth(program, relations)
      {
        relations[head.index].noteKey(width: width)
      }
      return
    }
    keepFronts(dominances)
    defer { giveUpFronts(dominances) }
    try removeDominated(dominances, members)
    try runRounds(of: component, members, rules, dominances)
  }

  /// Evaluates a recursion over nodes, or over the best value of each, by arrays, if it is one.
  private func evaluateNodes(
    _ component: [RelationID], _ members: Set<RelationID>, _ rules: [Int]
  ) throws(EngineFailure) -> Bool {
    guard options.contains(.nodes),
      component.allSatisfy({ id in
        program[id].choiceKeys.isEmpty && program[id].sizeLimit == nil && program[id].deltaOf == nil
          && relations[id.index].arity == (relations[id.index].lattice == nil ? 1 : 2)
      }), !rules.contains(where: { program.rules[$0].isDominance })
    else { return false }
    let isRecursive = rules.map { reads(program.rules[$0], members) }
    let recursive = zip(rules, isRecursive).filter(\.1).map { program.rules[$0.0] }
    guard let span = recursive.first?.span else { return false }
    let isLattice = component.contains { relations[$0.index].lattice != nil }
    let reach = isLattice ? nil : ReachProgram(component, rules: recursive)
    let values =
      isLattice && component.count == 1
      ? BestValueProgram(component[0], rules: recursive, in: program) : nil
    guard reach != nil || values != nil else { return false }
    for (rule, isRecursive) in zip(rules, isRecursive) where !isRecursive {
      try run(rule, deltaLiteral: nil, recursive: members)
    }
    for member in component { relations[member.index].settle() }
    limits.monitor?.begin(rule: span)
    let start = MonotonicClock.nanoseconds
    defer {
      limits.monitor?.endRule()
      profile?.add(
        recursionByRows: zip(rules, isRecursive).filter(\.1).map(\.0),
        rows: component.map { relations[$0.index].liveCount },
        nanoseconds: MonotonicClock.nanoseconds &- start)
    }
    if let reach,
      let fixpoint = ReachFixpoint(
        reach, relations: relations, limits: limits, span: span, workers: workers)
    {
      defer { fixpoint.finish() }
      try fixpoint.run()
      return true
    }
    if let values,
      let fixpoint = BestValueFixpoint(
        values, relations: relations, terms: terms, limits: limits, span: span, workers: workers,
        threshold: shareThreshold < SharedRule.defaultThreshold ? .eager : .standard)
    {
      let type = relations[component[0].index].types[0]
      do throws(EngineFailure) {
        try fixpoint.run { WordText.text($0, type, terms) }
      } catch {
        fixpoint.finish()
        throw error
      }
      if !fixpoint.hasFailed { fixpoint.finish() }
      return !fixpoint.hasFailed
    }
    return false
  }

  /// Evaluates a recursion of products of binary relations by rows, if it is one.
  private func evaluateChains(
    _ component: [RelationID], _ members: Set<RelationID>, _ rules: [Int],
    _ started: inout Set<Int>
  ) throws(EngineFailure) -> Bool {
    guard options.contains(.rows),
      component.allSatisfy({ id in
        let relation = relations[id.index]
        return relation.arity == 2 && relation.lattice == nil
          && relation.types[0] == relation.types[1] && relation.types[0] != .float
          && program[id].choiceKeys.isEmpty && program[id].sizeLimit == nil
          && program[id].deltaOf == nil && !program[id].isEquivalence
      }), !rules.contains(where: { program.rules[$0].isDominance })
    else { return false }
    func isRecursive(_ rule: Int) -> Bool {
      program.rules[rule].body.contains {
        if case .atom(let atom) = $0 { members.contains(atom.relation) } else { false }
      }
    }
    let recursiveRules = rules.filter(isRecursive)
    guard let chains = ChainProgram(component, rules: recursiveRules.map { program.rules[$0] }),
      let span = recursiveRules.first.map({ program.rules[$0].span })
    else { return false }
    for rule in rules where !isRecursive(rule) {
      try run(rule, deltaLiteral: nil, recursive: members)
      started.insert(rule)
    }
    for member in component { relations[member.index].settle() }
    func fixpoint(_ relations: [Relation]) -> ChainFixpoint? {
      // A row of the result is completed at once, which takes far longer than a row of a batch.
      ChainFixpoint(
        chains, relations: relations, limits: limits, span: span, workers: workers,
        sharesFrom: shareThreshold / 32)
    }
    var (evaluator, ranks) = (fixpoint(relations), nil as Ranks?)
    if evaluator == nil, chains.composes,
      let ranked = RankedRelations(component, reading: chains.relations, of: relations)
    {
      (evaluator, ranks) = (fixpoint(ranked.relations), ranked.ranks)
    }
    guard let evaluator else { return false }
    func adopt(_ results: [BinaryRows]) {
      for (member, rows) in zip(component, results) {
        relations[member.index].adopt(ranks.map(rows.of) ?? rows)
      }
    }
    limits.monitor?.begin(rule: span)
    let start = MonotonicClock.nanoseconds
    defer {
      limits.monitor?.endRule()
      profile?.add(
        recursionByRows: recursiveRules, rows: component.map { relations[$0.index].liveCount },
        nanoseconds: MonotonicClock.nanoseconds &- start)
    }
    do throws(EngineFailure) {
      adopt(try evaluator.run(usesClosure: options.contains(.closure)))
    } catch {
      adopt(evaluator.results())
      throw error
    }
    return true
  }

  func run(_ index: Int, deltaLiteral: Int?, recursive: Set<RelationID>)
    throws(EngineFailure)
  {
    let rule = program.rules[index]
    try limits.checkTime(rule.span)
    try limits.checkMemory(sizes, rule.span)
    if try runTogether(index) { return }
    defer { measure(rule) }
    limits.monitor?.begin(rule: rule.span)
    defer { limits.monitor?.endRule() }
    let isEmpty = findsNothing(rule)
    if isEmpty, profile == nil { return }
    let prepared = try prepare(index, deltaLiteral: deltaLiteral, recursive: recursive)
    let execution = prepared.execution
    try checkSpread(of: execution, rule.span)
    let head = relations[rule.head.index]
    if let profile, isEmpty || profile.onlyPlans(rule.head) {
      profile.add(execution.plan, deltaLiteral: deltaLiteral, meter: nil, added: 0)
      return
    }
    let meter = profile.map { _ in StepMeter(stepCount: execution.plan.steps.count) }
    let before = head.rowCount
    defer {
      profile?.add(
        execution.plan, deltaLiteral: deltaLiteral, meter: meter, added: head.rowCount - before)
    }
    switch rule.effect {
    case .derive:
      if let equivalence = equivalences[rule.head.index] {
        try execute(execution, into: equivalence, meter)
      } else if let function = foldsFirst(execution, into: head) {
        try aggregate(prepared, rule, [function], into: [rule.head], meter)
      } else {
        let way = insertion(into: head, by: rule, execution.plan, recursive)
        if case .distinct = way, let copied = execution.plan.copiedRelation {
          head.reserve(relations[copied].liveCount)
        }
        if meter == nil, head.keepsEachRow, let workers, workers.count > 1 {
          try derive(prepared, rule, into: head, way, workers)
        } else {
          try execute(execution, into: way.sink(into: head), meter)
        }
      }
    case .dominate:
      try execute(execution, into: DominanceSink(head), meter)
    case .algorithm(let call):
      let edges = EdgeSink(head.types[0])
      try execute(execution, into: edges, meter)
      try run(call, on: edges, into: head, workers, heldBytes: sizes.byteCount, rule.span)
    case .aggregate(let function) where rule.accumulates:
      let type = program.type(of: rule.headTerms.last, in: rule)
      let sums = sums[index] ?? runningTotals(function, of: type, into: head, rule.span)
      self.sums[index] = sums
      try execute(execution, into: sums, meter)
      sums.flush(into: head)
    case .aggregate where writeCounts(execution.plan.pairCount, into: head, meter): break
    case .aggregate where execution.plan.isSummary:
      let isDistinct = head.rowCount == 0 && head.keepsEachRow
      try execute(execution, into: RelationSink(head, isDistinct: isDistinct), meter)
    case .aggregate(let function):
      try aggregate(prepared, rule, [function], into: [rule.head], meter)
    }
  }

  /// A relation may fit into memory only in its compact form.
  func checkSpread(of execution: RuleExecution, _ span: SourceSpan) throws(EngineFailure) {
    let spread = execution.spreadByteCount
    if spread > 0 { try limits.checkMemory(held: sizes.byteCount + spread, span) }
  }

  /// What values are folded by before they come to a relation that keeps the best of each key: where it has none
  /// and a rule many, groups take less than looking its rows up, and can be made by several workers.
  private func foldsFirst(_ execution: RuleExecution, into head: Relation) -> AggregateFunction? {
    guard let lattice = head.lattice, head.rowCount == 0, head.choices == nil, head.arity > 1,
      let scan = execution.plan.sharedScan(readsTexts: terms.isShareable),
      execution.scanSize(scan).rows >= shareThreshold
    else { return nil }
    return lattice == .min ? .min : .max
  }

  /// How a rule's rows are told from each other and from those of its head.
  private func insertion(
    into head: Relation, by rule: CoreRule, _ plan: RulePlan, _ recursive: Set<RelationID>
  ) -> Insertion {
    guard head.arity > 0, head.rowCount == 0, head.keepsEachRow else { return .looksUp }
    if rule.derivesDistinctRows(program, relations, recursive) { return .distinct }
    guard let column = plan.groupedColumn, rulesByHead[rule.head.index].count == 1,
      !reads(rule, recursive)
    else { return .looksUp }
    return .grouped(column)
  }

  /// Measures the relations that a rule has written to or read, which may have got indexes.
  func measure(_ rule: CoreRule) {
    sizes.update(rule.head.index, relations[rule.head.index])
    for literal in rule.body {
      switch literal {
      case .atom(let atom), .negated(let atom), .aggregate(let atom, _):
        sizes.update(atom.relation.index, relations[atom.relation.index])
      case .comparison, .test, .range, .never: break
      }
    }
  }

  func execute(
    _ execution: RuleExecution, into sink: any RowSink, _ meter: StepMeter?
  ) throws(EngineFailure) {
    counter = try execution.run(
      into: sink, counter: counter, iteration: iteration, meter: meter)
  }

  /// The rule planned and made ready to run. In a recursion this is kept from round to round, until
  /// the sizes it was planned by have changed.
  private func prepare(
    _ rule: Int, deltaLiteral: Int?, recursive: Set<RelationID>
  ) throws(EngineFailure) -> RunnableRule {
    let version = RuleVersion(rule: rule, deltaLiteral: deltaLiteral)
    let sizes = deltaLiteral == nil ? [] : sizes(of: rule)
    if deltaLiteral != nil, let known = prepared[version], known.isPlanned(for: sizes) {
      return known
    }
    // A rule of very many conditions takes its time to plan, once for each that is recursive.
    try limits.checkTime(program.rules[rule].span)
    let planner = planner
    func makePlan() -> RulePlan {
      planner.plan(rule: rule, deltaLiteral: deltaLiteral, recursive: recursive)
    }
    func makeReady(_ plan: RulePlan) -> RunnableRule {
      self.makeReady(plan, program.rules[rule].span, sizes: sizes)
    }
    let made =
      if let plans, deltaLiteral == nil {
        plans.runnable(of: rule, planner, plan: makePlan, ready: makeReady)
      } else {
        // Rules of a recursion are not kept between questions, but may have texts that are given.
        makeReady(plans?.giving(makePlan()) ?? makePlan())
      }
    if deltaLiteral != nil {
      made.lastRun = prepared[version]?.lastRun
      prepared[version] = made
    }
    return made
  }

  var planner: Planner {
    Planner(program: program, relations: relations, options: options, groupsFrom: groupThreshold)
  }

  func makeReady(_ plan: RulePlan, _ span: SourceSpan, sizes: [Int] = []) -> RunnableRule {
    let execution = RuleExecution(
      plan: plan, relations: relations, terms: terms, limits: limits, span: span, room: rooms[0])
    return RunnableRule(execution: execution, sizes: sizes)
  }

  /// How many rows, and how many new ones, each atom of a rule may read.
  private func sizes(of rule: Int) -> [Int] {
    var sizes: [Int] = []
    for case .atom(let atom) in program.rules[rule].body {
      let relation = relations[atom.relation.index]
      sizes.append(relation.visible)
      sizes.append(relation.visible - relation.stable)
    }
    return sizes
  }
}
