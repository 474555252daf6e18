import GraphCore
import GraphQuery

/// What the line editor asks about the language: where statements end, what may follow, what
/// belongs to which colour.
struct ShellLanguage {
  private let session: QuerySession

  init(_ session: QuerySession) { self.session = session }

  var editorLanguage: EditorLanguage {
    var language = EditorLanguage()
    language.isComplete = { Self.isComplete($0) }
    language.asRead = ReadForm.of
    language.hint = StatementHint.of
    language.complete = { [session] text, offset in
      StatementCompletion(session: session, text: text, offset: offset).completion
    }
    language.highlight = { Highlighter.styles(of: $0) }
    return language
  }

  /// Whether a text ends with a whole statement or with a command, which is a line.
  static func isComplete(_ text: String) -> Bool {
    if ReadForm.command(forWord: text) != nil { return true }
    var scanner = ScriptScanner(SourceText(name: "", text: text))
    var isComplete = true
    while let item = scanner.next() {
      switch item {
      case .command: isComplete = true
      case .statement(let statement):
        if isUnfinished(statement) { isComplete = false }
      }
    }
    return isComplete
  }

  /// Whether a statement goes on in what has not been typed.
  static func isUnfinished(_ statement: SourceText) -> Bool {
    if case .incomplete = StatementScanner.scan(statement.bytes) { true } else { false }
  }
}

/// The colours of a text's parts, by the tokens of the language.
enum Highlighter {
  /// Longer texts are pasted, not read: they stay plain, so that every key is answered at once.
  static let limit = 20_000

  static func styles(of text: String) -> [StyledRange] {
    let bytes = Array(text.utf8)
    guard bytes.count <= limit else { return [] }
    var styles: [StyledRange] = []
    var lexer = Lexer(bytes: bytes)
    var end = 0
    var tokens: [Token] = []
    while true {
      let token = lexer.next()
      tokens.append(token)
      if token.kind == .endOfText { break }
    }
    for (index, token) in tokens.enumerated() {
      // What the lexer passes over is white space, comments, and characters that begin no token.
      let start = token.kind == .endOfText ? bytes.count : token.range.lowerBound
      if end < start {
        if let comment = commentRange(in: bytes, end..<start) {
          styles.append(StyledRange(comment, .comment))
        }
      }
      if let style = style(of: token, at: index, in: tokens, bytes) {
        styles.append(StyledRange(token.range, style))
      }
      end = max(end, token.range.upperBound)
    }
    return styles
  }

  private static func commentRange(in bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
    guard let first = range.first(where: { bytes[$0] == UInt8(ascii: "/") }),
      let last = range.last(where: { bytes[$0] != UInt8(ascii: " ") && bytes[$0] != 0x0A })
    else { return nil }
    return first..<last + 1
  }

  private static func style(
    of token: Token, at index: Int, in tokens: [Token], _ bytes: [UInt8]
  ) -> TextStyle? {
    switch token.kind {
    case .text: return .text
    case .integer, .float, .address, .scaledNumber: return .number
    case .malformedNumber, .unknown: return .error
    case .implies, .question: return .keyword
    case .dot:
      // A dot at the start of a line begins a command or a directive.
      let next = tokens[min(index + 1, tokens.count - 1)]
      return token.startsLine && next.kind == .identifier
        && next.range.lowerBound == token.range.upperBound ? .command : nil
    case .identifier:
      if index > 0, tokens[index - 1].kind == .dot, tokens[index - 1].startsLine,
        tokens[index - 1].range.upperBound == token.range.lowerBound
      {
        return .command
      }
      let word = String(decoding: bytes[token.range], as: UTF8.self)
      if word == "?" || words.contains(word) { return .keyword }
      return opensArguments(tokens, behind: index) || isGraph(tokens, at: index)
        ? .relation : .variable
    case .quotedName: return .relation
    default: return nil
    }
  }

  /// Whether an argument list follows a name, perhaps behind the marks of a path.
  private static func opensArguments(_ tokens: [Token], behind index: Int) -> Bool {
    var place = index + 1
    while place < tokens.count {
      switch tokens[place].kind {
      case .leftParenthesis: return true
      // The graph of an algorithm.
      case .leftBracket: return place == index + 1
      case .plus, .star:
        guard place == index + 1 else { return false }
        place += 1
      default: return false
      }
    }
    return false
  }

  /// Whether a name stands between brackets that follow a name, or the marks of a path in these.
  private static func isGraph(_ tokens: [Token], at index: Int) -> Bool {
    var place = index - 1
    while place > 0 {
      switch tokens[place].kind {
      case .pipe, .caret, .plus, .star, .leftParenthesis, .rightParenthesis, .identifier,
        .quotedName:
        place -= 1
      case .leftBracket:
        let name = tokens[place - 1].kind
        return name == .identifier || name == .quotedName
      default: return false
      }
    }
    return false
  }

  private static let words: Set<String> = [
    "count", "sum", "min", "max", "mean", "order", "by", "desc", "asc", "limit", "offset", "true",
    "false", "nil", "match", "contains", "cat", "strlen", "substr", "range", "to_number",
    "to_string", "to_float", "to_unsigned", "as", "ord",
  ]
}
