import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

/// Neighbours are found whether ids lie close together, apart, or far apart.
@Suite struct AdjacencyIndexTests {
  @Test(arguments: [1, 3, 40, 90, 5000, 1_000_000]) func neighboursOfSpreadIds(gap: UInt32) {
    var random = SeededGenerator(seed: UInt64(gap))
    for count in [0, 1, 2, 70, 900] {
      let near = Column<UInt32>()
      let far = Column<UInt32>()
      for _ in 0..<count {
        near.append(100 + gap * UInt32(random.next() % UInt64(max(count, 1))))
        far.append(7 + gap * UInt32(random.next() % UInt64(max(count, 1))))
      }
      let index = AdjacencyIndex(from: near.words, to: far.words, firstRow: 50)
      var rows: [UInt32: [Int]] = [:]
      for row in 0..<count { rows[near[row], default: []].append(row) }
      #expect(index.nodeCount == rows.count)
      for node in Set(rows.keys).union([0, 99, 101, 100 + gap * UInt32(count), .max]) {
        let expected = (rows[node] ?? []).sorted { (far[$0], $0) < (far[$1], $1) }
        let range = index.range(of: node)
        #expect(range.map { index.neighbours[$0] } == expected.map { far[$0] }, "\(node)")
        #expect(range.map { Int(index.rows[$0]) } == expected.map { $0 + 50 }, "\(node)")
      }
      keepAlive(near, far)
    }
  }
}
