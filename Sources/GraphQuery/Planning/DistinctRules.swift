extension CoreRule {
  /// Whether no two bindings of the body give the same row: the head says which row of every
  /// condition was taken. Then an empty relation can take the rows without looking for duplicates.
  func derivesDistinctRows(
    _ program: CoreProgram, _ relations: [Relation], _ recursive: Set<RelationID>
  ) -> Bool {
    guard case .derive = effect, program[head].lattice == nil else { return false }
    var dependencies = Dependencies(self, program, relations, recursive)
    for case .variable(let variable) in headTerms { dependencies.learn(variable) }
    dependencies.close()
    return body.allSatisfy { literal in
      switch literal {
      case .atom(let atom): dependencies.isRow(atom)
      case .aggregate(let atom, _): dependencies.isGroup(atom)
      case .range(let variable, _, _, _, _): dependencies.known.contains(variable)
      case .negated, .comparison, .test, .never: true
      }
    }
  }

  /// How many columns of the head, from the first, tell each row that the rule gives from all others, where that is
  /// fewer than all: they say what is in the rest.
  func keyWidth(_ program: CoreProgram, _ relations: [Relation]) -> Int? {
    if isAggregate, demandLiteral == nil, !accumulates {
      return headTerms.count > 1 ? headTerms.count - 1 : nil
    }
    guard case .derive = effect, !countsRows else { return nil }
    var dependencies = Dependencies(self, program, relations, [])
    for width in 1..<max(headTerms.count, 1) {
      // What a value was computed from is not known by it.
      if case .variable(let variable) = headTerms[width - 1] { dependencies.learn(variable) }
      dependencies.close()
      let rest = headTerms[width...]
      if rest.allSatisfy({ Groundedness.isBound($0, dependencies.known) }) { return width }
    }
    return nil
  }
}

/// The variables of a body that those known determine.
///
/// What is known grows: by equations, by the value of a group that is known, and by all of a row whose key is. That is
/// the closure of attributes under functional dependencies (Armstrong, "Dependency structures of data base
/// relationships", 1974).
private struct Dependencies {
  private(set) var known: VariableSet = []
  private let rule: CoreRule
  private let program: CoreProgram
  private let relations: [Relation]
  private let recursive: Set<RelationID>
  private var hasGrown = false

  init(
    _ rule: CoreRule, _ program: CoreProgram, _ relations: [Relation],
    _ recursive: Set<RelationID>
  ) {
    (self.rule, self.program) = (rule, program)
    (self.relations, self.recursive) = (relations, recursive)
  }

  mutating func learn(_ variable: Int) {
    if known.contains(variable) { return }
    known.insert(variable)
    hasGrown = true
  }

  /// O(conditions²).
  mutating func close() {
    hasGrown = true
    while hasGrown {
      hasGrown = false
      for literal in rule.body {
        switch literal {
        case .comparison(.equal, let left, let right, _):
          for (target, source) in [(left, right), (right, left)] {
            if let variable = target.variable, Groundedness.isBound(source, known) {
              learn(variable)
            }
          }
        case .atom(let atom) where isRow(atom): for v in atom.variables { learn(v) }
        case .aggregate(let atom, _) where isGroup(atom) && !recursive.contains(atom.relation):
          for v in atom.variables { learn(v) }
        case .atom, .aggregate, .negated, .comparison, .test, .range, .never: break
        }
      }
    }
  }

  /// Whether it is known which row an atom stands for: by its key, or by all its columns.
  func isRow(_ atom: CoreAtom) -> Bool {
    let width = program[atom.relation].columns.count
    let key = min(relations[atom.relation.index].keyWidth ?? width, width)
    return !recursive.contains(atom.relation)
      && atom.arguments.count { $0.column < key && isKnown($0) } == key
  }

  /// Whether the group of an aggregate is known.
  func isGroup(_ atom: CoreAtom) -> Bool { atom.arguments.dropLast().allSatisfy(isKnown) }

  private func isKnown(_ argument: CoreAtom.Argument) -> Bool {
    argument.value.variable.map(known.contains) ?? true
  }
}
