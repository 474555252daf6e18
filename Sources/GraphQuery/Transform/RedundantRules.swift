import GraphCore

/// Leaves out rules whose head follows from what they read of it.
///
/// ```
/// same(x, y) :- same(x, z), same(z, y), kind(x, k), kind(y, k).     left out where `same` is an `eqrel`
/// near(x, y) :- near(x, y), far(y, x).                              left out
/// ```
///
/// They would go through all that is known in each round, and add nothing. Rules that compute something stay, as that
/// may fail.
enum RedundantRules {
  /// O(size of the rules).
  static func apply(to program: inout CoreProgram) {
    let relations = program.relations
    program.rules.removeAll { isRedundant($0, relations[$0.head.index]) }
  }

  private static func isRedundant(_ rule: CoreRule, _ head: CoreRelation) -> Bool {
    guard case .derive = rule.effect, !rule.accumulates, rule.demandLiteral == nil,
      head.lattice == nil, head.deltaOf == nil,
      rule.body.contains(where: { $0.positiveAtom?.relation == rule.head })
    else { return false }
    for literal in rule.body {
      switch literal {
      case .comparison(_, let left, let right, _):
        if left.hasCall || right.hasCall { return false }
      case .range: return false
      case .atom, .negated, .aggregate, .test, .never: break
      }
    }
    return readsItsHead(rule) || head.isEquivalence && leadsAcross(rule)
  }

  /// Whether a condition is the head itself.
  private static func readsItsHead(_ rule: CoreRule) -> Bool {
    rule.body.contains { literal in
      guard let atom = literal.positiveAtom, atom.relation == rule.head else { return false }
      return rule.headTerms.enumerated().allSatisfy { column, term in
        guard let value = atom.argument(column) else { return false }
        switch (term, value) {
        case (.variable(let a), .variable(let b)): return a == b
        case (.constant(let a, _), .constant(let b, _)): return a == b
        case (.variable, _), (.constant, _), (.call, _): return false
        }
      }
    }
  }

  /// Whether pairs of an equivalence lead from the one end of the head to the other.
  private static func leadsAcross(_ rule: CoreRule) -> Bool {
    guard case .variable(let from) = rule.headTerms[0], case .variable(let to) = rule.headTerms[1]
    else { return false }
    var reached: Set<Int> = []
    for atom in rule.body.compactMap(\.positiveAtom) where atom.relation == rule.head {
      if atom.variables.contains(from) { reached.insert(from) }
    }
    var changed = true
    while changed {
      changed = false
      for atom in rule.body.compactMap(\.positiveAtom)
      where atom.relation == rule.head && !atom.variables.isDisjoint(with: reached) {
        for variable in atom.variables where reached.insert(variable).inserted { changed = true }
      }
    }
    return reached.contains(to)
  }
}
