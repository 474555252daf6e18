import GraphCore

/// Replaces atoms of `inline` relations by the bodies of their rules.
struct Inliner {
  /// The rules of the inline relations, by the key of the relation.
  private var rules: [String: [UnitClause]] = [:]
  private let environment: Environment
  private var freshCount = 0
  /// A relation that is evaluated as others are although it is inline.
  private var leftAlone: String?
  /// How many relations may be written into one another. What is deeper is evaluated as other relations
  /// are, which means the same.
  private var deepest = 100
  /// How many bodies may be written into one formula; relations that use each other twice would double it
  /// with each level.
  private static let mostBodies = 500
  private var bodyCount = 0
  private(set) var diagnostics: [Diagnostic] = []

  init(environment: Environment) {
    self.environment = environment
    for declarations in environment.declared.values {
      for declaration in declarations where declaration.isInline {
        rules[declaration.key] = environment.rules[declaration.key] ?? []
      }
    }
    if !rules.isEmpty { refuseCycles() }
  }

  var isEmpty: Bool { rules.isEmpty }

  /// Treats one relation as one that is not inline, and writes others into what is expanded only as far as
  /// it takes to see whether a rule gives its variables their values: not through long chains again for
  /// every rule of them.
  mutating func leaveAlone(_ key: String) {
    leftAlone = key
    deepest = 8
  }

  func isInlined(_ key: String) -> Bool { rules[key] != nil }

  // MARK: Expansion

  /// A formula without atoms of inline relations.
  ///
  /// Where rows are counted they are by the variables of the body, so that only rules that bring no
  /// variables of their own are put there; the others are evaluated as relations.
  mutating func expand(
    _ formula: Formula, unit: Int, inAggregate: Bool
  ) -> Formula {
    guard !rules.isEmpty else { return formula }
    bodyCount = 0
    return written(formula, unit: unit, inAggregate: inAggregate, depth: 0)
  }

  private mutating func written(
    _ formula: Formula, unit: Int, inAggregate: Bool, depth: Int
  ) -> Formula {
    switch formula {
    case .atom(let atom):
      guard depth < deepest, bodyCount < Self.mostBodies,
        let declaration = declaration(of: atom, unit),
        declaration.key != leftAlone, let rules = rules[declaration.key],
        atom.arguments.count == declaration.attributes.count, atom.named.isEmpty
      else { return formula }
      if inAggregate && rules.contains(where: { Self.hasOwnVariables($0.clause, declaration) }) {
        return formula
      }
      var bodies: [Formula] = []
      for rule in rules {
        for head in rule.clause.heads where head.atom.name.text == declaration.name {
          bodyCount += 1
          let body = body(of: rule.clause, head: head.atom, for: atom)
          bodies.append(
            written(body, unit: rule.unit, inAggregate: inAggregate, depth: depth + 1))
        }
      }
      // A relation without rules stays: it binds its variables, and nothing is in it.
      if bodies.isEmpty { return formula }
      return bodies.count == 1 ? bodies[0] : .disjunction(bodies)
    case .negation(let inner, let span):
      let body = written(inner, unit: unit, inAggregate: inAggregate, depth: depth)
      // The names of a rule's own are those of a group, were it of one condition.
      guard Self.isAtom(body), Self.names(of: inner).isStrictSubset(of: Self.names(of: body)) else {
        return .negation(body, span)
      }
      return .negation(.conjunction([body, .boolean(true, span)]), span)
    case .conjunction(let parts):
      return .conjunction(
        parts.map { written($0, unit: unit, inAggregate: inAggregate, depth: depth) })
    case .disjunction(let parts):
      return .disjunction(
        parts.map { written($0, unit: unit, inAggregate: inAggregate, depth: depth) })
    case .path, .comparison, .textTest, .boolean: return formula
    }
  }

  private func declaration(of atom: Atom, _ unit: Int) -> DeclaredRelation? {
    guard
      case .declared(let declaration)? = environment.resolve(atom, unit: unit)
    else { return nil }
    return declaration
  }

  /// The body of a rule with the atom's arguments in place of the head's variables.
  private mutating func body(of clause: Clause, head: Atom, for atom: Atom) -> Formula {
    freshCount += 1
    let suffix = "\(AggregateScoping.mark)i\(freshCount)"
    var replacements: [String: Expression] = [:]
    var equations: [(written: Expression, given: Expression)] = []
    for (index, (written, argument)) in zip(head.arguments, atom.arguments).enumerated() {
      var wildcards = 0
      let given = Self.naming(argument, suffix: "\(suffix)_\(index)", count: &wildcards)
      let isWildcard = if case .wildcard = given { true } else { false }
      if case .variable(let name) = written, replacements[name.text] == nil {
        replacements[name.text] =
          isWildcard
          ? .variable(
            Identifier("\(AggregateScoping.written(name.text))\(suffix)_\(index)", given.span))
          : given
      } else if !isWildcard {
        equations.append((written, given))
      }
    }
    let rewriter = NameRewriter(variable: { name in
      replacements[name.text] ?? .variable(Identifier(name.text + suffix, name.span))
    })
    var parts: [Formula] = equations.map { equation in
      .comparison(
        Comparison(
          relation: .equal, left: equation.given, right: rewriter.rewrite(equation.written),
          span: atom.span))
    }
    if let body = clause.body {
      switch rewriter.rewrite(body) {
      case .conjunction(let conditions): parts += conditions
      case let condition: parts.append(condition)
      }
    }
    if parts.isEmpty { return .boolean(true, atom.span) }
    return parts.count == 1 ? parts[0] : .conjunction(parts)
  }

  /// A record with its wildcards named, so that it means the same record wherever it is put.
  static func naming(_ expression: Expression, suffix: String, count: inout Int)
    -> Expression
  {
    func names(_ parts: [Expression], _ count: inout Int) -> [Expression] {
      parts.map { part in
        guard case .wildcard(let span) = part else {
          return naming(part, suffix: suffix, count: &count)
        }
        count += 1
        return .variable(Identifier("_\(suffix)_\(count)", span))
      }
    }
    switch expression {
    case .record(let parts, let span): return .record(names(parts, &count), span)
    case .branch(let name, let parts, let span): return .branch(name, names(parts, &count), span)
    case .variable, .wildcard, .text, .integer, .float, .boolean, .null, .parameter, .counter,
      .iteration, .unary, .binary, .call, .userFunctor, .cast, .aggregate:
      return expression
    }
  }

  private static func isAtom(_ formula: Formula) -> Bool {
    switch formula {
    case .atom, .path: true
    case .comparison, .textTest, .boolean, .negation, .conjunction, .disjunction: false
    }
  }

  private static func names(of formula: Formula) -> Set<String> {
    var names: Set<String> = []
    VariableNames.collect(formula, inAggregates: false, into: &names)
    return names
  }

  /// Whether a rule binds more than its head: by a name, or by a `_` that is counted as one.
  private static func hasOwnVariables(_ clause: Clause, _ declaration: DeclaredRelation) -> Bool {
    guard let body = clause.body else { return false }
    if VariableNames.hasWildcard(body) { return true }
    var names = names(of: body)
    for head in clause.heads where head.atom.name.text == declaration.name {
      for case .variable(let name) in head.atom.arguments { names.remove(name.text) }
    }
    return !names.isEmpty
  }

  // MARK: Cycles

  /// Reports relations that would be written into themselves; they are then evaluated as others.
  private mutating func refuseCycles() {
    let keys = rules.keys.sorted()
    let numbers = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, $0) })
    let uses = keys.map { key in
      var targets: [Int] = []
      for clause in rules[key] ?? [] {
        guard let body = clause.clause.body else { continue }
        for atom in Self.atoms(of: body) {
          if let target = declaration(of: atom, clause.unit), let number = numbers[target.key] {
            targets.append(number)
          }
        }
      }
      return targets
    }
    var cyclic: Set<String> = []
    for members in Stratification.stronglyConnected(uses) {
      let usesItself = members.count > 1 || uses[members[0]].contains(members[0])
      if usesItself { cyclic.formUnion(members.map { keys[$0] }) }
    }
    for declaration in environment.declared.values.joined()
    where cyclic.contains(declaration.key) && declaration.isInline {
      diagnostics.append(
        Diagnostic(
          .cyclicInlining, "`\(declaration.name)` is `inline` but depends on itself",
          at: declaration.span, help: "leave out `inline` at one relation of the cycle"))
    }
    for key in cyclic { rules[key] = nil }
  }

  /// The atoms anywhere in a formula.
  static func atoms(of formula: Formula) -> [Atom] {
    var result: [Atom] = []
    let rewriter = AtomCollector(visit: { result.append($0) })
    rewriter.visit(formula)
    return result
  }
}

/// Calls a closure with each atom of a formula, those in aggregates too.
struct AtomCollector {
  let visit: (Atom) -> Void

  func visit(_ formula: Formula) {
    switch formula {
    case .atom(let atom):
      visit(atom)
      for argument in atom.arguments { visit(argument) }
      for argument in atom.named { visit(argument.value) }
    case .path(let path): for argument in path.arguments { visit(argument) }
    case .comparison(let comparison):
      visit(comparison.left)
      visit(comparison.right)
    case .textTest(let test):
      visit(test.first)
      visit(test.second)
    case .boolean: break
    case .negation(let inner, _): visit(inner)
    case .conjunction(let parts), .disjunction(let parts): for part in parts { visit(part) }
    }
  }

  func visit(_ expression: Expression) {
    switch expression {
    case .variable, .wildcard, .text, .integer, .float, .boolean, .null, .counter, .iteration,
      .parameter:
      break
    case .record(let parts, _), .branch(_, let parts, _), .call(_, let parts, _),
      .userFunctor(_, let parts, _):
      for part in parts { visit(part) }
    case .unary(_, let operand, _), .cast(let operand, _, _): visit(operand)
    case .binary(_, let left, let right, _):
      visit(left)
      visit(right)
    case .aggregate(let aggregate):
      if let target = aggregate.target { visit(target) }
      visit(aggregate.body)
    }
  }
}
