/// Reads statements from somebody at a terminal: joins the terminal, the decoder of its keys, the
/// editor and the painter of its frames.
///
/// On a terminal that obeys no sequences, as Emacs' shell, it reads plain lines until they make a
/// complete statement.
final class TerminalSession {
  enum Input: Equatable {
    case statement(String)
    /// Ctrl-C: what was being written is dropped.
    case interrupted
    case endOfInput
  }

  var editor: LineEditor
  private let terminal: any TerminalDevice
  private let isEditing: Bool
  private let historyFile: HistoryFile?
  private var decoder = KeyDecoder()
  private var painter: FramePainter
  private var size = TerminalSize(columns: 80, rows: 24)
  /// Keys that came together with the Enter of the last statement.
  private var waitingKeys: [KeyPress] = []
  /// What follows the last line that was read plainly.
  private var waitingBytes: [UInt8] = []

  /// How long an Escape may be the beginning of a sequence.
  private static let escapeTimeoutMilliseconds = 40

  /// - Parameter isEditing: whether the terminal obeys sequences, see `Terminal.isInteractive`.
  init(
    terminal: any TerminalDevice, isEditing: Bool, language: EditorLanguage, style: Style,
    historyFile: HistoryFile?
  ) {
    self.terminal = terminal
    self.isEditing = isEditing
    self.historyFile = historyFile
    painter = FramePainter(style: style)
    editor = LineEditor(
      language: language, history: isEditing ? historyFile?.load() ?? History() : History())
  }

  /// Waits for the next statement. The terminal is raw only meanwhile.
  func readStatement() -> Input {
    guard isEditing, terminal.enterRawMode() else { return readPlainly() }
    defer { terminal.leaveRawMode() }
    size = terminal.size
    editor.reset(to: editor.text)
    if waitingKeys.isEmpty { repaint() }
    while true {
      while !waitingKeys.isEmpty {
        if let input = handle(waitingKeys.removeFirst()) { return input }
      }
      repaint()
      let timeout = decoder.isWaiting ? Self.escapeTimeoutMilliseconds : nil
      switch terminal.read(timeoutMilliseconds: timeout) {
      case .bytes(let bytes): waitingKeys = decoder.feed(bytes)
      case .timeout: waitingKeys = decoder.flush()
      case .resized:
        size = terminal.size
        terminal.write(painter.erase(columns: size.columns))
      case .continued:
        size = terminal.size
        _ = painter.finish()
      case .interrupted: waitingKeys = [KeyPress(.control("c"))]
      case .closed:
        leave(editor.frame(columns: size.columns, rows: size.rows, isLast: true))
        return .endOfInput
      }
    }
  }

  private func handle(_ key: KeyPress) -> Input? {
    // What stands when a statement ends is the text before the key that ends it.
    let last = editor
    switch editor.handle(key) {
    case .editing: break
    case .refused: terminal.write([0x07])
    case .submitted(let statement):
      leave(last.lastFrame(statement, size: size))
      if let entry = editor.history.entries.last, !statement.allSatisfy(\.isWhitespace) {
        historyFile?.append(entry)
      }
      return .statement(statement)
    case .interrupted:
      leave(last.lastFrame(last.text + "^C", size: size))
      return .interrupted
    case .endOfInput:
      leave(last.lastFrame(last.text, size: size))
      return .endOfInput
    case .clearScreen: terminal.write(painter.clearScreen())
    case .suspended:
      leave(last.lastFrame(last.text, size: size))
      terminal.suspend()
      size = terminal.size
    }
    return nil
  }

  private func repaint() {
    let frame = editor.frame(columns: size.columns, rows: size.rows)
    let bytes = painter.paint(frame, columns: size.columns)
    if !bytes.isEmpty { terminal.write(bytes) }
  }

  /// Leaves a frame standing and goes to the line below it.
  private func leave(_ frame: Frame) {
    let cropped = frame.cropped(to: max(1, size.rows))
    terminal.write(painter.paint(cropped, columns: size.columns) + painter.finish())
  }

  // MARK: Without editing

  private func readPlainly() -> Input {
    var statement = ""
    terminal.write(Array(editor.prompt.first.utf8))
    while true {
      while let end = waitingBytes.firstIndex(of: 0x0A) {
        statement += String(decoding: waitingBytes[..<end], as: UTF8.self)
        waitingBytes.removeFirst(end + 1)
        let isBlank = statement.allSatisfy(\.isWhitespace)
        if isBlank || editor.language.isComplete(statement) { return .statement(statement) }
        statement += "\n"
        terminal.write(Array(editor.prompt.further.utf8))
      }
      switch terminal.read(timeoutMilliseconds: nil) {
      case .bytes(let bytes): waitingBytes += bytes
      case .interrupted:
        waitingBytes.removeAll()
        terminal.write([0x0A])
        return .interrupted
      case .closed:
        // A last line without its line break is a line all the same.
        statement += String(decoding: waitingBytes, as: UTF8.self)
        waitingBytes.removeAll()
        return statement.allSatisfy(\.isWhitespace) ? .endOfInput : .statement(statement)
      case .timeout, .resized, .continued: break
      }
    }
  }
}

extension LineEditor {
  /// The frame that stays on the terminal when a statement ends.
  func lastFrame(_ text: String, size: TerminalSize) -> Frame {
    var copy = self
    copy.reset(to: text)
    return copy.frame(columns: size.columns, rows: size.rows, isLast: true)
  }
}
