import GraphCore

/// Looks once at the conditions that say which groups of an aggregate are meant.
///
/// ```
/// next(u, t, n) :- event(u, t, _), n = min x : { event(u, x, _), x > t }.      before
/// min(u, t, min x) :- demand(u, t), event(u, x, _), x > t.
/// demand(u, t) :- event(u, t, _).
///
/// next(u, t, n) :- min(u, t, n).                                               after
/// ```
///
/// What the aggregate is asked for holds the rows of these conditions already, each once. It stands for them in the
/// rule too, if nothing else of them is used there; and where a group without rows has no value, having one says
/// that the group was asked for. A count is looked up for each row of the demand, as it may be zero.
///
/// Before that, relations that lowering has made alike are made one: several aggregates of a rule ask for the
/// same groups, and a demand that only copies a relation is that relation.
struct DemandedGroups {
  private var program: CoreProgram
  private let outputs: Set<RelationID>
  private var rulesByHead: [[Int]] = []

  /// O(rules · conditions²), and as often the number of rules as relations that are alike depend on each other.
  static func apply(to program: inout CoreProgram, outputs: Set<RelationID>) {
    guard program.readsGroups else { return }
    var pass = DemandedGroups(program: program, outputs: outputs)
    pass.leaveOutCopies()
    while pass.unite() {}
    pass.findRules()
    for index in pass.program.rules.indices { pass.rewrite(index) }
    program = pass.program
  }

  private init(program: CoreProgram, outputs: Set<RelationID>) {
    self.program = program
    self.outputs = outputs
  }

  private mutating func findRules() {
    rulesByHead = Array(repeating: [], count: program.relations.count)
    for (index, rule) in program.rules.enumerated() { rulesByHead[rule.head.index].append(index) }
  }

  /// The rule of a relation that lowering made, and that is nothing but what this one rule says.
  private func onlyRule(of id: RelationID) -> CoreRule? {
    let relation = program[id]
    guard relation.isAuxiliary, relation.origin == .derived, relation.lattice == nil,
      !relation.isEquivalence, relation.choiceKeys.isEmpty, relation.sizeLimit == nil,
      relation.deltaOf == nil, relation.classesOf == nil, !outputs.contains(id),
      rulesByHead[id.index].count == 1
    else { return nil }
    let rule = program.rules[rulesByHead[id.index][0]]
    let isPlain =
      !rule.isDominance && !rule.accumulates && rule.demandLiteral == nil && !rule.countsRows
    return isPlain ? rule : nil
  }

  // MARK: Relations that are alike

  /// Puts another relation in place of demands for all rows of it.
  private mutating func leaveOutCopies() {
    findRules()
    let barred = Set(
      program.rules.compactMap { rule in rule.demandLiteral.flatMap { rule.body[$0].relation } })
    var originals: [RelationID: CoreAtom] = [:]
    for index in program.relations.indices where program.relations[index].isDemand {
      let id = RelationID(index: index)
      if !barred.contains(id), let original = original(of: id) { originals[id] = original }
    }
    if originals.isEmpty { return }
    for index in program.rules.indices where !originals.keys.contains(program.rules[index].head) {
      for position in program.rules[index].body.indices {
        guard case .atom(let atom) = program.rules[index].body[position],
          let original = originals[atom.relation]
        else { continue }
        // The variables of the original are the columns of the copy.
        var renamed = original
        renamed.arguments = original.arguments.compactMap { argument in
          argument.value.variable.flatMap { atom.argument($0) }.map {
            CoreAtom.Argument(column: argument.column, value: $0)
          }
        }
        program.rules[index].body[position] = .atom(renamed)
      }
    }
    program.rules.removeAll { originals.keys.contains($0.head) }
  }

  /// The atom that a relation is a copy of, with the numbers of the copy's columns as its variables.
  private func original(of id: RelationID) -> CoreAtom? {
    guard let rule = onlyRule(of: id), rule.body.count == 1, var atom = rule.body[0].positiveAtom,
      atom.relation != id, program[atom.relation].lattice == nil,
      !program[atom.relation].isEquivalence,
      atom.arguments.count == program[atom.relation].columns.count,
      rule.headTerms.count == atom.arguments.count,
      !atom.arguments.contains(where: {
        program[atom.relation].origin.mayLack(column: $0.column)
      })
    else { return nil }
    var columns: [Int: Int] = [:]
    for (column, term) in rule.headTerms.enumerated() {
      guard let variable = term.variable,
        columns.updateValue(column, forKey: variable) == nil
      else { return nil }
    }
    for place in atom.arguments.indices {
      guard let variable = atom.arguments[place].value.variable,
        let column = columns.removeValue(forKey: variable)
      else { return nil }
      atom.arguments[place].value = .variable(column)
    }
    return atom
  }

  /// What two relations must have in common to be worth comparing.
  private struct Shape: Hashable {
    var columns: [ColumnType]
    var read: [RelationID?]
    var function: AggregateFunction?
  }

  /// Makes relations one whose only rules are the same but for the names of variables; true if there were any. What
  /// reads them may be alike then.
  private mutating func unite() -> Bool {
    findRules()
    var known: [Shape: [RelationID]] = [:]
    var replacements: [RelationID: RelationID] = [:]
    for index in program.relations.indices {
      let id = RelationID(index: index)
      guard let rule = onlyRule(of: id) else { continue }
      let shape = Shape(
        columns: program[id].columns.map { program.type($0.slot) },
        read: rule.body.map(\.relation), function: rule.function)
      if let other = known[shape]?.first(where: { areAlike(rule, $0) }) {
        replacements[id] = other
      } else {
        known[shape, default: []].append(id)
      }
    }
    if replacements.isEmpty { return false }
    program.rules.removeAll { replacements.keys.contains($0.head) }
    for index in program.rules.indices {
      for position in program.rules[index].body.indices {
        program.rules[index].body[position].replaceRelation(replacements)
      }
    }
    return true
  }

  private func areAlike(_ rule: CoreRule, _ other: RelationID) -> Bool {
    guard let other = onlyRule(of: other) else { return false }
    var renaming = Mapping(renamingIn: program)
    return zip(rule.headTerms, other.headTerms).allSatisfy { renaming.take($0, for: $1) }
      && zip(rule.body, other.body).allSatisfy { renaming.take($0, for: $1) }
  }

  // MARK: Conditions

  /// Puts demands in place of the conditions that they were made of, and leaves out those that a group implies.
  private mutating func rewrite(_ index: Int) {
    var rule = program.rules[index]
    guard rule.takesSets else { return }
    var implied: [(atom: CoreAtom, group: RelationID)] = []
    for case .aggregate(let group, let isTotal) in program.rules[index].body {
      guard let source = onlyRule(of: group.relation), source.isAggregate else { continue }
      for atom in conditions(of: source, on: group) {
        if program[atom.relation].isDemand { put(atom, into: &rule) }
        if !isTotal { implied.append((atom, group.relation)) }
      }
    }
    let present = implied.filter { entry in rule.body.contains { $0.isSame(as: .atom(entry.atom)) }
    }
    rule.body = rule.body.compactMap { literal in
      if case .aggregate(let group, isTotal: false) = literal,
        present.contains(where: { $0.group == group.relation })
      {
        return .atom(group)
      }
      return present.contains { literal.isSame(as: .atom($0.atom)) } ? nil : literal
    }
    program.rules[index] = rule
  }

  /// Writes a demand for the conditions that its rule has, if they are there and nothing else of them is used.
  private func put(_ demand: CoreAtom, into rule: inout CoreRule) {
    guard let source = onlyRule(of: demand.relation),
      demand.arguments.count == source.headTerms.count
    else { return }
    var renaming = Mapping(renamingIn: program)
    for (column, term) in source.headTerms.enumerated() {
      guard let variable = term.variable, let outer = demand.argument(column)?.variable,
        renaming.take(variable, for: outer)
      else { return }
    }
    let keys = Set(renaming.names.values)
    var places: [Int] = []
    for literal in source.body {
      let place = rule.body.indices.first { place in
        if places.contains(place) { return false }
        var trial = renaming
        guard trial.take(literal, for: rule.body[place]) else { return false }
        renaming = trial
        return true
      }
      guard let place else { return }
      places.append(place)
    }
    let own = Set(renaming.names.values).subtracting(keys)
    let rest = rule.body.indices.filter { !places.contains($0) }
    guard let first = places.min(),
      rest.allSatisfy({ own.isDisjoint(with: rule.body[$0].variables) }),
      rule.headTerms.allSatisfy({ term in
        var uses = false
        term.forEachVariable { if own.contains($0) { uses = true } }
        return !uses
      })
    else { return }
    rule.body[first] = .atom(demand)
    rule.body = rule.body.indices.filter { $0 == first || !places.contains($0) }.map {
      rule.body[$0]
    }
  }

  /// The conditions of an aggregate that speak of its group alone, in the words of who looks a group up.
  private func conditions(of source: CoreRule, on group: CoreAtom) -> [CoreAtom] {
    var values: [Int: CoreArgument] = [:]
    for (column, term) in source.headTerms.dropLast().enumerated() {
      if let variable = term.variable { values[variable] = group.argument(column) }
    }
    return source.body.compactMap { literal in
      guard var atom = literal.positiveAtom else { return nil }
      for place in atom.arguments.indices {
        guard let variable = atom.arguments[place].value.variable else { continue }
        guard let value = values[variable] else { return nil }
        atom.arguments[place].value = value
      }
      return atom
    }
  }
}

extension CoreRule {
  /// The function of an aggregate's rule.
  fileprivate var function: AggregateFunction? {
    if case .aggregate(let function) = effect { function } else { nil }
  }
}

extension CoreLiteral {
  /// Reads another relation in place of one that is the same.
  fileprivate mutating func replaceRelation(_ replacements: [RelationID: RelationID]) {
    guard let relation, let other = replacements[relation] else { return }
    switch self {
    case .atom(var atom):
      atom.relation = other
      self = .atom(atom)
    case .negated(var atom):
      atom.relation = other
      self = .negated(atom)
    case .aggregate(var atom, let isTotal):
      atom.relation = other
      self = .aggregate(atom, isTotal: isTotal)
    case .comparison, .test, .range, .never: break
    }
  }
}
