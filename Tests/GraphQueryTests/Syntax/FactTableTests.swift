import GraphCore
import GraphQuery
import Testing

@Suite("Syntax: facts")
struct SyntaxFactTests {
  @Test func fastAndSlowSpellingsGiveTheSameTable() {
    let fast = "b(\"x\", -12, 3.25, k: true, 名: \"甲\") @ 3-4, 7.\n"
    let slow = "b(/**/\"x\", -12, 3.25, k: true, 名: \"甲\") @ 3-4, 7.\n"
    let program = Syntax.parse(fast + slow)
    #expect(program.diagnostics.isEmpty)
    #expect(program.statements.isEmpty)
    let texts = program.facts.facts.map {
      ASTPrinter.text(.clause(program.facts.clause($0)))
    }
    #expect(texts.count == 2)
    #expect(texts[0] == texts[1])
    #expect(texts[0] == "b(\"x\", -12, 3.25, k: true, 名: \"甲\") @ 3-4, 7.")
    #expect(program.facts.names.sorted() == ["b", "k", "名"])
  }

  @Test func orderAndDocumentsAreKept() {
    let text = """
      a(1).
      .source "one.txt"
      a(2).
      p(x) :- a(x).
      a("t\\n").
      .source "two.txt"
      a(3). a(4).
      """
    let program = Syntax.parse(text)
    let facts = program.facts
    #expect(facts.facts.map(\.ordinal) == [0, 1, 2, 3, 3])
    #expect(
      facts.facts.map { facts.document(of: $0) }
        == [nil, "one.txt", "one.txt", "two.txt", "two.txt"])
    Syntax.expectRoundTrip(text)
  }

  @Test func clausesStayClauses() {
    let program = Syntax.parse("a([1]). a($B()). a(x). a(1+2). a(_). .comp C { a(1). }")
    #expect(program.diagnostics.isEmpty)
    #expect(program.facts.isEmpty)
    #expect(program.statements.count == 6)
  }

  @Test func numbersAreReadAlikeOnBothWays() {
    var generator = SeededNumbers()
    for _ in 0..<2_000 {
      let digits = generator.digits()
      let program = Syntax.parse("a(\(digits)). a(/**/\(digits)).")
      #expect(program.diagnostics.isEmpty)
      #expect(program.facts.arguments.count == 2, "\(digits)")
      guard program.facts.arguments.count == 2 else { return }
      #expect(program.facts.arguments[0].payload == program.facts.arguments[1].payload, "\(digits)")
      #expect(program.facts.arguments[0].kind == program.facts.arguments[1].kind)
    }
  }

  private struct SeededNumbers {
    var state: UInt64 = 7

    mutating func next(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }

    mutating func digits() -> String {
      var text = next(2) == 0 ? "-" : ""
      for _ in 0...next(12) { text += "\(next(10))" }
      if next(2) == 0 {
        text += "."
        for _ in 0...next(6) { text += "\(next(10))" }
      }
      return text
    }
  }

  @Test func placesPointIntoTheSource() {
    let text = "  `a b`(\"甲\", k: 2.5) @ 3.\n"
    let program = Syntax.parse(text)
    let source = SourceText(name: "t", text: text)
    guard let fact = program.facts.facts.first else {
      Issue.record("no fact")
      return
    }
    func written(_ span: SourceSpan) -> String { source.text(Int(span.lower)..<Int(span.upper)) }
    #expect(written(program.facts.span(of: fact)) == "`a b`(\"甲\", k: 2.5) @ 3.")
    #expect(written(program.facts.nameSpan(of: fact)) == "`a b`")
    #expect(
      program.facts.arguments(of: fact).map { written(program.facts.span(of: $0, in: fact)) }
        == ["\"甲\"", "2.5"])
  }
}
