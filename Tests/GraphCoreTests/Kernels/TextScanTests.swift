import TestSupport
import Testing

@testable import GraphCore

/// What is text, many bytes at a time, against the standard library one character at a time.
@Suite struct TextScanTests {
  private func isText(_ bytes: [UInt8]) -> Bool {
    !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
  }

  private func check(_ bytes: [UInt8], _ seed: UInt64 = 0) {
    let isText = isText(bytes)
    switch TextScan.verdict(on: bytes.span) {
    case .text: #expect(isText, "seed \(seed): \(bytes)")
    case .noText: #expect(!isText, "seed \(seed): \(bytes)")
    case .undecided:
      #expect(bytes.contains { $0 == 0xE0 || $0 == 0xED || $0 >= 0xF0 }, "seed \(seed): \(bytes)")
    }
    #expect(TextCheck.isText(bytes.span) == isText, "seed \(seed): \(bytes)")
  }

  /// Every sequence of three bytes that say different things, at every place of a block and at its ends.
  @Test func sequencesAreJudgedWhereverTheyStand() {
    let kinds: [UInt8] = [
      0, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE4, 0xED,
      0xEF,
      0xF0, 0xF1, 0xF4, 0xF5, 0xFF,
    ]
    for first in kinds {
      for second in kinds {
        for third in kinds {
          let sequence = [first, second, third]
          for start in [0, 13, 14, 15, 16, 17, 30, 31] {
            let before = [UInt8](repeating: UInt8(ascii: "a"), count: start)
            check(before + sequence)
            check(before + sequence + [0x80])
            check(before + sequence + [0x80, 0x80] + before)
          }
        }
      }
    }
  }

  @Test func textsAreJudgedWithAByteChanged() {
    let letters = ["太", "原", "a", "b", "é", " ", "ह", "퟿", "😀", "𝄞", "\u{FFFF}", "\u{80}", "\t"]
    for seed in 0..<400 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let common = Bool.random(using: &random) ? 6 : letters.count
      let bytes = (0..<Int.random(in: 0...40, using: &random)).flatMap { _ in
        Array(letters[Int.random(in: 0..<common, using: &random)].utf8)
      }
      check(bytes, seed)
      guard !bytes.isEmpty else { continue }
      for _ in 0..<20 {
        var changed = bytes
        changed[Int.random(in: 0..<bytes.count, using: &random)] = .random(
          in: 0...255, using: &random)
        check(changed, seed)
        check(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))), seed)
        check(Array(bytes.dropFirst(Int.random(in: 0...bytes.count, using: &random))), seed)
      }
    }
  }

  @Test func chineseIsDecidedAtOnce() {
    let text = Array(String(repeating: "山西省太原市，1992 年。\n", count: 50).utf8)
    #expect(TextScan.verdict(on: text.span) == .text)
    #expect(TextScan.verdict(on: Array(text.dropLast(2)).span) == .noText)
  }
}
