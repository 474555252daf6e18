import GraphCore
import GraphQuery
import Testing

/// The grammar rules 14 and 17 to 25 of the language.
@Suite("Syntax: rules of the language")
struct SyntaxRuleTests {
  @Test("14: Chinese numbers are exact")
  func chineseNumbers() {
    #expect(
      Syntax.canonical("a(3.5亿, 1.2万, 3万亿, 0.00005万, 1.23456万, 0.1亿).")
        == "a(350000000, 12000, 3000000000000, 0.5, 12345.6, 10000000).")
    #expect(Syntax.canonical("a(１２３, ３.５, -2万).") == "a(123, 3.5, -20000).")
    Syntax.expectReports("a(~~3.5亿元).")
  }

  @Test("17: directives only where a statement begins")
  func directivesBeginStatements() {
    #expect(Syntax.canonical("a(x) :- c.edge(x, y).") == "a(x) :- c.edge(x, y).")
    #expect(Syntax.canonical("a(1).edge(1, 2).") == "a(1).\nedge(1, 2).")
    #expect(Syntax.canonical(".output a\n.decl b()") == ".output a\n.decl b()")
  }

  @Test("18: .once and .plan are the program's")
  func onceAndPlan() {
    #expect(
      Syntax.canonical(".once\na(x) :- b(x), c(x).\n.plan 0:(2, 1)")
        == "a(x) :- b(x), c(x). .plan 0:(2, 1)")
    let reports = Syntax.expectReports("~~.delete located_in(\"A\", y).\n~~.nope x\nb(1).")
    #expect(reports.map(\.code) == [.misplacedCommand, .unknownDirective])
    #expect(
      Syntax.expectReports("~~.labels\n~~.find x\n~~.once a.csv\n.once // x\nb(1).").map(\.code)
        == [.misplacedCommand, .misplacedCommand, .misplacedCommand])
  }

  @Test("19: question marks")
  func questionMarks() {
    #expect(Syntax.canonical("?-edge(x, y).") == "?- edge(x, y).")
    #expect(Syntax.canonical("a(x) :- part_of?(x, y).") == "a(x) :- part_of?(x, y).")
    #expect(
      Syntax.canonical("a(x) :- (part_of)?(x, y), part_of{0,1}(x, y).")
        == "a(x) :- (part_of)?(x, y), (part_of)?(x, y).")
    let program = Syntax.parse(".decl ?(x: number)\n?(1).")
    #expect(program.diagnostics.isEmpty)
    #expect(program.facts.names == ["?"])
  }

  @Test("20: paths and arithmetic")
  func pathsAndArithmetic() {
    #expect(
      Syntax.canonical("a(x) :- b(x), x+(1) = 3, x*(y) > 2, x*(y+1) + 2 = 3.")
        == "a(x) :- b(x), x + 1 = 3, x * y > 2, x * (y + 1) + 2 = 3.")
    #expect(
      Syntax.canonical("a(x+(y), z) :- (x)+(y) = 3, b(x*(y), z).")
        == "a(x + y, z) :- x + y = 3, b(x * y, z).")
    let reports = Syntax.expectReports("a(x) :- ~~supplies+(x).")
    #expect(reports.map(\.code) == [.ambiguousPath])
  }

  @Test("21: named arguments")
  func namedArguments() {
    #expect(
      Syntax.canonical("a(x) :- r(b: x), s(x, amount: a, unit: \"亿元\").")
        == "a(x) :- r(b: x), s(x, amount: a, unit: \"亿元\").")
    #expect(Syntax.canonical("a(x) :- r(count: { b(_) }).") == "a(x) :- r(count : { b(_) }).")
    #expect(Syntax.canonical("a(x) :- r(`count`: x).") == "a(x) :- r(`count`: x).")
  }

  @Test("22: aggregates in heads")
  func headAggregates() {
    let program = Syntax.parse("dist(y, min d + w, max(1, 2), sum x : { a(x) }) :- d(y).")
    guard case .clause(let clause)? = program.statements.first else {
      Issue.record("no rule")
      return
    }
    #expect(clause.heads[0].aggregates.map(\.argument) == [1])
    #expect(clause.heads[0].aggregates.map(\.function) == [.min])
    #expect(clause.heads[0].atom.arguments.count == 4)
  }

  @Test("23: dollars and citations")
  func dollarsAndCitations() {
    #expect(
      Syntax.canonical("a(x) :- b(x, $p, $B(1), $c.D(x), $).")
        == "a(x) :- b(x, $p, $B(1), $c.D(x), autoinc()).")
    let program = Syntax.parse("a(1) @ 3. a(2)@4-5,7.\na(\"\\n\") @ 8 - 9.")
    #expect(program.diagnostics.isEmpty)
    #expect(
      program.facts.facts.map { program.facts.citations(of: $0).map(\.first) }
        == [[3], [4, 7], [8]])
    #expect(program.facts.citations.map(\.last) == [3, 5, 7, 9])
    let reports = Syntax.expectReports("a(x) :- b(x) ~~@ 3.\na(1) ~~@ 5-4.")
    #expect(reports.map(\.code) == [.misplacedCitation, .misplacedCitation])
  }

  @Test("24: full-width punctuation")
  func fullWidthPunctuation() {
    #expect(
      Syntax.canonical("公司（甲，乙）：-在（甲，年：２０２０）；！在（乙）。公司（“a”，1）。")
        == "公司(甲, 乙) :- 在(甲, 年: 2020); !在(乙).\n公司(\"a\", 1).")
    #expect(Syntax.canonical("？-公司（c）。") == "?- 公司(c).")
    #expect(Syntax.canonical("？（c）：-　公司（c）。") == "?(c) :- 公司(c).")
    #expect(
      Syntax.canonical("a(x) :- x！=1,（部分）？（x，y）.")
        == "a(x) :- x != 1, (部分)?(x, y).")
    #expect(Syntax.canonical("a(“say \"hi\"，。”).") == "a(\"say \\\"hi\\\"，。\").")
    Syntax.expectReports("a(~~“x\").\nb(1).")
    Syntax.expectReports("a(x) :- 公司~~？(x).")
  }

  @Test("25: words of run")
  func wordsOfRun() {
    #expect(
      Syntax.canonical("a(x, itof(x)) :- x = recursive_iteration_cnt().")
        == "a(x, itof(x)) :- x = recursive_iteration_cnt().")
    #expect(Syntax.canonical(".input a(IO=json)") == ".input a(IO=\"json\")")
  }

  @Test func queriesNeedNoStopWhenTyped() {
    #expect(Syntax.canonical("?- a(x)", mode: .statement) == "?- a(x).")
    #expect(Syntax.canonical("?(x) :- a(x) limit 3", mode: .statement) == "?(x) :- a(x) limit 3.")
    Syntax.expectReports("?- a(x)~~")
    Syntax.expectReports("a(1)~~", mode: .statement)
  }
}
