import GraphQuery
import Testing

@Suite("Syntax: where a statement ends")
struct SyntaxStatementScannerTests {
  static let cases: [(String, StatementScanner.Result)] = [
    ("", .blank), ("  // x\n", .blank), ("/* open", .incomplete(isInsideBrackets: false)),
    ("a(1).", .complete(end: 5)), ("a(1). b(2).", .complete(end: 5)),
    ("a(1)", .incomplete(isInsideBrackets: false)), ("a(1", .incomplete(isInsideBrackets: true)),
    ("a(\"x. y\"", .incomplete(isInsideBrackets: true)),
    ("a(1.5).\n", .complete(end: 7)), ("c.a(1). ", .complete(end: 7)),
    ("a(x) :- b(x), // c.\n", .incomplete(isInsideBrackets: false)),
    ("?- a(x) limit 3.", .complete(end: 16)), ("a(“. ”).", .complete(end: 12)),
    ("a(1)。b(2)。", .complete(end: 7)), (".decl a(x: number)\nb(1).", .complete(end: 18)),
    (".decl a(x: number,", .incomplete(isInsideBrackets: true)),
    (".comp A {\n a(1).\n", .incomplete(isInsideBrackets: true)),
    (".comp A {\n a(1).\n}\n", .complete(end: 18)),
    ("a(x) :- b(x), c(x).\n.plan 0:(2, 1)\nd(1).", .complete(end: 34)),
  ]

  @Test("ends", arguments: cases)
  func ends(_ text: String, _ expected: StatementScanner.Result) {
    #expect(StatementScanner.scan(Array(text.utf8)) == expected)
  }
}
