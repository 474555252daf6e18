import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Conditions on relations in compact form, whose pairs are many more than their near values.
@Suite struct CompactPairsTests {
  /// The conditions of a rule for `r` in their order, with the rows behind each.
  private func conditions(
    _ rule: String, facts: String
  ) throws -> [(text: String, rows: Int)] {
    let session = QuerySession()
    session.requiresDeclarations = true
    let program = facts + ".decl r(a:number, b:number)\n.output r\n\(rule)\n"
    let loaded = session.load([SourceText(name: "p.dl", text: program)])
    #expect(loaded.isLoaded, "\(loaded.diagnostics.map(\.message))")
    var profile: QueryProfile?
    #expect(session.runProgram { profile = $0 }.result != nil)
    let all = try #require(profile).rules
    let found = try #require(all.last { $0.text.contains("e(") || $0.text.contains("p(") })
    return found.conditions.map { ($0.text, $0.rows) }
  }

  /// Nearly all pairs are of one class, from which a sample would take it that there are few values.
  @Test(arguments: [1, 1_000_003])
  func whatABoundedAtomIsLookedUpByComesFirst(step: Int) throws {
    let facts = """
      .decl n(a:number)
      .decl e(a:number, b:number) eqrel
      .decl w(l:number, h:number)
      n(a) :- a = range(0, 10000).
      e(a * \(step), 0) :- n(a), a < 600.
      e(a * \(step), a * \(step)) :- n(a), a >= 600.
      w(a * \(step), (a + 12) * \(step)) :- n(a).

      """
    let found = try conditions(
      "r(l, y) :- w(l, h), e(l, y), y > l, y <= h.", facts: facts)
    #expect(found.map(\.text) == ["w(l, h)", "e(l, y), y > l, y <= h"])
    #expect(found.map(\.rows) == [10_000, 12 * 588 + 66])
  }

  @Test(arguments: [1, 1_000_003])
  func rowsOfNearValuesAreCounted(step: Int) throws {
    let terms = TermSpace(Graph().dictionary)
    let relation = Relation(name: "e", types: [.number, .number], terms: terms)
    // One class has nearly all pairs.
    for member in 1..<300 { relation.insert([0, UInt64(member * step)]) }
    for member in 300..<4000 { relation.insert([UInt64(member * step), UInt64(member * step)]) }
    relation.settle()
    let equivalence = Equivalence(relation, terms: terms)
    try equivalence.addStoredRows()
    equivalence.finish()
    #expect(relation.rowCount == 300 * 300 + 3700)
    #expect(relation.distinctCount(0) == 4000 && relation.distinctCount(1) == 4000)
  }
}
