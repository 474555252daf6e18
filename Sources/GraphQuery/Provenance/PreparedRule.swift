import GraphCore

/// One alternative of a rule for one of its heads, made ready to be asked which rows it derives.
struct PreparedRule {
  /// A condition that speaks of a derived relation: what it rests on is proved in turn.
  struct Child {
    let condition: Int
    let key: String
    /// The atom's arguments in the order of the relation's columns.
    let arguments: [Expression]
  }

  let unit: Int
  /// The rule's place, or nil for rows that are given as facts.
  let span: SourceSpan?
  /// The conditions with a variable in place of each wildcard that can be shown.
  let conditions: [Formula]
  /// The same in second names.
  let asked: [Formula]
  let head: [Expression]
  /// The head's argument that is an aggregate over the whole body, if there is one.
  let aggregate: (argument: Int, function: AggregateFunction)?
  /// All alternatives of the body, of which the conditions are one.
  private(set) var alternatives: [[Formula]]
  let children: [Child]
  /// The variables of the conditions, each once.
  let variables: [String]
  /// Whether the rule leads from one pair of an equivalence to the next.
  private(set) var isLink = false

  init(
    head: [Expression], conditions: [Formula], unit: Int, span: SourceSpan?,
    aggregate: (argument: Int, function: AggregateFunction)? = nil, in program: CompletedProgram
  ) {
    self.unit = unit
    self.span = span
    self.head = head
    self.aggregate = aggregate
    var count = 0
    self.conditions = conditions.map { Self.naming(wildcardsOf: $0, count: &count) }
    alternatives = [self.conditions]
    asked = self.conditions.map { program.rewritten($0, unit: unit) }
    var children: [Child] = []
    for (index, condition) in self.conditions.enumerated() {
      guard case .atom(let atom) = condition, !VariableNames.hasAggregate(condition),
        let key = program.derivedKey(of: atom, unit: unit), !key.hasPrefix("builtin "),
        let arguments = Self.columns(of: atom, key: key, program, unit: unit)
      else { continue }
      children.append(
        Child(
          condition: index, key: key,
          arguments: program.arguments(arguments, ofRowsOf: key)))
    }
    self.children = children
    var names: [String] = []
    for condition in self.conditions {
      for name in condition.variableNames.sorted() where !names.contains(name) {
        names.append(name)
      }
    }
    variables = names
  }

  /// Rows that no rule derived: an atom over a table.
  private init(base atom: Atom, head: [Expression]) {
    unit = 0
    span = nil
    conditions = [.atom(atom)]
    asked = conditions
    alternatives = [conditions]
    self.head = head
    aggregate = nil
    children = []
    variables = []
  }

  /// A rule by which rows of finished relations make a pair of an equivalence.
  private init(
    link head: [Expression], from premises: [(key: String, arguments: [Expression])],
    _ span: SourceSpan, in program: CompletedProgram
  ) {
    unit = 0
    self.span = span
    conditions = premises.map { key, arguments in
      let name = program.secondName(key) ?? key
      return .atom(Atom(name: Identifier(name, span), arguments: arguments, span: span))
    }
    asked = conditions
    alternatives = [conditions]
    self.head = head
    aggregate = nil
    children = premises.enumerated().map { index, premise in
      Child(condition: index, key: premise.key, arguments: premise.arguments)
    }
    variables = []
    isLink = true
  }

  /// Gives wildcards of positive atoms and paths names, so that proofs can show what they stood for.
  static func naming(wildcardsOf formula: Formula, count: inout Int) -> Formula {
    switch formula {
    case .atom, .path:
      guard !VariableNames.hasAggregate(formula) else { return formula }
      var next = count
      let result = formula.mapping { expression in
        guard case .wildcard(let span) = expression else { return nil }
        next += 1
        return .variable(Identifier("_'\(next)", span))
      }
      count = next
      return result
    case .comparison, .textTest, .boolean, .negation, .conjunction, .disjunction: return formula
    }
  }

  /// An atom's arguments in column order; a column that named arguments leave out has no value that
  /// the proof could follow.
  private static func columns(
    of atom: Atom, key: String, _ program: CompletedProgram, unit: Int
  ) -> [Expression]? {
    guard !atom.named.isEmpty else { return atom.arguments }
    guard
      case .declared(let declaration)? = program.original.resolve(atom, unit: unit)
    else { return nil }
    var places = atom.arguments.map(Optional.some)
    places += Array(repeating: nil, count: declaration.attributes.count - places.count)
    for named in atom.named {
      guard let column = declaration.attributes.firstIndex(where: { $0.name == named.name.text })
      else { return nil }
      places[column] = named.value
    }
    let all = places.compactMap { $0 }
    return all.count == places.count ? all : nil
  }

  /// All rules that add rows to a relation, and its given rows as one more.
  ///
  /// A pair of an equivalence is proved by a chain of pairs that facts and rules give it, read in either
  /// direction; these are a relation of their own.
  static func all(for key: String, in program: CompletedProgram) -> [PreparedRule] {
    if let given = program.givenPairs[key] { return links(of: key, given, in: program) }
    let owner = program.givenPairs.first { $0.value == key }?.key
    return written(for: owner ?? key, in: program)
  }

  /// `q(x, y)` where it, or `q(y, x)`, is given, and where `q(x, z)` and one of the two for `z` and `y`.
  private static func links(of key: String, _ given: String, in program: CompletedProgram)
    -> [PreparedRule]
  {
    program.addGivenPairs(of: key, as: given, by: written(for: key, in: program))
    let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
    let (x, y, z) = (
      Expression.variable(Identifier("x", span)), Expression.variable(Identifier("y", span)),
      Expression.variable(Identifier("z", span))
    )
    return [
      PreparedRule(link: [x, y], from: [(given, [x, y])], span, in: program),
      PreparedRule(link: [x, y], from: [(given, [y, x])], span, in: program),
      PreparedRule(link: [x, y], from: [(key, [x, z]), (given, [z, y])], span, in: program),
      PreparedRule(link: [x, y], from: [(key, [x, z]), (given, [y, z])], span, in: program),
    ]
  }

  /// The rules as they are written, and the given rows as one more.
  private static func written(for key: String, in program: CompletedProgram) -> [PreparedRule] {
    var result: [PreparedRule] = []
    let arity = program.typesByKey[key]?.count ?? 0
    let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
    let variables = (0..<arity).map { Expression.variable(Identifier("given'\($0)", span)) }
    if let base = baseAtom(key, variables, span, program) {
      result.append(PreparedRule(base: base, head: variables))
    }
    for rule in program.original.rules[key] ?? [] {
      let alternatives =
        rule.clause.body.map { Alternatives.of(program.expanded($0, unit: rule.unit)) ?? [] } ?? [
          []
        ]
      for head in rule.clause.heads {
        guard
          let resolved = program.original.resolve(
            head.atom.name.text, positional: head.atom.arguments.count, unit: rule.unit),
          Environment.ruleKey(resolved) == key,
          let arguments = columns(of: head.atom, key: key, program, unit: rule.unit),
          arguments.count == arity
        else { continue }
        let aggregate = head.aggregates.first { $0.function != .min && $0.function != .max }
        var rules = alternatives.map { conditions in
          PreparedRule(
            head: arguments, conditions: conditions, unit: rule.unit, span: rule.clause.span,
            aggregate: aggregate.map { ($0.argument, $0.function) }, in: program)
        }
        let all = rules.map(\.conditions)
        for index in rules.indices { rules[index].alternatives = all }
        result += rules
      }
    }
    return result
  }

  /// The atom that holds of the rows which no rule derived.
  private static func baseAtom(
    _ key: String, _ variables: [Expression], _ span: SourceSpan, _ program: CompletedProgram
  ) -> Atom? {
    let base = CompletedProgram.baseName(key)
    if program.environment.declared[base] != nil {
      return Atom(name: Identifier(base, span), arguments: variables, span: span)
    }
    let parts = key.split(separator: " ")
    guard parts.count == 2, parts[0] == "label" || parts[0] == "edge",
      let term = UInt32(parts[1])
    else { return nil }
    return Atom(
      name: Identifier(program.terms.text(term), span), arguments: variables, span: span)
  }
}
