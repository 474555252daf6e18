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

  /// Names that mean something else in the language are declared before they are used.
  @Test func labelsAndTypesOfBuiltInNamesComeBack() throws {
    let graph = Graph()
    try graph.write { writer in
      for name in ["node", "label", "edge", "property", "alias"] {
        writer.addLabel(name, to: "A")
        writer.addEdge(name, from: "A", to: "B", properties: [("w", .integer(1))])
      }
      writer.setProperty("since", of: "A", to: .integer(1999))
    }
    let session = QuerySession()
    let text = SourceText(name: "x.dl", bytes: try FactsFormat().bytes(of: graph))
    #expect(session.load([text]).isLoaded)
    #expect(session.graph.nodeCount == 2 && session.graph.aliases.isEmpty)
    #expect(session.graph.labels.sorted() == graph.labels.sorted())
    for type in graph.edgeTypes {
      #expect(session.graph.edges(ofType: type).map { $0["w"] } == [.integer(1)], "\(type)")
    }
    #expect(try FactsFormat().bytes(of: session.graph).elementsEqual(text.bytes))
  }
}
