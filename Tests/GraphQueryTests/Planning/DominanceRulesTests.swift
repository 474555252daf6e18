import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Which subsumptions are orders by columns.
@Suite struct DominanceRulesTests {
  /// The order of the one subsumption over `d(a: number, b: symbol, v: float, w: number)`.
  private func order(_ subsumption: String) throws -> DominanceOrder? {
    let session = QuerySession()
    let text =
      ".decl d(a: number, b: symbol, v: float, w: number)\n.decl e(a: number)\n" + subsumption
    let loaded = session.load([SourceText(name: "test.dl", text: text)])
    try #require(loaded.isLoaded, "\(loaded.diagnostics.map(\.message))")
    let (core, _) = Lowering.lowerAll(in: session.environment(terms: session.termSpace()))
    let rule = try #require(core.rules.first { $0.isDominance })
    return DominanceOrder(rule, core)
  }

  @Test(arguments: [
    ("d(a, b, v, w) <= d(a, b, x, y) :- x <= v, w <= y.", [0, 1], ["<= 2", ">= 3"]),
    ("d(a, b, v, w) <= d(a, c, x, y) :- b = c, v > x, y >= w.", [0, 1], ["< 2", ">= 3"]),
    ("d(a, b, v, w) <= d(c, b, v, w) :- a < c.", [1, 2, 3], ["> 0"]),
    ("d(a, _, v, _) <= d(a, _, x, _) :- x < v.", [0], ["< 2"]),
    ("d(a, _, v, _) <= d(c, _, x, _) :- x < v, a >= c.", [], ["< 2", "<= 0"]),
  ])
  func anOrderByColumns(_ subsumption: String, _ keys: [Int], _ criteria: [String]) throws {
    let found = try #require(try order(subsumption))
    #expect(found.keys == keys)
    let written = found.criteria.map {
      ($0.isGreatest ? ">" : "<") + ($0.isStrict ? "" : "=") + " \($0.column)"
    }
    #expect(written == criteria)
  }

  @Test(arguments: [
    // Rows with equal values give way to each other.
    "d(a, _, v, _) <= d(a, _, x, _) :- x <= v.",
    // What a row gives way to does not tell what it gives way to in turn.
    "d(a, b, v, w) <= d(a, b, x, y) :- x < v, w != y.",
    "d(a, b, v, w) <= d(a, b, v, y) :- w + 1 < y.", "d(a, b, v, w) <= d(a, b, v, y) :- a < y.",
    "d(a, b, v, w) <= d(w, b, v, y) :- w < y.",
    // Not all rows, or not by themselves.
    "d(a, b, v, w) <= d(a, b, v, y) :- w < y, e(w).",
    "d(a, b, v, w) <= d(a, b, v, y) :- w < y, y > 3.",
    "d(3, b, v, w) <= d(3, b, v, y) :- w < y.",
    // Texts have no key of their order.
    "d(a, b, v, w) <= d(a, c, v, w) :- b < c.",
  ])
  func othersAreNone(_ subsumption: String) throws {
    #expect(try order(subsumption) == nil)
  }
}
