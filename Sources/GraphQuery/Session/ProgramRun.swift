@_spi(Columns) public import GraphCore

/// Running a whole program in Soufflé's way: facts come from `.input` files, answers go to `.output`
/// files, nothing is asked.
extension QuerySession {
  /// The input and output directives of the loaded texts, in their order.
  public var fileDirectives: [FileDirective] { program.fileDirectives }

  /// Adds the rows of a fact file to a declared relation. `-` is standard input. O(bytes).
  ///
  /// Nothing is added if a row is wrong; every wrong row is reported, up to 100. Of rows with too many values the
  /// first is told of, by a warning.
  ///
  /// - Throws: where the file cannot be opened or read.
  public func readFacts(path: String, of directive: FileDirective) throws(FileError)
    -> [Diagnostic]
  {
    try readFacts(of: directive) { format throws(FileError) in
      try LineSource(path: path, quotedBy: format.separator, isJSON: format.isJSON)
    }
  }

  /// Adds the rows of a text to a declared relation, as those of a file.
  public func readFacts(_ text: SourceText, of directive: FileDirective) -> [Diagnostic] {
    do {
      return try readFacts(of: directive) { format throws(FileError) in
        LineSource(
          name: text.name, bytes: text.bytes, quotedBy: format.separator, isJSON: format.isJSON)
      }
    } catch {
      return [Diagnostic(.malformedRow, error.reason, at: directive.span)]
    }
  }

  private func readFacts(
    of directive: FileDirective, open: (_ format: TableFormat) throws(FileError) -> LineSource
  ) throws(FileError) -> [Diagnostic] {
    guard let declaration = program.declared[directive.relation]?.last else { return [] }
    var problems: [Diagnostic] = []
    let format = TableFormat(directive, arity: declaration.attributes.count, &problems)
    guard problems.isEmpty else { return problems }
    var source = try open(format)
    let values = ValueReader(dictionary: graph.dictionary, records: records)
    let layout = FactLayout(declaration, format)
    if format.isJSON, !layout.isPlainJSON { return try readJSON(source, declaration, values) }
    // JSON that turns out to be odd is read again, so what no file holds is kept until then.
    let copy = format.isJSON && source.byteCount == nil ? try source.all() : nil
    func reopen() throws(FileError) -> LineSource {
      guard let copy else { return try open(format) }
      return LineSource(name: source.name, bytes: copy, isJSON: true)
    }
    if copy != nil { source = try reopen() }
    func reader(keeping kept: RunColumns?) -> FactFileReader {
      let layout = FactLayout(
        declaration, format, keeping: kept?.columns,
        making: kept?.made.map { made in
          (made.column, made.reading.type, { self.reading(made.reading) })
        } ?? [])
      return FactFileReader(
        layout: layout, values: values, workers: workers,
        limits: LimitGuard(limits, token: cancelToken, work: "facts were being read"),
        span: directive.span)
    }
    func diagnostic(_ line: Int, _ problem: FactProblem) -> Diagnostic {
      let text = SourceText(name: source.name, bytes: problem.text, firstLine: line + 1)
      return problem.diagnostic(in: layout, values: values, source: sources.add(text))
    }
    var ways = keptColumns(of: declaration)
    // A file can be read again, should it be needed.
    if source.byteCount == nil { ways.removeAll(where: \.mustBeDistinct) }
    var kept = ways.first
    let before = facts[declaration.key]
    var outcome = try reader(keeping: kept).read(
      source, adding: before, mustBeDistinct: kept?.mustBeDistinct ?? false)
    if case .ambiguous = outcome {
      kept = ways.last
      source = try reopen()
      outcome = try reader(keeping: kept).read(source, adding: before)
    }
    switch outcome {
    case .rows(let rows, let surplus):
      if let kept {
        let types = kept.columns.map { layout.types[$0] } + kept.made.map(\.reading.type)
        inputs[declaration.key] = RunInput(
          kept: kept,
          relation: Relation(name: declaration.name, types: types, collected: rows))
      } else {
        facts[declaration.key] = Relation(
          name: declaration.name, types: layout.types, collected: rows)
      }
      return surplus.map { [diagnostic($0.line, $0.problem)] } ?? []
    case .ambiguous: return []
    case .odd: return try readJSON(reopen(), declaration, values)
    case .problems(let problems): return problems.map(diagnostic)
    case .stopped(let failure):
      return [failure.diagnostic]
    }
  }

  private func readJSON(
    _ source: LineSource, _ declaration: DeclaredRelation, _ values: ValueReader
  ) throws(FileError) -> [Diagnostic] {
    let text = SourceText(name: source.name, bytes: try source.all())
    let id = sources.add(text)
    let wrong = EncodingCheck.findings(in: text.bytes).problems
    guard wrong.isEmpty else {
      return wrong.map { problem in
        Diagnostic(
          .malformedRow, problem.message,
          at: SourceSpan(
            source: id, lower: UInt32(problem.range.lowerBound),
            upper: UInt32(problem.range.upperBound)), help: problem.help)
      }
    }
    var reader = JSONFactReader(text: text, id: id, declaration: declaration, values: values)
    let (relation, diagnostics) = reader.read(
      adding: facts[declaration.key], terms: termSpace())
    if !diagnostics.contains(where: { $0.severity == .error }) {
      facts[declaration.key] = relation
    }
    return diagnostics
  }

  /// The whole program in the core language, as it was checked if nothing has changed since.
  func loweredProgram(_ terms: TermSpace) -> LoweredProgram {
    if let lowered = program.lowered { return lowered }
    let (core, problems) = Lowering.lowerAll(in: environment(terms: terms))
    let (strata, cycles) = Stratification.stratify(core)
    return LoweredProgram(core: core, strata: strata, diagnostics: problems + cycles)
  }

  /// Computes everything that the output directives ask for, and what that depends on.
  ///
  /// ```swift
  /// session.requiresDeclarations = true
  /// session.load([SourceText(name: "reach.dl", text: program)])
  /// for directive in session.fileDirectives where directive.kind == .input {
  ///   let path = directive.parameters["filename"] ?? directive.title + ".facts"
  ///   problems += try session.readFacts(path: path, of: directive)
  /// }
  /// let (result, diagnostics) = session.runProgram()
  /// ```
  ///
  /// With `reportProfile` what each rule did is measured and handed to it, also where the run
  /// fails.
  ///
  /// - Returns: nothing, with the errors, where the program is wrong or a limit was reached.
  public func runProgram(reportProfile: ((QueryProfile) -> Void)? = nil)
    -> (result: ProgramResult?, diagnostics: [Diagnostic])
  {
    let terms = termSpace()
    let lowered = loweredProgram(terms)
    let (strata, diagnostics) = (lowered.strata, lowered.diagnostics)
    guard !diagnostics.contains(where: { $0.severity == .error }) else { return (nil, diagnostics) }
    let outputs = outputs(of: lowered.core)
    let (core, facts) = (
      readingInputs(lowered.core), facts.merging(inputs.mapValues(\.relation)) { $1 }
    )
    let reduced = ProgramTransformation.apply(
      to: core, strata: strata, outputs: Set(outputs.values), facts: facts,
      options: optimizations)
    let evaluation = reportProfile.map { _ in EvaluationProfile() }
    let engine = Engine(
      program: reduced.program, graph: graph, terms: terms, facts: facts, limits: limits,
      token: cancelToken,
      options: optimizations, monitor: monitor(), profile: evaluation, workers: workers,
      cache: storedRelations)
    let start = MonotonicClock.nanoseconds
    defer {
      if let evaluation {
        let duration = Duration.nanoseconds(Int64(clamping: MonotonicClock.nanoseconds &- start))
        reportProfile?(
          ProfileReport(reduced.program, from: core, sources, graph, terms).profile(
            evaluation, duration: duration))
      }
    }
    do {
      let relations = try engine.run(reduced.strata, keeping: Set(outputs.values))
      let result = ProgramResult(
        outputs: outputs.mapValues { relations[$0.index] }, facts: facts,
        declared: program.declared, engine: engine, terms: terms, workers: workers,
        limits: LimitGuard(limits, token: cancelToken, work: "rows were being written"))
      return (result, diagnostics + terms.warnings.all)
    } catch {
      return (nil, diagnostics + [error.diagnostic])
    }
  }
}

/// The outputs of a program that has run.
public final class ProgramResult {
  private let outputs: [String: Relation]
  /// The rows that were read, of relations that are no outputs.
  private let facts: [String: Relation]
  private let declared: [String: [DeclaredRelation]]
  /// What computed them: it goes when they go, and not before they have been written.
  private let engine: Engine
  private let terms: TermSpace
  private let workers: Workers
  private let limits: LimitGuard

  init(
    outputs: [String: Relation], facts: [String: Relation],
    declared: [String: [DeclaredRelation]], engine: Engine, terms: TermSpace, workers: Workers,
    limits: LimitGuard
  ) {
    self.outputs = outputs
    self.facts = facts
    self.declared = declared
    self.engine = engine
    self.workers = workers
    self.limits = limits
    self.terms = terms
  }

  /// The number of rows of an output or of an input; nothing where there is no such relation.
  public func count(of name: String) -> Int? { relation(name)?.liveCount }

  private func relation(_ name: String) -> Relation? {
    if let output = outputs[name] { return output }
    guard let declaration = declared[name]?.last else { return nil }
    return facts[declaration.key]
      ?? Relation(name: name, types: declaration.attributes.map(\.type), terms: terms)
  }

  /// Writes the rows of a directive's relation in value order, in the form its parameters say.
  /// O(rows × log rows + bytes).
  ///
  /// `withHeaders` tells otherwise than the parameters whether a line of column names comes first.
  /// Returns what stopped writing before its end: a limit, or an interrupt. Throws what the sink
  /// throws.
  @discardableResult
  public func write<Failure: Error>(
    _ directive: FileDirective, withHeaders: Bool? = nil,
    to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> Diagnostic? {
    guard let relation = relation(directive.relation) else { return nil }
    var problems: [Diagnostic] = []
    var format = TableFormat(directive, arity: relation.arity, &problems)
    if let withHeaders { format.hasHeaders = withHeaders }
    let names = declared[directive.relation]?.last?.attributes.map(\.name) ?? []
    let held = [outputs, facts].flatMap(\.values).reduce(0) { $0 + $1.byteCount }
    let writer = RelationWriter(
      relation: relation, columnNames: names, terms: terms, format: format, workers: workers,
      limits: limits, span: directive.span, heldByteCount: held)
    return try writer.write(to: sink)?.diagnostic
  }
}
