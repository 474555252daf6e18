import GraphCore
import Testing

@testable import GraphQuery

/// Questions of one shape are one tree but for the texts in it.
@Suite struct QuestionShapeTests {
  private func shape(_ text: String) -> QuestionShape? {
    QuestionShape(SourceText(name: "q", text: text))
  }

  @Test func textsAreTakenOut() throws {
    let first = try #require(shape("?(x) :- supplies(\"A\", x), p(x, \"祁县\"), q(\"A\")."))
    let second = try #require(shape("?(x) :- supplies(\"北京\", x), p(x, “B”), q(\"\")."))
    #expect(first.key == second.key)
    #expect(first.texts.map(\.content) == ["A", "祁县", "A"])
    #expect(second.texts.map(\.content) == ["北京", "B", ""])
    #expect(first.numbers == [0, 1, 0])
    #expect(second.numbers == [0, 1, 2])
    #expect(first.texts.map(\.offset) == [17, 31, 44])
  }

  @Test func everythingElseCounts() {
    let texts = [
      "?- p(\"A\").", "?- q(\"A\").", "?- p(\"A\", \"A\").", "?- p(A).", "?- p(`A`).", "?- p(1).",
      "?- p(12).", "?- p(1 2).", "?- p(\"A\") .", "?- p(\"A\")\n.", "?(x) :- p(\"A\").",
      "?- p.q(\"A\").", "?- p .q(\"A\").", "?- p(\"A\"), !q(\"A\").",
    ]
    let keys = texts.compactMap { shape($0)?.key }
    #expect(keys.count == texts.count)
    #expect(Set(keys).count == texts.count)
    #expect(shape("?-  p( \"A\" ). // why")?.key == shape("?- p( \"B\" ).")?.key)
  }

  @Test(arguments: [
    "?- p(\"a\\n\").", "?- p(\"a).", "?- p(__LINE__).", "#define X\n?- p(\"a\").", "?- p(\u{1}).",
  ])
  func whatIsNoPlainQuestionHasNone(text: String) {
    #expect(shape(text) == nil)
  }

  @Test func bytesThatAreNoTextHaveNone() {
    let bytes = Array("?- p(\"".utf8) + [0xFF] + Array("\").".utf8)
    #expect(QuestionShape(SourceText(name: "q", bytes: bytes)) == nil)
  }
}
