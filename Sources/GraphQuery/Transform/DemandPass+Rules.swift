import GraphCore

/// How values are passed through the body of a rule.
extension DemandPass {
  /// The conditions that have been met so far, in an order in which each has values to start from.
  private struct Passing {
    struct Step {
      var literal: CoreLiteral
      /// The variables that have values from here on.
      var introduced: VariableSet
    }

    var bound: VariableSet = []
    var steps: [Step] = []

    mutating func add(_ literal: CoreLiteral) {
      let variables = literal.variableSet
      steps.append(Step(literal: literal, introduced: variables.subtracting(bound)))
      bound.formUnion(variables)
    }

    /// The conditions that lead to some variables, and those that only narrow them.
    func body(leadingTo variables: Set<Int>) -> [CoreLiteral] {
      var needed: VariableSet = []
      for variable in variables { needed.insert(variable) }
      var kept: [Bool] = Array(repeating: false, count: steps.count)
      for index in steps.indices.reversed() where steps[index].introduced.intersects(needed) {
        kept[index] = true
        needed.formUnion(steps[index].literal.variableSet)
      }
      for index in steps.indices where !kept[index] {
        let variables = steps[index].literal.variableSet
        kept[index] = !variables.isEmpty && variables.isSubset(of: needed)
      }
      return steps.indices.filter { kept[$0] }.map { steps[$0].literal }
    }

    func hasValue(_ argument: CoreArgument) -> Bool {
      argument.variable.map { bound.contains($0) } ?? true
    }
  }

  /// Puts a rule into the result, its atoms replaced by versions for the values that reach them.
  mutating func rewrite(_ job: Job) {
    var rule = job.rule
    if rule.demandLiteral != nil {
      // The places of its literals have a meaning.
      for id in rule.body.compactMap(\.relation) where isDerived(id) { takeWhole(id) }
      result.rules.append(rule)
      return
    }
    rule = rule.propagatingConstants(source)
    if let version = job.version { addGuard(version, to: &rule) }
    seedTogether(&rule)
    var passing = Passing()
    var open = rule.body.indices.filter { rule.body[$0].positiveAtom != nil }
    passEquations(rule, &passing)
    while let next = nextAtom(open, rule, passing) {
      open.removeAll { $0 == next }
      guard case .atom(let atom) = rule.body[next] else { continue }
      if canRestrict(atom.relation) {
        rule.body[next] = .atom(request(atom, in: rule, passing))
      } else if isDerived(atom.relation) {
        takeWhole(atom.relation)
      }
      passing.add(rule.body[next])
      passEquations(rule, &passing)
    }
    // No value leads to what is left.
    for position in open {
      if let id = rule.body[position].relation, isDerived(id) { takeWhole(id) }
    }
    for position in rule.body.indices {
      switch rule.body[position] {
      case .negated(let atom) where isDerived(atom.relation):
        rule.body[position] = .negated(request(atom, in: rule, passing))
      case .aggregate(let atom, let isTotal) where isDerived(atom.relation):
        rule.body[position] = .aggregate(request(atom, in: rule, passing), isTotal: isTotal)
      case .atom, .negated, .aggregate, .comparison, .test, .range, .never: break
      }
    }
    finish(rule, job.version)
  }

  private mutating func request(_ atom: CoreAtom, in rule: CoreRule, _ passing: Passing) -> CoreAtom
  {
    let bound = atom.arguments.filter { passing.hasValue($0.value) }.map(\.column).sorted()
    return request(atom, bound: bound, in: rule) { passing.body(leadingTo: $0) }
  }

  /// What to look at next: relations made for a few values, then stored or complete ones that
  /// something is known of, then those that a version can be made of.
  private func nextAtom(_ open: [Int], _ rule: CoreRule, _ passing: Passing) -> Int? {
    var best: (position: Int, score: Int)?
    for position in open {
      guard let atom = rule.body[position].positiveAtom else { continue }
      let known = atom.arguments.count { passing.hasValue($0.value) }
      let score: Int
      if restricted.contains(atom.relation) || small.contains(atom.relation.index) {
        score = 4
      } else if known == 0 {
        continue
      } else if canRestrict(atom.relation) {
        score = 1
      } else {
        score = known == atom.arguments.count ? 3 : 2
      }
      if score > best?.score ?? 0 { best = (position, score) }
    }
    return best?.position
  }

  /// Equations between a variable and a constant or another variable pass values on; computed values
  /// do not, because new ones could be asked for without end.
  private func passEquations(_ rule: CoreRule, _ passing: inout Passing) {
    var changed = true
    while changed {
      changed = false
      for literal in rule.body {
        guard case .comparison(.equal, let left, let right, _) = literal, !left.hasCall,
          !right.hasCall
        else { continue }
        let variables = literal.variableSet
        let isConstant = left.variable == nil || right.variable == nil
        if variables.subtracting(passing.bound).count == 1, isConstant || variables.count == 2 {
          passing.add(literal)
          changed = true
        }
      }
    }
  }

  // MARK: Guards

  private func addGuard(_ version: DemandVersion, to rule: inout CoreRule) {
    guard let seeds = version.seeds else { return }
    var arguments: [CoreAtom.Argument] = []
    for (place, column) in version.bound.enumerated() {
      let term = rule.headTerms[column]
      if let argument = term.argument {
        arguments.append(CoreAtom.Argument(column: place, value: argument))
      } else {
        let variable = rule.addVariable(source[version.relation].columns[column].slot)
        rule.body.append(.comparison(.equal, .variable(variable), term, rule.span))
        arguments.append(CoreAtom.Argument(column: place, value: .variable(variable)))
      }
    }
    rule.body.insert(
      .atom(CoreAtom(relation: seeds, arguments: arguments, span: rule.span)), at: 0)
  }

  /// Leaves the guard out where another atom holds no more than is asked for anyway.
  private mutating func finish(_ rule: CoreRule, _ version: DemandVersion?) {
    guard let version, let guardAtom = rule.body.first?.positiveAtom,
      guardAtom.relation == version.seeds
    else {
      result.rules.append(rule)
      return
    }
    let isImplied = rule.body.dropFirst().contains { literal in
      guard let atom = literal.positiveAtom, let other = self.version(withRows: atom.relation),
        other.isGuarded
      else { return false }
      let asked = other.bound.map { atom.argument($0)?.variable }
      return asked == guardAtom.arguments.map(\.value.variable) && !asked.contains(nil)
    }
    if isImplied {
      var rule = rule
      rule.body.removeFirst()
      result.rules.append(rule)
    } else if isBinary[component[version.relation.index]], let folded = foldGuard(rule, version) {
      result.rules.append(folded)
    } else {
      result.rules.append(rule)
    }
  }

  // MARK: Entanglement

  /// Relations whose versions tie together what was apart: their seeds come from a recursion above
  /// them, from behind a negation, or, in a recursion of binary relations, from its own rows. They are
  /// better computed in whole.
  func entangled() -> Set<Int> {
    if home.isEmpty { return [] }
    var edges: [[Int]] = Array(repeating: [], count: result.relations.count)
    for rule in result.rules {
      for id in rule.body.compactMap(\.relation) { edges[rule.head.index].append(id.index) }
    }
    let groups = Stratification.stronglyConnected(edges)
    var group = Array(repeating: 0, count: edges.count)
    for (number, members) in groups.enumerated() {
      for member in members { group[member] = number }
    }
    var found: Set<Int> = []
    for members in groups where members.count > 1 {
      let homes = members.map { home[$0] ?? ($0 < component.count ? $0 : nil) }
      let components = homes.compactMap { $0.map { component[$0] } }
      guard let highest = components.max() else { continue }
      for (member, home) in zip(members, homes) {
        guard let home, self.home[member] != nil else { continue }
        let isGuarded = version(withRows: RelationID(index: member))?.isGuarded ?? false
        if component[home] != highest || (isGuarded && isBinary[highest] && hasSeeds(members)) {
          found.insert(home)
        }
      }
    }
    for rule in result.rules {
      for literal in rule.body
      where group[rule.head.index] == literal.relation.map({ group[$0.index] }) {
        switch literal {
        case .negated, .aggregate: break
        case .atom:
          if !rule.isAggregate || rule.demandLiteral != nil || rule.accumulates { continue }
        case .comparison, .test, .range, .never: continue
        }
        for member in groups[group[rule.head.index]] {
          if let home = home[member] { found.insert(home) }
        }
      }
    }
    return found
  }

  private func hasSeeds(_ members: [Int]) -> Bool {
    members.contains { member in
      home[member] != nil && version(withRows: RelationID(index: member)) == nil
    }
  }
}
