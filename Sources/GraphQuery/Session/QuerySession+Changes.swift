public import GraphCore

/// What a statement or a command changed, for people to read and to take back.
public struct SessionChange {
  /// What the change was, in the words of who asked for it.
  public var title: String
  /// What came and went; empty where the change is not kept for `undo`.
  public var difference: GraphDifference
  /// What the write counted.
  public var summary = WriteSummary()
  /// Rules and constraints that came with it.
  public var newRuleCount = 0
  /// Relations that it declares.
  public var newDeclarationCount = 0
  /// Facts of declared relations that came or went with it.
  public var tableRowChange = 0
  /// Whether the schema, or what is indexed, is another.
  public var hasNewSchema = false
}

extension QuerySession {
  /// What came of one part of a statement.
  public enum Performed {
    case answer(Answer, AskedQuery)
    case changed(SessionChange)
    /// The statement was refused or stopped; its diagnostics say why.
    case failed
  }

  /// The query that was answered. Where its like was asked before it was not even parsed.
  public struct AskedQuery {
    private enum Form {
      case tree(Query)
      case text(SourceText, SourceID, like: PreparedQuestion)
    }

    private let form: Form
    private let session: QuerySession

    fileprivate init(_ query: Query, _ session: QuerySession) {
      form = .tree(query)
      self.session = session
    }

    fileprivate init(
      _ text: SourceText, _ id: SourceID, like question: PreparedQuestion, _ session: QuerySession
    ) {
      form = .text(text, id, like: question)
      self.session = session
    }

    /// The query as a tree; O(bytes) where that is still to be made.
    public var tree: Query {
      switch form {
      case .tree(let query): return query
      case .text(let text, let id, let like):
        let parsed = session.parse(text, id, mode: .statement)
        return ParsedUnit(unit: 0, parsed: parsed).queries.first ?? like.query
      }
    }
  }

  /// Runs one statement as `execute` does; a change of it is checked against the constraints, kept
  /// for `undo`, and the last answer can be asked as relation `last`.
  public func perform(
    statement text: SourceText, mode: ParserOptions.Mode = .statement,
    report: ([Diagnostic]) -> Void = { _ in }
  ) -> [Performed] {
    perform(text, mode, remembers: true, report)
  }

  /// Runs one statement; with `remembers` its change is kept for `undo`, and its answer is the next
  /// `last`.
  func perform(
    _ text: SourceText, _ mode: ParserOptions.Mode, remembers: Bool,
    _ report: ([Diagnostic]) -> Void
  ) -> [Performed] {
    let isLast = remembers && mentionsLast(text)
    let start = MonotonicClock.nanoseconds
    cancelToken.reset()
    let id = sources.add(text)
    // What is a fact as a statement is none here.
    let shape = mode == .statement ? questionShape(text) : nil
    if let shape, !isLast,
      let (answer, diagnostics, like) = askAgain(shape, id, start: start)
    {
      report(diagnostics)
      guard let answer else { return [.failed] }
      if remembers { noteLast(answer, to: text, id) }
      return [.answer(answer, AskedQuery(text, id, like: like, self))]
    }
    let parsed = parse(text, id, mode: mode)
    if parsed.hasErrors {
      report(parsed.diagnostics)
      return [.failed]
    }
    var unit = ParsedUnit(unit: 0, parsed: parsed)
    report(warnings(on: [unit]))
    if remembers && mentionsLast(text) { bindLast(in: &unit) }
    var outcomes: [Performed] = []
    if unit.hasChanges {
      let (change, diagnostics) = change(title: title(of: text), isKept: remembers) {
        var result = LoadResult(diagnostics: parsed.diagnostics)
        merge([unit], into: &result)
        return result.diagnostics
      }
      report(diagnostics)
      guard let change else { return [.failed] }
      outcomes.append(.changed(change))
    } else {
      report(parsed.diagnostics)
    }
    for query in unit.queries {
      let isKept = unit.isPlainQuestion && !isLast
      let (answer, diagnostics) = ask(query, shape: isKept ? shape : nil, start: start)
      report(diagnostics)
      guard let answer else { return outcomes + [.failed] }
      if remembers { noteLast(answer, to: text, id) }
      outcomes.append(.answer(answer, AskedQuery(query, self)))
    }
    return outcomes
  }

  /// Loads texts as `load` does, and keeps the change for `undo`.
  public func perform(loading texts: [SourceText]) -> LoadResult { load(texts, remembers: true) }

  /// Loads texts, and refuses them where a constraint does not hold then.
  func load(_ texts: [SourceText], remembers: Bool) -> LoadResult {
    var result = LoadResult()
    let names = texts.map(\.name).joined(separator: " ")
    let (change, diagnostics) = change(title: "load \(names)", isKept: remembers) {
      result = merge(texts)
      return result.diagnostics
    }
    result.diagnostics = diagnostics
    result.summary = change?.summary ?? WriteSummary()
    return result
  }

  // MARK: Changes

  /// Carries out a change as a whole or not at all. Errors among what `body` returns, or offended
  /// constraints, undo it. A change that is not kept cannot be undone, nor can those before it.
  func change(title: String, isKept: Bool = true, _ body: () -> [Diagnostic]) -> (
    change: SessionChange?, diagnostics: [Diagnostic]
  ) {
    let before = state
    let kept = graph.documentsKept
    let declarations = graph.declarations
    let write = graph.begin()
    var diagnostics = body()
    if !diagnostics.contains(where: { $0.severity == .error }) {
      assumeKnown(goneWith: write)
      diagnostics += keepChangedFacts(since: before)
      if isReadOnly, graph.hasUncommittedChanges { diagnostics.append(.readOnly(at: nil)) }
      if changes.open.isEmpty {
        diagnostics += offendedConstraints(since: before)
      }
    }
    guard !diagnostics.contains(where: { $0.severity == .error }) else {
      graph.rollback()
      restore(before)
      return (nil, diagnostics)
    }
    let summary: WriteSummary
    do throws(GraphWriteError) {
      isChecked = true
      defer { isChecked = false }
      summary = try graph.commit()
    } catch {
      restore(before)
      return (nil, diagnostics + Self.diagnostics(of: error))
    }
    var change = SessionChange(title: title, difference: GraphDifference(), summary: summary)
    if isKept {
      change.difference = GraphMarks(of: write).difference(to: graph, limit: changes.factLimit)
    }
    if program.revision != before.program.revision {
      change.newRuleCount = Self.ruleCount(program) - Self.ruleCount(before.program)
      change.newDeclarationCount = program.declared.count - before.program.declared.count
    }
    if factsRevision != before.factsRevision {
      change.tableRowChange = Self.rowCount(facts) - Self.rowCount(before.facts)
    }
    change.hasNewSchema = graph.declarations != declarations
    if isKept && change.difference.isListed {
      changes.record(
        change, before: before, document: currentDocument, kept: kept, declarations: declarations)
    } else {
      changes.forgetAll(for: isKept ? change : nil)
    }
    return (change, diagnostics)
  }

  /// How many facts of declared relations the session holds.
  public var declaredFactCount: Int { Self.rowCount(facts) }

  private static func ruleCount(_ program: SessionProgram) -> Int {
    program.rules.values.reduce(program.constraints.count) { $0 + $1.count }
  }

  private static func rowCount(_ facts: [String: Relation]) -> Int {
    facts.values.reduce(0) { $0 + $1.liveCount }
  }

  static func diagnostics(of error: GraphWriteError) -> [Diagnostic] {
    switch error {
    case .violations(let violations):
      violations.map { Diagnostic(.schemaViolation, $0.description, at: nil) }
    case .store(let failure): [Diagnostic(.unreadableFile, failure.description, at: nil)]
    }
  }

  private func title(of text: SourceText) -> String {
    let words = text.text(0..<text.bytes.count).split(whereSeparator: \.isWhitespace)
    let line = words.joined(separator: " ")
    return line.count > 60 ? line.prefix(60) + "…" : line
  }

  /// Takes the last change back: the graph's by a write of its own, the session's by its old state. A transaction that
  /// has ended is one change.
  /// Nothing is taken back, and the diagnostics say why, where there is nothing to undo or the
  /// graph has come to contradict it.
  public func undo() -> (undone: SessionChange?, diagnostics: [Diagnostic]) {
    guard let entry = changes.last else {
      return (nil, [nothingToUndo])
    }
    let before = state
    restore(entry.before)
    graph.begin()
    var problems = attempt { writer in
      for write in entry.writes {
        write.difference.undo(in: &writer, restoring: write.declarations)
        writer.restore(write.kept)
      }
    }
    if isReadOnly, graph.hasUncommittedChanges { problems.append(.readOnly(at: nil)) }
    if problems.isEmpty {
      do throws(GraphWriteError) { try graph.commit() } catch {
        problems = Self.diagnostics(of: error)
      }
    } else {
      graph.rollback()
    }
    guard problems.isEmpty else {
      restore(before)
      return (nil, problems)
    }
    changes.removeLast()
    // What a script's `.source` said has ended with it.
    if currentDocument == entry.document { currentDocument = entry.before.document }
    return (entry.change, [])
  }

  /// Why no change can be taken back.
  private var nothingToUndo: Diagnostic {
    guard let cause = changes.tooLarge else {
      return Diagnostic(.invalidDirective, "there is nothing to undo", at: nil)
    }
    return Diagnostic(
      .invalidDirective,
      "`\(cause.title)` cannot be undone: it changed \(cause.factCount) facts, and no more than "
        + "\(changes.factLimit) of a change are remembered", at: nil,
      help: "a transaction takes back as many as there are: `.begin` before such a change, and "
        + "`.rollback`")
  }

  // MARK: Transactions

  /// How many transactions are open.
  public var openTransactionCount: Int { changes.open.count }

  /// Begins a transaction: constraints wait for its end, and `rollback` takes all of it back.
  /// Transactions nest.
  public func begin() {
    graph.begin()
    changes.open.append(ChangeLog.OpenTransaction(state: state, mark: changes.mark))
  }

  /// Ends the innermost transaction and keeps its changes; where a constraint does not hold, the
  /// transaction stays open and nothing is lost.
  public func commit() -> [Diagnostic] {
    guard let transaction = changes.open.last else { return [Self.noTransaction] }
    if changes.open.count == 1 {
      let offences = offendedConstraints(
        since: transaction.state,
        help:
          "the transaction is still open: correct it and `.commit` again, or take everything back "
          + "with `.rollback`")
      if !offences.isEmpty { return offences }
    }
    changes.open.removeLast()
    do throws(GraphWriteError) {
      isChecked = true
      defer { isChecked = false }
      try graph.commit()
      changes.join(since: transaction.mark)
      return []
    } catch {
      restore(transaction.state)
      changes.forget(since: transaction.mark)
      return Self.diagnostics(of: error)
    }
  }

  /// Takes back everything since the innermost `begin`; an error where no transaction is open.
  public func rollback() -> [Diagnostic] {
    guard let transaction = changes.open.popLast() else { return [Self.noTransaction] }
    graph.rollback()
    restore(transaction.state)
    changes.forget(since: transaction.mark)
    // Texts that only the lost transaction knew are gone, and answers refer to texts.
    changes.lastAnswer = nil
    dropLast()
    return []
  }

  private static let noTransaction = Diagnostic(
    .invalidDirective, "no transaction is open", at: nil, help: "`.begin` opens one")

  // MARK: Constraints

  /// An error for each constraint that something offends, with the first offenders.
  ///
  /// - Parameters:
  ///   - before: what was defined and declared when all constraints held; `nil` if that is
  ///     what is defined now. Only those are evaluated that read what has changed since.
  ///   - help: what becomes of the change.
  func offendedConstraints(
    since before: SessionState? = nil,
    help: String = "nothing was changed"
  ) -> [Diagnostic] {
    if program.constraints.isEmpty { return [] }
    let change = ConstraintScope(self, since: before)
    let environment = environment(terms: termSpace())
    var diagnostics: [Diagnostic] = []
    for constraint in program.constraints {
      let query = Query(head: nil, body: constraint.body, span: constraint.span)
      let lowered = lowered(query, unit: constraint.unit, in: environment)
      guard change.concerns(lowered) else { continue }
      let (found, problems) = evaluate(lowered, query, environment, facts, limits)
      guard let answer = found else {
        if Self.isVacuous(constraint.body, problems) { continue }
        diagnostics.append(
          Diagnostic(
            .constraintViolated,
            "the constraint `:- \(ASTPrinter.text(constraint.body)).` cannot be checked",
            at: constraint.span, notes: problems.map(\.message), help: help))
        continue
      }
      if answer.rowCount == 0 { continue }
      let shown = 10
      var notes = (0..<min(shown, answer.rowCount)).map { row in
        answer.columns.indices.map { column in
          let text = answer.text(row: row, column: column)
          let value =
            answer.columns[column].type == .symbol ? ASTPrinter.quotedText(text) : text
          return "\(answer.columns[column].name) = \(value)"
        }.joined(separator: ", ")
      }
      if answer.isTruthValue { notes = [] }
      if answer.rowCount > shown { notes.append("and \(answer.rowCount - shown) more") }
      notes += reasons(for: answer, against: constraint)
      let offenders =
        answer.isTruthValue
        ? "it holds" : answer.rowCount == 1 ? "1 offends it" : "\(answer.rowCount) offend it"
      diagnostics.append(
        Diagnostic(
          .constraintViolated,
          "the constraint `:- \(ASTPrinter.text(constraint.body)).` is violated: \(offenders)",
          at: constraint.span, notes: notes, help: help))
    }
    return diagnostics
  }

  /// What the first offender of a constraint rests on, condition by condition, with documents and
  /// lines.
  private func reasons(
    for answer: Answer, against constraint: (body: Formula, span: SourceSpan, unit: Int)
  ) -> [String] {
    var values: [String: Expression] = [:]
    for (column, name) in answer.columns.map(\.name).enumerated() {
      values[name] = Expression(answer.value(row: 0, column: column), constraint.span)
    }
    let body = constraint.body.substituting(values)
    let query = Query(head: nil, body: body, span: constraint.span)
    guard let program = try? CompletedProgram(session: self, query: query, unit: constraint.unit),
      let proof = try? ProofBuilder(program, seconds: 0.5).proof(of: body, unit: constraint.unit)
    else { return [] }
    // Several conditions are the children of a proof without a rule of its own.
    let parts = proof.kind == .rule && proof.remark.isEmpty ? proof.children : [proof]
    var lines: [String] = []
    for part in parts { Self.append(part, indent: "", to: &lines) }
    let shown = 20
    return lines.count > shown ? lines.prefix(shown) + ["and \(lines.count - shown) more"] : lines
  }

  private static func append(_ proof: Proof, indent: String, to lines: inout [String]) {
    let places = proof.citations.map { citation in
      [citation.source, citation.lines].compactMap { $0 }.joined(separator: ":")
    }
    let remarks = ([proof.remark] + places).filter { !$0.isEmpty }.joined(separator: "; ")
    lines.append(indent + proof.statement + (remarks.isEmpty ? "" : "  \(remarks)"))
    for child in proof.children { append(child, indent: indent + "  ", to: &lines) }
  }

  /// Whether a body can hold for nothing because it asks for a property that nothing has.
  private static func isVacuous(_ body: Formula, _ problems: [Diagnostic]) -> Bool {
    let positive = body.conjuncts.compactMap(\.atom).map(\.span)
    return problems.contains { problem in
      guard problem.code == .unknownProperty, let span = problem.span else { return false }
      return positive.contains { $0.lower <= span.lower && span.upper <= $0.upper }
    }
  }
}
