import GraphCore
import TestSupport
import Testing

@testable import graphsh

/// A terminal in memory: plays events, and shows what was written as a terminal would.
private final class ScriptedTerminal: TerminalDevice {
  var events: [TerminalEvent]
  var size: TerminalSize
  private(set) var isRaw = false
  private(set) var bells = 0
  private(set) var suspensions = 0
  private var cells: [[String]]
  private var row = 0
  private var column = 0

  init(columns: Int = 30, rows: Int = 8, _ events: [TerminalEvent]) {
    size = TerminalSize(columns: columns, rows: rows)
    self.events = events
    cells = [Array(repeating: " ", count: columns)]
  }

  convenience init(columns: Int = 30, rows: Int = 8, keys: String...) {
    self.init(columns: columns, rows: rows, keys.map { .bytes(Array($0.utf8)) })
  }

  func enterRawMode() -> Bool {
    isRaw = true
    return true
  }
  func leaveRawMode() { isRaw = false }
  func suspend() { suspensions += 1 }
  func read(timeoutMilliseconds: Int?) -> TerminalEvent {
    events.isEmpty ? .closed : events.removeFirst()
  }

  var lines: [String] {
    cells.map { row in
      var text = row.joined()
      while text.last == " " { text.removeLast() }
      return text
    }
  }

  var cursor: (Int, Int) { (row, column) }

  func write(_ bytes: [UInt8]) {
    var text = String(decoding: bytes, as: UTF8.self)[...]
    while let character = text.popFirst() {
      switch character {
      case "\u{7}": bells += 1
      case "\r": column = 0
      case "\n": lineFeed()
      case "\r\n":
        column = 0
        lineFeed()
      case "\u{1B}": obey(&text)
      default: put(character)
      }
    }
  }

  private func lineFeed() {
    row += 1
    if row == cells.count { cells.append(Array(repeating: " ", count: size.columns)) }
  }

  private func obey(_ text: inout Substring) {
    #expect(text.popFirst() == "[")
    let parameters = text.prefix { !$0.isLetter }
    text.removeFirst(parameters.count)
    let number = Int(parameters) ?? 1
    switch text.popFirst() {
    case "A":
      #expect(number <= row, "moved above the first row")
      row = max(0, row - number)
    case "B":
      #expect(row + number < cells.count, "moved below the last row")
      row = min(cells.count - 1, row + number)
    case "C": column = min(size.columns - 1, column + number)
    case "K": for place in column..<size.columns { cells[row][place] = " " }
    case "J" where parameters == "2", "H":
      cells = [Array(repeating: " ", count: size.columns)]
      (row, column) = (0, 0)
    case "J":
      for place in column..<size.columns { cells[row][place] = " " }
      cells.removeSubrange((row + 1)...)
    case "m", "h", "l": break
    case let other: Issue.record("unexpected sequence \(parameters)\(other ?? " ")")
    }
  }

  private func put(_ character: Character) {
    let width = DisplayWidth.columns(of: character)
    #expect(column + width <= size.columns, "wrote beyond the last column")
    cells[row][column] = String(character)
    if width == 2 { cells[row][column + 1] = "" }
    column += width
  }
}

@Suite struct TerminalSessionTests {
  private func session(_ terminal: ScriptedTerminal, isEditing: Bool = true) -> TerminalSession {
    var language = EditorLanguage()
    language.isComplete = { $0.hasSuffix(".") }
    language.complete = { _, cursor in
      Completion(replacing: 0..<cursor, with: (1...9).map { .init("祁县\($0)号") })
    }
    return TerminalSession(
      terminal: terminal, isEditing: isEditing, language: language, style: .coloured,
      historyFile: nil)
  }

  @Test func statementsStandOnTheScreen() {
    let terminal = ScriptedTerminal(
      keys: "a(\"祁", "县\"),\rb.", "\r", "c.\rd", "\u{4}\u{3}", "\u{4}")
    let session = session(terminal)
    #expect(session.readStatement() == .statement("a(\"祁县\"),\nb."))
    #expect(!terminal.isRaw)
    #expect(session.readStatement() == .statement("c."))
    #expect(session.readStatement() == .interrupted)
    #expect(session.readStatement() == .endOfInput)
    #expect(
      terminal.lines == [
        "graph> a(\"祁县\"),", "  ...> b.", "graph> c.", "graph> d^C", "graph>", "",
      ])
  }

  @Test func thePromptSaysThatATransactionIsOpen() throws {
    let shell = Shell(output: .standardOutput, isInteractive: true)
    #expect(shell.prompt == LineEditor.Prompt())
    #expect(try shell.run(script: ".begin") == .success)
    let terminal = ScriptedTerminal(keys: "a,\rb.\r")
    let session = session(terminal)
    session.editor.prompt = shell.prompt
    #expect(session.readStatement() == .statement("a,\nb."))
    #expect(terminal.lines == ["graph*> a,", "   ...> b.", ""])
    #expect(try shell.run(script: ".commit") == .success)
    #expect(shell.prompt == LineEditor.Prompt())
  }

  @Test func wrappedRowsAreRedrawnInPlace() {
    let terminal = ScriptedTerminal(
      columns: 12, keys: "祁县经济技术开发区", "\u{1B}[D\u{1B}[D", "x", "\u{7F}\u{7F}", "\u{5}.", "\r")
    let session = session(terminal)
    #expect(session.readStatement() == .statement("祁县经济技术发区."))
    #expect(terminal.lines == ["graph> 祁县", "经济技术发区", ".", ""])
  }

  @Test func menuComesAndGoes() {
    let terminal = ScriptedTerminal(keys: "祁", "\t", "\t", "\t", ".", "\r")
    let session = session(terminal)
    #expect(session.readStatement() == .statement("祁县2号."))
    #expect(terminal.lines == ["graph> 祁县2号.", ""])
  }

  @Test func escapeWaitsForItsSequence() {
    let terminal = ScriptedTerminal([
      .bytes(Array("ab".utf8)), .bytes([0x1B]), .bytes(Array("[Dx.".utf8)), .bytes([0x1B]),
      .timeout, .bytes(Array("\r\u{5}.\r".utf8)),
    ])
    let session = session(terminal)
    #expect(session.readStatement() == .statement("ax.\nb."))
    #expect(terminal.bells == 1)
  }

  @Test func windowIsResizedWhileEditing() {
    let terminal = ScriptedTerminal(columns: 30, keys: "abcdefghij")
    terminal.events += [.resized, .bytes(Array(".\r".utf8))]
    let session = session(terminal)
    #expect(session.readStatement() == .statement("abcdefghij."))
    #expect(terminal.lines == ["graph> abcdefghij.", ""])
  }

  @Test func erasingCountsRowsThatTheTerminalBrokeAnew() {
    var painter = FramePainter(style: .plain)
    var builder = FrameBuilder(columns: 30)
    builder.append(String(repeating: "x", count: 30), .plain)
    builder.append("yy", .plain)
    builder.placeCursor(before: 0)
    _ = painter.paint(builder.frame, columns: 30)
    #expect(painter.erase(columns: 10) == Array("\u{1B}[3A\r\u{1B}[J".utf8))
    #expect(painter.erase(columns: 10).isEmpty)
  }

  @Test func suspensionAndClearedScreenKeepTheText() {
    let terminal = ScriptedTerminal(keys: "ab", "\u{1A}", "\u{C}", "c.", "\r")
    let session = session(terminal)
    #expect(session.readStatement() == .statement("abc."))
    #expect(terminal.suspensions == 1)
    #expect(terminal.lines == ["graph> abc.", ""])
  }

  @Test func typingSendsLittle() {
    var painter = FramePainter(style: .plain)
    var editor = LineEditor()
    _ = painter.paint(editor.frame(columns: 80, rows: 24), columns: 80)
    _ = editor.handle(KeyPress(.text("a")))
    let bytes = painter.paint(editor.frame(columns: 80, rows: 24), columns: 80)
    #expect(bytes.count < 24)
    #expect(painter.paint(editor.frame(columns: 80, rows: 24), columns: 80).isEmpty)
  }

  @Test func dumbTerminalsReadPlainLines() {
    let terminal = ScriptedTerminal(columns: 200, keys: "a,\nb", ".\nc.\n", "\nd")
    let session = session(terminal, isEditing: false)
    #expect(session.readStatement() == .statement("a,\nb."))
    #expect(session.readStatement() == .statement("c."))
    #expect(session.readStatement() == .statement(""))
    #expect(session.readStatement() == .statement("d"))
    #expect(session.readStatement() == .endOfInput)
    #expect(!terminal.isRaw)
  }

  @Test func randomKeysKeepScreenAndTextInAgreement() {
    let pieces = [
      "a", "祁县", "(", ")", "e\u{301}", "👨‍👩‍👧", " ", "\r", "\u{1B}[D", "\u{1B}[C", "\u{1B}[A",
      "\u{1B}[B",
      "\u{7F}", "\u{1}", "\u{5}", "\u{B}", "\u{15}", "\u{17}", "\u{19}", "\u{1F}", "\t", "\u{12}",
      "\u{1B}b", "\u{1B}f", "\u{1B}d", "\u{1B}y", "\u{7}", "\u{14}",
      "\u{1B}[200~x\ty\nz\u{1B}[201~",
    ]
    for seed in UInt64(1)...300 {
      var generator = SeededGenerator(seed: seed)
      let terminal = ScriptedTerminal(columns: 13, rows: 30, [])
      var editor = LineEditor()
      editor.language.isComplete = { _ in false }
      editor.language.complete = { _, cursor in
        Completion(replacing: cursor..<cursor, with: ["县一", "县二"].map { .init($0) })
      }
      var decoder = KeyDecoder()
      var painter = FramePainter(style: .plain)
      for _ in 0..<40 {
        let piece = pieces[Int.random(in: 0..<pieces.count, using: &generator)]
        for press in decoder.feed(Array(piece.utf8)) { _ = editor.handle(press) }
        let frame = editor.frame(columns: 13, rows: 30)
        terminal.write(painter.paint(frame, columns: 13))
        guard trimmed(terminal.lines) == trimmed(frame.lines),
          terminal.cursor == (frame.cursorRow, frame.cursorColumn)
        else {
          Issue.record("seed \(seed): \(terminal.lines) \(terminal.cursor) is not \(frame)")
          return
        }
      }
    }
  }

  /// Rows without the blanks at their ends, and without empty rows at the end.
  private func trimmed(_ lines: [String]) -> [String] {
    var result = lines.map { line in
      var text = line
      while text.last == " " { text.removeLast() }
      return text
    }
    while result.last == "" { result.removeLast() }
    return result
  }
}
