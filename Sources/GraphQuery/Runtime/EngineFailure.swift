package import GraphCore

/// Why a query stopped before its end.
package struct EngineFailure: Error, Sendable {
  package var code: DiagnosticCode
  package var message: String
  package var span: SourceSpan?
  package var help: String?
  package var notes: [String] = []

  package init(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan?, help: String? = nil
  ) {
    self.code = code
    self.message = message
    self.span = span
    self.help = help
  }

  /// There is no room for more texts.
  static func fullOfTexts(at span: SourceSpan?) -> EngineFailure {
    EngineFailure(.limitReached, TermDictionary.fullMessage, at: span)
  }

  /// A failure of which somebody else has made a report.
  init(_ diagnostic: Diagnostic) {
    self.init(diagnostic.code, diagnostic.message, at: diagnostic.span, help: diagnostic.help)
    notes = diagnostic.notes
  }

  package var diagnostic: Diagnostic {
    Diagnostic(code, message, at: span, notes: notes, help: help)
  }
}
