import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Texts of small relations are looked into once.
@Suite struct EarlyTestsTests {
  private static let facts = """
    .decl part(p:number, name:symbol)
    .decl item(o:number, p:number, a:number)
    part(1, "green tea"). part(2, "tea").
    item(1, 1, 1). item(2, 1, 2). item(3, 2, 3). item(4, 2, 4). item(5, 2, 5).

    """

  @Test(arguments: [
    ("part(p, n), contains(\"green\", n), item(o, p, a)", ["part tested", "item"], 0),
    ("item(o, p, a), part(p, n), contains(\"tea\", n)", ["item", "part tested"], 0),
    // A pattern may be wrong, which is said where it is used.
    ("item(o, p, a), part(p, n), match(\".*tea\", n)", ["item", "part"], 1),
    ("part(p, n), !contains(\"green\", n), item(o, p, a)", ["part tested", "item"], 0),
    // A constant says where to begin.
    ("part(p, n), contains(\"green\", n), item(o, p, 1), a = 1", ["part", "item selected"], 1),
    // Two texts are compared row by row.
    ("part(p, n), contains(m, n), item(o, p, a), part(_, m)", ["part", "item", "part values"], 1),
    // Both are as large.
    ("part(p, n), contains(\"green\", n), part(o, n), a = p", ["part", "part"], 1),
  ])
  func testsOfASmallRelationComeFirst(
    _ body: String, _ relations: [String], _ tests: Int
  ) throws {
    let program = try TransformedProgram(
      Self.facts + ".decl r(o:number, a:number)\nr(o, a) :- \(body).\n", "?- r(o, a).",
      without: [.demand]
    ).program
    let rules = program.rules.filter { program[$0.head].name == "r" }
    let names = rules.flatMap { $0.body.compactMap(\.relation).map { program[$0].name } }
    #expect(names == relations)
    let found = rules.flatMap(\.body).count { if case .test = $0 { true } else { false } }
    #expect(found == tests)
  }

  @Test func randomProgramsHaveOneAnswer() {
    let tests = [
      "contains(\"a\", n)", "!contains(\"b\", n)", "match(\"a.*\", n)", "!match(\".*b\", n)",
      "contains(\"a\", n), contains(\"b\", m)", "contains(n, m)",
    ]
    let joins = [
      "item(o, p, a), part(q, m)", "item(o, p, q), part(q, m)", "item(o, q, p), part(o, m)",
    ]
    for seed in 1...20 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      func number() -> Int { Int.random(in: 0...4, using: &random) }
      func word() -> String {
        ["a", "b", "ab", "ba", "cab", "c"].randomElement(using: &random) ?? ""
      }
      var text = ".decl part(p:number, name:symbol)\n.decl item(o:number, p:number, a:number)\n"
      for _ in 0..<6 { text += "part(\(number()), \"\(word())\").\n" }
      for _ in 0..<25 { text += "item(\(number()), \(number()), \(number())).\n" }
      for rule in 0..<4 {
        let test = tests.randomElement(using: &random) ?? ""
        let join = joins.randomElement(using: &random) ?? ""
        text += """
          .decl r\(rule)(p:number, n:symbol)
          r\(rule)(p, n) :- part(p, n), \(join), \(test).
          .decl c\(rule)(k:number)
          c\(rule)(k) :- k = count : { part(p, n), \(join), \(test) }.

          """
      }
      Differential.expectAgreement(text, query: nil, seed: seed)
    }
  }
}
