extension CoreRule {
  /// Whether no two bindings of the body give the same row: the head says which row of every
  /// condition was taken. Then an empty relation can take the rows without looking for duplicates.
  func derivesDistinctRows(_ program: CoreProgram, _ recursive: Set<RelationID>) -> Bool {
    guard case .derive = effect, program[head].lattice == nil else { return false }
    var known: VariableSet = []
    for case .variable(let variable) in headTerms { known.insert(variable) }
    // What an equation computes from known values is known.
    var hasGrown = true
    while hasGrown {
      hasGrown = false
      for case .comparison(.equal, let left, let right, _) in body {
        for (target, source) in [(left, right), (right, left)] {
          guard case .variable(let variable) = target, !known.contains(variable),
            Groundedness.isBound(source, known)
          else { continue }
          known.insert(variable)
          hasGrown = true
        }
      }
    }
    return body.allSatisfy { literal in
      switch literal {
      case .atom(let atom):
        // A column that is not looked at may differ between rows that look the same.
        return !recursive.contains(atom.relation)
          && atom.arguments.count == program[atom.relation].columns.count
          && atom.arguments.allSatisfy { isKnown($0, known) }
      case .aggregate(let atom, _):
        return atom.arguments.dropLast().allSatisfy { isKnown($0, known) }
      case .range(let variable, _, _, _, _): return known.contains(variable)
      case .negated, .comparison, .test, .never: return true
      }
    }
  }

  private func isKnown(_ argument: CoreAtom.Argument, _ known: VariableSet) -> Bool {
    if case .variable(let variable) = argument.value { return known.contains(variable) }
    return true
  }
}
