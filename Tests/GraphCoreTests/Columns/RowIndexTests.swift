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
}
