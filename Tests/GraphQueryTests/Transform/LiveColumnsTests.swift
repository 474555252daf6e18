import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Columns that nothing looks at.
@Suite struct LiveColumnsTests {
  /// How many columns `p` has once a question is asked, in which way ever.
  private func width(_ rules: String, _ question: String) throws -> Int {
    let program = try TransformedProgram(
      """
      .decl e(x:number, y:number, z:number)
      e(1, 2, 3). e(2, 3, 4). e(3, 3, 5).
      .decl p(x:number, y:number, z:number)
      \(rules)
      """, question, without: Set(Optimization.allCases).subtracting([.columns])
    ).program
    return try #require(program.relations.first { $0.name == "p" }).columns.count
  }

  /// Edges of which nobody asks more than whether there are any keep both ends, and so does what gives them.
  @Test func whatStaysWholeIsGivenAllItsColumns() throws {
    let text = """
      t0("丙", "丙"). t1("乙", "丙"). t2("乙", "n5").
      t2(x, y) :- t0(x, x), (^t0|t1){2}(y, x).
      .decl d(v:number)
      d(1) :- node(_).
      """
    let program = try TransformedProgram(
      text, "?- d(v).", without: Set(Optimization.allCases).subtracting([.columns])
    ).program
    for rule in program.rules {
      let given = rule.body.compactMap(\.positiveAtom).reduce(into: Set<Int>()) {
        $0.formUnion($1.variables)
      }
      for case .variable(let variable) in rule.headTerms { #expect(given.contains(variable)) }
    }
    expectOneAnswer([text], seed: 0)
  }

  @Test(arguments: [
    ("p(x, y, z) :- e(x, y, z).", "?(x) :- p(x, _, _)", 1),
    ("p(x, y, z) :- e(x, y, z).", "?(x) :- p(x, _, z), z > 1", 2),
    ("p(x, y, z) :- e(x, y, z).", "?(x) :- p(x, _, 5)", 2),
    ("p(x, y, z) :- e(x, y, z).", "?- p(_, _, _)", 0),
    ("p(x, y, z) :- e(x, y, z).", "?(x) :- e(x, _, _), !p(x, _, _)", 1),
    ("p(x, y, z) :- e(x, y, z).", "?(x) :- p(x, y, _), e(y, _, _)", 2),
    // What goes round a recursion and comes to nothing.
    ("p(x, y, z) :- e(x, y, z). p(y, x, z) :- p(x, _, z), e(x, y, _).", "?(x) :- p(x, _, _)", 1),
    ("p(x, y, z) :- e(x, y, z). p(x, z, y) :- p(x, y, z), e(x, _, _).", "?(x) :- p(x, _, _)", 1),
    // And what comes back as something that is looked at.
    ("p(x, y, z) :- e(x, y, z). p(z, y, x) :- p(x, y, z), e(x, _, _).", "?(x) :- p(x, _, _)", 2),
    ("p(x, y, z) :- e(x, y, z). p(x, y, y) :- p(x, y, z), e(x, z, _).", "?(x) :- p(x, _, _)", 3),
    // A condition on it takes rows away.
    ("p(x, y, z) :- e(x, y, z). p(x, y, z) :- p(x, y, z), z < 4.", "?(x) :- p(x, _, _)", 2),
    // Computations may fail.
    ("p(x, y, 1 / y) :- e(x, y, _).", "?(x) :- p(x, _, _)", 2),
    // Rows that are counted are told apart by all columns, those of which the least is taken are not.
    ("p(x, y, z) :- e(x, y, z).", "?- n = count : { p(_, _, _) }", 3),
    ("p(x, y, z) :- e(x, y, z).", "?- n = sum x : { p(x, _, _) }", 3),
    ("p(x, y, z) :- e(x, y, z).", "?- n = min x : { p(x, _, _) }", 1),
    // Relations that are more than sets of rows.
    ("p(x, y, min z) :- e(x, y, z).", "?(x) :- p(x, _, _)", 3),
    ("p(x, y, z) :- e(x, y, z). p(x, y, z) <= p(x, y, w) :- w < z.", "?(x) :- p(x, _, _)", 3),
  ])
  func columnsThatGo(_ rules: String, _ question: String, _ expected: Int) throws {
    #expect(try width(rules, question + ".") == expected)
  }
}
