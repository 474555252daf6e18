import GraphCore

/// The declarations and rules that a session has taken so far.
struct SessionProgram {
  /// Unit 0 is the prompt; every loaded text is one more.
  var unitCount = 0
  /// Another number whenever something has been defined, declared or forgotten.
  private(set) var revision = 0
  var declared: [String: [DeclaredRelation]] = [:] { didSet { revision &+= 1 } }
  var defined: [String: DefinedRelation] = [:] { didSet { revision &+= 1 } }
  var rules: [String: [UnitClause]] = [:] { didSet { revision &+= 1 } }
  var subsumptions: [String: [UnitSubsumption]] = [:] { didSet { revision &+= 1 } }
  var constraints: [(body: Formula, span: SourceSpan, unit: Int)] = [] {
    didSet { revision &+= 1 }
  }
  var queries: [(query: Query, unit: Int)] = []
  var fileDirectives: [FileDirective] = []
  var functors: [String: FunctorDeclaration] = [:]
  var types = TypeTable()
  var components: [String: ComponentDeclaration] = [:]
  var brokenNames = BrokenNames()
  /// In Soufflé's mode the program as it was checked last, ready to be run.
  var lowered: LoweredProgram?
  /// What was written, as far as a database can keep it, in the order of arrival.
  var written: [WrittenStatement] = []
  /// The unit of what the database keeps, where there is a database.
  var keptUnit: Int?
  /// The declared relations that the database keeps, if with no facts.
  var keptNames: Set<String> = []
  /// The texts that the database keeps.
  var keptSources: Set<SourceID> = []
  /// See `Environment.assumedNames`.
  var assumedNames: Set<String> = []
  /// See `GraphCatalog.gone`.
  var goneProperties = GoneProperties()
}

/// A statement with the unit it was written in.
struct WrittenStatement {
  let unit: Int
  let statement: Statement
}

/// A program in the core language, its strata, and what was found odd on the way.
struct LoweredProgram {
  let core: CoreProgram
  let strata: Strata
  let diagnostics: [Diagnostic]
}

/// A parsed text and the unit it belongs to.
struct ParsedUnit {
  let unit: Int
  var parsed: ParsedProgram

  var queries: [Query] {
    parsed.statements.compactMap { if case .query(let query) = $0 { query } else { nil } }
  }

  /// Everything but the facts.
  var withoutFacts: ParsedUnit {
    var result = self
    result.parsed.facts = FactTable()
    return result
  }

  /// The facts alone.
  var withoutStatements: ParsedUnit {
    var result = self
    result.parsed.statements = []
    return result
  }

  /// Whether this is one query of which nothing need be said, whatever the texts in it: its like may be asked
  /// without being parsed.
  var isPlainQuestion: Bool {
    guard case .query? = parsed.statements.first, parsed.statements.count == 1 else { return false }
    return !hasChanges && parsed.diagnostics.isEmpty && !parsed.hasScaledNumbers
  }

  /// Whether there is anything but queries.
  var hasChanges: Bool {
    !parsed.facts.isEmpty
      || parsed.statements.contains { if case .query = $0 { false } else { true } }
  }
}
