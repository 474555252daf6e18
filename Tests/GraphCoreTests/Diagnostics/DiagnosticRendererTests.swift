import GraphCore
import TestSupport
import Testing

/// Spans are written in the program itself: `«` and `»` around the primary one, `‹` and `›` around
/// each label, in the order of the labels.
private func render(
  _ marked: String, labels: [String] = [], notes: [String] = [], help: String? = nil,
  columns: Int = 100, style: DiagnosticRenderer.Style = .plain
) -> String {
  var text: [UInt8] = []
  var primary: (Int, Int)?
  var places: [(Int, Int)] = []
  var open = 0
  for character in marked {
    switch character {
    case "«": primary = (text.count, text.count)
    case "»": primary?.1 = text.count
    case "‹": open = text.count
    case "›": places.append((open, text.count))
    default: text += Array(String(character).utf8)
    }
  }
  var map = SourceMap()
  let id = map.add(SourceText(name: "zones.dl", bytes: text))
  func span(_ place: (Int, Int)) -> SourceSpan {
    SourceSpan(source: id, lower: UInt32(place.0), upper: UInt32(place.1))
  }
  let diagnostic = Diagnostic(
    .ungroundedVariable, "variable \"z\" is not bound", at: primary.map(span),
    labels: zip(places, labels).map { Diagnostic.Label(span: span($0), text: $1) },
    notes: notes, help: help)
  return DiagnosticRenderer(sources: map, style: style, columns: columns).render(diagnostic)
}

@Suite struct DiagnosticRendererTests {
  @Test func caretStandsUnderChineseText() {
    let text = render(
      "a(1).\n企业(\"祁县\", c) :- c < «z».\n", notes: ["only a positive condition binds"],
      help: "add one")
    #expect(
      text == """
        error[E0403]: variable "z" is not bound
         --> zones.dl:2:20
          |
        2 | 企业("祁县", c) :- c < z.
          |                        ^
          |
          = note: only a positive condition binds
          = help: add one

        """)
  }

  @Test func tabsAreExpandedAndControlsEscaped() {
    let text = render("\ta\tb \u{7}«zz»")
    #expect(
      text.hasSuffix(
        """
        1 |     a   b \\u{7}zz
          |                ^^

        """))
  }

  /// Of a very long line only what is around the mark is laid out.
  @Test func longLinesAreCutAroundTheirMarks() {
    func lines(_ text: String) -> [Substring] { text.split(separator: "\n").suffix(2) }
    for filling in [20_000, 400_000] {
      let before = String(repeating: "企业", count: filling)
      let after = String(repeating: "y", count: filling)
      let middle = lines(render("\(before)«zz»\(after)", columns: 44))
      #expect(middle[middle.startIndex].hasPrefix("1 | …企业"))
      #expect(middle[middle.startIndex].contains("企业zzyy"))
      #expect(middle[middle.startIndex].hasSuffix("yy…"))
      let shown = middle[middle.startIndex].prefix { $0 != "z" }
      #expect(DisplayWidth.columns(of: shown) == middle[middle.startIndex + 1].count - 2)
      #expect(middle[middle.startIndex + 1].hasSuffix(" ^^"))
      let start = lines(render("«zz»\(before)", columns: 44))
      #expect(start[start.startIndex].hasPrefix("1 | zz企业"))
      #expect(start[start.startIndex].hasSuffix("…"))
      #expect(start[start.startIndex + 1] == "  | ^^")
      let end = lines(render("\(before)«zz»", columns: 44))
      #expect(end[end.startIndex].hasPrefix("1 | …"))
      #expect(end[end.startIndex].hasSuffix("企业zz"))
      #expect(end[end.startIndex + 1].hasSuffix(" ^^"))
      let all = lines(render("a«\(after)»", columns: 44))
      #expect(all[all.startIndex + 1].hasSuffix("^^^"))
      #expect(all[all.startIndex + 1].count <= 44)
    }
  }

  @Test func labelsStandUnderTheirMarks() {
    let text = render(
      "r(‹x›, y) :- ‹祁县(x)›, «w».", labels: ["head", "bound here"])
    #expect(
      text.hasSuffix(
        """
        1 | r(x, y) :- 祁县(x), w.
          |   -        -------  ^
          |   |        |
          |   |        bound here
          |   head

        """))
  }

  @Test func lastLabelFollowsItsUnderline() {
    let text = render("r(«x», y) :- ‹q(y)›.", labels: ["only y here"])
    #expect(
      text.hasSuffix(
        """
        1 | r(x, y) :- q(y).
          |   ^        ---- only y here

        """))
  }

  @Test func farLinesAreLeftOut() {
    let text = render("‹a›.\n\n\n\nb(«z»).", labels: ["first"])
    #expect(
      text.hasSuffix(
        """
        1 | a.
          | - first
        ...
        5 | b(z).
          |   ^

        """))
  }

  @Test func longLinesAreCutAroundTheSpan() {
    let filler = String(repeating: "企业(c), ", count: 40)
    let text = render("r(c) :- " + filler + "«bad»(c), " + filler, columns: 60)
    let rows = text.split(separator: "\n")
    #expect(rows[3].hasPrefix("1 | …"))
    #expect(rows[3].hasSuffix("…"))
    #expect(DisplayWidth.columns(of: rows[3]) <= 60)
    let caret = rows[4].prefix { $0 != "^" }
    #expect(rows[4].drop { $0 != "^" } == "^^^")
    let before = rows[3].split(separator: "bad", maxSplits: 1)[0]
    #expect(DisplayWidth.columns(of: before) == caret.count)
  }

  @Test func longLineIsCutAtTheRightOnly() {
    let text = render("«r»(c) :- " + String(repeating: "x", count: 200), columns: 40)
    let rows = text.split(separator: "\n")
    #expect(rows[3] == "1 | r(c) :- xxxxxxxxxxxxxxxxxxxxxxxxxxx…")
    #expect(rows[4] == "  | ^")
  }

  @Test func spanOverSeveralLinesHasABar() {
    let text = render("«r(x) :-\n  q(x),\n  s(祁)».\n")
    #expect(
      text.hasSuffix(
        """
        1 | / r(x) :-
        2 | |   q(x),
        3 | |   s(祁).
          | |_______^

        """))
  }

  @Test func spanOverSeveralLinesFromWithinALine() {
    let text = render(
      "r(x) :- «q(x),\n  a,\n  b,\n  c,\n  d,\n  e,\n  f,\n  s(x)».\n‹t›", labels: ["next"])
    #expect(
      text.hasSuffix(
        """
        1 |   r(x) :- q(x),
          |  _________^
        2 | |   a,
        3 | |   b,
        ...
        7 | |   f,
        8 | |   s(x).
          | |______^
        9 |   t
          |   - next

        """))
  }

  @Test func endOfFileIsShownBehindTheLastWord() {
    let expected = """
       --> zones.dl:1:8
        |
      1 | r(祁) :-
        |         ^

      """
    #expect(render("r(祁) :-\n\n«»").hasSuffix(expected))
    #expect(render("r(祁) :-«»").hasSuffix(expected))
    #expect(render("«»").hasSuffix(" --> zones.dl:1:1\n  |\n1 |\n  | ^\n"))
  }

  @Test func carriageReturnsAndBrokenBytesKeepTheColumns() {
    #expect(render("a.\r\nb(«z»)\r\n").hasSuffix("2 | b(z)\n  |   ^\n"))
    var map = SourceMap()
    let id = map.add(SourceText(name: "x", bytes: [0xFF, 0xE7, 0xA5, 0x81, 0xFE, 0x7A, 0x0A]))
    let diagnostic = Diagnostic(
      .invalidUTF8, "byte FE is no UTF-8", at: SourceSpan(source: id, lower: 4, upper: 5))
    let text = DiagnosticRenderer(sources: map).render(diagnostic)
    #expect(text.hasSuffix("1 | \u{FFFD}祁\u{FFFD}z\n  |    ^\n"))
  }

  @Test func otherTextsFollowWithTheirOwnPlace() {
    var map = SourceMap()
    let first = map.add(SourceText(name: "a.dl", text: "a(x)."))
    let second = map.add(SourceText(name: "b.dl", text: "\n.decl a(n:number)", firstLine: 99))
    let diagnostic = Diagnostic(
      .duplicateDeclaration, "relation \"a\" is declared twice",
      at: SourceSpan(source: first, lower: 0, upper: 1),
      labels: [.init(span: SourceSpan(source: second, lower: 7, upper: 8), text: "first here")])
    let renderer = DiagnosticRenderer(sources: map)
    #expect(
      renderer.render(diagnostic) == """
        error[E0308]: relation "a" is declared twice
           --> a.dl:1:1
            |
          1 | a(x).
            | ^
           ::: b.dl:100:7
            |
        100 | .decl a(n:number)
            |       - first here

        """)
    #expect(
      renderer.renderLine(diagnostic)
        == "a.dl:1:1: error: relation \"a\" is declared twice [E0308]")
  }

  @Test func withoutAPlaceThereIsOnlyTheMessage() {
    let diagnostic = Diagnostic(
      .interrupted, "stopped", at: nil, severity: .warning, notes: ["one\ntwo"])
    let renderer = DiagnosticRenderer(sources: SourceMap())
    #expect(renderer.render(diagnostic) == "warning[E0604]: stopped\n = note: one\n         two\n")
    #expect(renderer.renderLine(diagnostic) == "warning: stopped [E0604]")
  }

  @Test func coloursAreAddedAndNothingElse() {
    let plain = render("a(«z») :- ‹b›.", labels: ["here"], help: "x")
    let coloured = render("a(«z») :- ‹b›.", labels: ["here"], help: "x", style: .coloured)
    #expect(coloured.contains("\u{1B}[1;31m^\u{1B}[0m"))
    var stripped = ""
    var isCode = false
    for scalar in coloured.unicodeScalars {
      if scalar == "\u{1B}" { isCode = true }
      if !isCode { stripped.unicodeScalars.append(scalar) }
      if isCode, scalar == "m" { isCode = false }
    }
    #expect(stripped == plain)
  }

  /// Whatever spans point at, there is a rendering, and its source rows keep to the width.
  @Test func anySpansOfAnyTextAreRendered() {
    let pieces: [[UInt8]] = [
      Array("祁县".utf8), Array("abc ".utf8), [0x0A], [0x09], [0x0D, 0x0A], [0xFF], [0xE7, 0xA5],
      Array("👨‍👩‍👧".utf8), Array("e\u{301}".utf8), [0x1B],
    ]
    for seed in UInt64(1)...400 {
      var generator = SeededGenerator(seed: seed)
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...60, using: &generator) {
        bytes += pieces[Int.random(in: 0..<pieces.count, using: &generator)]
      }
      var map = SourceMap()
      let id = map.add(SourceText(name: "x.dl", bytes: bytes))
      func span() -> SourceSpan {
        let lower = Int.random(in: 0...bytes.count + 3, using: &generator)
        let length = Int.random(in: 0...40, using: &generator)
        return SourceSpan(source: id, lower: UInt32(lower), upper: UInt32(lower + length))
      }
      let labels = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
        Diagnostic.Label(span: span(), text: "")
      }
      let diagnostic = Diagnostic(.expected, "x", at: span(), labels: labels)
      let text = DiagnosticRenderer(sources: map, columns: 50).render(diagnostic)
      let marks = text.filter { $0 == "^" }.count
      let widest = text.split(separator: "\n").map { DisplayWidth.columns(of: $0) }.max() ?? 0
      #expect(marks > 0 && widest <= 56, "seed \(seed): \(text)")
    }
  }
}
