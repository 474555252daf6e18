import GraphCore
import GraphQuery
import Testing

@testable import graphsh

@Suite struct PictureRequestTests {
  @Test func everyOption() throws {
    let request = try PictureRequest.parse(
      "\"a b.svg\" ?- supplies(a, b). by cluster zone, colour label, caption amount unit, max 80, "
        + "expand 2 around “大运 集团”, no legend, top to bottom, title \"a, b\", engine sfdp")
    #expect(request.path == "a b.svg")
    #expect(request.query == "?- supplies(a, b).")
    #expect(request.options.cluster == "zone")
    #expect(request.options.colour == "label")
    #expect(request.options.captions == ["amount", "unit"])
    #expect(request.options.maximum == 80)
    #expect(request.options.expansion == .init(steps: 2, name: "大运 集团"))
    #expect(!request.options.showsLegend)
    #expect(request.options.direction == "TB")
    #expect(request.options.title == "a, b")
    #expect(request.engine == "sfdp")
  }

  @Test(arguments: [
    (#"title "a \"b\", c", max 3"#, #"a "b", c"#), (#"title "C:\\x", max 3"#, #"C:\x"#),
    (#"title "C:\x", max 3"#, #"C:\x"#), (#"title “甲 \” 乙”, max 3"#, "甲 ” 乙"),
    (#"title 'it\'s', max 3"#, "it's"),
  ])
  func quotesInsideQuotes(options: String, title: String) throws {
    let request = try PictureRequest.parse("a.svg ?- supplies(a, b). by \(options)")
    #expect(request.options.title == title)
    #expect(request.options.maximum == 3)
  }

  @Test func withoutOptionsOrQuery() throws {
    #expect(try PictureRequest.parse("a.dot").query == nil)
    #expect(try PictureRequest.parse("a.dot ?- supplies(a, b)").query == "?- supplies(a, b)")
    #expect(try PictureRequest.parse("").path == "")
  }

  @Test func aForgottenFullStop() throws {
    let request = try PictureRequest.parse("a.dot ?- supplies(a, \"x by max\") by max 3, no legend")
    #expect(request.query == "?- supplies(a, \"x by max\")")
    #expect(request.options.maximum == 3)
    #expect(!request.options.showsLegend)
    let ordered = try PictureRequest.parse("a.dot ?(a, b) :- supplies(a, b) order by a")
    #expect(ordered.query == "?(a, b) :- supplies(a, b) order by a")
  }

  @Test(arguments: ["cluster", "max 0", "max x", "expand 2 大运", "colr label", "engine dott", "by"])
  func mistakes(_ text: String) {
    #expect(throws: PictureRequest.Mistake.self) {
      _ = try PictureRequest.parse("a.dot ?- a(x). \(text)")
    }
  }

  @Test func enginesBySize() {
    #expect(Graphviz.engine(nodeCount: 10, edgeCount: 10, hasClusters: true) == "dot")
    #expect(Graphviz.engine(nodeCount: 500, edgeCount: 900, hasClusters: false) == "sfdp")
    #expect(Graphviz.engine(nodeCount: 500, edgeCount: 900, hasClusters: true) == "fdp")
    #expect(Graphviz.rareCharacter(in: Array("é 大".utf8)) == "大")
    #expect(Graphviz.rareCharacter(in: Array("plain “é”".utf8)) == nil)
  }
}

/// Pictures of a small graph: what is drawn, folded, boxed and captioned.
@Suite struct PictureTests {
  private func session() -> QuerySession {
    let session = QuerySession()
    var text = """
      company("A", founded: 1990). company("B"). zone("Z"). project("P"). partner(x) :- knows(x, _).
      located_in("A", "Z") @ 3. located_in("P", "Z"). builds("A", "P", amount: 12.0, unit: "亿元").
      supplies("A", "B", what: "钢"). supplies("B", "C", what: "板").

      """
    for index in 1...20 { text += "knows(\"hub\", \"n\(index)\").\n" }
    session.load([SourceText(name: "t.dl", text: text)])
    return session
  }

  private func picture(_ query: String?, _ change: (inout PictureOptions) -> Void = { _ in })
    -> Picture?
  {
    var options = PictureOptions()
    change(&options)
    return session().picture(
      of: query.map { SourceText(name: "q", text: $0) }, options: options
    ).picture
  }

  @Test func edgesWithWildcardsAndCaptions() throws {
    let found = try #require(picture("?- builds(_, p)."))
    #expect(found.graph.nodes.map(\.name).sorted() == ["A", "P"])
    #expect(found.graph.edges.first?.caption == "12 亿元")
    #expect(found.graph.nodes.first { $0.name == "A" }?.detail == "founded: 1990")
  }

  @Test func pathsAreDrawnAsTheirSteps() throws {
    let found = try #require(picture("?- supplies+(\"A\", \"C\")."))
    #expect(found.graph.edges.map { $0.from + $0.to } == ["AB", "BC"])
  }

  @Test func clustersByLabelEdgeTypeAndProperty() throws {
    let byZone = try #require(picture("?- builds(c, p).") { $0.cluster = "zone" })
    #expect(byZone.graph.nodes.map(\.cluster) == ["Z", "Z"])
    let byLabel = try #require(picture("?- builds(c, p).") { $0.cluster = "label" })
    #expect(byLabel.graph.nodes.map(\.cluster) == ["company", "project"])
    let byProperty = try #require(picture("?- builds(c, p).") { $0.colour = "founded" })
    #expect(byProperty.graph.nodes.map(\.colour) == ["1990", "–"])
  }

  @Test func aCaptionThatNothingHasIsRefused() {
    var options = PictureOptions()
    options.captions = ["amount", "untt"]
    let source = SourceText(name: "q", text: "?- builds(c, p).")
    let (picture, diagnostics) = session().picture(of: source, options: options)
    #expect(picture == nil)
    #expect(diagnostics.map(\.message) == ["no property is named `untt`"])
    #expect(diagnostics.first?.help == "did you mean `unit`?")
  }

  @Test func namesThatLookAlikeAreTwoNodes() throws {
    let session = session()
    _ = session.perform(
      statement: SourceText(
        name: "q", text: "knows(\"e\u{301}\", \"\u{E9}\"). knows(\"+ hub\", \"A\")."))
    let found = session.picture(
      of: SourceText(name: "q", text: "?- knows(x, y), !company(y), x != \"hub\"."),
      options: PictureOptions())
    #expect(found.picture?.graph.nodes.count == 2)
    var options = PictureOptions()
    options.maximum = 2
    options.expansion = .init(steps: 1, name: "+ hub")
    let folded = session.picture(
      of: SourceText(name: "q", text: "?- knows(x, y)."), options: options
    ).picture
    let stubs = folded?.graph.nodes.filter(\.isStub).map(\.name) ?? []
    #expect(folded?.graph.nodes.contains { $0.name == "+ hub" && !$0.isStub } ?? false)
    #expect(!stubs.isEmpty && !stubs.contains("+ hub"))
  }

  @Test func labelsKeepTheirColoursFromPictureToPicture() {
    let orders = ["?- company(x).", "?- project(x)."].compactMap {
      picture($0)?.graph.labelOrder.prefix(3)
    }
    #expect(orders == [["company", "zone", "project"], ["company", "zone", "project"]])
  }

  @Test func theRestIsFolded() throws {
    let found = try #require(picture("?- knows(x, y).") { $0.maximum = 5 })
    #expect(found.nodeCount == 21)
    #expect(found.foldedCount == 16)
    let stub = try #require(found.graph.nodes.first { $0.isStub })
    #expect(stub.text == "+16")
    #expect(found.graph.nodes.count == 6)
  }

  @Test func derivedRelationsAndLimits() throws {
    #expect(picture("?- partner(x).")?.graph.nodes.map(\.name) == ["hub"])
    #expect(picture("?(x, y) :- knows(x, y) limit 3.")?.graph.edges.count == 3)
    let around = picture(nil) { $0.expansion = .init(steps: 1, name: "A") }
    #expect(around?.graph.nodes.map(\.name).sorted() == ["A", "B", "P", "Z"])
    #expect(picture("?- nosuch(x).") == nil)
    #expect(picture("?- knows(x, y).") { $0.cluster = "nosuch" } == nil)
  }
}
