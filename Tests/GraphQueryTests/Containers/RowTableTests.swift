@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Rows in all their forms against sets.
@Suite struct RowTableTests {
  private func column(_ values: some Sequence<UInt32>) -> Column<UInt32> {
    let column = Column<UInt32>()
    for value in values { column.append(value) }
    return column
  }

  /// Members of a row, in any order.
  private func members(_ table: RowTable, _ x: Int) -> Set<UInt32> {
    let output = Column<UInt32>()
    table.view.appendMembers(of: x, to: output)
    let result = Set((0..<output.count).map { output[$0] })
    #expect(result.count == output.count, "a member twice")
    return result
  }

  /// Small domains make bitmaps, middling ones tables of places, and few members stay a list.
  @Test(arguments: [40, 3000, 200_000], 0..<4)
  func rowsAreSets(domain: Int, run: Int) {
    var generator = SeededGenerator(seed: UInt64(7000 + run))
    let table = RowTable(domain: domain, lanes: [RowTable.Lane(WordArena())])
    var expected: [Int: Set<UInt32>] = [:]
    for step in 0..<400 {
      let x = Int.random(in: 0..<min(domain, 12), using: &generator)
      let size = Int.random(in: 1...(step % 7 == 0 ? 600 : 12), using: &generator)
      let spread = UInt32(step % 2 == 0 ? domain : max(domain / 16, 1))
      let values = Set((0..<size).map { _ in UInt32.random(in: 0..<spread, using: &generator) })
      let known = expected[x, default: []]
      let new = column(values.subtracting(known))
      if new.count > 0 { table.append(new: new.words, to: x, by: table.lanes[0]) }
      expected[x] = known.union(values)
      if step % 5 == 0 { _ = table.advance() }
      let row = table.view.row(x)
      for _ in 0..<20 {
        let y = UInt32.random(in: 0..<UInt32(domain), using: &generator)
        #expect(row.has(y) == expected[x]?.contains(y))
      }
    }
    for (x, values) in expected { #expect(members(table, x) == values) }
    #expect(table.count == expected.values.reduce(0) { $0 + $1.count })
  }

  /// A row that 16 bits cannot number is a bitmap, however large the domain.
  @Test func longRows() {
    let domain = 6_000_000
    let table = RowTable(domain: domain, lanes: [RowTable.Lane(WordArena())])
    for start in stride(from: UInt32(0), to: 72_000, by: 900) {
      let values = column((start..<start + 900).map { $0 * 80 })
      table.append(new: values.words, to: 5, by: table.lanes[0])
    }
    #expect(table.view.row(5).form == .bitmap)
    #expect(members(table, 5) == Set((0..<72_000).map { $0 * 80 }))
    let values = column((0..<70_000).map { $0 * 3 })
    table.append(new: values.words, to: 6, by: table.lanes[0])
    #expect(members(table, 6).count == 70_000)
    #expect(table.view.row(6).has(3) && !table.view.row(6).has(4))
  }

  /// What was there before the last round is no delta, whatever form the row takes meanwhile.
  @Test func deltasAreWhatCameLast() {
    let table = RowTable(domain: 5000, lanes: [RowTable.Lane(WordArena())])
    var expected: Set<UInt32> = []
    for round in 0..<40 {
      let new = (0..<UInt32(1 + round)).map { UInt32(round) * 100 + $0 }
      let values = column(new)
      table.append(new: values.words, to: 1, by: table.lanes[0])
      #expect(table.advance())
      let delta = table.view.delta(of: 1)
      #expect(Set((0..<delta.count).map { delta[$0] }) == Set(new).subtracting(expected))
      expected.formUnion(new)
    }
    #expect(table.view.row(1).form == .bitmap)
  }

  /// Each worker adds to the rows that it owns, in lists and one by one.
  @Test(arguments: [2, 3]) func workersAddToRowsOfTheirOwn(_ count: Int) {
    let (domain, rowCount) = (3000, UInt32(900))
    let table = RowTable(
      domain: domain, lanes: Workers(count: count).make { _ in RowTable.Lane(WordArena()) })
    var expected: [UInt32: Set<UInt32>] = [:]
    var generator = SeededGenerator(seed: UInt64(count))
    for _ in 0..<12 {
      var lists: [(x: UInt32, values: Column<UInt32>)] = []
      for x in 0..<rowCount where Bool.random(using: &generator) {
        let size = Int.random(in: 1...(x % 50 == 0 ? 300 : 9), using: &generator)
        let values = Set((0..<size).map { _ in UInt32.random(in: 0..<3000, using: &generator) })
          .subtracting(expected[x, default: []])
        if !values.isEmpty { lists.append((x, column(values))) }
        expected[x, default: []].formUnion(values)
      }
      Workers(count: count).run { worker in
        for (x, values) in lists where RowTable.owner(of: x, among: count) == worker {
          if x % 2 == 0 {
            table.append(new: values.words, to: Int(x), by: table.lanes[worker])
          } else {
            for i in 0..<values.count {
              table.append(values[i], to: Int(x), by: table.lanes[worker])
            }
          }
        }
      }
      #expect(table.advance() == !lists.isEmpty)
      #expect(table.delta.count == lists.count)
    }
    let rows = expected.filter { !$0.value.isEmpty }
    for (x, values) in rows { #expect(members(table, Int(x)) == values) }
    #expect(table.rowCount == rows.count + 1)
    #expect(table.count == rows.values.reduce(0) { $0 + $1.count })
  }
}
