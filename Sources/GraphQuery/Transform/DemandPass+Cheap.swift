import GraphCore

/// Relations that cost no more to compute in whole than to look at the facts once.
///
/// Asking has a price: the conditions that lead to what is asked for are evaluated again for each place that
/// asks. In
///
/// ```
/// apart(k, a, b) :- gap(k), column(a), column(b), a != b + k, b != a + k.
/// queens(a, b, c, d) :- column(a), column(b), apart(1, a, b), column(c), apart(1, b, c), apart(2, a, c), …
/// ```
///
/// each `apart` would be asked for what the part of the body before it yields, though with a few columns all
/// of its rows are soon there. A body that asks for one relation time and again is not split up however many rows
/// this has: what leads to each place would be evaluated once more.
extension DemandPass {
  /// Below so many rows any relation without recursion is computed in whole.
  package static let defaultCheapRows = 4096

  /// The derived relations without recursion that can have no more rows than are stored altogether, or than
  /// `least`, and look at no more on the way, or that a body names time and again. O(size of the program).
  static func cheapRelations(
    _ program: CoreProgram, _ rowCounts: (CoreRelation) -> Int?, least: Int
  ) -> Set<Int> {
    var rules: [[Int]] = Array(repeating: [], count: program.relations.count)
    var edges: [[Int]] = Array(repeating: [], count: program.relations.count)
    for (index, rule) in program.rules.enumerated() {
      rules[rule.head.index].append(index)
      for literal in rule.body {
        if let target = literal.relation { edges[rule.head.index].append(target.index) }
      }
    }
    let stored = program.relations.map(rowCounts)
    let limit = Double(max(stored.reduce(0) { $0 + ($1 ?? 0) }, least))
    var bounds: [Double] = Array(repeating: .infinity, count: program.relations.count)
    let repeated = least > 0 ? repeatedRelations(program) : []
    // Those that no recursion leads to.
    var plain: Set<Int> = []
    var cheap: Set<Int> = []
    // Components come behind those that they depend on.
    for members in Stratification.stronglyConnected(edges) {
      guard let member = members.first, members.count == 1, !edges[member].contains(member) else {
        continue
      }
      let sources = edges[member]
      if sources.allSatisfy({ rules[$0].isEmpty || plain.contains($0) }) { plain.insert(member) }
      if rules[member].isEmpty {
        bounds[member] = stored[member].map(Double.init) ?? .infinity
      } else if repeated.contains(member), plain.contains(member) {
        cheap.insert(member)
      } else if sources.allSatisfy({ rules[$0].isEmpty || cheap.contains($0) }) {
        let total = rules[member].reduce(Double(stored[member] ?? 0)) {
          $0 + mostRows(program.rules[$1], bounds)
        }
        if total < limit {
          bounds[member] = total
          cheap.insert(member)
        }
      }
    }
    return cheap
  }

  /// Relations that a body names more than `mostPlaces` times. O(conditions).
  private static func repeatedRelations(_ program: CoreProgram) -> Set<Int> {
    let mostPlaces = 4
    var result: Set<Int> = []
    for rule in program.rules where rule.body.count > mostPlaces {
      var places: [Int: Int] = [:]
      for literal in rule.body {
        if let id = literal.positiveAtom?.relation { places[id.index, default: 0] += 1 }
      }
      for (index, count) in places where count > mostPlaces { result.insert(index) }
    }
    return result
  }

  /// How many rows a rule's body can have: the product of the relations that bring new variables, the smallest
  /// first.
  private static func mostRows(_ rule: CoreRule, _ bounds: [Double]) -> Double {
    var known: VariableSet = []
    var result = 1.0
    var atoms: [(variables: VariableSet, rows: Double)] = []
    for literal in rule.body {
      switch literal {
      case .atom(let atom), .aggregate(let atom, _):
        atoms.append((literal.variableSet, bounds[atom.relation.index]))
      case .range(let number, let from, let to, let step, _):
        atoms.append(
          ([number], CoreExpression.count(from: from, to: to, step: step) ?? .infinity))
      case .negated, .comparison, .test, .never: break
      }
    }
    if atoms.count > 1 { atoms.sort { $0.rows < $1.rows } }
    for atom in atoms
    where !atom.variables.isSubset(of: known) || atom.rows == .infinity {
      known.formUnion(atom.variables)
      result *= max(atom.rows, 1)
    }
    return result
  }
}
