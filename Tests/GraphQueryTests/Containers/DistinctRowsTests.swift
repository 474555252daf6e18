@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct DistinctRowsTests {
  @Test(arguments: 0..<24 as Range<UInt64>)
  func repetitionsAreThoseOfASet(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let arity = Int.random(in: 1...4, using: &random)
    let count = [0, 1, 2, 100, 3000, 140_000][Int(seed % 6)]
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

  /// The key of rows with few values in all columns but the last, in order or nearly so.
  @Test(arguments: 0..<12 as Range<UInt64>)
  func ascendingRowsHaveAKey(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let arity = Int.random(in: 1...3, using: &random)
    let count = [1, 2, 700, 70_000][Int(seed % 4)]
    var rows = (0..<count).map { number in
      (1..<arity).map { _ in UInt64.random(in: 0...9, using: &random) } + [UInt64(number)]
    }
    rows.sort { $0.lexicographicallyPrecedes($1) }
    if seed >= 8, count > 1 { rows.swapAt(count - 2, count - 1) }
    let columns = (0..<arity).map { _ in WordColumn(kind: .signed) }
    for row in rows { for (column, word) in zip(columns, row) { column.append(word) } }
    let expected = (0...arity).first { width in
      zip(rows, rows.dropFirst()).allSatisfy {
        $0.prefix(width).lexicographicallyPrecedes($1.prefix(width))
      }
    }
    for workers in 1...3 {
      let found = DistinctRows.keyWidth(
        columns.map(\.view), rowCount: count, workers: Workers(count: workers))
      #expect(found == expected, "seed \(seed)")
    }
  }

  /// What was read in order has a key until rows come that are not.
  @Test func aCollectorKnowsTheKeyOfItsRows() {
    let rows = RowCollector([.number, .number], workers: Workers(count: 1))
    func append(_ left: UInt64, _ right: UInt64) -> Int? {
      let words = [Column<UInt64>([left]), Column<UInt64>([right])]
      defer { keepAlive(words) }
      rows.append([RowCollector.Rows(columns: words.map(\.words), rowCount: 1)]) { _, _ in }
      rows.removeRepetitions()
      return rows.keyWidth
    }
    #expect(append(1, 5) == 0)
    #expect(append(2, 5) == 1)
    #expect(append(2, 6) == 2)
    #expect(append(2, 6) == nil)
    #expect(append(1, 5) == nil && rows.rowCount == 3)
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
      rows.append([RowCollector.Rows(columns: [words.words], rowCount: words.count)]) { _, _ in }
      // Repetitions never pile up beyond the first bound.
      #expect(rows.rowCount < (1 << 20) + words.count)
    }
    rows.removeRepetitions()
    #expect((0..<rows.rowCount).map { rows.columns[0].view[$0] } == expected)
  }
}
