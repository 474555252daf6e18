import GraphCore
import GraphQuery

/// Reads commands and statements, lets the session carry them out and prints what comes of it.
///
/// The shell knows no terminal: it writes answers to a file, and diagnostics to standard error.
final class Shell {
  /// The name of what is typed, as diagnostics show it.
  static let promptName = "<input>"
  /// The name of what stands on the command line.
  static let argumentName = "-e"

  let session: QuerySession
  var form = AnswerForm.table(.box)
  /// Whether the form was asked for; otherwise the ending of a file decides what goes into it.
  var isFormChosen = false
  /// Whether answers are followed by their count and duration.
  var showsSummary: Bool
  /// The widest that one column of a box may be, where the user has set it.
  var columnWidthLimit: Int?
  /// Whether long answers go through a pager.
  var usesPager = true
  /// Whether warnings are told beside mistakes.
  var showsWarnings = true
  /// Whether a script goes on after something failed.
  var continuesAfterErrors = false
  /// Whether somebody watches: tables are fitted to the window and long ones shortened.
  let isInteractive: Bool
  let style: Style
  /// The last statement, for `.edit`.
  private var lastText: SourceText?
  /// Relations whose changes are shown after each change, with their rows.
  var watched: [WatchedRelation] = []
  /// Asks somebody a question at the terminal; without one the answer is yes.
  var confirm: ((String) -> Bool)?
  let answers: AnswerOutput
  /// Where diagnostics go.
  private let errors: OutputFile
  private let errorStyle: DiagnosticRenderer.Style
  /// What a running query does, where somebody waits for it.
  private let progressLine = ProgressLine()
  /// How large the window is that somebody watches.
  let windowSize: () -> TerminalSize
  /// Set by `.quit`.
  private(set) var isFinished = false
  /// Whether the database could not be read, written or trusted.
  var hasFileFailed = false
  /// What was said of constants that are aliases; it is said once.
  private var saidAliases: Set<String> = []
  /// Where the transaction that is open began.
  var transactionPlace: String?
  /// The command that is being carried out, where it stands in a script; a mistake is told of with its place.
  private var commandText: SourceText?
  /// Files being read by `.read`, so that none reads itself.
  private var openScripts: [String] = []
  /// What was loaded, included or read, which no answer takes the place of.
  let inputs = InputFiles()

  init(
    session: QuerySession = QuerySession(cancelToken: CancelToken(followsInterrupts: true)),
    output: OutputFile, errors: OutputFile = .standardError, isInteractive: Bool = false,
    windowSize: @escaping () -> TerminalSize = { Terminal().size }
  ) {
    self.errors = errors
    self.windowSize = windowSize
    self.session = session
    answers = AnswerOutput(output)
    self.isInteractive = isInteractive
    session.offersUndo = isInteractive
    showsSummary = isInteractive
    style = Style.forOutput(
      isTerminal: isInteractive && Files.isTerminal(1),
      environment: Terminal.environmentVariable)
    errorStyle =
      Style.forOutput(
        isTerminal: Files.isTerminal(2), environment: Terminal.environmentVariable) == .plain
      ? .plain : .coloured
    if ProgressLine.isPossible(environment: Terminal.environmentVariable) {
      session.progressReport = { [progressLine] in progressLine.show($0, rule: $1) }
    }
    session.includeLoader = { [inputs] path, including in
      do throws(FileError) {
        return .success(try inputs.text(SourceFiles.path(path, from: including)))
      } catch {
        return .failure(IncludeFailure(message: error.reason))
      }
    }
  }

  // MARK: Output

  /// Writes text where answers go.
  func print(_ text: String) throws(FileError) {
    progressLine.erase()
    try answers.write(Array(text.utf8))
  }

  /// Writes text where diagnostics go.
  func tell(_ text: String) {
    progressLine.erase()
    // With standard error gone there is nobody left to tell.
    try? errors.write(Array(text.utf8))
  }

  /// How many mistakes are shown at once; a file that is no program at all has one a line.
  private static let reportLimit = 100

  func report(_ diagnostics: [Diagnostic]) {
    guard !diagnostics.isEmpty else { return }
    let renderer = DiagnosticRenderer(sources: session.sources, style: errorStyle)
    var text = ""
    var shown = 0
    for diagnostic in diagnostics {
      if diagnostic.code == .unreadableFile { hasFileFailed = true }
      if diagnostic.severity == .warning && !showsWarnings { continue }
      // Remarks are for people; a script wants to hear of mistakes only.
      if diagnostic.severity == .note && !isInteractive && !Files.isTerminal(2) { continue }
      if diagnostic.code == .aliasResolved, !saidAliases.insert(diagnostic.message).inserted {
        continue
      }
      if shown < Self.reportLimit { text += renderer.render(diagnostic) }
      shown += 1
    }
    if shown > Self.reportLimit { text += "… and \(shown - Self.reportLimit) more\n" }
    if !text.isEmpty { tell(text) }
  }

  /// Takes the line that a running query left away.
  func eraseProgress() { progressLine.erase() }

  /// Says what is wrong: with a command of a script, at its place; what was just typed is seen anyway.
  func complain(_ message: String, help: String? = nil) {
    if let commandText {
      let place = session.place(of: commandText)
      return report([Diagnostic(.invalidCommand, message, at: place, help: help)])
    }
    let title = errorStyle == .coloured ? "\u{1B}[1;31merror\u{1B}[0m" : "error"
    tell("\(title): \(message)\n" + (help.map { "help: \($0)\n" } ?? ""))
  }

  /// A remark on standard error: nothing failed, but what came out is not all that was asked for.
  func remark(_ message: String) {
    tell("note: " + HelpText.wrapped(message, indent: 6, columns: columns, used: 6) + "\n")
  }

  // MARK: Loading

  /// Loads files and folders, all or nothing; false if something in them is wrong.
  ///
  /// - Parameter remembers: whether `.undo` takes it back.
  @discardableResult
  func load(_ paths: [String], remembers: Bool = false) throws(FileError) -> Bool {
    guard !paths.isEmpty else { return true }
    for path in paths where SourceFiles.isDatabase(path) {
      throw FileError(
        path: path, reason: "a database is opened by naming it on the command line: graphsh \(path)"
      )
    }
    // What follows in a script from a pipe is still to be read, as the script.
    guard !paths.contains("-") || !openScripts.contains("-") else {
      complain("standard input is the script itself")
      return false
    }
    let texts = try SourceFiles.read(paths)
    inputs.hold(texts.map { $0.name == "<stdin>" ? "-" : $0.name })
    let result = remembers ? session.perform(loading: texts) : session.load(texts)
    report(result.diagnostics)
    // Running a program is what carries its directives out.
    if result.isLoaded, !session.requiresDeclarations { remark(on: result.directives) }
    return result.isLoaded
  }

  /// Lists what of a program's files is left to `graphsh run`. That outputs are not written a person
  /// may want to know; that rows were not read, everybody.
  private func remark(on directives: [FileDirective]) {
    func named(_ word: String, _ kind: FileDirective.Kind) -> String? {
      var names: [String] = []
      for directive in directives where directive.kind == kind {
        if !names.contains(directive.relation) { names.append(directive.relation) }
      }
      return names.isEmpty ? nil : "`.\(word)` of \(names.joined(separator: ", "))"
    }
    if isInteractive || Files.isTerminal(2) {
      let outputs = [named("output", .output), named("printsize", .printsize)].compactMap { $0 }
      if !outputs.isEmpty {
        remark("left to `graphsh run`: \(outputs.joined(separator: " and "))")
      }
    }
    if let inputs = named("input", .input) {
      remark("not read here, but by `graphsh run`: \(inputs)")
    }
  }

  // MARK: Scripts

  /// Carries out a script and stops at the first thing that fails, unless it is to go on.
  func run(script: SourceText) throws(FileError) -> ExitStatus {
    // A script's `.source` holds to its end, as a file's does; what is typed, and each `-e`, is followed by more.
    let document = session.currentDocument
    let isPart = script.name == Self.promptName || script.name == Self.argumentName
    defer { if !isPart { session.currentDocument = document } }
    var scanner = ScriptScanner(script)
    return try run(&scanner, of: script.name)
  }

  /// Carries out standard input as it comes: every statement and command once its line has ended.
  private func runStandardInput() throws(FileError) -> ExitStatus {
    let document = session.currentDocument
    defer { session.currentDocument = document }
    let source = try LiveInput()
    var input = ScriptInput(
      read: { () throws(FileError) in
        // Who waits for more is ended by an interrupt at once.
        Interrupts.release()
        return try source.read()
      }, isReady: { source.isReady })
    var result = ExitStatus.success
    while !isFinished, var scanner = try input.scanner() {
      let status = try run(&scanner, of: LiveInput.name)
      input.advance(to: scanner.offset)
      guard status != .success else { continue }
      result = status
      guard continuesAfterErrors, status == .failure else { break }
    }
    return result
  }

  /// Carries out what a scanner has to hand out.
  private func run(_ scanner: inout ScriptScanner, of name: String) throws(FileError)
    -> ExitStatus
  {
    var result = ExitStatus.success
    let command = commandText
    defer { commandText = command }
    while !isFinished, let item = scanner.next() {
      hasFileFailed = false
      // At the prompt interrupts are watched all the time.
      if !isInteractive { Interrupts.watchOnce() }
      defer { if !isInteractive { Interrupts.release() } }
      var status: ExitStatus
      switch item {
      case .command(let line, let text):
        let isTyped = name == Self.promptName || name == Self.argumentName
        commandText = isTyped ? nil : text
        status = try run(command: line, at: text)
      case .statement(let text):
        commandText = nil
        status = try run(statement: text)
      }
      if !isInteractive, Interrupts.wasRaised { status = .interrupted }
      let fileStatus = statusOfFile
      if fileStatus != .success { status = fileStatus }
      guard status != .success else { continue }
      guard status == .failure, continuesAfterErrors || isGivenUp(item, in: name) else {
        return status
      }
      result = status
    }
    return result
  }

  /// Whether somebody at the prompt has typed a command in place of the rest of a statement: the command is meant.
  private func isGivenUp(_ item: ScriptScanner.Item, in name: String) -> Bool {
    guard isInteractive, name == Self.promptName, case .statement(let text) = item else {
      return false
    }
    return ShellLanguage.isUnfinished(text)
  }

  /// A path that is to be read, as seen from the script that names it; where nothing is there, as seen
  /// from the working folder.
  func sourcePath(_ path: String) -> String {
    guard let script = openScripts.last else { return path }
    let beside = SourceFiles.path(path, from: script)
    return Files.exists(beside) ? beside : path
  }

  /// `.read FILE`; `-` is standard input.
  func read(_ path: String) throws(FileError) -> ExitStatus {
    guard !openScripts.contains(path) else {
      complain("\(path == "-" ? LiveInput.name : path) reads itself")
      return .failure
    }
    guard openScripts.count < 64 else {
      complain("scripts read one another too deeply")
      return .failure
    }
    let held = HeldFiles([path])
    defer { withExtendedLifetime(held) {} }
    openScripts.append(path)
    defer { openScripts.removeLast() }
    guard path != "-" else { return try runStandardInput() }
    return try run(script: try SourceFiles.text(path))
  }

  func finish() { isFinished = true }

  // MARK: Statements

  var lastStatement: String {
    lastText.map { $0.text(0..<$0.bytes.count)[...].trimmed } ?? ""
  }

  func run(statement text: SourceText) throws(FileError) -> ExitStatus {
    lastText = text
    return try answers.endOnce { () throws(FileError) in try carryOut(text) }
  }

  private func carryOut(_ text: SourceText) throws(FileError) -> ExitStatus {
    if case .dot = currentForm {
      let query = text.bytes.first { $0 != UInt8(ascii: " ") } == UInt8(ascii: "?")
      if query { return try draw(text) }
    }
    var wasInterrupted = false
    var shown: Diagnostic?
    let outcomes = session.perform(statement: text) { diagnostics in
      wasInterrupted = wasInterrupted || diagnostics.contains { $0.code == .interrupted }
      shown = diagnostics.first { $0.severity == .error } ?? shown
      report(diagnostics)
    }
    progressLine.erase()
    for outcome in outcomes {
      switch outcome {
      case .answer(let answer, let query):
        try show(answer)
        if answer.rowCount == 0 { try explainEmpty(query, answer) }
      case .changed(let change): try show(change)
      case .failed:
        if shown?.code == .interrupted || shown?.code == .limitReached,
          let progress = session.stoppedProgress
        {
          let rule = progress.slowestRule.map { session.sources.place($0) }
          tell(ProgressText.stopped(progress, rule: rule, columns: columns))
        }
        return wasInterrupted ? .interrupted : .failure
      }
    }
    return .success
  }

  /// Writes the picture of a query where answers go.
  private func draw(_ text: SourceText) throws(FileError) -> ExitStatus {
    let options = PictureOptions()
    guard let graph = picture(of: text, options: options),
      let bytes = write(graph, options: options)
    else { return .failure }
    try answers.write(bytes)
    return .success
  }

  // MARK: Commands

  /// Carries out a line that begins with a dot, as it stands in a text.
  private func run(command line: String, at text: SourceText) throws(FileError) -> ExitStatus {
    let (name, argument) = CommandLineText.split(line)
    guard let command = ShellCommand.named(name) else {
      let nearest = NameSuggestions.word(name, among: ShellCommand.all.map(\.name))
      complain(
        "unknown command \(name)",
        help: nearest.map { "did you mean \($0)?" } ?? ".help lists the commands")
      return .failure
    }
    do throws(FileError) {
      return try answers.endOnce { () throws(FileError) -> ExitStatus in
        let call = CommandCall(
          shell: self, text: text, argument: argument, usage: command.usage)
        if command.arguments.isEmpty, call.words(atMost: 0) == nil { return .failure }
        return try command.run(call)
      }
    } catch {
      // At the prompt a file that cannot be used is no reason to leave.
      let isTold = isInteractive || continuesAfterErrors || commandText != nil
      guard isTold, !error.isClosedPipe else { throw error }
      complain("cannot use \(error.path): \(error.reason)")
      return isInteractive || !continuesAfterErrors ? .file : .failure
    }
  }
}

extension Substring {
  /// Without white space at both ends. A mark that combines with a blank is none.
  var trimmed: String {
    var rest = unicodeScalars
    while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
    return String(rest)
  }
}

/// The parts of a line that holds a command.
enum CommandLineText {
  /// The command's name and what follows it. A full-width stop counts as a dot.
  static func split(_ line: String) -> (name: String, argument: String) {
    let line = line.hasPrefix("。") ? "." + line.dropFirst() : line
    let end = line.unicodeScalars.firstIndex(where: \.properties.isWhitespace) ?? line.endIndex
    return (String(line[..<end]), line[end...].trimmed)
  }
}
