import GraphCore

/// The declarations and rules that a session has taken so far.
struct SessionProgram {
  /// Unit 0 is the prompt; every loaded text is one more.
  var unitCount = 0
  var declared: [String: [DeclaredRelation]] = [:]
  var defined: [String: DefinedRelation] = [:]
  var rules: [String: [UnitClause]] = [:]
  var subsumptions: [String: [UnitSubsumption]] = [:]
  var constraints: [(body: Formula, span: SourceSpan, unit: Int)] = []
  var queries: [(query: Query, unit: Int)] = []
  var fileDirectives: [QuerySession.FileDirective] = []
  var functors: [String: FunctorDeclaration] = [:]
  var types = TypeTable()
  var components: [String: ComponentDeclaration] = [:]
  var brokenInstances = BrokenInstances()
  /// The whole program as it was checked, for `runProgram`; only in Soufflé's mode, where its constants
  /// are texts of the graph's dictionary and facts of files change nothing in it.
  var checked: (core: CoreProgram, strata: Strata)?
}

/// A parsed text and the unit it belongs to.
struct ParsedUnit {
  let unit: Int
  var parsed: ParsedProgram

  var queries: [Query] {
    parsed.statements.compactMap { if case .query(let query) = $0 { query } else { nil } }
  }

  /// Whether there is anything but queries.
  var hasChanges: Bool {
    !parsed.facts.isEmpty
      || parsed.statements.contains { if case .query = $0 { false } else { true } }
  }
}
