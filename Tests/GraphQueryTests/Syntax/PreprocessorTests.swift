import GraphCore
import GraphQuery
import Testing

@Suite("Syntax: preprocessor and includes")
struct SyntaxPreprocessorTests {
  @Test func macros() {
    #expect(Syntax.canonical("#define N 5\na(N).") == "a(5).")
    #expect(
      Syntax.canonical("#define ADD(x, y) (x + y)\na(z) :- z = ADD(1, ADD(2, 3)).")
        == "a(z) :- z = 1 + 2 + 3."
        || Syntax.canonical("#define ADD(x, y) (x + y)\na(z) :- z = ADD(1, ADD(2, 3)).")
          == "a(z) :- z = 1 + (2 + 3)."
    )
    #expect(Syntax.canonical("#define CAT(a, b) a##b\nCAT(foo, bar)(1).") == "foobar(1).")
    #expect(Syntax.canonical("#define STR(a) #a\na(STR(x y)).") == "a(\"x y\").")
    #expect(
      Syntax.canonical("#define RULE(r) r(x) :- \\\n  q(x).\nRULE(p)\nb(1).")
        == "p(x) :- q(x).\nb(1).")
    #expect(Syntax.canonical("#define N 1\n#undef N\na(N) :- b(N).") == "a(N) :- b(N).")
    #expect(Syntax.canonical("#define A B\n#define B A\na(A) :- b(A).") == "a(A) :- b(A).")
    #expect(Syntax.canonical("#define EMPTY\nEMPTY a(1). EMPTY") == "a(1).")
  }

  @Test func definitionsFromOutside() {
    let program = Syntax.parse(
      "#ifdef DEBUG\na(LEVEL).\n#else\nb(1).\n#endif",
      macros: [
        ("DEBUG", "1"), ("LEVEL", "3"),
      ])
    #expect(program.diagnostics.isEmpty)
    #expect(ASTPrinter.text(program) == "a(3).\n")
  }

  @Test func conditions() {
    let text = """
      #define N 3
      #if defined(N) && N > 2
      a(1).
      # ifdef M
      it's not read "at all
      # else
      a(2).
      # endif
      #elif 1
      a(3).
      #else
      a(4).
      #endif
      #ifndef N
      a(5).
      #endif
      #if 0
      a(6).
      #elif !defined(M)
      a(7).
      #endif
      """
    #expect(Syntax.canonical(text) == "a(1).\na(2).\na(7).")
  }

  @Test func theWidthOfNumbersIsDefined() {
    #expect(
      Syntax.canonical("#if RAM_DOMAIN_SIZE == 64\na(1).\n#else\na(2).\n#endif") == "a(1).")
  }

  @Test func mistakes() {
    let reports = Syntax.expectReports(
      "~~#foo\na(1).\n~~#endif\nb(2).\n~~#ifdef X\nc(3).")
    #expect(reports.allSatisfy { $0.code == .preprocessor })
    Syntax.expectReports("#define F(x) x\na(~~F(1, 2), 3).\nb(1).")
    #expect(Syntax.canonical("# 12 \"file.dl\"\na(1).") == "a(1).")
  }

  @Test func aMacroThatDoublesItselfIsStopped() {
    var text = "#define A0 1 + 1\n"
    for level in 1..<40 { text += "#define A\(level) A\(level - 1) + A\(level - 1)\n" }
    let program = Syntax.parse(text + "a(x) :- x = A39.\nb(1).")
    #expect(program.diagnostics.contains { $0.code == .preprocessor || $0.code == .nestingTooDeep })
  }

  @Test(.timeLimit(.minutes(1))) func aConditionThatDoublesItselfIsStopped() {
    var text = "#define A0 1\n"
    for level in 1..<41 { text += "#define A\(level) A\(level - 1)+A\(level - 1)\n" }
    let program = Syntax.parse(text + "#if A5 == 32\nb(1).\n#endif\n#if A40\na(1).\n#endif\nc(1).")
    #expect(program.diagnostics.map(\.code) == [.preprocessor])
    #expect(program.diagnostics.first?.message == "macros make more than 1000000 tokens")
    #expect(ASTPrinter.text(program) == "b(1).\nc(1).\n")
  }

  /// The branch of `#else` is the last, whether it is read or passed over.
  @Test(arguments: [
    "#if 1\na(1).\n#else\nb(1).\n#~~else\nc(1).\n#endif",
    "#if 1\na(1).\n#else\nb(1).\n#~~elif 1\nc(1).\n#endif",
    "#if 0\na(1).\n#else\nb(1).\n~~#else\nc(1).\n#endif",
    "#if 0\na(1).\n#elif 1\nb(1).\n#else\nc(1).\n#~~elif 1\nd(1).\n#endif",
  ])
  func nothingFollowsElse(_ text: String) {
    let reports = Syntax.expectReports(text)
    #expect(reports.count == 1)
    #expect(reports.first?.message.hasSuffix("after `#else`") == true)
  }

  private final class Files {
    var map = SourceMap()
    let contents: [String: String]

    init(_ contents: [String: String]) { self.contents = contents }

    func parse(_ name: String) -> ParsedProgram {
      let text = SourceText(name: name, text: contents[name] ?? "")
      let id = map.add(text)
      let options = ParserOptions(includeLoader: { path, _ in
        guard let content = self.contents[path] else {
          return .failure(IncludeFailure(message: "no such file"))
        }
        let text = SourceText(name: path, text: content)
        return .success(IncludedSource(text: text, id: self.map.add(text)))
      })
      return Parser.parse(text, id: id, options: options)
    }
  }

  @Test func includes() {
    let files = Files([
      "main.dl": "a(1).\n.include \"b.dl\"\nc(3).\n#include \"b.dl\"\nd(4).",
      "b.dl": "b(2).\nb(x) :- a(x).\n",
    ])
    let program = files.parse("main.dl")
    #expect(program.diagnostics.isEmpty)
    #expect(
      ASTPrinter.text(program)
        == "a(1).\nb(2).\nb(x) :- a(x).\nc(3).\nb(2).\nb(x) :- a(x).\nd(4).\n")
    #expect(
      program.facts.facts.map { files.map[program.facts.span(of: $0).source].name }
        == ["main.dl", "b.dl", "main.dl", "b.dl", "main.dl"])
  }

  @Test func once() {
    let files = Files([
      "main.dl": ".include \"b.dl\"\n.include \"b.dl\"\nc(3).", "b.dl": ".once\nb(2).\n",
    ])
    let program = files.parse("main.dl")
    #expect(program.diagnostics.isEmpty)
    #expect(ASTPrinter.text(program) == "b(2).\nc(3).\n")
  }

  @Test func includeMistakes() {
    let files = Files([
      "main.dl": ".include \"none.dl\"\n.include \"bad.dl\"\n.include \"self.dl\"\nc(3).",
      "bad.dl": "a(1\n", "self.dl": ".include \"self.dl\"\n",
    ])
    let program = files.parse("main.dl")
    #expect(program.diagnostics.filter { $0.code == .includeFailed }.count == 2)
    // What is read over and over again is one mistake, whatever it holds.
    #expect(program.facts.isEmpty && program.statements.isEmpty)
  }
}
