import GraphCore

/// What passes ask of rules, and how they change them.
extension CoreRule {
  /// How often each variable stands in the head and the body.
  func occurrences() -> [Int] {
    var result = Array(repeating: 0, count: variables.count)
    for term in headTerms { term.forEachVariable { result[$0] += 1 } }
    for literal in body { literal.forEachVariable { result[$0] += 1 } }
    return result
  }

  /// Adds a variable of some type and returns its number. `place` is where its values are written, if they are
  /// computed.
  mutating func addVariable(_ slot: TypeSlot, at place: SourceSpan? = nil) -> Int {
    variables.append(Variable(name: "_", span: place ?? span, slot: slot, isHidden: true))
    return variables.count - 1
  }

  /// Whether only the set of the rows that the body gives the head matters, not how often it gives one: what is derived is
  /// a set, and so is what the least and the greatest value are of.
  var takesSets: Bool {
    guard demandLiteral == nil, !accumulates, !countsRows else { return false }
    return switch effect {
    case .derive, .aggregate(.min), .aggregate(.max): true
    case .aggregate(.count), .aggregate(.sum), .aggregate(.mean), .dominate, .algorithm: false
    }
  }

  /// Whether a row of the body gives a new value each time it is met, as `autoinc()` does, or one
  /// that depends on the round.
  var countsRows: Bool {
    func counts(_ expression: CoreExpression) -> Bool {
      guard case .call(let functor, let operands, _, _, _) = expression else { return false }
      return functor == .counter || functor == .iteration || operands.contains(where: counts)
    }
    return headTerms.contains(where: counts)
      || body.contains { $0.expressions.contains(where: counts) }
  }

  /// Puts others in the place of those expressions for which `other` has one, the outermost first.
  mutating func replace(_ other: (CoreExpression) -> CoreExpression?) {
    func replaced(_ expression: CoreExpression) -> CoreExpression {
      if let other = other(expression) { return other }
      guard case .call(let functor, let operands, let result, let slot, let span) = expression
      else { return expression }
      return .call(functor, operands.map(replaced), result: result, operands: slot, span)
    }
    headTerms = headTerms.map(replaced)
    body = body.map { literal in
      switch literal {
      case .comparison(let relation, let left, let right, let span):
        .comparison(relation, replaced(left), replaced(right), span)
      case .test(let kind, let left, let right, let isNegated, let span):
        .test(kind, replaced(left), replaced(right), isNegated: isNegated, span)
      case .range(let variable, let from, let to, let step, let span):
        .range(variable, replaced(from), replaced(to), step.map(replaced), span)
      case .atom, .negated, .aggregate, .never: literal
      }
    }
  }

  /// Writes constants into atoms in place of variables that an equation gives one:
  /// `path(x, y), x = "a"` becomes `path("a", y), x = "a"`.
  func propagatingConstants(_ program: CoreProgram) -> CoreRule {
    var known: [Int: (CoreConstant, TypeSlot)] = [:]
    for case .comparison(.equal, let left, let right, _) in body {
      switch (left, right) {
      case (.variable(let variable), .constant(let constant, let slot)),
        (.constant(let constant, let slot), .variable(let variable)):
        guard program.type(slot) == program.type(variables[variable].slot) else { continue }
        known[variable] = (constant, slot)
      default: continue
      }
    }
    if known.isEmpty { return self }
    func replaced(_ atom: CoreAtom, except last: Bool = false) -> CoreAtom {
      var atom = atom
      for index in atom.arguments.indices where !(last && index == atom.arguments.count - 1) {
        if case .variable(let variable) = atom.arguments[index].value,
          let (constant, slot) = known[variable]
        {
          atom.arguments[index].value = .constant(constant, slot)
        }
      }
      return atom
    }
    var result = self
    result.body = body.map { literal in
      switch literal {
      case .atom(let atom): .atom(replaced(atom))
      case .negated(let atom): .negated(replaced(atom))
      // The last column of a group's row is its value, which a lookup writes to a variable.
      case .aggregate(let atom, let isTotal):
        .aggregate(replaced(atom, except: true), isTotal: isTotal)
      case .comparison, .test, .range, .never: literal
      }
    }
    return result
  }

  /// Whether variables lead from the head to every literal that has any, as in most rules.
  var isConnectedToHead: Bool {
    var reached: VariableSet = []
    for term in headTerms { term.forEachVariable { reached.insert($0) } }
    var rest = body.compactMap { literal in
      let variables = literal.variableSet
      return variables.isEmpty || variables.intersects(reached) ? nil : variables
    }
    if rest.isEmpty { return true }
    for literal in body where literal.variableSet.intersects(reached) {
      reached.formUnion(literal.variableSet)
    }
    while true {
      let before = rest.count
      rest.removeAll { variables in
        guard variables.intersects(reached) else { return false }
        reached.formUnion(variables)
        return true
      }
      if rest.isEmpty { return true }
      if rest.count == before { return false }
    }
  }

  /// The groups of literals that are connected by variables, none of which stands in the head.
  func partsApartFromHead() -> [[Int]] {
    // The variables of a literal are united; the head unites its own with a place behind the last.
    let head = variables.count
    var parent = Array(0...head)
    func root(_ variable: Int) -> Int {
      var variable = variable
      while parent[variable] != variable { variable = parent[variable] }
      return variable
    }
    for term in headTerms { term.forEachVariable { parent[root($0)] = root(head) } }
    for literal in body {
      var first: Int?
      literal.forEachVariable { variable in
        if let first { parent[root(variable)] = root(first) } else { first = variable }
      }
    }
    var groups: [Int: [Int]] = [:]
    var order: [Int] = []
    for (position, literal) in body.enumerated() {
      guard let variable = literal.variables.first else { continue }
      let group = root(variable)
      if group == root(head) { continue }
      if groups[group] == nil { order.append(group) }
      groups[group, default: []].append(position)
    }
    return order.compactMap { groups[$0] }
  }
}

extension CoreProgram {
  /// Whether any rule looks up groups of an aggregate.
  var readsGroups: Bool {
    rules.contains { rule in
      rule.body.contains { if case .aggregate = $0 { true } else { false } }
    }
  }
}

extension CoreAtom {
  /// What stands in a column, if the atom looks at it.
  func argument(_ column: Int) -> CoreArgument? {
    arguments.first { $0.column == column }?.value
  }

  var variables: Set<Int> {
    var result: Set<Int> = []
    forEachVariable { result.insert($0) }
    return result
  }
}

extension CoreLiteral {
  var variableSet: VariableSet {
    var result: VariableSet = []
    forEachVariable { result.insert($0) }
    return result
  }

  var positiveAtom: CoreAtom? { if case .atom(let atom) = self { atom } else { nil } }

  var variables: Set<Int> {
    var result: Set<Int> = []
    forEachVariable { result.insert($0) }
    return result
  }
}

extension CoreArgument {
  var expression: CoreExpression {
    switch self {
    case .variable(let variable): .variable(variable)
    case .constant(let constant, let slot): .constant(constant, slot)
    }
  }

  var variable: Int? { if case .variable(let variable) = self { variable } else { nil } }
}

extension CoreExpression {
  var variable: Int? { if case .variable(let variable) = self { variable } else { nil } }

  /// The expression as an argument of an atom, if it is simple enough to be one.
  var argument: CoreArgument? {
    switch self {
    case .variable(let variable): .variable(variable)
    case .constant(let constant, let slot): .constant(constant, slot)
    case .call: nil
    }
  }

  var hasCall: Bool { if case .call = self { true } else { false } }
}

extension CoreExpression {
  /// How many numbers a range between constants has; nothing where that is not written out. `to` is not one of them.
  static func count(from: Self, to: Self, step: Self?) -> Double? {
    func number(_ expression: Self) -> Double? {
      guard case .constant(.integer(let bits), _) = expression else { return nil }
      return Double(Int64(bitPattern: bits))
    }
    guard let from = number(from), let to = number(to) else { return nil }
    guard let step else { return abs(to - from) }
    guard let step = number(step), step != 0 else { return nil }
    return max((to - from) / step, 0).rounded(.up)
  }
}

extension CoreRelation.Origin {
  /// Whether looking at a column leaves out rows that have no value there.
  func mayLack(column: Int) -> Bool {
    switch self {
    case .edges: column > 2
    case .nodeProperty: column > 0
    case .declared, .label, .edgePairs, .edgeCitations, .labelCitations, .nodes, .nodeLabels,
      .allEdges, .allProperties, .aliases, .aliasCitations, .texts, .derived:
      false
    }
  }
}

extension CoreLiteral {
  /// What it compares or tests, or goes from and to: an atom has arguments instead.
  var expressions: [CoreExpression] {
    switch self {
    case .comparison(_, let left, let right, _), .test(_, let left, let right, _, _): [left, right]
    case .range(_, let from, let to, let step, _): [from, to] + [step].compactMap(\.self)
    case .atom, .negated, .aggregate, .never: []
    }
  }
}
