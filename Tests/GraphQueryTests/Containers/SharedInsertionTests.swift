@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Rows that several threads add to one relation, beside a set that takes them one by one.
@Suite struct SharedInsertionTests {
  private struct Case {
    var types: [ColumnType]
    var known: [[UInt64]]
    var parts: [[[UInt64]]]
  }

  /// Rows with many repetitions; in some seeds negative, in some wider than a column's first words.
  private static func draw(_ seed: UInt64) -> Case {
    var random = SeededGenerator(seed: seed)
    let arity = Int.random(in: 1...3, using: &random)
    let types: [ColumnType] = (0..<arity).map { _ in Bool.random(using: &random) ? .number : .symbol
    }
    let limit = UInt64.random(in: 2...3000, using: &random)
    let isWide = seed % 4 == 0
    func row() -> [UInt64] {
      types.map { type in
        let word = UInt64.random(in: 0..<limit, using: &random)
        guard type == .number else { return word }
        if seed % 3 == 0 && word % 7 == 0 { return 0 &- word }
        return isWide && word % 50 == 0 ? word << 33 : word
      }
    }
    let known = (0..<Int.random(in: 0...500, using: &random)).map { _ in row() }
    let parts = (0..<3).map { _ in (0..<4000).map { _ in row() } }
    return Case(types: types, known: known, parts: parts)
  }

  private static func insert(_ rows: ArraySlice<[UInt64]>, _ body: ([Words<UInt64>], Int) -> Void) {
    guard let first = rows.first else { return }
    let columns = first.indices.map { column in Column(rows.map { $0[column] }) }
    defer { keepAlive(columns) }
    body(columns.map(\.words), rows.count)
  }

  private static func rows(_ relation: Relation) -> [[UInt64]] {
    (0..<relation.rowCount).map { row in
      (0..<relation.arity).map { relation.word(row: row, column: $0) }
    }
  }

  @Test(arguments: 1...24) func keepsEachRowOnce(_ seed: UInt64) {
    let drawn = Self.draw(seed)
    let terms = TermSpace(TermDictionary())
    let relation = Relation(name: "r", types: drawn.types, terms: terms)
    Self.insert(drawn.known[...]) { relation.insert($0, count: $1) }
    let highest: [UInt64?] = drawn.types.indices.map { column in
      seed % 5 == 0 ? nil : seed % 2 == 0 ? 10 : drawn.parts[0].map { $0[column] }.max()
    }
    let workers = Workers(count: 3)
    // Several waves, each with little room.
    for start in stride(from: 0, to: 4000, by: 1000) {
      let isPacked = relation.prepareShared(highest: highest, capacity: 3000)
      let room = isPacked ? relation.sharedRoom / 3 : nil
      let sinks = (0..<3).map { _ in SharedRows(relation, room: room) }
      workers.run { worker in
        for batch in stride(from: start, to: start + 1000, by: 250) {
          Self.insert(drawn.parts[worker][batch..<batch + 250]) { sinks[worker].add($0, count: $1) }
        }
      }
      relation.adopt(shared: sinks.map(\.owned), workers)
      for sink in sinks { relation.append(contentsOf: sink.aside, isDistinct: false) }
    }
    let expected = Set(drawn.known + drawn.parts.flatMap { $0 })
    let found = Self.rows(relation)
    #expect(found.count == expected.count, "seed \(seed)")
    #expect(Set(found) == expected, "seed \(seed)")
    // What was shared is known to whoever goes on alone.
    Self.insert(drawn.parts[0][...]) { relation.insert($0, count: $1) }
    #expect(relation.rowCount == expected.count, "seed \(seed)")
  }

  @Test func distinctRowsAreTakenOverAsTheyAre() {
    let terms = TermSpace(TermDictionary())
    let relation = Relation(name: "r", types: [.number, .float], terms: terms)
    let parts = (0..<2).map { _ in Relation(like: relation) }
    let rows = (0..<200).map { [UInt64($0), Double($0).bitPattern] }
    for (part, range) in zip(parts, [0..<100, 100..<200]) {
      Self.insert(rows[range]) { part.insertDistinct($0, count: $1) }
    }
    relation.adopt(distinct: parts, Workers(count: 2))
    #expect(Self.rows(relation) == rows)
    Self.insert(rows[...]) { relation.insert($0, count: $1) }
    #expect(relation.rowCount == 200)
  }

  private static func pairs(_ relation: Relation, _ rows: [[UInt64]]) {
    for start in stride(from: 0, to: rows.count, by: Batch.capacity) {
      insert(rows[start..<min(start + Batch.capacity, rows.count)]) {
        relation.insert($0, count: $1)
      }
    }
  }

  @Test func aBitmapStaysOneUntilManyRowsArePutAside() {
    let terms = TermSpace(TermDictionary())
    let relation = Relation(name: "r", types: [.symbol, .symbol], terms: terms)
    let known = (0..<90_000).map { [UInt64($0 % 300), UInt64($0 / 300)] }
    Self.pairs(relation, known)
    #expect(relation.prepareShared(highest: [1 << 20, 1 << 20], capacity: 1000))
    #expect(relation.membership.packed?.isBitmap == true)
    let sink = SharedRows(relation, room: relation.sharedRoom)
    let wide = (0..<9000).map { [UInt64($0), 1 << 20] }
    for start in stride(from: 0, to: wide.count, by: 1000) {
      #expect(!sink.isFull || start > 8000)
      Self.insert(wide[start..<start + 1000]) { sink.add($0, count: $1) }
    }
    #expect(sink.isFull)
    relation.adopt(shared: [sink.owned], Workers(count: 1))
    relation.append(contentsOf: sink.aside, isDistinct: false)
    #expect(Self.rows(relation) == known + wide)
  }

  @Test func aTableHasRoomForWhatMayComeUntilABitmapIsSmaller() {
    let terms = TermSpace(TermDictionary())
    let relation = Relation(name: "r", types: [.symbol, .symbol], terms: terms)
    Self.pairs(relation, (0..<16).map { [1023, UInt64(1023 - $0)] })
    #expect(relation.prepareShared(highest: [1 << 24, nil], capacity: 1000))
    #expect(relation.membership.packed?.isBitmap == false)
    let sink = SharedRows(relation, room: relation.sharedRoom)
    Self.insert([[1 << 24, 0], [5, UInt64(UInt32.max)]]) { sink.add($0, count: $1) }
    #expect(sink.owned.rowCount == 2 && sink.aside.rowCount == 0)
    // Rows that came without wide values leave the fields as they were.
    #expect(relation.prepareShared(highest: [1 << 24, nil], capacity: 100_000))
    #expect(relation.membership.packed?.isBitmap == true)
    Self.pairs(relation, [[1023, 1023], [2047, 3]])
    #expect(relation.rowCount == 17)
  }

  @Test func aBitmapNoLargerThanATableHasRoomForWhatMayCome() {
    let terms = TermSpace(TermDictionary())
    let relation = Relation(name: "r", types: [.symbol], terms: terms)
    Self.pairs(relation, [[3], [1]])
    for first in [0, 10_000] {
      #expect(relation.prepareShared(highest: [20_000], capacity: 10_000))
      #expect(relation.membership.packed?.isBitmap == true)
      #expect(relation.membership.slackEnd == .max)
      let sink = SharedRows(relation, room: relation.sharedRoom)
      for start in stride(from: first, to: first + 10_000, by: 1000) {
        Self.insert((start..<start + 1000).map { [UInt64(2 * $0 % 20_001)] }[...]) {
          sink.add($0, count: $1)
        }
      }
      #expect(sink.aside.rowCount == 0)
      relation.adopt(shared: [sink.owned], Workers(count: 1))
    }
    #expect(Set(Self.rows(relation)).count == relation.rowCount)
    #expect(relation.rowCount == 20_000)
  }
}
