@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct DistinctRowsTests {
  @Test(arguments: 0..<24 as Range<UInt64>)
  func repetitionsAreThoseOfASet(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let arity = Int.random(in: 1...4, using: &random)
    let count = [0, 1, 2, 100, 3000, 200_000][Int(seed % 6)]
    let bound = [3, 20, 1000, Int64.max][Int(seed / 6)]
    let columns = (0..<arity).map { _ in WordColumn(kind: .signed) }
    var seen: Set<[UInt64]> = []
    var expected: [UInt32] = []
    for row in 0..<count {
      let words = (0..<arity).map { _ in
        UInt64(bitPattern: Int64.random(in: -(bound / 2)...bound, using: &random))
      }
      for (column, word) in zip(columns, words) { column.append(word) }
      if !seen.insert(words).inserted { expected.append(UInt32(row)) }
    }
    for workers in 1...3 {
      let found = DistinctRows.repetitions(
        columns.map(\.view), rowCount: count, workers: Workers(count: workers))
      #expect((0..<found.count).map { found[$0] } == expected, "seed \(seed)")
    }
  }

  @Test func ascendingRowsNeedNoComparing() {
    let column = WordColumn(kind: .signed)
    for value in 0..<1000 { column.append(UInt64(value)) }
    #expect(
      DistinctRows.repetitions([column.view], rowCount: 1000, workers: Workers(count: 1)).count == 0
    )
    column.append(999)
    let found = DistinctRows.repetitions([column.view], rowCount: 1001, workers: Workers(count: 1))
    #expect(found.count == 1 && found[0] == 1000)
  }

  @Test func aCollectorKeepsTheFirstOfEqualRows() {
    let rows = RowCollector([.number], workers: Workers(count: 2))
    let words = Column<UInt64>()
    var expected: [UInt64] = []
    for value in 0..<300_000 {
      words.append(UInt64(value % 70_001))
      if value < 70_001 { expected.append(UInt64(value)) }
    }
    for _ in 0..<8 {
      rows.append([RowCollector.Rows(columns: [words.words], rowCount: words.count)]) { _ in }
      // Repetitions never pile up beyond the first bound.
      #expect(rows.rowCount < (1 << 20) + words.count)
    }
    rows.removeRepetitions()
    #expect((0..<rows.rowCount).map { rows.columns[0].view[$0] } == expected)
  }
}
