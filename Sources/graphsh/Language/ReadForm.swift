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

  private static let stop: [UInt8] = Array("。".utf8)

  private static let twins: [Character: Character] = [
    "，": ",", "（": "(", "）": ")", "？": "?", "：": ":", "；": ";", "！": "!", "。": ".",
  ]

  private static func append(_ token: Token, of bytes: [UInt8], to output: inout [UInt8]) {
    let part = bytes[token.range]
    guard let first = part.first, first >= 0x80 else { return output += part }
    let text = String(decoding: part, as: UTF8.self)
    if token.kind == .text {
      // Inside of “ ” an ASCII quote is a character like others.
      let content = text.dropFirst().dropLast()
      output += "\"\(content.map { $0 == "\"" ? "\\\"" : String($0) }.joined())\"".utf8
    } else if let twin = text.first.flatMap({ twins[$0] }) {
      output += String(twin).utf8
      output += text.dropFirst().utf8
    } else {
      output += part
    }
  }
}
