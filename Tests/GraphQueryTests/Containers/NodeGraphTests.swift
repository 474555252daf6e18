@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct NodeGraphTests {
  /// However many workers group the rows, those of a node stay in their order.
  @Test(arguments: [1, 2, 3]) func groupsRows(_ workerCount: Int) {
    // Many rows of few nodes and few of many; some nodes at the end have none.
    groups(rowCount: 100_000, domain: 3_000, workerCount)
    for (rowCount, domain) in [(0, 0), (0, 7), (1, 1), (9, 200_000), (3_000, 70_000), (500, 3)] {
      groups(rowCount: rowCount, domain: domain, workerCount)
    }
  }

  private func groups(rowCount: Int, domain: Int, _ workerCount: Int) {
    var random = SeededGenerator(seed: UInt64(workerCount))
    let nodes = UInt32(max(domain - domain / 30, 1))
    let from = Column((0..<rowCount).map { _ in UInt32.random(in: 0..<nodes, using: &random) })
    let to = Column((0..<rowCount).map { _ in UInt32.random(in: 0..<nodes, using: &random) })
    let weights = Column(
      (0..<rowCount).map { _ in UInt64.random(in: 0...UInt64.max, using: &random) })
    defer { keepAlive(from, to, weights) }
    var model: [[(UInt32, UInt64)]] = Array(repeating: [], count: domain)
    for row in 0..<rowCount { model[Int(from[row])].append((to[row], weights[row])) }
    for isWeighted in [true, false] {
      let graph = NodeGraph(
        from: ColumnView(narrow: from.words), to: ColumnView(narrow: to.words),
        weight: isWeighted ? ColumnView(wide: weights.words) : nil, rowCount: rowCount,
        domain: domain, workers: Workers(count: workerCount))
      #expect(graph.offsets.count == domain + 1 && Int(graph.offsets[domain]) == rowCount)
      var wrong = 0
      for node in 0..<domain {
        let places = Int(graph.offsets[node])..<Int(graph.offsets[node + 1])
        if places.count != model[node].count { wrong += 1 }
        for (place, edge) in zip(places, model[node]) {
          if graph.targets[place] != edge.0 { wrong += 1 }
          if let weights = graph.weights, weights[place] != edge.1 { wrong += 1 }
        }
      }
      #expect(wrong == 0 && (graph.weights != nil) == isWeighted)
    }
  }
}
