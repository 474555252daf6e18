import GraphCore
import GraphQuery
import TestSupport
import Testing

/// What `.index` and `.unique` declare, and what they refuse.
@Suite struct IndexDeclarationTests {
  private func load(_ text: String) -> (session: QuerySession, problems: [Diagnostic]) {
    let session = QuerySession()
    let result = session.load([SourceText(name: "t.dl", text: text)])
    return (session, result.diagnostics.filter { $0.severity == .error })
  }

  private func perform(_ session: QuerySession, _ text: String) -> [Diagnostic] {
    var problems: [Diagnostic] = []
    _ = session.perform(statement: SourceText(name: "<input>", text: text)) { problems += $0 }
    return problems.filter { $0.severity == .error }
  }

  private func indexes(_ graph: Graph) -> [String] {
    graph.indexedKeys.map {
      graph.index(ofNodeProperty: $0) == .unique ? "\($0) unique" : $0
    } + (graph.hasTextIndex ? ["text"] : [])
  }

  @Test func declarationsAreKept() throws {
    // An index says nothing new of a unique key, whichever comes first.
    let text = """
      .index node(code, `max`)
      .unique node(code) .index text.
      .index node(城市, code)
      company("A", code: "1", 城市: "太原"). company("B", code: "2").
      """
    let (session, problems) = load(text)
    #expect(problems.isEmpty)
    #expect(indexes(session.graph) == ["code unique", "max", "城市", "text"])
    #expect(try session.query("?- company(x, code: \"2\").").rowCount == 1)
    var output = ByteOutput()
    try FactsFormat().write(session.graph, to: &output)
    let written = String(decoding: output.bytes, as: UTF8.self)
    #expect(written.contains(".index node(`max`, 城市)\n.unique node(code)\n.index text\n"))
    #expect(load(written).session.graph.digest == session.graph.digest)
    // Said again, nothing changes.
    #expect(perform(session, ".index node(code)").isEmpty)
    #expect(indexes(session.graph) == ["code unique", "max", "城市", "text"])
  }

  @Test func statementsArePrintedAsTheyAreRead() {
    for text in [".index text", ".index node(a, b)", ".unique node(`max`)"] {
      let parsed = Parser.parse(
        SourceText(name: "t", text: text), id: SourceID(index: 0),
        options: ParserOptions(mode: .program))
      #expect(parsed.diagnostics.isEmpty)
      #expect(parsed.statements.map(ASTPrinter.text) == [text])
    }
  }

  @Test func valuesOfAUniqueKeyAreDifferent() throws {
    let facts = "company(\"A\", code: 1).\ncompany(\"B\", code: 1).\n"
    let (_, problems) = load(".unique node(code)\n" + facts)
    #expect(problems.map(\.code) == [.propertyConflict])
    #expect(problems.first.flatMap(\.span).map { $0.lower } == 61, "the value of the second fact")
    #expect(problems.first?.message.contains("have the same 1") == true)
    let (session, none) = load(facts)
    #expect(none.isEmpty)
    let late = perform(session, "  .unique node(code)")
    #expect(late.map(\.code) == [.propertyConflict])
    #expect(late.first.flatMap(\.span).map { $0.lower } == 2, "the declaration")
    #expect(indexes(session.graph) == [])
    #expect(session.set("company(\"B\", code: 2)").change != nil)
    #expect(perform(session, ".unique node(code)").isEmpty)
    #expect(session.set("company(\"B\", code: 1)").change == nil)
    #expect(perform(session, "person(\"C\", code: 2).").map(\.code) == [.propertyConflict])
  }

  @Test func indexesAreDropped() {
    let (session, _) = load(".unique node(code) .index node(city) .index text")
    #expect(session.unindex("node(code)").change?.hasNewSchema == true)
    #expect(session.unindex("text").change != nil)
    #expect(indexes(session.graph) == ["city"])
    #expect(session.undo().undone != nil)
    #expect(session.undo().undone != nil)
    #expect(indexes(session.graph) == ["city", "code unique", "text"])
    #expect(session.unindex("node(citi)").diagnostics.first?.help == "did you mean `city`?")
    for text in ["", "node", "city", "node(city). a(\"x\").", "node(nothing)"] {
      #expect(session.unindex(text).change == nil, "\(text)")
    }
    #expect(session.unindex("text").change != nil)
    #expect(session.unindex("text").change == nil)
  }

  @Test func whatHasNoIndexIsRefused() {
    for (text, help) in [
      (
        ".index company(code)",
        "properties of nodes have one, whatever the labels: `.index node(code)`; so have the parts "
          + "of texts: `.index text`"
      ),
      (".unique code", "properties of nodes have one, whatever the labels: `.unique node(code)`"),
      (".unique text", "properties of nodes have one, whatever the labels: `.unique node(text)`"),
      (".index node", "write `.index node(code)`"),
      (".index node(source)", "leave it out: every edge has it"),
    ] {
      let (_, problems) = load(text)
      #expect(problems.count == 1 && problems.first?.help == help, "\(text): \(problems)")
    }
    for text in [".index", ".index node()", ".unique node(", ".index node(a b)"] {
      #expect(load(text).problems.count == 1, "\(text)")
    }
  }
}
