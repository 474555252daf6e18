import GraphCore

/// Where the spans of one question lie in another of the same shape. It is made often and asked rarely.
struct SpanTranslation: Sendable {
  private let source: SourceID
  private let target: SourceID
  private let sources: SourceMap

  init(from source: SourceID, to target: SourceID, in sources: SourceMap) {
    self.source = source
    self.target = target
    self.sources = sources
  }

  private func tokens(_ id: SourceID) -> [SourceSpan] {
    var lexer = Lexer(bytes: sources[id].bytes)
    var result: [SourceSpan] = []
    while true {
      let token = lexer.next()
      if token.kind == .endOfText { return result }
      result.append(SourceSpan(source: id, lower: token.lower, upper: token.upper))
    }
  }

  /// The tokens that the span covers in the other text. O(bytes).
  func callAsFunction(_ span: SourceSpan) -> SourceSpan {
    guard span.source == source else { return span }
    let pairs = zip(tokens(source), tokens(target)).filter { from, _ in
      from.upper > span.lower && from.lower < span.upper
    }
    guard let first = pairs.first?.1, let last = pairs.last?.1 else { return span }
    return first.through(last)
  }

  func callAsFunction(_ diagnostic: Diagnostic) -> Diagnostic {
    var result = diagnostic
    result.span = diagnostic.span.map { self($0) }
    result.labels = diagnostic.labels.map { Diagnostic.Label(span: self($0.span), text: $0.text) }
    return result
  }

  func callAsFunction(_ progress: QueryProgress) -> QueryProgress {
    var result = progress
    result.slowestRule = progress.slowestRule.map { self($0) }
    return result
  }
}
