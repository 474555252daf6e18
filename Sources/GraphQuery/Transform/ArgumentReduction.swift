import GraphCore

/// How a relation that is asked for with values in some columns can do without them.
///
/// A closure asked for from one node needs no pairs: what is wanted are the nodes reached. Let `b`
/// stand for the columns that are asked for and `f` for the others. Every rule of the relation must
/// have one of these shapes:
///
/// ```
/// p(b, f) :- base(b, f).                         base
/// p(b, f') :- p(b, f), step(f, f').              keepsBound: the asked part goes unchanged
/// p(b, f) :- step(b, b'), p(b', f).              keepsFree: the other part goes unchanged
/// p(b, f') :- p(b, f), step(f, b'), p(b', f').   composes: both, one after the other
/// ```
///
/// A row of such a relation is a walk: steps of `keepsFree` from what is asked, then a base, then steps
/// of `keepsBound`, and `composes` starts over. So two relations with the columns `b` and `f` alone
/// suffice, `here` for what is asked of on the way and `found` for the answers:
///
/// ```
/// here(b).                                       for the values asked
/// found(f) :- here(b), base(b, f).               base
/// found(f') :- found(f), step(f, f').            keepsBound
/// here(b') :- here(b), step(b, b').              keepsFree
/// here(b') :- found(f), step(f, b').             composes
/// ```
///
/// This is the factoring of Naughton, Ramakrishnan, Sagiv and Ullman ("Argument reduction by factoring",
/// 1989). Where the asked values come from a rule instead of being constants, `here` and `found` carry
/// them in front, so that the answers of different values stay apart.
struct ArgumentReduction {
  enum Shape {
    case base
    case keepsBound(atom: Int)
    case keepsFree(atom: Int)
    case composes(first: Int, second: Int)
  }

  let relation: RelationID
  let bound: [Int]
  let free: [Int]
  let rules: [CoreRule]
  let shapes: [Shape]

  /// Nothing where a rule has another shape. The relation must be alone in its recursion.
  init?(of relation: RelationID, bound: [Int], rules: [CoreRule], in program: CoreProgram) {
    self.relation = relation
    self.bound = bound
    free = program[relation].columns.indices.filter { !bound.contains($0) }
    self.rules = rules
    var shapes: [Shape] = []
    for rule in rules {
      guard let shape = Self.shape(rule, relation, bound, free, program) else { return nil }
      shapes.append(shape)
    }
    self.shapes = shapes
  }

  /// Whether what is asked for changes on the way.
  var movesBound: Bool {
    shapes.contains {
      switch $0 {
      case .keepsFree, .composes: true
      case .base, .keepsBound: false
      }
    }
  }

  private static func shape(
    _ rule: CoreRule, _ relation: RelationID, _ bound: [Int], _ free: [Int],
    _ program: CoreProgram
  ) -> Shape? {
    let own = rule.body.indices.filter { rule.body[$0].positiveAtom?.relation == relation }
    if own.isEmpty { return .base }
    guard case .derive = rule.effect, own.count <= 2 else { return nil }
    let occurrences = rule.occurrences()
    func keeps(_ columns: [Int], _ position: Int) -> Bool {
      guard let atom = rule.body[position].positiveAtom else { return false }
      var seen: Set<Int> = []
      return columns.allSatisfy { column in
        guard let variable = rule.headTerms[column].variable,
          atom.argument(column)?.variable == variable
        else { return false }
        return occurrences[variable] == 2 && seen.insert(variable).inserted
      }
    }
    // The rest of the body must lead to what the atom is asked for.
    func asks(_ position: Int, from known: Set<Int>) -> Bool {
      guard let atom = rule.body[position].positiveAtom else { return false }
      var rest = rule.body
      rest[position] = .atom(
        CoreAtom(
          relation: relation,
          arguments: known.enumerated().map {
            CoreAtom.Argument(column: $0.offset, value: .variable($0.element))
          }, span: rule.span))
      let grounded = Groundedness.grounded(by: rest)
      return bound.allSatisfy { column in
        guard let argument = atom.argument(column) else { return false }
        return argument.variable.map { grounded.contains($0) } ?? true
      }
    }
    if own.count == 1 {
      if keeps(bound, own[0]) { return .keepsBound(atom: own[0]) }
      let isSimple = bound.allSatisfy { !rule.headTerms[$0].hasCall }
      let asked = Set(bound.compactMap { rule.headTerms[$0].variable })
      return keeps(free, own[0]) && asks(own[0], from: asked) && isSimple
        ? .keepsFree(atom: own[0]) : nil
    }
    guard program[relation].lattice == nil else { return nil }
    for (first, second) in [(own[0], own[1]), (own[1], own[0])]
    where keeps(bound, first) && keeps(free, second) && asks(second, from: []) {
      return .composes(first: first, second: second)
    }
    return nil
  }
}

/// Writes the rules of a reduced relation.
extension ArgumentReduction {
  /// The relations that take the place of the reduced one.
  struct Targets {
    /// What is asked for, where this moves.
    var here: RelationID?
    var found: RelationID
    var asked: Asked
  }

  /// Where the asked values come from.
  enum Asked {
    case constants([CoreArgument])
    /// From a relation; all targets carry the asked values in front.
    case apart(RelationID)
    /// From a relation, and it does not matter which of them leads to an answer.
    case together(RelationID)

    var seeds: RelationID? {
      switch self {
      case .constants: nil
      case .apart(let seeds), .together(let seeds): seeds
      }
    }

    var isCarried: Bool { if case .apart = self { true } else { false } }
  }

  func rules(for targets: Targets, in program: CoreProgram) -> [CoreRule] {
    var result: [CoreRule] = []
    if let here = targets.here { result.append(start(here, targets, program)) }
    for (rule, shape) in zip(rules, shapes) {
      switch shape {
      case .base: result.append(base(rule, targets, program))
      case .keepsBound(let position): result.append(extend(rule, position, targets, program))
      case .keepsFree(let position): result.append(move(rule, position, targets, program))
      case .composes(let first, let second):
        result.append(restart(rule, first, second, targets, program))
      }
    }
    return result
  }

  private func slot(_ column: Int, _ program: CoreProgram) -> TypeSlot {
    program[relation].columns[column].slot
  }

  /// `here(b).`, or `here(s, s) :- seeds(s).`
  private func start(_ here: RelationID, _ targets: Targets, _ program: CoreProgram) -> CoreRule {
    let span = rules.first?.span ?? SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
    var rule = CoreRule(head: here, headTerms: [], body: [], variables: [], span: span)
    if case .constants(let constants) = targets.asked {
      rule.headTerms = constants.map(\.expression)
    } else if let seeds = targets.asked.seeds {
      let asked = bound.map { rule.addVariable(slot($0, program)) }
      let carried = targets.asked.isCarried ? asked : []
      rule.headTerms = (carried + asked).map { .variable($0) }
      rule.body = [atom(seeds, asked.map { .variable($0) }, span)]
    }
    return rule
  }

  private func atom(_ relation: RelationID, _ values: [CoreArgument?], _ span: SourceSpan)
    -> CoreLiteral
  {
    .atom(
      CoreAtom(
        relation: relation,
        arguments: values.enumerated().compactMap { column, value in
          value.map { CoreAtom.Argument(column: column, value: $0) }
        }, span: span))
  }

  /// Fresh variables that carry the asked values along, if they are.
  private func carried(_ rule: inout CoreRule, _ targets: Targets, _ program: CoreProgram) -> [Int]
  {
    targets.asked.isCarried ? bound.map { rule.addVariable(slot($0, program)) } : []
  }

  /// Terms as arguments of an atom: a call is computed into a variable beside it.
  private func arguments(
    _ columns: [Int], of rule: inout CoreRule, _ program: CoreProgram
  ) -> [CoreArgument] {
    columns.map { column in
      let term = rule.headTerms[column]
      if let argument = term.argument { return argument }
      let variable = rule.addVariable(slot(column, program))
      rule.body.append(.comparison(.equal, .variable(variable), term, rule.span))
      return .variable(variable)
    }
  }

  private func base(_ rule: CoreRule, _ targets: Targets, _ program: CoreProgram) -> CoreRule {
    var result = rule
    result.head = targets.found
    let freeTerms = free.map { rule.headTerms[$0] }
    if let here = targets.here {
      let carried = carried(&result, targets, program)
      let asked = arguments(bound, of: &result, program)
      result.body.insert(
        atom(here, carried.map { .variable($0) } + asked, rule.span), at: 0)
      result.headTerms = carried.map { .variable($0) } + freeTerms
      return result
    }
    if case .constants(let constants) = targets.asked {
      for (column, constant) in zip(bound, constants) {
        result.body.append(
          .comparison(.equal, rule.headTerms[column], constant.expression, rule.span))
      }
      result.headTerms = freeTerms
      return result.propagatingConstants(program)
    }
    let asked = arguments(bound, of: &result, program)
    if let seeds = targets.asked.seeds {
      result.body.insert(atom(seeds, asked, rule.span), at: 0)
    }
    result.headTerms = (targets.asked.isCarried ? asked.map(\.expression) : []) + freeTerms
    return result
  }

  private func extend(
    _ rule: CoreRule, _ position: Int, _ targets: Targets, _ program: CoreProgram
  ) -> CoreRule {
    guard let own = rule.body[position].positiveAtom else { return rule }
    var result = rule
    result.head = targets.found
    let carried = carried(&result, targets, program)
    result.body[position] = atom(
      targets.found, carried.map { .variable($0) } + free.map { own.argument($0) }, own.span)
    result.headTerms = carried.map { .variable($0) } + free.map { rule.headTerms[$0] }
    return result
  }

  private func move(
    _ rule: CoreRule, _ position: Int, _ targets: Targets, _ program: CoreProgram
  ) -> CoreRule {
    guard let own = rule.body[position].positiveAtom, let here = targets.here else { return rule }
    var result = rule
    result.head = here
    let carried = carried(&result, targets, program)
    result.body[position] = atom(
      here, carried.map { .variable($0) } + bound.map { rule.headTerms[$0].argument }, own.span)
    result.headTerms =
      carried.map { .variable($0) } + bound.compactMap { own.argument($0)?.expression }
    return result
  }

  private func restart(
    _ rule: CoreRule, _ first: Int, _ second: Int, _ targets: Targets, _ program: CoreProgram
  ) -> CoreRule {
    guard let before = rule.body[first].positiveAtom, let after = rule.body[second].positiveAtom,
      let here = targets.here
    else { return rule }
    var result = rule
    result.head = here
    let carried = carried(&result, targets, program)
    result.body[first] = atom(
      targets.found, carried.map { .variable($0) } + free.map { before.argument($0) }, before.span)
    result.body.remove(at: second)
    result.headTerms =
      carried.map { .variable($0) } + bound.compactMap { after.argument($0)?.expression }
    return result
  }
}
