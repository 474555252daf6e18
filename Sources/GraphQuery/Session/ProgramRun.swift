@_spi(Columns) public import GraphCore

/// Running a whole program in Soufflé's way: facts come from `.input` files, answers go to `.output`
/// files, nothing is asked.
extension QuerySession {
  /// Where a directive's rows come from or go to.
  public struct FileDirective: Sendable {
    public enum Kind: Sendable {
      case input, output, printsize
    }

    public var kind: Kind
    public var relation: String
    /// The directive's parameters: `filename`, `delimiter`, `IO`, ...
    public var parameters: [String: String]
    public var span: SourceSpan
    public var columnNames: [String] = []

    /// What the relation is called outside: the parameter `name`, or its own name.
    public var title: String { parameters["name"] ?? relation }

    public var delimiter: String { parameters["delimiter"] ?? "\t" }
  }

  /// The input and output directives of the loaded texts, in their order.
  public var fileDirectives: [FileDirective] { program.fileDirectives }

  /// Adds the rows of a fact file to a declared relation.
  ///
  /// Nothing is added if a row is wrong; every wrong row is reported, up to 100.
  public func readFacts(_ text: SourceText, of directive: FileDirective) -> [Diagnostic] {
    guard let declaration = program.declared[directive.relation]?.last else { return [] }
    let id = sources.add(text)
    var problems: [Diagnostic] = []
    let format = TableFormat(directive, arity: declaration.attributes.count, &problems)
    guard problems.isEmpty else { return problems }
    let values = ValueReader(dictionary: graph.dictionary, records: records)
    let relation: Relation
    let diagnostics: [Diagnostic]
    let before = facts[declaration.key]
    if format.isJSON {
      var reader = JSONFactReader(text: text, id: id, declaration: declaration, values: values)
      (relation, diagnostics) = reader.read(adding: before, terms: termSpace())
    } else {
      let reader = FactFileReader(
        text: text, id: id, declaration: declaration, format: format, values: values)
      (relation, diagnostics) = reader.read(adding: before, terms: termSpace())
    }
    if diagnostics.isEmpty { facts[declaration.key] = relation }
    return diagnostics
  }

  /// Computes everything that the output directives ask for, and what that depends on.
  ///
  /// With `reportProfile` what each rule did is measured and handed to it, also where the run fails.
  public func runProgram(reportProfile: ((QueryProfile) -> Void)? = nil)
    -> (result: ProgramResult?, diagnostics: [Diagnostic])
  {
    let terms = termSpace()
    let (core, problems) = Lowering.lowerAll(in: environment(terms: terms))
    let (strata, cycles) = Stratification.stratify(core)
    let diagnostics = problems + cycles
    guard !diagnostics.contains(where: { $0.severity == .error }) else { return (nil, diagnostics) }
    var outputs: [String: RelationID] = [:]
    for directive in program.fileDirectives where directive.kind != .input {
      let index = core.relations.lastIndex { !$0.isAuxiliary && $0.name == directive.relation }
      outputs[directive.relation] = index.map { RelationID(index: $0) }
    }
    let reduced = ProgramTransformation.apply(
      to: core, strata: strata, outputs: Set(outputs.values), options: optimizations)
    let evaluation = reportProfile.map { _ in EvaluationProfile() }
    let engine = Engine(
      program: reduced.program, graph: graph, terms: terms, facts: facts, limits: limits,
      token: cancelToken, options: optimizations, profile: evaluation)
    let start = MonotonicClock.nanoseconds
    defer {
      if let evaluation {
        let duration = Duration.nanoseconds(Int64(clamping: MonotonicClock.nanoseconds &- start))
        reportProfile?(
          ProfileReport(program: reduced.program, sources: sources).profile(
            evaluation, duration: duration))
      }
    }
    do {
      let relations = try engine.run(reduced.strata)
      var byName = outputs.mapValues { relations[$0.index] }
      for (name, declarations) in program.declared where byName[name] == nil {
        guard let declaration = declarations.last else { continue }
        byName[name] =
          facts[declaration.key]
          ?? Relation(name: name, types: declaration.attributes.map(\.type), terms: terms)
      }
      let names = program.declared.compactMapValues { $0.last?.attributes.map(\.name) }
      return (
        ProgramResult(relations: byName, columnNames: names, terms: terms),
        diagnostics + terms.warnings.all
      )
    } catch {
      return (nil, diagnostics + [error.diagnostic])
    }
  }
}

/// The outputs of a program that has run.
public final class ProgramResult {
  private let relations: [String: Relation]
  private let columnNames: [String: [String]]
  private let terms: TermSpace

  init(relations: [String: Relation], columnNames: [String: [String]], terms: TermSpace) {
    self.relations = relations
    self.columnNames = columnNames
    self.terms = terms
  }

  /// The number of rows of an output or of an input; nothing where there is no such relation.
  public func count(of name: String) -> Int? { relations[name]?.liveCount }

  /// Writes the rows of a directive's relation in value order, in the form its parameters say.
  ///
  /// `withHeaders` tells otherwise than the parameters whether a line of column names comes first.
  public func write<Failure: Error>(
    _ directive: QuerySession.FileDirective, withHeaders: Bool? = nil,
    to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    guard let relation = relations[directive.relation] else { return }
    var problems: [Diagnostic] = []
    var format = TableFormat(directive, arity: relation.arity, &problems)
    if let withHeaders { format.hasHeaders = withHeaders }
    let writer = RelationWriter(
      relation: relation, columnNames: columnNames[directive.relation] ?? [], terms: terms,
      format: format)
    try writer.write(to: sink)
  }
}
