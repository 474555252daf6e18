import GraphCore
import GraphQuery

/// Statements in the form in which they are read: Chinese punctuation outside of texts becomes its
/// ASCII twin, and “ ” become ".
///
/// ```
/// ？- company(c)， located_in(c， “祁县”)。      ?- company(c), located_in(c, "祁县").
/// ```
enum ReadForm {
  static func of(_ text: String) -> String {
    if let command = command(forWord: text) { return command }
    let bytes = Array(text.utf8)
    guard bytes.contains(where: { $0 >= 0x80 }) else { return text }
    // Of a command only the dot is punctuation for certain.
    let start = bytes.firstIndex { $0 != UInt8(ascii: " ") && $0 != 0x0A } ?? 0
    if bytes[start] == UInt8(ascii: ".") { return text }
    if bytes[start...].starts(with: stop), let next = bytes[(start + stop.count)...].first,
      (next | 0x20) >= UInt8(ascii: "a") && (next | 0x20) <= UInt8(ascii: "z")
    {
      return String(decoding: bytes[..<start] + [UInt8(ascii: ".")], as: UTF8.self)
        + String(decoding: bytes[(start + stop.count)...], as: UTF8.self)
    }
    var lexer = Lexer(bytes: bytes)
    var output: [UInt8] = []
    var end = 0
    while true {
      let token = lexer.next()
      if token.kind == .endOfText { break }
      output += bytes[end..<token.range.lowerBound]
      append(token, of: bytes, to: &output)
      end = token.range.upperBound
    }
    output += bytes[end...]
    return String(decoding: output, as: UTF8.self)
  }

  /// The command that a lone word from other shells stands for.
  static func command(forWord text: String) -> String? {
    var word = text[...].trimmed.lowercased()
    if word.hasSuffix(";") { word.removeLast() }
    return words[word]
  }

  private static let words = [
    "quit": ".quit", "exit": ".quit", "\\q": ".quit", ":quit": ".quit", ":exit": ".quit",
    "help": ".help", "\\?": ".help", "\\h": ".help", ":help": ".help", "?": ".help",
    "\\d": ".schema", "\\dt": ".labels", ":schema": ".schema",
  ]

  private static let stop: [UInt8] = Array("。".utf8)

  private static let twins: [Unicode.Scalar: Character] = [
    "，": ",", "（": "(", "）": ")", "？": "?", "：": ":", "；": ";", "！": "!", "。": ".",
  ]

  private static func append(_ token: Token, of bytes: [UInt8], to output: inout [UInt8]) {
    let part = bytes[token.range]
    guard let first = part.first, first >= 0x80 else { return output += part }
    let scalars = String(decoding: part, as: UTF8.self).unicodeScalars
    if token.kind == .text, scalars.first == "“" {
      // Inside of “ ” an ASCII quote is a character like others.
      let content = String(scalars.dropFirst().dropLast())
      output += "\"\(content.replacingScalars { $0 == "\"" ? "\\\"" : nil })\"".utf8
    } else if let twin = scalars.first.flatMap({ twins[$0] }) {
      output += String(twin).utf8
      output += String(scalars.dropFirst()).utf8
    } else {
      output += part
    }
  }
}

/// What somebody who pressed Enter too early wants to know.
enum StatementHint {
  static func of(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    var lexer = Lexer(bytes: bytes)
    var tokens: [Token] = []
    while true {
      let token = lexer.next()
      if token.kind == .endOfText { break }
      tokens.append(token)
    }
    guard let first = tokens.first, let last = tokens.last else { return nil }
    let word = String(decoding: bytes[first.range], as: UTF8.self).lowercased()
    if first.kind == .identifier, foreignWords.contains(word), tokens.count > 1,
      tokens[1].kind != .leftParenthesis
    {
      return "a question here looks like ?- company(c), located_in(c, z). and .help says more"
    }
    // Brackets that are open, and what a statement cannot end with, say that there is more to come.
    var depth = 0
    for token in tokens {
      switch token.kind {
      case .leftParenthesis, .leftBracket, .leftBrace: depth += 1
      case .rightParenthesis, .rightBracket, .rightBrace: depth -= 1
      default: break
      }
    }
    guard depth == 0 else { return nil }
    switch last.kind {
    case .semicolon: return "a statement ends with a full stop; a semicolon means \"or\""
    case .rightParenthesis, .rightBrace, .identifier, .text, .integer, .float, .scaledNumber:
      return "a statement ends with a full stop"
    default: return nil
    }
  }

  /// Words that questions begin with elsewhere.
  private static let foreignWords: Set<String> = [
    "select", "match", "create", "insert", "with", "show", "describe", "explain", "update", "drop",
    "return", "merge", "from", "call",
  ]
}
