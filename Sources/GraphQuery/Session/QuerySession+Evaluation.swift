import GraphCore

/// Questions that the session asks itself: for explanations, checks and pictures.
extension QuerySession {
  /// Answers a query written as a tree, seen from a unit; nothing where it is wrong or stopped.
  func evaluate(_ query: Query, unit: Int = 0, limits: QueryLimits? = nil) -> Answer? {
    let terms = termSpace()
    return evaluate(
      query, unit: unit, in: environment(terms: terms), facts: facts, limits: limits ?? self.limits
    ).answer
  }

  /// Answers a query in an environment of its own, with facts of its own.
  func evaluate(
    _ query: Query, unit: Int, in environment: Environment, facts: [String: Relation],
    limits: QueryLimits
  ) -> (answer: Answer?, diagnostics: [Diagnostic]) {
    evaluate(lowered(query, unit: unit, in: environment), query, environment, facts, limits)
  }

  /// A query in the core language, with what is wrong about it.
  func lowered(_ query: Query, unit: Int, in environment: Environment) -> LoweredProgram {
    let (core, mistakes) = Lowering.lower(query: query, unit: unit, in: environment)
    let (strata, problems) = Stratification.stratify(core)
    return LoweredProgram(core: core, strata: strata, diagnostics: mistakes + problems)
  }

  /// Answers a query that has been lowered in an environment.
  func evaluate(
    _ lowered: LoweredProgram, _ query: Query, _ environment: Environment,
    _ facts: [String: Relation], _ limits: QueryLimits
  ) -> (answer: Answer?, diagnostics: [Diagnostic]) {
    let (core, strata, diagnostics) = (lowered.core, lowered.strata, lowered.diagnostics)
    guard !diagnostics.contains(where: { $0.severity == .error }), let answer = core.answer else {
      return (nil, diagnostics)
    }
    let terms = environment.catalog.terms
    let reduced = ProgramTransformation.apply(
      to: core, strata: strata, outputs: [answer], facts: facts,
      graph: (graph, terms), options: optimizations)
    let ready = ReadyQuery(
      program: reduced.program, strata: reduced.strata, answer: answer,
      names: core[answer].columns.map(\.name), terms: terms)
    do throws(EngineFailure) {
      let relations = try engine(for: ready, facts, limits, monitor())
        .run(ready.strata, keeping: [answer])
      return (try self.answer(to: query, ready, relations, range: nil, limits), diagnostics)
    } catch {
      return (nil, diagnostics + [error.diagnostic])
    }
  }

  /// A query for some expressions over conditions.
  static func query(_ columns: [Expression], _ conditions: [Formula], _ span: SourceSpan) -> Query {
    Query(
      head: columns.enumerated().map {
        Query.HeadColumn(title: "\($0.offset)", expression: $0.element)
      }, body: .conjunction(conditions.isEmpty ? [.boolean(true, span)] : conditions), span: span)
  }

  /// Parses what stands behind a command as the body of a query: an atom, or more conditions.
  func parseBody(
    _ text: SourceText, mode: ParserOptions.Mode = .conditions
  ) -> (body: Formula?, diagnostics: [Diagnostic]) {
    let parsed = parse(text, sources.add(text), mode: mode)
    if parsed.hasErrors { return (nil, parsed.diagnostics) }
    guard case .query(let query)? = parsed.statements.first, parsed.statements.count == 1,
      parsed.facts.isEmpty
    else {
      return (
        nil,
        [
          Diagnostic(
            .invalidQuery, "an atom is expected, such as `company(x)`", at: place(of: text))
        ]
      )
    }
    let isShaped = query.head != nil || !query.order.isEmpty || query.limit != nil
    if mode == .target, isShaped || query.offset != nil {
      let refusal = Diagnostic(
        .invalidQuery, "what is changed has no columns, order or limit", at: query.span,
        help: "write an atom, and behind it the conditions that narrow it")
      return (nil, [refusal])
    }
    return (bindingParameters(query.body), parsed.diagnostics)
  }

  /// A formula with the values of parameters in place of their names.
  func bindingParameters(_ formula: Formula) -> Formula {
    guard !parameters.isEmpty else { return formula }
    return formula.mapping { expression in
      guard case .parameter(let name) = expression, program.types.branches[name.text] == nil,
        let value = parameters[name.text]
      else { return nil }
      return Expression(value, name.span)
    }
  }
}

extension Formula {
  /// The conditions of a conjunction, or the formula itself.
  var conjuncts: [Formula] {
    if case .conjunction(let parts) = self { parts.flatMap(\.conjuncts) } else { [self] }
  }

  /// The only atom that this is, if it is one.
  var atom: Atom? {
    switch self {
    case .atom(let atom): atom
    case .conjunction(let parts) where parts.count == 1: parts[0].atom
    default: nil
    }
  }
}
