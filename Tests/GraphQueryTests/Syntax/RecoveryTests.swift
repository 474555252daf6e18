import GraphCore
import GraphQuery
import Testing

/// Where each message points; `~~` marks the places.
@Suite("Syntax: recovery")
struct SyntaxRecoveryTests {
  @Test func oneReportForEachMistake() {
    Syntax.expectReports(
      """
      a(1).
      b(x :- c(x)~~.
      d(2).
      e(x) :- ~~, f(x).
      .decl g(x ~~number)
      h(~~].
      i(3).
      """)
  }

  @Test func missingFullStop() {
    let reports = Syntax.expectReports(
      "a(1)~~\nb(2).\nc(x) :- a(x)~~\n.decl d()\ne(x) :- a(x)~~\n?- a(x).")
    #expect(reports.allSatisfy { $0.code == .expected && $0.help == "add a full stop" })
    #expect(Syntax.parse("a(1)\nb(2).\nc(3).").facts.count == 3)
  }

  @Test func missingParenthesisAtTheEndOfALine() {
    Syntax.expectReports("a(1~~\nb(2).\nc(x) :- a(x, 2~~\nd(~~.\ne(1).")
  }

  /// What a line cuts off is missing at its end, and the statement below is whole.
  @Test(
    "declarations that a line cuts off",
    arguments: [
      ".node~~", ".edge~~", ".edge r(~~", ".edge r(a,~~", ".edge r(a, b, k:~~", ".index~~",
      ".index node~~", ".index node(~~", ".unique~~", ".unique node(a,~~", ".node r(a:~~",
      ".decl~~", ".decl r~~", ".decl r,~~", ".decl r(~~", ".decl r(a:~~", ".decl r(a: number~~",
      ".decl r(a: number,~~", ".input~~", ".output r,~~", ".input r(~~", ".input r(a=~~",
      ".type~~", ".type t =~~", ".type t <:~~", ".type t = [a:~~", ".type t = t |~~", ".comp~~",
      ".comp C~~", ".comp C :~~", ".init~~", ".init c~~", ".init c =~~", ".source~~",
      ".pragma~~", ".limitsize r(~~", ".number_type~~", ".functor f~~",
    ])
  func cutOff(_ declaration: String) {
    for next in ["p(1, \"a\").", "p(x, y) :- q(x, y).", ".decl p(x: number)", ".node n"] {
      Syntax.expectReports(declaration + "\n" + next + "\nlast(1).")
      let text = declaration.replacing("~~", with: "") + "\n" + next + "\nlast(1)."
      let parsed = Syntax.parse(text)
      #expect(parsed.statements.count + parsed.facts.count == 2, "\(text)")
    }
  }

  /// A line ends nothing where what stands on the next one is a declaration, as anywhere in Souffl\u{E9}.
  @Test(
    "declarations on several lines",
    arguments: [
      ".decl\nr(a: number)", ".decl\nr()", ".decl r,\ns(a: number)", ".decl r\n(a: number)",
      ".decl r(\na: number,\nb: number\n)", ".input\nr(IO=file)", ".output\nr", ".output r,\ns",
      ".type\nt = number", ".type t =\nA {} |\nB {}", ".functor\nf(number): number",
      ".node\n  company(founded: number)", ".edge\n  e", ".edge e(\na,\nb\n)",
      ".index\n  text", ".init c =\nC", ".decl r(a: number)\nbrie", ".decl r(a: number)\nbrie(1).",
    ])
  func onSeveralLines(_ text: String) {
    Syntax.expectReports(text + "\nlast(1).")
  }

  @Test func missingCommaBetweenConditions() {
    Syntax.expectReports("a(x) :-\n  b(x)\n  ~~c(x),\n  d(x).\ne(1).")
  }

  @Test func unterminatedTextIsOneMistake() {
    Syntax.expectReports("a(~~\"x, y).\nb(1).\nc(~~\"z).\nd(x) :- ~~.")
  }

  @Test func unterminatedComment() {
    let reports = Syntax.expectReports("a(1).\n~~/* b(2).")
    #expect(reports.map(\.code) == [.unterminatedComment])
  }

  static let habitPrograms: [(String, String)] = [
    ("a(x) ~~<- b(x).", "`:-`"), ("a(x) ~~:= b(x).", "`:-`"), ("a(x) ~~= b(x).", "`:-`"),
    ("a(x) :- ~~not b(x).", "!b"), ("a(x) :- b(x) ~~and c(x).", "`,`"),
    ("a(x) :- b(x) ~~or c(x).", "`;`"), ("a(x) :- b(x) ~~&& c(x).", "`,`"),
    ("a(x) :- b(x) ~~|| c(x).", "`;`"), ("a(x) :- b(x), x ~~== 1.", "one `=`"),
    ("a(x) :- b(x), x <~~> 1.", "`!=`"), ("a(~~'x').", "\"x\""),
    (".decl a(x: number) ~~inlin\nb(1).", "`inline`"),
    ("a(x) :- b(x), 1 < x ~~< 5.", "twice"), ("a(x), b(x)~~.", "full stop"),
    ("a(x) :- b(x),~~.", "comma"), ("~~count(1).", "backquotes"),
    ("?(x) ~~a(x).", "query"), ("a(\"x\")~~?", "`?-`"),
    ("a(x) :- b(x, c ~~> 1).", "condition of its own"),
    ("a(x) :- b(x, c: ~~> 1).", "condition of its own"),
    ("a(x) :- b(x), x =~~> 1.", "`>=`"), ("a(x) ~~: - b(x).", "without a space"),
    ("?- a(x) ~~group by x.", "groups"), ("a(x) :- b(x), x = 1~~..3.", "range(1, 4)"),
    ("a(x) :- b(x), x ~~in [1].", "`(x = 1 ; x = 2)`"), ("?- distinct ~~a(x).", "once"),
    ("?- a(x), limit ~~5.", "no comma"), ("? ~~a(x).", "`?-`"),
    ("a(x) :- b(x, c: 1~~..5).", "compare"), ("a(x) :- b(x), x ~~like \"%y\".", "contains"),
  ]

  @Test("habits of other languages", arguments: habitPrograms)
  func habits(_ text: String, _ help: String) {
    let reports = Syntax.expectReports(text)
    #expect(reports.first?.help?.contains(help) == true, "\(reports)")
  }

  @Test func unknownDirective() {
    let reports = Syntax.expectReports("~~.dcl a()\nb(1).\n~~.inputt b\nc(2).")
    #expect(reports.map(\.code) == [.unknownDirective, .unknownDirective])
    #expect(reports[0].help == "did you mean `.decl`?")
    #expect(reports[1].help == "did you mean `.input`?")
  }

  @Test func unknownEscape() {
    let reports = Syntax.expectReports("a(\"b~~\\qc\").\nd(2).")
    #expect(reports.map(\.code) == [.invalidEscape])
  }

  @Test func numbers() {
    let reports = Syntax.expectReports(
      "a(~~18446744073709551616).\na(18446744073709551615).\na(~~12abc).\na(~~1.2.3.400).\n"
        + "a(~~1e999).\na(x) :- b(x), x = -~~99999999999999999999.\n"
        + "a(~~-9223372036854775809).\na(-9223372036854775808).")
    #expect(reports.allSatisfy { $0.code == .invalidNumber })
  }

  @Test func componentsRecoverInside() {
    let text = ".comp C {\n  a(1) ~~b.\n  c(2).\n  d(~~.\n  e(3).\n}\nf(~~.\ng(1)."
    Syntax.expectReports(text)
    let program = Syntax.parse(text.split(separator: "~~").joined())
    guard case .component(let component)? = program.statements.first else {
      Issue.record("no component")
      return
    }
    #expect(component.body.count == 2)
    #expect(program.facts.count == 1)
  }

  @Test func unclosedComponent() {
    Syntax.expectReports(".comp C ~~{\n  a(1).\n")
  }

  @Test func badBytes() {
    let bytes =
      Array("a(1).\n".utf8) + [0xFF, 0xFE, 0xC3] + Array("b(\"x".utf8) + [0, 0]
      + Array("\").\nc(3).".utf8)
    let program = Syntax.parse(bytes)
    #expect(program.diagnostics.map(\.code) == [.invalidUTF8, .unexpectedCharacter])
    #expect(program.facts.count == 3)
  }

  @Test func wideTextsAreOneMistake() {
    for text: [UInt8] in [[0xFF, 0xFE, 0x61, 0, 0x28, 0], [0xFE, 0xFF, 0, 0x61, 0, 0x28]] {
      #expect(Syntax.parse(text).diagnostics.map(\.message) == ["the text is in UTF-16"])
    }
  }

  /// A few wrong bytes are told of one by one; of a file that is none of ours it is said once, and how many they are.
  @Test func whatIsNoTextIsOneMistake() {
    let few: [UInt8] = (0..<10).flatMap { number -> [UInt8] in
      Array("a(\"\(number)".utf8) + [0xFF] + Array("\").\n".utf8)
    }
    let program = Syntax.parse(few)
    #expect(program.diagnostics.map(\.code) == Array(repeating: .invalidUTF8, count: 10))
    #expect(program.facts.count == 10)
    let tail: [UInt8] = [0x62, 0, 0, 0xFF]
    let many = Syntax.parse(few + tail)
    #expect(
      many.diagnostics.map(\.message) == [
        "this is no text in UTF-8: 0xFF is the first of 13 bytes that are not part of one"
      ])
    #expect(many.diagnostics.first?.span?.lower == 4)
    #expect(many.facts.count == 0)
    let other = SourceText(name: "b.dl", bytes: few + few)
    let loader: IncludeLoader = { _, _ in
      .success(IncludedSource(text: other, id: SourceID(index: 1)))
    }
    let including = Parser.parse(
      SourceText(name: "a.dl", text: ".include \"b.dl\"\na(\"1\")."), id: Syntax.id,
      options: ParserOptions(mode: .program, includeLoader: loader))
    #expect(including.diagnostics.map(\.code) == [.invalidUTF8])
    #expect(including.diagnostics.first?.span?.source == SourceID(index: 1))
    #expect(including.facts.count == 1)
  }

  @Test func byteOrderMarkAndCarriageReturns() {
    let program = Syntax.parse("\u{FEFF}a(1).\r\nb(\"x\").\r\nc(x) :-\r\n  a(x).\r\n")
    #expect(program.diagnostics.isEmpty)
    #expect(program.facts.count == 2)
    #expect(program.statements.count == 1)
  }

  @Test func deepNestingIsRefusedOnce() {
    let many = 100_000
    let texts = [
      "a(x) :- x = " + String(repeating: "(", count: many) + "1"
        + String(repeating: ")", count: many)
        + ".",
      "a(x) :- " + String(repeating: "(", count: many),
      "a(x) :- " + String(repeating: "!", count: many) + "b(x).",
      "a(x) :- x = " + String(repeating: "-", count: many) + "1.",
      "a(" + String(repeating: "[", count: many) + String(repeating: "]", count: many) + ").",
      "a(x) :- x = 1" + String(repeating: " + 1", count: many) + ".",
      "a(x) :- x = 1" + String(repeating: " ^ 1", count: many) + ".",
      "a(x) :- a" + String(repeating: "+", count: many) + "(x, y).",
      "a(x) :- " + String(repeating: "^", count: many) + "a(x, y).",
      String(repeating: ".comp A { ", count: many),
      "a(x) :- " + String(repeating: "x = count : { ", count: many),
      "a(x) :- x = " + String(repeating: "cat(", count: many),
    ]
    for text in texts {
      let program = Syntax.parse(text)
      #expect(
        program.diagnostics.filter { $0.code == .nestingTooDeep }.count >= 1, "\(text.prefix(30))")
      #expect(program.diagnostics.count <= 3, "\(text.prefix(30)) \(program.diagnostics.count)")
    }
    let deep =
      "a(x) :- x = " + String(repeating: "(", count: 200) + "1"
      + String(repeating: ")", count: 200) + "."
    #expect(Syntax.parse(deep).diagnostics.isEmpty)
  }

  @Test func aLongLine() {
    let text = "a(\"" + String(repeating: "x", count: 10_000_000) + "\", 1)."
    let program = Syntax.parse(text)
    #expect(program.diagnostics.isEmpty)
    #expect(program.facts.count == 1)
    let rule = "a(x) :- b(x), " + String(repeating: "c(x, 1), ", count: 20_000) + "d(x)."
    #expect(Syntax.parse(rule).diagnostics.isEmpty)
    let comment = "// " + String(repeating: "y", count: 10_000_000) + "\na(1)."
    #expect(Syntax.parse(comment).facts.count == 1)
  }
}
