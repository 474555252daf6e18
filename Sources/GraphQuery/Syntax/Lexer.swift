import GraphCore

/// Turns UTF-8 bytes into tokens, one at a time and without making a single `String`.
///
/// It never fails: what is no token is reported in `problems` and passed over. Between two calls
/// of `next` nothing but `offset` matters, so a caller may move it to where a token begins.
///
///     var lexer = Lexer(bytes: Array("edge(1, x).".utf8))
///     lexer.next().kind  // .identifier
public struct Lexer: Sendable {
  let bytes: [UInt8]
  let text: UInt16
  /// Where the next token, or the white space before it, begins.
  public internal(set) var offset: Int
  /// What was wrong with the text so far; the caller may take it and empty it.
  public internal(set) var problems: [LexicalProblem] = []

  public init(bytes: [UInt8]) {
    self.init(bytes: bytes, text: 0)
  }

  init(bytes: [UInt8], text: UInt16) {
    self.bytes = bytes
    self.text = text
    // A byte order mark says nothing in UTF-8.
    offset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The byte at `index`, 0 behind the end.
  @inline(__always)
  func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

  /// The next token; `endOfText` again and again at the end.
  public mutating func next() -> Token {
    let startsLine = skipTrivia()
    let start = offset
    guard start < bytes.count else { return token(.endOfText, from: start, startsLine) }
    switch bytes[start] {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"), UInt8(ascii: "?"):
      offset = identifierEnd(from: start)
      let isWildcard = offset == start + 1 && bytes[start] == UInt8(ascii: "_")
      return token(isWildcard ? .underscore : .identifier, from: start, startsLine)
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      return number(from: start, startsLine)
    case UInt8(ascii: "\""):
      return text(from: start, openingLength: 1, startsLine)
    case UInt8(ascii: "`"):
      return quotedName(from: start, startsLine)
    case UInt8(ascii: "'"):
      return foreignText(
        from: start, openingLength: 1, closing: [UInt8(ascii: "'")], startsLine)
    case 0x80...:
      return wideToken(from: start, startsLine)
    default:
      return punctuation(from: start, startsLine)
    }
  }

  func token(_ kind: TokenKind, from start: Int, _ startsLine: Bool) -> Token {
    var token = Token(kind: kind, startsLine: startsLine, lower: start, upper: offset)
    token.text = text
    return token
  }

  mutating func report(
    _ code: DiagnosticCode, _ message: String, _ range: Range<Int>, help: String? = nil
  ) {
    problems.append(LexicalProblem(code: code, message: message, range: range, help: help))
  }

  // MARK: White space and comments

  /// Moves to the next token and says whether it is the first of its line.
  mutating func skipTrivia() -> Bool {
    var startsLine = offset == 0 || (offset == 3 && bytes[0] == 0xEF)
    let count = bytes.count
    while offset < count {
      switch bytes[offset] {
      case UInt8(ascii: "\n"):
        startsLine = true
        offset += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), 0x0B, 0x0C, 0:
        // A NUL was reported when the encoding was checked.
        offset += 1
      case UInt8(ascii: "/"):
        let following = byte(offset + 1)
        if following == UInt8(ascii: "/") {
          offset = lineEnd(from: offset)
        } else if following == UInt8(ascii: "*") {
          skipBlockComment(&startsLine)
        } else {
          return startsLine
        }
      case UInt8(ascii: "\\"):
        // A backslash at the end of a line continues it, which only the preprocessor cares about.
        let isCarriageReturn = byte(offset + 1) == UInt8(ascii: "\r")
        let end = offset + (isCarriageReturn ? 2 : 1)
        guard byte(end) == UInt8(ascii: "\n") else { return startsLine }
        offset = end + 1
      case 0x80...:
        switch wideCharacter(at: offset) {
        case .space(let length), .invalid(let length): offset += length
        default: return startsLine
        }
      default:
        return startsLine
      }
    }
    return startsLine
  }

  /// The offset of the line break that ends the line of `start`, or of the end.
  func lineEnd(from start: Int) -> Int {
    var index = start
    while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
    return index
  }

  private mutating func skipBlockComment(_ startsLine: inout Bool) {
    let start = offset
    offset += 2
    while offset < bytes.count {
      let current = bytes[offset]
      if current == UInt8(ascii: "*"), byte(offset + 1) == UInt8(ascii: "/") {
        offset += 2
        return
      }
      if current == UInt8(ascii: "\n") { startsLine = true }
      offset += 1
    }
    report(
      .unterminatedComment, "the comment that begins here is never closed", start..<start + 2,
      help: "close it with `*/`")
  }

  // MARK: Names

  /// Where the identifier that begins at `start` ends.
  func identifierEnd(from start: Int) -> Int {
    var index = start
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "?"):
        index += 1
      case 0x80...:
        switch wideCharacter(at: index) {
        case .letter(let length), .digit(_, let length): index += length
        default: return index
        }
      default:
        return index
      }
    }
    return index
  }

  private mutating func quotedName(from start: Int, _ startsLine: Bool) -> Token {
    offset = start + 1
    while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") {
      if bytes[offset] == UInt8(ascii: "`") {
        offset += 1
        if offset == start + 2 {
          report(.unexpectedCharacter, "a name in backquotes is empty", start..<offset)
          return token(.unknown, from: start, startsLine)
        }
        return token(.quotedName, from: start, startsLine)
      }
      offset += 1
    }
    report(
      .unterminatedText, "the name that begins here is never closed", start..<start + 1,
      help: "close it with a backquote on the same line")
    return token(.unknown, from: start, startsLine)
  }

  // MARK: Punctuation

  private mutating func punctuation(from start: Int, _ startsLine: Bool) -> Token {
    let following = byte(start + 1)
    var length = 1
    var kind: TokenKind
    switch bytes[start] {
    case UInt8(ascii: "("): kind = .leftParenthesis
    case UInt8(ascii: ")"): kind = .rightParenthesis
    case UInt8(ascii: "["): kind = .leftBracket
    case UInt8(ascii: "]"): kind = .rightBracket
    case UInt8(ascii: "{"): kind = .leftBrace
    case UInt8(ascii: "}"): kind = .rightBrace
    case UInt8(ascii: ","): kind = .comma
    case UInt8(ascii: "."): kind = .dot
    case UInt8(ascii: ";"): kind = .semicolon
    case UInt8(ascii: "@"): kind = .at
    case UInt8(ascii: "$"): kind = .dollar
    case UInt8(ascii: "#"): kind = .hash
    case UInt8(ascii: "+"): kind = .plus
    case UInt8(ascii: "*"): kind = .star
    case UInt8(ascii: "/"): kind = .slash
    case UInt8(ascii: "%"): kind = .percent
    case UInt8(ascii: "^"): kind = .caret
    case UInt8(ascii: ":"):
      return colonOrBang(.colon, from: start, length: 1, startsLine)
    case UInt8(ascii: "!"):
      return colonOrBang(.bang, from: start, length: 1, startsLine)
    case UInt8(ascii: "-"):
      kind = following == UInt8(ascii: ">") ? .arrow : .minus
      length = kind == .arrow ? 2 : 1
    case UInt8(ascii: "="):
      kind = following == UInt8(ascii: "=") ? .doubleEqual : .equal
      length = kind == .doubleEqual ? 2 : 1
    case UInt8(ascii: "<"):
      switch following {
      case UInt8(ascii: "="): (kind, length) = (.lessOrEqual, 2)
      case UInt8(ascii: ":"): (kind, length) = (.subtype, 2)
      default: kind = .less
      }
    case UInt8(ascii: ">"):
      kind = following == UInt8(ascii: "=") ? .greaterOrEqual : .greater
      length = kind == .greaterOrEqual ? 2 : 1
    case UInt8(ascii: "|"):
      kind = following == UInt8(ascii: "|") ? .doublePipe : .pipe
      length = kind == .doublePipe ? 2 : 1
    case UInt8(ascii: "&") where following == UInt8(ascii: "&"):
      (kind, length) = (.doubleAmpersand, 2)
    default:
      kind = .unknown
    }
    offset = start + length
    if kind == .unknown {
      let byte = bytes[start]
      let shown =
        byte < 0x20 || byte == 0x7F
        ? "control character \(byte)" : "character `\(Character(Unicode.Scalar(byte)))`"
      let help: String? =
        switch byte {
        case UInt8(ascii: "~"): "negation is written `!`, and a pattern is asked for by `match`"
        case UInt8(ascii: "\\") where following == UInt8(ascii: "+"): "negation is written `!`"
        case UInt8(ascii: "&"): "conditions are joined by `,`"
        default: nil
        }
      report(.unexpectedCharacter, "unexpected \(shown)", start..<offset, help: help)
    }
    return token(kind, from: start, startsLine)
  }

  /// A colon or an exclamation mark of either width, which may be the first half of `:-` or `!=`.
  mutating func colonOrBang(
    _ kind: TokenKind, from start: Int, length: Int, _ startsLine: Bool
  ) -> Token {
    offset = start + length
    let isColon = kind == .colon
    if byte(offset) == (isColon ? UInt8(ascii: "-") : UInt8(ascii: "=")) {
      offset += 1
      return token(isColon ? .implies : .notEqual, from: start, startsLine)
    }
    if let second = foreignTwin(at: offset), second.text == (isColon ? "-" : "=") {
      reportForeign(offset..<offset + second.length, meant: isColon ? ":-" : "!=")
      offset += second.length
      return token(isColon ? .implies : .notEqual, from: start, startsLine)
    }
    return token(kind, from: start, startsLine)
  }
}
