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

  /// Facts that contradict each other hide no other mistake.
  @Test func refusedFactsAndWrongRulesAreReportedTogether() {
    let text = """
      s(x) :- compny(x).
      t(x, y) :- company(x).
      u(x) :- company(x), x > 3.
      ok(x) :- company(x), fine(x).
      company("A", founded: 1).
      company("B", founded: "x").
      fine("A").
      """
    let session = QuerySession()
    let result = session.load([SourceText(name: "a.dl", text: text)])
    #expect(
      result.diagnostics.map(\.code) == [
        .unknownRelation, .ungroundedVariable, .typeMismatch, .invalidPropertyType,
      ])
    #expect(session.graph.nodeCount == 0)
    #expect(
      session.load([SourceText(name: "b.dl", text: "company(\"B\", founded: \"x\").")]).isLoaded)
  }

  /// Of names that come with one load, one that hardly any fact has may be a slip.
  @Test func aSlipAmongManyFacts() {
    var text = "suplies(\"A\", \"B\"). delivers(\"A\", \"B\"). 供应商(\"A\").\n"
    for index in 0..<20 { text += "supplies(\"\(index)\", \"\(index + 1)\"). 供应链(\"\(index)\").\n" }
    let result = QuerySession().load([SourceText(name: "a.dl", text: text)])
    #expect(result.isLoaded)
    #expect(result.diagnostics.map(\.code) == [.newName])
    #expect(result.diagnostics.first?.help == "did you mean `supplies`?")
    #expect(result.diagnostics.first?.span != nil)
  }

  /// A node that becomes another is a warning where it was there before, so that a script hears of it.
  @Test func aNodeThatGoesIsAWarning() {
    let session = QuerySession()
    session.load([SourceText(name: "a.dl", text: "company(\"A\"). place(\"P\"). in(\"A\", \"P\").")]
    )
    let late = session.load([SourceText(name: "b.dl", text: "alias(\"P\", \"A\").")])
    #expect(late.diagnostics.map(\.severity) == [.warning])
    #expect(late.diagnostics.map(\.code) == [.mergedNodes])
    let together = QuerySession().load([
      SourceText(name: "a.dl", text: "company(\"P\"). alias(\"P\", \"A\").")
    ])
    #expect(together.diagnostics.map(\.severity) == [.note])
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
