import GraphCore
import GraphQuery
import Testing

@testable import graphsh

/// What Tab offers, by what stands around the cursor.
@Suite struct StatementCompletionTests {
  private static func session() -> QuerySession {
    let session = QuerySession()
    let text = """
      company("大运集团", founded: 1987). company("伊利集团"). zone("祁县经济开发区").
      zone("运城经济技术开发区"). project("新能源汽车项目").
      alias("祁县开发区", "祁县经济开发区").
      located_in("伊利集团", "祁县经济开发区", since: "2001").
      builds("大运集团", "新能源汽车项目", amount: 12.5, unit: "亿元").
      near(x, y) :- located_in(x, z), located_in(y, z).
      """
    session.load([SourceText(name: "t.dl", text: text)])
    return session
  }

  private func offers(_ text: String) -> [String] {
    let completion = StatementCompletion(
      session: Self.session(), text: text, offset: text.utf8.count
    ).completion
    return completion?.candidates.map(\.text) ?? []
  }

  private func result(_ text: String) -> String {
    let completion = StatementCompletion(
      session: Self.session(), text: text, offset: text.utf8.count
    ).completion
    guard let completion, let first = completion.candidates.first else { return text }
    return String(decoding: Array(text.utf8)[..<completion.replaced.lowerBound], as: UTF8.self)
      + first.text
  }

  @Test func commandsAtTheStartOfALine() {
    #expect(offers(".mo") == [".mode "])
    #expect(offers("company(\"a\").\n.who").isEmpty)
    #expect(offers(".wh") == [".why ", ".whynot "])
    #expect(offers(".mode c") == ["csv"])
    #expect(offers(".timer o") == ["on", "off"])
    #expect(offers(".help .lo") == [".load"])
  }

  @Test func relations() {
    #expect(offers("?- loc") == ["located_in("])
    #expect(offers("?- company(c), ne") == ["near("])
    #expect(offers("?- company(company1), compa") == ["company(", "company1"])
  }

  @Test func algorithmsAndTheirGraphs() {
    #expect(offers("?- compo") == ["component["])
    #expect(offers("?- component[loc") == ["located_in"])
    #expect(offers("?- component[located_in|^bu") == ["builds"])
    #expect(offers("?- pagerank[builds](x, s, ") == ["damping: "])
    #expect(offers("?- pagerank[builds](x, s), ne") == ["near("])
    #expect(offers("?- component[builds](x, ").isEmpty)
  }

  @Test func propertiesOfTheRelation() {
    #expect(
      offers("?- builds(c, p, ") == ["amount: ", "unit: ", "source: ", "lines: ", "id: "])
    #expect(offers("?- builds(c, p, amount: a, u") == ["unit: "])
    #expect(offers("?- company(c, ").first == "founded: ")
    // A value is no place for a name of an argument.
    #expect(!offers("?- builds(c, p, amount: am").contains("amount: "))
  }

  @Test func namesThatStandInThePlaceComeFirst() {
    #expect(offers("?- located_in(c, \"").first == "祁县经济开发区\"")
    #expect(offers("?- company(\"").prefix(2) == ["大运集团\"", "伊利集团\""])
    #expect(result("?- located_in(c, \"经济") == "?- located_in(c, \"祁县经济开发区\"")
    // Nodes that are elsewhere come after those.
    #expect(
      offers("?- located_in(c, \"开发") == ["祁县经济开发区\"", "祁县开发区\"", "运城经济技术开发区\""])
    #expect(offers("?- located_in(c, “运城") == ["运城经济技术开发区”"])
    #expect(offers("?- company(\"没有").isEmpty)
  }

  @Test func namesBehindCommands() {
    #expect(offers(".show 大运") == ["\"大运集团\""])
    #expect(offers(".info comp").first == "company")
    #expect(offers(".path \"大运集团\" \"伊利") == ["伊利集团\""])
  }

  @Test func edgeTypesBehindVia() {
    #expect(offers(".path \"大运集团\" to \"伊利集团\" via ") == ["builds", "located_in"])
    #expect(offers(".path 大运集团 伊利集团 via lo") == ["located_in"])
    #expect(offers(".path 大运集团 伊利集团 via builds,lo") == ["located_in"])
    #expect(offers(".path 大运集团 伊利集团 via builds lo") == ["located_in"])
    #expect(offers(".path 大运集团 伊利集团 via comp").isEmpty)
    #expect(offers(".path 大运").contains("\"大运集团\""))
  }

  @Test func nothingCrashesOnHalfStatements() {
    let text = "?- company(c, founded: y), \"开(.[{“,: /* // .why .dot f ?-"
    for end in text.unicodeScalars.indices {
      _ = offers(String(text.unicodeScalars[..<end]))
    }
  }
}

/// Which parts of a statement have which colour.
@Suite struct HighlighterTests {
  private func parts(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    return Highlighter.styles(of: text).map {
      "\($0.style) \(String(decoding: bytes[$0.range], as: UTF8.self))"
    }
  }

  @Test func aQuery() {
    #expect(
      parts("?- company(c), builds+(c, \"大运\"), 3.5亿 < a. // why") == [
        "keyword ?", "relation company", "variable c", "relation builds", "variable c",
        "text \"大运\"", "number 3.5亿", "variable a", "comment // why",
      ])
  }

  @Test func theGraphOfAnAlgorithm() {
    #expect(
      parts("?- core[builds|^(near+)](x, k), [y] = z.") == [
        "keyword ?", "relation core", "relation builds", "relation near", "variable x",
        "variable k", "variable y", "variable z",
      ])
  }

  @Test func commandsAndWords() {
    #expect(
      parts(".mode csv\n?(n: count x) :- zone(x) order by n.") == [
        "command .", "command mode", "variable csv", "keyword ?", "variable n", "keyword count",
        "variable x", "keyword :-", "relation zone", "variable x", "keyword order", "keyword by",
        "variable n",
      ])
  }

  @Test func rangesAscendAndStayApart() {
    let text = "?- a(\"x\\\"y\"), /* 注释 */ b(“甲”), 0x, `q r`(c), 'bad' .. :- @ 5-7"
    var end = 0
    for style in Highlighter.styles(of: text) {
      #expect(style.range.lowerBound >= end)
      end = style.range.upperBound
    }
    #expect(end <= text.utf8.count)
  }
}
