import GraphCore
import GraphQuery
import Testing

/// A variable that is called like a node is warned of, where it is most likely the node.
@Suite struct NodeNameCheckTests {
  private func warnings(_ statement: String) -> [Diagnostic] {
    reports(
      .variableLikeNode, on: statement,
      after: """
        located_in("晋钢", "祁县经济开发区"). located_in("Foxconn", "x"). located_in("晋钢", "山西").
        zone("祁县经济开发区"). alias("祁开区", "祁县经济开发区").
        """)
  }

  @Test(arguments: [
    "?- located_in(c, 祁县经济开发区).",
    "?- located_in(c, 祁开区).",
    "?- located_in(c, 山西).",
    "?- located_in(Foxconn, z), zone(z).",
    "?- located_in(c, 祁县经济开发区), zone(祁县经济开发区).",
    "here(c) :- located_in(c, 祁县经济开发区).",
    "?- zone(z), n = count : { located_in(_, 山西) }.",
  ])
  func forgottenQuotes(_ statement: String) {
    let found = warnings(statement)
    #expect(found.count == 1, "\(statement)")
    #expect(found.first?.severity == .warning)
  }

  @Test(arguments: [
    "?- located_in(x, y).",
    "?- located_in(c, 园区).",
    "?- located_in(c, 山西), zone(山西).",
    "?- located_in(Foxconn, z), located_in(Foxconn, w).",
    "?(祁县经济) :- located_in(_, 祁县经济).",
    "?- located_in(c, \"祁县经济开发区\").",
  ])
  func variables(_ statement: String) {
    #expect(warnings(statement).isEmpty, "\(statement)")
  }
}
