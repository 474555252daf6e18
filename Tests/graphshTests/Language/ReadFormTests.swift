import Testing

@testable import graphsh

/// Chinese punctuation outside of texts is shown as it is read.
@Suite struct ReadFormTests {
  @Test(arguments: [
    (
      "？- company(c)， located_in(c， “祁县，（经）开。”)。",
      "?- company(c), located_in(c, \"祁县，（经）开。\")."
    ),
    ("？（z， n： count x） ：- zone（x）； ！a（x）， x ！= 3。", "?(z, n: count x) :- zone(x); !a(x), x != 3."),
    ("?- a(“他说\"好\"”).", "?- a(\"他说\\\"好\\\"\")."),
    ("?- a(\"“x”，\"). // 注释，。", "?- a(\"“x”，\"). // 注释，。"),
    ("。path 晋钢 “英特丽”", ".path 晋钢 “英特丽”"), (".why a（“晋”）", ".why a（“晋”）"),
    ("?- a(“\u{301}他\"\u{301}”).", "?- a(\"\u{301}他\\\"\u{301}\")."),
    ("?- v > 3.5亿.", "?- v > 3.5亿."), ("?- a(“没有关", "?- a(“没有关"), ("", ""), ("。", "."),
  ])
  func isShown(_ typed: String, _ read: String) { #expect(ReadForm.of(typed) == read) }
}

/// What is said where Enter did not end a statement.
@Suite struct StatementHintTests {
  @Test(arguments: [
    ("?- company(c)", "a statement ends with a full stop"),
    ("?- company(c);", "a statement ends with a full stop; a semicolon means \"or\""),
    ("?(n: count c) :- company(c) limit 3", "a statement ends with a full stop"),
    (
      "SELECT * FROM company",
      "a question here looks like ?- company(c), located_in(c, z). and .help says more"
    ),
    ("?- company(c),", nil), ("?- located_in(c", nil), ("hub(z) :-", nil), ("// note", nil),
    ("match(x)", "a statement ends with a full stop"),
  ])
  func isSaid(_ text: String, _ hint: String?) { #expect(StatementHint.of(text) == hint) }

  /// A text ends on its line, so that nothing typed below could complete the statement.
  @Test(arguments: [
    "?- company(\"晋钢).", "?- company(\"晋钢", "?- company(“晋钢)。", "?- `made by(x, y).",
    "r(x) :- company(x),\n  x = \"晋钢.",
  ])
  func openTextIsNotContinued(_ text: String) { #expect(ShellLanguage.isComplete(text)) }

  @Test func wordsFromOtherShells() {
    for (word, command) in [
      ("exit", ".quit"), (" quit;", ".quit"), ("\\q", ".quit"), ("Help", ".help"),
    ] {
      #expect(ShellLanguage.isComplete(word))
      #expect(ReadForm.of(word) == command)
    }
    #expect(!ShellLanguage.isComplete("exit(x)"))
  }
}
