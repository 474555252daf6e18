import Testing

@testable @_spi(Columns) import GraphCore

/// Which tables a write has touched, and what they were.
@Suite struct FormerTablesTests {
  /// A graph of thirty edge types, labels and keys.
  private func graph() throws -> Graph {
    let graph = Graph()
    try graph.write { writer in
      for number in 0..<30 {
        writer.addEdge("e\(number)", from: "a", to: "b")
        writer.addLabel("l\(number)", to: "a")
        writer.setProperty("k\(number)", of: "a", to: .integer(Int64(number)))
      }
    }
    return graph
  }

  private func terms(_ graph: Graph, _ names: String...) -> Set<UInt32> {
    Set(names.compactMap { graph.term($0)?.raw })
  }

  @Test func onlyTouchedTablesAreNoted() throws {
    let graph = try graph()
    let write = graph.begin()
    var writer = graph.writer()
    writer.addEdge("e3", from: "a", to: "c")
    writer.addEdge("new", from: "a", to: "c")
    writer.removeLabel("l4", from: "a")
    writer.setProperty("k5", of: "c", to: 1)
    #expect(write.edges.names == terms(graph, "e3", "new"))
    #expect(write.labels.names == terms(graph, "l4"))
    #expect(write.properties.names == terms(graph, "k5"))
    let type = try #require(graph.term("e3")).raw
    #expect(write.edges[type]?.count == 1)
    #expect(write.edges[try #require(graph.term("new")).raw] == nil)
    #expect(write.goneNames(in: graph) == terms(graph, "l4"))
    try graph.commit()
    // What was noted stays so when the write has ended.
    #expect(write.edges[type]?.count == 1)
    #expect(graph.checkInvariants().isEmpty)
  }

  /// A write inside another notes its own tables; those around it take them over where it succeeds.
  @Test func writesInsideWritesNoteTheirOwn() throws {
    let graph = try graph()
    let outer = graph.begin()
    var writer = graph.writer()
    writer.addEdge("e1", from: "a", to: "c")
    let inner = graph.begin()
    #expect(inner.edges.names.isEmpty)
    var innerWriter = graph.writer()
    innerWriter.addEdge("e1", from: "a", to: "d")
    innerWriter.addEdge("e2", from: "a", to: "d")
    innerWriter.addEdge("new", from: "a", to: "d")
    #expect(inner.edges[try #require(graph.term("e1")).raw]?.count == 2)
    let summary = try graph.commit()
    #expect(summary.newEdges == 3 && summary.newEdgeTypes == ["new"])
    #expect(outer.edges.names == terms(graph, "e1", "e2", "new"))
    #expect(outer.edges[try #require(graph.term("e1")).raw]?.count == 1)
    graph.rollback()
    #expect(graph.edgeTypes == (0..<30).map { "e\($0)" })
    #expect(graph.edgeCount == 30)
    #expect(graph.term("d") == nil)
    #expect(graph.checkInvariants().isEmpty)
  }

  /// Tables that came with a write go with it, and those that came before stay in their order.
  @Test func newTablesGoWithTheirWrite() throws {
    let graph = try graph()
    graph.begin()
    try graph.write { $0.addLabel("first", to: "a") }
    graph.begin()
    try graph.write { writer in
      writer.addLabel("second", to: "a")
      writer.addLabel("third", to: "a")
    }
    graph.rollback()
    try graph.write { $0.addLabel("third", to: "a") }
    #expect(graph.labels.suffix(2) == ["first", "third"])
    graph.rollback()
    #expect(graph.labels == (0..<30).map { "l\($0)" })
    #expect(graph.checkInvariants().isEmpty)
  }

  /// A writer goes on where the write inside its own has put another table in the place of one that it knows.
  @Test func aWriterFindsTheTableThatAnInnerWriteLeft() throws {
    let graph = try graph()
    try graph.write { writer in
      writer.addEdge("e1", from: "x", to: "y")
      writer.addLabel("l1", to: "x")
      try graph.write { inner in
        inner.removeEdges(ofType: "e1") { $0.source.name == "a" }
        inner.removeLabel("l1", from: "a")
      }
      writer.addEdge("e1", from: "x", to: "z")
      writer.addLabel("l1", to: "z")
    }
    #expect(graph.edges(ofType: "e1").map(\.target.name) == ["y", "z"])
    #expect(graph.nodes(labelled: "l1").map(\.name) == ["x", "z"])
    #expect(graph.checkInvariants().isEmpty)
  }

  /// What a write adds while another inside it has begun is taken back with that.
  @Test func whatIsAddedInsideGoesWithTheInnerWrite() throws {
    let graph = try graph()
    graph.begin()
    var writer = graph.writer()
    writer.addEdge("e1", from: "x", to: "y")
    graph.begin()
    writer.addEdge("e1", from: "x", to: "z")
    graph.rollback()
    try graph.commit()
    #expect(graph.edges(ofType: "e1").map(\.target.name) == ["b", "y"])
    #expect(graph.checkInvariants().isEmpty)
  }
}
