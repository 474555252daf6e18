import GraphCore

/// Goes through the groups of an aggregate in place of the conditions that they imply.
///
/// ```
/// sales(s, y, t) :- supplies(s, _, y, _), t = sum a : { supplies(s, _, y, a) }.                      before
/// alike(i, j, n) :- gram(i, q), gram(j, q), n = count : { gram(i, r), gram(j, r) }.
/// often(i, n) :- item(i), n = count : { sold(_, i) }, n > 60.
///
/// sales(s, y, t) :- total(s, y, t).                                                                 after
/// alike(i, j, n) :- pairs(i, j, n).
/// often(i, n) :- item(i), sales(i, n), n > 60.
/// ```
///
/// A count or a sum has a value for every group, so it is looked up for each that the rule asks for. Where the
/// group is known to have a row, its value is a row like any other: because all conditions of the aggregate
/// are among those of the rule, or because the rule does not want zero. And conditions of the rule that a group's row implies, of
/// which nothing else is used, need not be looked at.
///
/// Both are questions of containment, answered by a mapping of variables (Chandra and Merlin, "Optimal implementation
/// of conjunctive queries in relational data bases", 1977).
struct ImpliedConditions {
  private var program: CoreProgram
  private let rulesByHead: [Int: [Int]]
  /// The stored rows of declared relations, where they are known.
  private let facts: [String: Relation]?

  /// O(rules · conditions²) for bodies without a relation that they name twice.
  static func apply(to program: inout CoreProgram, facts: [String: Relation]) {
    guard program.readsGroups else { return }
    var pass = ImpliedConditions(program, facts: facts)
    for index in program.rules.indices { pass.rewrite(index) }
    program = pass.program
  }

  init(_ program: CoreProgram, facts: [String: Relation]? = nil) {
    self.program = program
    self.facts = facts
    var rulesByHead: [Int: [Int]] = [:]
    for (index, rule) in program.rules.enumerated() {
      rulesByHead[rule.head.index, default: []].append(index)
    }
    self.rulesByHead = rulesByHead
  }

  private mutating func rewrite(_ index: Int) {
    var rule = program.rules[index]
    guard rule.takesSets else { return }
    var position = 0
    while position < rule.body.count {
      defer { position += 1 }
      guard case .aggregate(let group, let isTotal) = rule.body[position],
        let use = Use(of: group, at: position, in: rule, source(of: group.relation), self)
      else { continue }
      let isNotZero = isTotal && use.isNotZero
      guard !isTotal || isNotZero || use.isNamedByItsRows else { continue }
      let implied = use.impliedConditions()
      if !implied.isEmpty {
        rule.body[position] = .atom(group)
      } else if isNotZero {
        // The rule still says which groups it means, and the aggregate is asked for these alone.
        rule.body[position] = .aggregate(group, isTotal: false)
      }
      position -= implied.count { $0 < position }
      rule.body = rule.body.indices.filter { !implied.contains($0) }.map { rule.body[$0] }
    }
    program.rules[index] = rule
  }

  /// Whether an atom holds wherever the body of an aggregate does, because one of its rules says so: `?- why(a, d, _)` of
  /// `answer(a, d) :- why(a, d, _)`.
  func implies(_ aggregate: CoreRule, _ atom: CoreAtom) -> Bool {
    let relation = program[atom.relation]
    guard relation.lattice == nil, relation.choiceKeys.isEmpty, relation.sizeLimit == nil,
      relation.deltaOf == nil
    else { return false }
    let rules = (rulesByHead[atom.relation.index] ?? []).map { program.rules[$0] }
    guard rules.allSatisfy({ !$0.isDominance }) else { return false }
    let body = projected(aggregate.body)
    return rules.contains { rule in
      guard case .derive = rule.effect, !rule.countsRows else { return false }
      var mapping = Mapping(in: program, lone: rule.loneVariables)
      for argument in atom.arguments {
        guard let outer = argument.value.variable,
          let inner = rule.headTerms[argument.column].variable, mapping.take(inner, for: outer)
        else { return false }
      }
      return mapping.maps(projected(rule.body), into: body)
    }
  }

  /// What atoms of a rule say besides, because one rule alone gives their relation its rows: its conditions.
  private func unfolded(_ body: [CoreLiteral], in rule: CoreRule) -> [CoreLiteral] {
    var next = rule.variables.count
    return body.compactMap(\.positiveAtom).flatMap { atom -> [CoreLiteral] in
      let relation = program[atom.relation]
      let isStored =
        relation.origin != .derived && facts.map({ relation.rowCount(in: $0) }) != .some(0)
      guard !isStored, relation.lattice == nil, !relation.isEquivalence,
        relation.deltaOf == nil, relation.classesOf == nil,
        let rules = rulesByHead[atom.relation.index], rules.count == 1
      else { return [] }
      let source = program.rules[rules[0]]
      guard case .derive = source.effect, !source.countsRows else { return [] }
      var names = Array(next..<next + source.variables.count)
      next += source.variables.count
      for argument in atom.arguments {
        guard let outer = argument.value.variable,
          let inner = source.headTerms[argument.column].variable
        else { continue }
        names[inner] = outer
      }
      return source.body.compactMap { literal in
        literal.positiveAtom.map { atom in
          var atom = atom
          for place in atom.arguments.indices {
            guard let variable = atom.arguments[place].value.variable else { continue }
            atom.arguments[place].value = .variable(names[variable])
          }
          return .atom(projected(atom) ?? atom)
        }
      }
    }
  }

  private func projected(_ body: [CoreLiteral]) -> [CoreLiteral] {
    body.map { literal in literal.positiveAtom.flatMap(projected).map { .atom($0) } ?? literal }
  }

  /// The rule that gives an aggregate its groups, where it is the only one.
  private func source(of id: RelationID) -> CoreRule? {
    guard program[id].origin == .derived, program[id].lattice == nil,
      let rules = rulesByHead[id.index], rules.count == 1
    else { return nil }
    var rule = program.rules[rules[0]]
    guard rule.isAggregate, rule.demandLiteral == nil, !rule.accumulates else { return nil }
    rule.body = projected(rule.body)
    return rule
  }

  /// The atom of which another looks at some columns, as lowering writes one with wildcards that are not counted.
  private func projected(_ atom: CoreAtom) -> CoreAtom? {
    guard program[atom.relation].isAuxiliary, program[atom.relation].origin == .derived,
      let rules = rulesByHead[atom.relation.index], rules.count == 1
    else { return nil }
    let rule = program.rules[rules[0]]
    guard case .derive = rule.effect, rule.body.count == 1,
      var original = rule.body[0].positiveAtom,
      original.variables.count == original.arguments.count
    else { return nil }
    var values: [Int: CoreArgument] = [:]
    for (column, term) in rule.headTerms.enumerated() {
      guard let variable = term.variable, let value = atom.argument(column),
        values.updateValue(value, forKey: variable) == nil
      else { return nil }
    }
    let origin = program[original.relation].origin
    if original.arguments.contains(where: { origin.mayLack(column: $0.column) }) { return nil }
    original.arguments = original.arguments.compactMap { argument in
      argument.value.variable.flatMap { values[$0] }.map {
        CoreAtom.Argument(column: argument.column, value: $0)
      }
    }
    return original
  }

  /// A rule that looks up groups of an aggregate.
  private struct Use {
    let group: CoreAtom
    let position: Int
    let rule: CoreRule
    let source: CoreRule
    let pass: ImpliedConditions
    private var program: CoreProgram { pass.program }
    /// The variables of the rule that name the group, each with that of the aggregate.
    let keys: [(outer: Int, inner: Int)]

    /// Nothing where a part of the group is not named by a variable of its own.
    init?(
      of group: CoreAtom, at position: Int, in rule: CoreRule, _ source: CoreRule?,
      _ pass: ImpliedConditions
    ) {
      guard let source, group.arguments.count == source.headTerms.count else { return nil }
      var keys: [(outer: Int, inner: Int)] = []
      for (column, term) in source.headTerms.dropLast().enumerated() {
        guard let outer = group.argument(column)?.variable, let inner = term.variable,
          !keys.contains(where: { $0.outer == outer || $0.inner == inner })
        else { return nil }
        keys.append((outer, inner))
      }
      (self.group, self.position, self.rule, self.source) = (group, position, rule, source)
      (self.pass, self.keys) = (pass, keys)
    }

    // MARK: Groups with rows

    /// Whether all conditions of the aggregate hold for the groups that the rule speaks of.
    var isNamedByItsRows: Bool {
      var mapping = Mapping(in: program, lone: source.loneVariables)
      for (outer, inner) in keys where !mapping.take(inner, for: outer) { return false }
      let others = rule.body.indices.filter { $0 != position }.map { rule.body[$0] }
      return mapping.maps(source.body, into: others + pass.unfolded(others, in: rule))
    }

    /// Whether the rule compares the value with a number so that it cannot be zero.
    var isNotZero: Bool {
      guard let value = group.argument(source.headTerms.count - 1)?.variable else { return false }
      var values: Set<Int> = [value]
      var hasGrown = true
      while hasGrown {
        hasGrown = false
        for case .comparison(.equal, .variable(let left), .variable(let right), _) in rule.body
        where values.contains(left) != values.contains(right) {
          values.formUnion([left, right])
          hasGrown = true
        }
      }
      return rule.body.contains { literal in
        guard case .comparison(let relation, let left, let right, _) = literal else { return false }
        return [(left, relation, right), (right, relation.flipped, left)].contains {
          guard let variable = $0.variable, values.contains(variable),
            let number = number($2)
          else { return false }
          return switch $1 {
          case .equal: number != 0
          case .notEqual: number == 0
          case .greater: number >= 0
          case .greaterOrEqual: number > 0
          case .less: number <= 0
          case .lessOrEqual: number < 0
          }
        }
      }
    }

    private func number(_ expression: CoreExpression) -> Double? {
      guard case .constant(let constant, let slot) = expression else { return nil }
      return switch (constant, program.type(slot)) {
      case (.integer(let bits), .unsigned): Double(bits)
      case (.integer(let bits), _): Double(Int64(bitPattern: bits))
      case (.float(let value), _): value
      case (.term, _), (.boolean, _), (.given, _): nil
      }
    }

    // MARK: Conditions

    /// An atom over the group with the names that the aggregate has.
    private func renamed(_ atom: CoreAtom) -> CoreAtom {
      var atom = atom
      for place in atom.arguments.indices {
        guard let variable = atom.arguments[place].value.variable,
          let key = keys.first(where: { $0.outer == variable })
        else { continue }
        atom.arguments[place].value = .variable(key.inner)
      }
      return atom
    }

    /// The places of conditions that hold wherever the group has a row, and of which nothing else is used.
    func impliedConditions() -> Set<Int> {
      var outside = Set(group.arguments.compactMap(\.value.variable))
      for term in rule.headTerms { term.forEachVariable { outside.insert($0) } }
      var open = rule.body.indices.filter { $0 != position }
      let lone = rule.loneVariables
      var result: Set<Int> = []
      while let first = open.first {
        // What shares variables that nobody else has is implied together or not at all.
        var part = [first]
        var own = rule.body[first].variables.subtracting(outside)
        var hasGrown = true
        while hasGrown {
          hasGrown = false
          for place in open
          where !part.contains(place) && !own.isDisjoint(with: rule.body[place].variables) {
            part.append(place)
            own.formUnion(rule.body[place].variables.subtracting(outside))
            hasGrown = true
          }
        }
        open.removeAll(where: part.contains)
        var mapping = Mapping(in: program, lone: lone)
        guard keys.allSatisfy({ mapping.take($0.outer, for: $0.inner) }),
          part.allSatisfy({ place in
            rule.body[place].variables.isSubset(of: own.union(keys.map(\.outer)))
          })
        else { continue }
        if part.count == 1, own.isEmpty, let atom = rule.body[first].positiveAtom,
          pass.implies(source, renamed(atom))
        {
          result.insert(first)
        } else if mapping.maps(part.map { rule.body[$0] }, into: source.body) {
          result.formUnion(part)
        }
      }
      return result
    }
  }
}

extension CoreRule {
  /// The variables that stand once in the body.
  fileprivate var loneVariables: Set<Int> {
    var counts: [Int: Int] = [:]
    for literal in body { literal.forEachVariable { counts[$0, default: 0] += 1 } }
    return Set(counts.filter { $0.value == 1 }.keys)
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
