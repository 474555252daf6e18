import GraphCore

/// Leaves out conditions that the group of an aggregate implies.
///
/// ```
/// sales(s, y, t) :- supplies(s, _, y, _), t = sum a : { supplies(s, _, y, a) }.      before
///
/// sales(s, y, t) :- total(s, y, t).                                                  after
/// total(s, y, sum a) :- supplies(s, _, y, a).
/// ```
///
/// The outer condition is there to say which groups are meant, and says no more than that the group has a
/// row. So the groups themselves are gone through, once each, in place of all rows they were made of,
/// with a look for the group of each.
enum ImpliedConditions {
  /// O(rules · conditions²).
  static func apply(to program: inout CoreProgram) {
    guard program.readsGroups else { return }
    var rulesByHead: [Int: [Int]] = [:]
    for (index, rule) in program.rules.enumerated() {
      rulesByHead[rule.head.index, default: []].append(index)
    }
    for index in program.rules.indices {
      let rule = program.rules[index]
      guard case .derive = rule.effect, rule.demandLiteral == nil, !rule.countsRows else {
        continue
      }
      for position in rule.body.indices {
        guard case .aggregate(let group, _) = rule.body[position],
          let source = Source(of: group.relation, rulesByHead, program),
          let implied = rule.body.indices.first(where: { other in
            rule.body[other].positiveAtom.map { source.implies($0, by: group) } ?? false
          })
        else { continue }
        program.rules[index].body[position] = .atom(group)
        program.rules[index].body.remove(at: implied)
        break
      }
    }
  }

  /// The one relation whose rows are the groups of an aggregate.
  private struct Source {
    let relation: RelationID
    /// The column in which the rows have each value of the group.
    let columns: [Int]

    /// Nothing where the groups are made of something else than all rows of a relation.
    init?(of id: RelationID, _ rulesByHead: [Int: [Int]], _ program: CoreProgram) {
      guard program[id].origin == .derived, program[id].lattice == nil,
        let rules = rulesByHead[id.index], rules.count == 1
      else { return nil }
      let rule = program.rules[rules[0]]
      guard rule.isAggregate, rule.demandLiteral == nil, !rule.accumulates, rule.body.count == 1,
        let atom = rule.body[0].positiveAtom,
        atom.variables.count == atom.arguments.count,
        !atom.arguments.contains(where: {
          program[atom.relation].origin.mayLack(column: $0.column)
        })
      else { return nil }
      var columns: [Int] = []
      for term in rule.headTerms.dropLast() {
        guard let variable = term.variable,
          let argument = atom.arguments.first(where: { $0.value.variable == variable })
        else { return nil }
        columns.append(argument.column)
      }
      relation = atom.relation
      self.columns = columns
    }

    /// Whether an atom asks that the group has a row, and nothing more. One that names a part of the group says
    /// less: other conditions may ask for groups without rows, whose count is zero.
    func implies(_ atom: CoreAtom, by group: CoreAtom) -> Bool {
      atom.relation == relation && group.arguments.count == columns.count + 1
        && atom.arguments.count == columns.count
        && atom.arguments.allSatisfy { argument in
          columns.enumerated().contains { place, column in
            column == argument.column
              && group.argument(place).map { $0.isSame(as: argument.value) } ?? false
          }
        }
    }
  }
}

extension CoreArgument {
  func isSame(as other: CoreArgument) -> Bool {
    switch (self, other) {
    case (.variable(let a), .variable(let b)): a == b
    case (.constant(let a, _), .constant(let b, _)): a == b
    case (.variable, .constant), (.constant, .variable): false
    }
  }
}

extension CoreLiteral {
  /// Whether both are the same positive atom.
  func isSame(as other: CoreLiteral) -> Bool {
    guard let atom = positiveAtom, let other = other.positiveAtom,
      atom.relation == other.relation, atom.arguments.count == other.arguments.count
    else { return false }
    return atom.arguments.allSatisfy { argument in
      other.argument(argument.column).map { $0.isSame(as: argument.value) } ?? false
    }
  }
}
