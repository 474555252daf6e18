import GraphCore

/// The tokens of a text and of the files it includes, macros replaced, with any lookahead.
///
/// Tokens are read only when they are looked at. They are kept until `beginStatement`, so that a
/// decision may look as far ahead as a closing parenthesis.
struct TokenStream: ~Copyable {
  /// One text that tokens point into. Text 1 is no file: it holds what macros put together.
  struct Text {
    var bytes: [UInt8]
    let id: SourceID
    let source: SourceText?
  }

  /// An `#if` that is open: whether its last branch has begun, and where it began itself.
  struct Condition {
    var hasElse = false
    let span: SourceSpan
  }

  /// A file whose reading was interrupted by an include.
  struct Suspended {
    let lexer: Lexer
    let pending: [Token]
    let conditions: [Condition]
  }

  static let scratch: UInt16 = 1
  static let deepestInclude = 64

  var texts: [Text]
  var lexer: Lexer
  /// Tokens that come before the lexer's next, the nearest last.
  var pending: [Token] = []
  var conditions: [Condition] = []
  var suspended: [Suspended] = []
  /// Whether texts that include one another without end were given up.
  private(set) var isCutOff = false
  var macros: [String: Macro] = [:]
  /// Whether the one macro that is always there has been defined.
  var definesWidth = false
  /// Places where macros were used; a token's `origin` is an index into it.
  var uses: [SourceSpan] = []
  /// How many tokens macros have made, against texts that double themselves.
  var expandedCount = 0
  var onceTexts: Set<SourceID> = []
  var collector = DiagnosticCollector()
  /// Whether a macro's use was reported whose tokens are missing before the next one.
  var isNextDamaged = false
  let includeLoader: IncludeLoader?

  private(set) var tokens: [Token] = []
  private(set) var position = 0
  /// The last token that was consumed.
  private(set) var previous: Token
  /// For each token the index of the bracket that closes it; see `closer`.
  private var closers: [Int32] = []

  init(text: SourceText, id: SourceID, options: ParserOptions) {
    texts = [
      Text(bytes: text.bytes, id: id, source: text), Text(bytes: [], id: id, source: nil),
    ]
    lexer = Lexer(bytes: text.bytes, text: 0)
    previous = Token(kind: .endOfText, startsLine: true, lower: 0, upper: 0)
    includeLoader = options.includeLoader
    uses.append(SourceSpan(source: id, lower: 0, upper: 0))
    enter(0)
    for macro in options.macros { define(macro.name, value: macro.value) }
  }

  // MARK: Reading

  /// The token `distance` places ahead of the next.
  @inline(__always)
  mutating func peek(_ distance: Int = 0) -> Token {
    token(at: position &+ distance)
  }

  @inline(__always)
  mutating func token(at index: Int) -> Token {
    if index >= tokens.count { fill(through: index) }
    return tokens[index]
  }

  @inline(never)
  private mutating func fill(through index: Int) {
    while tokens.count <= index { fill() }
  }

  /// Consumes the next token; the end of the text is never passed.
  @discardableResult
  mutating func advance() -> Token {
    let token = peek()
    if token.kind != .endOfText {
      position += 1
      previous = token
    }
    return token
  }

  /// Forgets what was consumed. Indices of tokens made before are void.
  mutating func beginStatement() {
    tokens.removeSubrange(0..<position)
    position = 0
    closers.removeAll(keepingCapacity: true)
  }

  /// Makes two tokens of `:-` where a name and a negative number stand around it.
  mutating func splitImplies() {
    tokens[position].kind = .minus
    tokens[position].lower = tokens[position].upper - 1
  }

  private mutating func fill() {
    var token = readToken()
    if isNextDamaged {
      token.isDamaged = true
      isNextDamaged = false
    }
    guard token.kind == .identifier, !macros.isEmpty, !token.isExpanded, expandMacro(token) else {
      tokens.append(token)
      return
    }
  }

  /// The next token before macros are replaced. Directives of the preprocessor are obeyed.
  mutating func readToken() -> Token {
    while true {
      if let token = pending.popLast() { return token }
      let token = lexToken()
      switch token.kind {
      case .hash where token.startsLine:
        obeyDirective(token)
      case .endOfText:
        reportOpenConditions()
        guard let outer = suspended.popLast() else { return token }
        lexer = outer.lexer
        pending = outer.pending
        conditions = outer.conditions
      default:
        return token
      }
    }
  }

  mutating func lexToken() -> Token {
    var token = lexer.next()
    if !lexer.problems.isEmpty {
      takeProblems()
      token.isDamaged = true
    }
    return token
  }

  mutating func takeProblems() {
    let id = texts[Int(lexer.text)].id
    for problem in lexer.problems { add(problem, in: id) }
    lexer.problems.removeAll(keepingCapacity: true)
  }

  private mutating func add(_ problem: LexicalProblem, in id: SourceID) {
    let span = SourceSpan(
      source: id, lower: UInt32(problem.range.lowerBound), upper: UInt32(problem.range.upperBound))
    collector.add(Diagnostic(problem.code, problem.message, at: span, help: problem.help))
  }

  /// Goes on with a text of `texts`, or behind it where its bytes are no text.
  private mutating func enter(_ index: Int) {
    let (problems, isText) = EncodingCheck.findings(in: texts[index].bytes)
    for problem in problems { add(problem, in: texts[index].id) }
    lexer = Lexer(bytes: isText ? texts[index].bytes : [], text: UInt16(index))
  }

  // MARK: Places and texts

  /// Where a token is reported: itself, or the use of the macro that made it.
  func span(_ token: Token) -> SourceSpan {
    if token.origin != 0 { return uses[Int(token.origin)] }
    return SourceSpan(
      source: texts[Int(token.text)].id, lower: token.lower, upper: token.upper)
  }

  func string(_ token: Token) -> String {
    String(decoding: texts[Int(token.text)].bytes[token.range], as: UTF8.self)
  }

  func keyword(_ token: Token) -> Keyword? {
    guard token.kind == .identifier else { return nil }
    return Keyword(texts[Int(token.text)].bytes, token.range)
  }

  /// Whether the token is spelt so. No text is made where the lengths differ.
  func isWord(_ token: Token, _ word: StaticString) -> Bool {
    guard token.kind == .identifier, word.utf8CodeUnitCount == token.range.count else {
      return false
    }
    return string(token) == word.description
  }

  /// The byte behind a token, 0 at the end of its text.
  func byte(after token: Token) -> UInt8 {
    let bytes = texts[Int(token.text)].bytes
    return Int(token.upper) < bytes.count ? bytes[Int(token.upper)] : 0
  }

  /// How many bytes stand before the token on its line.
  func column(_ token: Token) -> Int {
    let bytes = texts[Int(token.text)].bytes
    var index = Int(token.lower)
    while index > 0, bytes[index - 1] != UInt8(ascii: "\n") { index -= 1 }
    return Int(token.lower) - index
  }

  /// Whether a token from `start` to the next one was reported already.
  func hasDamage(from start: Int) -> Bool {
    guard start < tokens.count else { return false }
    return tokens[start...min(max(start, position), tokens.count - 1)].contains { $0.isDamaged }
  }

  /// Whether a token of some kind was consumed since `start`.
  func hasConsumed(_ kind: TokenKind, since start: Int) -> Bool {
    start < position && tokens[start..<position].contains { $0.kind == kind }
  }

  // MARK: Reading bytes instead of tokens

  /// Prepares reading bytes directly at the next statement: tokens that were looked at go back.
  /// Returns false where what comes next is not simply what the file says.
  mutating func rewindToBytes() -> Bool {
    guard macros.isEmpty, pending.isEmpty else { return false }
    if position < tokens.count {
      let next = tokens[position]
      guard next.origin == 0, next.text == lexer.text, next.kind != .endOfText else { return false }
      // A token of this file may still lie behind the end of an included one.
      for token in tokens[position...] where token.text != lexer.text { return false }
      tokens.removeSubrange(position...)
      lexer.offset = Int(next.lower)
    }
    return true
  }

  // MARK: Brackets

  /// The index of the token that closes the bracket at `index`, if it is closed within the
  /// statement. All brackets that are passed are remembered: the whole costs O(tokens).
  mutating func closer(of index: Int) -> Int? {
    if index < closers.count, closers[index] != 0 {
      return closers[index] > 0 ? Int(closers[index]) : nil
    }
    var open: [Int] = []
    var current = index
    while true {
      let token = token(at: current)
      while closers.count <= current { closers.append(0) }
      switch token.kind {
      case .leftParenthesis, .leftBracket, .leftBrace:
        open.append(current)
      case .rightParenthesis, .rightBracket, .rightBrace:
        if let opening = open.popLast() { closers[opening] = Int32(current) }
        if open.isEmpty { return closers[index] > 0 ? Int(closers[index]) : nil }
      case .endOfText:
        for opening in open { closers[opening] = -1 }
        return nil
      case .dot:
        let next = self.token(at: current + 1)
        if !token.touches(next) || next.kind == .endOfText {
          for opening in open { closers[opening] = -1 }
          return nil
        }
      default: break
      }
      current += 1
    }
  }

  /// Whether a comma stands between the bracket at `index` and its closer, outside inner brackets.
  mutating func hasTopLevelComma(_ index: Int) -> Bool {
    guard let end = closer(of: index) else { return false }
    var current = index + 1
    while current < end {
      let token = token(at: current)
      if token.kind == .comma { return true }
      switch token.kind {
      case .leftParenthesis, .leftBracket, .leftBrace:
        current = (closer(of: current) ?? current) + 1
      default: current += 1
      }
    }
    return false
  }

  // MARK: Including

  /// Reads the tokens of another text before what comes next.
  mutating func include(_ path: String, at span: SourceSpan) {
    // What was looked at stands behind the included text.
    pending.append(contentsOf: tokens[position...].reversed())
    tokens.removeSubrange(position...)
    closers.removeAll(keepingCapacity: true)
    includeNext(path, at: span)
  }

  mutating func includeNext(_ path: String, at span: SourceSpan) {
    guard suspended.count < Self.deepestInclude, texts.count < Int(UInt16.max) else {
      isCutOff = true
      collector.add(
        Diagnostic(
          .includeFailed, "`\(path)` is included too deeply", at: span,
          help: "does it include itself? `.once` at its start stops that"))
      return
    }
    guard let includeLoader, let includer = texts[Int(lexer.text)].source else {
      collector.add(
        Diagnostic(
          .includeFailed, "cannot include `\(path)`: files cannot be included here", at: span))
      return
    }
    switch includeLoader(path, includer) {
    case .failure(let failure):
      collector.add(
        Diagnostic(.includeFailed, "cannot include `\(path)`: \(failure.message)", at: span))
    case .success(let included) where included.text.bytes.count >= Int(UInt32.max):
      collector.add(Diagnostic(.textTooLong, "`\(path)` is longer than 4 GiB", at: span))
    case .success(let included):
      if onceTexts.contains(included.id) { return }
      suspended.append(Suspended(lexer: lexer, pending: pending, conditions: conditions))
      texts.append(Text(bytes: included.text.bytes, id: included.id, source: included.text))
      enter(texts.count - 1)
      pending = []
      conditions = []
    }
  }

  /// Whether something stands behind the last token on its line, comments aside. No further token is read.
  var hasMoreOnLine: Bool {
    let bytes = texts[Int(previous.text)].bytes
    let rest = bytes[previous.range.upperBound...].drop {
      $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t")
    }
    guard let first = rest.first else { return false }
    return first != UInt8(ascii: "\n") && first != UInt8(ascii: "\r") && first != UInt8(ascii: "/")
  }

  /// `.once`: what follows in this file is read the first time only.
  mutating func readOnce() {
    let text = texts[Int(lexer.text)]
    let wasNew = onceTexts.insert(text.id).inserted
    let name = text.source?.name
    let wasRead = texts.dropLast().contains {
      $0.source !== text.source && $0.source?.name == name && onceTexts.contains($0.id)
    }
    if !wasNew || wasRead {
      tokens.removeSubrange(position...)
      pending.removeAll()
      lexer.offset = lexer.bytes.count
    }
  }
}
