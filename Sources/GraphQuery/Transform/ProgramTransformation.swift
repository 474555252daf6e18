package import GraphCore

/// Rewrites core programs so that less has to be computed.
///
/// A pass keeps the numbers of the relations it is given; it adds relations at their end and replaces
/// rules. The relations that somebody reads have the same rows afterwards, others may have fewer or
/// none. Every pass but that of equivalences is an `Optimization`, so that it can be left out, and what it
/// makes is checked in debug builds.
package enum ProgramTransformation {
  /// Applies all passes; `strata` are those of `program`, and `outputs` what will be read. `facts` are
  /// the stored rows of declared relations: how many there are decides what is worth asking for, and with
  /// fewer than `cheapRows` nothing is. The graph is there to say what it has indexes of.
  package static func apply(
    to program: CoreProgram, strata: Strata, outputs: Set<RelationID>, facts: [String: Relation],
    graph: (Graph, TermSpace)? = nil, options: Set<Optimization>,
    cheapRows: Int = DemandPass.defaultCheapRows
  ) -> (program: CoreProgram, strata: Strata) {
    var result = program
    if options.contains(.columns) {
      LiveColumns.apply(to: &result, outputs: outputs) { facts[$0] != nil }
      result.assertIsWellFormed(after: .columns)
    }
    if options.contains(.texts), let graph {
      TextConditions.apply(to: &result, graph: graph.0, terms: graph.1)
      result.assertIsWellFormed(after: .texts)
    }
    if options.contains(.lattices) {
      BestRows.apply(to: &result)
      result.assertIsWellFormed(after: .lattices)
    }
    if options.contains(.existence) {
      RedundantRules.apply(to: &result)
      EarlyExistence.apply(to: &result)
      DemandedGroups.apply(to: &result, outputs: outputs)
      ImpliedConditions.apply(to: &result, facts: facts)
      DistinctParts.apply(
        to: &result, facts: facts, leastRows: min(DistinctParts.leastRows, max(1, cheapRows)))
      result.assertIsWellFormed(after: .existence)
    }
    // Selections from what is stored make recursions binary; values can still flow to derived relations,
    // so these are selected from when it is settled what of them is computed.
    if options.contains(.selections) {
      Selections.apply(to: &result, derived: false)
      EarlyTests.apply(to: &result, facts: facts)
      result.assertIsWellFormed(after: .selections)
    }
    if options.contains(.computations) {
      ComputedColumns.apply(to: &result, derived: false)
      result.assertIsWellFormed(after: .computations)
    }
    if options.contains(.closure) {
      CycleMembers.apply(to: &result, facts: facts)
      result.assertIsWellFormed(after: .closure)
    }
    if options.contains(.demand) {
      AggregateGuards.apply(to: &result, outputs: outputs)
      result = DemandPass.apply(
        to: result, outputs: outputs, cheapRows: cheapRows
      ) { $0.rowCount(in: facts) }
      result.assertIsWellFormed(after: .demand)
    }
    if options.contains(.selections) {
      Selections.apply(to: &result, derived: true)
      result.assertIsWellFormed(after: .selections)
    }
    if options.contains(.computations) {
      ComputedColumns.apply(to: &result, derived: true)
      result.assertIsWellFormed(after: .computations)
    }
    if options.contains(.existence) {
      ClassGroups.apply(to: &result)
      result.assertIsWellFormed(after: .existence)
    }
    EquivalenceClasses.apply(to: &result)
    let (newStrata, problems) = Stratification.stratify(result)
    assert(problems.isEmpty, "a pass made a program without strata")
    return problems.isEmpty ? (result, newStrata) : (program, strata)
  }
}

extension CoreRelation {
  /// How many rows a declared relation has before any rule is run; nothing for others.
  func rowCount(in facts: [String: Relation]) -> Int? {
    if case .declared(let key) = origin { facts[key]?.rowCount ?? 0 } else { nil }
  }
}

extension CoreProgram {
  /// Stops a debug build where a pass has left a program that no lowering would make.
  func assertIsWellFormed(after pass: Optimization) {
    assert(
      {
        for rule in rules {
          let problem = problem(of: rule)
          assert(problem == nil, "\(pass): \(problem ?? "") in a rule of \(self[rule.head].name)")
        }
        return true
      }())
  }

  /// What is wrong with a rule, if anything.
  private func problem(of rule: CoreRule) -> String? {
    let width = rule.isDominance ? 2 * self[rule.head].columns.count : self[rule.head].columns.count
    if rule.headTerms.count != width { return "a head of \(rule.headTerms.count) terms" }
    for literal in rule.body {
      switch literal {
      case .atom(let atom), .negated(let atom), .aggregate(let atom, _):
        let columns = atom.arguments.map(\.column)
        if Set(columns).count != columns.count { return "a column that is named twice" }
        if columns.contains(where: { $0 >= self[atom.relation].columns.count }) {
          return "a column that is not there"
        }
      case .comparison, .test, .range, .never: break
      }
      if literal.variables.contains(where: { $0 >= rule.variables.count }) {
        return "a variable that is not there"
      }
    }
    let grounded = Groundedness.grounded(by: rule.body)
    for term in rule.headTerms where !Groundedness.isBound(term, grounded) {
      return "a head variable without a value"
    }
    return nil
  }
}
