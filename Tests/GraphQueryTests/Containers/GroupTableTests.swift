@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct GroupTableTests {
  /// Groups that come out of one table go into another as those in any other order do, and not all to one place. With one
  /// order for both, each of these would pass most of those before it.
  @Test(.timeLimit(.minutes(1))) func groupsOfOneTableAreGroupedAgain() {
    let first = GroupBatches([.number, .number], .add, values: .words, order: 1)
    let second = GroupBatches([.number, .number], .add, values: .words, order: 2)
    let count = 400_000
    let batch = (0..<3).map { _ in Column<UInt64>(repeating: 0, count: 1000) }
    defer { keepAlive(batch) }
    for start in stride(from: 0, to: count, by: 1000) {
      for i in 0..<1000 {
        batch[0][i] = UInt64(start + i) / 600
        batch[1][i] = UInt64(start + i) % 600
        batch[2][i] = 1
      }
      #expect(first.add(batch.map(\.words), count: 1000))
    }
    GroupBatches.forEachBatch(of: [first], part: 0, of: 1) { words, count in
      #expect(second.add(words, count: count))
    }
    var groups = 0
    GroupBatches.forEachBatch(of: [second], part: 0, of: 1) { groups += $1 }
    #expect(groups == count)
  }

  /// Rows of (two columns, value), with values that grow wider from batch to batch.
  private static func rows(_ seed: UInt64, _ random: inout SeededGenerator) -> [[Int64]] {
    let domain = [3, 40, 2000, 1 << 20][Int(seed % 4)]
    return (0..<Int.random(in: 0...5000, using: &random)).map { place in
      let reach = Int64(min(domain, 2 + place))
      return [
        Int64.random(in: 0..<reach, using: &random),
        Int64.random(in: -reach...reach, using: &random), Int64.random(in: -5...5, using: &random),
      ]
    }
  }

  private static func add(_ rows: ArraySlice<[Int64]>, to groups: GroupBatches) -> Bool {
    var fits = true
    var rest = rows
    while !rest.isEmpty {
      let batch = rest.prefix(700)
      rest = rest.dropFirst(700)
      let columns = (0..<3).map { column in
        Column(batch.map { UInt64(bitPattern: $0[column]) })
      }
      defer { keepAlive(columns) }
      fits = groups.add(columns.map(\.words), count: batch.count) && fits
    }
    return fits
  }

  private static func results(_ all: [GroupBatches], parts: Int) -> [[Int64]] {
    var found: [[Int64]] = []
    for part in 0..<parts {
      GroupBatches.forEachBatch(of: all, part: part, of: parts) { words, count in
        for i in 0..<count { found.append((0..<3).map { Int64(bitPattern: words[$0][i]) }) }
      }
    }
    return found.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
  }

  @Test(arguments: 1...24) func sumsByGroup(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let rows = Self.rows(seed, &random)
    var sums: [[Int64]: Int64] = [:]
    for row in rows { sums[[row[0], row[1]], default: 0] += row[2] }
    let expected = sums.map { $0.key + [$0.value] }.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
    let whole = GroupBatches([.number, .number], .add, values: .words, order: 0)
    #expect(Self.add(rows[...], to: whole), "seed \(seed)")
    for parts in [1, 2, 8] {
      #expect(Self.results([whole], parts: parts) == expected, "seed \(seed), \(parts) parts")
    }
    // Several tables that met each other's groups are one.
    let some = (0..<3).map { _ in GroupBatches([.number, .number], .add, values: .words, order: 0) }
    for (place, table) in some.enumerated() {
      let (start, end) = (rows.count * place / 3, rows.count * (place + 1) / 3)
      #expect(Self.add(rows[start..<end], to: table), "seed \(seed)")
    }
    if GroupBatches.canMerge(some) {
      for parts in [1, 4] {
        #expect(Self.results(some, parts: parts) == expected, "seed \(seed), \(parts) parts")
      }
    }
  }

  @Test func tablesOfOnePackingMerge() {
    let tables = (0..<2).map { _ in
      GroupBatches([.number, .number], .add, values: .words, order: 0)
    }
    for (place, table) in tables.enumerated() {
      let rows = (0..<3000).map { [Int64($0 + 1000 * place) & 2047, 1, 1] }
      #expect(Self.add(rows[...], to: table))
    }
    #expect(GroupBatches.canMerge(tables))
    #expect(Self.results(tables, parts: 2).map { $0[2] }.reduce(0, +) == 6000)
    #expect(Self.results(tables, parts: 2).count == 2048)
  }

  @Test func wideGroupsAreRefused() {
    let groups = GroupBatches([.number, .number], .add, values: .words, order: 0)
    #expect(Self.add([[1, 2, 3]], to: groups))
    #expect(!Self.add([[1 << 40, 2, 3]], to: groups))
    // Two columns of 32 bits each leave no room for the mark of an empty slot.
    #expect(!Self.add([[Int64(Int32.min), Int64(Int32.min), 3]], to: groups))
    #expect(Self.results([groups], parts: 1) == [[1, 2, 3]])
  }
}
