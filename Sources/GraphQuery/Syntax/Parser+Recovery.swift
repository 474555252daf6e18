@_spi(Columns) import GraphCore

/// Reports, and where to go on after one.
extension Parser {
  // MARK: Reports

  /// Reports a mistake at a token. The result is to be thrown.
  mutating func fail(
    _ code: DiagnosticCode, _ message: String, at token: Token, help: String? = nil
  ) -> SyntaxFailure {
    if token.kind == .endOfText {
      return fail(code, message, at: endOfPrevious(), help: help)
    }
    return fail(code, message, at: stream.span(token), help: help)
  }

  mutating func fail(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, help: String? = nil
  ) -> SyntaxFailure {
    report(code, message, at: span, help: help)
    return SyntaxFailure()
  }

  /// Reports a mistake after which reading goes on as if it had not been made.
  mutating func report(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, help: String? = nil
  ) {
    // A text that is never closed upsets the grammar behind it too; that is the same mistake.
    guard !stream.hasDamage(from: statementIndex) else { return }
    stream.collector.add(Diagnostic(code, message, at: span, help: help))
  }

  /// The place right behind the last token, where something is missing.
  func endOfPrevious() -> SourceSpan {
    let end = stream.span(stream.previous)
    return SourceSpan(source: end.source, lower: end.upper, upper: end.upper)
  }

  /// A token as messages name it.
  func describe(_ token: Token) -> String {
    switch token.kind {
    case .endOfText: return "the end of the text"
    case .text: return "the text \(shortened(stream.string(token)))"
    case .integer, .float, .address, .scaledNumber, .malformedNumber:
      return "the number `\(shortened(stream.string(token)))`"
    case .identifier where stream.keyword(token) != nil:
      return "the keyword `\(stream.string(token))`"
    default: return "`\(shortened(stream.string(token)))`"
    }
  }

  private func shortened(_ text: String) -> String {
    text.count > 40 ? text.prefix(38) + "…" : text
  }

  // MARK: The end of a statement

  /// Consumes the full stop that ends a statement.
  ///
  /// Where the next statement obviously begins, only the stop is missing: that is reported behind
  /// the last token, and the statement counts as complete.
  mutating func fullStop(
    after what: String, orEnd mayEnd: Bool = false, alternatives: String = "`.`"
  ) throws(SyntaxFailure) {
    let token = stream.peek()
    if token.kind == .dot, !beginsDirectiveLine(0) {
      if beginsRange() {
        throw fail(
          .expected, "expected `.` at the end of the \(what), found `..`", at: token,
          help: "`x = range(1, 4)` is each number from 1 to 3")
      }
      if let place = dottedValue() {
        throw fail(
          .expected, "expected a value, found a name with a dot", at: place,
          help: "a property is a named argument of a condition: `company(c, founded: y)`")
      }
      stream.advance()
      return
    }
    if token.kind == .endOfText {
      if mayEnd { return }
      report(
        .expected, "expected `.` at the end of the \(what), found the end of the text",
        at: endOfPrevious(), help: "add a full stop")
      return
    }
    if token.startsLine, beginsStatement(0), alternatives == "`.`" || !continuesBody() {
      let found = directiveWord(0).map { "`.\($0)`" } ?? describe(token)
      report(
        .expected, "expected `.` at the end of the \(what), found \(found)",
        at: endOfPrevious(), help: "add a full stop")
      return
    }
    throw failAtSeparator(token, what: what, alternatives: alternatives)
  }

  /// Whether what begins a line is a condition: an atom with a variable, which no fact has, up to a full
  /// stop without `:-`.
  private mutating func continuesBody() -> Bool {
    guard stream.peek(1).kind == .leftParenthesis else { return false }
    var hasVariable = false
    for distance in 2..<64 {
      let token = stream.peek(distance)
      switch token.kind {
      case .identifier where stream.keyword(token) == nil, .underscore:
        let next = stream.peek(distance + 1).kind
        if next == .comma || next == .rightParenthesis { hasVariable = true }
      case .implies, .lessOrEqual: return false
      case .dot, .endOfText: return hasVariable
      default: break
      }
    }
    return false
  }

  /// Whether two full stops and a number follow, as in `1..3`.
  private mutating func beginsRange() -> Bool {
    let (first, second, number) = (stream.peek(), stream.peek(1), stream.peek(2))
    return second.kind == .dot && first.touches(second) && second.touches(number)
      && (number.kind == .integer || number.kind == .float)
  }

  /// The place of `x.y` where neither arguments nor another statement follow.
  private mutating func dottedValue() -> SourceSpan? {
    let owner = stream.previous
    guard owner.kind == .identifier || owner.kind == .quotedName, directiveWord(0) == nil else {
      return nil
    }
    var distance = 0
    while qualifiedPart(at: distance) != nil { distance += 2 }
    guard distance > 0 else { return nil }
    switch stream.peek(distance).kind {
    case .leftParenthesis, .leftBracket, .plus, .star, .leftBrace: return nil
    default:
      let (first, last) = (stream.span(owner), stream.span(stream.peek(distance - 1)))
      return first.source == last.source ? first.through(last) : first
    }
  }

  private mutating func failAtSeparator(
    _ token: Token, what: String, alternatives: String
  ) -> SyntaxFailure {
    // Where more conditions may follow, one has just ended.
    let endsHere = alternatives == "`.`"
    let place = what == "head" || endsHere ? "the \(what)" : "a condition"
    let message = "expected \(alternatives) after \(place), found \(describe(token))"
    switch token.kind {
    case .at where [.integer, .float].contains(stream.peek(1).kind):
      return fail(
        .misplacedCitation, "only a fact cites lines, not a \(what)", at: token,
        help: "`@ lines` stands between the closing parenthesis of a fact and its full stop")
    case .doubleAmpersand:
      return fail(.expected, message, at: token, help: "write `,` for and")
    case .doublePipe, .pipe:
      return fail(.expected, message, at: token, help: "write `;` for or")
    case .identifier where stream.isWord(token, "and") || stream.isWord(token, "AND"):
      return fail(.expected, message, at: token, help: "write `,` for and")
    case .identifier where stream.isWord(token, "or") || stream.isWord(token, "OR"):
      return fail(.expected, message, at: token, help: "write `;` for or")
    case .identifier where what == "head" && stream.isWord(token, "?"):
      return fail(.expected, message, at: token, help: "a question begins with `?-`")
    case .less where stream.peek(1).kind == .minus:
      return fail(
        .expected, "expected \(alternatives) after \(place), found `<-`", at: token,
        help: "write `:-` between head and body")
    case .colon where what == "head" && stream.peek(1).kind == .minus:
      return fail(.expected, message, at: token, help: "write `:-` without a space")
    case .identifier where stream.isWord(token, "group"):
      return fail(
        .expected, message, at: token,
        help: "an aggregate among the columns groups by the others: `?(x, n: count) :- …`")
    case .colon where stream.peek(1).kind == .equal:
      return fail(
        .expected, "expected \(alternatives) after \(place), found `:=`", at: token,
        help: what == "head" ? "write `:-` between head and body" : "write `=`")
    case .equal where what == "head", .arrow where what == "head",
      .doubleEqual where what == "head", .colon where what == "head":
      return fail(.expected, message, at: token, help: "write `:-` between head and body")
    case .identifier where endsHere && what == "query":
      return fail(
        .expected, message, at: token,
        help:
          "a query ends with `order by …`, `limit …` and `offset …`, in this order, each at most once"
      )
    case .identifier, .quotedName, .bang:
      return fail(
        .expected, message, at: token,
        help: what == "head"
          ? "a fact ends with `.`; before the conditions of a rule stands `:-`"
          : endsHere ? nil : "write `,` between conditions, `.` at the end")
    case .rightParenthesis, .rightBracket, .rightBrace:
      return fail(.expected, message, at: token, help: "nothing is open here that it could close")
    default:
      return fail(.expected, message, at: token)
    }
  }

  // MARK: Where statements begin

  /// Whether `distance` tokens ahead a line begins with a directive.
  mutating func beginsDirectiveLine(_ distance: Int) -> Bool {
    let dot = stream.peek(distance)
    guard dot.kind == .dot, dot.startsLine else { return false }
    return directiveWord(distance).map { Self.directiveWords.contains($0) } ?? false
  }

  /// The word of `.word`, where white space follows it.
  mutating func directiveWord(_ distance: Int) -> String? {
    let dot = stream.peek(distance)
    let word = stream.peek(distance + 1)
    guard dot.kind == .dot, word.kind == .identifier, dot.touches(word) else { return nil }
    switch stream.byte(after: word) {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x0B, 0x0C,
      0, UInt8(ascii: "/"), 0x80...:
      return stream.string(word)
    default: return nil
    }
  }

  /// Whether a statement seems to begin here, further left than what belongs to the current one.
  mutating func beginsStatement(_ distance: Int) -> Bool {
    let token = stream.peek(distance)
    switch token.kind {
    case .dot: return beginsDirectiveLine(distance)
    case .identifier, .quotedName, .implies, .question, .at:
      guard stream.column(token) <= stream.column(statementStart) else { return false }
      let next = stream.peek(distance + 1).kind
      switch token.kind {
      case .identifier, .quotedName:
        return next == .leftParenthesis || next == .dot || next == .leftBracket
          || (next == .minus && stream.isWord(token, "?"))
      default: return true
      }
    default: return false
    }
  }

  /// Whether the present statement is a directive.
  var isDirective: Bool { statementStart.kind == .dot }

  /// Whether what is declared stands here, as in `r()`, `r(a: number)` and `r(IO=file)`: neither a fact nor a rule
  /// begins so. What follows `.functor` may look as either.
  mutating func beginsDeclaration() -> Bool {
    guard stream.peek(1).kind == .leftParenthesis else { return false }
    if stream.isWord(stream.previous, "functor") { return true }
    switch (stream.peek(2).kind, stream.peek(3).kind) {
    case (.rightParenthesis, _), (.at, _), (_, .colon), (_, .equal): return true
    default: return false
    }
  }

  /// Takes down what a rule that holds a mistake would have defined, so that uses of it are no further
  /// mistakes.
  mutating func noteBrokenHead() {
    let name = statementStart
    guard name.kind == .identifier || name.kind == .quotedName, !stream.isWord(name, "?") else {
      return
    }
    brokenNames.insert(identifier(name).text)
  }

  /// Passes over what is left of a statement that holds a mistake: to its full stop, or to where
  /// another statement begins at the start of a line, or to the end of the component.
  mutating func recover(inComponent: Bool) {
    depth = min(depth, Self.deepestNesting)
    var braces = 0
    while true {
      let token = stream.peek()
      switch token.kind {
      case .endOfText: return
      case .dot:
        if let word = directiveWord(0), Self.directiveWords.contains(word),
          !isStatementStart(token)
        {
          return
        }
        let isInsideName = stream.previous.touches(token) && qualifiedPart(at: 0) != nil
        let follows = stream.previous.kind == .identifier || stream.previous.kind == .quotedName
        let beginsWord = directiveWord(0) != nil && isStatementStart(token)
        stream.advance()
        if stream.peek().kind == .dot, token.touches(stream.peek()) {
          // Two dots end nothing: a range of numbers was meant.
          stream.advance()
          continue
        }
        if beginsWord {
          // The mistake is the directive's own word; its line is passed over.
          skipLine()
          return
        }
        if !(isInsideName && follows) { return }
      case .leftBrace:
        braces += 1
        stream.advance()
      case .rightBrace:
        if inComponent, braces == 0 { return }
        braces -= 1
        stream.advance()
      default:
        if token.startsLine, !isStatementStart(token), beginsStatement(0) { return }
        if token.kind == .implies, !inComponent { noteBrokenHead() }
        stream.advance()
      }
      // Nothing behind is needed any more, and a long text of mistakes would pile up.
      if !inComponent, stream.position > 4_096 { stream.beginStatement() }
    }
  }

  private func isStatementStart(_ token: Token) -> Bool {
    token.lower == statementStart.lower && token.text == statementStart.text
  }

  private mutating func skipLine() {
    while true {
      let token = stream.peek()
      if token.kind == .endOfText || token.startsLine { return }
      stream.advance()
    }
  }

  /// The word of `words` that `word` was probably meant to be.
  static func nearest(_ word: String, of words: some Sequence<String>) -> String? {
    NameSuggestions.nearest(to: word, among: words, limit: 1).first
  }
}
