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

  /// Rows with many repetitions; in some seeds negative, in some wider than a column's first words, in some too wide for
  /// one word from the beginning.
  private static func draw(_ seed: UInt64) -> Case {
    var random = SeededGenerator(seed: seed)
    let arity = Int.random(in: 1...4, using: &random)
    let types: [ColumnType] = (0..<arity).map { _ in Bool.random(using: &random) ? .number : .symbol
    }
    let limit = UInt64.random(in: 2...3000, using: &random)
    let isWide = seed % 4 == 0
    func row() -> [UInt64] {
      types.map { type in
        let word = UInt64.random(in: 0..<limit, using: &random)
        guard type == .number else { return word }
        if seed % 3 == 0 && word % 7 == 0 { return 0 &- word }
        if seed % 4 == 1 { return word &* 0x9E37_79B9_7F4A_7C15 }
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

  @Test(arguments: 1...48) func keepsEachRowOnce(_ seed: UInt64) {
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
      let set = relation.prepareShared(highest: highest, capacity: 3000, threads: 3)
      let sinks = (0..<3).map { _ in SharedRows(relation, set) }
      workers.run { worker in
        for batch in stride(from: start, to: start + 1000, by: 250) {
          Self.insert(drawn.parts[worker][batch..<batch + 250]) { sinks[worker].add($0, count: $1) }
        }
      }
      relation.adopt(sinks, workers)
    }
    let expected = Set(drawn.known + drawn.parts.flatMap { $0 })
    let found = Self.rows(relation)
    #expect(found.count == expected.count, "seed \(seed)")
    #expect(Set(found) == expected, "seed \(seed)")
    // What was shared is known to whoever goes on alone.
    Self.insert(drawn.parts[0][...]) { relation.insert($0, count: $1) }
    #expect(relation.rowCount == expected.count, "seed \(seed)")
  }

  @Test func rowsThatFitNoWordAreWrittenWhereTheyStay() throws {
    let relation = Relation(
      name: "r", types: [.number, .number], terms: TermSpace(TermDictionary()))
    let workers = Workers(count: 3)
    let rows = (0..<6000).map { [UInt64.max / 7 &* $0, $0 % 100] as [UInt64] }
    // The second wave goes to blocks behind gaps that the first one leaves, and brings nothing new.
    for _ in 0..<2 {
      Self.insert([[.max / 3, 0]]) { relation.insert($0, count: $1) }
      let set = relation.prepareShared(highest: [nil, nil], capacity: 8000, threads: 3)
      guard case .places = set else {
        Issue.record("such rows are not packed")
        return
      }
      let parts = (0..<3).map { _ in SharedRows(relation, set) }
      workers.run { worker in
        for start in stride(from: 0, to: 6000, by: 500) {
          let first = (start + 2000 * worker) % 6000
          Self.insert(rows[first..<first + 500]) { parts[worker].add($0, count: $1) }
        }
      }
      #expect(parts.allSatisfy { $0.owned.rowCount == 0 && $0.aside.rowCount == 0 })
      relation.adopt(parts, workers)
      #expect(Set(Self.rows(relation)) == Set(rows + [[.max / 3, 0]]))
      #expect(relation.rowCount == 6001)
    }
  }

  @Test func rowsThatFitNoColumnOrNoPlaceArePutAside() throws {
    let relation = Relation(
      name: "r", types: [.number, .number], terms: TermSpace(TermDictionary()))
    Self.insert([[.max / 3, 0]]) { relation.insert($0, count: $1) }
    let set = relation.prepareShared(highest: [nil, nil], capacity: 700, threads: 1)
    let part = SharedRows(relation, set)
    // Its table of 2048 slots has room for 1364 rows more.
    let rows = (0..<2000).map { [UInt64.max / 7 &* $0, $0 == 3 ? 1 << 40 : $0] as [UInt64] }
    Self.insert(rows[..<1000]) { part.add($0, count: $1) }
    #expect(!part.isFull && Self.rows(part.aside) == [rows[3]])
    Self.insert(rows[1000...]) { part.add($0, count: $1) }
    #expect(part.isFull && part.aside.rowCount == 636)
    relation.adopt([part], Workers(count: 1))
    #expect(Set(Self.rows(relation)) == Set(rows + [[.max / 3, 0]]))
    #expect(relation.rowCount == 2001)
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
    let set = relation.prepareShared(highest: [1 << 20, 1 << 20], capacity: 1000, threads: 1)
    #expect(relation.membership.packed?.isBitmap == true)
    let sink = SharedRows(relation, set)
    let wide = (0..<9000).map { [UInt64($0), 1 << 20] }
    for start in stride(from: 0, to: wide.count, by: 1000) {
      #expect(!sink.isFull || start > 8000)
      Self.insert(wide[start..<start + 1000]) { sink.add($0, count: $1) }
    }
    #expect(sink.isFull)
    relation.adopt([sink], Workers(count: 1))
    #expect(Self.rows(relation) == known + wide)
  }

  @Test func aTableHasRoomForWhatMayComeUntilABitmapIsSmaller() {
    let terms = TermSpace(TermDictionary())
    let relation = Relation(name: "r", types: [.symbol, .symbol], terms: terms)
    Self.pairs(relation, (0..<16).map { [1023, UInt64(1023 - $0)] })
    let set = relation.prepareShared(highest: [1 << 24, nil], capacity: 1000, threads: 1)
    #expect(relation.membership.packed?.isBitmap == false)
    let sink = SharedRows(relation, set)
    Self.insert([[1 << 24, 0], [5, UInt64(UInt32.max)]]) { sink.add($0, count: $1) }
    #expect(sink.owned.rowCount == 2 && sink.aside.rowCount == 0)
    // Rows that came without wide values leave the fields as they were.
    _ = relation.prepareShared(highest: [1 << 24, nil], capacity: 100_000, threads: 1)
    #expect(relation.membership.packed?.isBitmap == true)
    Self.pairs(relation, [[1023, 1023], [2047, 3]])
    #expect(relation.rowCount == 17)
  }

  @Test func aBitmapNoLargerThanATableHasRoomForWhatMayCome() {
    let terms = TermSpace(TermDictionary())
    let relation = Relation(name: "r", types: [.symbol], terms: terms)
    Self.pairs(relation, [[3], [1]])
    for first in [0, 10_000] {
      let set = relation.prepareShared(highest: [20_000], capacity: 10_000, threads: 1)
      #expect(relation.membership.packed?.isBitmap == true)
      #expect(relation.membership.slackEnd == .max)
      let sink = SharedRows(relation, set)
      for start in stride(from: first, to: first + 10_000, by: 1000) {
        Self.insert((start..<start + 1000).map { [UInt64(2 * $0 % 20_001)] }[...]) {
          sink.add($0, count: $1)
        }
      }
      #expect(sink.aside.rowCount == 0)
      relation.adopt([sink], Workers(count: 1))
    }
    #expect(Set(Self.rows(relation)).count == relation.rowCount)
    #expect(relation.rowCount == 20_000)
  }
}
