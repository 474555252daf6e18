import GraphCore
import GraphQuery
import Testing

/// Proofs: their shape, their height, and what they say where there is none.
@Suite struct ProofTests {
  private func session(_ text: String) -> QuerySession {
    let session = QuerySession()
    let result = session.load([SourceText(name: "t.dl", text: text)])
    #expect(result.isLoaded, "\(result.diagnostics.map(\.message))")
    return session
  }

  /// The statements of a proof, indented.
  private func outline(_ proof: Proof, depth: Int = 0) -> String {
    let line = String(repeating: " ", count: depth) + proof.statement + "\n"
    return line + proof.children.map { outline($0, depth: depth + 1) }.joined()
  }

  @Test func aProofOfLeastHeight() throws {
    var text = "reach(x, y) :- edge_to(x, y). reach(x, z) :- reach(x, y), edge_to(y, z).\n"
    // A long way round and a short cut.
    for index in 0..<30 { text += "edge_to(\"\(index)\", \"\(index + 1)\").\n" }
    text += "edge_to(\"0\", \"x\"). edge_to(\"x\", \"30\").\n"
    let proof = try session(text).why("reach(\"0\", \"30\")")
    #expect(
      outline(proof) == """
        reach("0", "30")
         reach("0", "x")
          edge_to("0", "x")
         edge_to("x", "30")

        """)
    #expect(proof.height == 2)
  }

  /// A path is walked, however many pairs its closure would have.
  @Test func pathsNeedNoClosure() throws {
    var text = ""
    for index in 0..<3000 { text += "link(\"\(index)\", \"\((index + 1) % 3000)\").\n" }
    let session = session(text)
    session.limits.memory = 8 << 20
    let proof = try session.why("link+(\"5\", \"9\")")
    #expect(proof.children.count == 4)
  }

  @Test func cyclesDoNotProveThemselves() throws {
    let session = session(
      """
      reach(x, y) :- link(x, y). reach(x, z) :- reach(x, y), reach(y, z).
      link("a", "b"). link("b", "a"). link("b", "c").
      """)
    let proof = try session.why("reach(\"a\", \"c\")")
    #expect(proof.height == 2)
    #expect(throws: ProofFailure.self) { _ = try session.why("reach(\"c\", \"a\")") }
  }

  /// Answers print a whole float without its fraction, and what they print can be asked about.
  @Test func aWholeNumberStandsForAFloat() throws {
    let session = session(
      """
      road("A", "B", w: 2.0). road("B", "C", w: 0.5).
      m(x, w) :- road(x, _, w: w).
      far(x) :- m(x, 2).
      total(t) :- t = sum w : { m(_, w) }, t > 2.
      """)
    #expect(
      try outline(session.why("m(\"A\", 2)")) == "m(\"A\", 2)\n road(\"A\", \"B\", w: 2)\n")
    #expect(try session.whyNot("m(\"A\", 2)").kind == .rule)
    #expect(try session.why("far(\"A\")").height == 2)
    #expect(try session.why("total(2.5)").kind == .rule)
  }

  /// A sum that rests on sums counts its own rows.
  @Test func sumsWithinSums() throws {
    let session = session(
      """
      owns("A", "B", share: 60). owns("A", "C", share: 30). owns("B", "C", share: 25).
      held(x, z, sum s) :- rules(x, y), owns(y, z, share: s).
      rules(x, x) :- owns(x, _).
      rules(x, y) :- held(x, y, s), s > 50.
      """)
    let proof = try session.why("held(\"A\", \"C\", 55)")
    #expect(proof.children.map(\.statement) == ["sum over 2 rows"])
    #expect(proof.children.first?.children.count == 2)
  }

  @Test func factsOfRelationsWithRules() throws {
    let session = session(
      """
      .decl p(x: number, y: symbol)
      p(1, "one").
      p(x + 1, y) :- p(x, y), x < 3.
      """)
    let proof = try session.why("p(3, \"one\")")
    #expect(
      outline(proof) == """
        p(3, "one")
         p(2, "one")
          p(1, "one")
          1 < 3
         2 < 3

        """)
  }

  @Test func labelsThatRulesGive() throws {
    let session = session(
      "partner(x) :- works_with(x, _). partner(\"own\"). works_with(\"a\", \"b\") @ 7-9.")
    let derived = try session.why("partner(\"a\")")
    #expect(derived.kind == .rule)
    #expect(derived.children.first?.citations.first?.lines == "7-9")
    #expect(try session.why("partner(\"own\")").kind == .fact)
  }

  @Test func aggregatesNameTheirTerms() throws {
    let session = session(
      """
      owns("a", "b", share: 30). owns("a", "c", share: 25). owns("x", "c", share: 9).
      total(o, s) :- owns(o, _), s = sum v : { owns(o, _, share: v) }.
      best(o, max v) :- owns(o, _, share: v).
      few(o) :- owns(o, _), count : { owns(o, _) } < 2.
      """)
    let proof = try session.why("total(\"a\", s)")
    #expect(proof.statement == "total(\"a\", 55)")
    let sum = try #require(proof.children.last)
    #expect(sum.statement == "55 = sum of v over 2 rows")
    #expect(
      sum.children.map(\.statement) == [
        "25  owns(\"a\", \"c\", share: 25)", "30  owns(\"a\", \"b\", share: 30)",
      ])
    #expect(try session.why("best(\"a\", 30)").children.count == 1)
    #expect(try session.why("few(\"x\")").children.last?.kind == .aggregate)
  }

  @Test func pathsShowTheirSteps() throws {
    let session = session(
      "s(\"a\", \"b\"). s(\"b\", \"c\"). t(\"d\", \"c\"). u(x, y) :- t(x, y).")
    let proof = try session.why("(s|^u)+(\"a\", \"d\")")
    #expect(
      proof.children.map(\.statement) == ["s(\"a\", \"b\")", "s(\"b\", \"c\")", "u(\"d\", \"c\")"])
    #expect(try session.why("s{2,2}(\"a\", x)").children.count == 2)
    #expect(try session.why("s*(\"a\", \"a\")").children.isEmpty)
  }

  @Test func negationIsAbsence() throws {
    let session = session("n(\"a\"). n(\"b\"). m(\"b\"). only(x) :- n(x), !m(x).")
    let proof = try session.why("only(\"a\")")
    #expect(proof.children.last?.kind == .absence)
    #expect(proof.children.last?.statement == "no m(\"a\")")
  }

  @Test func everyDerivedRowHasAProof() throws {
    let session = session(
      """
      e("a", "b"). e("b", "c"). e("c", "a"). e("c", "d"). e("d", "d").
      p(x, y) :- e(x, y). p(x, z) :- p(x, y), p(y, z).
      q(x) :- p(x, x), !e(x, x). q(x) :- e(x, y), q(y).
      d(x, y, min 1) :- e(x, y). d(x, z, min n + 1) :- d(x, y, n), e(y, z).
      """)
    for (atom, columns) in [("p(x, y)", 2), ("q(x)", 1), ("d(x, y, n)", 3)] {
      let answer = try session.query("?- \(atom).")
      #expect(answer.rowCount > 0)
      for row in 0..<answer.rowCount {
        let values = (0..<columns).map { column -> String in
          let value = answer.value(row: row, column: column)
          if case .text(let text) = value { return "\"\(text)\"" }
          return value.description
        }
        let fact = "\(atom.prefix { $0 != "(" })(\(values.joined(separator: ", ")))"
        #expect(try session.why("\(fact)").kind == .rule, "\(fact)")
      }
    }
  }

  @Test func whyNotFindsTheNearestRule() throws {
    let session = session(
      """
      company("A"). company("B"). zone("Z"). in_zone("A", "Z"). big("B").
      listed(x) :- company(x), in_zone(x, z), zone(z), big(x).
      listed(x) :- zone(x), big(x), company(x).
      """)
    let proof = try session.whyNot("listed(\"A\")")
    #expect(proof.kind == .failure)
    #expect(proof.remark == "nearest of 2: rule at t.dl:2")
    #expect(proof.children.map(\.kind) == [.test, .test, .test, .failure])
    #expect(proof.children.last?.statement == "big(\"A\")")
    #expect(try session.whyNot("company(\"A\")").kind == .fact)
  }

  @Test func wrongStatementsAreDiagnosed() {
    let session = session("company(\"A\").")
    for text in ["nosuch(1)", "company(", "", "company(\"A\"). company(\"B\")"] {
      #expect(throws: ProofFailure.self) { _ = try session.why("\(text)") }
      #expect(throws: ProofFailure.self) { _ = try session.whyNot("\(text)") }
    }
  }
}
