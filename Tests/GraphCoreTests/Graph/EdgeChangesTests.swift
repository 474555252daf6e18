import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

/// Edges that came or went since a file was written are merged with those that lie in it.
@Suite struct EdgeChangesTests {
  private let system = SimulatedFileSystem()

  private func open() throws -> GraphStore {
    try GraphStore.open("x.graph", on: system, logLimit: 1 << 20)
  }

  /// An edge by the numbers of its ends. Those of type `rich` have a property and may be parallel.
  private struct Edge: Hashable {
    var source: Int
    var target: Int
    var weight: Int?

    init(source: Int, target: Int, weight: Int?) {
      (self.source, self.target, self.weight) = (source, target, weight)
    }

    init(_ edge: GraphEdge) {
      source = Int(edge.source.name.dropFirst()) ?? 0
      target = Int(edge.target.name.dropFirst()) ?? 0
      if case .integer(let number) = edge["w"] { weight = Int(number) }
    }

    func add(to writer: inout GraphWriter) {
      writer.addEdge(
        weight == nil ? "plain" : "rich", from: "n\(source)", to: "n\(target)",
        properties: weight.map { [("w", .integer(Int64($0)))] } ?? [])
    }
  }

  private func edge(_ random: inout SeededGenerator, nodes: UInt64) -> Edge {
    let isRich = random.next() % 2 == 0
    return Edge(
      source: Int(random.next() % nodes), target: Int(random.next() % nodes),
      weight: isRich ? Int(random.next() % 3) : nil)
  }

  private func check(_ graph: Graph, _ edges: Set<Edge>, _ what: String) {
    // Both ways of reading a node's edges first, while tables are not unpacked.
    for type in ["plain", "rich"] {
      let chosen = edges.filter { ($0.weight == nil) == (type == "plain") }
      let outgoing = Dictionary(grouping: chosen) { $0.source }
      let incoming = Dictionary(grouping: chosen) { $0.target }
      for node in graph.nodes {
        let number = Int(node.name.dropFirst()) ?? 0
        let targets = (outgoing[number] ?? []).map { "n\($0.target)" }.sorted()
        let sources = (incoming[number] ?? []).map { "n\($0.source)" }.sorted()
        #expect(node.targets(type).map(\.name).sorted() == targets, "\(what), from \(node.name)")
        #expect(node.sources(type).map(\.name).sorted() == sources, "\(what), to \(node.name)")
        for other in 0..<(number % 40 == 7 ? 430 : 0) {
          let found = graph.edges(ofType: type, from: node.name, to: "n\(other)").map(Edge.init)
          let expected = (outgoing[number] ?? []).filter { $0.target == other }
          #expect(found.count == expected.count && Set(found) == Set(expected), "\(what)")
        }
        let table = graph.name(type).flatMap(graph.edgeTable)
        #expect((table?.degree(of: node.id.raw, .incoming) ?? 0) == sources.count)
      }
    }
    #expect(graph.checkInvariants() == [], "\(what)")
  }

  @Test(arguments: [(1, 0, 30), (2, 9, 0), (3, 20, 20), (4, 200, 3)])
  func whatCameAndWentIsMerged(seed: UInt64, removed: Int, added: Int) throws {
    var random = SeededGenerator(seed: seed)
    var edges = Set((0..<900).map { _ in edge(&random, nodes: 400) })
    let written = edges.sorted {
      ($0.source, $0.target, $0.weight ?? -1) < ($1.source, $1.target, $1.weight ?? -1)
    }
    do {
      let store = try open()
      try store.write { writer in for edge in written { edge.add(to: &writer) } }
      try store.close()
    }
    let store = try open()
    var gone = Set<Edge>()
    while gone.count < removed {
      gone.insert(written[Int(random.next() % UInt64(written.count))])
    }
    // Some of these have been there before.
    let returning = written.filter(gone.contains).prefix(added / 3)
    let new = (0..<added).map { _ in edge(&random, nodes: 430) } + returning
    try store.write { writer in
      for type in ["plain", "rich"] {
        // Some by their ends, the others by a look at all.
        let ends = Set(gone.filter { $0.source % 2 == 0 }.map { [$0.source, $0.target] })
        let pairs = ends.map { (source: "n\($0[0])", target: "n\($0[1])") }
        writer.removeEdges(ofType: type, between: pairs) { gone.contains(Edge($0)) }
        writer.removeEdges(ofType: type) { gone.contains(Edge($0)) }
      }
      for edge in new { edge.add(to: &writer) }
    }
    edges = edges.subtracting(gone).union(new)
    check(store.graph, edges, "seed \(seed), as changed")
    try store.close()
    check(try open().graph, edges, "seed \(seed), opened again")
  }

  @Test func marksHoldWhatWasPutIn() {
    var random = SeededGenerator(seed: 5)
    for count in [0, 1, 7, 1000] {
      let nodes = Column((0..<count).map { _ in UInt32(truncatingIfNeeded: random.next()) })
      let marks = NodeMarks(minimumCapacity: count)
      marks.insert(nodes.words)
      #expect((0..<count).allSatisfy { marks.view.mayHold(nodes[$0]) })
      let others = (0..<4000).map { _ in UInt32(truncatingIfNeeded: random.next()) }
      #expect(others.count { marks.view.mayHold($0) } < 4000 / 8, "of \(count) nodes")
      keepAlive(nodes, marks)
    }
    #expect(NodeMarks.View.all.mayHold(3))
  }
}
