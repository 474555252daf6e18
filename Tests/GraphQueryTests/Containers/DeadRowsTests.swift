import TestSupport
import Testing

@testable import GraphQuery

@Suite struct DeadRowsTests {
  @Test func remembersRows() {
    var random = SeededGenerator(seed: 5)
    let dead = DeadRows()
    for round in 0..<2 {
      var model: Set<Int> = []
      for _ in 0..<500 {
        let row = Int.random(in: 0..<(round == 0 ? 900 : 70_000), using: &random)
        dead.insert(row)
        model.insert(row)
      }
      #expect(dead.count == model.count)
      for row in 0..<70_100 where dead.contains(row) != model.contains(row) {
        Issue.record("row \(row) in round \(round)")
      }
      dead.removeAll()
      #expect(dead.count == 0 && !model.contains { dead.contains($0) })
    }
  }
}
