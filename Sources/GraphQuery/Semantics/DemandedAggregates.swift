/// Finds aggregates whose groups come from the recursion that uses them.
///
/// In `out(n + 1, c) :- out(n, _), c = count : { point(x), x <= n }` the count is over a relation that
/// is complete, only which `n` it is asked for depends on `out`. Such an aggregate takes part in the
/// recursion: each group is computed in full when it is first asked for.
enum DemandedAggregates {
  static let demandName = "demand"

  static func mark(_ program: inout CoreProgram) {
    // Parts of negations are asked for keys as aggregates are.
    let hasDemand = program.relations.contains { $0.isDemand }
    guard hasDemand || program.rules.contains(where: { $0.isAggregate }) else { return }
    var component = components(of: program)
    if loosen(&program, component) { component = components(of: program) }
    var demanded: Set<RelationID> = []
    for (index, rule) in program.rules.enumerated() where rule.isAggregate {
      let recursive = rule.body.indices.filter { position in
        rule.body[position].relation.map {
          component[$0.index] == component[rule.head.index]
        } ?? false
      }
      guard recursive.count == 1, case .atom(let atom) = rule.body[recursive[0]],
        program[atom.relation].isDemand
      else { continue }
      program.rules[index].demandLiteral = recursive[0]
      demanded.insert(rule.head)
    }
    guard !demanded.isEmpty else { return }
    // A group that has no row is given its zero when it is computed, so that it can be waited for.
    for index in program.rules.indices {
      for position in program.rules[index].body.indices {
        if case .aggregate(let atom, _) = program.rules[index].body[position],
          demanded.contains(atom.relation)
        {
          program.rules[index].body[position] = .atom(atom)
        }
      }
    }
  }
}

extension DemandedAggregates {
  /// The strongly connected component of each relation.
  static func components(of program: CoreProgram) -> [Int] {
    var edges: [[Int]] = Array(repeating: [], count: program.relations.count)
    for rule in program.rules {
      for literal in rule.body {
        if let read = literal.relation { edges[rule.head.index].append(read.index) }
      }
    }
    var component = Array(repeating: 0, count: edges.count)
    for (number, members) in Stratification.stronglyConnected(edges).enumerated() {
      for member in members { component[member] = number }
    }
    return component
  }

  /// Takes out of each demand what ties it to a recursion, where the rest says the groups too; true
  /// if anything changed. Groups that nothing asks for do no harm, and the aggregate can be completed
  /// before the recursion.
  private static func loosen(_ program: inout CoreProgram, _ component: [Int]) -> Bool {
    var hasChanged = false
    for index in program.rules.indices where program[program.rules[index].head].isDemand {
      let rule = program.rules[index]
      let kept = rule.body.filter { literal in
        literal.relation.map { component[$0.index] != component[rule.head.index] } ?? true
      }
      guard kept.count < rule.body.count else { continue }
      let bound = Groundedness.grounded(by: kept)
      guard rule.headTerms.allSatisfy({ Groundedness.isBound($0, bound) }) else { continue }
      program.rules[index].body = kept.filter { Groundedness.isBound($0, bound) }
      hasChanged = true
    }
    return hasChanged
  }
}

extension CoreRule {
  var isAggregate: Bool { if case .aggregate = effect { true } else { false } }
}

extension CoreRelation {
  /// Whether the relation holds the keys that a part of a rule is asked for.
  var isDemand: Bool { isAuxiliary && name.hasPrefix(DemandedAggregates.demandName) }
}
