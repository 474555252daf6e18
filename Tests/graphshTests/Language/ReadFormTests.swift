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
    ("?- v > 3.5亿.", "?- v > 3.5亿."), ("?- a(“没有关", "?- a(“没有关"), ("", ""), ("。", "."),
  ])
  func isShown(_ typed: String, _ read: String) { #expect(ReadForm.of(typed) == read) }
}
