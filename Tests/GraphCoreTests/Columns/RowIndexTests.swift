@_spi(Columns) import GraphCore
import TestSupport
import Testing

@Suite struct RowIndexTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func removalKeepsEveryOtherRow(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var index = RowIndex()
    var rows: [Int: UInt32] = [:]
    for row in 0..<400 {
      // Few distinct hashes, so that runs are long and wrap around.
      let hash = UInt32.random(in: 0..<24, using: &random) &* 0x0FFF_FFF1
      index.insert(row: row, hash: hash)
      rows[row] = hash
      if Int.random(in: 0..<3, using: &random) > 0, let victim = rows.keys.min(),
        let old = rows[victim]
      {
        index.remove(row: victim, hash: old)
        rows[victim] = nil
      }
      for (row, hash) in rows {
        var slot = Int(hash) & index.mask
        while index.words[slot] != 0 && RowIndex.row(of: index.words[slot]) != row {
          slot = (slot + 1) & index.mask
        }
        #expect(index.words[slot] != 0, "seed \(seed): row \(row) is lost")
      }
    }
    #expect(index.count == rows.count)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func growingKeepsEveryRow(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var index = RowIndex()
    // Hashes near the end of the table, so that runs go around it.
    let spread = UInt32.random(in: 1..<600, using: &random)
    let hashes = (0..<500).map { _ in 0 &- UInt32.random(in: 0..<spread, using: &random) }
    for (row, hash) in hashes.enumerated() {
      index.insert(row: row, hash: hash)
      if Int.random(in: 0..<100, using: &random) == 0 {
        index.reserve(index.count * Int.random(in: 1..<9, using: &random))
      }
    }
    for (row, hash) in hashes.enumerated() {
      var slot = Int(hash) & index.mask
      while index.words[slot] != 0 && RowIndex.row(of: index.words[slot]) != row {
        slot = (slot + 1) & index.mask
      }
      #expect(index.words[slot] != 0, "seed \(seed): row \(row) is lost")
    }
    #expect((0..<index.words.count).count { index.words[$0] != 0 } == 500, "seed \(seed)")
  }
}
