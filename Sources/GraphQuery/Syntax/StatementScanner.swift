import GraphCore

/// Says whether what was typed so far is a whole statement, and where it ends.
///
/// A statement ends with a full stop outside texts, comments and brackets that white space or the
/// end follows. A directive, which begins with a dot and a word, ends with its line instead, once
/// its brackets are closed; `.plan` belongs to the rule before it.
public struct StatementScanner {
  /// What stands at the beginning of the text.
  public enum Result: Equatable, Sendable {
    /// Only white space and comments.
    case blank
    /// A statement that ends before this offset.
    case complete(end: Int)
    /// More must be typed; whether a bracket is open.
    case incomplete(isInsideBrackets: Bool)
    /// There is no end, and none can come: a text is not closed on its line.
    case broken
  }

  /// Looks at the first statement behind `start`. O(bytes of that statement).
  ///
  /// - Parameter isCommand: whether a line that begins with a dot and this word is none of the language; such a
  ///   line ends a statement that is not finished.
  public static func scan(
    _ bytes: [UInt8], from start: Int = 0, isCommand: (_ word: String) -> Bool = { _ in false }
  ) -> Result {
    var lexer = Lexer(bytes: bytes)
    lexer.offset = max(start, lexer.offset)
    var token = lexer.next()
    guard token.kind != .endOfText else {
      return hasOpenComment(lexer) ? .incomplete(isInsideBrackets: false) : .blank
    }
    if token.kind == .dot, isWordStart(lexer) { return scanDirective(lexer, token, isCommand) }
    let canBeRule = canBeRule(token, bytes)
    var hasBody = false
    var depth = 0
    var isBroken = false
    while token.kind != .endOfText {
      switch token.kind {
      case .unknown where lexer.problems.last?.code == .unterminatedText:
        // The open text has swallowed what closes brackets, and perhaps the full stop.
        isBroken = true
        depth = 0
        if endsWithStop(lexer, token) { return .complete(end: lexer.offset) }
      case .leftParenthesis, .leftBracket, .leftBrace: depth += 1
      case .rightParenthesis, .rightBracket, .rightBrace: depth = max(0, depth - 1)
      case .dot where depth == 0 && endsHere(lexer):
        return .complete(end: canBeRule && hasBody ? withPlan(lexer) : lexer.offset)
      case .dot where beginsCommand(lexer, token, isCommand):
        return .complete(end: token.range.lowerBound)
      case .implies: hasBody = true
      default: break
      }
      token = lexer.next()
    }
    return isBroken ? .broken : .incomplete(isInsideBrackets: depth > 0)
  }

  /// Whether the last character of a token, blanks aside, is a full stop.
  private static func endsWithStop(_ lexer: Lexer, _ token: Token) -> Bool {
    let text = lexer.bytes[token.range]
    let last = text.lastIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    guard let last else { return false }
    return text[last] == UInt8(ascii: ".") || text[...last].suffix(3).elementsEqual("。".utf8)
  }

  /// Whether a complete statement might turn out longer if more came behind the text: nothing follows
  /// it yet, or a `.plan` without its end, and it is a rule; or it is a component or a lattice without its braces.
  /// O(bytes of the statement), and of a few tokens where something else follows.
  public static func mayGoOn(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    var lexer = Lexer(bytes: bytes)
    lexer.offset = range.upperBound
    var probe = lexer
    guard lexer.next().kind == .endOfText || planWord(&probe) != nil else { return false }
    lexer = Lexer(bytes: bytes)
    lexer.offset = max(range.lowerBound, lexer.offset)
    let first = lexer.next()
    var token = lexer.next()
    if first.kind == .dot {
      guard mayHaveBraces(lexer, token) else { return false }
      while token.range.upperBound < range.upperBound, token.kind != .leftBrace {
        token = lexer.next()
      }
      return token.kind != .leftBrace
    }
    while token.range.upperBound < range.upperBound, token.kind != .implies { token = lexer.next() }
    return token.kind == .implies && canBeRule(first, bytes)
  }

  /// Whether a statement that begins with this token is a rule if it has a body; a question is none,
  /// and neither is a constraint.
  private static func canBeRule(_ first: Token, _ bytes: [UInt8]) -> Bool {
    first.kind != .question && first.kind != .implies
      && bytes[first.range.lowerBound] != UInt8(ascii: "?")
  }

  private static func hasOpenComment(_ lexer: Lexer) -> Bool {
    lexer.problems.contains { $0.code == .unterminatedComment }
  }

  private static func endsHere(_ lexer: Lexer) -> Bool {
    guard lexer.offset < lexer.bytes.count else { return true }
    // Behind a full-width stop no white space is customary.
    if lexer.bytes[lexer.offset - 1] == 0x82 { return true }
    switch lexer.bytes[lexer.offset] {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x0B, 0x0C:
      return true
    case UInt8(ascii: "/"):
      let next = lexer.byte(lexer.offset + 1)
      return next == UInt8(ascii: "/") || next == UInt8(ascii: "*")
    case 0x80...:
      if case .space = lexer.wideCharacter(at: lexer.offset) { return true }
      return false
    default:
      return false
    }
  }

  /// Whether a dot begins a line that is a command: at its first column, and before white space or the end.
  private static func beginsCommand(
    _ lexer: Lexer, _ dot: Token, _ isCommand: (String) -> Bool
  ) -> Bool {
    let bytes = lexer.bytes
    guard dot.startsLine, isWordStart(lexer),
      bytes[dot.range.lowerBound - 1] == UInt8(ascii: "\n")
    else { return false }
    var probe = lexer
    let word = probe.next()
    guard word.kind == .identifier, isCommand(String(decoding: bytes[word.range], as: UTF8.self))
    else { return false }
    guard word.range.upperBound < bytes.count else { return true }
    switch bytes[word.range.upperBound] {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
      // The order of a rule's conditions.
      return bytes[word.range] != Array("plan".utf8)[...] || probe.next().kind != .integer
    default: return false
    }
  }

  private static func isWordStart(_ lexer: Lexer) -> Bool {
    switch lexer.byte(lexer.offset) {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    default: false
    }
  }

  /// The end of a rule, or of the `.plan` behind it.
  private static func withPlan(_ lexer: Lexer) -> Int {
    var probe = lexer
    guard let word = planWord(&probe) else { return lexer.offset }
    guard case .complete(let end) = scanDirective(probe, word, { _ in false }) else {
      return lexer.offset
    }
    return end
  }

  /// The word of a `.plan` with the numbers of a rule's conditions that comes next; behind the
  /// command of that name stands a query.
  private static func planWord(_ probe: inout Lexer) -> Token? {
    guard probe.next().kind == .dot, isWordStart(probe) else { return nil }
    let word = probe.next()
    guard String(decoding: probe.bytes[word.range], as: UTF8.self) == "plan" else { return nil }
    var behind = probe
    return behind.next().kind == .integer ? word : nil
  }

  /// Whether braces may follow the word of a directive, on the next line as well.
  private static func mayHaveBraces(_ lexer: Lexer, _ word: Token) -> Bool {
    let text = String(decoding: lexer.bytes[word.range], as: UTF8.self)
    return text == "comp" || text == "lattice"
  }

  /// A directive goes on over line breaks while a bracket is open, or behind a comma.
  private static func scanDirective(
    _ start: Lexer, _ first: Token, _ isCommand: (String) -> Bool
  ) -> Result {
    var lexer = start
    var depth = 0
    var last = first
    var hasBraces: Bool?
    while true {
      let end = lexer.offset
      let token = lexer.next()
      let goesOn =
        last.kind == .comma || last.kind == .pipe || last.kind == .equal || last.kind == .colon
      if token.kind == .endOfText {
        return depth > 0 || goesOn
          ? .incomplete(isInsideBrackets: depth > 0) : .complete(end: end)
      }
      hasBraces = hasBraces ?? mayHaveBraces(lexer, token)
      let opensBody = token.kind == .leftBrace && hasBraces == true
      if token.startsLine, depth == 0, !goesOn, !opensBody { return .complete(end: end) }
      switch token.kind {
      case .leftParenthesis, .leftBracket, .leftBrace: depth += 1
      case .rightParenthesis, .rightBracket, .rightBrace: depth = max(0, depth - 1)
      case .dot where depth == 0 && endsHere(lexer): return .complete(end: lexer.offset)
      // What a component may hold goes on.
      case .dot
      where beginsCommand(lexer, token) { isCommand($0) && !Parser.directiveWords.contains($0) }:
        return .complete(end: token.range.lowerBound)
      default: break
      }
      last = token
    }
  }
}
