import TestSupport
import Testing

@_spi(Columns) @testable import GraphCore

/// Kernels over texts, against what they are in short.
@Suite struct TextKernelTests {
  /// Short texts of few letters, which have much in common.
  private static func texts(seed: UInt64) -> [[UInt8]] {
    var random = SeededGenerator(seed: seed)
    return (0..<120).map { _ in
      (0..<Int(random.next() % 24)).map { _ in [0, 97, 98, 0xFF][Int(random.next() % 4)] }
    }
  }

  @Test func partsAreFoundWhereTheyAreFirst() {
    let texts = Self.texts(seed: 31)
    for text in texts {
      for part in texts {
        let part = Array(part.prefix(6))
        let place =
          text.count < part.count
          ? nil : (0...(text.count - part.count)).first { text[$0...].starts(with: part) }
        #expect(TextSearch.firstPlace(of: part.span, in: text.span) == place)
        #expect(TextSearch.contains(text.span, part.span) == (place != nil))
      }
    }
    #expect(TextSearch.firstPlace(of: "集团", in: "大运集团") == 6)
    #expect(TextSearch.firstPlace(of: "", in: "") == 0)
  }

  /// Texts that are long enough for many places at a time, of characters that begin alike.
  @Test func partsAreFoundInLongTexts() {
    var random = SeededGenerator(seed: 33)
    func text(_ most: Int) -> [UInt8] {
      let letters = ["太", "原", "区", "a", "b", "é"]
      return (0..<Int.random(in: 0...most, using: &random)).flatMap { _ in
        Array(letters[Int.random(in: 0..<letters.count, using: &random)].utf8)
      }
    }
    let dictionary = TermDictionary()
    for _ in 0..<300 {
      let part = text(4)
      let texts = (0..<20).map { _ in text(60) + part.dropFirst().prefix(3) }
      let ids = Column(texts.map { UInt64(dictionary.intern($0.span)) })
      let views = Column<TextView>(unspecified: ids.count)
      let (marks, before) = (
        Column<UInt8>(repeating: 9, count: ids.count), Column<UInt8>(repeating: 9, count: ids.count)
      )
      defer { keepAlive(ids, views, marks, before) }
      dictionary.find(ids.words, into: views.words)
      TextSearch.mark(views.words, holding: part.span, in: marks.words)
      let (bound, orEqual) = (texts[0], Bool.random(using: &random))
      TextOrder.mark(views.words, before: bound.span, orEqual: orEqual, in: before.words)
      for (number, text) in texts.enumerated() {
        let place =
          text.count < part.count
          ? nil : (0...(text.count - part.count)).first { text[$0...].starts(with: part) }
        #expect(TextSearch.firstPlace(of: part.span, in: text.span) == place)
        #expect(marks[number] == (place == nil ? 0 : 1))
        let isBefore = text.lexicographicallyPrecedes(bound) || (orEqual && text == bound)
        #expect(before[number] == (isBefore ? 1 : 0))
        for start in [0, 1, text.count - part.count, text.count] {
          let holds = start >= 0 && start <= text.count && text[start...].starts(with: part)
          #expect(TextSearch.holds(text.span, part.span, at: start) == holds)
        }
      }
    }
  }

  @Test func orderIsThatOfBytes() {
    let texts = Self.texts(seed: 32)
    for left in texts {
      for right in texts + [left] {
        #expect(
          TextOrder.precedes(left.span, right.span) == left.lexicographicallyPrecedes(right))
      }
    }
  }
}
