import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

/// Columns that share pages do not meet, whoever grows or goes.
@Suite struct ColumnPagesTests {
  /// Pages of which the heap's part is used up.
  private func pages() -> ColumnPages {
    let result = ColumnPages()
    let first: Column<UInt8> = result.column(unspecified: ColumnPages.heapLimit)
    #expect(!isInPages(first))
    return result
  }

  private func isInPages<Element>(_ column: Column<Element>) -> Bool { column.pages != nil }

  private func address(_ column: Column<UInt32>) -> UInt {
    unsafe UInt(bitPattern: column.words.base)
  }

  @Test func columnsLieSideBySide() {
    let pages = pages()
    let first: Column<UInt32> = pages.column(unspecified: 1000)
    let second: Column<UInt32> = pages.column(minimumCapacity: 16)
    #expect(isInPages(first) && second.count == 0)
    #expect(address(second) == address(first) + 4032)
    var third: Column<UInt32>? = pages.column(unspecified: 5)
    let place = third.map(address)
    third = nil
    let fourth: Column<UInt32> = pages.column(unspecified: 70_000)
    #expect(address(fourth) == place, "what was taken last is used again")
    var some: [Column<UInt32>] = (0..<4).map { _ in pages.column(unspecified: 300) }
    let begin = address(some[0])
    // From the first on, so that holes come before the last is taken back.
    while !some.isEmpty { some.removeFirst() }
    let next: Column<UInt32> = pages.column(unspecified: 300)
    #expect(address(next) == begin, "holes before it are used again")
    let large: Column<UInt32> = pages.column(unspecified: Memory.largeBlock / 4)
    let empty: Column<UInt32> = pages.column(unspecified: 0)
    #expect(!isInPages(large) && !isInPages(empty))
    keepAlive(first, second, fourth, next)
  }

  @Test func whatGrowsMovesOut() {
    let pages = pages()
    for isZeroed in [false, true] {
      let column: Column<UInt32> = pages.column(minimumCapacity: 100)
      let next: Column<UInt32> = pages.column(unspecified: 100)
      for place in 0..<100 { next[place] = 7 }
      for value in 0..<100 { column.append(UInt32(value)) }
      #expect(isInPages(column))
      if isZeroed { column.growZeroed(by: 50) } else { column.append(100) }
      #expect(!isInPages(column))
      #expect((0..<100).allSatisfy { column[$0] == UInt32($0) && next[$0] == 7 })
      #expect(isZeroed ? (100..<150).allSatisfy { column[$0] == 0 } : column[100] == 100)
    }
  }

  /// Places in every line of memory that a column has, its ends among them: columns that meet share whole lines.
  private func places(of column: Column<UInt32>) -> [Int] {
    Array(stride(from: 0, to: column.count, by: 15)) + (column.count > 0 ? [column.count - 1] : [])
  }

  @Test(arguments: [1, 2]) func columnsKeepWhatTheyHold(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pages = pages()
    var columns: [(column: Column<UInt32>, value: UInt32)] = []
    // More than a run has room for.
    for step in 0..<400 {
      let column: Column<UInt32> = pages.column(unspecified: Int(random.next() % 200_000))
      for place in places(of: column) { column[place] = UInt32(step) }
      columns.append((column, UInt32(step)))
      if random.next() % 3 == 0 { columns.remove(at: Int(random.next() % UInt64(columns.count))) }
      while columns.count > 120 { columns.removeFirst() }
    }
    for (column, value) in columns {
      #expect(places(of: column).allSatisfy { column[$0] == value }, "seed \(seed)")
    }
  }

  @Test func severalThreadsMayAsk() {
    let pages = pages()
    Workers(count: 4).forEachChunk(of: 200, size: 5) { _, rows in
      for row in rows {
        let column: Column<UInt32> = pages.column(unspecified: 20_000)
        for place in places(of: column) { column[place] = UInt32(row) }
        #expect(places(of: column).allSatisfy { column[$0] == UInt32(row) })
      }
    }
  }
}
