public import GraphCore

/// How queries are evaluated.
extension QuerySession {
  /// Says how a query would be evaluated: the order of its conditions, how each finds its rows, how
  /// many are expected. What it asks for of other relations is computed for that, the query itself is not.
  ///
  /// - Parameter mode: `.conditions` where the query may be conditions alone.
  public func plan(_ text: SourceText, mode: ParserOptions.Mode = .statement)
    -> (profile: QueryProfile?, diagnostics: [Diagnostic])
  {
    inspect(text, mode, runs: false)
  }

  /// Evaluates a query and says what each condition of each rule brought and how long it took. Where
  /// the evaluation is stopped, the profile shows what was done until then.
  public func profile(_ text: SourceText, mode: ParserOptions.Mode = .statement)
    -> (profile: QueryProfile?, diagnostics: [Diagnostic])
  {
    inspect(text, mode, runs: true)
  }

  private func inspect(_ text: SourceText, _ mode: ParserOptions.Mode, runs: Bool)
    -> (QueryProfile?, [Diagnostic])
  {
    cancelToken.reset()
    let id = sources.add(text)
    let parsed = parse(text, id, mode: mode)
    if parsed.hasErrors { return (nil, parsed.diagnostics) }
    let unit = ParsedUnit(unit: 0, parsed: parsed)
    guard !unit.hasChanges, let query = unit.queries.first, unit.queries.count == 1 else {
      return (nil, [Diagnostic(.invalidQuery, "one query is expected", at: nil)])
    }
    let terms = termSpace()
    let (core, problems) = Lowering.lower(query: query, unit: 0, in: environment(terms: terms))
    let (strata, cycles) = Stratification.stratify(core)
    let diagnostics = parsed.diagnostics + problems + cycles
    guard !diagnostics.contains(where: { $0.severity == .error }), let answer = core.answer else {
      return (nil, diagnostics)
    }
    let (program, reducedStrata) = ProgramTransformation.apply(
      to: core, strata: strata, outputs: [answer], facts: facts, graph: (graph, terms),
      options: optimizations)
    let evaluation = EvaluationProfile(onlyPlanning: runs ? [] : Self.relationsOfQuery(core))
    let engine = Engine(
      program: program, graph: graph, terms: terms, facts: facts, limits: limits,
      token: cancelToken,
      options: optimizations, profile: evaluation, cache: storedRelations)
    let start = MonotonicClock.nanoseconds
    var failure: [Diagnostic] = []
    do { _ = try engine.run(reducedStrata) } catch { failure = [error.diagnostic] }
    let duration = Duration.nanoseconds(Int64(clamping: MonotonicClock.nanoseconds &- start))
    let report = ProfileReport(program, from: core, sources, graph, terms)
    return (
      report.profile(evaluation, duration: runs ? duration : nil),
      diagnostics + failure
    )
  }

  /// The answer, and the relation behind it where the head of the query aggregates.
  private static func relationsOfQuery(_ core: CoreProgram) -> Set<RelationID> {
    guard let answer = core.answer else { return [] }
    let spans = Set(core.rules.filter { $0.head == answer }.map(\.span))
    return Set(core.rules.filter { spans.contains($0.span) }.map(\.head))
  }
}
