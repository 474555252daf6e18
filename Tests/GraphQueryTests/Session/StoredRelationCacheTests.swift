import GraphCore
import Testing

@testable import GraphQuery

/// Relations over the graph are kept between questions, and not beyond a change.
@Suite struct StoredRelationCacheTests {
  private func session() throws -> QuerySession {
    let session = QuerySession()
    let facts = (0..<200).map { "supplies(\"a\($0)\", \"b\($0 % 7)\", amount: \($0)).\n" }.joined()
    let result = session.load([SourceText(name: "facts.dl", text: facts)])
    try #require(result.isLoaded)
    return session
  }

  private func count(_ session: QuerySession, _ query: String) throws -> Int {
    try session.query(query).rowCount
  }

  @Test func changesAreSeen() throws {
    let session = try session()
    for round in 0..<3 {
      let known = 29 + round
      #expect(try count(session, "?- supplies(x, \"b1\").") == known)
      #expect(try count(session, "?- supplies(x, \"b1\", amount: _).") == known)
      // Enough to make the columns move.
      let more = (0..<300).map { "supplies(\"c\(round)-\($0)\", \"d\", amount: 1)." }.joined()
      let text = more + "supplies(\"e\(round)\", \"b1\", amount: 7)."
      _ = session.execute(statement: SourceText(name: "more", text: text))
      _ = session.load([SourceText(name: "more.dl", text: text)])
    }
    #expect(try count(session, "?- supplies(x, \"d\").") == 900)
  }

  @Test func whatWasUndoneIsGone() throws {
    let session = try session()
    #expect(try count(session, "?- supplies(x, \"b2\").") == 29)
    session.graph.begin()
    var writer = session.graph.writer()
    for i in 0..<5_000 { writer.addEdge("supplies", from: "f\(i)", to: "b2") }
    #expect(try count(session, "?- supplies(x, \"b2\").") == 5_029)
    session.graph.rollback()
    #expect(try count(session, "?- supplies(x, \"b2\").") == 29)
  }
}
