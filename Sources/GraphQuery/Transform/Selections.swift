import GraphCore

/// Reads rows with given constants out of a wide relation once, for all conditions that ask for them.
///
/// ```
/// path(a, c) :- triple(a, 7, b), triple(b, 8, c).                 before
///
/// path(a, c) :- triple(_, 7, _)(a, b), triple(_, 8, _)(b, c).     after
/// triple(_, 7, _)(s, o) :- triple(s, 7, o).
/// ```
///
/// One table of triples is then as good as a relation for every predicate: what is left are mostly
/// binary relations, which are intersected, closed over and composed by rows. A selection is one
/// look through a column, and its rows are distinct since the constants are.
///
/// Only relations that are complete before the rule's recursion begins are selected from, and only for
/// conditions that are joined with others: alone, a condition is its own selection.
struct Selections {
  private struct Key: Hashable {
    var relation: RelationID
    var constants: [Int: CoreConstant]
  }

  private var program: CoreProgram
  private let component: [Int]
  private var made: [Key: RelationID] = [:]
  /// Whether rules fill the relations that may be selected from.
  private let isDerived: Bool
  private let heads: Set<Int>

  /// Rewrites the conditions on relations that have rules, or on those that have none. O(rules).
  static func apply(to program: inout CoreProgram, derived: Bool) {
    guard
      program.relations.contains(where: { relation in
        relation.columns.count > 2 && relation.origin.isSelectable
      })
    else { return }
    var pass = Selections(program, derived)
    for index in program.rules.indices { pass.rewrite(index) }
    if !pass.made.isEmpty { program = pass.program }
  }

  private init(_ program: CoreProgram, _ derived: Bool) {
    self.program = program
    isDerived = derived
    heads = Set(program.rules.map(\.head.index))
    var edges: [[Int]] = Array(repeating: [], count: program.relations.count)
    for rule in program.rules {
      for target in rule.body.compactMap(\.relation) { edges[rule.head.index].append(target.index) }
    }
    var component = Array(repeating: 0, count: program.relations.count)
    for (number, members) in Stratification.stronglyConnected(edges).enumerated() {
      for member in members { component[member] = number }
    }
    self.component = component
  }

  private mutating func rewrite(_ index: Int) {
    let rule = program.rules[index]
    // The places of such a rule's literals, or the order of their rows, have a meaning.
    guard !rule.isDominance, rule.demandLiteral == nil, !rule.countsRows,
      rule.body.count(where: { $0.positiveAtom != nil }) > 1
    else { return }
    for position in rule.body.indices {
      switch rule.body[position] {
      case .atom(let atom):
        if let selected = selected(atom, rule) {
          program.rules[index].body[position] = .atom(selected)
        }
      case .negated(let atom):
        if let selected = selected(atom, rule) {
          program.rules[index].body[position] = .negated(selected)
        }
      case .aggregate, .comparison, .test, .range, .never: break
      }
    }
  }

  /// The atom over the selection in place of one over its relation.
  private mutating func selected(_ atom: CoreAtom, _ rule: CoreRule) -> CoreAtom? {
    let relation = program[atom.relation]
    guard relation.columns.count > 2, relation.origin.isSelectable,
      heads.contains(atom.relation.index) == isDerived,
      component[atom.relation.index] != component[rule.head.index]
    else { return nil }
    var constants: [Int: CoreConstant] = [:]
    for argument in atom.arguments {
      if case .constant(let constant, _) = argument.value { constants[argument.column] = constant }
    }
    let rest = relation.columns.indices.filter { constants[$0] == nil }
    guard !constants.isEmpty, !rest.isEmpty else { return nil }
    let id = selection(of: atom, constants, rest, rule.span)
    return CoreAtom(
      relation: id,
      arguments: rest.enumerated().compactMap { place, column in
        atom.argument(column).map { CoreAtom.Argument(column: place, value: $0) }
      }, span: atom.span)
  }

  private mutating func selection(
    of atom: CoreAtom, _ constants: [Int: CoreConstant], _ rest: [Int], _ span: SourceSpan
  ) -> RelationID {
    let key = Key(relation: atom.relation, constants: constants)
    if let known = made[key] { return known }
    let relation = program[atom.relation]
    let id = program.addPart(
      .selected, of: atom.relation, columns: rest.map { relation.columns[$0] })
    program[id].isSelection = true
    var rule = CoreRule(head: id, headTerms: [], body: [], variables: [], span: span)
    var whole = CoreAtom(
      relation: atom.relation, arguments: atom.arguments.filter { $0.value.variable == nil },
      span: atom.span)
    for column in rest {
      let variable = rule.addVariable(relation.columns[column].slot)
      rule.headTerms.append(.variable(variable))
      whole.arguments.append(CoreAtom.Argument(column: column, value: .variable(variable)))
    }
    rule.body = [.atom(whole)]
    program.rules.append(rule)
    made[key] = id
    return id
  }
}

extension CoreRelation.Origin {
  /// What the graph holds is found by its own order, and properties may be absent.
  fileprivate var isSelectable: Bool {
    switch self {
    case .declared, .derived: true
    case .label, .edgePairs, .edges, .edgeCitations, .labelCitations, .nodeProperty, .nodes,
      .nodeLabels, .allEdges, .allProperties, .aliases, .aliasCitations, .texts:
      false
    }
  }
}
