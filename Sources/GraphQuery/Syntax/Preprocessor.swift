import GraphCore

/// What `#define` gave a name.
struct Macro {
  /// Absent where the macro takes no parentheses.
  var parameters: [String]?
  var body: [Token]
}

/// The C preprocessor that Soufflé programs rely on, on tokens: macros with and without arguments,
/// `#` and `##`, conditions, includes. A text without `#` and `-M` never comes here.
extension TokenStream {
  static let largestExpansion = 1_000_000

  /// `-M NAME=VALUE`.
  mutating func define(_ name: String, value: String) {
    macros[name] = Macro(parameters: nil, body: scratch(value, 0))
  }

  // MARK: Directives

  /// The tokens that are left on the line of a directive.
  private mutating func restOfLine() -> [Token] {
    var result: [Token] = []
    while true {
      let before = lexer
      let token = lexer.next()
      if token.kind == .endOfText || token.startsLine {
        lexer = before
        return result
      }
      result.append(token)
    }
  }

  mutating func obeyDirective(_ hash: Token) {
    // Soufflé defines the width of its numbers. Only texts with directives pay for a macro.
    if !definesWidth {
      definesWidth = true
      if macros["RAM_DOMAIN_SIZE"] == nil { define("RAM_DOMAIN_SIZE", value: "64") }
    }
    let line = restOfLine()
    takeProblems()
    guard let word = line.first else { return }
    // `# 12 "file"` is how preprocessors tell a compiler where it is.
    if word.kind == .integer { return }
    let arguments = Array(line.dropFirst())
    let whole = span(hash).through(span(line[line.count - 1]))
    switch string(word) {
    case "define": define(arguments, at: whole)
    case "undef":
      if let name = arguments.first { macros[string(name)] = nil }
    case "include": include(arguments, at: whole)
    case "ifdef", "ifndef":
      let isDefined = arguments.first.map { macros[string($0)] != nil } ?? false
      if arguments.isEmpty { complain("`#\(string(word))` needs a name", whole) }
      openCondition(isDefined == (string(word) == "ifdef"), at: whole)
    case "if": openCondition(evaluate(arguments, at: whole), at: whole)
    case "elif", "else":
      // A branch was read until here, so the others are passed over.
      guard !conditions.isEmpty else {
        return complain("`#\(string(word))` without `#if`", whole)
      }
      noteBranch(string(word), at: whole)
      skipToEndOfCondition()
    case "endif":
      if conditions.popLast() == nil { complain("`#endif` without `#if`", whole) }
    case "error":
      let message = arguments.map { string($0) }.joined(separator: " ")
      complain(message.isEmpty ? "`#error`" : "`#error`: \(message)", whole)
    case "pragma":
      if let first = arguments.first, isWord(first, "once") { readOnceNow() }
    case "line", "warning": break
    default:
      complain(
        "unknown preprocessor directive `#\(string(word))`", span(hash).through(span(word)),
        help: "a comment begins with `//`")
    }
  }

  private mutating func complain(_ message: String, _ span: SourceSpan, help: String? = nil) {
    collector.add(Diagnostic(.preprocessor, message, at: span, help: help))
  }

  private mutating func readOnceNow() {
    let id = texts[Int(lexer.text)].id
    if !onceTexts.insert(id).inserted { lexer.offset = lexer.bytes.count }
  }

  private mutating func define(_ tokens: [Token], at span: SourceSpan) {
    guard let name = tokens.first, name.kind == .identifier else {
      return complain("`#define` needs a name", span)
    }
    var body = Array(tokens.dropFirst())
    guard let opening = body.first, opening.kind == .leftParenthesis, name.touches(opening) else {
      macros[string(name)] = Macro(parameters: nil, body: body)
      return
    }
    guard let closing = body.firstIndex(where: { $0.kind == .rightParenthesis }) else {
      return complain("the parameters of macro `\(string(name))` are not closed", span)
    }
    let parameters = body[1..<closing].filter { $0.kind == .identifier }.map { string($0) }
    body.removeSubrange(0...closing)
    macros[string(name)] = Macro(parameters: parameters, body: body)
  }

  private mutating func include(_ tokens: [Token], at span: SourceSpan) {
    guard let first = tokens.first else { return complain("`#include` needs a file", span) }
    if first.kind == .text {
      return includeNext(textContent(first), at: self.span(first))
    }
    guard first.kind == .less, let last = tokens.last, last.kind == .greater else {
      return complain("`#include` needs a file in double quotes", span)
    }
    let bytes = texts[Int(first.text)].bytes[Int(first.upper)..<Int(last.lower)]
    includeNext(String(decoding: bytes, as: UTF8.self), at: self.span(first))
  }

  /// The content of a text token.
  func textContent(_ token: Token) -> String {
    let bytes = texts[Int(token.text)].bytes
    return Lexer.decodedText(bytes, contentRange(token), hasEscapes: token.hasEscapes)
  }

  /// The bytes between a text's quotes, which are three bytes long where they are not ASCII.
  func contentRange(_ token: Token) -> Range<Int> {
    let isWide = texts[Int(token.text)].bytes[Int(token.lower)] >= 0x80
    let length = isWide ? 3 : 1
    return Int(token.lower) + length..<Int(token.upper) - length
  }

  // MARK: Conditions

  private mutating func openCondition(_ holds: Bool, at span: SourceSpan) {
    conditions.append(Condition(span: span))
    if !holds { skipToNextBranch() }
  }

  /// Notes a branch of the innermost condition, which is the last where it is an `#else`.
  private mutating func noteBranch(_ word: String, at span: SourceSpan) {
    let last = conditions.count - 1
    if conditions[last].hasElse { complain("`#\(word)` after `#else`", span) }
    if word == "else" { conditions[last].hasElse = true }
  }

  mutating func reportOpenConditions() {
    for condition in conditions {
      complain("this condition has no `#endif`", condition.span)
    }
    conditions.removeAll()
  }

  /// Passes over lines until a branch that is to be read begins, or the condition ends.
  private mutating func skipToNextBranch() {
    while let word = skipToDirective() {
      let line = restOfLine()
      switch string(word) {
      case "endif":
        conditions.removeLast()
        return
      case "else":
        noteBranch("else", at: span(word))
        return
      case "elif":
        let place = line.last.map { span(word).through(span($0)) } ?? span(word)
        if evaluate(line, at: place) { return }
      default: break
      }
    }
  }

  private mutating func skipToEndOfCondition() {
    while let word = skipToDirective() {
      if string(word) == "endif" {
        conditions.removeLast()
        return
      }
      noteBranch(string(word), at: span(word))
    }
  }

  /// Passes over lines to the next `#else`, `#elif` or `#endif` of the innermost open condition.
  /// Skipped lines are not read as tokens: they may hold anything.
  private mutating func skipToDirective() -> Token? {
    var depth = 0
    while lexer.offset < lexer.bytes.count {
      lexer.offset = min(lexer.lineEnd(from: lexer.offset) + 1, lexer.bytes.count)
      var probe = lexer
      while [UInt8(ascii: " "), UInt8(ascii: "\t")].contains(probe.byte(probe.offset)) {
        probe.offset += 1
      }
      guard probe.byte(probe.offset) == UInt8(ascii: "#") else { continue }
      probe.offset += 1
      let word = probe.next()
      guard word.kind == .identifier, !word.startsLine else { continue }
      switch string(word) {
      case "if", "ifdef", "ifndef": depth += 1
      case "endif" where depth > 0: depth -= 1
      case "else", "elif", "endif":
        guard depth == 0 else { continue }
        lexer.offset = probe.offset
        return word
      default: break
      }
    }
    return nil
  }

  /// The value of an `#if` condition: numbers, names, `defined`, comparison, `!`, `&&`, `||`.
  private mutating func evaluate(_ condition: [Token], at span: SourceSpan) -> Bool {
    var reader = ConditionReader(tokens: condition[...], expandedCount: expandedCount)
    let value = condition.isEmpty ? nil : reader.disjunction(self, depth: 0)
    expandedCount = reader.expandedCount
    if value == nil, expandedCount >= Self.largestExpansion {
      complain("macros make more than \(Self.largestExpansion) tokens", span)
      return false
    }
    guard let value, reader.tokens.isEmpty else {
      complain(
        "this condition cannot be read", span,
        help: "conditions know numbers, names, `defined`, arithmetic, comparisons, `!`, `&&`, `||`")
      return false
    }
    return value != 0
  }

  private struct ConditionReader {
    var tokens: ArraySlice<Token>
    /// How many tokens macros have made, here and before.
    var expandedCount: Int

    mutating func disjunction(_ stream: borrowing TokenStream, depth: Int) -> Int64? {
      guard depth < 64, var value = conjunction(stream, depth: depth) else { return nil }
      while tokens.first?.kind == .doublePipe {
        tokens.removeFirst()
        guard let right = conjunction(stream, depth: depth) else { return nil }
        value = value != 0 || right != 0 ? 1 : 0
      }
      return value
    }

    mutating func conjunction(_ stream: borrowing TokenStream, depth: Int) -> Int64? {
      guard var value = comparison(stream, depth: depth) else { return nil }
      while tokens.first?.kind == .doubleAmpersand {
        tokens.removeFirst()
        guard let right = comparison(stream, depth: depth) else { return nil }
        value = value != 0 && right != 0 ? 1 : 0
      }
      return value
    }

    mutating func comparison(_ stream: borrowing TokenStream, depth: Int) -> Int64? {
      guard let left = sum(stream, depth: depth) else { return nil }
      guard let kind = tokens.first?.kind else { return left }
      let comparisons: [TokenKind: @Sendable (Int64, Int64) -> Bool] = [
        .doubleEqual: { $0 == $1 }, .notEqual: { $0 != $1 }, .less: { $0 < $1 },
        .lessOrEqual: { $0 <= $1 }, .greater: { $0 > $1 }, .greaterOrEqual: { $0 >= $1 },
      ]
      guard let compare = comparisons[kind] else { return left }
      tokens.removeFirst()
      guard let right = sum(stream, depth: depth) else { return nil }
      return compare(left, right) ? 1 : 0
    }

    mutating func sum(_ stream: borrowing TokenStream, depth: Int) -> Int64? {
      guard var value = product(stream, depth: depth) else { return nil }
      while let kind = tokens.first?.kind, kind == .plus || kind == .minus {
        tokens.removeFirst()
        guard let right = product(stream, depth: depth) else { return nil }
        value = kind == .plus ? value &+ right : value &- right
      }
      return value
    }

    mutating func product(_ stream: borrowing TokenStream, depth: Int) -> Int64? {
      guard var value = primary(stream, depth: depth) else { return nil }
      while let kind = tokens.first?.kind, [.star, .slash, .percent].contains(kind) {
        tokens.removeFirst()
        guard let right = primary(stream, depth: depth) else { return nil }
        switch kind {
        case .star: value = value &* right
        case .slash where right != 0: value = value.dividedReportingOverflow(by: right).partialValue
        case .percent where right != 0:
          value = value.remainderReportingOverflow(dividingBy: right).partialValue
        default: return nil
        }
      }
      return value
    }

    mutating func primary(_ stream: borrowing TokenStream, depth: Int) -> Int64? {
      guard depth < 64, let token = tokens.popFirst() else { return nil }
      switch token.kind {
      case .bang: return primary(stream, depth: depth + 1).map { $0 == 0 ? 1 : 0 }
      case .minus: return primary(stream, depth: depth + 1).map { 0 &- $0 }
      case .integer: return number(token, stream)
      case .leftParenthesis:
        let value = disjunction(stream, depth: depth + 1)
        return tokens.popFirst()?.kind == .rightParenthesis ? value : nil
      case .identifier:
        guard stream.isWord(token, "defined") else {
          // As in C: a macro counts as the value of its text, any other name as 0.
          guard let body = stream.macros[stream.string(token)]?.body, !body.isEmpty else {
            return 0
          }
          expandedCount += body.count
          guard expandedCount < TokenStream.largestExpansion else { return nil }
          var reader = ConditionReader(tokens: body[...], expandedCount: expandedCount)
          let value = reader.disjunction(stream, depth: depth + 1)
          expandedCount = reader.expandedCount
          return reader.tokens.isEmpty ? value : nil
        }
        let isWrapped = tokens.first?.kind == .leftParenthesis
        if isWrapped { tokens.removeFirst() }
        guard let name = tokens.popFirst(), name.kind == .identifier else { return nil }
        if isWrapped, tokens.popFirst()?.kind != .rightParenthesis { return nil }
        return stream.macros[stream.string(name)] == nil ? 0 : 1
      case .underscore: return 0
      default: return nil
      }
    }

    private func number(_ token: Token, _ stream: borrowing TokenStream) -> Int64? {
      let bytes = stream.texts[Int(token.text)].bytes
      guard case .integer(let value, _) = Lexer.value(of: token.kind, bytes, token.range) else {
        return nil
      }
      return Int64(bitPattern: value)
    }
  }
}
