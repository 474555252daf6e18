import GraphCore

/// Finds the bytes that are no UTF-8, and NULs, before any token is made of them.
enum EncodingCheck {
  /// What to do about bytes that are no UTF-8.
  static let advice =
    "save the file in UTF-8, or convert it, as in `iconv -f GB18030 -t UTF-8 OLD > NEW`"

  /// What to ask who gives a file that holds NULs.
  private static let question = "is this a text file in UTF-8?"

  /// From how many wrong places on they are told of as one: who reads them does not mend each by hand.
  static let mostPlaces = 10

  /// Whether nothing is wrong with the bytes. O(bytes).
  static func isSound(_ bytes: [UInt8]) -> Bool { TextBytes.areSound(bytes.span) }

  /// One problem for each run of wrong bytes; a single one where the bytes are no text in UTF-8 at all.
  ///
  /// They are none where there are more than `mostPlaces` such runs, as in the file of a program or a picture, and where
  /// they begin as UTF-16 does. What such bytes say is not worth reading, and `isText` is false. O(bytes); a sound text is
  /// only read by the fast check.
  static func findings(in bytes: [UInt8]) -> (problems: [LexicalProblem], isText: Bool) {
    if isSound(bytes) { return ([], true) }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      let problem = LexicalProblem(
        code: .invalidUTF8, message: "the text is in UTF-16", range: 0..<2,
        help: "save the file in UTF-8, or convert it, as in `iconv -f UTF-16 -t UTF-8 OLD > NEW`")
      return ([problem], false)
    }
    var problems: [LexicalProblem] = []
    var (placeCount, byteCount) = (0, 0)
    var hasNULs = false
    var first: Int?
    var index = 0
    while index < bytes.count {
      let start = index
      let isNUL = bytes[start] == 0
      if isNUL {
        while index < bytes.count, bytes[index] == 0 { index += 1 }
      } else {
        while index < bytes.count, sequenceLength(bytes, at: index) == 0 { index += 1 }
      }
      guard index > start else {
        index += sequenceLength(bytes, at: index)
        continue
      }
      first = first ?? start
      placeCount += 1
      byteCount += index - start
      hasNULs = hasNULs || isNUL
      if placeCount > mostPlaces { continue }
      problems.append(
        LexicalProblem(
          code: isNUL ? .unexpectedCharacter : .invalidUTF8,
          message: isNUL ? "a NUL byte is no part of a text" : "bytes that are no UTF-8",
          range: start..<index, help: isNUL ? Self.question : Self.advice))
    }
    guard let first, placeCount > mostPlaces else { return (problems, true) }
    let digits = String(bytes[first], radix: 16, uppercase: true)
    let problem = LexicalProblem(
      code: .invalidUTF8,
      message:
        "this is no text in UTF-8: 0x\(digits.count < 2 ? "0" : "")\(digits) is the first of "
        + "\(byteCount) bytes that are not part of one",
      range: first..<first + 1, help: hasNULs ? Self.question : Self.advice)
    return ([problem], false)
  }

  /// The length of the character at `index`, 0 where none begins.
  private static func sequenceLength(_ bytes: [UInt8], at index: Int) -> Int {
    func isContinuation(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
      index + offset < bytes.count && range.contains(bytes[index + offset])
    }
    switch bytes[index] {
    case ..<0x80: return 1
    case 0xC2...0xDF: return isContinuation(1) ? 2 : 0
    case 0xE0: return isContinuation(1, 0xA0...0xBF) && isContinuation(2) ? 3 : 0
    case 0xED: return isContinuation(1, 0x80...0x9F) && isContinuation(2) ? 3 : 0
    case 0xE1...0xEF: return isContinuation(1) && isContinuation(2) ? 3 : 0
    case 0xF0:
      return isContinuation(1, 0x90...0xBF) && isContinuation(2) && isContinuation(3) ? 4 : 0
    case 0xF4:
      return isContinuation(1, 0x80...0x8F) && isContinuation(2) && isContinuation(3) ? 4 : 0
    case 0xF1...0xF3: return isContinuation(1) && isContinuation(2) && isContinuation(3) ? 4 : 0
    default: return 0
    }
  }
}
