public import GraphCore

/// A file that an include directive asked for, registered with its caller's `SourceMap`.
public struct IncludedSource: Sendable {
  public let text: SourceText
  public let id: SourceID

  public init(text: SourceText, id: SourceID) {
    self.text = text
    self.id = id
  }
}

/// Why an included file could not be had, in words that follow "cannot include `path`: ".
public struct IncludeFailure: Error, Sendable {
  public let message: String

  public init(message: String) { self.message = message }
}

/// Finds an included file: its path as written, and the text that asks for it.
public typealias IncludeLoader = (
  _ path: String, _ includingText: SourceText
) -> Result<IncludedSource, IncludeFailure>

/// What a parse depends on beside the text.
public struct ParserOptions {
  /// What kind of text is parsed.
  public enum Mode: Sendable {
    /// A `.dl` file.
    case program
    /// What was typed into the shell: a query at its end needs no full stop.
    case statement
    /// What follows a command that asks: a query, or its conditions alone, with or without full stop.
    case conditions
    /// What follows a command that changes something: the same, as a rule may be written: an atom, and
    /// behind `:-` the conditions that narrow it.
    case target
  }

  public var mode: Mode
  /// Names that the preprocessor replaces: `-M NAME=VALUE`.
  public var macros: [(name: String, value: String)]
  /// How included files are found; without it an include is an error.
  public var includeLoader: IncludeLoader?
  /// Whether a relation named `?` was declared before this text, so that `?(` begins a fact.
  public var declaresQuestionMark: Bool
  /// Asked now and then; where it says so, reading ends, and what was read is not all.
  public var isCancelled: (() -> Bool)?

  public init(
    mode: Mode = .program, macros: [(name: String, value: String)] = [],
    includeLoader: IncludeLoader? = nil, declaresQuestionMark: Bool = false,
    isCancelled: (() -> Bool)? = nil
  ) {
    self.isCancelled = isCancelled
    self.mode = mode
    self.macros = macros
    self.includeLoader = includeLoader
    self.declaresQuestionMark = declaresQuestionMark
  }
}

/// Everything that one text says. Facts of constants stand in a table of their own; each knows how
/// many statements precede it, so that the order of the text can be restored.
public struct ParsedProgram: Sendable {
  public var statements: [Statement]
  public var facts: FactTable
  /// What is wrong with the text, in the order in which it was found. Parsing goes on behind each.
  public var diagnostics: [Diagnostic]
  /// Whether a statement holds a number with 万 or 亿.
  var hasScaledNumbers = false
  /// Relations whose declaration was reported, so that their uses are no further mistakes.
  var brokenNames: Set<String> = []

  /// The statements alone; `facts` are not among them.
  public var tree: SyntaxTree { SyntaxTree(statements: statements) }

  /// Whether there is an error among the diagnostics. O(diagnostics).
  public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}
