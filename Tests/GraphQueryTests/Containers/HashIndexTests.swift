@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct HashIndexTests {
  /// Every key of the newest rows passes, in the order of the batch and with its number; most others do not.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func aFilterKnowsTheKeysOfTheNewestRows(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let columns = (0..<2).map { _ in Column<UInt64>() }
    let (rows, start) = (Int.random(in: 100...9000, using: &random), 64)
    let newest = rows - rows / 8
    for row in 0..<rows {
      for column in columns {
        let range: ClosedRange<UInt64> = row < newest ? 0...40_000 : 0...4_000_000
        column.append(UInt64.random(in: range, using: &random))
      }
    }
    let index = HashIndex(columns: [0, 1], isExact: false)
    let views = columns.map { ColumnView(wide: $0.words) }
    defer { keepAlive(columns) }
    index.catchUp(views, rowCount: rows)
    // Most rows are among them; then few keys were asked for.
    #expect(index.filter(of: views, from: start, keys: rows) == nil)
    #expect(index.filter(of: views, from: newest, keys: rows / 16) == nil)
    guard let filter = index.filter(of: views, from: newest, keys: rows) else {
      Issue.record("no filter for seed \(seed)")
      return
    }
    #expect(index.filter(of: views, from: newest, keys: 1)?.rows == newest..<rows)
    let hashes = Column<UInt64>(repeating: TupleHash.seed, count: rows)
    defer { keepAlive(hashes) }
    for column in columns { TupleHash.fold(column.words, count: rows, into: hashes.words) }
    for row in 0..<rows { hashes[row] = UInt64(TupleHash.narrow(hashes[row])) }
    let all = (0..<rows).map { hashes[$0] }
    let kept = filter.select(hashes.words)
    let numbers = (0..<kept).map { Int(hashes[$0] >> 32) }
    #expect(numbers == numbers.sorted())
    #expect(Set(newest..<rows).isSubset(of: numbers), "seed \(seed)")
    for place in 0..<kept { #expect(hashes[place] & 0xFFFF_FFFF == all[numbers[place]]) }
    #expect(kept - (rows - newest) < rows / 8, "seed \(seed)")
  }

  /// The heads of chains are found with and without numbers in the upper halves.
  @Test func numbersStayBesideHeads() {
    let column = Column((0..<500).map { UInt64($0 % 100) })
    let index = HashIndex(columns: [0], isExact: true)
    defer { keepAlive(column) }
    index.catchUp([ColumnView(wide: column.words)], rowCount: 500)
    let hashes = Column((0..<120).map { UInt64(TupleHash.code(UInt32($0))) | UInt64($0) << 32 })
    defer { keepAlive(hashes) }
    index.findHeads(of: hashes.words)
    for key in 0..<120 {
      #expect(hashes[key] >> 32 == UInt64(key))
      #expect(hashes[key] & 0xFFFF_FFFF == (key < 100 ? UInt64(400 + key + 1) : 0))
    }
  }
}
