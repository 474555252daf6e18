public import GraphCore

/// Reads the language: recursive descent over tokens, precedence climbing for expressions.
///
/// It never fails. A mistake is reported once, the rest of its statement is passed over, and the
/// statements after it are read as if nothing had happened.
///
///     let program = Parser.parse(SourceText(name: "a.dl", text: "edge(1, 2)."), id: id)
public struct Parser: ~Copyable {
  /// How deep brackets, negations and components may be nested.
  public static let deepestNesting = 256
  /// How high the tree of one expression may become, by a chain of operators for example.
  public static let highestExpression = 1_000

  var stream: TokenStream
  var facts = FactTable()
  var scanner = FactScanner()
  let mode: ParserOptions.Mode
  private let isCancelled: (() -> Bool)?
  var declaresQuestionMark: Bool
  /// How many brackets and the like are open.
  var depth = 0
  /// The height of the highest expression read in the innermost open one.
  var height = 0
  /// Relations whose declaration was reported.
  var brokenNames: Set<String> = []
  /// Whether a component was reported that the end of the text cuts off.
  var hasUnclosedComponent = false
  var hasScaledNumbers = false
  /// The first token of the statement being read.
  var statementStart: Token
  /// The index of that token in the stream.
  var statementIndex = 0

  /// Thrown after a report, to leave the statement that holds the mistake.
  struct SyntaxFailure: Error {}

  /// Reads a whole text.
  ///
  /// Facts of constants go into `ParsedProgram.facts`, everything else becomes statements. O(bytes).
  public static func parse(
    _ text: SourceText, id: SourceID, options: ParserOptions = ParserOptions()
  ) -> ParsedProgram {
    if let diagnostic = refusal(text, id: id) {
      return ParsedProgram(statements: [], facts: FactTable(), diagnostics: [diagnostic])
    }
    var parser = Parser(text, id: id, options: options)
    return parser.program()
  }

  /// Why a text cannot be read at all.
  private static func refusal(_ text: SourceText, id: SourceID) -> Diagnostic? {
    // Places are 32 bits wide.
    if text.bytes.count < Int(UInt32.max) { return nil }
    return Diagnostic(
      .textTooLong, "`\(text.name)` is longer than 4 GiB",
      at: SourceSpan(source: id, lower: 0, upper: 0), help: "split it into several files")
  }

  private init(_ text: SourceText, id: SourceID, options: ParserOptions) {
    stream = TokenStream(text: text, id: id, options: options)
    mode = options.mode
    isCancelled = options.isCancelled
    declaresQuestionMark = options.declaresQuestionMark
    statementStart = stream.previous
  }

  private mutating func program() -> ParsedProgram {
    var statements: [Statement] = []
    while true {
      if isCancelled?() ?? false { break }
      scanFacts(ordinal: statements.count)
      beginStatement()
      let before = stream.peek()
      if before.kind == .endOfText { break }
      do throws(SyntaxFailure) {
        if let statement = try statement(inComponent: false),
          !addFact(statement, ordinal: statements.count)
        {
          statements.append(statement)
        }
      } catch {
        if stream.hasConsumed(.implies, since: statementIndex) { noteBrokenHead() }
        recover(inComponent: false)
      }
      // Recovery must advance, or a mistake would be met again for ever.
      if stream.position == 0, stream.peek().lower == before.lower,
        stream.peek().text == before.text, stream.peek().kind == before.kind
      {
        stream.advance()
      }
      if stream.isCutOff {
        // What was read over and over again is one mistake.
        return ParsedProgram(
          statements: [], facts: FactTable(), diagnostics: stream.collector.all)
      }
    }
    return ParsedProgram(
      statements: statements, facts: facts, diagnostics: stream.collector.all,
      hasScaledNumbers: hasScaledNumbers, brokenNames: brokenNames)
  }

  mutating func beginStatement() {
    stream.beginStatement()
    depth = 0
    height = 0
    statementIndex = 0
    statementStart = stream.peek()
  }

  // MARK: Facts

  /// Reads facts from bytes for as long as they are as simple as facts mostly are.
  private mutating func scanFacts(ordinal: Int) {
    guard !hasConditions, stream.rewindToBytes() else { return }
    let source = factSource(stream.lexer.text)
    scanner.scan(&stream.lexer, into: &facts, source: source, ordinal: UInt32(ordinal))
  }

  /// The number of a text among those that hold facts.
  private mutating func factSource(_ index: UInt16) -> UInt32 {
    let text = stream.texts[Int(index)]
    if let last = facts.sources.last, last.id == text.id { return UInt32(facts.sources.count - 1) }
    if let known = facts.sources.firstIndex(where: { $0.id == text.id }) { return UInt32(known) }
    guard let source = text.source else { return 0 }
    facts.sources.append(FactTable.Source(id: text.id, text: source))
    return UInt32(facts.sources.count - 1)
  }

  /// Puts a fact of constants into the table; false for every other statement.
  private mutating func addFact(_ statement: Statement, ordinal: Int) -> Bool {
    if case .source(let document, _) = statement {
      facts.documents.append(document)
      return false
    }
    guard case .clause(let clause) = statement, clause.body == nil, clause.heads.count == 1,
      let head = clause.heads.first, head.aggregates.isEmpty, head.atom.parameters.isEmpty,
      statementStart.origin == 0, stream.previous.origin == 0,
      statementStart.text == stream.previous.text
    else { return false }
    let atom = head.atom
    let firstArgument = facts.arguments.count
    var values = atom.arguments.map { (key: FactTable.positional, value: $0) }
    for argument in atom.named {
      values.append((scanner.index(of: argument.name.text, in: &facts), argument.value))
    }
    for (key, value) in values {
      guard let argument = constant(value, key: key) else {
        facts.arguments.removeSubrange(firstArgument...)
        return false
      }
      facts.arguments.append(argument)
    }
    let firstCitation = facts.citations.count
    facts.spelledFacts.append(facts.count)
    facts.citations += clause.citation?.lines ?? []
    facts.facts.append(
      FactTable.Fact(
        name: scanner.index(of: atom.name.text, in: &facts), ordinal: UInt32(ordinal),
        firstArgument: UInt32(firstArgument), argumentCount: UInt32(values.count),
        firstCitation: UInt32(firstCitation),
        citationCount: UInt32(facts.citations.count - firstCitation),
        document: facts.currentDocument, source: factSource(statementStart.text),
        lower: clause.span.lower, upper: clause.span.upper))
    return true
  }

  private mutating func constant(_ value: Expression, key: UInt32) -> FactTable.Argument? {
    let kind: FactTable.Kind
    let payload: UInt64
    switch value {
    case .text(let text, _):
      kind = .decodedText
      payload = UInt64(facts.decodedTexts.count)
      facts.decodedTexts.append(text)
    case .integer(let bits, let isUnsigned, _):
      kind = isUnsigned ? .unsigned : .integer
      payload = bits
    case .float(let number, _):
      kind = .float
      payload = number.bitPattern
    case .boolean(let truth, _):
      kind = .boolean
      payload = truth ? 1 : 0
    case .null:
      kind = .null
      payload = 0
    case .call(let name, let arguments, _) where name.text == "to_float":
      // No literal spells these.
      guard arguments.count == 1, case .text(let text, _) = arguments[0],
        ["inf", "-inf", "nan"].contains(text), let number = Double(text)
      else { return nil }
      kind = .float
      payload = number.canonical.bitPattern
    case .variable, .wildcard, .record, .branch, .parameter, .counter, .iteration, .unary, .binary,
      .call, .userFunctor, .cast, .aggregate:
      return nil
    }
    return FactTable.Argument(
      payload: payload, lower: value.span.lower, upper: value.span.upper, key: key, kind: kind)
  }

  // MARK: Statements

  /// Whether what begins a statement is its first condition.
  private var hasConditions: Bool {
    switch mode {
    case .program, .statement: false
    case .conditions, .target: true
    }
  }

  /// Reads one statement; nothing where it only changed what is read.
  mutating func statement(inComponent: Bool) throws(SyntaxFailure) -> Statement? {
    try skipAnnotations()
    let first = stream.peek()
    statementStart = first
    if hasConditions {
      let isQuery = first.kind == .question || isQueryMark(first)
      return isQuery ? try query() : try conditions()
    }
    switch first.kind {
    case .dot:
      return try directive(inComponent: inComponent)
    case .implies:
      stream.advance()
      let body = try formula()
      try fullStop(after: "constraint", alternatives: "`,`, `;` or `.`")
      return .constraint(body, span(from: first))
    case .question:
      return try query()
    case .identifier where isQueryMark(first):
      return try query()
    case .identifier, .quotedName:
      return try clause()
    default:
      throw fail(
        .expected, "expected a statement, found \(describe(first))", at: first,
        help: statementHelp(first))
    }
  }

  private func statementHelp(_ token: Token) -> String? {
    switch token.kind {
    case .rightBrace, .rightParenthesis, .rightBracket: "nothing is open here that it could close"
    case .bang: "a head cannot be negated"
    case .percent, .minus: "a comment begins with `//`"
    default: "a statement begins with a name, a directive such as `.decl`, `:-` or `?-`"
    }
  }

  /// Whether a question mark here opens a query: `?-`, or `?(` unless `?` names a relation.
  private mutating func isQueryMark(_ token: Token) -> Bool {
    guard stream.isWord(token, "?") else { return false }
    let next = stream.peek(1)
    switch next.kind {
    case .minus: return token.touches(next)
    case .leftParenthesis: return !declaresQuestionMark
    default: return false
    }
  }

  // MARK: Small steps

  /// What was read since `start`, which must still be the statement's.
  func span(from start: Token) -> SourceSpan {
    span(from: stream.span(start))
  }

  func span(from start: SourceSpan) -> SourceSpan {
    let end = stream.span(stream.previous)
    // A part that a macro or another file gave has no place in this text.
    guard end.source == start.source, end.upper >= start.lower else { return start }
    return start.through(end)
  }

  /// Consumes the next token if it is of that kind.
  mutating func accept(_ kind: TokenKind) -> Bool {
    guard stream.peek().kind == kind else { return false }
    stream.advance()
    return true
  }

  mutating func acceptWord(_ word: StaticString) -> Bool {
    guard stream.isWord(stream.peek(), word) else { return false }
    stream.advance()
    return true
  }

  @discardableResult
  mutating func expect(
    _ kind: TokenKind, _ expectation: String, help: String? = nil
  ) throws(SyntaxFailure) -> Token {
    let token = stream.peek()
    guard token.kind == kind else {
      throw failExpecting(expectation, help: help ?? closingHelp(kind))
    }
    return stream.advance()
  }

  /// The next token is not what is expected. Where a statement begins with it on a new line, what is missing belongs
  /// to the end of the one before.
  mutating func failExpecting(_ expectation: String, help: String? = nil) -> SyntaxFailure {
    let token = stream.peek()
    let message = "expected \(expectation), found \(describe(token))"
    guard token.startsLine, beginsStatement(0) else {
      return fail(.expected, message, at: token, help: help)
    }
    return fail(.expected, message + " on a new line", at: endOfPrevious(), help: help)
  }

  private func closingHelp(_ kind: TokenKind) -> String? {
    switch kind {
    case .rightParenthesis: "close the parenthesis with `)`"
    case .rightBracket: "close the bracket with `]`"
    case .rightBrace: "close the brace with `}`"
    default: nil
    }
  }

  /// A name: an identifier, or anything in backquotes. Keywords are none, but where nothing else than
  /// a name can stand.
  mutating func name(
    _ expectation: String, orKeyword: Bool = false
  ) throws(SyntaxFailure) -> Identifier {
    let token = stream.peek()
    if isDirective, token.startsLine, beginsStatement(0), !beginsDeclaration() {
      throw failExpecting(expectation)
    }
    if !orKeyword, stream.keyword(token) != nil {
      throw fail(
        .expected, "expected \(expectation), found \(describe(token))", at: token,
        help: "write `` `\(stream.string(token))` `` in backquotes to use it as a name")
    }
    guard token.kind == .identifier || token.kind == .quotedName else {
      let isText = token.kind == .text
      throw failExpecting(
        expectation, help: isText ? "a name that is no identifier is written in backquotes" : nil)
    }
    stream.advance()
    return identifier(token)
  }

  func identifier(_ token: Token) -> Identifier {
    var text = stream.string(token)
    if token.kind == .quotedName { text = String(text.dropFirst().dropLast()) }
    return Identifier(text, stream.span(token))
  }

  /// A name with dots: `component.relation`.
  mutating func qualifiedName(
    _ expectation: String, mayBeSpaced: Bool = false
  ) throws(SyntaxFailure) -> Identifier {
    let first = stream.peek()
    var name = try name(expectation)
    while let part = qualifiedPart(at: 0, mayBeSpaced: mayBeSpaced) {
      stream.advance()
      stream.advance()
      name.text += "." + identifier(part).text
      name.span = span(from: first)
    }
    return name
  }

  /// The name behind a dot that joins it to the token before.
  ///
  /// Dots touch the names beside them, so that no full stop is one. In the name of an atom, whose
  /// arguments follow, a statement cannot end: there white space may stand around a dot.
  mutating func qualifiedPart(at distance: Int, mayBeSpaced: Bool = false) -> Token? {
    let dot = stream.peek(distance)
    let part = stream.peek(distance + 1)
    guard dot.kind == .dot, part.kind == .identifier || part.kind == .quotedName else { return nil }
    let before = distance == 0 ? stream.previous : stream.peek(distance - 1)
    if before.touches(dot), dot.touches(part) { return part }
    // On a new line, or before a directive, it is more likely that arguments are missing.
    let isSpaced = mayBeSpaced && !dot.startsLine && !part.startsLine
    return isSpaced && directiveWord(distance) == nil ? part : nil
  }

  /// Passes over `@[…]` and `@![…]`.
  mutating func skipAnnotations() throws(SyntaxFailure) {
    while stream.peek().kind == .at {
      let offset = stream.peek(1).kind == .bang ? 2 : 1
      guard stream.peek(offset).kind == .leftBracket else { return }
      for _ in 0..<offset { stream.advance() }
      let opening = stream.peek()
      var open = 0
      // An annotation may hold anything, whole statements too.
      repeat {
        switch stream.advance().kind {
        case .leftBracket, .leftBrace, .leftParenthesis: open += 1
        case .rightBracket, .rightBrace, .rightParenthesis: open -= 1
        case .endOfText:
          throw fail(.expected, "this annotation is never closed", at: opening, help: "add `]`")
        default: break
        }
      } while open > 0
    }
  }

  /// Runs one level deeper, within limits.
  mutating func nested<Result>(
    _ body: (inout Parser) throws(SyntaxFailure) -> Result
  ) throws(SyntaxFailure) -> Result {
    guard depth < Self.deepestNesting else { throw failTooDeep() }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  mutating func failTooDeep() -> SyntaxFailure {
    fail(
      .nestingTooDeep, "this is nested more than \(Self.deepestNesting) levels deep",
      at: stream.peek(), help: "split the statement into several rules")
  }
}
