import Testing

@testable @_spi(Columns) import GraphCore

@Suite struct ColumnTests {
  /// Past the sizes from which blocks are mappings of their own, have huge pages and must move.
  @Test func contentSurvivesEveryWayOfGrowing() {
    let column = Column<UInt64>()
    for value in 0..<(1 << 22) as Range<UInt64> { column.append(value &* 3) }
    var sum: UInt64 = 0
    for row in stride(from: 0, to: column.count, by: 1021) {
      sum += column[row] == UInt64(row) * 3 ? 0 : 1
    }
    #expect(column.count == 1 << 22 && sum == 0)
    column.reserve(1 << 25)
    #expect(column[(1 << 22) - 1] == ((1 << 22) - 1) * 3)
    // What is only reserved is not counted as held.
    #expect(column.byteCount == 8 << 22)
  }

  @Test func aColumnOfZerosGrowsToo() {
    let column = Column<UInt32>(repeating: 0, count: 2 << 20)
    column[7] = 7
    column.reserve(20 << 20)
    column.append(9)
    #expect(column[7] == 7 && column[8] == 0 && column[2 << 20] == 9)
    let ones = Column<UInt32>(repeating: 1, count: 2 << 20)
    #expect(ones[0] == 1 && ones[(2 << 20) - 1] == 1)
  }

  /// From a small block to mappings, in the room that one has in reserve and beyond it, over what was
  /// written to before and given up.
  @Test func zerosAreAppendedInEveryWayOfGrowing() {
    let column = Column<UInt64>()
    for size in [3, 100, 1 << 18, (1 << 19) + 5, 1 << 21, 1 << 24] {
      let before = column.count
      column.growZeroed(by: size - before)
      #expect(column.count == size)
      let words = column.words
      // A plain loop: over all of these others take a debug build long.
      var end = before
      while end < size, words[end] == 0 { end &+= 1 }
      #expect(end == size, "from \(before) to \(size)")
      for place in stride(from: 0, to: before, by: 511) {
        #expect(words[place] == 7, "at \(place) of \(size)")
      }
      for place in stride(from: 0, to: size, by: 511) { words[place] = 7 }
      // What follows is grown over once more.
      words[size - 1] = 8
      column.truncate(to: size - 1)
    }
  }

  /// Small tables, those of a heap of blocks, and mappings; new, and grown from one to the other.
  @Test(arguments: [10, 5_000, 40_000, 600_000]) func tablesHoldZeros(size: Int) {
    let table = Column<UInt64>(tableOf: size)
    for place in 0..<size where table.words[place] != 0 { Issue.record("\(place) of a new table") }
    let grown = Column<UInt64>()
    for count in [4, size / 2, size, 2 * size] where count > grown.count {
      let before = grown.count
      grown.growTable(by: count - before)
      #expect(grown.count == count)
      for place in before..<count where grown.words[place] != 0 { Issue.record("\(place)") }
      for place in 0..<before where grown.words[place] != 7 { Issue.record("\(place) is lost") }
      for place in before..<count { grown.words[place] = 7 }
    }
  }
}
