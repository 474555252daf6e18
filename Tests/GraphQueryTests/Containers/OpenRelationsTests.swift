@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Rows that are added one by one, between batches.
@Suite struct OpenRelationsTests {
  /// Words that a column's type allows: mostly small, some at the bounds of 32 bits, a few of 64.
  private static func word(_ type: ColumnType, _ spread: UInt64, _ random: inout SeededGenerator)
    -> UInt64
  {
    let small = UInt64.random(in: 0...spread, using: &random)
    let isRare = Int.random(in: 0..<400, using: &random) == 0
    switch type.wordKind {
    case .code: return isRare ? UInt64(UInt32.max) - small : small
    case .unsigned: return isRare ? UInt64(UInt32.max) + small : small
    case .signed:
      if isRare { return UInt64(bitPattern: Int64(Int32.min) - Int64(small) + 2) }
      return Bool.random(using: &random) ? small : 0 &- small
    case .float: return canonicalWord(Double(small) / 4)
    }
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func rowsAreTheSameAsInBatches(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let kinds: [ColumnType] = [.number, .unsigned, .symbol, .float]
    let types = (0..<Int.random(in: 1...5, using: &random)).map { _ in
      kinds[Int.random(in: 0..<(seed % 3 == 0 ? 4 : 3), using: &random)]
    }
    let spread: UInt64 = [1, 9, 300, 70_000].randomElement(using: &random) ?? 1
    let terms = TermSpace(TermDictionary())
    let relation = Relation(name: "r", types: types, terms: terms)
    let open = OpenRelations([
      OpenRelations.Use(relation: relation, grows: true, isSearched: true, firstColumn: 0)
    ])
    var (known, expected): (Set<[UInt64]>, [[UInt64]]) = ([], [])
    for _ in 0..<12 {
      open.open()
      for _ in 0..<Int.random(in: 0...300, using: &random) {
        let row = types.map { Self.word($0, spread, &random) }
        for (column, word) in row.enumerated() { open.row[column] = word }
        #expect(open.contains(0) == known.contains(row), "seed \(seed): \(row)")
        open.insert(into: 0)
        if known.insert(row).inserted { expected.append(row) }
        #expect(open.marks[0].rowCount == known.count, "seed \(seed): \(row)")
      }
      let before = relation.visible
      #expect(open.advance(0) == known.count - before, "seed \(seed)")
      open.close()
      #expect(relation.visible == known.count && relation.stable == before, "seed \(seed)")
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        let row = types.map { Self.word($0, spread, &random) }
        relation.insert(row)
        if known.insert(row).inserted { expected.append(row) }
      }
      _ = relation.advance()
    }
    let found = (0..<relation.rowCount).map { row in
      types.indices.map { relation.word(row: row, column: $0) }
    }
    #expect(found == expected, "seed \(seed)")
  }

  /// A counter's rows are known to be new by their number, until one comes that does not rise.
  @Test(arguments: [ColumnType.number, .unsigned])
  func rowsThatRiseAreLookedForLater(type: ColumnType) {
    let relation = Relation(name: "r", types: [type, .number], terms: TermSpace(TermDictionary()))
    let open = OpenRelations([
      OpenRelations.Use(relation: relation, grows: true, isSearched: true, firstColumn: 0)
    ])
    var expected: [[UInt64]] = []
    func add(_ row: [UInt64], isNew: Bool = true) {
      for (column, word) in row.enumerated() { open.row[column] = word }
      open.insert(into: 0)
      if isNew { expected.append(row) }
      #expect(open.marks[0].rowCount == expected.count)
    }
    for row in 0..<100 as Range<UInt64> {
      relation.insert([row, 7])
      expected.append([row, 7])
    }
    #expect(relation.membership.covered == 100)
    open.open()
    for row in 100..<5_000 as Range<UInt64> { add([row, row % 3]) }
    open.close()
    #expect(relation.membership.covered == 100 && relation.rowCount == 5_000)
    // Batches find them, and may raise the greatest value.
    relation.insert([4_000, 1])
    relation.insert([9_000, 1])
    expected.append([9_000, 1])
    #expect(relation.rowCount == 5_001 && relation.membership.covered == 5_001)
    open.open()
    add([9_001, 2])
    for (column, word) in [9_002, 2 as UInt64].enumerated() { open.row[column] = word }
    #expect(!open.contains(0))
    add([1 << 33, 1])
    add([1 << 34, 1])
    add([9_001, 2], isNew: false)
    add([9_001, 3])
    add([1 << 35, 1])
    add([1 << 34, 1], isNew: false)
    open.close()
    #expect(relation.membership.covered == expected.count)
    let found = (0..<relation.rowCount).map { row in
      [relation.word(row: row, column: 0), relation.word(row: row, column: 1)]
    }
    #expect(found == expected)
  }
}
