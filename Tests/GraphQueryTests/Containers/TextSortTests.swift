@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct TextSortTests {
  /// Texts that agree in their beginnings, in few and in many, some of them in zeros and some the beginning
  /// of others.
  private func texts(_ count: Int, _ random: inout SeededGenerator) -> [String] {
    let beginnings = [
      "", "key-1", "晋中汇盛", "aaaaaaaaaaaaaaaa", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
    ]
    let letters = Array("ab01大é\u{0}")
    return (0..<count).map { number in
      var text = beginnings.randomElement(using: &random) ?? ""
      if number % 50 == 0 { text += String(repeating: "long ", count: number % 400) }
      for _ in 0..<Int.random(in: 0...11, using: &random) {
        text.append(letters.randomElement(using: &random) ?? "a")
      }
      return text
    }
  }

  /// Texts that are there before, that a program makes, and both.
  @Test(arguments: 0..<12 as Range<UInt64>)
  func textsAreSortedByTheirBytes(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let texts = texts([0, 1, 2, 3, 30, 300, 3_000, 20_000][Int(seed % 8)], &random)
    let dictionary = TermDictionary()
    var ids: Set<UInt32> = []
    let storedCount = [texts.count, 0, texts.count / 2][Int(seed % 3)]
    for text in texts.prefix(storedCount) { ids.insert(dictionary.intern(text)) }
    let terms = TermSpace(dictionary)
    for text in texts.dropFirst(storedCount) { ids.insert(terms.intern(text)) }
    let sorted = Column(ids)
    TextSort(terms).sort(sorted)
    let found = (0..<sorted.count).map { terms.text(sorted[$0]) }
    let expected = Set(texts.map { Array($0.utf8) }).sorted { $0.lexicographicallyPrecedes($1) }
    #expect(found.map { Array($0.utf8) } == expected, "seed \(seed)")
  }
}
