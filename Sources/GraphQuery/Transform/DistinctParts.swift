import GraphCore

/// Makes the parts of a product distinct before they are multiplied.
///
/// ```
/// total(c, y, t) :- item(_, c, _), day(_, y, _), t = sum a : { … }.      before
///
/// total(c, y, t) :- item values(c), day values(y), t = sum a : { … }.    after
/// item values(c) :- item(_, c, _).
/// day values(y) :- day(_, y, _).
/// ```
///
/// A condition that shares no variable with the others is gone through once for each of their rows, and where some of
/// its columns are not looked at, the same values come again and again. To tell them apart first takes a step for each of
/// its rows, less than the product does.
enum DistinctParts {
  /// With fewer rows in one of its parts a product is little more than the other.
  static let leastRows = 32

  /// O(rules · conditions²).
  static func apply(
    to program: inout CoreProgram, facts: [String: Relation], leastRows: Int
  ) {
    let derived = Set(program.rules.map(\.head))
    /// How many rows an atom's relation has, where that is known.
    func rowCount(_ literal: CoreLiteral) -> Int {
      guard let atom = literal.positiveAtom, !derived.contains(atom.relation) else { return 0 }
      return program[atom.relation].rowCount(in: facts) ?? 0
    }
    for index in program.rules.indices where program.rules[index].takesSets {
      let rule = program.rules[index]
      let large = rule.body.indices.filter { rowCount(rule.body[$0]) >= leastRows }
      if large.count < 2 { continue }
      for position in large {
        guard let atom = rule.body[position].positiveAtom,
          atom.arguments.count < program[atom.relation].columns.count,
          isApart(position, in: rule)
        else { continue }
        program.rules[index].body[position] = .atom(
          program.addPart(.values, of: atom, in: rule))
      }
    }
  }

  /// Whether a condition has variables, and shares none with those that bring rows.
  private static func isApart(_ position: Int, in rule: CoreRule) -> Bool {
    let own = rule.body[position].variables
    return !own.isEmpty
      && rule.body.indices.allSatisfy { other in
        switch rule.body[other] {
        case .atom(let atom):
          other == position || own.isDisjoint(with: atom.variables)
        case .range(let variable, _, _, _, _): !own.contains(variable)
        case .negated, .aggregate, .comparison, .test, .never: true
        }
      }
  }
}
