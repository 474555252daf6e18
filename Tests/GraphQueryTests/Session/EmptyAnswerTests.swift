import GraphCore
import GraphQuery
import Testing

/// What is said of a query without rows, and that it is true.
@Suite struct EmptyAnswerTests {
  private static let facts = """
    company("晋钢"). company("富士康"). company("英特丽"). zone("晋城经开区"). place("祁县").
    located_in("晋钢", "晋城经开区"). located_in("富士康", "晋城经开区"). located_in("晋城经开区", "祁县").
    supplies("晋钢", "富士康", amount: 3, unit: "亿元"). supplies("富士康", "英特丽", amount: 7, unit: "万元").
    """

  private func explained(_ query: String, _ parameters: [String: Value] = [:]) -> [String] {
    let session = QuerySession()
    session.load([SourceText(name: "t.dl", text: Self.facts)])
    session.parameters = parameters
    var texts: [String] = []
    for case .answer(let answer, let query) in session.perform(
      statement: SourceText(name: "q", text: query))
    {
      #expect(answer.rowCount == 0)
      texts += session.explainEmpty(query.tree).map(\.text)
    }
    return texts
  }

  @Test func parametersAreShownByTheirValues() {
    #expect(
      explained("?- located_in(c, $zone).", ["zone": "晋城经开区县"]) == [
        "located_in(c, \"晋城经开区县\") 0. No such node; \"晋城经开区\" has 2 rows."
      ])
  }

  @Test func severalConstantsAreToldApart() {
    // Both nodes have edges, so neither of them "has none".
    #expect(
      explained("?- supplies(\"晋钢\", \"英特丽\").") == [
        """
        supplies("晋钢", "英特丽") 0. With "英特丽" there is no "晋钢"; there is "富士康". \
        With "晋钢" there is no "英特丽"; there is "富士康".
        """
      ])
    #expect(
      explained("?- supplies(x, y, amount: 3, unit: \"万元\").") == [
        """
        supplies(x, y, amount: 3, unit: "万元") 0. `amount`: With `unit`: "万元" there is no 3; \
        the nearest is 7. `unit`: With `amount`: 3 there is no "万元"; "亿元" has 1 row.
        """
      ])
  }

  @Test func conditionsBeforeAreThought() {
    #expect(
      explained("?- company(c), located_in(c, \"祁县\").") == [
        """
        company(c) 3 → located_in(c, "祁县") 0. "祁县" has none of these; there is "晋城经开区".
        """
      ])
  }

  @Test func oneVariableInTwoPlaces() {
    #expect(
      explained("?- supplies(x, x).") == [
        "supplies(x, x) 0. It has 2 rows, but none with the same `x` in all places."
      ])
  }
}
