/// The editor of statements: keys go in, and the text, the cursor and what happened come out.
///
/// It is a state machine without a terminal. It is in one of three modes:
///
/// - editing: keys change the text;
/// - searching (Ctrl-R): typed characters are looked for in the history, and the found entry is
///   shown; Enter takes and submits it, Ctrl-G goes back, any other key takes it and then acts;
/// - choosing (Tab): candidates are listed under the text, Tab and arrows go through them; Enter
///   takes the chosen one, Escape goes back, any other key takes it and then acts.
struct LineEditor {
  /// What a key led to, beyond a change of what `frame` shows.
  enum Outcome: Equatable {
    case editing
    /// There was nothing to do; a bell says so.
    case refused
    /// The statement is complete. The editor is empty again, the history has it.
    case submitted(String)
    /// Ctrl-C. The editor is empty again.
    case interrupted
    /// Ctrl-D without text.
    case endOfInput
    /// Ctrl-L.
    case clearScreen
    /// Ctrl-Z.
    case suspended
  }

  var language: EditorLanguage
  var prompt = Prompt()
  private(set) var buffer = LineBuffer()
  var history: History
  var mode = Mode.editing
  /// What the last key calls for saying, shown under the text until the next one.
  private(set) var hint: String?

  private var killRing = KillRing()
  private var undoLog = UndoLog()
  var lastAction = Action.other
  /// The entry shown, or the number of entries for the text being written.
  private var historyPosition: Int
  /// What was written or changed at each position of the history since the last statement.
  private var drafts: [Int: String] = [:]

  struct Prompt: Equatable, Sendable {
    var first = "graph> "
    var further = "  ...> "
  }

  enum Mode {
    case editing
    case searching(HistorySearch)
    case choosing(Menu)
  }

  /// What the last key did, where the next key's meaning depends on it.
  enum Action: Equatable {
    case other
    case kill
    case yank(length: Int)
    /// A candidate was taken that ends with a quote; typing the quote once more adds none.
    case closed(quote: String)
  }

  init(language: EditorLanguage = EditorLanguage(), history: History = History()) {
    self.language = language
    self.history = history
    historyPosition = history.entries.count
  }

  var text: String { buffer.text }
  var cursor: Int { buffer.cursor }

  /// Begins with a text, as after a suspension or to have something corrected.
  mutating func reset(to text: String = "") {
    buffer = LineBuffer(text, cursor: text.utf8.count)
    undoLog = UndoLog()
    lastAction = .other
    mode = .editing
    drafts = [:]
    historyPosition = history.entries.count
  }

  mutating func handle(_ press: KeyPress) -> Outcome {
    hint = nil
    return switch mode {
    case .editing: edit(press)
    case .searching(let search): handle(press, in: search)
    case .choosing(let menu): handle(press, in: menu)
    }
  }

  // MARK: Editing

  /// Carries out a key of the editing mode.
  mutating func edit(_ press: KeyPress) -> Outcome {
    let before = lastAction
    lastAction = .other
    let hasAlt = press.modifiers.contains(.alt)
    let byWord = hasAlt || press.modifiers.contains(.control)
    switch press.key {
    case .text(let text) where !hasAlt && before == .closed(quote: text): return .editing
    case .text(let text): return hasAlt ? alt(text, after: before) : type(text)
    case .paste(let text): return change { $0.insert(text) }
    case .enter: return hasAlt ? change { $0.insert("\n") } : enter()
    case .tab: return press.modifiers.contains(.shift) ? .refused : beginCompletion()
    case .backspace where byWord: return killWordBackward(after: before)
    case .backspace: return deleteBackward()
    case .delete where byWord: return killWordForward(after: before)
    case .delete: return deleteForward()
    case .escape: return .refused
    case .left:
      return move { byWord ? $0.wordStart(before: $0.cursor) : $0.offset(before: $0.cursor) }
    case .right: return move { byWord ? $0.wordEnd(after: $0.cursor) : $0.offset(after: $0.cursor) }
    case .home: return move { byWord ? 0 : $0.lineStart(at: $0.cursor) }
    case .end: return move { byWord ? $0.length : $0.lineEnd(at: $0.cursor) }
    case .up: return byWord ? recall(by: -1) : moveUp()
    case .down: return byWord ? recall(by: 1) : moveDown()
    case .pageUp: return recall(by: -1)
    case .pageDown: return recall(by: 1)
    case .function: return .refused
    case .control(let character): return control(character, hasAlt: hasAlt, after: before)
    }
  }

  private mutating func control(
    _ character: Character, hasAlt: Bool, after before: Action
  ) -> Outcome {
    switch character {
    case "a": return move { $0.lineStart(at: $0.cursor) }
    case "b": return move { $0.offset(before: $0.cursor) }
    case "c":
      reset()
      return .interrupted
    case "d": return buffer.isEmpty ? .endOfInput : deleteForward()
    case "e": return move { $0.lineEnd(at: $0.cursor) }
    case "f": return move { $0.offset(after: $0.cursor) }
    case "h": return deleteBackward()
    case "k": return killLineForward(after: before)
    case "l": return .clearScreen
    case "n": return moveDown()
    case "p": return moveUp()
    case "r": return beginSearch()
    case "t": return transpose()
    case "u":
      let start = buffer.lineStart(at: buffer.cursor)
      return kill(start..<buffer.cursor, after: before, before: true)
    case "w":
      let start = buffer.blankStart(before: buffer.cursor)
      return kill(start..<buffer.cursor, after: before, before: true)
    case "y": return yank()
    case "z": return .suspended
    case "_", "/": return hasAlt ? redo() : undo()
    default: return .refused
    }
  }

  private mutating func alt(_ text: String, after before: Action) -> Outcome {
    switch text {
    case "b", "B": return move { $0.wordStart(before: $0.cursor) }
    case "f", "F": return move { $0.wordEnd(after: $0.cursor) }
    case "d", "D": return killWordForward(after: before)
    case "y", "Y": return yankEarlier(after: before)
    case "u", "U": return changeCase { $0.uppercased() }
    case "l", "L": return changeCase { $0.lowercased() }
    case "c", "C": return changeCase { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }
    case "<": return recall(to: 0)
    case ">": return recall(to: history.entries.count)
    case "p", "P": return recall(by: -1)
    case "n", "N": return recall(by: 1)
    case "_", "/": return redo()
    default: return .refused
    }
  }

  private mutating func type(_ text: String) -> Outcome {
    let beginsWord = text.first.map { $0.isWhitespace } ?? false
    undoLog.note(buffer, before: .typing, startsGroup: beginsWord)
    buffer.insert(text)
    return .editing
  }

  mutating func enter() -> Outcome {
    let statement = buffer.text
    let isBlank = statement.allSatisfy(\.isWhitespace)
    guard isBlank || language.isComplete(statement) else {
      hint = language.hint(statement)
      return change { $0.insert("\n") }
    }
    let read = isBlank ? statement : language.asRead(statement)
    history.add(read)
    reset()
    return .submitted(read)
  }

  /// Makes a change that is undone by itself.
  mutating func change(_ body: (inout LineBuffer) -> Void) -> Outcome {
    undoLog.note(buffer, before: .other)
    body(&buffer)
    return .editing
  }

  /// Changes the text as part of the change before, so that both are undone as one.
  mutating func replaceWithoutUndo(_ range: Range<Int>, with text: String) {
    buffer.replace(range, with: text)
  }

  mutating func moveCursor(to offset: Int) { buffer.move(to: offset) }

  private mutating func move(to place: (LineBuffer) -> Int) -> Outcome {
    let target = place(buffer)
    guard target != buffer.cursor else { return .refused }
    undoLog.endGroup()
    buffer.move(to: target)
    return .editing
  }

  // MARK: Deleting, killing, yanking

  private mutating func deleteBackward() -> Outcome {
    guard buffer.cursor > 0 else { return .refused }
    undoLog.note(buffer, before: .deleting)
    buffer.remove(buffer.offset(before: buffer.cursor)..<buffer.cursor)
    return .editing
  }

  private mutating func deleteForward() -> Outcome {
    guard buffer.cursor < buffer.length else { return .refused }
    undoLog.note(buffer, before: .deleting)
    buffer.remove(buffer.cursor..<buffer.offset(after: buffer.cursor))
    return .editing
  }

  private mutating func kill(_ range: Range<Int>, after last: Action, before: Bool) -> Outcome {
    guard !range.isEmpty else { return .refused }
    undoLog.note(buffer, before: .other)
    killRing.push(buffer.remove(range), continuing: last == .kill, before: before)
    lastAction = .kill
    return .editing
  }

  private mutating func killLineForward(after last: Action) -> Outcome {
    let end = buffer.lineEnd(at: buffer.cursor)
    // At the end of a line its line break is killed, so that repeated kills take more lines.
    let upper = end == buffer.cursor ? buffer.offset(after: end) : end
    return kill(buffer.cursor..<upper, after: last, before: false)
  }

  private mutating func killWordBackward(after last: Action) -> Outcome {
    kill(buffer.wordStart(before: buffer.cursor)..<buffer.cursor, after: last, before: true)
  }

  private mutating func killWordForward(after last: Action) -> Outcome {
    kill(buffer.cursor..<buffer.wordEnd(after: buffer.cursor), after: last, before: false)
  }

  private mutating func yank() -> Outcome {
    guard let text = killRing.current else { return .refused }
    undoLog.note(buffer, before: .other)
    buffer.insert(text)
    lastAction = .yank(length: text.utf8.count)
    return .editing
  }

  /// Replaces what was just yanked by what was killed before it.
  private mutating func yankEarlier(after last: Action) -> Outcome {
    guard case .yank(let length) = last, length <= buffer.cursor else { return .refused }
    killRing.rotate()
    guard let text = killRing.current else { return .refused }
    undoLog.note(buffer, before: .other)
    buffer.replace(buffer.cursor - length..<buffer.cursor, with: text)
    lastAction = .yank(length: text.utf8.count)
    return .editing
  }

  private mutating func changeCase(_ convert: (String) -> String) -> Outcome {
    let range = buffer.cursor..<buffer.wordEnd(after: buffer.cursor)
    guard !range.isEmpty else { return .refused }
    return change { $0.replace(range, with: convert($0.text(in: range))) }
  }

  private mutating func transpose() -> Outcome {
    var copy = buffer
    guard copy.transpose() else { return .refused }
    return change { $0 = copy }
  }

  private mutating func undo() -> Outcome { undoLog.undo(&buffer) ? .editing : .refused }
  private mutating func redo() -> Outcome { undoLog.redo(&buffer) ? .editing : .refused }

  // MARK: History

  private mutating func moveUp() -> Outcome {
    buffer.moveLine(by: -1) ? .editing : recall(by: -1)
  }

  private mutating func moveDown() -> Outcome {
    buffer.moveLine(by: 1) ? .editing : recall(by: 1)
  }

  private mutating func recall(by step: Int) -> Outcome { recall(to: historyPosition + step) }

  /// Shows an entry of the history, or, behind the newest, what was being written.
  mutating func recall(to position: Int) -> Outcome {
    guard position != historyPosition, (0...history.entries.count).contains(position) else {
      return .refused
    }
    drafts[historyPosition] = buffer.text
    historyPosition = position
    let entry = position < history.entries.count ? history.entries[position] : ""
    let text = drafts[position] ?? entry
    buffer = LineBuffer(text, cursor: text.utf8.count)
    undoLog = UndoLog()
    return .editing
  }
}
