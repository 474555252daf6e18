import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

@Suite struct SharedWordsTests {
  /// Two workers lower the same words; each word is the least of all that was offered, and whoever made it so was told.
  @Test func theLeastOfAllStays() {
    let count = 300
    let column = Column<UInt64>(repeating: .max, count: count)
    var generator = SeededGenerator(seed: 5)
    let offers = (0..<20_000).map { _ in
      // Beyond 2^63 a comparison with a sign has another order.
      (
        place: Int.random(in: 0..<count, using: &generator),
        word: UInt64.random(in: 0...UInt64.max, using: &generator)
      )
    }
    let least = Column<UInt64>(repeating: .max, count: 2 * count)
    let words = column.words
    let told = least.words
    Workers(count: 2).run { worker in
      for i in stride(from: worker, to: offers.count, by: 2) {
        let (place, word) = offers[i]
        if word < words.lowerShared(to: word, at: place) { told[worker * count + place] = word }
      }
    }
    let expected = Dictionary(offers.map { ($0.place, $0.word) }, uniquingKeysWith: min)
    for place in 0..<count {
      let word = expected[place] ?? .max
      #expect(column[place] == word)
      #expect(min(least[place], least[count + place]) == word)
    }
  }
}
