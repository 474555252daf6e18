import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

@Suite struct WordsSearchTests {
  @Test(arguments: 1...40) func findsThePlaceThatAWalkFinds(_ seed: UInt64) {
    check(seed, UInt32.self)
    check(seed, UInt64.self)
  }

  /// Words with double ones among them, at the ends of what a word can hold and in between.
  private func check<Word>(_ seed: UInt64, _: Word.Type)
  where Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable {
    var random = SeededGenerator(seed: seed)
    let limits: [(Word, Word)] = [(0, 20), (.max - 20, .max), (0, .max)]
    let (low, high) = limits[Int.random(in: 0..<3, using: &random)]
    let count = Int.random(in: 0...70, using: &random)
    let all = (0..<count).map { _ in Word.random(in: low...high, using: &random) }.sorted()
    let column = Column(all)
    defer { keepAlive(column) }
    let others = (0..<40).map { _ in Word.random(in: low...high, using: &random) }
    for value in all + others + [0, .max, Word.max / 2, Word.max / 2 + 1] {
      #expect(
        column.words.firstPlace(notBelow: value) == all.firstIndex { $0 >= value } ?? count,
        "\(value) in \(all), seed \(seed)")
      #expect(
        column.words.lastPlace(notAbove: value) == all.lastIndex { $0 <= value } ?? 0,
        "\(value) in \(all), seed \(seed)")
    }
  }

  @Test func onesAreThoseOfALesserNumber() {
    let numbers: [UInt64] = [0, 1, 1 << 31, 1 << 32, 1 << 63 - 1, 1 << 63, .max - 1, .max]
    for a in numbers {
      for b in numbers {
        #expect(a.onesIfBelow(b) == (a < b ? -1 : 0), "\(a), \(b)")
        let (short, other) = (UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: b))
        #expect(short.onesIfBelow(other) == (short < other ? -1 : 0), "\(short), \(other)")
      }
    }
  }
}
