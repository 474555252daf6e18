import GraphCore
import GraphQuery
import Testing

@Suite("Syntax: constructs")
struct SyntaxConstructTests {
  /// Programs whose canonical text is themselves.
  static let canonical: [String] = [
    ".decl edge(x: number, y: number)",
    ".decl a, b(x: symbol) input output printsize",
    ".decl a(x: symbol, y: symbol) eqrel overridable inline no_inline magic no_magic brie",
    ".decl a(x: symbol) btree btree_delete",
    ".decl a(x: symbol, y: symbol, z: symbol) choice-domain x, (y, z)",
    ".decl a()",
    ".decl a(x: c.T, y: lat <>)",
    ".decl d = debug_delta(r) btree",
    ".type T <: number",
    ".type T",
    ".type T = A",
    ".type T = A | c.B | C",
    ".type T = [a: number, b: T]",
    ".type T = []",
    ".type T = A {x: number, y: T} | B {}",
    ".number_type N",
    ".functor f(number, symbol): symbol",
    ".functor f(x: number): symbol stateful",
    ".functor f(): symbol",
    ".lattice L <> { Bottom -> $B(), Lub -> @lub(_, _), Glb -> @glb(_, _) }",
    ".comp C<T, U> : B<T>, D {\n  .decl r(x: T)\n  r(1).\n  r(x) :- q(x).\n  .override s\n"
      + "  .comp I {\n    .input r\n  }\n  .init i = I\n}",
    ".init c = C<number, T>",
    ".init c = C",
    ".input a, c.b(IO=\"file\", delimiter=\"\\t\", n=\"3\", rfc4180=\"true\", x=\"-1\")",
    ".output a",
    ".printsize a",
    ".limitsize a(n=\"10\")",
    ".pragma \"legacy\"",
    ".pragma \"key\" \"value\"",
    "fact(1, -2, 3.5, \"text\", 4u, true, false, nil).",
    "fact().",
    "c.fact(\"x\").",
    "a(x), b(x) :- c(x).",
    "a(x) :- b(x), !c(x), !(d(x); e(x)).",
    "a(x) :- (b(x); c(x)), (d(x), e(x)); f(x).",
    "a(x) :- x = 1, x != 2, x < 3, x <= 4, x > 5, x >= 6.",
    "a(x) :- match(\"a.*\", x), contains(\"b\", x), true, false, !match(x, x).",
    "a(_, [x, [y, nil]], $B(x), $c.B(), as(x, c.T), autoinc(), recursive_iteration_cnt()) :- b(x, y).",
    "a(x) :- b(y), x = -y + 2 * 3 - (4 - 5) / 6 % 7 ^ 8 ^ 9.",
    "a(x) :- b(y), x = (y ^ 2) ^ 3.",
    "a(x) :- b(y), x = bnot y band 1 bor lnot 2 bxor 3 land 4 lor 5 lxor 6.",
    "a(x) :- b(y), x = y bshl 1 bshr 2 bshru 3.",
    "a(x) :- b(y), x = (y + 1) * 2, (y + 1) * 2 > x.",
    "a(x) :- b(y), x = cat(\"a\", y), y = substr(x, 0, strlen(x)), x = to_string(ord(y)).",
    "a(x) :- x = range(1, 10, 2), x = @f(x), x = @g(), x = min(1, 2, 3), itof(x) > 1.0.",
    "a(n) :- n = count : { b(_) }.",
    "a(n) :- n = sum x + 1 : { b(x), x > 1 }, n > max x : { b(x) }, min x : { b(x) } < 3.",
    "a(n) :- b(y), n = mean (y + 1) * 2 : { b(y); c(y) } + 1.",
    "a(x) <= a(y) :- x < y.",
    "a(x) :- b(x), c(x). .plan 0:(1, 2), 1:(2, 1)",
    "a(x) <= a(y) :- x < y. .plan 0:(1)",
    ":- company(x), !located_in(x, _).",
    "?- edge(1, x).",
    "?(x, y) :- edge(x, y) order by y desc, x limit 10 offset 5.",
    "?(total: x + 1, sum y, x) :- edge(x, y) limit $n.",
    "?(count 1) :- edge(x, y).",
    "?() :- edge(x, y).",
    "?(`two words`: x) :- edge(x, y).",
    "a(x) :- edge(x, y), x = $name, b($name, $Branch(1)).",
    ".node company(founded: number)",
    ".node company()",
    ".edge builds(company|zone, project, amount: float, unit: symbol)",
    ".edge near(_, _)",
    ".source \"a.txt\"",
    "builds(\"a\", \"b\", amount: 12, unit: \"u\", planned: true) @ 99, 105-107.",
    "a(x) :- supplies+(x, y), part_of*(x, y), (part_of)?(x, y), ^builds(p, c).",
    "a(x) :- (part_of|located_in)+(x, z), supplies{1,3}(x, y), supplies{2}(x, y).",
    "a(x) :- supplies{2,}(x, y), supplies+(x, y, hops: n), (^a|b+)*(x, y), (^a)+(x, y).",
    "a(x) :- (a)(x, y), (a|b)(x, y), !a+(x, y), count : { a+(x, y) } > 3.",
    "a(x, s) :- pagerank[supplies](x, s), ranked[(a|b)+, ^c](x, s).",
    "dist(y, min d + w) :- dist(x, d), road(x, y, w).",
    "a(x, max d, sum w, count 1) :- b(x, d, w).",
    "a(min 1, min x : { b(x) }, min(1, 2)) :- c(y).",
    "`http://x/knows`(a, b) :- `count`(`min`: a), c(b).",
    "a(x) :- b(`m.in`: x), c(`m.in`: x, n: 1).",
    "a(x) :- b(x, `sum`: y), x = -9223372036854775808, y = 18446744073709551615u.",
    "a(x) :- x = -(-5), y = -5u, z = (-2) ^ 2, w = 2 ^ -2, v = -x ^ 2.",
    "?x(y?) :- ?z(y?).",
    "a(x) :- b{1,}(x), c{0,}(x).",
    "\u{516C}\u{53F8}(\u{540D}) :- \u{7532}(\u{540D}, \u{5E74}: 2020).",
  ]

  @Test("canonical text is a fixed point", arguments: canonical)
  func canonicalText(_ text: String) {
    #expect(Syntax.canonical(text) == text)
    Syntax.expectRoundTrip(text)
  }

  /// Spellings and what they are printed as.
  static let variants: [(String, String)] = [
    (".symbol_type S", ".type S"),
    (".input a(IO=file, n=3, x=true)", ".input a(IO=\"file\", n=\"3\", x=\"true\")"),
    (".output a()", ".output a"),
    (".decl a(x:number).", ".decl a(x: number)"),
    (".node company", ".node company()"),
    (".edge e", ".edge e(_, _)"),
    (".comp A:B,C{}", ".comp A : B, C {\n}"),
    ("a(n) :- n = count : b(_).", "a(n) :- n = count : { b(_) }."),
    ("a(n) :- n = sum x : b(x) + 1.", "a(n) :- n = sum x : { b(x) } + 1."),
    ("a(x) :- b(y), x = 1-2-3.", "a(x) :- b(y), x = 1 - 2 - 3."),
    ("a($) :- b(1).", "a(autoinc()) :- b(1)."),
    ("a(0x1F, 0b101, 017, 10.0.0.1, 1e3, 1.5e-3).", "a(31, 5, 17, 167772161, 1000.0, 0.0015)."),
    ("@[key = value (x)] a(x) :- @![inner] b(x).", "a(x) :- b(x)."),
    ("@[doc] .decl a(@[k] x: number)", ".decl a(x: number)"),
    ("/// doc\na(1). // rest\n/* block\n * **/ a(2).", "a(1).\na(2)."),
    ("a(1).edge(1, 2).", "a(1).\nedge(1, 2)."),
    ("a(x) :- c.edge(x, y).b(1).", "a(x) :- c.edge(x, y).\nb(1)."),
    ("a(x) :- b(x), x = y.c(1).", "a(x) :- b(x), x = y.\nc(1)."),
    ("a(x) :- ((b(x))), (((x))) = 1.", "a(x) :- b(x), x = 1."),
    ("a(x) :- !!b(x).", "a(x) :- !!b(x)."),
    ("a(x) :- b(x), x<-1.", "a(x) :- b(x), x < -1."),
    ("a(count) :- b(x).", "a(count 1) :- b(x)."),
    ("a(sum (x+1)*2, max(1,2)) :- b(x).", "a(sum (x + 1) * 2, max(1, 2)) :- b(x)."),
    ("?(x+y) :- e(x,y).", "?(`x+y`: x + y) :- e(x, y)."),
    ("?- e(x) order by x asc.", "?- e(x) order by x."),
    ("a(__LINE__,\n__LINE__, __FILE__).", "a(1, 2, \"test.dl\")."),
    ("a(\"\\\"\\\\\\n\\t\\r\\a\\b\\f\\v\\'\").", "a(\"\\\"\\\\\\n\\t\\r\\a\\b\\f\\v'\")."),
    ("a(-5, - 5, -0.5, -(5)).", "a(-5, -5, -0.5, -5)."),
    ("a(x) :- b(k:-5), c(k: x:-1).", ""),
    (
      "order(1). limit(2). by(offset) :- order(offset).",
      "order(1).\nlimit(2).\nby(offset) :- order(offset)."
    ),
    (
      "node(x) :- label(x, l), edge(t, x, y), property(x, k, v).",
      "node(x) :- label(x, l), edge(t, x, y), property(x, k, v)."
    ),
  ]

  @Test("other spellings", arguments: variants)
  func otherSpellings(_ text: String, _ expected: String) {
    guard !expected.isEmpty else { return }
    #expect(Syntax.canonical(text) == expected)
    Syntax.expectRoundTrip(text)
  }

  @Test func annotationsHoldAnything() {
    let text =
      "@[c { .comp C { @[x(q($B()).)]\n r(1). } }]\n/// doc\n.decl a(x: number) b(x) :- a(x)."
    #expect(Syntax.canonical(text) == ".decl a(x: number)\nb(x) :- a(x).")
    Syntax.expectReports("a(1).\n@~~[x\nb(1).")
  }

  @Test func namedArgumentWithMinus() {
    #expect(Syntax.canonical("a(x) :- b(x, k:-5).") == "a(x) :- b(x, k: -5).")
    #expect(Syntax.canonical("b(1, k:-5).") == "b(1, k: -5).")
  }

  @Test func aLongChainOfConditionsIsFlat() {
    let body = (0..<5_000).map { "b(\($0))" }.joined(separator: ", ")
    let program = Syntax.parse("a() :- \(body).")
    #expect(program.diagnostics.isEmpty)
    guard case .clause(let clause)? = program.statements.first,
      case .conjunction(let parts)? = clause.body
    else {
      Issue.record("no conjunction")
      return
    }
    #expect(parts.count == 5_000)
  }

  @Test func spansCoverWhatWasWritten() {
    let text = "  a(x) :- b(x, y), y = 1 + 2. // end"
    let program = Syntax.parse(text)
    guard case .clause(let clause)? = program.statements.first,
      case .conjunction(let parts)? = clause.body
    else {
      Issue.record("no rule")
      return
    }
    let source = SourceText(name: "t", text: text)
    func written(_ span: SourceSpan) -> String { source.text(Int(span.lower)..<Int(span.upper)) }
    #expect(written(clause.span) == "a(x) :- b(x, y), y = 1 + 2.")
    #expect(written(clause.heads[0].atom.span) == "a(x)")
    #expect(parts.map { written($0.span) } == ["b(x, y)", "y = 1 + 2"])
  }
}
