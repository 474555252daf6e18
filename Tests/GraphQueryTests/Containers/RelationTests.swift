@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct RelationTests {
  private static func relation(_ types: [ColumnType]) -> Relation {
    Relation(name: "r", types: types, terms: TermSpace(TermDictionary()))
  }

  private static func insert(_ rows: [[UInt64]], into relation: Relation, isDistinct: Bool = false)
  {
    let columns = (0..<relation.arity).map { column in Column(rows.map { $0[column] }) }
    defer { keepAlive(columns) }
    if isDistinct {
      relation.insertDistinct(columns.map(\.words), count: rows.count)
    } else {
      relation.insert(columns.map(\.words), count: rows.count)
    }
  }

  private static func rows(_ relation: Relation) -> [[UInt64]] {
    (0..<relation.rowCount).map { row in
      (0..<relation.arity).map { relation.word(row: row, column: $0) }
    }
  }

  /// Numbers near zero of either sign, ids that count down, numbers that need 64 bits: each kind makes the
  /// relation change how it finds duplicates, and none may lose or repeat a row.
  @Test(arguments: 1...12) func keepsEachRowOnce(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let arity = Int.random(in: 1...5, using: &random)
    let relation = Self.relation(Array(repeating: .number, count: arity))
    var model: [[UInt64]] = []
    var known: Set<[UInt64]> = []
    let kinds = Int.random(in: 1...4, using: &random)
    for round in 0..<12 {
      let rows = (0..<Int.random(in: 1...700, using: &random)).map { _ in
        (0..<arity).map { _ -> UInt64 in
          switch Int.random(in: 0..<kinds, using: &random) * (round / 4) {
          case 0: UInt64.random(in: 0...6, using: &random)
          case 1, 2: UInt64(bitPattern: Int64.random(in: -3...3, using: &random))
          case 3, 4: UInt64.random(in: 0...0x7FFF_FFFF, using: &random)
          default: UInt64.random(in: 0...9, using: &random) << 40
          }
        }
      }
      Self.insert(rows, into: relation)
      for row in rows where known.insert(row).inserted { model.append(row) }
      #expect(Self.rows(relation) == model, "seed \(seed)")
    }
  }

  /// Values that grow by a bit again and again, then rows that are found by more bits than they need, then values that
  /// need those.
  @Test func growingValuesLeaveTheSetAsItIs() {
    let relation = Self.relation([.number, .number, .number])
    var model: [[UInt64]] = []
    var sizes: Set<Int> = []
    func insert(_ rows: [[UInt64]]) {
      Self.insert(rows + rows, into: relation)
      model += rows
      sizes.insert(relation.membership.remadeWith)
      #expect(relation.rowCount == model.count)
    }
    for bit in 0..<12 as Range<UInt64> {
      insert((0..<300).map { [$0, 1 << (bit + 9) | $0, 7] })
    }
    #expect(sizes.count <= 3, "\(sizes)")
    #expect(relation.membership.packing?.hasSlack == true)
    let open = OpenRelations([
      OpenRelations.Use(relation: relation, grows: true, isSearched: true, firstColumn: 0)
    ])
    open.open()
    for row in 0..<300 as Range<UInt64> {
      for (column, word) in [row << 10, 3, 5].enumerated() { open.row[column] = word }
      open.insert(into: 0)
      open.insert(into: 0)
      model.append([row << 10, 3, 5])
    }
    open.close()
    insert((0..<300).map { [$0, 5, 1 << 22 | $0] })
    insert((0..<300).map { [$0 << 10, 4, 5] })
    #expect(relation.isPacked && Self.rows(relation) == model)
    Self.insert(model, into: relation)
    #expect(relation.rowCount == model.count)
  }

  /// What a bitmap holds in less memory has no slack.
  @Test func slackEndsWhereABitmapIsSmaller() {
    let relation = Self.relation([.number, .number])
    for bit in 6..<10 as Range<UInt64> {
      Self.insert((0..<40).map { [1 << bit | $0, $0 * 20] }, into: relation)
    }
    #expect(relation.membership.packing?.hasSlack == true)
    for near in 0..<600 as Range<UInt64> {
      Self.insert((0..<100).map { [near, $0 * 10] }, into: relation)
    }
    #expect(relation.membership.packing?.hasSlack == false)
    #expect(relation.membership.packed?.isBitmap == true)
    let known = Set(Self.rows(relation))
    #expect(known.count == relation.rowCount)
    Self.insert(Array(known), into: relation)
    #expect(relation.rowCount == known.count)
  }

  @Test func rowsKnownToDifferAreFoundLater() {
    let relation = Self.relation([.number, .number])
    Self.insert((0..<3_000).map { [UInt64($0), 7] }, into: relation, isDistinct: true)
    Self.insert([[5, 7], [5, 8], [2_999, 7]], into: relation)
    #expect(relation.rowCount == 3_001)
    #expect(Self.rows(relation).last == [5, 8])
  }

  @Test(arguments: [[0], [1], [0, 1], [1, 2]])
  func rowsWithSomeValuesAreFoundWithAnIndexAndWithout(_ columns: [Int]) {
    let relation = Self.relation([.number, .symbol, .number])
    let rows = (0..<5000).map { [UInt64($0 % 3), UInt64($0 % 7), UInt64($0)] }
    Self.insert(rows, into: relation)
    relation.settle()
    let keys = columns.map { [1, 4, 4][$0] as UInt64 }
    let range = 100..<4200
    let expected = range.filter { row in
      zip(columns, keys).allSatisfy { rows[row][$0] == $1 }
    }.map { UInt32($0) }
    let scanned = relation.rows(range, having: keys, in: columns)
    #expect((0..<scanned.count).map { scanned[$0] } == expected)
    let index = relation.index(on: columns)
    // From the newest row of all on, every chain has all that follow.
    let last = rows.lastIndex { row in zip(columns, keys).allSatisfy { row[$0] == $1 } }
    let found = relation.rows(range, from: (last ?? -1) + 1, of: index, having: keys)
    #expect((0..<found.count).map { found[$0] }.sorted() == expected)
  }

  @Test func workersFindTheRowsThatOneFinds() {
    let relation = Self.relation([.number, .number])
    Self.insert(
      (0..<70_000).map { [UInt64($0 % 5), UInt64($0)] }, into: relation, isDistinct: true)
    relation.settle()
    let range = 1..<69_999
    for (keys, columns) in [([3], [0]), ([4, 44_444], [0, 1]), ([9], [0])] as [([UInt64], [Int])] {
      let one = relation.rows(range, having: keys, in: columns)
      let three = relation.rows(range, having: keys, in: columns, Workers(count: 3))
      #expect((0..<three.count).map { three[$0] } == (0..<one.count).map { one[$0] }, "\(keys)")
      #expect(one.count == (keys == [3] ? 14_000 : keys == [9] ? 0 : 1))
    }
  }

  @Test func membersAreToldFromWhatNoFieldCanHold() throws {
    let relation = Self.relation([.number, .number])
    // As a 32-bit word, three thousand million and this negative number look the same.
    let negative = UInt64(bitPattern: Int64(3_000_000_000 - (1 << 32)))
    Self.insert([[1, 2], [3, 1], [negative, 2]], into: relation)
    let keys: [[UInt64]] = [
      [1, 2], [1, 3], [5, 0], [1 << 32 | 1, 2], [3_000_000_000, 2], [3, 1],
    ]
    let columns = (0..<2).map { column in Column(keys.map { $0[column] }) }
    let words = Column(columns.map(\.words))
    let codes = Column<UInt64>(repeating: 0, count: keys.count)
    let outside = Column<UInt64>(repeating: 0, count: keys.count)
    let selected = Column<UInt32>(repeating: 0, count: keys.count)
    defer { keepAlive(columns, words, codes, outside, selected) }
    for (present, expected) in [(true, [0, 5]), (false, [1, 2, 3, 4])] {
      let kept = relation.selectMembers(
        words.words, count: keys.count, present: present, codes: codes.words,
        outside: outside.words, into: selected.words)
      #expect(try (0..<#require(kept)).map { Int(selected[$0]) } == expected)
    }
  }

  @Test func removedRowsComeBackAsNewOnes() {
    let relation = Self.relation([.number, .number])
    Self.insert([[1, 2], [3, 4]], into: relation)
    let rows = [1, 2, 3, 4].map { Column([$0 as UInt64]) }
    let words = rows.map(\.words)
    defer { keepAlive(rows) }
    relation.removeDominated([words[0], words[1]], by: [words[2], words[3]], count: 1)
    #expect(relation.isDead(0) && !relation.isDead(1))
    // Neither a row that is gone nor one that never was dominates.
    relation.removeDominated([words[2], words[3]], by: [words[0], words[1]], count: 1)
    relation.removeDominated([words[2], words[3]], by: [words[3], words[3]], count: 1)
    #expect(!relation.isDead(1))
    Self.insert([[1, 2], [3, 4]], into: relation)
    #expect(relation.rowCount == 3 && relation.liveCount == 2)
  }

  /// An order within the groups of one column is of use where the other columns of the key hardly tell its rows apart.
  @Test(arguments: [(1, true), (2, true), (20, false)])
  func orderIsOfUseWhereTheKeySaysLittleElse(others: Int, isOrdered: Bool) {
    let relation = Self.relation([.number, .number, .number])
    let rows = (0..<4000).map { [UInt64($0 % 20), UInt64($0 / 20 % others), UInt64($0)] }
    Self.insert(rows, into: relation)
    relation.settle()
    #expect(relation.makeOrdered(by: 2, [0, 1], below: 4000) == isOrdered)
    #expect(relation.makeOrdered(by: 2, [0], below: 4000))
  }

  /// Rows that come by and by are not grouped anew for every few of them, nor ordered.
  @Test func indexesOfAllRowsAreNotMadeForEachFew() {
    let relation = Self.relation([.number, .number])
    func grow(to count: Int) {
      Self.insert(
        (relation.rowCount..<count).map { [UInt64($0 % 10), UInt64($0)] }, into: relation)
      relation.settle()
    }
    grow(to: 1000)
    #expect(relation.groups(by: [0])?.rows.neighbours.count == 1000)
    grow(to: 1100)
    #expect(relation.groups(by: [0]) == nil)
    #expect(relation.index(on: [0]).rowCount == 1100)
    grow(to: 3000)
    #expect(relation.groups(by: [0])?.rows.neighbours.count == 3000)

    // Many keys are worth an order of all rows; a few are not worth another one for the rows that came since.
    #expect(relation.ordered(by: 1, [0], keys: 1000, below: 3000)?.rows.rowCount == 3000)
    grow(to: 3100)
    #expect(relation.ordered(by: 1, [0], keys: 10, below: 3100)?.rows.rowCount == 3000)
    #expect(relation.ordered(by: 1, [0], keys: 10, below: 2000)?.rows.rowCount == 3000)
    #expect(relation.ordered(by: 1, [0], keys: 10_000, below: 3100)?.rows.rowCount == 3100)
  }
}
