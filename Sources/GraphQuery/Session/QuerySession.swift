public import GraphCore

/// A graph together with the declarations and rules that questions about it may use.
///
/// ```swift
/// let session = QuerySession()
/// session.load([SourceText(name: "facts.dl", text: "supplies(\"A\", \"B\"). supplies(\"B\", \"C\").")])
/// let answer = try session.query("?- supplies+(\"A\", x).")
/// print(answer.rowCount)  // 2
/// ```
///
/// `open` makes one on a file. Whoever has a `Graph` already gives it to `init`, and may write to
/// it between two calls. A session is used from one thread at a time; `cancelToken` may be used
/// from any.
///
/// What is wrong with a text are `Diagnostic` values with places in `sources`, which
/// `DiagnosticRenderer` shows. Only `query` throws one.
public final class QuerySession {
  /// The facts. What is written to it from outside is not checked against the constraints of the
  /// session, as `write` checks it, unless it lies in a file.
  public let graph: Graph
  /// The file that the graph lies in, where it lies in one; see `open`.
  public let store: GraphStore?
  /// Every text that the session was given, which spans of diagnostics point into. It grows with
  /// each.
  public internal(set) var sources = SourceMap()
  /// Values of `$name`, given from outside.
  ///
  /// A question with parameters is lowered and planned once, whatever texts they stand for:
  ///
  /// ```swift
  /// for name in names {
  ///   session.parameters["a"] = .text(name)
  ///   print(try session.query("?- supplies($a, x).").rowCount)
  /// }
  /// ```
  public var parameters: [String: Value] = [:]
  /// What each query, and each reading or writing of fact files, may use.
  public var limits = QueryLimits()
  /// Stops what is running. Loading, asking and changing reset it when they begin.
  public let cancelToken: CancelToken
  /// How files named by `.include` and `#include` are read; without it they are an error.
  public var includeLoader: IncludeReader?
  /// Soufflé's mode: a name that is not declared is an error.
  public var requiresDeclarations = false { didSet { questions.removeAll() } }
  /// Whether facts that are read serve `runProgram` alone: columns that no rule looks at are left out, where rows do not
  /// count by them. They go when anything else is loaded.
  public var runsOnce = false
  /// The document that facts at the prompt are from: that of the last `.source` there, until whoever
  /// feeds statements sets it anew, as a script does at its beginning and end.
  public var currentDocument: String?
  /// Names that the preprocessor replaces in every text: `-M NAME=VALUE`.
  public var macros: [(name: String, value: String)] = []
  /// The ways of evaluation that may be used.
  public var optimizations = Set(Optimization.allCases) { didSet { questions.removeAll() } }
  /// The most threads that reading, evaluation and writing use at a time. Answers do not depend on it.
  public var threadCount = 1 {
    didSet {
      guard threadCount != oldValue else { return }
      workers = Workers(count: threadCount)
      questions.removeAll()
    }
  }
  /// Whether the graph, and what is kept with it, stays as it is. Rules, declarations, constraints and
  /// facts of declared relations that are not kept are the session's, and may still come and go.
  public var isReadOnly = false
  /// Whether somebody can take a change back by `.undo`, so that warnings of one may say so.
  public var offersUndo = false
  /// Told how a query gets on, with the place of its slowest rule: first after half a second, then ten
  /// times a second, from whatever thread works on it.
  public var progressReport: (@Sendable (QueryProgress, _ slowestRule: String?) -> Void)?

  /// Finds an included file by its path as written and the name of the text that asks for it.
  public typealias IncludeReader = (_ path: String, _ from: String) -> Result<
    SourceText, IncludeFailure
  >

  var program = SessionProgram() {
    didSet {
      questions.removeAll()
      inputs.removeAll()
      liveColumns = nil
    }
  }
  /// The session's threads; they start when there is something to share.
  private(set) var workers = Workers(count: 1)
  /// The graph as relations, with the indexes that questions made.
  let storedRelations = StoredRelationCache()
  /// What was asked lately, ready to be asked again; whatever it was lowered from empties it when it changes.
  let questions = PreparedQuestions()
  /// The records in facts of declared relations, and what record types there are.
  let records = RecordTable()
  /// Facts of declared relations, by key; their texts are in the graph's dictionary.
  var facts: [String: Relation] = [:] {
    didSet {
      factsRevision &+= 1
      questions.removeAll()
    }
  }
  /// Facts that were read for a run, by the keys of their relations; see `runsOnce`.
  var inputs: [String: RunInput] = [:]
  /// Which columns a run looks at, once somebody has asked.
  var liveColumns: LiveColumns?
  /// Another number whenever facts of declared relations may have changed.
  private(set) var factsRevision = 0
  /// What statements changed, for `undo` and transactions.
  var changes = ChangeLog()
  /// Mistakes that rules kept with the database have become, as facts they speak of went.
  public internal(set) var staleProblems: [Diagnostic] = []
  /// Whether the change being committed has been checked against the constraints.
  var isChecked = false
  /// The last query, if it was stopped.
  var stoppedRun: StoppedRun?

  /// A session without rules on a graph in memory.
  public init(graph: Graph = Graph(), cancelToken: CancelToken = CancelToken()) {
    self.graph = graph
    self.cancelToken = cancelToken
    store = nil
  }

  /// A session on a graph in a file, without what is kept with it.
  init(store: GraphStore, cancelToken: CancelToken) {
    graph = store.graph
    self.cancelToken = cancelToken
    self.store = store
  }

  /// What a statement led to; see `execute`.
  public enum Outcome {
    case answer(Answer)
    /// Facts, rules or declarations were taken.
    case changed(WriteSummary)
    /// The statement was refused or stopped; its diagnostics say why.
    case failed
  }

  /// The result of loading texts: nothing of them is kept if any has an error.
  public struct LoadResult {
    /// Errors and warnings, with their places.
    public var diagnostics: [Diagnostic] = []
    /// What came into the graph; nothing where the texts were refused.
    public var summary = WriteSummary()
    /// Queries that stand in the texts; loading does not run them.
    public var queryCount = 0
    /// The `.input`, `.output` and `.printsize` of the texts, which only a run of the program carries
    /// out.
    public var directives: [FileDirective] = []

    /// Whether there is no error among the diagnostics. O(diagnostics).
    public var isLoaded: Bool { !diagnostics.contains { $0.severity == .error } }
  }

  /// The place of a text that the session does not read, for reports about it.
  package func place(of text: SourceText) -> SourceSpan {
    SourceSpan(
      source: sources.add(text), lower: 0, upper: UInt32(truncatingIfNeeded: text.bytes.count))
  }

  // MARK: Loading

  static let interruption = Diagnostic(.interrupted, "interrupted: nothing was taken", at: nil)

  /// Adds the facts, declarations and rules of some texts, all or nothing; nothing where
  /// `cancelToken` is cancelled meanwhile.
  ///
  /// The texts count as one: an alias, a schema or a declaration of one holds for all, in whatever
  /// order they come. They are refused where a constraint does not hold then.
  ///
  /// Nothing is kept for `undo`, and what came before cannot be undone any more: `perform(loading:)`
  /// is for sessions with somebody who may want it.
  @discardableResult
  public func load(_ texts: [SourceText]) -> LoadResult { load(texts, remembers: false) }

  /// Adds what some texts hold, without a look at constraints.
  func merge(_ texts: [SourceText]) -> LoadResult {
    cancelToken.reset()
    var result = LoadResult()
    let parsed = texts.map { text -> ParsedUnit in
      let id = sources.add(text)
      program.unitCount += 1
      return ParsedUnit(unit: program.unitCount, parsed: parse(text, id, mode: .program))
    }
    for unit in parsed { result.diagnostics += unit.parsed.diagnostics }
    // What was not read to its end is not looked at.
    guard !cancelToken.isCancelled else {
      result.diagnostics.append(Self.interruption)
      return result
    }
    merge(parsed, into: &result)
    result.diagnostics += warnings(ofProgram: parsed, result)
    return result
  }

  /// Warnings where `3.5亿` meets a unit in 亿, and where the quotes of a node's name may have been forgotten.
  func warnings(on units: [ParsedUnit]) -> [Diagnostic] {
    var check = UnitCheck(graph: graph, sources: sources)
    var names = NodeNameCheck(graph: graph)
    for unit in units {
      check.check(unit)
      names.check(unit.parsed.statements)
    }
    return check.diagnostics + names.diagnostics
  }

  /// What statements are warned of, and where nothing is wrong also of variables that stand once in a rule.
  private func warnings(ofProgram units: [ParsedUnit], _ result: LoadResult) -> [Diagnostic] {
    let warnings = warnings(on: units)
    guard result.isLoaded else { return warnings }
    var check = SingleUseCheck(sources: sources)
    for unit in units { check.check(unit.parsed.statements) }
    // A node's name without its quotes is told of as that.
    let told = Set(warnings.compactMap(\.span))
    return warnings + check.diagnostics.filter { $0.span.map { !told.contains($0) } ?? true }
  }

  /// Parses and checks some texts as `load` would, queries included, and keeps nothing. It costs
  /// what `load` costs.
  public func check(_ texts: [SourceText]) -> [Diagnostic] {
    let before = state
    defer { restore(before) }
    var result = LoadResult()
    let parsed = texts.map { text -> ParsedUnit in
      let id = sources.add(text)
      program.unitCount += 1
      return ParsedUnit(unit: program.unitCount, parsed: parse(text, id, mode: .program))
    }
    for unit in parsed { result.diagnostics += unit.parsed.diagnostics }
    graph.begin()
    merge(parsed, into: &result, checksQueries: true)
    result.diagnostics += warnings(ofProgram: parsed, result)
    graph.rollback()
    return result.diagnostics
  }

  func parse(_ text: SourceText, _ id: SourceID, mode: ParserOptions.Mode) -> ParsedProgram {
    var options = ParserOptions(mode: mode, macros: macros)
    if mode == .program { options.isCancelled = { [cancelToken] in cancelToken.isCancelled } }
    options.declaresQuestionMark = program.declared["?"] != nil
    if let includeLoader {
      options.includeLoader = { [self] path, including in
        includeLoader(path, including.name).map { text in
          IncludedSource(text: text, id: sources.add(text))
        }
      }
    }
    return Parser.parse(text, id: id, options: options)
  }

  // MARK: Statements

  /// Runs one text, usually one statement: its facts and rules first, then its queries in order.
  /// Facts and rules are refused where a constraint does not hold with them.
  ///
  /// ```swift
  /// let text = SourceText(name: "<prompt>", text: "zone(\"运城\"). ?- zone(z).")
  /// for outcome in session.execute(statement: text, report: { problems += $0 }) {
  ///   switch outcome {
  ///   case .answer(let answer): print(answer.rowCount)
  ///   case .changed(let summary): print(summary.newLabels)
  ///   case .failed: break
  ///   }
  /// }
  /// ```
  ///
  /// What goes wrong first is the last outcome. As `load` does, it keeps nothing for `undo`;
  /// `perform` does.
  ///
  /// - Parameter report: given errors and warnings as they are found, several times or not at all.
  public func execute(statement text: SourceText, report: ([Diagnostic]) -> Void = { _ in })
    -> [Outcome]
  {
    perform(text, .statement, remembers: false, report).map { performed in
      switch performed {
      case .answer(let answer, _): .answer(answer)
      case .changed(let change): .changed(change.summary)
      case .failed: .failed
      }
    }
  }

  /// Answers one query. The text is a whole query with or without its full stop. Facts and rules in
  /// it are taken as by `execute`, and of several queries all are run and the first is returned.
  ///
  /// - Throws: the first error, as a `Diagnostic`. Warnings are not told.
  public func query(_ text: String) throws -> Answer {
    var problems: [Diagnostic] = []
    let outcomes = execute(statement: SourceText(name: "<query>", text: text)) { problems += $0 }
    for case .answer(let answer) in outcomes { return answer }
    throw problems.first { $0.severity == .error }
      ?? Diagnostic(.invalidQuery, "the text holds no query", at: nil)
  }

  // MARK: Queries

  /// A space for the texts and records of one piece of work.
  func termSpace() -> TermSpace { TermSpace(graph.dictionary, records: records) }

  /// What statements can know of the graph now.
  func catalog(_ terms: TermSpace) -> GraphCatalog {
    var catalog = GraphCatalog(graph: graph, terms: terms)
    catalog.gone = program.goneProperties
    for name in program.assumedNames {
      let term = catalog.intern(name)
      if program.rules[Environment.ruleKey(.label(term))] != nil {
        catalog.derivedLabels.insert(term)
      }
      if program.rules[Environment.ruleKey(.edgeType(term))] != nil {
        catalog.derivedEdgeTypes.insert(term)
      }
    }
    return catalog
  }

  /// The environment of names that statements see now.
  func environment(terms: TermSpace) -> Environment {
    var environment = Environment(catalog: catalog(terms))
    environment.declared = program.declared
    environment.defined = program.defined
    environment.rules = program.rules
    environment.subsumptions = program.subsumptions
    environment.parameters = parameters
    environment.types = program.types
    environment.recordTypes = records.types
    environment.brokenNames = program.brokenNames
    environment.assumedNames = program.assumedNames
    return environment
  }
}
