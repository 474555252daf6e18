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
    ("?- a(x).\n.plan ?- b(x).", .complete(end: 8)),
    // A text ends with its line: what follows closes nothing of what stood before it.
    ("?- a(\"x).\n?- b(y).", .complete(end: 9)), ("?- a(“x)。 \nb(1).", .complete(end: 14)),
    ("?- a(\"x)", .broken), ("a(x) :- b(\"x,\n c(x).", .complete(end: 20)),
    ("?- `a b(x)", .broken),
  ]

  @Test("ends", arguments: cases)
  func ends(_ text: String, _ expected: StatementScanner.Result) {
    #expect(StatementScanner.scan(Array(text.utf8)) == expected)
  }

  @Test(
    "may go on",
    arguments: [
      ("a(x) :- b(x).\n", true), ("a(x) :- b(x). // c\n", true), (".comp A\n", true),
      ("a(x) :- b(x).\nc", false), ("a(x) :- b(x).\n.plan 0:(1),\n", true),
      ("a(x) :- b(x).\n.plan ?- b(x).\n", false), ("a(1).\n", false), ("?- b(x).\n", false),
      ("?(x) :- b(x).\n", false), (":- b(x).\n", false), (".comp A { }\n", false),
      (".decl a(x: number)\n", false),
    ])
  func mayGoOn(_ text: String, _ expected: Bool) {
    let bytes = Array(text.utf8)
    guard case .complete(let end) = StatementScanner.scan(bytes) else {
      Issue.record("no statement: \(text)")
      return
    }
    #expect(StatementScanner.mayGoOn(bytes, 0..<end) == expected)
  }
}
