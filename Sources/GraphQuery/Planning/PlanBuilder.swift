import GraphCore

/// Turns the conditions of a rule, in a given order, into steps.
struct PlanBuilder {
  let planner: Planner
  let rule: CoreRule
  let index: Int
  /// The relations of the recursion that the rule is part of.
  private let recursive: Set<RelationID>
  var steps: [RulePlan.Step] = []
  var stages: [RulePlan.Stage] = []
  var registerCount: Int
  /// The register of a variable is its number; a variable without one is unbound.
  var bound: VariableSet = []
  /// The variables of a head that consists of variables and constants, in a relation that is a plain
  /// set of rows.
  let headVariables: VariableSet
  let filtersHead: Bool
  var isHeadFiltered = false
  /// The registers of what has been computed.
  var computed: [Computed: Int] = [:]

  init(planner: Planner, rule: CoreRule, index: Int, recursive: Set<RelationID>) {
    self.planner = planner
    self.recursive = recursive
    self.rule = rule
    self.index = index
    registerCount = rule.variables.count
    var variables: VariableSet = []
    var isPlain = planner.options.contains(.heads)
    if case .derive = rule.effect {} else { isPlain = false }
    for term in rule.headTerms {
      switch term {
      case .variable(let variable): variables.insert(variable)
      case .constant: break
      case .call: isPlain = false
      }
    }
    let head = planner.program[rule.head]
    isPlain =
      isPlain && head.lattice == nil && !head.isEquivalence && head.choiceKeys.isEmpty
      && !variables.isEmpty
    headVariables = variables
    filtersHead = isPlain
  }

  /// Adds all conditions in their order.
  mutating func add(_ order: JoinOrder.Order, _ deltaLiteral: Int?, _ recursive: Set<RelationID>) {
    // Where no row comes twice, nothing that is looked for is there.
    isHeadFiltered =
      planner.relations[rule.head.index].rowCount == 0
      && rule.derivesDistinctRows(planner.program, planner.relations, recursive)
    var remaining = order.map(\.literal)
    while !remaining.isEmpty {
      let (before, firstStep) = (remaining, steps.count)
      let literal = remaining.removeFirst()
      if !expands(rule.body[literal]) {
        add(literal, &remaining, deltaLiteral, recursive)
      } else {
        addHeadFilter()
        if (order.first { $0.literal == literal }?.rows ?? 0) >= Self.manyMore * rowsSoFar {
          computeAhead(for: remaining)
        }
        if !addPairs(literal, &remaining, recursive), !addExtension(literal, &remaining, recursive)
        {
          add(literal, &remaining, deltaLiteral, recursive)
        }
      }
      // What remains has kept its order, so that one look finds what is gone.
      var kept = remaining[...]
      let literals = before.filter { literal in
        if literal != kept.first { return true }
        kept.removeFirst()
        return false
      }
      let rows = order.last { literals.contains($0.literal) }?.rows ?? 0
      stages.append(
        RulePlan.Stage(
          literals: literals, steps: firstStep..<steps.count, expectedRows: rows))
    }
    groupScan(recursive)
  }

  /// From so many rows for each on, what they have in common is computed before they are made.
  private static let manyMore = 4.0

  /// How many rows are expected behind the steps that are there.
  private var rowsSoFar: Double { max(stages.last?.expectedRows ?? 1, 1) }

  private func isBound(_ argument: CoreAtom.Argument) -> Bool {
    if case .variable(let variable) = argument.value { return bound.contains(variable) }
    return true
  }

  private func isBound(_ atom: CoreAtom) -> Bool { atom.arguments.allSatisfy(isBound) }

  /// Whether a condition may bring new rows, given what is bound.
  private func expands(_ literal: CoreLiteral) -> Bool {
    switch literal {
    case .atom(let atom): !isBound(atom)
    case .aggregate(let atom, let isTotal):
      !(isTotal && atom.arguments.dropLast().allSatisfy(isBound))
    case .range: true
    case .negated, .comparison, .test, .never: false
    }
  }

  // MARK: Heads

  /// Once the head is known, conditions that would only find it in another way are not looked at.
  private mutating func addHeadFilter() {
    guard filtersHead, !isHeadFiltered, !steps.isEmpty, headVariables.isSubset(of: bound)
    else {
      return
    }
    isHeadFiltered = true
    let head = rule.headTerms.map { source($0) }
    steps.append(.unlessDerived(relation: rule.head.index, head: head))
  }

  // MARK: Extensions

  /// Binds the new variable of an atom to the neighbours that all such atoms of the body have in
  /// common: one step of a generic join (Ngo, Ré, Rudra, "Skew strikes back", 2013), whose work is
  /// bounded by the shortest of the rows.
  private mutating func addExtension(
    _ literal: Int, _ remaining: inout [Int], _ recursive: Set<RelationID>
  ) -> Bool {
    guard let (first, variable) = planner.neighbours(rule.body[literal], bound, recursive) else {
      return false
    }
    var all = [first]
    remaining.removeAll { other in
      guard let (next, target) = planner.neighbours(rule.body[other], bound, recursive),
        target == variable
      else { return false }
      all.append(next)
      return true
    }
    let type = planner.program.type(rule.variables[variable].slot)
    let comparisons =
      type == .number || type == .unsigned ? comparisons(of: variable, among: remaining) : []
    let bounds = take(comparisons, type, &remaining)
    steps.append(
      .extend(RulePlan.Extension(register: variable, neighbours: all, bounds: bounds)))
    bound.insert(variable)
    return true
  }

  // MARK: Bounds

  /// The comparisons of a variable without a value with what has one.
  private func comparisons(of variable: Int, among literals: [Int]) -> [KnownComparison] {
    let known = known
    return literals.compactMap { KnownComparison($0, of: variable, known) }
  }

  /// Computes what a new value is compared with, so that these comparisons need not be looked at again.
  mutating func take(
    _ comparisons: [KnownComparison], _ type: ColumnType, _ remaining: inout [Int]
  ) -> [RulePlan.Bound] {
    remaining.removeAll { literal in comparisons.contains { $0.literal == literal } }
    return comparisons.flatMap { comparison in
      let value = source(comparison.other)
      return comparison.bounds.map { RulePlan.Bound(relation: $0, type: type, value: value) }
    }
  }

  private var known: KnownValues {
    let (planner, rule, recursive) = (planner, rule, recursive)
    return KnownValues(rule: rule, program: planner.program, bound: bound) {
      planner.highestWord(of: $0, in: rule, recursive)
    }
  }

  /// The column of an atom's new ones that most bounds speak of; among equals, the one with more values to leave out.
  mutating func takeBounds(
    on outputs: [(column: Int, register: Int)], of relation: Int, _ remaining: inout [Int]
  ) -> RulePlan.ColumnBounds? {
    var best: (column: Int, type: ColumnType, found: FoundBounds)?
    let known = known
    // The registers above those of variables are for values that occur twice.
    for (column, variable) in outputs where variable < rule.variables.count {
      let type = planner.program.type(rule.variables[variable].slot)
      guard type == .number || type == .unsigned || type == .float else { continue }
      let found = FoundBounds(of: variable, among: remaining, known)
      if found.count == 0 { continue }
      if let best, best.found.count >= found.count {
        let relation = planner.relations[relation]
        guard best.found.count == found.count,
          relation.distinctCount(best.column) < relation.distinctCount(column)
        else { continue }
      }
      best = (column, type, found)
    }
    guard let (column, type, found) = best else { return nil }
    var bounds = take(found.exact, type, &remaining)
    for (relation, value) in found.implied.flatMap(\.bounds) {
      bounds.append(RulePlan.Bound(relation: relation, type: type, value: source(value)))
    }
    return RulePlan.ColumnBounds(column: column, bounds: bounds)
  }

  /// What bounds a new value.
  private struct FoundBounds {
    /// Conditions that say no more than their bound.
    private(set) var exact: [KnownComparison] = []
    private(set) var implied: [ImpliedBounds] = []

    init(of variable: Int, among literals: [Int], _ known: KnownValues) {
      for literal in literals {
        if let comparison = KnownComparison(literal, solvedFor: variable, known) {
          // An equation is no bound: it gives a value.
          if comparison.isOrder { exact.append(comparison) }
        } else if let bounds = ImpliedBounds(known.rule.body[literal], on: variable, known) {
          implied.append(bounds)
        }
      }
    }

    var count: Int { exact.count + implied.reduce(0) { $0 + $1.bounds.count } }
  }

  /// Lets a first scan go through its relation by groups of a column's values. Where rows are intersected, a row that is
  /// marked once serves many intersections then; else the head's rows may come in groups: see `GroupedHead`.
  private mutating func groupScan(_ recursive: Set<RelationID>) {
    guard let first = steps.first, case .join(let join) = first, join.keyColumns.isEmpty,
      join.within == nil, join.distinctBy == nil, case .all = join.range,
      // A relation of the recursion may grow while the plan is kept, even where it has nothing new now.
      !recursive.contains(RelationID(index: join.relation))
    else { return }
    let relation = planner.relations[join.relation]
    guard relation.stable == relation.rowCount else { return }
    join.groupedBy =
      groupForIntersections(join, relation) ?? groupForHead(join, relation, recursive)
  }

  private func groupForIntersections(_ join: RulePlan.Join, _ relation: Relation) -> Int? {
    guard join.outputs.count == 2 else { return nil }
    for case .extend(let extended) in steps where extended.neighbours.count > 1 {
      for near in extended.neighbours {
        guard case .register(let register) = near.near,
          let output = join.outputs.first(where: { $0.register == register }),
          relation.canGroup(by: output.column)
        else { continue }
        return output.column
      }
    }
    return nil
  }

  private func groupForHead(
    _ join: RulePlan.Join, _ relation: Relation, _ recursive: Set<RelationID>
  ) -> Int? {
    guard planner.options.contains(.groups), filtersHead, rule.headTerms.count > 1,
      let rows = stages.last?.expectedRows, rows >= planner.groupsFrom,
      !rule.derivesDistinctRows(planner.program, planner.relations, recursive)
    else { return nil }
    let columns = join.outputs.filter { output in
      rule.headTerms.contains { term in
        if case .variable(output.register) = term { true } else { false }
      } && relation.canGroupRows(by: output.column)
    }.map(\.column)
    if let column = columns.first(where: relation.isInGroups) { return column }
    // What goes by numbers of rows jumps; that has to pay.
    return relation.arity == 2 || rows >= Double(relation.rowCount) ? columns.first : nil
  }

  // MARK: Steps

  mutating func add(
    _ position: Int, _ remaining: inout [Int], _ deltaLiteral: Int?, _ recursive: Set<RelationID>
  ) {
    switch rule.body[position] {
    case .never: steps.append(.never)
    case .atom(let atom):
      let range = range(of: atom, at: position, deltaLiteral, recursive)
      if isBound(atom), ignoresRange(range, of: atom) {
        addExistence(atom, isNegated: false, isComplete: !recursive.contains(atom.relation))
      } else {
        addJoin(atom, range, isComplete: !recursive.contains(atom.relation), &remaining)
      }
    case .negated(let atom): addExistence(atom, isNegated: true, isComplete: true)
    case .aggregate(let atom, let isTotal):
      if isTotal, atom.arguments.dropLast().allSatisfy(isBound) {
        addLookup(atom)
      } else {
        addJoin(atom, .all, isComplete: true, &remaining)
      }
    case .comparison(let relation, let left, let right, _):
      addComparison(relation, left, right)
    case .test(let kind, let left, let right, let isNegated, let span):
      steps.append(
        .test(kind, source(left), source(right), isNegated: isNegated, span))
    case .range(let variable, let from, let to, let step, _):
      let type = planner.program.type(rule.variables[variable].slot)
      let sources = (source(from), source(to), step.map { source($0) })
      var register = variable
      let wasBound = bound.contains(variable)
      if wasBound { register = newRegister() }
      steps.append(
        .range(
          register: register, type: type, from: sources.0, to: sources.1, step: sources.2,
          carried: []))
      if wasBound {
        steps.append(.compare(.equal, type, .register(register), .register(variable)))
      }
      bound.insert(variable)
    }
  }

  /// The watermark range of an atom, by its place relative to the delta's.
  private func range(
    of atom: CoreAtom, at position: Int, _ deltaLiteral: Int?, _ recursive: Set<RelationID>
  ) -> RulePlan.Range {
    guard let deltaLiteral, recursive.contains(atom.relation) else { return .all }
    if position == deltaLiteral { return .delta }
    return position < deltaLiteral ? .all : .old
  }

  /// Between which numbers the new values of an atom lie.
  ///
  /// The rows of a relation of the recursion can be in order too, where rows only come. As those that have just come are
  /// not, what bounds them stays a condition.
  private mutating func bounds(
    on outputs: [(column: Int, register: Int)], of id: RelationID, isComplete: Bool,
    _ remaining: inout [Int]
  ) -> RulePlan.ColumnBounds? {
    guard planner.options.contains(.ranges) else { return nil }
    if isComplete { return takeBounds(on: outputs, of: id.index, &remaining) }
    guard !bound.isEmpty, planner.program[id].lattice == nil,
      planner.relations[id.index].compactRows == nil
    else { return nil }
    var others = remaining
    var within = takeBounds(on: outputs, of: id.index, &others)
    within?.isHint = true
    return within
  }

  private mutating func addJoin(
    _ atom: CoreAtom, _ range: RulePlan.Range, isComplete: Bool, _ remaining: inout [Int]
  ) {
    var keyColumns: [Int] = []
    var keySources: [RulePlan.Source] = []
    var outputs: [(column: Int, register: Int)] = []
    var repeated: [(register: Int, variable: Int, column: Int)] = []
    var added: VariableSet = []
    for argument in atom.arguments.sorted(by: { $0.column < $1.column }) {
      switch argument.value {
      case .constant(let constant, _):
        keyColumns.append(argument.column)
        keySources.append(RulePlan.Source(constant, as: type(of: atom, argument.column)))
      case .variable(let variable):
        if bound.contains(variable) {
          keyColumns.append(argument.column)
          keySources.append(.register(variable))
        } else if added.insert(variable) {
          outputs.append((argument.column, variable))
        } else {
          let register = newRegister()
          outputs.append((argument.column, register))
          repeated.append((register, variable, argument.column))
        }
      }
    }
    let within = bounds(on: outputs, of: atom.relation, isComplete: isComplete, &remaining)
    steps.append(
      .join(
        RulePlan.Join(
          relation: atom.relation.index, range: range, keyColumns: keyColumns,
          keySources: keySources, outputs: outputs,
          required: atom.arguments.map(\.column).sorted(), within: within)))
    bound.formUnion(added)
    for entry in repeated {
      steps.append(
        .compare(
          .equal, type(of: atom, entry.column), .register(entry.register),
          .register(entry.variable)))
    }
  }

  /// Whether a known row may be looked for among all, whatever range is to be read: what that derives
  /// besides holds too, and a look into the set that is there costs less than an index.
  private func ignoresRange(_ range: RulePlan.Range, of atom: CoreAtom) -> Bool {
    if case .all = range { return true }
    let relation = planner.relations[atom.relation.index]
    return ignoresRounds && relation.isPacked && atom.arguments.count == relation.arity
  }

  /// Whether it makes no difference how often a row is derived, and in which round.
  var ignoresRounds: Bool {
    if case .derive = rule.effect { !rule.countsRows } else { false }
  }

  private mutating func addExistence(_ atom: CoreAtom, isNegated: Bool, isComplete: Bool) {
    let (columns, sources) = keys(of: atom.arguments, atom)
    let arity = planner.relations[atom.relation.index].arity
    steps.append(
      .existence(
        RulePlan.Existence(
          relation: atom.relation.index, keyColumns: columns, keySources: sources,
          isNegated: isNegated, isComplete: isComplete,
          isMembership: (isComplete || ignoresRounds) && columns.count == arity)))
  }

  private mutating func addLookup(_ atom: CoreAtom) {
    guard let last = atom.arguments.last, case .variable(let variable) = last.value else {
      return
    }
    let (columns, sources) = keys(of: Array(atom.arguments.dropLast()), atom)
    let wasBound = bound.contains(variable)
    let register = wasBound ? newRegister() : variable
    steps.append(
      .lookup(
        RulePlan.GroupLookup(
          relation: atom.relation.index, keyColumns: columns, keySources: sources,
          register: register)))
    if wasBound {
      steps.append(
        .compare(.equal, type(of: atom, last.column), .register(register), .register(variable)))
    }
    bound.insert(variable)
  }

  private mutating func keys(of arguments: [CoreAtom.Argument], _ atom: CoreAtom)
    -> (columns: [Int], sources: [RulePlan.Source])
  {
    var columns: [Int] = []
    var sources: [RulePlan.Source] = []
    for argument in arguments.sorted(by: { $0.column < $1.column }) {
      columns.append(argument.column)
      switch argument.value {
      case .constant(let constant, _):
        sources.append(RulePlan.Source(constant, as: type(of: atom, argument.column)))
      case .variable(let variable): sources.append(.register(variable))
      }
    }
    return (columns, sources)
  }

  private func type(of atom: CoreAtom, _ column: Int) -> ColumnType {
    planner.program.type(planner.program[atom.relation].columns[column].slot)
  }

  func type(of expression: CoreExpression) -> ColumnType {
    planner.program.type(of: expression, in: rule)
  }

  // MARK: Finish

  /// Adds the head, then works backwards to find which registers each expansion has to carry.
  mutating func finish() -> RulePlan {
    var output = rule.headTerms.map { source($0) }
    var isSummary = false
    if case .summarize(let summary) = steps.last {
      output[output.count - 1] = .register(summary.register)
      isSummary = true
    }
    let witness = isSummary ? nil : witness(of: output)
    var needed: VariableSet = []
    if let witness { needed.insert(witness.register) } else { Self.use(output, &needed) }
    var levels = 1
    var repeated: [Int]?
    var live: [[Int]] = Array(repeating: [], count: steps.count)
    for position in steps.indices.reversed() {
      live[position] = needed.sorted
      switch steps[position] {
      case .join(let join):
        join.distinctBy = join.distinctBy ?? distinctColumn(of: join, needed)
        if witness == nil { repeated = repeatedRegisters(of: join, at: position, needed) }
        for output in join.outputs { needed.remove(output.register) }
        join.carried = needed.sorted
        Self.use(join.keySources + (join.within?.bounds.map(\.value) ?? []), &needed)
        levels += 1
      case .extend(var extended):
        extended.isExistence = ignoresRounds && !needed.contains(extended.register)
        needed.remove(extended.register)
        extended.carried = needed.sorted
        Self.use(extended.neighbours.map(\.near) + extended.bounds.map(\.value), &needed)
        steps[position] = .extend(extended)
        levels += 1
      case .unlessDerived(_, let head): Self.use(head, &needed)
      case .range(let register, let type, let from, let to, let step, _):
        needed.remove(register)
        let carried = needed.sorted
        Self.use([from, to] + (step.map { [$0] } ?? []), &needed)
        steps[position] = .range(
          register: register, type: type, from: from, to: to, step: step, carried: carried)
        levels += 1
      case .existence(let existence): Self.use(existence.keySources, &needed)
      case .lookup(let lookup):
        needed.remove(lookup.register)
        Self.use(lookup.keySources, &needed)
      case .summarize(let summary):
        needed.remove(summary.register)
        Self.use(summary.sources, &needed)
      case .compute(let computation):
        needed.remove(computation.register)
        Self.use(computation.operands, &needed)
      case .copy(let from, let register):
        needed.remove(register)
        Self.use([from], &needed)
      case .compare(_, _, let left, let right), .test(_, let left, let right, _, _):
        Self.use([left, right], &needed)
      case .never: break
      }
      if let witness, witness.step == position {
        needed.remove(witness.register)
        Self.use(output, &needed)
      }
    }
    if planner.options.contains(.filters) { addFilters(live) }
    return RulePlan(
      rule: index, steps: steps, stages: stages, live: live, registerCount: registerCount,
      output: output, isSummary: isSummary, levelCount: levels, repeated: repeated, witness: witness
    )
  }

  /// Finds the conditions that candidates can be asked.
  private mutating func addFilters(_ live: [[Int]]) {
    for position in steps.indices {
      switch steps[position] {
      case .join(let join):
        join.filter = CandidateFilter(steps, behind: position, of: join.outputs, live)
      case .extend(var extended) where extended.isPlain:
        extended.filter = CandidateFilter(
          steps, behind: position, of: [(0, extended.register)], live)
        steps[position] = .extend(extended)
      default: break
      }
    }
  }

  /// Where the head is known and many rows are to come that would only find it again: the first such step that
  /// looks rows up. Nothing where each row counts, or where so few come that looking at all is as good.
  private mutating func witness(of output: [RulePlan.Source]) -> RulePlan.Witness? {
    guard planner.options.contains(.existence), ignoresRounds, !output.isEmpty else { return nil }
    var wanted: VariableSet = []
    Self.use(output, &wanted)
    var (rows, level) = (1.0, 0)
    for stage in stages {
      for position in stage.steps {
        let step = steps[position]
        if step.expands {
          if wanted.isEmpty, level > 0, !step.relations.isEmpty {
            let isMany = step.isProduct || stage.expectedRows >= Self.manyWays * max(rows, 1)
            return isMany ? RulePlan.Witness(step: position, register: newRegister()) : nil
          }
          level += 1
        }
        for register in step.newRegisters { wanted.remove(register) }
      }
      rows = stage.expectedRows
    }
    return nil
  }

  /// From so many ways through on it pays to look at a few at a time.
  private static let manyWays = 16.0

  private static func use(_ sources: [RulePlan.Source], _ needed: inout VariableSet) {
    for case .register(let register) in sources { needed.insert(register) }
  }
}
