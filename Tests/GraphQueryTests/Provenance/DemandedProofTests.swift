import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// A proof needs only what its statement asks for, and is the same as over relations in whole.
@Suite struct DemandedProofTests {
  private static func session(_ text: String) -> QuerySession? {
    let session = QuerySession()
    return session.load([SourceText(name: "t.dl", text: text)]).isLoaded ? session : nil
  }

  private static func outline(_ proof: Proof, depth: Int = 0) -> String {
    let line = String(repeating: " ", count: depth) + "\(proof.statement)  \(proof.remark)\n"
    return line + proof.children.map { outline($0, depth: depth + 1) }.joined()
  }

  /// The proof of a statement, or the reason that there is none, with every relation asked for that can be.
  private static func proof(_ statement: String, in session: QuerySession) -> String {
    let (body, diagnostics) = session.parseBody("\(statement)")
    guard let body else { return diagnostics.map(\.message).joined() }
    do throws(ProofFailure) {
      let program = try CompletedProgram(
        session: session, query: Query(head: nil, body: body, span: body.span), unit: 0,
        cheapRows: 0)
      return outline(try ProofBuilder(program, seconds: 60).proof(of: body, unit: 0))
    } catch {
      if case .diagnostics(let problems) = error { return problems.map(\.message).joined() }
      return "\(error)"
    }
  }

  /// One row of each relation of random programs, proved with demand and without.
  @Test func proofsAreThoseOfWholeRelations() throws {
    var compared = 0
    for seed in UInt64(1)...90 {
      let program = seed % 2 == 0 ? RandomProgram(seed: seed) : RandomProgram(dialectSeed: seed)
      guard let session = Self.session(program.text) else { continue }
      var random = SeededGenerator(seed: seed)
      for statement in Self.statements(program, session, &random) {
        session.optimizations = Set(Optimization.allCases)
        let demanded = Self.proof(statement, in: session)
        session.optimizations = []
        let whole = Self.proof(statement, in: session)
        #expect(demanded == whole, "seed \(seed): \(statement)\n\(program.text)")
        if demanded.contains("rule at") { compared += 1 }
      }
    }
    #expect(compared > 60)
  }

  /// An atom for each relation that has rules, with the values of one of its rows.
  private static func statements(
    _ program: RandomProgram, _ session: QuerySession, _ random: inout SeededGenerator
  ) -> [String] {
    let names = Set(program.clauses.map { String($0.head.prefix { $0 != "(" }) })
    return names.sorted().compactMap { name in
      for arity in 1...5 {
        let variables = (0..<arity).map { "v\($0)" }.joined(separator: ", ")
        guard let answer = try? session.query("?- \(name)(\(variables))."), answer.rowCount > 0,
          answer.columns.allSatisfy({ $0.type == .symbol || $0.type == .number })
        else { continue }
        let row = Int(random.next() % UInt64(answer.rowCount))
        let values = answer.columns.indices.map { answer.value(row: row, column: $0).literal }
        return "\(name)(\(values.joined(separator: ", ")))"
      }
      return nil
    }
  }

  /// The pairs of a long chain, of which the proof of one needs a few: a closure in whole would have millions.
  @Test(arguments: [
    "reach(x, z) :- link(x, y), reach(y, z).", "reach(x, z) :- reach(x, y), link(y, z).",
  ])
  func onlyWhatIsAskedForIsDerived(_ rule: String) throws {
    var text = "reach(x, y) :- link(x, y). \(rule)\n"
    for index in 0..<3000 { text += "link(\"\(index)\", \"\(index + 1)\").\n" }
    let session = try #require(Self.session(text))
    session.limits.memory = 8 << 20
    let proof = try session.why("reach(\"990\", \"996\")")
    #expect(proof.height == 6)
    session.optimizations.remove(.demand)
    let failure = #expect(throws: ProofFailure.self) { try session.why("reach(\"990\", \"996\")") }
    guard case .diagnostics(let problems)? = failure else {
      Issue.record("the limit is not named: \(String(describing: failure))")
      return
    }
    #expect(problems.contains { $0.code == .limitReached })
  }
}
