import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Rules that add nothing to what they read.
@Suite struct RedundantRulesTests {
  private static let declarations = """
    .decl s(x:number, y:number)
    .decl k(x:number, v:number)
    .decl eq(x:number, y:number) eqrel
    .decl r(x:number, y:number)
    s(1, 2). s(2, 3). s(5, 6). k(1, 7). k(3, 7). k(6, 7).
    eq(x, y) :- s(x, y).
    r(x, y) :- s(x, y).

    """

  private func rulesLeft(_ rule: String) throws -> Int {
    let program = try TransformedProgram(Self.declarations + rule, "?- eq(x, y), r(x, y).").program
    return program.rules.count { ["eq", "r"].contains(program[$0.head].name) }
  }

  @Test(arguments: [
    "eq(x, y) :- eq(x, z), eq(z, y), k(x, v), k(y, v).", "eq(x, y) :- eq(y, x).",
    "eq(x, y) :- eq(y, z), eq(u, x), eq(u, w), eq(z, w), x < y.", "eq(x, x) :- eq(x, _), k(x, _).",
    "r(x, y) :- r(x, y), k(x, _), !eq(y, x).", "r(x, 3) :- k(x, _), r(x, 3).",
  ])
  func whatFollowsIsLeftOut(rule: String) throws {
    #expect(try rulesLeft(rule) == 2)
    expectOneAnswer([Self.declarations + rule], seed: 0)
  }

  @Test(arguments: [
    "eq(x, y) :- eq(x, z), eq(u, y), k(z, v), k(u, v).", "eq(x, x) :- k(x, _), eq(_, _).",
    "eq(x, y) :- eq(x, z), eq(z, y), v = 1 / (x - y).", "r(x, y) :- r(y, x), k(x, _).",
    "r(x, z) :- r(x, y), r(y, z).", "r(x, x) :- r(x, _).", "r(x, 3) :- r(x, 4).",
  ])
  func whatMayAddSomethingStays(rule: String) throws {
    #expect(try rulesLeft(rule) == 3)
  }
}
