import GraphCore
import GraphQuery

/// Reads commands and statements, lets the session carry them out and prints what comes of it.
///
/// The shell knows no terminal: it writes answers to a file, and diagnostics to standard error.
final class Shell {
  let session: QuerySession
  var form = AnswerForm.table(.box)
  /// Whether answers are followed by their count and duration.
  var showsSummary: Bool
  /// Whether somebody watches: tables are fitted to the window and long ones shortened.
  let isInteractive: Bool
  let style: Style
  private let errorStyle: DiagnosticRenderer.Style
  private let output: OutputFile
  /// Set by `.quit`.
  private(set) var isFinished = false
  /// Files being read by `.read`, so that none reads itself.
  private var openScripts: [String] = []

  init(output: OutputFile, isInteractive: Bool = false) {
    session = QuerySession(cancelToken: CancelToken(followsInterrupts: true))
    self.output = output
    self.isInteractive = isInteractive
    showsSummary = isInteractive
    style = Style.forOutput(
      isTerminal: isInteractive, environment: Terminal.environmentVariable)
    errorStyle =
      Style.forOutput(
        isTerminal: Files.isTerminal(2), environment: Terminal.environmentVariable) == .plain
      ? .plain : .coloured
    session.includeLoader = { path, including in
      do throws(FileError) {
        return .success(try SourceFiles.text(SourceFiles.path(path, from: including)))
      } catch {
        return .failure(IncludeFailure(message: error.reason))
      }
    }
  }

  // MARK: Output

  func print(_ text: String) throws(FileError) { try output.write(Array(text.utf8)) }

  func report(_ diagnostics: [Diagnostic]) {
    guard !diagnostics.isEmpty else { return }
    let renderer = DiagnosticRenderer(sources: session.sources, style: errorStyle)
    var text = ""
    for diagnostic in diagnostics {
      // Remarks are for people; a script wants to hear of mistakes only.
      if diagnostic.severity == .note && !isInteractive && !Files.isTerminal(2) { continue }
      text += renderer.render(diagnostic)
    }
    if !text.isEmpty { Program.complain(text) }
  }

  func complain(_ message: String, help: String? = nil) {
    Program.complain("error: \(message)\n" + (help.map { "help: \($0)\n" } ?? ""))
  }

  // MARK: Loading

  /// Loads files and folders, all or nothing; false if something in them is wrong.
  @discardableResult
  func load(_ paths: [String]) throws(FileError) -> Bool {
    guard !paths.isEmpty else { return true }
    for path in paths where path.hasSuffix(".graph") {
      throw FileError(path: path, reason: "this version opens programs and facts (.dl) only")
    }
    let result = session.load(try SourceFiles.read(paths))
    report(result.diagnostics)
    if isInteractive, !result.outputs.isEmpty {
      let names = result.outputs.map { "`\($0)`" }.joined(separator: ", ")
      Program.complain("note: `.output` of \(names) is carried out by `graphsh run`\n")
    }
    return result.isLoaded
  }

  // MARK: Scripts

  /// Carries out a script and stops at the first thing that fails.
  func run(script: SourceText) throws(FileError) -> ExitStatus {
    var scanner = ScriptScanner(script)
    while !isFinished, let item = scanner.next() {
      let status: ExitStatus
      switch item {
      case .command(let line): status = try run(command: line)
      case .statement(let text): status = try run(statement: text)
      }
      if status != .success { return status }
    }
    return .success
  }

  /// `.read FILE`.
  func read(_ path: String) throws(FileError) -> ExitStatus {
    guard !openScripts.contains(path) else {
      complain("\(path) reads itself")
      return .failure
    }
    openScripts.append(path)
    defer { openScripts.removeLast() }
    return try run(script: SourceFiles.text(path))
  }

  func finish() { isFinished = true }

  // MARK: Statements

  func run(statement text: SourceText) throws(FileError) -> ExitStatus {
    if case .dot = form { return try draw(text) }
    var wasInterrupted = false
    let outcomes = session.execute(statement: text) { diagnostics in
      wasInterrupted = wasInterrupted || diagnostics.contains { $0.code == .interrupted }
      report(diagnostics)
    }
    for outcome in outcomes {
      switch outcome {
      case .answer(let answer): try show(answer)
      case .changed(let summary): if isInteractive { try show(summary) }
      case .failed: return wasInterrupted ? .interrupted : .failure
      }
    }
    return .success
  }

  private func show(_ answer: Answer) throws(FileError) {
    guard case .table(let format) = form else { return }
    var settings = RenderSettings()
    settings.style = style
    settings.showsSummary = showsSummary
    if showsSummary { settings.elapsed = .nanoseconds(Int64(clamping: answer.duration)) }
    if isInteractive {
      settings.columns = Terminal().size.columns
      settings.rowLimit = 1_000
    }
    _ = try format.render(AnswerView(answer: answer), to: FileSink(output), settings: settings)
  }

  private func show(_ summary: WriteSummary) throws(FileError) {
    var parts: [String] = []
    for (count, one) in [
      (summary.newNodes, "node"), (summary.newEdges, "edge"), (summary.newLabels, "label"),
    ] where count > 0 {
      parts.append("+" + Quantity.counted(count, one))
    }
    if summary.newAliases > 0 {
      parts.append("+\(summary.newAliases) \(summary.newAliases == 1 ? "alias" : "aliases")")
    }
    if !parts.isEmpty { try print(parts.joined(separator: ", ") + "\n") }
  }

  /// Writes the picture of a query where answers go.
  private func draw(_ text: SourceText) throws(FileError) -> ExitStatus {
    guard let bytes = picture(of: text) else { return .failure }
    try output.write(bytes)
    return .success
  }

  /// The DOT text of a query's answer, or of the whole graph without one.
  func picture(of text: SourceText?) -> [UInt8]? {
    let graph: DOTGraph
    if let text {
      let (picture, diagnostics) = session.picture(of: text)
      report(diagnostics)
      guard let picture else { return nil }
      graph = picture
    } else {
      graph = session.picture()
    }
    var bytes = ByteOutput()
    do {
      try DOTExporter().write(graph, to: &bytes)
    } catch {
      complain("\(error)")
      return nil
    }
    return bytes.bytes
  }

  // MARK: Commands

  func run(command line: String) throws(FileError) -> ExitStatus {
    let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    let name = String(parts.first ?? "")
    let argument = parts.count > 1 ? parts[1].trimmed : ""
    guard let command = ShellCommand.named(name) else {
      let nearest = NearestWord.to(name, among: ShellCommand.all.map(\.name))
      complain(
        "unknown command \(name)",
        help: nearest.map { "did you mean \($0)?" } ?? ".help lists the commands")
      return .failure
    }
    return try command.run(self, argument)
  }
}

extension Substring {
  /// Without white space at both ends.
  var trimmed: String {
    var rest = self
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
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

/// A file as the place where rendered bytes go.
struct FileSink: ByteSink {
  private let file: OutputFile

  init(_ file: OutputFile) { self.file = file }

  func write(_ bytes: [UInt8]) throws(FileError) { try file.write(bytes) }
}
