import GraphCore
import TestSupport
import Testing

/// Random writes against the model. A failure names its seed.
@Suite struct GraphPropertyTests {
  private static let names = ["a", "b", "c", "大运", "大运集团", "é", ""]

  private func citation(_ random: inout SeededGenerator) -> Citation? {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: Citation(source: "s", lines: "1-2")
    case 1: Citation(source: "t")
    case 2: Citation(source: "s", lines: "9")
    default: nil
    }
  }

  private func fact(_ random: inout SeededGenerator, removes: Bool) -> GraphModel.Fact {
    func name() -> String { Self.names.randomElement(using: &random) ?? "" }
    let type = Bool.random(using: &random) ? "t" : "u"
    switch Int.random(in: 0..<(removes ? 14 : 11), using: &random) {
    case 0...2: return .label(type, name(), citation(&random))
    case 3...7:
      var properties: [(key: String, value: Value)] = []
      if Bool.random(using: &random) {
        let number = Int64.random(in: 0...3, using: &random)
        let isWhole = Int.random(in: 0..<4, using: &random) > 0
        properties.append(("n", isWhole ? .integer(number) : .float(Double(number) / 2)))
      }
      if Int.random(in: 0..<3, using: &random) == 0 { properties.append(("k", .text(name()))) }
      if Int.random(in: 0..<5, using: &random) == 0 { properties.append(("b", true)) }
      return .edge(type, name(), name(), properties, citation(&random))
    case 8, 9:
      return .property("p\(Int.random(in: 0..<2, using: &random))", name(), .integer(1))
    case 10:
      if Int.random(in: 0..<3, using: &random) == 0 { return .property("p0", name(), 2) }
      return .alias(name(), name(), citation(&random))
    case 11: return .removeEdges(type, from: name())
    case 12: return .removeLabel(type, name())
    default: return .removeNode(name())
    }
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func agreesWithTheModel(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let graph = Graph()
    var model = GraphModel()
    for round in 0..<12 {
      let count = Int.random(in: 1...12, using: &random)
      let facts = (0..<count).map { _ in fact(&random, removes: round > 2) }
      let version = graph.version
      let terms = graph.dictionary.count
      let isRight = model.apply(facts)
      do {
        try graph.write { writer in for fact in facts { writer.apply(fact, to: graph) } }
        #expect(isRight, "seed \(seed), round \(round): the write should fail: \(facts)")
      } catch is GraphWriteError {
        #expect(!isRight, "seed \(seed), round \(round): the write should succeed: \(facts)")
        #expect(graph.version == version)
        #expect(graph.dictionary.count == terms)
      }
      let differences = GraphModel(graph).differences(from: model)
      #expect(differences == [], "seed \(seed), round \(round): \(facts)")
      #expect(Set(graph.nodes.map(\.name).map(Value.text)).count == graph.nodeCount)
      #expect(graph.checkInvariants() == [], "seed \(seed), round \(round)")
      if !differences.isEmpty { return }
      try checkIndexes(graph, "seed \(seed), round \(round)")
    }
  }

  private func checkIndexes(_ graph: Graph, _ place: Comment) throws {
    for type in graph.edgeTypes {
      let edges = graph.edges(ofType: type)
      for node in graph.nodes {
        let rows = edges.filter { $0.source.id == node.id }.map(\.row)
        #expect(node.outgoing(type).map(\.row).sorted() == rows, place)
        let incoming = edges.filter { $0.target.id == node.id }.map(\.row)
        #expect(node.incoming(type).map(\.row).sorted() == incoming, place)
      }
      let table = try #require(graph.term(type).flatMap(graph.edgeTable))
      let pairs = Set(edges.map { [$0.source.id, $0.target.id] })
      #expect(table.pairs.count == pairs.count, place)
    }
  }

  /// Facts that contradict each other are refused in any order; of all seeds some write something.
  @Test func orderMakesNoDifference() throws {
    let written = try (0..<40 as Range<UInt64>).count(where: writesAlikeInAnyOrder)
    #expect(written > 10, "of 40 seeds, \(written) wrote something")
  }

  private func writesAlikeInAnyOrder(seed: UInt64) throws -> Bool {
    var random = SeededGenerator(seed: seed &+ 1000)
    let first = (0..<6).map { _ in fact(&random, removes: false) }
    let second = (0..<12).map { _ in fact(&random, removes: false) }
    var results: [GraphModel] = []
    for _ in 0..<3 {
      let graph = Graph()
      for batch in [first, second] {
        let shuffled = batch.shuffled(using: &random)
        _ = try? graph.write { writer in for fact in shuffled { writer.apply(fact, to: graph) } }
      }
      results.append(GraphModel(graph))
    }
    #expect(results[0].differences(from: results[1]) == [], "seed \(seed): \(first), \(second)")
    #expect(results[0].differences(from: results[2]) == [], "seed \(seed): \(first), \(second)")
    return results[0].differences(from: GraphModel(Graph())) != []
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func aRollbackLeavesEveryByte(seed: UInt64) throws {
    struct Stop: Error {}
    var random = SeededGenerator(seed: seed &+ 2000)
    let graph = Graph()
    for _ in 0..<3 {
      let facts = (0..<8).map { _ in fact(&random, removes: false) }
      _ = try? graph.write { writer in for fact in facts { writer.apply(fact, to: graph) } }
    }
    let before = try JSONLinesFormat().bytes(of: graph) + FactsFormat().bytes(of: graph)
    let texts = (graph.dictionary.count, graph.dictionary.byteCount)
    let facts = (0..<20).map { _ in fact(&random, removes: true) }
    #expect(throws: Stop.self) {
      try graph.write { writer in
        for fact in facts { writer.apply(fact, to: graph) }
        _ = try? graph.write { inner in inner.addLabel("inner", to: "new") }
        throw Stop()
      }
    }
    let after = try JSONLinesFormat().bytes(of: graph) + FactsFormat().bytes(of: graph)
    #expect(before == after, "seed \(seed)")
    #expect(texts == (graph.dictionary.count, graph.dictionary.byteCount), "seed \(seed)")
    #expect(graph.checkInvariants() == [], "seed \(seed)")
  }
}
