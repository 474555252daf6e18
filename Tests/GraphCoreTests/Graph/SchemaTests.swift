import GraphCore
import Testing

@Suite struct SchemaTests {
  private func kinds(_ body: (inout GraphWriter) -> Void, on graph: Graph = Graph())
    -> [GraphViolation]
  {
    do {
      try graph.write { writer in body(&writer) }
      return []
    } catch GraphWriteError.violations(let violations) {
      #expect(graph.checkInvariants() == [])
      return violations
    } catch {
      Issue.record("unexpected \(error)")
      return []
    }
  }

  private let builds = EdgeSchema(
    type: "builds", sourceLabels: ["company", "zone"], targetLabels: ["project"],
    properties: [("amount", .float), ("unit", .symbol)])

  @Test func labelsMayComeAfterEdges() throws {
    let graph = Graph()
    #expect(
      kinds(
        { writer in
          writer.declare(builds)
          writer.addEdge("builds", from: "c", to: "p", properties: [("amount", 12)])
          writer.addLabel("company", to: "c")
          writer.addLabel("project", to: "p")
        }, on: graph) == [])
    #expect(graph.edges(ofType: "builds")[0]["amount"] == .float(12))
  }

  @Test func whatIsNotDeclaredIsInferred() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.addLabel("company", to: "a")
      writer.addLabel("zone", to: "b")
      writer.setProperty("founded", of: "a", to: 1990)
      writer.setProperty("area", of: "b", to: 2.5)
      writer.addEdge("near", from: "a", to: "b", properties: [("km", 3)])
      writer.addEdge("near", from: "b", to: "c")
    }
    #expect(
      graph.inferredSchema(ofEdgeType: "near")
        == EdgeSchema(
          type: "near", sourceLabels: ["company", "zone"], targetLabels: ["zone"],
          properties: [("km", .number)]))
    #expect(
      graph.inferredSchema(ofLabel: "company")
        == NodeSchema(label: "company", properties: [("founded", .number)]))
    #expect(graph.inferredSchema(ofLabel: "none") == NodeSchema(label: "none"))
  }

  /// The labels of all ends are found, whichever nodes carry them together.
  @Test func labelsOfEndsAreInferred() throws {
    let graph = Graph()
    try graph.write { writer in
      for (label, nodes) in [("l1", "abc"), ("l2", "bcd"), ("l3", "ac"), ("l4", "e")] {
        for node in nodes { writer.addLabel(label, to: String(node)) }
      }
      writer.addEdge("t", from: "a", to: "b")
      writer.addEdge("t", from: "x", to: "d")
      writer.addEdge("u", from: "c", to: "x")
    }
    #expect(
      graph.inferredSchemas(ofEdgeTypes: ["u", "t", "none"]) == [
        EdgeSchema(type: "u", sourceLabels: ["l1", "l2", "l3"]),
        EdgeSchema(type: "t", sourceLabels: ["l1", "l3"], targetLabels: ["l1", "l2"]),
        EdgeSchema(type: "none"),
      ])
  }

  /// Declarations cost what they say, however many there are: none looks at those before it.
  @Test(.timeLimit(.minutes(1))) func manyDeclarations() throws {
    let graph = Graph()
    // Once anew, and once in place of what is there.
    for _ in 0..<2 {
      try graph.write { writer in
        for index in 0..<20_000 {
          writer.declare(
            NodeSchema(label: "l\(index)", properties: [("name", .symbol), ("p\(index)", .number)]))
          writer.declare(EdgeSchema(type: "t\(index)", properties: [("since", .number)]))
        }
      }
    }
    #expect(graph.nodeSchemas.count == 20_000)
    #expect(graph.edgeSchemas.count == 20_000)
  }

  /// The labels that name a key agree on its type; where none names it any more, it has none.
  @Test func typesOfSharedKeys() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.declare(NodeSchema(label: "a", properties: [("n", .number)]))
      writer.declare(NodeSchema(label: "b", properties: [("n", .number)]))
    }
    let conflict = GraphViolation.Kind.schemaConflict(key: "n", old: .number, new: .symbol)
    let refused = kinds(
      { writer in
        writer.declare(NodeSchema(label: "a", properties: [("n", .symbol)]))
        // What comes behind has no part in the mistake.
        writer.declare(NodeSchema(label: "c", properties: [("m", .symbol)]))
      }, on: graph)
    #expect(refused == [GraphViolation(ordinal: 0, kind: conflict)])
    #expect(kinds({ $0.declare(NodeSchema(label: "a")) }, on: graph) == [])
    #expect(
      kinds({ $0.declare(NodeSchema(label: "c", properties: [("n", .symbol)])) }, on: graph)
        .map(\.kind) == [conflict])
    #expect(kinds({ $0.declare(NodeSchema(label: "b")) }, on: graph) == [])
    #expect(
      kinds({ $0.declare(NodeSchema(label: "c", properties: [("n", .symbol)])) }, on: graph) == [])
  }

  @Test func aWrongEndIsNamed() {
    let found = kinds { writer in
      writer.declare(builds)
      writer.addLabel("company", to: "c")
      writer.addLabel("award", to: "p")
      writer.addEdge("builds", from: "c", to: "p")
    }
    #expect(
      found == [
        GraphViolation(
          ordinal: 3,
          kind: .labelNotAllowed(
            type: "builds", end: .target, node: "p", expected: ["project"], found: ["award"]))
      ])
  }

  @Test func aLabelThatGoesIsChecked() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.declare(builds)
      writer.addLabel("company", to: "c")
      writer.addLabel("project", to: "p")
      writer.addEdge("builds", from: "c", to: "p")
    }
    #expect(kinds({ $0.removeLabel("project", from: "p") }, on: graph).count == 1)
    #expect(graph.node("p")?.labels == ["project"])
  }

  /// 2^53 + 1 is the first whole number that is no float.
  @Test func noFloatRoundsAWholeNumber() throws {
    let long = Value.integer(9_007_199_254_740_993)
    let refused = GraphViolation.Kind.rounded(key: "n", value: long)
    let graph = Graph()
    try graph.write { writer in
      writer.setProperty("n", of: "a", to: long)
      writer.addEdge("t", from: "a", to: "b", properties: [("n", long)])
    }
    // In what is there, in what comes, and where a schema says so.
    #expect(kinds({ $0.setProperty("n", of: "b", to: 0.5) }, on: graph).map(\.kind) == [refused])
    #expect(
      kinds({ $0.addEdge("t", from: "a", to: "c", properties: [("n", 0.5)]) }, on: graph)
        .map(\.kind) == [refused])
    #expect(
      kinds({ $0.declare(NodeSchema(label: "zone", properties: [("n", .float)])) }, on: graph)
        .map(\.kind) == [refused])
    #expect(graph.node("a")?["n"] == long)
    #expect(graph.edges(ofType: "t").map { $0["n"] } == [long])
    try graph.write { $0.addEdge("u", from: "a", to: "b", properties: [("n", 0.5)]) }
    #expect(
      kinds({ $0.addEdge("u", from: "a", to: "c", properties: [("n", long)]) }, on: graph)
        .map(\.kind) == [refused])
    try graph.write {
      $0.addEdge("u", from: "a", to: "d", properties: [("n", 9_007_199_254_740_992)])
    }
    #expect(graph.edges(ofType: "u").map { $0["n"] } == [0.5, .float(9_007_199_254_740_992)])
    #expect(graph.checkInvariants() == [])
  }

  @Test func typesAndKeysAreChecked() {
    let found = kinds { writer in
      writer.declare(builds)
      writer.declare(NodeSchema(label: "company", properties: [("founded", .number)]))
      writer.addLabel("company", to: "c")
      writer.addEdge("builds", from: "c", to: "p", properties: [("amount", "much")])
      writer.setProperty("founded", of: "c", to: 1.5)
    }
    #expect(
      found == [
        GraphViolation(
          ordinal: 3, kind: .typeMismatch(key: "amount", expected: .float, found: .symbol)),
        GraphViolation(
          ordinal: 4, kind: .typeMismatch(key: "founded", expected: .number, found: .float)),
      ])
    let unknown = kinds { writer in
      writer.declare(NodeSchema(label: "company", properties: [("founded", .number)]))
      writer.addLabel("company", to: "c")
      writer.setProperty("colour", of: "c", to: "red")
    }
    #expect(
      unknown == [
        GraphViolation(
          ordinal: 2,
          kind: .unknownProperty(key: "colour", owner: "company", known: ["founded"]))
      ])
  }

  /// A label that comes later makes a property of before one that nothing names, however many others come with it.
  @Test(arguments: [1, 40]) func aLateLabelIsCheckedWithTheKeysOfItsNode(_ count: Int) throws {
    let graph = Graph()
    try graph.write { writer in
      writer.declare(NodeSchema(label: "company", properties: [("founded", .number)]))
      writer.declare(NodeSchema(label: "painted", properties: [("colour", .symbol)]))
      for number in 0..<10 { writer.setProperty("founded", of: "n\(number)", to: 1) }
      writer.setProperty("colour", of: "c", to: "red")
      writer.setProperty("colour", of: "d", to: "red")
    }
    func label(_ writer: inout GraphWriter) {
      for number in 0..<count { writer.addLabel("company", to: "n\(number)") }
      writer.addLabel("company", to: "c")
    }
    #expect(
      kinds(label, on: graph) == [
        GraphViolation(
          ordinal: 0,
          kind: .unknownProperty(key: "colour", owner: "company", known: ["founded"]))
      ])
    #expect(
      kinds(
        { writer in
          writer.addLabel("painted", to: "c")
          label(&writer)
        }, on: graph) == [])
    #expect(graph.node("c")?.labels.sorted() == ["company", "painted"])
    #expect(graph.node("d")?.labels == [])
  }

  @Test func aLateSchemaConvertsOrRefuses() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.addEdge("t", from: "a", to: "b", properties: [("n", 1), ("s", "x")])
      writer.setProperty("p", of: "a", to: 3)
    }
    #expect(
      kinds({ $0.declare(EdgeSchema(type: "t", properties: [("s", .number)])) }, on: graph).count
        >= 1)
    try graph.write { writer in
      writer.declare(EdgeSchema(type: "t", properties: [("n", .symbol), ("s", .symbol)]))
      writer.declare(NodeSchema(label: "l", properties: [("p", .symbol)]))
      writer.setProperty("p", of: "b", to: "text")
      writer.addEdge("t", from: "a", to: "c", properties: [("n", "many")])
      writer.addEdge("t", from: "a", to: "d", properties: [("n", 2.5)])
    }
    #expect(graph.edges(ofType: "t").map { $0["n"] } == ["1", "many", "2.5"])
    #expect(graph.node("a")?["p"] == "3")
    #expect(graph.checkInvariants() == [])
  }

  @Test func mixingTextAndNumberNeedsASchema() {
    let found = kinds { writer in
      writer.addEdge("t", from: "a", to: "b", properties: [("n", 1)])
      writer.addEdge("t", from: "a", to: "c", properties: [("n", "x")])
    }
    #expect(
      found == [
        GraphViolation(
          ordinal: 1, kind: .typeMismatch(key: "n", expected: .number, found: .symbol))
      ])
  }

  @Test func declarationsMustAgree() {
    let found = kinds { writer in
      writer.declare(NodeSchema(label: "a", properties: [("x", .number)]))
      writer.declare(NodeSchema(label: "b", properties: [("x", .symbol)]))
    }
    #expect(found.map(\.ordinal) == [1])
  }
}
