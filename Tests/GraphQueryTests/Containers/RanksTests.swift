@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Ranks of values that are far apart.
@Suite struct RanksTests {
  @Test(arguments: 0..<UInt64(20)) func placesAscendWithTheValues(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let type = [ColumnType.number, .unsigned, .float, .symbol][Int(seed % 4)]
    let count = Int.random(in: 0...3000, using: &random)
    let words = (0..<count).map { _ -> UInt64 in
      let word = random.next() >> UInt64.random(in: 0...60, using: &random)
      return type == .float ? canonicalWord(Double(Int64(bitPattern: word))) : word
    }
    let column = Column<UInt64>(words)
    defer { keepAlive(column) }
    let ranks = Ranks(of: [(ColumnView(wide: column.words), count)], type: type)
    let expected = Set(words).sorted { type.orderKey($0) < type.orderKey($1) }
    #expect((0..<ranks.count).map { ranks.words[$0] } == expected, "seed \(seed)")
    #expect(ranks.highestWord == words.max() ?? 0)
    for (place, word) in expected.enumerated() { #expect(ranks.place(of: word) == place) }
    for _ in 0..<100 {
      let other = random.next()
      #expect(ranks.place(of: other) == expected.firstIndex(of: other))
      let keys = [random.next(), random.next()].sorted()
      #expect(
        ranks.places(from: keys[0], through: keys[1]).map { expected[$0] }
          == expected.filter { (keys[0]...keys[1]).contains(type.orderKey($0)) }, "seed \(seed)")
    }
  }
}
