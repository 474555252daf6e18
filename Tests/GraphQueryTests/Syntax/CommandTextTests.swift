import GraphCore
import GraphQuery
import Testing

/// What stands behind a command is read as it was typed, so that places in it are places in that.
@Suite("Syntax: texts behind commands")
struct SyntaxCommandTextTests {
  private func parse(_ text: String, _ mode: ParserOptions.Mode) -> ParsedProgram {
    var sources = SourceMap()
    let source = SourceText(name: "test", text: text)
    return Parser.parse(source, id: sources.add(source), options: ParserOptions(mode: mode))
  }

  @Test(arguments: [
    ("company(\"x\")", "?- company(\"x\")."), ("company(\"x\").", "?- company(\"x\")."),
    ("?- company(x)", "?- company(x)."), ("？- company（x）。", "?- company(x)."),
    ("?(x) :- company(x) limit 3", "?(x) :- company(x) limit 3."),
    ("company(x), x != \"a\" order by x", "?- company(x), x != \"a\" order by x."),
  ])
  func conditionsAreAQuery(_ text: String, _ printed: String) {
    let parsed = parse(text, .conditions)
    #expect(parsed.diagnostics.isEmpty)
    #expect(parsed.facts.isEmpty)
    #expect(parsed.statements.map { ASTPrinter.text($0) } == [printed])
  }

  @Test(arguments: [
    ("located_in(\"a\", x)", "?- located_in(\"a\", x)."),
    ("located_in(x, y) :- company(x), y = \"z\".", "?- located_in(x, y), company(x), y = \"z\"."),
    ("?- located_in(x, y)", "?- located_in(x, y)."), ("at(x, \":-\")", "?- at(x, \":-\")."),
  ])
  func targetsHaveConditions(_ text: String, _ printed: String) {
    let parsed = parse(text, .target)
    #expect(parsed.diagnostics.isEmpty)
    #expect(parsed.statements.map { ASTPrinter.text($0) } == [printed])
  }

  @Test(arguments: [
    ("company(x", ParserOptions.Mode.conditions, UInt32(9)), ("?- a(x", .target, 6),
    ("a(x) :- b(x)", .conditions, 5),
  ])
  func mistakesStandWhereTheyWereTyped(_ text: String, _ mode: ParserOptions.Mode, _ place: UInt32)
  {
    #expect(parse(text, mode).diagnostics.first?.span?.lower == place)
  }
}
