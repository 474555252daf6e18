import GraphCore

/// Finds the bytes that are no UTF-8, and NULs, before any token is made of them.
enum EncodingCheck {
  /// What to do about bytes that are no UTF-8.
  static let advice =
    "save the file in UTF-8, or convert it, as in `iconv -f GB18030 -t UTF-8 OLD > NEW`"

  /// What is wrong with a text in UTF-16, all of whose characters would be reported one by one.
  static func wideProblem(in bytes: [UInt8]) -> LexicalProblem? {
    guard bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) else { return nil }
    return LexicalProblem(
      code: .invalidUTF8, message: "the text is in UTF-16", range: 0..<2,
      help: "save the file in UTF-8, or convert it, as in `iconv -f UTF-16 -t UTF-8 OLD > NEW`")
  }

  /// One problem for each run of bad bytes. O(bytes); a sound text is only read by the fast check.
  static func problems(in bytes: [UInt8]) -> [LexicalProblem] {
    if TextBytes.areSound(bytes.span) { return [] }
    var problems: [LexicalProblem] = []
    var index = 0
    while index < bytes.count {
      let start = index
      while index < bytes.count, bytes[index] == 0 { index += 1 }
      if index > start {
        problems.append(
          LexicalProblem(
            code: .unexpectedCharacter, message: "a NUL byte is no part of a text",
            range: start..<index, help: "is this a text file in UTF-8?"))
        continue
      }
      while index < bytes.count, bytes[index] >= 0x80, sequenceLength(bytes, at: index) == 0 {
        index += 1
      }
      if index > start {
        problems.append(
          LexicalProblem(
            code: .invalidUTF8, message: "bytes that are no UTF-8", range: start..<index,
            help: Self.advice))
        continue
      }
      index += sequenceLength(bytes, at: index)
    }
    return problems
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
