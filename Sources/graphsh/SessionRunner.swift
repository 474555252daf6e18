import GraphCore
import GraphQuery

/// The shell, or the queries and scripts that the command line gives in its place.
struct SessionRunner {
  private let options: SessionOptions

  init(_ options: SessionOptions) { self.options = options }

  func run(keep: (AnyObject) -> Void) throws(FileError) -> ExitStatus {
    let output =
      try options.outputPath.map { path throws(FileError) in try OutputFile(path) }
      ?? .standardOutput
    let isInteractive =
      options.actions.isEmpty && options.outputPath == nil && Files.isTerminal(0)
      && Files.isTerminal(1)
    let start = MonotonicClock.nanoseconds
    let (database, sources) = try SourceFiles.parted(options.paths)
    guard database != nil || !options.createsDatabase else {
      let problem = options.paths.last.map { "\"\($0)\" is no name of a database" }
      Program.complain(
        UsageError(
          problem ?? "--create needs the name of a database",
          help: "a database ends in .graph: graphsh --create NAME.graph"
        ).text)
      return .usage
    }
    let session: QuerySession
    do throws(StoreError) {
      session = try DatabaseCommands.session(
        database, readOnly: options.isReadOnly, creates: options.createsDatabase,
        wait: options.wait)
    } catch {
      return DatabaseCommands.report(error, offersCreation: true, canOnlyRead: true)
    }
    let shell = Shell(session: session, output: output, isInteractive: isInteractive)
    keep(shell)
    shell.continuesAfterErrors = options.continuesAfterErrors
    if let form = options.form ?? options.outputPath.flatMap({ AnswerForm(fileName: $0) }) {
      shell.form = form
      shell.isFormChosen = options.form != nil
    }
    for parameter in options.parameters {
      shell.session.parameters[parameter.name] = ParameterText.value(of: parameter.value)
    }
    shell.session.limits = options.limits.queryLimits
    shell.session.threadCount = options.limits.threadCount ?? ProcessControl.processorCount
    shell.session.optimizations.subtract(options.limits.without)
    // What is in memory only may begin with facts.
    session.isReadOnly = options.isReadOnly && database != nil
    shell.report(
      session.staleProblems.map {
        var problem = $0
        problem.severity = .warning
        return problem
      })
    // What a session in memory begins with is no change of it.
    guard try shell.load(sources, remembers: database != nil) else {
      return try shell.close(shell.failureStatus)
    }
    session.isReadOnly = options.isReadOnly
    let loaded = MonotonicClock.nanoseconds &- start

    let scripts = HeldFiles(
      options.actions.compactMap { if case .script(let path) = $0 { path } else { nil } })
    defer { withExtendedLifetime(scripts) {} }
    var status = ExitStatus.success
    if options.actions.isEmpty {
      if Files.isTerminal(0) {
        status = try Conversation(shell, paths: options.paths, loadTime: loaded).run()
      } else {
        status = try shell.read("-")
      }
    }
    for action in options.actions where !shell.isFinished {
      let next: ExitStatus =
        switch action {
        case .query(let query):
          try shell.run(script: SourceText(name: Shell.argumentName, text: query))
        case .script(let path): try shell.read(path)
        }
      if next != .success { status = next }
      if next != .success && !(next == .failure && options.continuesAfterErrors) { break }
    }
    // The file says what there was to say, if only nothing; what failed leaves the one that was there.
    if status == .success { try output.begin() }
    try shell.answers.close()
    return try shell.close(status)
  }
}

/// The value that a parameter's text on the command line stands for.
enum ParameterText {
  /// A number or truth value where the whole text is one, otherwise the text; quotes make anything
  /// a text.
  static func value(of text: String) -> Value {
    // A mark at the beginning of a text combines with the quote before it.
    let scalars = text.unicodeScalars
    for (opening, closing) in [("\"", "\""), ("“", "”")] as [(Unicode.Scalar, Unicode.Scalar)]
    where scalars.count >= 2 && scalars.first == opening && scalars.last == closing {
      return .text(String(scalars.dropFirst().dropLast()))
    }
    if let number = number(of: text) { return number }
    switch text {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    default: return .text(text)
    }
  }

  /// The number that a text is as a whole; `12u` and what no signed one holds are unsigned.
  static func number(of text: String) -> Value? {
    if let number = Int64(text) { return .integer(number) }
    let digits = text.hasSuffix("u") ? text.dropLast() : text[...]
    if let number = NumberFormat.unsigned(in: digits.utf8) { return .unsigned(number) }
    guard text.utf8.allSatisfy({ "+-.eE0123456789".utf8.contains($0) }) else { return nil }
    return Double(text).map(Value.float)
  }

  /// A text that is read as the value: in quotes where it would be another without them, with `u` where it would be
  /// signed.
  static func text(of value: Value) -> String {
    switch value {
    case .text(let text) where self.value(of: text) != value: "\"\(text)\""
    case .unsigned(let number): "\(number)u"
    case .text, .integer, .float, .boolean: value.description
    }
  }
}

extension ResourceLimits {
  /// The limits as a session takes them.
  var queryLimits: QueryLimits {
    QueryLimits(timeout: timeout?.inSeconds, memory: memoryBytes)
  }
}
