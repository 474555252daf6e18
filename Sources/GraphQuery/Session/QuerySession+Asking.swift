import GraphCore

/// How a question gets its answer: lowered, transformed, evaluated; or, where its like was asked before, evaluated
/// at once.
extension QuerySession {
  /// A query in the form in which it is evaluated.
  struct ReadyQuery {
    let program: CoreProgram
    let strata: Strata
    let answer: RelationID
    let names: [String]
    let terms: TermSpace
    /// The question that it was made of, which keeps plans.
    var question: PreparedQuestion?
  }

  /// The shape of a text, where questions of its shape may be kept now.
  func questionShape(_ text: SourceText) -> QuestionShape? {
    guard macros.isEmpty, questions.isUsable(graph, records) else { return nil }
    return QuestionShape(text)
  }

  /// Answers a question whose like was asked before, without so much as parsing it. Nothing is returned where none
  /// was, or where the question has something about it that must be said in its own words.
  func askAgain(_ shape: QuestionShape, _ id: SourceID, start: UInt64)
    -> (answer: Answer?, diagnostics: [Diagnostic], like: PreparedQuestion)?
  {
    guard let (ready, question) = preparedQuery(shape) else { return nil }
    let (answer, diagnostics) = evaluate(
      ready, question.query, [], start: start,
      places: SpanTranslation(from: question.query.span.source, to: id, in: sources))
    return (answer, diagnostics, question)
  }

  /// Answers a query. With `shape` it is kept, to be asked again with other texts, unless there is something to be
  /// said about it.
  func ask(_ query: Query, shape: QuestionShape?, start: UInt64) -> (Answer?, [Diagnostic]) {
    guard let shape, !questions.contains(shape, parameters) else { return run(query, start: start) }
    let texts = GivenTexts(shape, in: query.span.source)
    return run(query, start: start, preparing: shape, texts)
  }

  /// The kept question of a shape, with its texts in their places.
  private func preparedQuery(
    _ shape: QuestionShape
  ) -> (ready: ReadyQuery, question: PreparedQuestion)? {
    guard let question = questions.question(shape, parameters) else { return nil }
    let terms: TermSpace
    if let engine = question.kept?.engine {
      terms = engine.terms
    } else {
      terms = termSpace()
      for text in question.madeTexts { _ = terms.intern(text) }
    }
    guard question.give(shape, parameters, graph, terms) else { return nil }
    let ready = ReadyQuery(
      program: question.givenProgram, strata: question.strata, answer: question.answer,
      names: question.names, terms: terms, question: question)
    return (ready, question)
  }

  /// Lowers a query and evaluates it; with `shape` it is kept.
  func run(
    _ query: Query, start: UInt64, preparing shape: QuestionShape? = nil, _ texts: GivenTexts? = nil
  ) -> (Answer?, [Diagnostic]) {
    let terms = termSpace()
    var given = texts
    let (core, problems) = Lowering.lower(
      query: query, unit: 0, in: environment(terms: terms), given: &given)
    let (strata, cycles) = Stratification.stratify(core)
    var diagnostics = problems + cycles
    if shape != nil, !diagnostics.isEmpty { return run(query, start: start) }
    guard !diagnostics.contains(where: { $0.severity == .error }), let answer = core.answer else {
      _ = rowRange(query, &diagnostics)
      return (nil, diagnostics)
    }
    let (program, reducedStrata) = ProgramTransformation.apply(
      to: core, strata: strata, outputs: [answer], facts: facts,
      graph: (graph, terms), options: optimizations)
    let ready = ReadyQuery(
      program: program, strata: reducedStrata, answer: answer,
      names: core[answer].columns.map(\.name), terms: terms)
    guard let shape, var given else {
      return evaluate(ready, query, diagnostics, start: start)
    }
    for column in query.head ?? [] { given.keepAll(in: column.expression.span) }
    if let madeTexts = terms.madeTexts {
      questions.add(
        PreparedQuestion(
          program, reducedStrata, names: ready.names, answer: answer, shape: shape, given: given,
          query: query, madeTexts: madeTexts, parameters: parameters), shape)
      if let (ready, _) = preparedQuery(shape) {
        return evaluate(ready, query, [], start: start)
      }
    }
    return run(query, start: start)
  }

  /// Evaluates a query. Where it was lowered from another text, `places` says where the places of that one are in
  /// its own.
  private func evaluate(
    _ ready: ReadyQuery, _ query: Query, _ problems: [Diagnostic], start: UInt64,
    places: SpanTranslation? = nil
  ) -> (Answer?, [Diagnostic]) {
    var diagnostics = problems
    let range = rowRange(query, &diagnostics)
    guard !diagnostics.contains(where: { $0.severity == .error }) else {
      return (nil, diagnostics.map { diagnostic in places.map { $0(diagnostic) } ?? diagnostic })
    }
    let engine: Engine
    let monitor: ProgressMonitor
    let kept = ready.question?.kept
    if let kept {
      engine = kept.engine
      monitor = self.monitor(places: places, like: engine.limits.monitor)
      engine.limits.restart(limits, monitor: monitor)
    } else {
      monitor = self.monitor(places: places)
      ready.question?.plans.forgetRunnables()
      engine = self.engine(for: ready, facts, limits, monitor)
    }
    stoppedRun = nil
    do throws(EngineFailure) {
      let relations =
        if let kept {
          try engine.runAgain(kept.rules, of: ready.strata.components.count)
        } else {
          try engine.run(ready.strata)
        }
      let result = try answer(to: query, ready, relations, range: range, limits)
      let warnings = ready.terms.warnings.all
      diagnostics += warnings.map { warning in places.map { $0(warning) } ?? warning }
      keep(engine, of: ready.question, result)
      result.duration = MonotonicClock.nanoseconds &- start
      return (result, diagnostics)
    } catch {
      // It may go on from where it was stopped, and stands in no other's way then.
      ready.question?.forget()
      if error.code == .interrupted || error.code == .limitReached {
        let progress = monitor.progress
        stoppedRun = StoppedRun(
          engine: engine, strata: ready.strata, answer: ready.answer, names: ready.names,
          query: query, range: range, terms: ready.terms,
          progress: places.map { $0(progress) } ?? progress)
      }
      diagnostics.append(places.map { $0(error.diagnostic) } ?? error.diagnostic)
      return (nil, diagnostics)
    }
  }

  /// An engine for a query of any kind: with the session's threads, and telling how it gets on.
  func engine(
    for ready: ReadyQuery, _ facts: [String: Relation], _ limits: QueryLimits,
    _ monitor: ProgressMonitor
  ) -> Engine {
    Engine(
      program: ready.program, graph: graph, terms: ready.terms, facts: facts, limits: limits,
      token: cancelToken, options: optimizations, monitor: monitor, workers: workers,
      cache: storedRelations, plans: ready.question?.plans)
  }

  /// The answer that relations hold which an engine has computed. Where it has met damage in the file there is none.
  func answer(
    to query: Query, _ ready: ReadyQuery, _ relations: [Relation], range: Range<Int>?,
    _ limits: QueryLimits
  ) throws(EngineFailure) -> Answer {
    let result = try Answer(
      relations[ready.answer.index], names: ready.names, query: query, range: range,
      terms: ready.terms, limits: limits, token: cancelToken)
    if let damage = damage() { throw EngineFailure(damage) }
    return result
  }

  /// Keeps what has evaluated a question for the next one of its shape, unless the answer still needs it.
  private func keep(_ engine: Engine, of question: PreparedQuestion?, _ answer: Answer) {
    guard let question else { return }
    if answer.holdsRelation { return question.forget() }
    question.keep(engine)
    if question.kept != nil { questions.noteRunning(question) }
  }

  /// The rows that `limit` and `offset` leave, if either is given.
  private func rowRange(_ query: Query, _ diagnostics: inout [Diagnostic]) -> Range<Int>? {
    guard query.limit != nil || query.offset != nil else { return nil }
    let offset = query.offset.flatMap { rowNumber($0, "offset", &diagnostics) } ?? 0
    let limit = query.limit.flatMap { rowNumber($0, "limit", &diagnostics) } ?? Int.max
    return offset..<(Int.max - offset < limit ? Int.max : offset + limit)
  }

  private func rowNumber(
    _ expression: Expression, _ word: String, _ diagnostics: inout [Diagnostic]
  ) -> Int? {
    switch expression {
    case .integer(let bits, _, _) where Int(exactly: bits) != nil: return Int(bits)
    case .parameter(let name):
      switch parameters[name.text] {
      case .integer(let value)? where value >= 0: return Int(value)
      case .unsigned(let value)? where Int(exactly: value) != nil: return Int(value)
      case .some: break
      case nil:
        diagnostics.append(
          Diagnostic(
            .unknownParameter, "the parameter `$\(name.text)` has no value", at: name.span,
            help: "give it one with `--param \(name.text)=VALUE`"))
        return nil
      }
    default: break
    }
    diagnostics.append(
      Diagnostic(
        .invalidQuery, "a number of rows is a non-negative integer or a parameter",
        at: expression.span,
        help: "write it out, as in `\(word) 10`, or give it from outside, as in `\(word) $n`"))
    return nil
  }
}
