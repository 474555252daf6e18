import GraphCore
import GraphQuery
import Testing

/// `3.5亿` beside a unit in 亿 is warned of, and nothing else is.
@Suite struct UnitCheckTests {
  private func warnings(_ statement: String) -> [Diagnostic] {
    reports(
      .unitMismatch, on: statement,
      after: """
        builds("A", "P", amount: 3.5, unit: "亿元"). builds("B", "Q", amount: 9.0, unit: "元").
        sells("A", "B", amount: 100.0, unit: "元"). weighs("A", "B", amount: 1.0).
        """)
  }

  @Test(arguments: [
    "?- builds(c, p, amount: a, unit: \"亿元\"), a > 1.2亿.",
    "?- builds(c, p, amount: 3.5亿, unit: \"亿元\").",
    "?- builds(c, p, amount: a), 1万 < a.",
    "?- builds(c, _), t = sum a : { builds(c, _, amount: a, unit: \"亿元\") }, t > 3亿.",
    "big(c) :- builds(c, _, amount: a, unit: \"亿元\"), a >= 3亿.",
    "builds(\"C\", \"P\", amount: 3.5亿, unit: \"亿元\").",
  ])
  func mismatches(_ statement: String) {
    let found = warnings(statement)
    #expect(found.count == 1, "\(statement)")
    #expect(found.first?.severity == .warning)
    #expect(found.first?.message.contains("\"亿元\"") ?? false)
  }

  @Test(arguments: [
    "?- builds(c, p, amount: a, unit: \"亿元\"), a > 3.5.",
    "?- builds(c, p, amount: a, unit: \"元\"), a > 3.5亿.",
    "?- sells(c, p, amount: a), a > 3.5亿.",
    "?- weighs(c, p, amount: a), a > 3.5亿.",
    "?- builds(c, p, amount: a, unit: \"亿元\"), x = 3亿.",
    "builds(\"C\", \"P\", amount: 3.5亿, unit: \"元\").",
    "weighs(\"C\", \"P\", amount: 3.5亿).",
  ])
  func fittingNumbers(_ statement: String) {
    #expect(warnings(statement).isEmpty, "\(statement)")
  }
}
