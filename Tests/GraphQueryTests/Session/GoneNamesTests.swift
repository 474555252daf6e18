import GraphCore
import GraphQuery
import TestSupport
import Testing

/// Labels and edge types whose last fact has gone while rules still add to them.
@Suite struct GoneNamesTests {
  private func session() -> QuerySession {
    let session = QuerySession()
    session.load([SourceText(name: "t.dl", text: Self.base)])
    return session
  }

  private func perform(_ session: QuerySession, _ text: String) {
    for case .failed in session.perform(statement: SourceText(name: "<input>", text: text)) {
      Issue.record("\(text) failed")
    }
  }

  private func rows(_ session: QuerySession, _ name: String) -> Set<[String]>? {
    session.rows(ofRelation: name)
  }

  private static let base = """
    zone("D"). place("A"). part_of("A", "B"). near("D", "D").
    zone(y) :- part_of(_, y).
    near(x, y) :- part_of(x, y).
    """

  @Test func whatRulesAddIsStillOfTheGraph() throws {
    let session = session()
    #expect(session.delete("zone(\"D\")").change != nil)
    #expect(rows(session, "zone") == [["\"B\""]])
    #expect(rows(session, "label") == [["\"A\"", "\"place\""], ["\"B\"", "\"zone\""]])
    #expect(session.labelNames == ["place", "zone"])
    #expect(session.nodeCount(ofLabel: "zone") == 1)
    #expect(session.delete("near(\"D\", \"D\")").change != nil)
    let pair = ["\"A\"", "\"B\""]
    #expect(rows(session, "near") == [pair])
    #expect(rows(session, "edge") == [["\"near\""] + pair, ["\"part_of\""] + pair])
    #expect(session.edgeTypeNames == ["near", "part_of"])
    #expect(session.edgeCount(ofType: "near") == 1)
    #expect(session.relationKinds("near") == ["edge type"])
  }

  @Test func furtherRulesAddToTheSameLabel() {
    let session = session()
    #expect(session.delete("zone(\"D\")").change != nil)
    perform(session, "zone(x) :- part_of(x, _).")
    #expect(rows(session, "zone") == [["\"A\""], ["\"B\""]])
    perform(session, "zone(\"E\").")
    #expect(rows(session, "zone") == [["\"A\""], ["\"B\""], ["\"E\""]])
  }

  @Test func whatHasNoRuleEitherIsEmpty() {
    let session = session()
    perform(session, "lonely(\"X\").")
    perform(session, "knows(\"X\", \"Y\").")
    #expect(rows(session, "lonely") == [["\"X\""]])
    #expect(session.delete("lonely(\"X\")").change != nil)
    #expect(rows(session, "lonely") == [])
    #expect(session.delete("knows(\"X\", \"Y\")").change != nil)
    #expect(rows(session, "knows") == [])
    #expect(session.labelNames == ["place", "zone"])
  }
}
