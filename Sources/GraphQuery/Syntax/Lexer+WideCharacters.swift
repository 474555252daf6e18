import GraphCore

/// Characters beyond ASCII: letters of any script, Chinese punctuation that is read as its ASCII twin, and
/// the rest of it, which is reported with what was probably meant.
extension Lexer {
  mutating func wideToken(from start: Int, _ startsLine: Bool) -> Token {
    switch wideCharacter(at: start) {
    case .letter:
      offset = identifierEnd(from: start)
      return token(.identifier, from: start, startsLine)
    case .digit:
      return number(from: start, startsLine)
    case .punctuation(let kind):
      if kind == .colon || kind == .bang {
        return colonOrBang(kind, from: start, length: 3, startsLine)
      }
      offset = start + 3
      return token(kind, from: start, startsLine)
    case .openingQuote:
      return text(from: start, openingLength: 3, startsLine)
    case .closingQuote:
      offset = start + 3
      report(
        .unexpectedCharacter, "a closing quote without its opening one", start..<offset,
        help: "a text begins with \u{201C} or with \"")
      return token(.unknown, from: start, startsLine)
    case .foreignQuote(let closing):
      return foreignText(from: start, openingLength: 3, closing: closing, startsLine)
    case .foreign(let length):
      return foreignToken(from: start, length: length, startsLine)
    case .space(let length), .invalid(let length):
      // `skipTrivia` passes over both, so this is not reached; the offset moves in any case.
      offset = start + length
      return token(.unknown, from: start, startsLine)
    }
  }

  /// Punctuation that means nothing here: reported, and taken for what was probably meant.
  private mutating func foreignToken(
    from start: Int, length: Int, _ startsLine: Bool
  ) -> Token {
    offset = start + length
    guard var meant = foreignTwin(at: start)?.text else {
      reportForeign(start..<offset, meant: nil)
      return token(.unknown, from: start, startsLine)
    }
    // Two signs may be one operator.
    if let second = foreignTwin(at: offset), Self.isToken(meant + second.text) {
      meant += second.text
      offset += second.length
    }
    reportForeign(start..<offset, meant: meant)
    var twin = Lexer(bytes: Array(meant.utf8))
    return token(twin.next().kind, from: start, startsLine)
  }

  mutating func reportForeign(_ range: Range<Int>, meant: String?) {
    let shown = String(decoding: bytes[range], as: UTF8.self)
    report(
      .unexpectedCharacter, "unexpected character `\(shown)`", range,
      help: meant.map { "write `\($0)`" })
  }

  /// What the sign at `index` stands for in ASCII, and its length, if it is one that is not read.
  func foreignTwin(at index: Int) -> (text: String, length: Int)? {
    guard byte(index) >= 0x80, case .foreign(let length) = wideCharacter(at: index),
      let scalar = String(decoding: bytes[index..<index + length], as: UTF8.self).unicodeScalars
        .first, let text = Self.asciiTwin(scalar)
    else { return nil }
    return (text, length)
  }

  private static func isToken(_ text: String) -> Bool {
    var lexer = Lexer(bytes: Array(text.utf8))
    return lexer.next().range.upperBound == text.utf8.count
  }

  /// What a sign that the language does not know stands for in ASCII.
  private static func asciiTwin(_ scalar: Unicode.Scalar) -> String? {
    switch scalar.value {
    case 0xFF01...0xFF5E: Unicode.Scalar(scalar.value - 0xFEE0).map { String($0) }
    case 0x3001, 0xFF64, 0x2227: ","
    case 0xFF61: "."
    case 0x2228: ";"
    case 0x2010...0x2015, 0x2212: "-"
    case 0x2190, 0x21D0: ":-"
    case 0x2260: "!="
    case 0x2264, 0x2266: "<="
    case 0x2265, 0x2267: ">="
    case 0xAC: "!"
    case 0xD7: "*"
    case 0xF7: "/"
    default: nil
    }
  }

  /// What a character outside ASCII is to the language.
  enum WideCharacter {
    case letter(length: Int)
    case digit(UInt8, length: Int)
    case space(length: Int)
    /// Three bytes long.
    case punctuation(TokenKind)
    case openingQuote
    case closingQuote
    /// A quote of another kind, three bytes long as is the one that closes it.
    case foreignQuote(closing: [UInt8])
    /// Any other punctuation or operator.
    case foreign(length: Int)
    case invalid(length: Int)
  }

  func wideCharacter(at index: Int) -> WideCharacter {
    let lead = bytes[index]
    let second = byte(index + 1)
    switch lead {
    case 0xC2...0xDF:
      guard second & 0xC0 == 0x80 else { return .invalid(length: 1) }
      switch (lead, second) {
      case (0xC2, 0x85), (0xC2, 0xA0): return .space(length: 2)
      // ¡ « ¬ » ¿ × ÷
      case (0xC2, 0xA1), (0xC2, 0xAB...0xAC), (0xC2, 0xBB), (0xC2, 0xBF), (0xC3, 0x97),
        (0xC3, 0xB7):
        return .foreign(length: 2)
      default: return .letter(length: 2)
      }
    case 0xE0...0xEF:
      let third = byte(index + 2)
      guard second & 0xC0 == 0x80, third & 0xC0 == 0x80 else { return .invalid(length: 1) }
      return threeByteCharacter(lead, second, third)
    case 0xF0...0xF4:
      guard second & 0xC0 == 0x80, byte(index + 2) & 0xC0 == 0x80, byte(index + 3) & 0xC0 == 0x80
      else { return .invalid(length: 1) }
      return .letter(length: 4)
    default:
      return .invalid(length: 1)
    }
  }

  private func threeByteCharacter(_ lead: UInt8, _ second: UInt8, _ third: UInt8) -> WideCharacter {
    switch lead {
    case 0xE2: signCharacter(second, third)
    case 0xE3 where second == 0x80: ideographicPunctuation(third)
    case 0xEF: wideForm(second, third)
    default: .letter(length: 3)
    }
  }

  /// U+2000 to U+2FFF: general punctuation, arrows, mathematical operators.
  private func signCharacter(_ second: UInt8, _ third: UInt8) -> WideCharacter {
    switch (second, third) {
    case (0x80, 0x9C): .openingQuote
    case (0x80, 0x9D): .closingQuote
    case (0x80, 0x98): .foreignQuote(closing: [0xE2, 0x80, 0x99])
    case (0x80, 0x80...0x8B), (0x80, 0xA8...0xA9), (0x80, 0xAF), (0x81, 0x9F): .space(length: 3)
    case (0x80, 0x90...0xA7), (0x80, 0xB0...0xBE): .foreign(length: 3)
    case (0x86, 0x90...0xBF), (0x87...0x8B, _): .foreign(length: 3)
    default: .letter(length: 3)
    }
  }

  /// U+3000 to U+303F: the punctuation of Chinese and Japanese, and a few letters.
  private func ideographicPunctuation(_ third: UInt8) -> WideCharacter {
    switch third {
    case 0x80: .space(length: 3)
    case 0x82: .punctuation(.dot)
    // 〈 《 「 『, each followed by what closes it.
    case 0x88, 0x8A, 0x8C, 0x8E: .foreignQuote(closing: [0xE3, 0x80, third + 1])
    case 0x81, 0x83, 0x88...0x91, 0x94...0x9F, 0xB0: .foreign(length: 3)
    default: .letter(length: 3)
    }
  }

  /// U+FF00 to U+FFEF: full-width ASCII, half-width Chinese punctuation.
  private func wideForm(_ second: UInt8, _ third: UInt8) -> WideCharacter {
    switch (second, third) {
    case (0xBC, 0x8C): .punctuation(.comma)
    case (0xBC, 0x88): .punctuation(.leftParenthesis)
    case (0xBC, 0x89): .punctuation(.rightParenthesis)
    case (0xBC, 0x9F): .punctuation(.question)
    case (0xBC, 0x9A): .punctuation(.colon)
    case (0xBC, 0x9B): .punctuation(.semicolon)
    case (0xBC, 0x81): .punctuation(.bang)
    case (0xBC, 0x90...0x99): .digit(third - 0x90, length: 3)
    case (0xBC, 0x82): .foreignQuote(closing: [0xEF, 0xBC, 0x82])
    case (0xBC, 0x87): .foreignQuote(closing: [0xEF, 0xBC, 0x87])
    case (0xBC, 0x81...0x8F), (0xBC, 0x9A...0xA0), (0xBC, 0xBB...0xBF), (0xBD, 0x80),
      (0xBD, 0x9B...0xA5):
      .foreign(length: 3)
    case (0xBB, 0xBF): .space(length: 3)
    default: .letter(length: 3)
    }
  }
}
