import GraphCore

/// What a program says and SQL cannot.
struct SQLFailure: Error {
  var message: String
  var span: SourceSpan?
  var help: String?

  init(_ message: String, at span: SourceSpan?, help: String? = nil) {
    (self.message, self.span, self.help) = (message, span, help)
  }

  var diagnostic: Diagnostic { Diagnostic(.untranslatable, message, at: span, help: help) }
}
