import GraphCore
import Testing

@testable import graphsh

@Suite struct OutputFormatTests {
  @Test func csvIsQuotedAsItsStandardSays() {
    #expect(
      OutputFormat.csv.text(of: SampleTable.nasty) == """
        name,金额,n|m,ok
        祁县经济开发区,3.5,12,true
        "a,""b""|c\\d",-0.25,-7,false
        "two
        lines\tand\u{1B}[1m",inf,0,true
        "",,9007199254740993,
        👨‍👩‍👧 e\u{301},1e+20,1,true

        """)
  }

  @Test func tsvKeepsOneLineARow() {
    #expect(
      OutputFormat.tsv.text(of: SampleTable.nasty) == """
        name\t金额\tn|m\tok
        祁县经济开发区\t3.5\t12\ttrue
        a,"b"|c\\\\d\t-0.25\t-7\tfalse
        two\\nlines\\tand\u{1B}[1m\tinf\t0\ttrue
        \t\\N\t9007199254740993\t\\N
        👨‍👩‍👧 e\u{301}\t1e+20\t1\ttrue

        """)
  }

  @Test func jsonIsAnArrayOfObjects() {
    #expect(
      OutputFormat.json.text(of: SampleTable.nasty) == """
        [
        {"name":"祁县经济开发区","金额":3.5,"n|m":12,"ok":true},
        {"name":"a,\\"b\\"|c\\\\d","金额":-0.25,"n|m":-7,"ok":false},
        {"name":"two\\nlines\\tand\\u001b[1m","金额":"inf","n|m":0,"ok":true},
        {"name":"","金额":null,"n|m":9007199254740993,"ok":null},
        {"name":"👨‍👩‍👧 e\u{301}","金额":1e+20,"n|m":1,"ok":true}
        ]

        """)
    #expect(OutputFormat.json.text(of: SampleTable.empty) == "[]\n")
  }

  @Test func jsonLinesAreOneObjectEach() {
    let text = OutputFormat.jsonl.text(of: SampleTable.nasty)
    #expect(text.split(separator: "\n").count == 5)
    #expect(text.hasPrefix("{\"name\":\"祁县经济开发区\",\"金额\":3.5,\"n|m\":12,\"ok\":true}\n"))
    #expect(OutputFormat.jsonl.text(of: SampleTable.empty) == "")
  }

  @Test func markdownCellsStayCells() {
    #expect(
      OutputFormat.markdown.text(of: SampleTable.nasty) == """
        | name | 金额 | n\\|m | ok |
        | --- | ---: | ---: | --- |
        | 祁县经济开发区 | 3.5 | 12 | true |
        | a,"b"\\|c\\\\d | -0.25 | -7 | false |
        | two<br>lines\tand\u{1B}[1m | inf | 0 | true |
        |  |  | 9007199254740993 |  |
        | 👨‍👩‍👧 e\u{301} | 1e+20 | 1 | true |

        """)
  }

  @Test func linesAreAlignedByDisplayWidth() {
    var table = SampleTable.nasty
    table.rows = [table.rows[2], table.rows[3]]
    #expect(
      OutputFormat.line.text(of: table) == """
        name = two
               lines\\tand\\u{1b}[1m
        金额 = inf
         n|m = 0
          ok = true

        name =\(" ")
        金额 = null
         n|m = 9007199254740993
          ok = null

        """)
  }

  @Test func boxIsAlignedByDisplayWidth() {
    var settings = RenderSettings()
    settings.showsSummary = true
    settings.elapsed = .microseconds(321)
    let text = OutputFormat.box.text(of: SampleTable.nasty, settings: settings)
    #expect(
      text == """
        ┌──────────────────────────┬───────┬──────────────────┬───────┐
        │ name                     │  金额 │              n|m │ ok    │
        ├──────────────────────────┼───────┼──────────────────┼───────┤
        │ 祁县经济开发区           │   3.5 │               12 │ true  │
        │ a,"b"|c\\d                │ -0.25 │               -7 │ false │
        │ two\\nlines\\tand\\u{1b}[1m │   inf │                0 │ true  │
        │                          │  null │ 9007199254740993 │ null  │
        │ 👨‍👩‍👧 e\u{301}                     │ 1e+20 │                1 │ true  │
        └──────────────────────────┴───────┴──────────────────┴───────┘
        5 rows (0.3 ms)

        """)
  }

  @Test(arguments: 20...80)
  func boxFitsTheTerminal(columns: Int) {
    var settings = RenderSettings()
    settings.columns = columns
    let text = OutputFormat.box.text(of: SampleTable.nasty, settings: settings)
    let widths = Set(text.split(separator: "\n").map { DisplayWidth.columns(of: $0) })
    #expect(widths.count == 1)
    #expect((widths.max() ?? 0) <= columns)
  }

  @Test func wideTextColumnsAreCutAndNumbersAreNot() {
    let table = SampleTable(
      [("a", .text), ("n", .integer), ("b", .text)],
      [["中华人民共和国", "1234567890", "short"], ["x", "1", String(repeating: "y", count: 99)]])
    var settings = RenderSettings()
    settings.columns = 44
    #expect(
      OutputFormat.box.text(of: table, settings: settings) == """
        ┌──────────────┬────────────┬──────────────┐
        │ a            │          n │ b            │
        ├──────────────┼────────────┼──────────────┤
        │ 中华人民共…  │ 1234567890 │ short        │
        │ x            │          1 │ yyyyyyyyyyy… │
        └──────────────┴────────────┴──────────────┘

        """)
  }

  @Test func columnsThatDoNotFitAreSaidToBeHidden() {
    let names = (1...12).map { "column\($0)" }
    let table = SampleTable(names.map { ($0, .text) }, [names])
    var settings = RenderSettings()
    settings.columns = 40
    settings.showsSummary = true
    #expect(
      OutputFormat.box.text(of: table, settings: settings) == """
        ┌─────────┬─────────┬─────────┬───┐
        │ column1 │ column2 │ column3 │ … │
        ├─────────┼─────────┼─────────┼───┤
        │ column1 │ column2 │ column3 │ … │
        └─────────┴─────────┴─────────┴───┘
        1 row, 3 of 12 columns shown

        """)
  }

  @Test func longAnswersShowTheirHead() {
    let table = SampleTable([("n", .integer)], (1...1412).map { [String($0)] })
    var settings = RenderSettings()
    settings.rowLimit = 2
    settings.showsSummary = true
    settings.elapsed = .milliseconds(1234)
    #expect(
      OutputFormat.box.text(of: table, settings: settings) == """
        ┌───┐
        │ n │
        ├───┤
        │ 1 │
        │ 2 │
        │ … │
        └───┘
        1,412 rows, 2 shown (1.2 s)

        """)
  }

  @Test func emptyBoxIsOnlyItsSummary() {
    #expect(OutputFormat.box.text(of: SampleTable.empty) == "")
    var settings = RenderSettings()
    settings.showsSummary = true
    #expect(OutputFormat.box.text(of: SampleTable.empty, settings: settings) == "0 rows\n")
  }

  @Test(arguments: OutputFormat.allCases)
  func queriesWithoutVariablesAnswerYesOrNo(format: OutputFormat) {
    switch format {
    case .json:
      #expect(format.text(of: SampleTable.yes) == "[\n{\"answer\":true}\n]\n")
    case .jsonl:
      #expect(format.text(of: SampleTable.no) == "{\"answer\":false}\n")
    case .box, .csv, .tsv, .markdown, .line:
      #expect(format.text(of: SampleTable.yes) == "yes\n")
      #expect(format.text(of: SampleTable.no) == "no\n")
    }
  }

  @Test func coloursOnlyDecorate() {
    var settings = RenderSettings()
    settings.style = .coloured
    let text = OutputFormat.box.text(of: SampleTable.nasty, settings: settings)
    #expect(text.contains("\u{1B}[1mname\u{1B}[0m"))
    #expect(text.contains("\u{1B}[2mnull\u{1B}[0m"))
  }

  /// A sink that fails at its second chunk, as a closed pipe would.
  struct ClosingSink: ByteSink {
    struct Closed: Error {}
    var chunks = 0
    mutating func write(_ bytes: [UInt8]) throws(Closed) {
      chunks += 1
      if chunks > 1 { throw Closed() }
    }
  }

  @Test(arguments: OutputFormat.allCases)
  func longAnswersStreamUntilTheSinkFails(format: OutputFormat) {
    let cell = String(repeating: "x", count: 1000)
    let table = SampleTable([("c", .text)], (1...1000).map { _ in [cell] })
    #expect(throws: ClosingSink.Closed.self) { try format.render(table, to: ClosingSink()) }
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
    (.min, "-9,223,372,036,854,775,808"),
  ])
  func grouped(number: Int, expected: String) { #expect(Quantity.grouped(number) == expected) }

  @Test(arguments: [
    (Duration.microseconds(49), "0.0 ms"), (.microseconds(321), "0.3 ms"),
    (.milliseconds(12), "12 ms"),
    (.microseconds(999_600), "1.0 s"), (.seconds(59), "59.0 s"), (.seconds(60), "1 min 0 s"),
    (.milliseconds(59_960), "1 min 0 s"), (.seconds(7325), "122 min 5 s"),
  ])
  func time(duration: Duration, expected: String) { #expect(Quantity.time(duration) == expected) }

  @Test func coloursAreRefusedByTheEnvironment() {
    func style(_ environment: [String: String], isTerminal: Bool = true) -> Style {
      Style.forOutput(isTerminal: isTerminal) { environment[$0] }
    }
    #expect(style(["TERM": "xterm"]) == .coloured)
    #expect(style(["TERM": "xterm", "NO_COLOR": ""]) == .coloured)
    #expect(style(["TERM": "xterm", "NO_COLOR": "1"]) == .plain)
    #expect(style(["TERM": "dumb"]) == .plain)
    #expect(style(["TERM": "xterm"], isTerminal: false) == .plain)
  }
}
