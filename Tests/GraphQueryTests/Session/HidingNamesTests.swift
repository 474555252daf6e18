import GraphCore
import GraphQuery
import Testing

/// A label or an edge type that takes the name of a built-in relation is told of, once.
@Suite struct HidingNamesTests {
  private func warnings(_ text: String, in session: QuerySession = QuerySession()) -> [Diagnostic] {
    session.perform(loading: [SourceText(name: "a.dl", text: text)]).diagnostics.filter {
      $0.code == .hiddenBuiltin
    }
  }

  @Test(arguments: [
    ("edge(\"A\", \"B\").", "the edge type `edge`", 0), (".node node()", "the label `node`", 6),
    (".edge alias(_, _)", "the edge type `alias`", 6),
    ("s(\"A\", \"B\"). label(\"A\").", "the label `label`", 13),
  ])
  func firstFactsAndDeclarations(_ text: String, _ subject: String, _ place: UInt32) {
    let found = warnings(text)
    #expect(found.map(\.severity) == [.warning])
    #expect(found.first?.message == "\(subject) hides the built-in relation of that name")
    #expect(found.first?.span?.lower == place)
  }

  @Test(arguments: [
    "s(\"A\", \"B\"). alias(\"C\", \"A\"). node(\"A\", k: 1).",
    ".decl edge(x: symbol, y: symbol)\nedge(\"A\", \"B\").",
    "edges(\"A\", \"B\").",
  ])
  func otherNames(_ text: String) { #expect(warnings(text).isEmpty) }

  @Test func itIsSaidOnce() {
    let session = QuerySession()
    #expect(warnings("edge(\"A\", \"B\").", in: session).count == 1)
    #expect(warnings("edge(\"B\", \"C\").", in: session).isEmpty)
  }
}
