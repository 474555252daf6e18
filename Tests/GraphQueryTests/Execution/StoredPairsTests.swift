import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Questions on a database, whose tables are read where they lie while few nodes are asked for.
@Suite struct StoredPairsTests {
  private static let questions = [
    "?(x) :- to(\"A\", x).", "?(x) :- to(x, \"A\").", "?(x, y) :- to(\"A\", x), to(x, y).",
    "?(n: count) :- to(\"A\", x), to(x, y), to(\"A\", y).", "?- to(\"A\", \"B\").",
    "?- to(\"A\", _).", "?- to(_, \"A\").", "?(x) :- to(\"A\", x), !to(x, \"B\").",
    "?(x) :- to(\"A\", x), !to(x, _).", "?(x) :- to(x, \"A\"), to(x, \"B\").",
    "?(x, n) :- to(\"A\", x), n = count : { to(x, _) }.", "?(x) :- to{1,2}(\"A\", x).",
  ]

  /// The same edges in a database and in memory.
  private func withSessions(
    seed: UInt64, nodes: Int, edges: Int,
    _ body: (QuerySession, QuerySession, inout SeededGenerator) throws -> Void
  ) throws {
    var random = SeededGenerator(seed: seed)
    func node() -> String { "n\(Int.random(in: 0..<nodes, using: &random))" }
    let pairs = (0..<edges).map { _ in (node(), node()) }
    try withTemporaryFolder("stored") { folder in
      let path = "\(folder)/x.graph"
      let store = try GraphStore.open(path)
      let plain = QuerySession()
      for graph in [store.graph, plain.graph] {
        try graph.write { writer in
          for (source, target) in pairs { writer.addEdge("to", from: source, to: target) }
        }
      }
      try store.close()
      try body(try QuerySession.open(path, readOnly: true), plain, &random)
    }
  }

  private func rows(_ session: QuerySession, _ question: String) throws -> [String] {
    let answer = try session.query(question)
    return (0..<answer.rowCount).map { row in
      answer.columns.indices.map { answer.text(row: row, column: $0) }.joined(separator: "|")
    }
  }

  /// Tables of few rows and of many, asked until they are unpacked and beyond; nodes that are not there, too.
  @Test(arguments: [(1, 40, 100), (2, 900, 3_000), (3, 300, 20_000)] as [(UInt64, Int, Int)])
  func answersAreThoseOfTheSameInMemory(seed: UInt64, nodes: Int, edges: Int) throws {
    try withSessions(seed: seed, nodes: nodes, edges: edges) { stored, plain, random in
      for round in 0..<60 {
        let question = Self.questions[
          round < 12 ? round : Int.random(in: 0..<Self.questions.count, using: &random)]
        var text = ""
        for part in question {
          switch part {
          case "A", "B": text += "n\(Int.random(in: 0..<nodes + 3, using: &random))"
          default: text.append(part)
          }
        }
        let found = try rows(stored, text)
        #expect(try found == rows(plain, text), "seed \(seed), round \(round): \(text)")
      }
      let all = "?(n: count) :- to(x, y), x != y."
      #expect(try rows(stored, all) == rows(plain, all))
    }
  }

  /// What a few nodes are asked for leaves the table where it is.
  @Test func fewQuestionsUnpackNothing() throws {
    try withSessions(seed: 4, nodes: 5_000, edges: 20_000) { session, _, _ in
      let table = try #require(session.graph.term("to").flatMap { session.graph.edgeTable($0) })
      for number in 0..<5 {
        for question in Self.questions.prefix(3) + Self.questions[4...6] {
          _ = try session.query(
            question.split(separator: "A", omittingEmptySubsequences: false)
              .joined(separator: "n\(number)"))
        }
      }
      #expect(!table.isUnpacked)
      _ = try session.query("?(n: count) :- to(x, y), x != y.")
      #expect(table.isUnpacked)
    }
  }

  /// Edges that have come since the file was written, and edges that are parallel, are not read there.
  @Test func onlyWholeTablesOfPairsAreReadSo() throws {
    try withTemporaryFolder("stored") { folder in
      let path = "\(folder)/x.graph"
      let session = try QuerySession.open(path)
      let facts = (0..<300).map { "to(\"n\($0)\", \"n\($0 + 1)\")." }.joined(separator: "\n")
      #expect(session.load([SourceText(name: "t.dl", text: facts)]).isLoaded)
      try session.close()
      let again = try QuerySession.open(path)
      func table() -> EdgeTable? { again.graph.term("to").flatMap { again.graph.edgeTable($0) } }
      #expect(table()?.storedPairs != nil)
      #expect(try rows(again, "?(y) :- to(\"n7\", y).") == ["n8"])
      _ = again.perform(statement: SourceText(name: "q", text: "to(\"n7\", \"n9\")."))
      #expect(table()?.storedPairs == nil)
      #expect(try rows(again, "?(y) :- to(\"n7\", y).") == ["n8", "n9"])
      _ = again.undo()
      _ = again.perform(statement: SourceText(name: "q", text: "to(\"n7\", \"n8\", amount: 3)."))
      try again.close()
      let parallel = try QuerySession.open(path)
      #expect(try rows(parallel, "?(y) :- to(\"n7\", y).") == ["n8"])
      #expect(try rows(parallel, "?(n: count) :- to(\"n7\", y).") == ["1"])
      try parallel.close()
    }
  }
}
