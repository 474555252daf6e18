import GraphCore
import GraphQuery
import TestSupport
import Testing

/// The language's own form holds everything that a graph holds.
@Suite struct FactsRoundTripTests {
  @Test func ownFactsComeBack() throws {
    for seed in UInt64(1)...60 {
      // The language has no word for what is no number or infinite.
      var limits = RandomGraph.Limits()
      limits.hasInfinities = false
      var random = RandomGraph(seed: seed, limits: limits)
      let graph = try random.graph()
      let session = QuerySession()
      let bytes = try FactsFormat().bytes(of: graph)
      let result = session.load([SourceText(name: "x.dl", bytes: bytes)])
      #expect(result.isLoaded, "seed \(seed)")
      #expect(session.graph.digest == graph.digest, "seed \(seed)")
    }
  }
}
