import TestSupport
import Testing

@testable import GraphQuery

@Suite struct TextBytesTests {
  /// Pieces that come together in a random text: each length of character, what borders on them, and
  /// what is none.
  private static let pieces: [[UInt8]] =
    ["a", "plain text of some length", "é", "字", "经济技术开发区", "😀", "\u{7FF}", "\u{800}"]
    .map { Array($0.utf8) }
    + ["\u{D7FF}", "\u{E000}", "\u{FFFF}", "\u{10000}", "\u{10FFFF}", "\"", "\\", "\n"]
    .map { Array($0.utf8) }

  private static let broken: [[UInt8]] = [
    [0], [0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC3], [0xE0, 0x9F, 0xBF], [0xE5, 0xAD],
    [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
    [0xF5, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98], [0xFF],
  ]

  private func text(_ random: inout SeededGenerator) -> [UInt8] {
    (0..<Int.random(in: 0..<12, using: &random)).flatMap { _ in
      Self.pieces.randomElement(using: &random) ?? []
    }
  }

  private func isSound(_ bytes: [UInt8]) -> Bool { TextBytes.areSound(bytes.span) }

  @Test(arguments: 0..<300 as Range<UInt64>)
  func soundTextsAreSound(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    #expect(isSound(text(&random)), "seed \(seed)")
  }

  @Test(arguments: 0..<300 as Range<UInt64>)
  func brokenBytesAreFoundAnywhere(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let piece = Self.broken.randomElement(using: &random) ?? []
    let bytes = text(&random) + piece + text(&random)
    #expect(!isSound(bytes), "seed \(seed): \(piece)")
  }

  @Test(arguments: 0..<300 as Range<UInt64>)
  func anyBytesAreJudgedAsByTheStandardLibrary(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var bytes = text(&random)
    for index in bytes.indices where Int.random(in: 0..<40, using: &random) == 0 {
      bytes[index] = UInt8.random(in: 1...255, using: &random)
    }
    let isUTF8 = (try? UTF8Span(validating: bytes.span)) != nil
    #expect(isSound(bytes) == isUTF8, "seed \(seed): \(bytes)")
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func plainTextsEndWhereSomethingElseStands(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let bytes = text(&random)
    for start in 0...bytes.count {
      let expected = bytes[start...].firstIndex { "\"\\\n".utf8.contains($0) } ?? bytes.count
      let end = TextBytes.endOfPlainText(bytes.span, from: start)
      #expect(end == expected, "seed \(seed)")
    }
  }
}
