import GraphCore
import GraphQuery

/// Where answers go: standard output, a file until further notice, a file for one answer.
final class AnswerOutput {
  private let standard: OutputFile
  private var file: OutputFile?
  private var once: OutputFile?
  /// The path of the file that answers go to now, if they go to one that was named here.
  private(set) var path: String?
  private var oncePath: String?
  /// Whether anything was written since `redirectOnce`.
  private var hasWritten = false
  /// The files that hold an answer by now.
  private var answered: Set<ObjectIdentifier> = []

  init(_ standard: OutputFile) { self.standard = standard }

  /// Whether answers go where they went at the start.
  var isStandard: Bool { file == nil && once == nil }

  var currentPath: String? { oncePath ?? path }

  func write(_ bytes: [UInt8]) throws(FileError) { try current.write(bytes) }

  /// The file that answers go to now; asking for it counts as writing to it.
  var current: OutputFile {
    hasWritten = true
    return once ?? file ?? standard
  }

  /// Takes down that an answer comes; returns whether it follows another in its file.
  func noteAnswer() -> Bool {
    !answered.insert(ObjectIdentifier(once ?? file ?? standard)).inserted
  }

  /// Sends what follows to a file, or back to where it went at the start.
  func redirect(to path: String?) throws(FileError) {
    try end(file)
    file = nil
    self.path = nil
    guard let path else { return }
    file = try OutputFile(path)
    self.path = path
  }

  /// Sends the next answer to a file.
  func redirectOnce(to path: String) throws(FileError) {
    once = try OutputFile(path)
    oncePath = path
    hasWritten = false
  }

  /// Does what may bring an answer, and ends what `redirectOnce` began, if it has its answer by then.
  ///
  /// A failure of before is what is told of, rather than that of an output which it has cut off.
  func endOnce<Result>(
    after body: () throws(FileError) -> Result
  ) throws(FileError) -> Result {
    let result: Result
    do throws(FileError) { result = try body() } catch {
      try? endOnce()
      throw error
    }
    try endOnce()
    return result
  }

  private func endOnce() throws(FileError) {
    guard hasWritten, let file = once else { return }
    once = nil
    oncePath = nil
    try end(file)
  }

  func close() throws(FileError) {
    try end(once)
    try end(file)
    try end(standard)
  }

  /// Closes a file; one that no answer has come to stays as it was.
  private func end(_ file: OutputFile?) throws(FileError) {
    guard let file else { return }
    answered.remove(ObjectIdentifier(file))
    if file.hasBegun { try file.close() }
  }
}

extension Shell {
  /// The form of the next answer: the chosen one, else that of the file's ending.
  var currentForm: AnswerForm {
    guard !isFormChosen, let path = answers.currentPath else { return form }
    return AnswerForm(fileName: path) ?? form
  }

  func show(_ answer: Answer) throws(FileError) {
    guard case .table(let format) = currentForm else { return }
    var settings = RenderSettings()
    let isWatched = isInteractive && answers.isStandard
    settings.showsSummary = showsSummary && answers.isStandard
    settings.columnWidthLimit = columnWidthLimit
    if settings.showsSummary { settings.elapsed = .nanoseconds(Int64(clamping: answer.duration)) }
    let view = AnswerView(answer: answer)
    guard isWatched else {
      try part(format, isEmpty: answer.rowCount == 0 && !answer.isTruthValue)
      return try write(view, as: format, settings)
    }
    settings.style = style
    let size = windowSize()
    settings.columns = size.columns
    // A box has three lines of its own, and a summary.
    if answer.rowCount + 5 > size.rows, !answer.isTruthValue {
      if usesPager, let pager = Pager.words {
        settings.rowLimit = Pager.rowLimit
        let text: PagedSink
        do throws(OutputStop) {
          text = try format.render(view, to: PagedSink(), settings: settings)
        } catch {
          return tell("interrupted\n")
        }
        Pager.show(text.bytes, with: pager)
        if format == .box {
          let summary = BoxRenderer.summary(
            rows: answer.rowCount, shown: min(answer.rowCount, Pager.rowLimit),
            elapsed: settings.elapsed)
          if settings.showsSummary { try print(summary + "\n") }
        }
        return
      }
      if format == .box { settings.rowLimit = max(10, size.rows - 7) }
    }
    try write(view, as: format, settings)
  }

  /// Writes an empty line between two answers that would run together.
  func part(_ format: OutputFormat, isEmpty: Bool) throws(FileError) {
    switch format {
    case .line where isEmpty: return
    case .markdown, .line: if answers.noteAnswer() { try print("\n") }
    case .box, .csv, .tsv, .json, .jsonl: _ = answers.noteAnswer()
    }
  }

  /// Writes an answer to where answers go, until it is written or somebody presses Ctrl-C.
  private func write(_ view: AnswerView, as format: OutputFormat, _ settings: RenderSettings)
    throws(FileError)
  {
    let file = answers.current
    do throws(OutputStop) {
      _ = try format.render(view, to: FileSink(file), settings: settings)
    } catch {
      switch error {
      case .interrupted:
        let place = answers.currentPath.map { ": \($0) holds a part of the answer" }
        tell("interrupted\(place ?? "")\n")
      case .file(let error): throw error
      }
      return
    }
    // An answer without a byte is one as well.
    try file.begin()
  }

  /// Shows a text that may be longer than the window.
  func page(_ text: String) throws(FileError) {
    let lines = text.utf8.count { $0 == UInt8(ascii: "\n") }
    if isInteractive, answers.isStandard, usesPager, lines >= windowSize().rows,
      let pager = Pager.words
    {
      return Pager.show(Array(text.utf8), with: pager)
    }
    try print(text)
  }
}

/// The program that shows long texts a window at a time.
enum Pager {
  /// More rows than anybody looks through; a query can ask for fewer.
  static let rowLimit = 100_000

  /// The words of its command line: those of `$PAGER`, else `less`; nothing where there is none.
  static var words: [String]? {
    if let chosen = Terminal.environmentVariable("PAGER") {
      let words = WordSplitter.split(chosen)
      guard let name = words.first, name != "cat" else { return nil }
      guard ChildProcess.exists(name) else { return nil }
      // Colours and lines wider than the window are its business only if it is told so.
      return name == "less" || name.hasSuffix("/less") ? words + ["-R", "-S"] : words
    }
    return ChildProcess.exists("less") ? ["less", "-R", "-S"] : nil
  }

  static func show(_ bytes: [UInt8], with words: [String]) {
    guard ChildProcess.run(words, input: bytes, capturing: false) == nil else { return }
    try? OutputFile.standardOutput.write(bytes)
  }
}

/// An answer of the session as renderers see it.
struct AnswerView: AnswerTable {
  let answer: Answer

  var columnNames: [String] { answer.columns.map(\.name) }
  var rowCount: Int { answer.rowCount }

  func isNumeric(column: Int) -> Bool { answer.columns[column].type.isNumeric }

  func kind(row: Int, column: Int) -> CellKind {
    switch answer.columns[column].type {
    case .symbol: .text
    case .number, .unsigned: .integer
    case .float: .float
    case .boolean: .boolean
    }
  }

  func appendText(row: Int, column: Int, to output: inout [UInt8]) {
    answer.appendText(row: row, column: column, to: &output)
  }
}

/// Why rendered bytes do not get where they were to go.
enum OutputStop: Error {
  case interrupted
  case file(FileError)
}

/// A file as the place where rendered bytes go.
struct FileSink: ByteSink {
  private let file: OutputFile

  init(_ file: OutputFile) { self.file = file }

  func write(_ bytes: [UInt8]) throws(OutputStop) {
    if Interrupts.wasRaised { throw .interrupted }
    do throws(FileError) {
      try file.write(bytes)
    } catch {
      throw .file(error)
    }
  }
}

/// What a pager will show.
struct PagedSink: ByteSink {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ bytes: [UInt8]) throws(OutputStop) {
    if Interrupts.wasRaised { throw .interrupted }
    self.bytes += bytes
  }
}
