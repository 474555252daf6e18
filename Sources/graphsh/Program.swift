import GraphCore
import GraphQuery

/// Carries out a command line. What a command throws becomes text and a status here; what concerns one
/// statement, or one row of an import, is told of where that is known.
enum Program {
  /// Carries out the words of a command line as the system gives them; see `run(_:keep:)`.
  static func run(
    words: [[UInt8]], keep: (AnyObject) -> Void = { _ in }
  ) -> ExitStatus {
    do {
      return run(try ArgumentParser.texts(of: words), keep: keep)
    } catch {
      complain(error.text)
      return .usage
    }
  }

  /// Carries out the words of a command line; returns the status that the process ends with.
  ///
  /// - Parameter keep: takes what holds much and is of no use any more, so that whoever ends the
  ///   process need not wait until it is freed.
  static func run(
    _ arguments: [String], keep: (AnyObject) -> Void = { _ in }
  ) -> ExitStatus {
    let invocation: Invocation
    do {
      invocation = try ArgumentParser.parse(arguments)
    } catch {
      complain(error.text)
      return .usage
    }
    do throws(FileError) {
      switch invocation {
      case .help(let command):
        try OutputFile.standardOutput.write(Array(HelpText.text(for: command).utf8))
        return .success
      case .version:
        try OutputFile.standardOutput.write(Array("graphsh \(CommandTable.version)\n".utf8))
        return .success
      case .manual:
        try OutputFile.standardOutput.write(Array(ManualPage.text.utf8))
        return .success
      case .completions(let interpreter):
        let text = InterpreterCompletions.text(for: interpreter)
        try OutputFile.standardOutput.write(Array(text.utf8))
        return .success
      case .session(let options):
        ProcessControl.useHugePages()
        do throws(FileError) {
          return try SessionRunner(options).run(keep: keep)
        } catch {
          let isWord = options.paths.contains(error.path)
          return report(error, help: isWord ? commandHelp(error.path) : nil)
        }
      case .export(let options): return try export(options)
      case .check(let options): return try check(options)
      case .sql(let options): return try ProgramRunner.translate(options)
      case .importing(let options): return try ImportRunner(options).run()
      case .verify(let path): return try DatabaseCommands.verify(path)
      case .compact(let options): return try DatabaseCommands.compact(options)
      case .backup(let options, let target):
        return DatabaseCommands.backup(options.path, to: target)
      case .run(let options): return try ProgramRunner(options).run(keep: keep)
      }
    } catch {
      return report(error)
    }
  }

  /// What was probably meant by a word that is neither a command nor a file.
  private static func commandHelp(_ word: String) -> String? {
    guard !word.contains(where: { $0 == "." || $0 == "/" }), !Files.exists(word) else { return nil }
    guard let nearest = CommandTable.nearestCommand(to: word) else {
      return "graphsh --help lists the commands"
    }
    return nearest == word
      ? "a command stands first: `graphsh \(word) …`" : "did you mean the command `\(nearest)`?"
  }

  static func complain(_ text: String) {
    // With standard error gone there is nobody left to tell.
    try? OutputFile.standardError.write(Array(text.utf8))
  }

  /// Says which file failed. A reader that has seen enough and closed the pipe is no failure.
  static func report(_ error: FileError, help: String? = nil) -> ExitStatus {
    if error.isClosedPipe { return .success }
    complain(
      "graphsh: cannot use \(error.path): \(error.reason)\n" + (help.map { "help: \($0)\n" } ?? ""))
    return .file
  }

  // MARK: Commands

  private static func export(_ options: ExportOptions) throws(FileError) -> ExitStatus {
    let (database, sources) = try SourceFiles.parted(options.paths)
    if options.isSalvage, let database {
      return try DatabaseCommands.salvage(database) { session throws(FileError) in
        try salvage(session, options)
      }
    }
    let session: QuerySession
    do throws(StoreError) {
      session = try DatabaseCommands.session(database, readOnly: true)
    } catch {
      return DatabaseCommands.report(error)
    }
    // Rules beside the database change nothing of it, and its own file takes no facts now.
    session.isReadOnly = false
    let shell = Shell(session: session, output: .standardOutput)
    guard try shell.load(sources) else { return shell.failureStatus }
    // What is damaged would come out as zeros, in place of what a file held before.
    session.store?.checkBytes()
    let soundness = shell.statusOfFile
    guard soundness == .success else { return soundness }
    var program: String?
    if options.format == .dl {
      let (text, problems) = session.programText()
      shell.report(problems)
      guard let text else { return .failure }
      program = text
    }
    let losses = ExportLosses(session.graph, options.format, hasProgram: session.hasProgram)
    let status = try export(session.graph, options, losses, program: program) {
      session.damage() == nil
    }
    return status == .success ? shell.statusOfFile : status
  }

  /// Writes what was saved; without the rules where they cannot be written.
  private static func salvage(
    _ session: QuerySession, _ options: ExportOptions
  ) throws(FileError) -> ExitStatus {
    let losses = ExportLosses(session.graph, options.format, hasProgram: session.hasProgram)
    guard options.format == .dl else { return try export(session.graph, options, losses) }
    let (program, problems) = session.programText()
    Shell(session: session, output: .standardOutput).report(problems)
    if program == nil, session.hasProgram {
      complain("warning: rules, constraints and declared relations left out\n")
    }
    let status = try export(session.graph, options, losses, program: program)
    return program == nil && status == .success ? .failure : status
  }

  /// A part of the database turned out damaged after others were written.
  private struct DamageStop: Error {}

  /// Writes a graph in some form, as long as what has been read of it is sound.
  ///
  /// - Parameter program: rules, constraints and declared relations, where the format has a place for them.
  private static func export(
    _ graph: Graph, _ options: ExportOptions, _ losses: ExportLosses, program: String? = nil,
    whileSound isSound: () -> Bool = { true }
  ) throws(FileError) -> ExitStatus {
    defer { for loss in losses.texts { complain("warning: \(loss)\n") } }
    if options.format == .facts { return try exportFolder(graph, to: options.outputPath, isSound) }
    let format: any GraphFormat =
      switch options.format {
      case .jsonl: JSONLinesFormat()
      case .csv: CSVFormat()
      case .tsv: CSVFormat(separator: UInt8(ascii: "\t"))
      case .dot: DOTGraphFormat()
      case .graphml: GraphMLFormat()
      case .ntriples: NTriplesFormat()
      case .cypher: CypherFormat()
      case .dl, .facts: FactsFormat()
      }
    let file =
      try options.outputPath.map { path throws(FileError) in try OutputFile(path, isWhole: true) }
      ?? .standardOutput
    func write(_ bytes: [UInt8]) throws(FileError) {
      if !file.hasBegun {
        try file.begin()
        if let aside = file.aside { UnfinishedFiles.begin([aside], endsByInterrupt: true) }
      }
      try file.write(bytes)
    }
    defer { UnfinishedFiles.end() }
    do {
      try withoutActuallyEscaping(isSound) { isSound in
        try format.write(graph) {
          guard isSound() else { throw DamageStop() }
          try write($0)
        }
      }
      if let program, !program.isEmpty { try write(Array("\n\(program)".utf8)) }
      try file.close()
    } catch is DamageStop {
      return .success
    } catch let error as FileError {
      throw error
    } catch {
      complain("graphsh: \(error)\n")
      return .failure
    }
    return .success
  }

  private static func exportFolder(
    _ graph: Graph, to path: String?, _ isSound: () -> Bool
  ) throws(FileError) -> ExitStatus {
    guard let path else {
      complain("graphsh: --format facts writes a folder of files\nhelp: name it by -o FOLDER\n")
      return .usage
    }
    try Files.makeFolder(path)
    for file in SouffleFactsFormat().files(of: graph) {
      guard isSound() else { break }
      try Files.write(file.bytes, to: "\(path)/\(file.name)")
    }
    return .success
  }

  private static func check(_ options: CheckOptions) throws(FileError) -> ExitStatus {
    let shell = Shell(output: .standardOutput)
    let texts = try SourceFiles.read(options.paths)
    let diagnostics = shell.session.check(texts)
    shell.report(diagnostics)
    let errors = diagnostics.count { $0.severity == .error }
    guard errors == 0 else {
      complain("\(Quantity.counted(errors, "error"))\n")
      return .failure
    }
    return .success
  }
}

/// The picture of a whole graph as an export format.
struct DOTGraphFormat: GraphFormat {
  func write(_ graph: Graph, to output: inout ByteOutput) throws {
    try DOTExporter().write(DOTGraph(graph), to: &output)
  }
}
