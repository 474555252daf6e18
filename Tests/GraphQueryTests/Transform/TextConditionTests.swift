import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Conditions on texts are answered by the index of texts as they are without it.
@Suite struct TextConditionTests {
  private func withSession(_ body: (QuerySession) throws -> Void) throws {
    try withTemporaryFolder("texts") { try withSession("\($0)/x.graph", body) }
  }

  private func withSession(_ path: String, _ body: (QuerySession) throws -> Void) throws {
    let session = try QuerySession.open(path)
    let letters = ["太", "原", "经", "济", "开", "发", "区", "a", "b", "c"]
    var random = SeededGenerator(seed: 91)
    func text() -> String {
      (0..<Int.random(in: 1...7, using: &random)).map { _ in
        letters[Int.random(in: 0..<letters.count, using: &random)]
      }.joined()
    }
    try session.write { writer in
      for number in 0..<4000 {
        let name = text() + "\(number)"
        writer.addLabel(number % 4 == 0 ? "zone" : "company", to: name)
        let note: [(String, Value)] = number % 4 == 0 ? [("note", .text(text()))] : []
        writer.addEdge(
          "near", from: name, to: text(), properties: note, citation: Citation(source: text()))
        if number % 50 == 0 { writer.addLabel("few", to: name) }
        if number % 7 == 0 { writer.addAlias(text() + " alias \(number)", of: name) }
      }
      writer.setTextIndex(true)
    }
    session.load([
      SourceText(
        name: "r.dl",
        text: """
          named(x) :- zone(x). named(cat(x, "太原")) :- few(x).
          zone(cat("太原", x)) :- few(x).
          """)
    ])
    try session.close()
    let again = try QuerySession.open(path)
    again.load([
      SourceText(
        name: "r.dl",
        text:
          "named(x) :- company(x). named(cat(x, \"太原\")) :- few(x). zone(cat(\"太原\", x)) :- few(x)."
      )
    ])
    again.parameters["part"] = .text("经济")
    try body(again)
    try again.close()
  }

  private static let questions = [
    "?- company(x), contains(\"太原\", x).", "?- company(x), contains(\"原\", x).",
    "?- near(x, y), contains(\"经济\", y).",
    "?- near(x, y), contains(\"经济\", y), contains(\"开发\", x).",
    "?- near(x, y, note: n), contains(\"abc\", n).", "?- near(x, y), contains($part, x).",
    "?- near(x, y), contains(\"ab\", x), few(x).", "?- named(x), contains(\"太原\", x).",
    "?- zone(x), contains(\"太原\", x).", "?- company(x), !contains(\"区区\", x), contains(\"a\", x).",
    "?- company(x), match(\".*太原.*\", x).", "?- company(x), match(\"(太|经济开发)区?.*\", x).",
    "?- near(x, y), match(\"开发区[0-9]*\", y).", "?- company(x), match(\"太原(区|开).*区.*\", x).",
    "?- near(x, y, source: s), contains(\"区区\", s).", "?- node(x), contains(\"经开\", x).",
    "?- alias(a, x), contains(\"区 alias\", a).", "?- edge(t, x, y), contains(\"原经\", y).",
    "?- company(x), contains(\"太原\", x) ; company(x), contains(\"经济\", x).",
    "?(count x) :- company(x), contains(\"区\", x), contains(\"发区\", x).",
    "?- company(x), near(x, y), contains(\"开发\", y), company(z), near(z, y), contains(\"太\", z).",
    "?- company(x), !few(x), contains(\"济开\", x), n = count : { near(_, y), contains(\"开发\", y) }.",
    "?- company(x), contains(\"\", x), contains(\"原a\", x).",
    "?- company(x), contains(\"nowhere\", x).",
    "?- property(x, k, v), contains(\"太原\", v).",
    "?- label(x, l), contains(\"太原\", x), contains(\"one\", l).",
    "?- company(x), x = y, contains(\"太原\", y).",
    "?- company(x), y = cat(x, \"太\"), contains(\"原太\", y).",
  ]

  @Test func answersAreTheSame() throws {
    try withSession { session in
      for question in Self.questions {
        session.optimizations = Set(Optimization.allCases)
        let left = try session.query(question)
        session.optimizations.remove(.texts)
        let right = try session.query(question)
        #expect(left.rowCount == right.rowCount, "\(question)")
        for row in 0..<min(left.rowCount, right.rowCount) {
          for column in left.columns.indices {
            #expect(
              left.text(row: row, column: column) == right.text(row: row, column: column),
              "\(question)")
          }
        }
      }
    }
  }

  private func accesses(_ session: QuerySession, _ question: String) -> [String] {
    let profile = session.plan(SourceText(name: "q", text: question)).profile
    return (profile?.rules ?? []).flatMap { $0.conditions.map { "\($0.text): \($0.access)" } }
  }

  @Test func plansSayWhatIsLookedUp() throws {
    try withSession { session in
      for question in [
        "?- company(x), contains(\"太原\", x).", "?- near(x, y), match(\"太原区.*\", y).",
        "?- near(x, y), contains($part, x).",
      ] {
        let plan = accesses(session, question)
        #expect(plan.contains { $0.hasSuffix(": stored index (text)") }, "\(question) \(plan)")
      }
      let scan = accesses(session, "?- near(x, y), contains(\"区\", y).")
      #expect(scan.contains { $0.hasSuffix(": scan (text)") }, "\(scan)")
      for question in [
        // Few rows, a pattern with short parts, texts that are made, rules that add texts.
        "?- few(x), contains(\"太原\", x).", "?- company(x), match(\".*区.*\", x).",
        "?- company(x), y = cat(x, \"b\"), contains(\"太原\", y).",
        "?- named(x), contains(\"太原\", x).", "?- zone(x), contains(\"太原\", x).",
        "?- company(x), !contains(\"太原\", x).", "?- company(x), match(\"[太原]+\", x).",
      ] {
        #expect(!accesses(session, question).joined().contains("(text)"), "\(question)")
      }
      session.optimizations.remove(.texts)
      #expect(
        !accesses(session, "?- company(x), contains(\"太原\", x).").joined().contains("(text)"))
    }
  }

  @Test func storedIndexesArePlanned() throws {
    let session = QuerySession()
    let facts = (0..<40).map { "plant(\"p\($0)\", year: \($0 % 9), city: \"c\($0)\")." }
    session.load([
      SourceText(name: "t.dl", text: ".index node(year)\n" + facts.joined(separator: "\n"))
    ])
    let indexed = accesses(session, "?- plant(x, year: 3).")
    #expect(indexed.contains { $0.contains("stored index (") }, "\(indexed)")
    let plain = accesses(session, "?- plant(x, city: \"c3\").")
    #expect(!plain.joined().contains("stored") && plain.joined().contains("index ("), "\(plain)")
    let all = accesses(session, "?- plant(x, year: 3), plant(y, year: n), n > 7.")
    #expect(!all.joined().contains("stored"), "\(all)")
  }

  @Test func requiredTextsOfPatterns() throws {
    for (pattern, texts) in [
      ("太原.*区", ["太原", "区"]), ("abc", ["abc"]), ("(ab)c?d", ["ab", "d"]), ("a|b", []),
      ("x[0-9]+y\\.z", ["x", "y.z"]), ("", []), ("^ab$", ["ab"]), ("a(b|c)d", ["a", "d"]),
    ] as [(String, [String])] {
      #expect(try PatternParser.parse(pattern).requiredTexts == texts, "\(pattern)")
    }
  }
}
