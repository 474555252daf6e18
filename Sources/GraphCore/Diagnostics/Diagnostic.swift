/// How much a diagnostic weighs: only an error stops what was asked.
public enum Severity: String, Sendable {
  case note
  case warning
  case error
}

/// One mistake or remark: what is wrong, where, what was expected and what to do.
///
/// The message starts in lower case, has no final stop and names the offending thing; the span is
/// the smallest that shows it; advice goes into `help`.
public struct Diagnostic: Sendable, Error {
  /// A second place that belongs to the same mistake, with a few words about it.
  public struct Label: Sendable {
    public let span: SourceSpan
    public let text: String

    public init(span: SourceSpan, text: String) {
      self.span = span
      self.text = text
    }
  }

  public var severity: Severity
  public var code: DiagnosticCode
  public var message: String
  /// The place; `nil` where the mistake is in no text, such as one of an option.
  public var span: SourceSpan?
  /// Other places that belong to the mistake.
  public var labels: [Label]
  /// What explains it, a line each.
  public var notes: [String]
  /// What to do.
  public var help: String?

  public init(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan?,
    severity: Severity = .error, labels: [Label] = [], notes: [String] = [], help: String? = nil
  ) {
    self.severity = severity
    self.code = code
    self.message = message
    self.span = span
    self.labels = labels
    self.notes = notes
    self.help = help
  }
}

/// Collects the diagnostics of one stage after another, each mistake once: code, place and message
/// tell mistakes apart.
public struct DiagnosticCollector: Sendable {
  /// What was collected, in the order of `add`.
  public private(set) var all: [Diagnostic] = []
  private var seen: Set<Key> = []

  private struct Key: Hashable {
    let code: DiagnosticCode
    let span: SourceSpan?
    let message: String
  }

  public init() {}

  /// Whether anything was collected that stops what was asked. O(diagnostics).
  public var hasErrors: Bool { all.contains { $0.severity == .error } }

  /// Takes a diagnostic, unless the same mistake was taken before. O(length of the message).
  public mutating func add(_ diagnostic: Diagnostic) {
    let key = Key(code: diagnostic.code, span: diagnostic.span, message: diagnostic.message)
    if seen.insert(key).inserted { all.append(diagnostic) }
  }

  public mutating func add(contentsOf diagnostics: some Sequence<Diagnostic>) {
    for diagnostic in diagnostics { add(diagnostic) }
  }
}

extension Array where Element == Diagnostic {
  /// Puts reports in the order of the texts they are about; those without a place stay last.
  /// Reports of one place keep their order. O(count × log count).
  package mutating func sortByPlace() {
    let keyed = enumerated().map { index, diagnostic in
      let span = diagnostic.span
      return (
        key: [
          span == nil ? 1 : 0, Int(span?.source.index ?? 0), Int(span?.lower ?? 0), index,
        ], diagnostic: diagnostic
      )
    }
    self = keyed.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.diagnostic)
  }
}
