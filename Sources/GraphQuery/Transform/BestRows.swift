/// Makes a subsumption that keeps one best value for each key a relation that has one value for each key.
///
/// ```
/// dist(y, d + w) :- dist(x, d), road(x, y, w).                            before
/// dist(x, d) <= dist(x, e) :- e < d.
///
/// dist(y, min d + w) :- dist(x, d), road(x, y, w).                        after
/// ```
///
/// A subsumption looks for what each new row gives way to, among all rows, once a round. A relation with one
/// value for each key finds the place of the key and compares. The two end in the same rows where better values
/// lead to better ones (`RecursiveValueCheck`): what follows from a row that has given way then gives way to what
/// follows from the row that took its place. Other subsumptions stay as they are written.
enum BestRows {
  static func apply(to program: inout CoreProgram) {
    let found = program.rules.compactMap { candidate($0, program) }
    if found.isEmpty { return }
    // Recursions that improve each other are right together or not at all.
    for group in [found] + (found.count > 1 ? found.map { [$0] } : []) {
      let open = group.filter { program[$0.relation].lattice == nil }
      if let changed = changed(open, program) { program = changed }
    }
    let done = Set(found.map(\.relation).filter { program[$0].lattice != nil })
    program.rules.removeAll { $0.isDominance && done.contains($0.head) }
  }

  private struct Candidate {
    var relation: RelationID
    var lattice: CoreRelation.Lattice
  }

  /// The program with these relations changed, if it is a monotone one.
  private static func changed(_ group: [Candidate], _ program: CoreProgram) -> CoreProgram? {
    var result = program
    for candidate in group {
      result.relations[candidate.relation.index].lattice = candidate.lattice
    }
    let (strata, problems) = Stratification.stratify(result)
    guard problems.isEmpty, RecursiveValueCheck(result, strata).diagnostics.isEmpty else {
      return nil
    }
    return result
  }

  /// What a subsumption keeps, where that is the least or greatest value of the last column for all others.
  private static func candidate(_ rule: CoreRule, _ program: CoreProgram)
    -> Candidate?
  {
    let relation = program[rule.head]
    let width = relation.columns.count
    guard rule.isDominance, width > 1, relation.lattice == nil, relation.choiceKeys.isEmpty,
      !relation.isEquivalence, relation.sizeLimit == nil, rule.headTerms.count == 2 * width,
      !program.relations.contains(where: { $0.deltaOf == rule.head }),
      program.rules.count(where: { $0.isDominance && $0.head == rule.head }) == 1
    else { return nil }
    let variables = rule.headTerms.compactMap { term in
      if case .variable(let variable) = term { variable } else { nil }
    }
    guard variables.count == 2 * width else { return nil }
    let (lesser, greater) = (Array(variables[..<width]), Array(variables[width...]))
    let (old, new) = (lesser[width - 1], greater[width - 1])
    guard Set(lesser).count == width, Set(greater).count == width, old != new else { return nil }
    var isKey = zip(lesser, greater).map { $0 == $1 }
    var lattice: CoreRelation.Lattice?
    for literal in rule.body.dropFirst(2) {
      guard case .comparison(let comparison, .variable(let left), .variable(let right), _) = literal
      else { return nil }
      if comparison == .equal,
        let column = (0..<width - 1).first(where: {
          Set([left, right]) == Set([lesser[$0], greater[$0]])
        })
      {
        isKey[column] = true
        continue
      }
      guard lattice == nil, Set([left, right]) == Set([old, new]) else { return nil }
      switch comparison {
      case .less, .lessOrEqual: lattice = left == new ? .min : .max
      case .greater, .greaterOrEqual: lattice = left == new ? .max : .min
      case .equal, .notEqual: return nil
      }
    }
    guard let lattice, isKey.dropLast().allSatisfy({ $0 }) else { return nil }
    return Candidate(relation: rule.head, lattice: lattice)
  }
}
