import GraphCore
import Testing

@testable import graphsh

/// Keys written as text: `<C-a>`, `<M-b>`, `<Left>`, `<Paste:...>`, everything else as itself.
private func keys(_ script: String) -> [KeyPress] {
  var result: [KeyPress] = []
  var rest = script[...]
  while let first = rest.first {
    guard first == "<", rest.dropFirst().first?.isUppercase == true,
      let end = rest.firstIndex(of: ">")
    else {
      result.append(KeyPress(.text(String(rest.removeFirst()))))
      continue
    }
    let name = rest[rest.index(after: rest.startIndex)..<end]
    rest = rest[rest.index(after: end)...]
    result.append(key(String(name)))
  }
  return result
}

private func key(_ name: String) -> KeyPress {
  if name.hasPrefix("Paste:") { return KeyPress(.paste(String(name.dropFirst(6)))) }
  if name.hasPrefix("S-") {
    var press = key(String(name.dropFirst(2)))
    press.modifiers.insert(.shift)
    return press
  }
  if name.hasPrefix("M-") {
    let inner = String(name.dropFirst(2))
    var press = inner.count == 1 ? KeyPress(.text(inner)) : key(inner)
    press.modifiers.insert(.alt)
    return press
  }
  if name.hasPrefix("C-") {
    let inner = String(name.dropFirst(2))
    if inner.count == 1 { return KeyPress(.control(Character(inner))) }
    var press = key(inner)
    press.modifiers.insert(.control)
    return press
  }
  let named: [String: Key] = [
    "Enter": .enter, "Tab": .tab, "BS": .backspace, "Del": .delete, "Esc": .escape, "Up": .up,
    "Down": .down, "Left": .left, "Right": .right, "Home": .home, "End": .end,
    "PageUp": .pageUp, "PageDown": .pageDown, "Lt": .text("<"), "Gt": .text(">"),
  ]
  return KeyPress(named[name] ?? .text("?\(name)?"))
}

/// A language whose statements end with a full stop and whose texts are quoted.
private func sampleLanguage() -> EditorLanguage {
  var language = EditorLanguage()
  language.isComplete = { $0.trimmed.hasSuffix(".") }
  language.complete = { text, cursor in
    let names = ["company", "company_of", "祁县经济开发区", "祁县开发区", "zone"]
    let before = Array(text.utf8)[..<cursor]
    let start = (before.lastIndex { $0 == 0x20 || $0 == 0x28 || $0 == 0x22 } ?? -1) + 1
    let typed = String(decoding: before[start...], as: UTF8.self)
    let found = names.filter { TextSearch.firstPlace(of: typed, in: $0) != nil }
    return Completion(replacing: start..<cursor, with: found.map { .init($0) })
  }
  language.highlight = { text in
    var ranges: [StyledRange] = []
    var open: Int?
    for (offset, byte) in text.utf8.enumerated() where byte == 0x22 {
      if let start = open {
        ranges.append(StyledRange(start..<offset + 1, .text))
        open = nil
      } else {
        open = offset
      }
    }
    return ranges
  }
  return language
}

extension String {
  fileprivate var trimmed: String {
    String(self.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}

@Suite struct LineEditorTests {
  private func editor(_ history: [String] = []) -> LineEditor {
    var past = History()
    for entry in history { past.add(entry) }
    return LineEditor(language: sampleLanguage(), history: past)
  }

  /// The text with the cursor as `|`.
  private func state(_ editor: LineEditor) -> String {
    let bytes = Array(editor.text.utf8)
    return String(decoding: bytes[..<editor.cursor], as: UTF8.self) + "|"
      + String(decoding: bytes[editor.cursor...], as: UTF8.self)
  }

  private func run(_ script: String, history: [String] = []) -> (LineEditor, LineEditor.Outcome) {
    var editor = editor(history)
    var outcome = LineEditor.Outcome.editing
    for press in keys(script) { outcome = editor.handle(press) }
    return (editor, outcome)
  }

  @Test(arguments: [
    ("abc", "abc|"), ("abc<Left>x", "abx|c"), ("祁县<Left><BS>", "|县"), ("祁县<C-a>x", "x|祁县"),
    ("abc<Home><Del>", "|bc"), ("a<M-Enter>b<C-a>", "a\n|b"), ("ab<C-t>", "ba|"),
    ("abc<Left><C-t>", "acb|"), ("e\u{301}<BS>", "|"),
    ("👨‍👩‍👧x<Left><Left>", "|👨‍👩‍👧x"), ("👨‍👩‍👧<BS>", "|"),
    ("one two<M-b>", "one |two"), ("one two<M-b><M-b>", "|one two"),
    ("located_in(晋钢supplies, \"祁县经济开发区\")<M-b>", "located_in(晋钢supplies, \"|祁县经济开发区\")"),
    ("located_in(晋钢supplies)<M-b>", "located_in(晋钢|supplies)"),
    ("located_in(晋钢supplies)<M-b><M-b>", "located_in(|晋钢supplies)"),
    ("located_in(晋钢)<C-a><M-f>", "located_in|(晋钢)"),
    ("located_in(晋钢)<C-a><M-f><C-Right>", "located_in(晋钢|)"),
    ("祁县，晋钢<C-Left>", "祁县，|晋钢"), ("カタカナ漢字<M-b>", "カタカナ|漢字"),
    ("a bc<C-w>", "a |"), ("r(祁县)<C-w>", "|"), ("r(祁县)<M-BS>", "r(|"),
    ("one two<C-a><M-d>", "| two"), ("one two<C-a><C-k>", "|"), ("one two<M-b><C-u>", "|two"),
    ("one two<M-BS><M-BS><C-y>", "one two|"), ("one<C-u>two<C-u><C-y><M-y>", "one|"),
    ("one<C-u>two<C-u><C-y><M-y><M-y>", "two|"), ("a<C-u><Lt>", "<|"),
    ("x<M-Enter>y<C-a><Left><C-k>", "x|y"),
    ("one two<C-_>", "one|"), ("one two<C-_><C-_>", "|"), ("one two<C-_><M-_>", "one two|"),
    ("abc<BS><BS><C-_>", "abc|"), ("abc<Left>x<C-_>", "ab|c"), ("a<Paste:x\ty\nz>", "ax\ty\nz|"),
    ("a<Paste:xyz><C-_>", "a|"), ("one<C-a><M-u>", "ONE|"), ("ONE<C-a><M-c>", "One|"),
    ("祁<Enter>abcd<Enter>x<Up>", "祁\na|bcd\nx"), ("祁县<Enter>abcd<Up>", "祁县|\nabcd"),
    ("祁县<Enter>abc<Up><Down>", "祁县\nabc|"), ("祁<Enter>a<Enter>abc<Up><Up>", "祁|\na\nabc"),
    ("祁县x<Enter>a<Enter>abc<Up><Up><Down><Down>", "祁县x\na\nabc|"),
    ("a<Enter>b<C-Home>", "|a\nb"), ("a<Enter>b<C-Home><C-End>", "a\nb|"),
  ])
  func script(script: String, expected: String) {
    let (editor, _) = run(script)
    #expect(state(editor) == expected)
  }

  @Test func cursorStaysOnAGraphemeBoundaryWhereTextJoins() {
    var buffer = LineBuffer("ab", cursor: 1)
    buffer.insert("\u{301}")
    #expect(buffer == LineBuffer("a\u{301}b", cursor: 3))
    buffer = LineBuffer("\u{200D}👩x", cursor: 0)
    buffer.insert("👨")
    #expect(buffer.cursor == buffer.length - 1)
    buffer = LineBuffer("🇨🇳", cursor: 3)
    #expect(buffer.cursor == 8)
  }

  @Test func enterSubmitsOnlyWhatIsComplete() {
    var (editor, outcome) = run("?- a(x),<Enter>")
    #expect(outcome == .editing)
    #expect(editor.text == "?- a(x),\n")
    for press in keys("b(x).<Enter>") { outcome = editor.handle(press) }
    #expect(outcome == .submitted("?- a(x),\nb(x)."))
    #expect(editor.text == "")
    #expect(editor.history.entries == ["?- a(x),\nb(x)."])
    #expect(editor.handle(KeyPress(.enter)) == .submitted(""))
    #expect(editor.history.entries.count == 1)
  }

  @Test func pastedTabsAndLineBreaksNeitherCompleteNorSubmit() {
    let (editor, outcome) = run("<Paste:zo\ta.\nb.\n>")
    #expect(outcome == .editing)
    #expect(editor.text == "zo\ta.\nb.\n")
  }

  @Test func controlKeysSayWhatHappened() {
    #expect(run("").0.text == "")
    #expect(run("<C-d>").1 == .endOfInput)
    #expect(run("ab<C-a><C-d>").0.text == "b")
    let (editor, outcome) = run("ab<C-c>")
    #expect(outcome == .interrupted)
    #expect(editor.text == "")
    #expect(run("a<C-l>").1 == .clearScreen)
    #expect(run("a<C-z>").1 == .suspended)
    #expect(run("<BS>").1 == .refused)
    #expect(run("<C-y>").1 == .refused)
  }

  // MARK: History

  @Test(arguments: [
    ("<Up>", "b.|"), ("<Up><Up>", "a(x),\nb(x).|"),
    // The third Up moves within the statement, to the column of its end.
    ("<Up><Up><Up>", "a(x),|\nb(x)."), ("new<Up><Down>", "new|"), ("new<Up>!<Down><Up>", "b.!|"),
    ("<M-Lt><C-Up>", "first.|"), ("new<M-Lt><M-Gt>", "new|"),
    ("<PageUp><PageUp>", "a(x),\nb(x).|"), ("<PageUp><PageUp><PageUp><PageUp>", "first.|"),
    ("<C-p><C-p><C-n>", "b.|"),
  ])
  func recalling(script: String, expected: String) {
    let (editor, _) = run(script, history: ["first.", "a(x),\nb(x).", "b."])
    #expect(state(editor) == expected)
  }

  @Test(arguments: [
    ("<C-r>晋<Esc>", "p(\"晋|钢\")."), ("<C-r>p(<C-r><Esc>", "p(|\"祁县\")."),
    ("<C-r>p(<C-r><C-s><Esc>", "p(|\"晋钢\")."), ("x<C-r>晋<C-g>", "x|"), ("x<C-r>zzz<Esc>", "x|"),
    ("<C-r>晋<C-a>", "|p(\"晋钢\")."), ("<C-r>祁q<BS><Esc>", "p(\"祁|县\")."),
    ("<C-r>晋<Esc><Up>", "p(\"祁县\").|"),
  ])
  func searching(script: String, expected: String) {
    let (editor, _) = run(script, history: ["first.", "p(\"祁县\").", "p(\"晋钢\")."])
    #expect(state(editor) == expected)
  }

  @Test func searchSubmitsWithEnter() {
    let (_, outcome) = run("<C-r>祁<Enter>", history: ["p(\"祁县\").", "q."])
    #expect(outcome == .submitted("p(\"祁县\")."))
  }

  @Test func searchIsShown() {
    let (editor, _) = run("<C-r>县", history: ["p(\"祁县\").", "q."])
    let frame = editor.frame(columns: 40, rows: 10)
    #expect(frame.lines == ["(search) \"县\": p(\"祁县\")."])
    #expect(frame.cursorColumn == 20)
    #expect(frame.rows[0].runs.contains(Frame.Run(text: "县", style: .match)))
    let (failing, _) = run("<C-r>县x", history: ["p(\"祁县\").", "q."])
    #expect(failing.frame(columns: 40, rows: 10).lines == ["(no match) \"县x\": p(\"祁县\")."])
  }

  // MARK: Completion

  @Test(arguments: [
    ("zo<Tab>", "zone|"), ("co<Tab>", "company|"), ("co<Tab><Tab>", "company|"),
    ("co<Tab><Tab><Tab>", "company_of|"), ("co<Tab><Tab><Tab><Tab>", "company|"),
    ("co<Tab><S-Tab>", "company_of|"), ("co<Tab><Tab><Esc>", "co|"), ("co<Tab><Tab>(", "company(|"),
    ("r(\"开发<Tab>", "r(\"开发|"), ("r(\"开发<Tab><Tab><Tab><Enter>\")", "r(\"祁县开发区\")|"),
    ("xyz<Tab>", "xyz|"), ("co<Tab><Tab><Tab><C-_>", "company|"),
  ])
  func completing(script: String, expected: String) {
    let (editor, _) = run(script)
    #expect(state(editor) == expected)
  }

  /// The quote that a candidate has brought is not typed once more.
  @Test(arguments: [
    ("p(\"祁<Tab>\"", ["祁县\""], "p(\"祁县\"|"), ("p(\"祁<Tab>\"\"", ["祁县\""], "p(\"祁县\"\"|"),
    ("p(\"祁<Tab><Left><Right>\"", ["祁县\""], "p(\"祁县\"\"|"),
    ("p(\"祁<Tab>)", ["祁县\""], "p(\"祁县\")|"), ("p(\"祁<Tab>\"", ["祁县"], "p(\"祁县\"|"),
    ("p(\"祁<Tab><Tab><Tab>\")", ["祁县\"", "祁县区\""], "p(\"祁县区\")|"),
    ("p(\"祁<Tab><Tab><Esc>\"", ["祁县\"", "祁县区\""], "p(\"祁\"|"),
  ])
  func quotesOfCandidates(script: String, candidates: [String], expected: String) {
    var editor = editor()
    editor.language.complete = { _, cursor in
      Completion(replacing: 3..<cursor, with: candidates.map { .init($0) })
    }
    for press in keys(script) { _ = editor.handle(press) }
    #expect(state(editor) == expected)
  }

  @Test func enterInAMenuWithoutAChoiceActsOnTheText() {
    let (editor, outcome) = run("co<Tab><Enter>")
    #expect(outcome == .editing)
    #expect(editor.text == "company\n")
  }

  @Test func menuStandsUnderTheText() {
    let (editor, _) = run("r(\"开发<Tab><Tab>")
    let frame = editor.frame(columns: 40, rows: 10)
    #expect(frame.lines == ["graph> r(\"祁县经济开发区", "祁县经济开发区  祁县开发区    "])
    #expect(frame.rows[1].runs[0] == Frame.Run(text: "祁县经济开发区", style: .selection))
    #expect(frame.cursorRow == 0)
    #expect(frame.cursorColumn == 24)
    #expect(editor.frame(columns: 20, rows: 10).lines.suffix(2) == ["祁县经济开发区", "祁县开发区    "])
  }

  @Test func longMenuShowsTheChosenAndCountsTheRest() {
    var editor = editor()
    editor.language.complete = { _, _ in
      Completion(replacing: 0..<0, with: (1...50).map { .init("n\($0)", note: "note \($0)") })
    }
    for press in keys("<Tab>") { _ = editor.handle(press) }
    for _ in 1...20 { _ = editor.handle(KeyPress(.tab)) }
    let frame = editor.frame(columns: 30, rows: 10)
    #expect(frame.rows.count == 6)
    #expect(frame.lines[4] == "n20  note 20")
    #expect(frame.lines[5] == "… 46 more")
  }

  // MARK: Frames

  @Test func frameHasPromptsAndTheDisplayColumn() {
    let (editor, _) = run("?- r(\"祁县\",<Enter>  x)<Left>")
    let frame = editor.frame(columns: 40, rows: 10)
    #expect(frame.lines == ["graph> ?- r(\"祁县\",", "  ...>   x)"])
    #expect(frame.cursorRow == 1)
    #expect(frame.cursorColumn == 10)
    #expect(frame.rows[0].runs.contains(Frame.Run(text: "\"祁县\"", style: .text)))
  }

  @Test func wideCharactersAreNotSplitBetweenRows() {
    let (editor, _) = run("a祁县经济")
    let frame = editor.frame(columns: 11, rows: 10)
    #expect(frame.lines == ["graph> a祁", "县经济"])
    #expect(frame.rows.map(\.width) == [10, 6])
    #expect((frame.cursorRow, frame.cursorColumn) == (1, 6))
    let (atCut, _) = run("a祁县经济<Left><Left><Left>")
    let cut = atCut.frame(columns: 11, rows: 10)
    #expect((cut.cursorRow, cut.cursorColumn) == (1, 0))
  }

  @Test func cursorBehindAFullRowStandsInTheNext() {
    let (editor, _) = run("abcd")
    let frame = editor.frame(columns: 11, rows: 10)
    #expect(frame.lines == ["graph> abcd", ""])
    #expect((frame.cursorRow, frame.cursorColumn) == (1, 0))
    #expect(editor.frame(columns: 11, rows: 10, isLast: true).lines == ["graph> abcd", ""])
  }

  @Test func tabsControlsAndCombiningMarksTakeTheirColumns() {
    let (editor, _) = run("<Paste:e\u{301}\t\u{7}>")
    let frame = editor.frame(columns: 40, rows: 10)
    #expect(frame.lines == ["graph> e\u{301}    \\u{7}"])
    #expect(frame.cursorColumn == 17)
  }

  @Test func bracketsThatBelongTogetherAreShown() {
    let (editor, _) = run("r(\")\", [x])")
    let frame = editor.frame(columns: 40, rows: 10)
    let matches = frame.rows[0].runs.filter { $0.style == .match }.map(\.text)
    #expect(matches == ["(", ")"])
    #expect(
      !editor.frame(columns: 40, rows: 10, isLast: true).rows[0].runs.contains {
        $0.style == .match
      })
    let (open, _) = run("r(x")
    #expect(!open.frame(columns: 40, rows: 10).rows[0].runs.contains { $0.style == .match })
  }

  @Test func textTallerThanTheTerminalShowsTheCursor() {
    let (editor, _) = run("a<Enter>b<Enter>c<Enter>d<Enter>e<Up>")
    let frame = editor.frame(columns: 20, rows: 3)
    #expect(frame.lines == ["  ...> b", "  ...> c", "  ...> d"])
    #expect((frame.cursorRow, frame.cursorColumn) == (2, 8))
  }

  @Test func aHintStandsUnderTheTextUntilTheNextKey() {
    var language = sampleLanguage()
    language.hint = { _ in "a statement ends with a full stop" }
    language.asRead = { $0.replacing("，", with: ",") }
    var editor = LineEditor(language: language)
    for press in keys("a，b<Enter>") { _ = editor.handle(press) }
    #expect(
      editor.frame(columns: 40, rows: 5).lines == [
        "graph> a，b", "  ...> ", "a statement ends with a full stop",
      ])
    #expect(editor.frame(columns: 40, rows: 5).cursorRow == 1)
    #expect(editor.frame(columns: 40, rows: 2).lines.count == 2)
    _ = editor.handle(KeyPress(.text("c")))
    #expect(editor.frame(columns: 40, rows: 5).lines == ["graph> a，b", "  ...> c"])
    _ = editor.handle(KeyPress(.text(".")))
    #expect(editor.handle(KeyPress(.enter)) == .submitted("a,b\nc."))
    #expect(editor.history.entries.last == "a,b\nc.")
  }
}
