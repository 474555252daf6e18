import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// What is computed from a row, as a column to find the row by.
@Suite struct ComputedColumnsTests {
  private func program(_ text: String, _ query: String, without: Set<Optimization> = []) throws
    -> CoreProgram
  {
    try TransformedProgram(text, query, without: without).program
  }

  private func computed(_ program: CoreProgram) -> [CoreRelation] {
    program.relations.filter { $0.name.hasSuffix("computed") }
  }

  @Test func aRecursionOverFieldsIsBinary() throws {
    let text = """
      .type E = Leaf { v : symbol } | Add { l : number, r : number }
      .decl expr(i:number, e:E)
      expr(1, $Leaf("x")). expr(2, $Add(1, 1)). expr(3, $Add(2, 1)).
      .decl uses(i:number, v:symbol)
      uses(i, v) :- expr(i, $Leaf(v)).
      uses(i, v) :- expr(i, $Add(l, _)), uses(l, v).
      """
    let query = "?- uses(x, v), uses(y, v), x < y."
    let relations = computed(try program(text, query))
    #expect(relations.map(\.columns.count) == [2])
    #expect(computed(try program(text, query, without: [.computations])).isEmpty)
  }

  @Test func whatOnlyComputationsTieTogetherIsFoundByThem() throws {
    let text = """
      .decl at(i:number, x:number, y:number)
      at(1, 3, 4). at(2, 8, 1). at(3, 13, 7).
      """
    let relations = computed(
      try program(
        text, "?(i, j) :- at(i, x, y), at(j, u, v), x / 10 = u / 10, y / 10 = v / 10, i < j."))
    // Both values are columns of one relation, beside j; u and v are not asked for.
    #expect(relations.map(\.columns.count) == [3])
  }

  @Test(arguments: [
    // Terms change sides: a column of x + i, or of another of the two.
    ("?- at(i, x, _), at(j, u, _), x - u = j - i, i < j.", [3]),
    ("?- at(i, x, _), at(j, u, _), 3 - x * i - u = j - x, i < j.", [3]),
    // Any two of three lead to the third.
    ("?- at(a, _, _), at(b, _, _), at(c, _, _), a * a + b * b = c * c.", [2, 2, 2]),
    ("?- at(a, _, _), at(b, _, _), at(c, _, _), a * a + b = c, a < b.", [2]),
  ])
  func whatSeveralAreComputedToTogether(query: String, widths: [Int]) throws {
    let text = ".decl at(i:number, x:number, y:number)\nat(1, 3, 4). at(2, 8, 1)."
    #expect(computed(try program(text, query)).map(\.columns.count) == widths)
  }

  /// Tied by a variable, by a computation that may fail, by numbers that are not compared bit by bit.
  @Test(arguments: [
    "?- at(i, x, y), at(i, u, v), x / 10 = u / 10.",
    "?- at(i, x, y), at(j, u, v), x / y = u / v.",
    "?- at(i, x, y), at(j, u, v), to_float(x) * 0.5 = to_float(u) * 0.5.",
    "?- at(i, x, y), at(j, u, v), x + 1 = u.",
    "?- at(i, x, _), at(j, u, _), x = u + i.",
    "?- at(i, x, _), at(j, u, _), x * u = i * j.",
    "?- at(a, _, _), at(b, _, _), at(c, _, _), a + b = c + 1.",
    "?- at(i, x, _), at(j, u, _), to_float(x) - to_float(u) = to_float(i) - to_float(j).",
  ])
  func elsewhereNothingChanges(query: String) throws {
    let text = ".decl at(i:number, x:number, y:number)\nat(1, 3, 4). at(2, 8, 1)."
    #expect(computed(try program(text, query)).isEmpty)
  }

  /// Recursions and joins over computed values, in every mode of the engine.
  @Test func randomProgramsHaveOneAnswer() {
    for seed in 0..<UInt64(110) {
      var generator = ComputationGenerator(seed: seed)
      let (text, query) = generator.program()
      Differential.expectAgreement(text, query: query, seed: seed)
    }
  }
}

/// Draws rules whose conditions are tied by what is computed from their variables.
private struct ComputationGenerator: RandomDraws {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  private mutating func term(_ variable: String) -> String {
    let constant = number(1...3)
    return pick([
      "\(variable) + \(constant)", "\(variable) / \(constant)", "\(variable) % \(constant)",
      "max(\(variable), \(constant))", "\(variable) * \(variable) - \(constant)",
      "strlen(to_string(\(variable)))",
    ])
  }

  mutating func program() -> (text: String, query: String) {
    var lines = [".decl t(x:number, y:number)", ".decl r(x:number, y:number)"]
    lines += [".type L = [head:number, tail:L]", ".decl l(i:number, l:L)"]
    for _ in 0..<number(4...14) { lines.append("t(\(number(-2...6)), \(number(0...5))).") }
    for _ in 0..<number(2...6) {
      let tail = pick(["nil", "[\(number(0...4)), nil]"])
      lines.append("l(\(number(0...5)), [\(number(0...5)), \(tail)]).")
    }
    lines.append("r(x, y) :- t(x, y).")
    for _ in 0..<number(1...2) {
      lines.append(
        pick([
          "r(x, w) :- t(x, y), z = \(term("y")), r(z, w).",
          "r(i, w) :- l(i, [h, _]), r(h, w).",
          "r(i, w) :- l(i, [h, [k, _]]), r(h, w), r(k, _).",
          "r(x, w) :- r(x, y), t(z, w), \(term("y")) = \(term("z")).",
          "r(x, w) :- r(x, y), t(u, v), z = \(term("u")), t(z, w), r(v, y).",
        ]))
    }
    let query = pick([
      "?- r(x, y).", "?- t(x, y), t(u, v), \(term("y")) = \(term("u")).",
      "?- t(x, y), r(u, v), \(term("x")) = \(term("u")), \(term("y")) = \(term("v")).",
      "?- t(x, y), t(u, v), x - u = \(term("y")) - \(pick(["v", term("v")])).",
      "?- t(x, y), t(u, v), y - u \(pick(["=", "=", "!="])) 2 - (\(term("x")) - v), x < u.",
      "?- t(x, _), t(y, _), r(z, _), \(term("x")) + \(term("y")) = \(term("z")).",
      "?- t(x, _), r(y, w), t(z, _), \(term("x")) - z = \(pick(["y", "w - y"])), x <= y.",
      "?- t(x, _), t(y, _), r(z, _), r(w, _), \(term("x")) + y = z + \(term("w")).",
      "?(n) :- n = count : { t(x, _), r(y, _), t(z, _), \(term("x")) + y = z - \(term("x")) }.",
      "?(n) :- n = count : { t(x, _), r(u, _), \(term("x")) = \(term("u")) }.",
      "?- t(x, y), !r(y, x), l(i, [h, _]), \(term("h")) = \(term("y")).",
    ])
    return (lines.joined(separator: "\n"), query)
  }
}
