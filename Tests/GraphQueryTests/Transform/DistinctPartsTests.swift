import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Products of what each has few values.
@Suite struct DistinctPartsTests {
  private static let facts = """
    .decl item(i:number, kind:number, size:number)
    .decl day(d:number, year:number)
    item(1, 2, 3). item(2, 2, 3). day(1, 7). day(2, 7).

    """

  @Test(arguments: [
    ("item(_, x, _), day(_, y)", ["item values", "day values"]),
    ("item(_, x, 3), day(y, 7)", ["item values", "day"]),
    // What has something in common is found by it.
    ("item(x, k, _), day(k, y)", ["item", "day"]),
    ("item(x, k, _), day(y, _), item(y, k, _)", ["item", "day", "item"]),
    // One is all there is.
    ("item(x, _, _), y = x", ["item"]),
    // A comparison is not a way to find rows.
    ("item(_, x, _), day(_, y), x < y", ["item values", "day values"]),
  ])
  func partsThatShareNothingAreDistinct(_ body: String, _ relations: [String]) throws {
    let transformed = try TransformedProgram(
      Self.facts + ".decl r(x:number, y:number)\nr(x, y) :- \(body).\n", "?- r(x, y).",
      without: [.demand])
    let program = transformed.program
    let names = program.rules.filter { program[$0.head].name == "r" }.flatMap { rule in
      rule.body.compactMap(\.relation).map { program[$0].name }
    }
    #expect(names == relations)
  }

  @Test func randomProgramsHaveOneAnswer() {
    let parts = [
      "item(_, x, _)", "item(x, _, 2)", "item(x, z, _)", "item(z, x, _)", "item(x, z, 1)",
    ]
    let others = ["day(_, y)", "day(y, _)", "item(y, _, _)", "item(_, _, y)", "day(y, 2)"]
    let ends = [
      "", ", x < y", ", !day(x, y)", ", n = count : { item(x, y, _) }, n > 0",
      ", n = sum s : { item(_, x, s), day(y, _) }", ", day(_, 1)", ", y = x + 1",
    ]
    for seed in 1...20 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      func number() -> Int { Int.random(in: 0...4, using: &random) }
      var text = """
        .decl item(i:number, kind:number, size:number)
        .decl day(d:number, year:number)

        """
      for _ in 0..<20 { text += "item(\(number()), \(number()), \(number())).\n" }
      for _ in 0..<10 { text += "day(\(number()), \(number())).\n" }
      for rule in 0..<4 {
        let part = parts.randomElement(using: &random) ?? ""
        let other = others.randomElement(using: &random) ?? ""
        let body = "\(part), \(other)\(ends.randomElement(using: &random) ?? "")"
        text += ".decl r\(rule)(x:number, y:number)\nr\(rule)(x, y) :- \(body).\n"
        text += ".decl m\(rule)(x:number, n:number)\n"
        text += "m\(rule)(x, v) :- item(x, _, _), v = max y : { \(body) }.\n"
      }
      Differential.expectAgreement(text, query: nil, seed: seed)
    }
  }
}
