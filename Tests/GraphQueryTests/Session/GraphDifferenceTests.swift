import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore
@testable import GraphQuery

/// What differs between two versions of a graph in a file.
@Suite struct GraphDifferenceTests {
  @discardableResult
  private func perform(_ session: QuerySession, _ text: String) -> Bool {
    let source = SourceText(name: "<input>", text: text)
    for case .failed in session.perform(statement: source) { return false }
    return true
  }

  private func facts(_ session: QuerySession) throws -> [String] {
    var output = ByteOutput()
    try FactsFormat().write(session.graph, to: &output)
    let text = String(decoding: output.bytes, as: UTF8.self)
    return text.split(separator: "\n").map(String.init).sorted()
  }

  /// A session on a file in which `count` nodes lie in a circle, with labels, properties and citations.
  private func withCircle(_ count: Int, _ body: (QuerySession) throws -> Void) throws {
    try withTemporaryFolder("difference") { folder in
      let path = "\(folder)/x.graph"
      let session = try QuerySession.open(path)
      var text = ".source \"d.txt\"\n"
      for node in 0..<count {
        text += "n(\"\(node)\", p: \(node), q: \"t\(node % 3)\") @ \(node + 1). "
        text += "e(\"\(node)\", \"\((node + 1) % count)\", w: \(node % 5)) @ \(node + 1). "
        text += "f(\"\(node)\", \"\((node + 7) % count)\").\n"
      }
      #expect(session.load([SourceText(name: "t.dl", text: text)]).isLoaded)
      try session.close()
      let again = try QuerySession.open(path)
      try body(again)
      try again.close()
    }
  }

  /// One edge that goes is found without the others, which stay where they lie.
  @Test func aDeletionUnpacksNothing() throws {
    try withCircle(2000) { session in
      let graph = session.graph
      let table = try #require(graph.term("e").flatMap { graph.edgeTable($0) })
      let (source, target) = table.ends(of: 7)
      let number = try #require(Int(graph.text(source)))
      let write = graph.begin()
      try graph.write { $0.removeEdges(ofType: table.type.raw, rows: [7]) }
      #expect(GraphMarks(of: write).edges.names == [table.type.raw])
      let difference = GraphMarks(of: write).difference(to: graph, limit: 10)
      #expect(difference.counts == GraphDifference.Counts(removedEdges: 1))
      #expect(
        difference.removedEdges == [
          GraphDifference.Edge(
            type: "e", source: "\(number)", target: graph.text(target),
            properties: [
              GraphDifference.Property(key: "w", value: .integer(Int64(number % 5)))
            ], citations: [Citation(source: "d.txt", lines: "\(number + 1)")])
        ])
      let after = try #require(graph.edgeTable(table.type))
      #expect(after !== table)
      #expect(!table.isUnpacked && !after.isUnpacked)
      // Taken back, it is no difference any more.
      let change = session.delete("e(\"7\", \"8\")").change
      #expect(change?.difference.counts == GraphDifference.Counts(removedEdges: 1))
      #expect(session.undo().undone != nil)
      #expect(
        GraphMarks(of: write).difference(to: graph, limit: 10).counts == difference.counts)
      try graph.commit()
      #expect(
        GraphMarks(of: write).difference(to: graph, limit: 10).counts == difference.counts)
    }
  }

  /// What was said of an edge again, where it and others lie in the file.
  @Test func citationsOfRowsInTheFileAreCompared() throws {
    try withCircle(300) { session in
      let before = try facts(session)
      #expect(perform(session, "e(\"3\", \"4\", w: 3) @ 99. n(\"3\") @ 98."))
      let said = try facts(session)
      session.begin()
      #expect(perform(session, "e(\"5\", \"6\", w: 0) @ 97. n(\"5\") @ 96."))
      #expect(session.delete("e(\"8\", x)").change != nil)
      #expect(session.delete("n(\"8\")").change != nil)
      #expect(session.commit().isEmpty)
      // A transaction is one change.
      #expect(session.undo().undone != nil)
      #expect(try facts(session) == said)
      let undone = session.undo().undone
      let counts = GraphDifference.Counts(recitedEdges: 1, recitedLabels: 1)
      #expect(undone?.difference.counts == counts)
      #expect(try facts(session) == before)
    }
  }

  /// A fact that goes and comes again in one change has not changed, wherever its row is.
  @Test func whatComesBackHasNotChanged() throws {
    try withCircle(300) { session in
      let write = session.graph.begin()
      try session.graph.write { writer in
        writer.removeEdges(ofType: "e") { $0.source.name == "3" }
        writer.addEdge("e", from: "3", to: "4", properties: [("w", 3)])
        writer.removeLabel("n", from: "3")
        writer.addLabel("n", to: "3", citation: Citation(source: "d.txt", lines: "4"))
        writer.replaceProperty("p", of: "3", with: 77)
        writer.replaceProperty("p", of: "3", with: 3)
        writer.replaceProperty("p", of: "4", with: 44)
        writer.removeProperty("p", of: "5")
      }
      try session.graph.commit()
      let difference = GraphMarks(of: write).difference(to: session.graph, limit: 1000)
      // The edge came back without its citation.
      #expect(
        difference.counts
          == GraphDifference.Counts(recitedEdges: 1, changedProperties: 1, removedProperties: 1))
      #expect(difference.properties.map(\.node) == ["4", "5"])
    }
  }

  /// Changes of all kinds at once, against a comparison of all facts.
  @Test(arguments: 0..<12) func randomChangesAgainstAllFacts(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed &+ 4711)
    try withCircle(60) { session in
      var states = [try facts(session)]
      for _ in 0..<10 {
        func name() -> String { "\(Int.random(in: 0..<64, using: &random))" }
        let isDone: Bool
        switch Int.random(in: 0..<15, using: &random) {
        case 0: isDone = perform(session, "n(\"\(name())\", p: 7) @ 500.")
        case 1, 2: isDone = perform(session, "e(\"\(name())\", \"\(name())\", w: 9) @ 501.")
        case 3: isDone = session.delete("e(\"\(name())\", x)").change != nil
        case 4: isDone = session.delete("node(\"\(name())\")").change != nil
        case 5: isDone = session.set("node(\"\(name())\", p: 1000)").change != nil
        case 6: isDone = session.mergeNode(name(), into: name()).change != nil
        case 7: isDone = session.unset("node(\"\(name())\", q: _)").change != nil
        case 8: isDone = session.renameNode(name(), to: name() + "x").change != nil
        case 9: isDone = session.delete("f(x, \"\(name())\")").change != nil
        case 10: isDone = perform(session, ".edge e(_, _, w: float)")
        case 11: isDone = perform(session, "alias(\"a\(name())\", \"\(name())\") @ 504.")
        case 12: isDone = perform(session, "alias(\"again\", \"3\") @ \(name()).")
        case 13: isDone = session.delete("alias(a, x), x < \"\(name())\"").change != nil
        default: isDone = perform(session, "e(\"3\", \"4\", w: 3) @ 502. n(\"4\") @ 503.")
        }
        if isDone { states.append(try facts(session)) }
      }
      while states.count > 1 {
        states.removeLast()
        #expect(session.undo().undone != nil, "seed \(seed)")
        #expect(try facts(session) == states.last, "seed \(seed)")
        #expect(session.graph.checkInvariants().isEmpty, "seed \(seed)")
      }
    }
  }
}
