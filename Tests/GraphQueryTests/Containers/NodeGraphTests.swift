@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct NodeGraphTests {
  /// However many workers group the rows, those of a node stay in their order.
  @Test(arguments: [1, 2, 3]) func groupsRows(_ workerCount: Int) {
    var random = SeededGenerator(seed: UInt64(workerCount))
    let (rowCount, domain) = (100_000, 3_000)
    let from = Column((0..<rowCount).map { _ in UInt32.random(in: 0..<2_900, using: &random) })
    let to = Column((0..<rowCount).map { _ in UInt32.random(in: 0..<3_000, using: &random) })
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
