import GraphCore

/// A question without the texts in it: `?(x) :- supplies("A", x).` and `?(x) :- supplies("B", x).` have one
/// shape.
///
/// The key holds the tokens, each behind a byte that says what separates it from the one before, so that equal
/// keys are equal trees but for the texts.
struct QuestionShape {
  private(set) var key: [UInt8] = []
  /// Where the texts begin, with what they say, in their order.
  private(set) var texts: [(offset: UInt32, content: String)] = []

  private enum Mark {
    static let joined: UInt8 = 0
    static let spaced: UInt8 = 1
    static let newLine: UInt8 = 2
    static let text: UInt8 = 3
  }

  /// Nothing for what is no plain question: directives, what the preprocessor looks at, escapes, mistakes. O(bytes).
  init?(_ source: SourceText) {
    guard EncodingCheck.isSound(source.bytes) else { return nil }
    var lexer = Lexer(bytes: source.bytes)
    key.reserveCapacity(source.bytes.count)
    var end: UInt32 = 0
    while true {
      let token = lexer.next()
      guard lexer.problems.isEmpty else { return nil }
      if token.kind == .endOfText { break }
      let isJoined = !key.isEmpty && token.lower == end
      key.append(token.startsLine ? Mark.newLine : isJoined ? Mark.joined : Mark.spaced)
      end = token.upper
      switch token.kind {
      case .text:
        guard !token.hasEscapes else { return nil }
        let length = source.bytes[Int(token.lower)] == UInt8(ascii: "\"") ? 1 : 3
        let content = source.bytes[Int(token.lower) + length..<Int(token.upper) - length]
        texts.append((token.lower, String(decoding: content, as: UTF8.self)))
        key.append(Mark.text)
      case .hash, .unknown: return nil
      // What a word such as `__LINE__` says depends on where it stands.
      case .identifier
      where token.range.count > 2 && source.bytes[Int(token.lower)] == UInt8(ascii: "_")
        && source.bytes[Int(token.lower) + 1] == UInt8(ascii: "_"):
        return nil
      default: key.append(contentsOf: source.bytes[token.range])
      }
    }
  }

  /// The number of each text: that of the first one that says the same.
  var numbers: [Int] {
    texts.indices.map { place in
      texts[..<place].firstIndex { $0.content == texts[place].content } ?? place
    }
  }
}
