import GraphCore

/// Asks once for each row of a small relation what would be asked of each row that it is joined with.
///
/// ```
/// green(o, a) :- part(p, n), contains("green", n), item(o, p, a).      before
///
/// green(o, a) :- part tested(p, n), item(o, p, a).                     after
/// part tested(p, n) :- part(p, n), contains("green", n).
/// ```
///
/// To look into a text takes longer than to find a row, and how many texts pass is known afterwards: the planner has
/// no better guess. Where a constant says where to begin, few rows may be looked at, and nothing is done.
struct EarlyTests {
  private var program: CoreProgram
  private let derived: Set<RelationID>
  private let facts: [String: Relation]

  /// O(rules · conditions²).
  static func apply(to program: inout CoreProgram, facts: [String: Relation]) {
    let hasTests = program.rules.contains { rule in
      rule.body.contains { if case .test = $0 { true } else { false } }
    }
    guard hasTests else { return }
    var pass = EarlyTests(
      program: program, derived: Set(program.rules.map(\.head)), facts: facts)
    for index in program.rules.indices { pass.rewrite(index) }
    program = pass.program
  }

  private mutating func rewrite(_ index: Int) {
    let rule = program.rules[index]
    guard !rule.isDominance, rule.demandLiteral == nil, !rule.countsRows else { return }
    let atoms = rule.body.indices.filter { rule.body[$0].positiveAtom != nil }
    let namesConstants = rule.body.contains { literal in
      literal.positiveAtom?.arguments.contains { $0.value.variable == nil } ?? false
    }
    if atoms.count < 2 || namesConstants { return }
    for place in atoms {
      guard let atom = rule.body[place].positiveAtom, let size = rowCount(atom),
        // The rows that it is joined with are more.
        atoms.contains(where: { other in
          rule.body[other].positiveAtom.flatMap(rowCount).map { $0 > 2 * size } ?? false
        })
      else { continue }
      let variables = atom.variables
      let tests = rule.body.indices.filter { rule.body[$0].isTest(of: variables) }
      if tests.isEmpty { continue }
      let tested = program.addPart(.tested, of: atom, where: tests.map { rule.body[$0] }, in: rule)
      program[tested.relation].isSelection = true
      program.rules[index].body[place] = .atom(tested)
      for place in tests.reversed() { program.rules[index].body.remove(at: place) }
      return
    }
  }

  /// How many facts the relation of an atom has, if it consists of facts.
  private func rowCount(_ atom: CoreAtom) -> Int? {
    derived.contains(atom.relation) ? nil : program[atom.relation].rowCount(in: facts)
  }
}

extension CoreLiteral {
  /// Whether this looks for a given text in one of some variables. It cannot fail, as a pattern can.
  fileprivate func isTest(of variables: Set<Int>) -> Bool {
    guard case .test(.contains, .constant, .variable(let variable), _, _) = self else {
      return false
    }
    return variables.contains(variable)
  }
}
