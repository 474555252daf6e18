import GraphCore
import Testing

@testable import GraphQuery

/// Aggregates over what is equivalent, taken of classes.
@Suite struct ClassGroupsTests {
  /// What the rules of auxiliary relations read, by the names of both.
  private func rules(_ body: String) throws -> Set<String> {
    let transformed = try TransformedProgram(
      """
      .decl s(x:number)
      .decl q(x:number)
      .decl e(x:number, y:number) eqrel
      s(1). q(1). e(1, 2). e(2, 3). e(5, 6).
      """, body)
    let program = transformed.program
    return Set(
      program.rules.filter { program[$0.head].isAuxiliary && $0.head != transformed.answer }
        .map { rule in
          let read = rule.body.map { $0.relation.map { program[$0].name } ?? "…" }
          return "\(program[rule.head].name) ← \(read.joined(separator: ", "))"
        })
  }

  @Test func aGroupThatIsAMemberIsOneOfItsClass() throws {
    let found = try rules("?- s(x), n = min y : { e(x, y) }.")
    #expect(found == ["min 1 of classes ← e class", "min 1 ← e class, min 1 of classes"])
  }

  /// What else is said of the member says which classes are asked for.
  @Test func conditionsOnTheMemberRestrictTheClasses() throws {
    let found = try rules("?- s(x), n = min y : { q(x), e(x, y) }.")
    #expect(
      found == [
        "e class asked ← e class, q", "min 1 of classes ← e class, e class asked",
        "min 1 ← e class, min 1 of classes, q",
      ])
  }

  /// The group is compared besides, or the equivalence is read in another way.
  @Test(arguments: [
    "min y : { e(x, y), y > x }", "count : { e(x, y), e(y, x) }", "sum y + x : { e(x, y) }",
  ])
  func aGroupThatIsMoreIsLeft(_ aggregate: String) throws {
    #expect(
      try !rules("?- s(x), n = \(aggregate).").contains { $0.contains("of classes") })
  }
}
