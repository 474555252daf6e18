import GraphCore

/// Finds what a closure leads back to by strong components, without the pairs of the closure.
///
/// ```
/// path(x, y) :- edge(x, y).                                          before
/// path(x, z) :- path(x, y), edge(y, z).
/// circular(x) :- path(x, x).
/// together(x, y) :- path(x, y), path(y, x).
///
/// path components(x, y) :- edge(x, y).                               after
/// path cycles(x) :- path components(x, c), x != c.
/// path cycles(c) :- path components(x, c), x != c.
/// path cycles(x) :- edge(x, x).
/// circular(x) :- path cycles(x).
/// together(x, y) :- path components(x, c), path components(y, c), path cycles(x).
/// ```
///
/// The first rule applies the algorithm: it gives each node the one that stands for its component. A node is on a cycle if
/// its component has others or an edge leads from it to itself; two lead to each other if they have one component and
/// that has a cycle. This takes O(nodes + edges), where the closure may have nodes² pairs; who needs these
/// beside it has them by the rules as they are written.
struct CycleMembers {
  private var program: CoreProgram
  private let facts: [String: Relation]
  private let rulesByHead: [RelationID: [CoreRule]]
  /// What stands for the closures that were looked at; nothing for relations that are none.
  private var known: [RelationID: Replacement?] = [:]
  /// Relations on which none depends that they depend on, but they themselves.
  private lazy var alone = Set(
    Stratification.stratify(program).strata.components.filter { $0.count == 1 }.joined())

  private struct Replacement {
    var components: RelationID
    var cycles: RelationID
  }

  /// O(rules · conditions²).
  static func apply(to program: inout CoreProgram, facts: [String: Relation]) {
    var pass = CycleMembers(program, facts)
    for index in program.rules.indices { pass.rewrite(index) }
    program = pass.program
  }

  private init(_ program: CoreProgram, _ facts: [String: Relation]) {
    self.program = program
    self.facts = facts
    rulesByHead = Dictionary(grouping: program.rules, by: \.head)
  }

  private mutating func rewrite(_ index: Int) {
    for place in program.rules[index].body.indices {
      let rule = program.rules[index]
      guard let (atom, isNegated) = rule.body[place].pair, atom.relation != rule.head else {
        continue
      }
      let (left, right) = (atom.arguments[0].value, atom.arguments[1].value)
      guard let x = left.variable, let y = right.variable else { continue }
      if x == y {
        if isNearConstant(x, in: rule) { continue }
        guard let replacement = replacement(of: atom.relation) else { continue }
        let cycle = member(of: replacement.cycles, left, atom.span)
        program.rules[index].body[place] = isNegated ? .negated(cycle) : .atom(cycle)
        continue
      }
      guard !isNegated,
        let back = rule.body.indices.first(where: {
          $0 > place && rule.body[$0].leads(y, to: x, by: atom.relation)
        }),
        !isNearConstant(x, in: rule), !isNearConstant(y, in: rule),
        let replacement = replacement(of: atom.relation)
      else { continue }
      let component = program.rules[index].addVariable(
        program[replacement.components].columns[1].slot)
      for (place, node) in [(place, left), (back, right)] {
        var half = member(of: replacement.components, node, atom.span)
        half.arguments.append(CoreAtom.Argument(column: 1, value: .variable(component)))
        program.rules[index].body[place] = .atom(half)
      }
      program.rules[index].body.append(.atom(member(of: replacement.cycles, left, atom.span)))
    }
  }

  private func member(of id: RelationID, _ node: CoreArgument, _ span: SourceSpan) -> CoreAtom {
    CoreAtom(
      relation: id, arguments: [CoreAtom.Argument(column: 0, value: node)], span: span)
  }

  /// Whether a constant says what a variable is, or an edge of the graph leads to it from one: walks from few nodes
  /// look at a small part of a large graph.
  private func isNearConstant(_ variable: Int, in rule: CoreRule) -> Bool {
    rule.equatesWithConstant(variable)
      || rule.body.contains { literal in
        guard let atom = literal.positiveAtom else { return false }
        switch program[atom.relation].origin {
        case .edgePairs, .edges:
          let ends = [0, 1].compactMap { atom.argument($0) }
          return ends.contains { $0.variable == variable } && ends.contains { $0.variable == nil }
        case .declared, .label, .edgeCitations, .labelCitations, .nodeProperty, .nodes,
          .nodeLabels, .allEdges, .allProperties, .aliases, .aliasCitations, .texts, .derived:
          return false
        }
      }
  }

  // MARK: Closures

  /// Conditions that lead from the value of one variable to that of another.
  private struct Step {
    var from: Int
    var to: Int
    var conditions: [CoreLiteral]
    var rule: CoreRule
  }

  private mutating func replacement(of id: RelationID) -> Replacement? {
    if let known = known[id] { return known }
    let made = steps(of: id).map { makeReplacement($0, of: id) }
    known[id] = .some(made)
    return made
  }

  /// The steps that the pairs of a relation are sequences of, if they are all sequences of some.
  private mutating func steps(of id: RelationID) -> [Step]? {
    let relation = program[id]
    guard let rules = rulesByHead[id], relation.isPlainPairs, alone.contains(id),
      program.type(relation.columns[0].slot) == program.type(relation.columns[1].slot),
      program.type(relation.columns[0].slot) != .float,
      relation.origin == .derived || relation.rowCount(in: facts) == 0
    else { return nil }
    var steps: [Step] = []
    var (appended, prepended): ([Step], [Step]) = ([], [])
    var isSquared = false
    for rule in rules {
      guard case .derive = rule.effect, !rule.countsRows, let from = rule.headTerms[0].variable,
        let to = rule.headTerms[1].variable, from != to
      else { return nil }
      let own = rule.body.indices.filter { rule.body[$0].relation == id }
      let rest = rule.body.indices.filter { !own.contains($0) }.map { rule.body[$0] }
      if own.isEmpty {
        steps.append(Step(from: from, to: to, conditions: rest, rule: rule))
        continue
      }
      var ends: [(from: Int, to: Int)] = []
      for place in own {
        guard let atom = rule.body[place].positiveAtom, atom.arguments.count == 2,
          let from = atom.argument(0)?.variable, let to = atom.argument(1)?.variable, from != to
        else { return nil }
        ends.append((from, to))
      }
      if ends.count == 2, rest.isEmpty {
        let forward = ends[0].from == from ? (ends[0], ends[1]) : (ends[1], ends[0])
        guard forward.0.from == from, forward.0.to == forward.1.from, forward.1.to == to
        else { return nil }
        isSquared = true
      } else if ends.count == 1, ends[0].from == from, !rest.contains(variable: from) {
        appended.append(Step(from: ends[0].to, to: to, conditions: rest, rule: rule))
      } else if ends.count == 1, ends[0].to == to, !rest.contains(variable: to) {
        prepended.append(Step(from: from, to: ends[0].from, conditions: rest, rule: rule))
      } else {
        return nil
      }
    }
    // No step may be taken that none begins with; and all of them must be taken at one end.
    func holds(_ others: [Step], all these: [Step]) -> Bool {
      these.allSatisfy { step in others.contains { isSame(step, $0) } }
    }
    guard !steps.isEmpty, holds(steps, all: appended), holds(steps, all: prepended),
      isSquared || !appended.isEmpty && holds(appended, all: steps)
        || !prepended.isEmpty && holds(prepended, all: steps)
    else { return nil }
    return steps
  }

  private func isSame(_ step: Step, _ other: Step) -> Bool {
    func maps(_ step: Step, into other: Step) -> Bool {
      var renaming = Mapping(renamingIn: program)
      return renaming.take(step.from, for: other.from) && renaming.take(step.to, for: other.to)
        && renaming.maps(step.conditions, into: other.conditions)
    }
    return maps(step, into: other) && maps(other, into: step)
  }

  // MARK: Rules

  private mutating func makeReplacement(_ steps: [Step], of id: RelationID) -> Replacement {
    let ends = program[id].columns
    let replacement = Replacement(
      components: program.addPart(.components, of: id, columns: ends),
      cycles: program.addPart(.cycles, of: id, columns: [ends[0]]))
    let span = steps[0].rule.span
    func ruleOfPairs(_ head: RelationID, reading id: RelationID) -> (CoreRule, x: Int, y: Int) {
      var rule = CoreRule(head: head, headTerms: [], body: [], variables: [], span: span)
      let (x, y) = (rule.addVariable(ends[0].slot), rule.addVariable(ends[1].slot))
      var pair = member(of: id, .variable(x), span)
      pair.arguments.append(CoreAtom.Argument(column: 1, value: .variable(y)))
      rule.body = [.atom(pair)]
      return (rule, x, y)
    }
    // The algorithm is applied to the rows of one rule.
    if steps.count == 1 {
      var rule = steps[0].rule
      rule.head = replacement.components
      rule.effect = .algorithm(AlgorithmCall(.strongComponent))
      program.rules.append(rule)
    } else {
      let all = program.addPart(.steps, of: id, columns: ends)
      for step in steps {
        var rule = step.rule
        rule.head = all
        program.rules.append(rule)
      }
      var (rule, x, y) = ruleOfPairs(replacement.components, reading: all)
      rule.effect = .algorithm(AlgorithmCall(.strongComponent))
      rule.headTerms = [.variable(x), .variable(y)]
      program.rules.append(rule)
    }
    var (other, x, component) = ruleOfPairs(replacement.cycles, reading: replacement.components)
    other.body.append(.comparison(.notEqual, .variable(x), .variable(component), span))
    for node in [x, component] {
      other.headTerms = [.variable(node)]
      program.rules.append(other)
    }
    for step in steps {
      var rule = step.rule
      rule.head = replacement.cycles
      rule.headTerms = [.variable(step.from)]
      rule.body.append(.comparison(.equal, .variable(step.from), .variable(step.to), span))
      program.rules.append(rule)
    }
    return replacement
  }
}

extension CoreRelation {
  /// Whether the relation is a set of pairs, and nothing else depends on how they come.
  fileprivate var isPlainPairs: Bool {
    columns.count == 2 && lattice == nil && !isEquivalence && choiceKeys.isEmpty
      && sizeLimit == nil && deltaOf == nil && classesOf == nil
  }
}

extension CoreLiteral {
  /// An atom that looks at the two columns of a relation, in their order.
  fileprivate var pair: (atom: CoreAtom, isNegated: Bool)? {
    let (atom, isNegated): (CoreAtom, Bool)
    switch self {
    case .atom(let positive): (atom, isNegated) = (positive, false)
    case .negated(let negated): (atom, isNegated) = (negated, true)
    case .aggregate, .comparison, .test, .range, .never: return nil
    }
    return atom.arguments.map(\.column) == [0, 1] ? (atom, isNegated) : nil
  }

  /// Whether the literal says that a relation holds between two variables.
  fileprivate func leads(_ from: Int, to: Int, by id: RelationID) -> Bool {
    guard let (atom, isNegated) = pair, !isNegated, atom.relation == id else { return false }
    return atom.arguments[0].value.variable == from && atom.arguments[1].value.variable == to
  }
}

extension [CoreLiteral] {
  fileprivate func contains(variable: Int) -> Bool {
    contains { $0.variables.contains(variable) }
  }
}

extension CoreRule {
  /// Whether an equation gives a variable a constant.
  fileprivate func equatesWithConstant(_ variable: Int) -> Bool {
    body.contains { literal in
      guard case .comparison(.equal, let left, let right, _) = literal else { return false }
      return literal.variables == [variable]
        && (left.variable == variable || right.variable == variable)
    }
  }
}
