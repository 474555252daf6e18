import GraphCore
import GraphQuery

/// `graphsh import`: files into a database, all or nothing.
struct ImportRunner {
  private let options: ImportCommandOptions

  init(_ options: ImportCommandOptions) { self.options = options }

  func run() throws(FileError) -> ExitStatus {
    // What is interrupted leaves nothing behind, which takes a moment.
    Interrupts.watch()
    let session: QuerySession
    do throws(StoreError) {
      session = try DatabaseCommands.session(
        options.database, readOnly: false, creates: true, creation: .withFirstCommit,
        wait: options.wait)
    } catch {
      return DatabaseCommands.report(error)
    }
    // What does not come about has made no database, and takes its lock along.
    let made = session.store.flatMap { $0.isMade ? nil : $0.path }
    UnfinishedFiles.begin(made.map { path in ["-new", "-lock"].map { path + $0 } } ?? [])
    let shell = Shell(session: session, output: .standardOutput)
    session.begin()
    var status: ExitStatus
    do throws(FileError) { status = try read(shell) } catch { status = Program.report(error) }
    if status != .success { _ = session.rollback() }
    let last = try shell.close(status)
    UnfinishedFiles.end()
    return last
  }

  private func read(_ shell: Shell) throws(FileError) -> ExitStatus {
    let session = shell.session
    let (programs, files) = try parted()
    let held = HeldFiles(try inputs(files))
    defer { withExtendedLifetime(held) {} }
    // Better now than when all has been read.
    if let path = options.rejectedPath { _ = try OutputFile(path) }
    guard try shell.load(programs) else { return shell.failureStatus }
    let hidden = session.hidingNames
    let known = session.graph.nodeCount
    let progress = ImportProgress()
    let job = ImportJob(
      files,
      options: ImportOptions(
        format: options.format, header: options.header, maximumErrors: options.maximumErrors,
        progress: progress.show, isCancelled: { Interrupts.wasRaised }))
    do {
      if !files.isEmpty {
        try job.run { read in try session.write { writer in try read(&writer) } }
      }
      progress.end()
    } catch {
      progress.end()
      let status = report(error, shell)
      try keep(job.report.rejected)
      return status
    }
    if !programs.isEmpty {
      let (change, diagnostics) = session.keep(relations: session.savableRelations)
      shell.report(diagnostics)
      guard change != nil else { return shell.failureStatus }
    }
    // Rows that were left out are in their file before the others are in the database, or none is.
    let rejectedPath = try keep(job.report.rejected)
    let bareNodes = progress.isShown ? session.graph.bareNodeCount(from: known) : 0
    let before = MonotonicClock.nanoseconds
    let diagnostics = session.commit()
    shell.report(diagnostics)
    guard diagnostics.isEmpty else { return shell.failureStatus }
    // Files without a row make a database without a fact.
    do throws(StoreError) { try session.store?.makeFile() } catch {
      return DatabaseCommands.report(error)
    }
    UnfinishedFiles.end()
    shell.report(job.report.remarks.map(\.diagnostic))
    shell.report(session.hidingNames.filter { !hidden.contains($0) }.map(\.importDiagnostic))
    if let rejectedPath {
      let count = Quantity.counted(job.report.rejected.count, "row")
      Program.complain("warning: \(count) left out; see \(rejectedPath)\n")
    }
    if progress.isShown {
      progress.summarize(job.report, session.graph, writing: MonotonicClock.nanoseconds - before)
      Program.complain(ImportProgress.line(bareNodes: bareNodes))
    }
    return .success
  }

  /// Parts programs, which the language reads, from files of data.
  private func parted() throws(FileError) -> (programs: [String], files: [String]) {
    var programs: [String] = []
    var files: [String] = []
    for path in options.paths {
      var isProgram = options.readsPrograms || path.hasSuffix(".dl")
      if Files.isFolder(path) {
        isProgram = try Files.list(path).contains { $0.hasSuffix(".dl") }
      }
      if isProgram { programs.append(path) } else { files.append(path) }
    }
    return (programs, files)
  }

  /// The files that are read of some paths, folders among them.
  private func inputs(_ paths: [String]) throws(FileError) -> [String] {
    var inputs: [String] = []
    for path in paths {
      inputs += Files.isFolder(path) ? try Files.list(path).map { "\(path)/\($0)" } : [path]
    }
    return inputs
  }

  // MARK: Rows that were not taken

  /// Writes rejected rows to a file, with place and reason, as tab-separated values; returns its path, if there is any.
  @discardableResult
  private func keep(_ rows: [RowError]) throws(FileError) -> String? {
    let isAsked = options.rejectedPath != nil
    guard !rows.isEmpty, isAsked || options.maximumErrors > 0 else { return nil }
    let path = options.rejectedPath ?? options.database + "-rejected.tsv"
    var bytes = Array("file\tline\treason\trow\n".utf8)
    for row in rows {
      for (place, field) in [row.file, String(row.line), row.reason, row.row].enumerated() {
        if place > 0 { bytes.append(UInt8(ascii: "\t")) }
        DelimitedRenderer.appendTSV(Array(field.utf8), to: &bytes)
      }
      bytes.append(UInt8(ascii: "\n"))
    }
    try Files.write(bytes, to: path)
    return path
  }

  // MARK: Failures

  private func report(_ error: any Error, _ shell: Shell) -> ExitStatus {
    switch error {
    case ImportError.tooManyErrors(let report):
      for row in report.rejected.prefix(20) { Program.complain("\(row)\n") }
      let more = report.rejected.count - 20
      if more > 0 { Program.complain("and \(more) more\n") }
      let allowed =
        options.maximumErrors == 0
        ? "--max-errors N lets N rows be wrong and keeps them in a file"
        : "more than \(options.maximumErrors) rows are wrong"
      Program.complain("graphsh: nothing was imported\nhelp: \(allowed)\n")
      if report.rejected.contains(where: { $0.reason.hasPrefix(TextCheck.noUTF8) }) {
        Program.complain(
          "help: other encodings are converted before: `iconv -f GB18030 -t UTF-8 OLD > NEW`\n")
      }
      if report.rejected.contains(where: { $0.reason.hasPrefix(TextCheck.hasNUL) }) {
        Program.complain(
          "help: a text in UTF-16 is converted before: `iconv -f UTF-16 -t UTF-8 OLD > NEW`\n")
      }
      return .failure
    case ImportError.unreadable(let error): return DatabaseCommands.report(error)
    case ImportError.cancelled:
      Program.complain("graphsh: interrupted; nothing was imported\n")
      return .interrupted
    case ImportError.unknownFormat(let path) where SourceFiles.isDatabase(path):
      Program.complain(
        "graphsh: \(path) is a database, which import does not read\n"
          + "help: graphsh export \(path) --format dl -o NEW.dl writes what can be imported\n")
      return .usage
    case ImportError.unknownFormat(let path):
      let names = CommandTable.importFormats.joined(separator: "|")
      Program.complain(
        "graphsh: the name of \(path) does not say what is in it\nhelp: --format \(names)\n")
      return .usage
    case GraphWriteError.store(let error): return DatabaseCommands.report(error)
    case let refusal as ChangeRefusal:
      shell.report(refusal.diagnostics)
      return shell.failureStatus
    default:
      Program.complain("graphsh: \(error)\n")
      return .failure
    }
  }
}

/// How far an import is, on a terminal.
final class ImportProgress {
  let isShown = Files.isTerminal(2)
  private let start = MonotonicClock.nanoseconds
  private var last: UInt64 = 0

  func show(_ report: ImportReport) {
    let now = MonotonicClock.nanoseconds
    guard isShown, now - last > 100_000_000 else { return }
    last = now
    Program.complain("\r\u{1B}[K" + Self.line(report, nanoseconds: now - start))
  }

  /// `companies.csv  [#####     ] 52 %  1,200,000 rows  850,000 rows/s  0:03 left`
  static func line(_ report: ImportReport, nanoseconds: UInt64) -> String {
    let seconds = max(Double(nanoseconds) * 1e-9, 1e-3)
    let share =
      report.byteCount == 0 ? 1 : min(1, Double(report.bytesRead) / Double(report.byteCount))
    let filled = Int(share * 20)
    let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: 20 - filled)
    var line = "\(report.file)  [\(bar)] \(Int(share * 100)) %"
    line += "  " + Quantity.counted(report.accepted, "row")
    line += "  " + Quantity.grouped(Int(Double(report.accepted) / seconds)) + " rows/s"
    if share > 0 {
      let left = Int((seconds / share * (1 - share)).rounded(.up))
      line += "  \(left / 60):" + (left % 60 < 10 ? "0" : "") + "\(left % 60) left"
    }
    return line
  }

  /// How many nodes came with their edges only; nothing where there are none.
  static func line(bareNodes count: Int) -> String {
    guard count > 0 else { return "" }
    let (verb, others) = count == 1 ? ("is", "it") : ("are", "them")
    return
      "\(Quantity.counted(count, "new node")) \(verb) known by edges alone: no row gives \(others) a label or property\n"
  }

  func end() { if isShown { Program.complain("\r\u{1B}[K") } }

  func summarize(_ report: ImportReport, _ graph: Graph, writing: UInt64) {
    let total = MonotonicClock.nanoseconds - start
    let seconds = Double(total / 10_000_000) / 100
    Program.complain(
      "\(Quantity.counted(report.accepted, "row")) in \(seconds) s, "
        + "\(Double(writing / 10_000_000) / 100) s of these for writing, "
        + "\(Quantity.grouped(ProcessControl.peakMemory >> 20)) MiB of memory; now "
        + "\(Conversation.size(of: graph))\n")
  }
}
