extension CoreRule {
  /// Whether no two bindings of the body give the same row: the head says which row of every
  /// condition was taken. Then an empty relation can take the rows without looking for duplicates.
  ///
  /// What is known of the head's variables grows: by equations, by the value of a group that is known, and by all
  /// of a row whose key is. That is the closure of attributes under functional dependencies (Armstrong, "Dependency
  /// structures of data base relationships", 1974).
  func derivesDistinctRows(
    _ program: CoreProgram, _ relations: [Relation], _ recursive: Set<RelationID>
  ) -> Bool {
    guard case .derive = effect, program[head].lattice == nil else { return false }
    var known: VariableSet = []
    for case .variable(let variable) in headTerms { known.insert(variable) }
    /// How many arguments of an atom say which row it is, if they are known.
    func keyWidth(_ atom: CoreAtom) -> Int {
      let width = program[atom.relation].columns.count
      return min(relations[atom.relation.index].keyWidth ?? width, width)
    }
    func isRow(_ atom: CoreAtom) -> Bool {
      let key = keyWidth(atom)
      return !recursive.contains(atom.relation)
        && atom.arguments.count { $0.column < key && isKnown($0, known) } == key
    }
    func isGroup(_ atom: CoreAtom) -> Bool {
      atom.arguments.dropLast().allSatisfy { isKnown($0, known) }
    }
    var hasGrown = true
    func learn(_ variable: Int) {
      if known.contains(variable) { return }
      known.insert(variable)
      hasGrown = true
    }
    while hasGrown {
      hasGrown = false
      for literal in body {
        switch literal {
        case .comparison(.equal, let left, let right, _):
          for (target, source) in [(left, right), (right, left)] {
            if let variable = target.variable, Groundedness.isBound(source, known) {
              learn(variable)
            }
          }
        case .atom(let atom) where isRow(atom): atom.forEachVariable(learn)
        case .aggregate(let atom, _) where isGroup(atom) && !recursive.contains(atom.relation):
          atom.forEachVariable(learn)
        case .atom, .aggregate, .negated, .comparison, .test, .range, .never: break
        }
      }
    }
    return body.allSatisfy { literal in
      switch literal {
      case .atom(let atom): isRow(atom)
      case .aggregate(let atom, _): isGroup(atom)
      case .range(let variable, _, _, _, _): known.contains(variable)
      case .negated, .comparison, .test, .never: true
      }
    }
  }

  private func isKnown(_ argument: CoreAtom.Argument, _ known: VariableSet) -> Bool {
    argument.value.variable.map(known.contains) ?? true
  }
}
