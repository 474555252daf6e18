import GraphCore

/// Says whether what was typed so far is a whole statement, and where it ends.
///
/// A statement ends with a full stop outside texts, comments and brackets that white space or the
/// end follows. A directive, which begins with a dot and a word, ends with its line instead, once
/// its brackets are closed; `.plan` belongs to the rule before it.
public struct StatementScanner {
  public enum Result: Equatable, Sendable {
    /// Only white space and comments.
    case blank
    /// A statement that ends before this offset.
    case complete(end: Int)
    /// More must be typed; whether a bracket is open.
    case incomplete(isInsideBrackets: Bool)
  }

  /// Looks at the first statement behind `start`. O(bytes of that statement).
  public static func scan(_ bytes: [UInt8], from start: Int = 0) -> Result {
    var lexer = Lexer(bytes: bytes)
    lexer.offset = max(start, lexer.offset)
    var token = lexer.next()
    guard token.kind != .endOfText else {
      return hasOpenComment(lexer) ? .incomplete(isInsideBrackets: false) : .blank
    }
    if token.kind == .dot, isWordStart(lexer) { return scanDirective(lexer, token) }
    var depth = 0
    while token.kind != .endOfText {
      switch token.kind {
      case .leftParenthesis, .leftBracket, .leftBrace: depth += 1
      case .rightParenthesis, .rightBracket, .rightBrace: depth = max(0, depth - 1)
      case .dot where depth == 0 && endsHere(lexer):
        return .complete(end: withPlan(lexer))
      default: break
      }
      token = lexer.next()
    }
    return .incomplete(isInsideBrackets: depth > 0)
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

  private static func isWordStart(_ lexer: Lexer) -> Bool {
    switch lexer.byte(lexer.offset) {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    default: false
    }
  }

  /// The end of a rule, or of the `.plan` behind it.
  private static func withPlan(_ lexer: Lexer) -> Int {
    var probe = lexer
    guard probe.next().kind == .dot, isWordStart(probe) else { return lexer.offset }
    let word = probe.next()
    guard String(decoding: lexer.bytes[word.range], as: UTF8.self) == "plan" else {
      return lexer.offset
    }
    guard case .complete(let end) = scanDirective(probe, word) else { return lexer.offset }
    return end
  }

  /// A directive goes on over line breaks while a bracket is open, or behind a comma.
  private static func scanDirective(_ start: Lexer, _ first: Token) -> Result {
    var lexer = start
    var depth = 0
    var last = first
    while true {
      let end = lexer.offset
      let token = lexer.next()
      let goesOn =
        last.kind == .comma || last.kind == .pipe || last.kind == .equal || last.kind == .colon
      if token.kind == .endOfText {
        return depth > 0 || goesOn
          ? .incomplete(isInsideBrackets: depth > 0) : .complete(end: end)
      }
      let opensBody = token.kind == .leftBrace
      if token.startsLine, depth == 0, !goesOn, !opensBody { return .complete(end: end) }
      switch token.kind {
      case .leftParenthesis, .leftBracket, .leftBrace: depth += 1
      case .rightParenthesis, .rightBracket, .rightBrace: depth = max(0, depth - 1)
      case .dot where depth == 0 && endsHere(lexer): return .complete(end: lexer.offset)
      default: break
      }
      last = token
    }
  }
}
