import TestSupport
import Testing

@testable import GraphCore

/// A table of nodes against a list of them, whether its ids are near each other or far apart.
@Suite struct NodeTableTests {
  @Test(arguments: [40, 3_000, 200_000, 40_000_000])
  func tablesHoldWhatWasInserted(range: Int) {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<4 {
      let table = NodeTable()
      var list: [UInt32] = []
      var known: Set<UInt32> = []
      for step in 0..<3_000 {
        // Some are near the last one, so that tables become dense and sparse.
        let near = UInt32(step * 3)
        let id = random.next() % 3 == 0 ? UInt32(random.next() % UInt64(range)) : near
        let isNew = known.insert(id).inserted
        #expect(table.contains(id) == !isNew)
        #expect(table.insert(id) == isNew)
        if isNew { list.append(id) }
        if random.next() % 500 == 0 {
          let count = Int(random.next() % UInt64(list.count + 1))
          known.subtract(list[count...])
          list.removeSubrange(count...)
          table.truncate(to: count)
        }
      }
      #expect(table.count == list.count)
      for (row, id) in list.enumerated() {
        #expect(table.contains(id) && table.row(of: id) == row && table.id(at: row) == id)
      }
      let gone = list.filter { $0 % 3 == 1 }
      let rest = table.removing(gone)
      #expect(rest.count == list.count - gone.count)
      #expect(list.allSatisfy { rest.contains($0) == ($0 % 3 != 1) })
    }
  }
}
