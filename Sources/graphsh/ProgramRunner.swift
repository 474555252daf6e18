import GraphCore
import GraphQuery

/// `graphsh run`: a program with files for its inputs and outputs, as `souffle -F -D`.
struct ProgramRunner {
  private let options: RunOptions

  init(_ options: RunOptions) { self.options = options }

  func run(keep: (AnyObject) -> Void) throws(FileError) -> ExitStatus {
    if isSmall { ProcessControl.useHugePages() }
    let shell = Shell(output: .standardOutput)
    keep(shell)
    shell.showsWarnings = options.showsWarnings
    let (session, inputs) = (shell.session, shell.inputs)
    session.requiresDeclarations = true
    session.runsOnce = true
    session.macros = options.macros.map { ($0.name, $0.value) }
    session.limits = options.limits.queryLimits
    session.limits.startClock()
    session.threadCount = options.limits.threadCount ?? ProcessControl.processorCount
    session.optimizations.subtract(options.limits.without)
    session.includeLoader = { path, including in
      Self.included(path, from: including, folders: options.includePaths, inputs)
    }
    guard try shell.load([options.program]) else { return .failure }
    for directive in session.fileDirectives where directive.kind == .input {
      let diagnostics = try read(directive, session, inputs)
      shell.report(diagnostics)
      if diagnostics.contains(where: { $0.severity == .error }) {
        return Self.status(of: diagnostics)
      }
    }
    var profile: QueryProfile?
    let (result, diagnostics) = session.runProgram(
      reportProfile: options.showsProfile ? { profile = $0 } : nil)
    shell.eraseProgress()
    if let profile {
      shell.tell(
        ProfileText(profile: profile, columns: shell.columns, style: shell.style).rendered())
    }
    shell.report(diagnostics)
    guard let result else { return Self.status(of: diagnostics) }
    keep(result)
    for directive in session.fileDirectives {
      switch directive.kind {
      case .input: break
      case .output:
        if let diagnostic = try write(directive, result) {
          shell.report([diagnostic])
          return Self.status(of: [diagnostic])
        }
      case .printsize: try printSize(directive, result)
      }
    }
    return .success
  }

  /// `graphsh sql`: the program for another engine.
  static func translate(_ options: SQLOptions) throws(FileError) -> ExitStatus {
    let shell = Shell(output: .standardOutput)
    // It holds the inputs, which the script must not take the place of.
    defer { withExtendedLifetime(shell) {} }
    let (session, inputs) = (shell.session, shell.inputs)
    session.requiresDeclarations = true
    session.macros = options.macros.map { ($0.name, $0.value) }
    session.includeLoader = { path, including in
      included(path, from: including, folders: options.includePaths, inputs)
    }
    guard try shell.load([options.program]) else { return .failure }
    let (script, diagnostics) = session.sql(options.dialect)
    shell.report(diagnostics)
    guard let script else { return .failure }
    let file =
      try options.outputPath.map { path throws(FileError) in try OutputFile(path) }
      ?? .standardOutput
    try file.write(Array(script.utf8))
    try file.close()
    return .success
  }

  /// Whether program and facts are so few that starting is what takes the time. Where there are more,
  /// a heap that keeps what it has once got would take memory, and saves nothing that counts.
  private var isSmall: Bool {
    let folder = options.factsPath ?? "."
    // A folder of thousands of files takes longer to list than a small program to run.
    guard let names = try? Files.list(folder, atMost: 33), names.count <= 32 else { return false }
    let paths = [options.program] + names.map { "\(folder)/\($0)" }
    return paths.reduce(0) { $0 + (Files.byteCount($1) ?? 0) } < 1 << 20
  }

  private static func status(of diagnostics: [Diagnostic]) -> ExitStatus {
    diagnostics.contains { $0.code == .interrupted } ? .interrupted : .failure
  }

  /// An included file, looked for beside the file that asks for it and then in the given folders.
  private static func included(
    _ path: String, from including: String, folders: [String], _ inputs: InputFiles
  ) -> Result<SourceText, IncludeFailure> {
    let places = [SourceFiles.path(path, from: including)] + folders.map { "\($0)/\(path)" }
    var reason = ""
    for place in path.hasPrefix("/") ? [path] : places {
      do throws(FileError) {
        return .success(try inputs.text(place))
      } catch {
        if reason.isEmpty { reason = error.reason }
      }
    }
    return .failure(IncludeFailure(message: reason))
  }

  private func read(
    _ directive: FileDirective, _ session: QuerySession, _ inputs: InputFiles
  ) throws(FileError) -> [Diagnostic] {
    let path: String
    if directive.parameters["IO"] == "stdin" {
      path = "-"
    } else {
      path = Self.resolved(
        fileName(directive, ending: "facts"), in: options.factsPath ?? ".")
    }
    inputs.hold([path])
    return try session.readFacts(path: path, of: directive)
  }

  private func write(_ directive: FileDirective, _ result: ProgramResult)
    throws(FileError) -> Diagnostic?
  {
    let kind = directive.parameters["IO"] ?? "file"
    if kind == "stdoutprintsize" {
      try printSize(directive, result)
      return nil
    }
    let output = OutputFile.standardOutput
    if kind == "json" {
      return try result.write(directive) { bytes throws(FileError) in try output.write(bytes) }
    }
    if kind == "stdout" || options.outputPath == "-" {
      let rule = String(repeating: "=", count: 15)
      try output.write(Array("---------------\n\(directive.title)\n".utf8))
      let names = directive.columnNames.joined(separator: directive.delimiter)
      // The names stand above the rule, not among the rows.
      let hasHeaders = directive.parameters["headers"] == "true" || kind != "stdout"
      if hasHeaders { try output.write(Array("\(names)\n".utf8)) }
      try output.write(Array("\(rule)\n".utf8))
      let failure = try result.write(directive, withHeaders: false) { bytes throws(FileError) in
        try output.write(bytes)
      }
      try output.write(Array("\(rule)\n".utf8))
      return failure
    }
    let ending = kind == "jsonfile" ? "json" : "csv"
    let file = try OutputFile(
      Self.resolved(fileName(directive, ending: ending), in: options.outputPath ?? "."))
    let failure = try result.write(directive) { bytes throws(FileError) in try file.write(bytes) }
    try file.close()
    return failure
  }

  private func printSize(_ directive: FileDirective, _ result: ProgramResult)
    throws(FileError)
  {
    let count = result.count(of: directive.relation) ?? 0
    try OutputFile.standardOutput.write(Array("\(directive.title)\t\(count)\n".utf8))
  }

  private func fileName(_ directive: FileDirective, ending: String) -> String {
    directive.parameters["filename"] ?? "\(directive.title).\(ending)"
  }

  private static func resolved(_ name: String, in folder: String) -> String {
    name.hasPrefix("/") ? name : "\(folder)/\(name)"
  }
}
