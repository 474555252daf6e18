import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// What a closure leads back to, found by strong components.
@Suite struct CycleMembersTests {
  /// Whether the pairs of `p` are still computed for a question.
  private func needsPairs(_ rules: String, _ question: String) throws -> Bool {
    let transformed = try TransformedProgram(
      """
      .decl e(x:number, y:number)
      .decl w(x:number, y:number, z:number)
      e(1, 2). e(2, 1). e(2, 3). w(1, 2, 3). w(3, 4, 1).
      .decl p(x:number, y:number)
      \(rules)
      """, question)
    let program = transformed.program
    return program.rules.contains {
      program[$0.head].part == nil && program[$0.head].name == "p"
    }
  }

  @Test(arguments: [
    "p(x, y) :- e(x, y). p(x, z) :- p(x, y), e(y, z).",
    "p(x, y) :- e(x, y). p(x, z) :- e(x, y), p(y, z).",
    "p(x, y) :- e(x, y). p(x, z) :- p(x, y), p(y, z).",
    "p(x, y) :- e(x, y). p(x, z) :- p(y, z), p(x, y). p(x, z) :- p(x, y), e(y, z).",
    "p(x, y) :- e(y, x). p(x, z) :- p(x, y), e(z, y).",
    "p(x, y) :- e(x, y) ; w(y, x, _). p(x, z) :- p(x, y), (e(y, z) ; w(z, y, _)).",
    "p(x, y) :- w(x, y, n), n > 2. p(a, c) :- p(a, b), w(b, c, m), m > 2.",
    "p(x, y) :- e(x, _), w(x, z, _), e(z, y). p(x, y) :- p(x, z), p(z, y).",
  ])
  func aClosureThatIsAskedForItsCyclesHasNoPairs(_ rules: String) throws {
    #expect(try !needsPairs(rules, "?- p(x, x)."))
    #expect(try !needsPairs(rules, "?- e(x, _), !p(x, x)."))
    #expect(try !needsPairs(rules, "?- p(x, y), p(y, x), x < y."))
    #expect(try needsPairs(rules, "?- p(x, y), !p(y, x)."))
  }

  /// Steps that are not those which a path begins with, or another recursion altogether.
  @Test(arguments: [
    "p(x, y) :- e(x, y). p(x, z) :- p(x, y), w(y, z, _).",
    "p(x, y) :- e(x, y). p(x, y) :- w(x, y, _). p(x, z) :- p(x, y), e(y, z).",
    "p(x, y) :- e(x, y). p(x, z) :- p(x, y), (e(y, z) ; w(y, z, _)).",
    "p(x, y) :- e(x, y). p(x, z) :- p(x, y), e(z, y).",
    "p(x, y) :- e(x, y). p(x, z) :- p(y, x), e(y, z).",
    "p(x, y) :- e(x, y). p(x, z) :- p(x, y), e(y, z), x != z.",
    "p(x, y) :- w(x, y, n), n > 2. p(a, c) :- p(a, b), w(b, c, m), m > 1.",
    "p(x, y) :- e(x, y). p(x, z) :- p(x, y), p(z, y).",
    "p(x, y) :- e(x, y). p(x, w) :- p(x, y), p(y, z), p(z, w).",
    "p(x, z) :- p(x, y), p(y, z).",
    "p(1, 1). p(x, y) :- e(x, y). p(x, z) :- p(x, y), e(y, z).",
  ])
  func otherRecursionsAreLeft(_ rules: String) throws {
    #expect(try needsPairs(rules, "?- p(x, x)."))
  }

  /// A walk from what is named takes less.
  @Test(arguments: ["?- p(2, 2).", "?- x = 2, p(x, x)."])
  func aNamedNodeIsLookedFor(_ question: String) throws {
    let rules = "p(x, y) :- e(x, y). p(x, z) :- p(x, y), e(y, z)."
    let program = try TransformedProgram(
      ".decl e(x:number, y:number)\ne(1, 2). e(2, 1).\n.decl p(x:number, y:number)\n" + rules,
      question
    ).program
    #expect(!program.rules.contains { $0.algorithm != nil })
  }

  /// In a graph also what lies beside a named node.
  @Test(arguments: [
    ("?- e(\"a\", x), f+(x, x).", false), ("?- e(x, \"a\", w: 3), !f+(x, x).", false),
    ("?- e(\"a\", x), f+(x, y), f+(y, x).", false), ("?- e(\"a\", y), f+(x, x), e(y, x).", true),
    ("?- e(y, x, w: 3), f+(x, x).", true), ("?- l(x), f+(x, x).", true),
  ])
  func nodesBesideANamedOneAreLookedFor(_ question: String, usesComponents: Bool) throws {
    let program = try TransformedProgram(
      "l(\"a\"). e(\"a\", \"b\", w: 3). f(\"b\", \"a\"). f(\"a\", \"b\").", question
    ).program
    #expect(program.rules.contains { $0.algorithm != nil } == usesComponents)
  }

  @Test func randomClosuresHaveOneAnswer() {
    for seed in 0..<UInt64(200) {
      var generator = ClosureGenerator(seed: seed)
      let (text, query) = generator.program()
      Differential.expectAgreement(text, query: query, seed: seed)
    }
  }
}

/// Draws recursions that are closures, or nearly, and questions about cycles.
private struct ClosureGenerator: RandomDraws {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func program() -> (text: String, query: String) {
    var lines = [".decl e(x:number, y:number)", ".decl w(x:number, y:number, n:number)"]
    lines += [".decl p(x:number, y:number)", ".decl c(x:number)"]
    let lowest = number(0...4) == 0 ? -3 : 0
    for _ in 0..<number(2...12) { lines.append("e(\(number(lowest...9)), \(number(0...9))).") }
    for _ in 0..<number(0...6) {
      lines.append("w(\(number(lowest...9)), \(number(0...9)), \(number(1...2))).")
    }
    let steps = (0..<number(1...2)).map { _ in
      pick([
        "e($, %)", "e(%, $)", "w($, %, _)", "w($, %, 1)", "w(%, $, n), n > 1",
        "e($, m), w(m, %, _)",
      ])
    }
    func step(_ text: String, _ from: String, _ to: String) -> String {
      String(text.flatMap { $0 == "$" ? from : $0 == "%" ? to : String($0) })
    }
    for text in steps { lines.append("p(x, y) :- \(step(text, "x", "y")).") }
    // One in some leaves a step out.
    for text in steps where number(0...9) > 0 {
      lines.append(
        pick([
          "p(x, z) :- p(x, y), \(step(text, "y", "z")).",
          "p(x, z) :- \(step(text, "x", "y")), p(y, z).", "p(x, z) :- p(x, y), p(y, z).",
        ]))
    }
    lines.append("c(x) :- p(x, x).")
    let query = pick([
      "?- p(x, x).", "?- c(x), e(x, y).", "?- e(x, y), !p(y, y).", "?- p(x, y), p(y, x).",
      "?(n) :- n = count : { p(x, x) }.", "?(n) :- n = count : { p(x, y), p(y, x), x < y }.",
      "?(x, n) :- c(x), n = sum y : { p(x, y), p(y, x) }.", "?- p(x, x), p(x, y).",
      "?(x, n) :- e(x, _), n = count : { p(x, _) }.",
      "?(y, n) :- e(_, y), n = count : { p(_, y) }.",
      "?(n) :- n = count : { p(_, _) }.", "?- p(x, y), e(y, z), p(y, x), !p(z, z).",
      "?- x = \(number(0...9)), p(x, x).",
    ])
    return (lines.map { $0 + "\n" }.joined(), query)
  }
}
