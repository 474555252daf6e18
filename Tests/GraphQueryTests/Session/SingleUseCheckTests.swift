import GraphCore
import GraphQuery
import Testing

/// A variable that stands once in a rule of a program is warned of, where `_` would mean the same.
@Suite struct SingleUseCheckTests {
  private func texts(_ program: String) -> [String] {
    let session = QuerySession()
    let declarations = """
      .decl e(x: number, y: number)
      e(1, 2). e(2, 3).
      .decl n(x: number)
      n(1).

      """
    let text = SourceText(name: "p.dl", text: declarations + program)
    let checked = QuerySession().check([text]).filter { $0.code == .singleUse }
    let found = session.load([text]).diagnostics
    #expect(!found.contains { $0.severity == .error }, "\(found.map(\.message))")
    let warnings = found.filter { $0.code == .singleUse }
    #expect(warnings.allSatisfy { $0.severity == .warning && $0.help?.contains("`_`") == true })
    #expect(checked.map(\.message) == warnings.map(\.message))
    return warnings.compactMap(\.span).map { session.sources.text($0) }
  }

  @Test(arguments: [
    ("p(x) :- e(x, y).", ["y"]),
    ("p(x) :- e(x, y), e(z, x2), n(x).", ["y", "z", "x2"]),
    ("p(x), q(x) :- e(x, y). r(x) :- e(y, x).", ["y", "y"]),
    ("p(x) :- n(x), (e(x, y) ; e(z, x)).", ["y", "z"]),
    ("p(x) :- n(x), y = x + 1.", ["y"]),
    ("p(m) :- m = max x : { e(x, y) }.", ["y"]),
    ("p(x) :- n(x), m = min y : { e(x, y), e(y, z) }, m > 0, e(x, w).", ["z", "w"]),
    ("p(x, max y) :- e(x, y), e(y, z).", ["z"]),
    ("p(x) :- e+(x, y), n(x).", ["y"]),
    (".comp C { .decl p(x: number) p(x) :- e(x, y). }\n.init a = C\n.init b = C", ["y"]),
    ("#define LOOKS(a) e(a, b)\np(x) :- LOOKS(x), e(x, c).", ["c"]),
  ])
  func namesThatStandOnce(_ program: String, _ expected: [String]) {
    #expect(texts(program) == expected, "\(program)")
  }

  @Test(arguments: [
    "p(x) :- e(x, _).", "p(x) :- e(x, _y).", "p(x) :- e(x, y), e(y, _).", "e(7, 8).",
    "p(x) :- n(x), (e(x, y) ; e(y, x)).", "?- e(x, y).", ":- e(x, y), x > 5.",
    // What these come to depends on which variables have names.
    "p(c) :- c = count : { e(x, y), n(x) }.", "p(s) :- s = sum x : { e(x, y), n(x) }.",
    "p(x, sum y) :- e(x, y), e(z, x).", "p(m) :- m = max x : { n(x), x = count : { e(y, _) } }.",
    "#define NEXT e(x, y)\np(x) :- NEXT.",
  ])
  func namesThatAreMeant(_ program: String) { #expect(texts(program) == [], "\(program)") }

  /// What is wrong is told of first, and what is typed is left alone.
  @Test func onlyPrograms() {
    let wrong = QuerySession().load([SourceText(name: "p.dl", text: "p(x) :- q(x, y).")])
    #expect(!wrong.diagnostics.contains { $0.code == .singleUse })
    #expect(reports(.singleUse, on: "p(x) :- a(x, y).", after: "a(\"b\", \"c\").").isEmpty)
  }

  /// A node's name without its quotes is one mistake.
  @Test func aNodesNameIsToldOfAsThat() {
    let text = "located_in(\"a\", \"Foxconn\").\np(x) :- located_in(x, Foxconn)."
    let found = QuerySession().load([SourceText(name: "p.dl", text: text)]).diagnostics
    #expect(found.filter { $0.severity == .warning }.map(\.code) == [.variableLikeNode])
  }
}
