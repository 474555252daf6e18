import GraphCore

/// What is wrong with the clauses of a program beyond what lowering meets.
struct ProgramChecks {
  private let environment: Environment
  private var scoping = AggregateScoping()
  private(set) var diagnostics: [Diagnostic] = []

  init(environment: Environment) { self.environment = environment }

  /// Checks subtypes, clause by clause; only where all else is right, so that a mistake is told once.
  mutating func checkSubtypes() {
    guard environment.types.hasDeclaredTypes else { return }
    for key in environment.rules.keys.sorted() {
      for clause in environment.rules[key] ?? [] where isFiled(clause, under: key) {
        check(clause.clause.heads.map(\.atom), clause.clause.body, unit: clause.unit)
      }
    }
    for key in environment.subsumptions.keys.sorted() {
      for entry in environment.subsumptions[key] ?? [] {
        let rows = [entry.subsumption.lesser, entry.subsumption.greater].map { Formula.atom($0) }
        check(
          [], .conjunction(rows + (entry.subsumption.body.map { [$0] } ?? [])), unit: entry.unit)
      }
    }
  }

  /// A clause with several heads is filed under each; it is checked under the first.
  private func isFiled(_ clause: UnitClause, under key: String) -> Bool {
    guard let head = clause.clause.heads.first?.atom,
      let resolved = environment.resolve(head, unit: clause.unit)
    else { return false }
    return Environment.ruleKey(resolved) == key
  }

  private mutating func check(_ heads: [Atom], _ body: Formula?, unit: Int) {
    let alternatives = body.map { Alternatives.of($0) } ?? [[]]
    for conditions in alternatives ?? [] {
      let scoped = scoping.scope(
        AggregateScoping.Body(conditions: conditions, expressions: heads.flatMap(\.arguments)))
      var checker = SubtypeChecker(environment: environment, unit: unit)
      var rest = scoped.expressions[...]
      let heads = heads.map { head in
        var head = head
        head.arguments = Array(rest.prefix(head.arguments.count))
        rest = rest.dropFirst(head.arguments.count)
        return head
      }
      checker.check(heads: heads, conditions: scoped.conditions)
      diagnostics += checker.diagnostics
    }
  }

  // MARK: Recursion

  /// Checks what depends on which rules are recursive: counters, values that are still improved, and
  /// written join orders.
  mutating func checkRecursion(_ program: CoreProgram, _ strata: Strata) {
    var component = Array(repeating: 0, count: program.relations.count)
    for (number, members) in strata.components.enumerated() {
      for member in members { component[member.index] = number }
    }
    for rule in program.rules {
      let isRecursive = rule.body.contains {
        if case .atom(let atom) = $0 {
          return component[atom.relation.index] == component[rule.head.index]
        }
        return false
      }
      guard isRecursive, let span = Self.counter(in: rule) else { continue }
      diagnostics.append(
        Diagnostic(
          .invalidRecursion, "`autoinc()` in a recursive rule would never come to an end", at: span,
          help: "number the rows in a rule of its own, after the recursion"))
    }
    diagnostics += RecursiveValueCheck(program, strata).diagnostics
    for (key, clauses) in environment.rules {
      for clause in clauses where clause.clause.plan != nil && isFiled(clause, under: key) {
        check(clause, program, component)
      }
    }
    for entry in environment.subsumptions.values.joined() {
      guard let plan = entry.subsumption.plan else { continue }
      let atoms = 2 + Self.atomCount(entry.subsumption.body)
      check(plan, atomCount: atoms, versionCount: nil)
    }
  }

  private static func counter(in rule: CoreRule) -> SourceSpan? {
    func find(_ expression: CoreExpression) -> SourceSpan? {
      guard case .call(let functor, let operands, _, _, let span) = expression else { return nil }
      if functor == .counter { return span }
      for operand in operands { if let found = find(operand) { return found } }
      return nil
    }
    for term in rule.headTerms { if let found = find(term) { return found } }
    for case .comparison(_, let left, let right, _) in rule.body {
      if let found = find(left) ?? find(right) { return found }
    }
    return nil
  }

  private mutating func check(
    _ clause: UnitClause, _ program: CoreProgram, _ component: [Int]
  ) {
    guard let plan = clause.clause.plan, let body = clause.clause.body,
      case .conjunction(let parts) = Self.flattened(body)
    else { return }
    var heads: Set<Int> = []
    for rule in program.rules where rule.span == clause.clause.span {
      heads.insert(component[rule.head.index])
    }
    var recursiveAtoms = 0
    for case .atom(let atom) in parts {
      guard
        case .declared(let declaration)? = environment.resolve(atom, unit: clause.unit),
        let index = program.relations.firstIndex(where: {
          $0.origin == .declared(declaration.key)
        })
      else { continue }
      if heads.contains(component[index]) { recursiveAtoms += 1 }
    }
    if recursiveAtoms == 0 {
      diagnostics.append(
        Diagnostic(
          .invalidPlan, "the rule is not recursive, so it has no versions to plan", at: plan.span,
          help: "leave `.plan` out: conditions are ordered by themselves"))
      return
    }
    check(plan, atomCount: Self.atomCount(body), versionCount: recursiveAtoms)
  }

  private static func flattened(_ body: Formula) -> Formula {
    if case .conjunction = body { return body }
    return .conjunction([body])
  }

  private static func atomCount(_ body: Formula?) -> Int {
    guard let body, case .conjunction(let parts) = flattened(body) else { return 0 }
    return parts.count { if case .atom = $0 { true } else { false } }
  }

  private mutating func check(_ plan: ExecutionPlan, atomCount: Int, versionCount: Int?) {
    for (version, order) in plan.orders {
      if let versionCount, version >= versionCount {
        diagnostics.append(
          Diagnostic(
            .invalidPlan,
            "there is no version \(version) of the rule: "
              + (versionCount == 1
                ? "its only version is 0" : "they go from 0 to \(versionCount - 1)"),
            at: plan.span))
      } else if order.sorted() != Array(1...max(atomCount, 1)) && atomCount > 0 {
        diagnostics.append(
          Diagnostic(
            .invalidPlan,
            "the order of version \(version) does not name each of the \(Wording.counted(atomCount, "atom")) once",
            at: plan.span))
      }
    }
  }
}
