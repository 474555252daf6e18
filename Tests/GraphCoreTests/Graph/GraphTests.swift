@_spi(Columns) import GraphCore
import Testing

@Suite struct GraphTests {
  @Test func aFactIsReadBack() throws {
    let graph = Graph()
    let summary = try graph.write { writer in
      writer.addLabel("company", to: "大运集团", citation: Citation(source: "a.txt", lines: "3"))
      writer.addEdge(
        "builds", from: "大运集团", to: "项目", properties: [("amount", 12.5), ("unit", "亿元")],
        citation: Citation(source: "a.txt", lines: "3-4"))
      writer.setProperty("founded", of: "大运集团", to: 1987)
    }.summary
    #expect(summary.newNodes == 2)
    #expect(summary.newEdges == 1)
    #expect(summary.newLabelNames == ["company"])
    #expect(summary.newEdgeTypes == ["builds"])
    #expect(graph.version == 1)
    let node = try #require(graph.node("大运集团"))
    #expect(node.labels == ["company"])
    #expect(node["founded"] == 1987)
    #expect(node.citations(ofLabel: "company") == [Citation(source: "a.txt", lines: "3")])
    let edge = try #require(node.outgoing("builds").first)
    #expect(edge.target.name == "项目")
    #expect(edge["amount"] == 12.5)
    #expect(edge["unit"] == "亿元")
    #expect(edge.citations == [Citation(source: "a.txt", lines: "3-4")])
    #expect(graph.node("项目")?.incoming("builds").count == 1)
    #expect(graph.checkInvariants().isEmpty)
  }
}

@Suite struct EdgeTests {
  @Test func equalEdgesAreOneWithAllCitations() throws {
    let graph = Graph()
    for lines in ["1", "2", "1"] {
      try graph.write { writer in
        writer.addEdge(
          "t", from: "a", to: "b", properties: [("n", 1)],
          citation: Citation(source: "s", lines: lines))
      }
    }
    #expect(graph.edgeCount == 1)
    #expect(graph.edges(ofType: "t")[0].citations.map(\.lines) == ["1", "2"])
  }

  @Test func edgesThatDifferAreParallel() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.addEdge("t", from: "a", to: "b", properties: [("year", 2023)])
      writer.addEdge("t", from: "a", to: "b", properties: [("year", 2024)])
      writer.addEdge("t", from: "a", to: "b")
    }
    let table = try #require(graph.term("t").flatMap(graph.edgeTable))
    #expect(table.count == 3)
    #expect(table.pairs.count == 1)
    #expect(table.properties[0].presence?[0] == 0b011)
  }

  /// Columns are looked up by key where there are many, also after a write that added some was undone.
  @Test func edgesHaveManyProperties() throws {
    struct Undo: Error {}
    let graph = Graph()
    func add(_ keys: some Sequence<Int>, to target: String, fails: Bool = false) throws {
      try graph.write { writer in
        writer.addEdge(
          "t", from: "a", to: target, properties: keys.map { ("k\($0)", .integer(Int64($0))) })
        if fails { throw Undo() }
      }
    }
    try add(0..<30, to: "b")
    #expect(throws: Undo.self) { try add((0..<60).reversed(), to: "c", fails: true) }
    try add((0..<50).reversed(), to: "c")
    try add(stride(from: 0, to: 50, by: 7), to: "d")
    try add((0..<30).reversed(), to: "b")
    let edges = Array(graph.edges(ofType: "t"))
    #expect(edges.count == 3)
    for key in 0..<60 {
      let value = Value.integer(Int64(key))
      #expect(edges[0]["k\(key)"] == (key < 30 ? value : nil))
      #expect(edges[1]["k\(key)"] == (key < 50 ? value : nil))
      #expect(edges[2]["k\(key)"] == (key < 50 && key % 7 == 0 ? value : nil))
    }
    #expect(graph.checkInvariants() == [])
  }

  @Test func aDecimalMakesTheColumnFloat() throws {
    let graph = Graph()
    try graph.write { $0.addEdge("t", from: "a", to: "b", properties: [("n", 12)]) }
    try graph.write { $0.addEdge("t", from: "a", to: "c", properties: [("n", 0.5)]) }
    try graph.write { $0.addEdge("t", from: "a", to: "b", properties: [("n", 12.0)]) }
    try graph.write { $0.addEdge("t", from: "a", to: "b", properties: [("n", 12)]) }
    #expect(graph.edges(ofType: "t").map { $0["n"] } == [.float(12), .float(0.5)])
    #expect(graph.type(ofProperty: "n", ofEdgeType: "t") == .float)
  }

  @Test func integersThatRoundToOneFloatStayTwoEdges() throws {
    let graph = Graph()
    let (even, odd) = (Value.integer(9_007_199_254_740_992), Value.integer(9_007_199_254_740_993))
    try graph.write { writer in
      writer.addEdge("t", from: "a", to: "b", properties: [("n", even)])
      writer.addEdge("t", from: "a", to: "b", properties: [("n", odd)])
    }
    let refused = GraphViolation(ordinal: 0, kind: .rounded(key: "n", value: odd))
    #expect(throws: GraphWriteError.violations([refused])) {
      try graph.write { $0.addEdge("t", from: "a", to: "c", properties: [("n", 0.5)]) }
    }
    #expect(graph.edges(ofType: "t").map { $0["n"] } == [even, odd])
    #expect(graph.checkInvariants() == [])
  }

  /// Texts are told apart by their bytes, though Swift takes these for equal.
  @Test func namesThatLookAlikeAreTwo() throws {
    let graph = Graph()
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
    try graph.write { writer in
      writer.addLabel(composed, to: "a")
      writer.addLabel(decomposed, to: "b")
    }
    #expect(graph.nodes(labelled: composed).map(\.name) == ["a"])
    #expect(graph.nodes(labelled: decomposed).map(\.name) == ["b"])
    #expect(graph.knownLabels.count == 2)
    #expect(graph.nodes(containing: "a", limit: 0).isEmpty)
    #expect(graph.nodes(containing: "a", limit: 1).count == 1)
  }

  @Test func aWholeNumberFindsNoFloatThatIsAnother() throws {
    let graph = Graph()
    try graph.write { $0.setProperty("v", of: "a", to: .float(9_007_199_254_740_992)) }
    #expect(graph.nodes(where: "v", is: 9_007_199_254_740_993).isEmpty)
    #expect(graph.nodes(where: "v", is: 9_007_199_254_740_992).map(\.name) == ["a"])
  }

  @Test func reservedAndDoubleKeysAreRefused() {
    let graph = Graph()
    #expect(
      throws: GraphWriteError.violations([
        GraphViolation(ordinal: 0, kind: .reservedProperty(key: "id")),
        GraphViolation(ordinal: 1, kind: .duplicateProperty(key: "n")),
      ])
    ) {
      try graph.write { writer in
        writer.addEdge("t", from: "a", to: "b", properties: [("id", 1)])
        writer.addEdge("t", from: "a", to: "b", properties: [("n", 1), ("n", 2)])
      }
    }
    #expect(graph.dictionary.count == 0)
  }

  @Test func statisticsCount() throws {
    let graph = Graph()
    try graph.write { writer in
      for target in ["b", "c", "d"] {
        writer.addEdge("t", from: "a", to: target, properties: [("n", 1)])
      }
      writer.addEdge("t", from: "b", to: "d")
    }
    let type = try #require(graph.statistics.edgeTypes["t"])
    #expect(type.distinctSources == 2)
    #expect(type.distinctTargets == 3)
    #expect(type.maximumOutgoing == 3)
    #expect(type.maximumIncoming == 2)
    #expect(type.distinctValues == ["n": 1])
  }
}

@Suite struct AliasTests {
  @Test func anAliasFindsItsNode() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.addAlias("祁县开发区", of: "祁县经济开发区")
      writer.addLabel("zone", to: "祁县经济开发区")
    }
    #expect(graph.node("祁县开发区")?.name == "祁县经济开发区")
    let term = try #require(graph.term("祁县经济开发区"))
    #expect(graph.resolve("祁县开发区") == .alias(of: term))
    #expect(graph.resolve("祁县") == .unknown)
    let summary = try graph.write { $0.addLabel("zone", to: "祁县开发区") }.summary
    #expect(summary.newLabels == 0)
    #expect(summary.followedAliases.map(\.node) == ["祁县经济开发区"])
  }

  @Test func anAliasWithFactsIsMerged() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.addEdge("t", from: "short", to: "x")
      writer.setProperty("p", of: "short", to: 1)
    }
    let summary = try graph.write { writer in
      writer.addLabel("zone", to: "long")
      writer.addAlias("short", of: "long")
    }.summary
    #expect(summary.merges == [WriteSummary.Merge(alias: "short", node: "long", wasKnown: true)])
    #expect(graph.node("long")?["p"] == 1)
    #expect(graph.edges(ofType: "t")[0].source.name == "long")
    #expect(graph.nodeCount == 2)
  }

  @Test func anAliasOfSeveralIsAmbiguous() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.addLabel("zone", to: "x")
      writer.addLabel("zone", to: "y")
      writer.addAlias("z", of: "x")
      writer.addAlias("z", of: "y")
    }
    let ids = try [#require(graph.term("x")), #require(graph.term("y"))]
    #expect(graph.resolve("z") == .ambiguous(ids))
    #expect(graph.node("z")?.name == nil)
    #expect(throws: GraphWriteError.self) { try graph.write { $0.addLabel("zone", to: "z") } }
    #expect(graph.nodeCount == 2)
    try graph.write { $0.removeAlias("z", of: "y") }
    try graph.write { $0.addEdge("at", from: "z", to: "y") }
    #expect(graph.edges(ofType: "at").map(\.source.name) == ["x"])
  }
}
