import GraphCore
import Testing

@testable import GraphQuery

@Suite struct LoadingTests {
  /// Cancels a load while an included file is being fetched.
  @Test func aCancelledLoadTakesNothing() {
    let session = QuerySession()
    session.includeLoader = { _, _ in
      session.cancelToken.cancel()
      return .success(SourceText(name: "part.dl", text: "zone(\"Z\")."))
    }
    let text =
      "company(\"A\").\n.include \"part.dl\"\ncompany(\"B\").\nat(x, y) :- company(x), zone(y).\n"
    let result = session.load([
      SourceText(name: "a.dl", text: text), SourceText(name: "b.dl", text: "company(\"C\")."),
    ])
    #expect(result.diagnostics.map(\.code) == [.interrupted])
    #expect(session.graph.nodeCount == 0)
    // The next load begins anew.
    session.includeLoader = { _, _ in .success(SourceText(name: "part.dl", text: "zone(\"Z\").")) }
    #expect(session.load([SourceText(name: "a.dl", text: text)]).isLoaded)
    #expect(session.graph.nodeCount == 3)
  }

  @Test func directivesAreListed() {
    let session = QuerySession()
    let result = session.load([
      SourceText(
        name: "a.dl",
        text: ".decl p(x: number) .decl q(x: number)\n.input p\n.output p, q\n.printsize q\n")
    ])
    #expect(result.directives.map(\.kind) == [.input, .output, .output, .printsize])
    #expect(result.directives.map(\.relation) == ["p", "p", "q", "q"])
  }
}
