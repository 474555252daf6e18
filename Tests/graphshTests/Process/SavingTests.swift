import GraphCore
import Testing

/// What `.save FILE.dl` writes is the session again.
@Suite struct SavingTests {
  @Test func aSavedSessionIsTheSame() throws {
    let program = #"""
      .type Amount <: float
      .decl r(a: number, b: symbol, c: Amount, d: unsigned)
      .comp Part { .decl q(x: number) q(1). .decl p(x: number) p(x) :- q(x). }
      .init part = Part
      r(1, "x\"y", 2.5, 7). r(-2, "祁县", 3.0, 18446744073709551615).
      big(a) :- r(a, _, _, _), a > 0.
      company("晋钢", founded: 1990) @ 3. supplies("晋钢", "富士康", what: "板").
      hub(x) :- supplies(x, _).
      :- company(x), !supplies(x, _).

      """#
    let queries = [
      "?- r(a, b, c, d).", "?- big(a).", "?- hub(x).", "?- part.p(x).", "?- part.q(x).",
      "?- company(x, founded: y, lines: l).",
    ].flatMap { ["-e", $0] }
    try Executable.withFiles(["a.dl": program]) { folder in
      let before = try Executable.run(
        ["\(folder)/a.dl", "--format", "csv", "-e", ".save \(folder)/b.dl"] + queries)
      #expect(before.status == 0, "\(before.errors)")
      let after = try Executable.run(["\(folder)/b.dl", "--format", "csv"] + queries)
      #expect(after.status == 0, "\(after.errors)")
      #expect(after.output == before.output)
      #expect(before.output.contains("18446744073709551615"))
      let offence = try Executable.run(["\(folder)/b.dl", "-e", "company(\"Z\")."])
      #expect(offence.status == 1 && offence.errors.contains("E0503"))
      // Written again, it is the same text.
      let again = try Executable.run(["\(folder)/b.dl", "-e", ".save \(folder)/c.dl"])
      #expect(again.status == 0)
      #expect(try Files.read("\(folder)/b.dl") == Files.read("\(folder)/c.dl"))
    }
  }

  @Test func whatOneTextCannotHoldIsRefused() throws {
    try Executable.withFiles([
      "a.dl": "company(\"A\").\\n", "b.dl": ".decl company(x: symbol)\\ncompany(\"B\").\\n",
    ]) { folder in
      let result = try Executable.run(
        ["\(folder)/a.dl", "\(folder)/b.dl", "-e", ".save \(folder)/c.dl"])
      #expect(result.status == 1)
      #expect(result.errors.contains("company"))
    }
  }
}
