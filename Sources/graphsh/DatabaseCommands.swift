import GraphCore
import GraphQuery

/// What the command line does with a database as a whole.
enum DatabaseCommands {
  // MARK: Opening

  /// A session on a database, or on a graph in memory where none is named.
  static func session(
    _ path: String?, readOnly: Bool, creates: Bool = false,
    creation: GraphStore.Creation = .atOnce, wait: Double = 0
  ) throws(StoreError) -> QuerySession {
    let token = CancelToken(followsInterrupts: true)
    guard let path else { return QuerySession(cancelToken: token) }
    guard creates && !readOnly || Files.exists(path) else { throw missing(path) }
    return try QuerySession.open(
      path, readOnly: readOnly, creation: creation, wait: wait, cancelToken: token)
  }

  private static func missing(_ path: String) -> StoreError {
    StoreError(.cannotOpen, "there is no such database", path: path)
  }

  /// Says what is the matter with a database, and what to do.
  ///
  /// - Parameters:
  ///   - offersCreation: whether an empty database is of use to whoever misses one.
  ///   - canOnlyRead: whether the command takes `--read-only`.
  static func report(
    _ error: StoreError, offersCreation: Bool = false, canOnlyRead: Bool = false
  ) -> ExitStatus {
    let advice = help(for: error, offersCreation: offersCreation, canOnlyRead: canOnlyRead)
    Program.complain("graphsh: \(error)\n" + (advice.map { "help: \($0)\n" } ?? ""))
    return .file
  }

  static func help(
    for error: StoreError, offersCreation: Bool = false, canOnlyRead: Bool = false
  ) -> String? {
    switch error.code {
    case .cannotOpen where error.path.hasSuffix(".graph") && !Files.exists(error.path):
      missingHelp(error.path, offersCreation: offersCreation)
    case .locked:
      (canOnlyRead ? "--read-only reads it as it was last committed; " : "")
        + "--wait SECONDS waits until it is free"
    case .readOnly: canOnlyRead ? "--read-only reads it where nothing can be written" : nil
    case .onlyReadable:
      (canOnlyRead
        ? "--read-only opens it"
        : "graphsh export \(error.path) --format dl -o NEW.dl reads it")
        + "; a newer graphsh writes to it"
    case .damaged, .logForeign, .logMissing: damageHelp(error.path)
    case .notAGraph: "a database is made by graphsh and ends in .graph; facts end in .dl"
    case .moved: "open it again; what was committed meanwhile is in the former file and its log"
    case .unsupported, .cannotOpen, .cannotRead, .cannotWrite, .diskFull, .cannotSync, .poisoned,
      .closed, .unchecked:
      nil
    }
  }

  /// - Parameter path: the database, or its log.
  private static func damageHelp(_ path: String) -> String {
    let database = path.hasSuffix("-log") ? String(path.dropLast(4)) : path
    guard GraphStore.canSalvage(database) else {
      return
        "nothing of it can be read: put a copy in its place that `graphsh backup` has made, or "
        + "import it anew"
    }
    return "graphsh verify \(database) names what is wrong; "
      + "graphsh export \(database) --salvage saves the rest"
  }

  private static func missingHelp(_ path: String, offersCreation: Bool) -> String? {
    var parts = offersCreation ? ["graphsh --create \(path) makes an empty one"] : []
    if Files.exists(path + "-new") {
      parts.append(
        "\(path)-new is what an import that has not ended wrote, and of no use without it")
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  // MARK: Commands

  static func verify(_ path: String) throws(FileError) -> ExitStatus {
    let findings: [Finding]
    do throws(StoreError) {
      guard Files.exists(path) else { throw missing(path) }
      findings = try GraphStore.verify(path)
    } catch {
      return report(error)
    }
    if findings.isEmpty {
      try OutputFile.standardOutput.write(Array("\(path): all is well\n".utf8))
      return .success
    }
    for finding in findings {
      try OutputFile.standardOutput.write(Array("\(path): \(finding)\n".utf8))
    }
    Program.complain(
      "graphsh: \(path) is damaged\n"
        + "help: graphsh export \(path) --salvage saves what is whole\n")
    return .file
  }

  static func compact(_ options: DatabaseOptions) throws(FileError) -> ExitStatus {
    let sizes: (before: Int, after: Int)
    do throws(StoreError) {
      guard Files.exists(options.path) else { throw missing(options.path) }
      let store = try GraphStore.open(options.path, wait: options.wait)
      sizes = try store.compact()
      try store.close()
    } catch {
      return report(error)
    }
    if Files.isTerminal(2) {
      Program.complain("\(options.path): \(sizes.before) bytes, now \(sizes.after)\n")
    }
    return .success
  }

  static func backup(_ path: String, to target: String) -> ExitStatus {
    do throws(StoreError) {
      guard Files.exists(path) else { throw missing(path) }
      let aside = GraphStore.newName(for: target)
      UnfinishedFiles.begin([aside], endsByInterrupt: true)
      defer { UnfinishedFiles.end() }
      try GraphStore.open(path, readOnly: true).backup(to: target, by: aside)
      return .success
    } catch {
      return report(error)
    }
  }

  /// Hands what is whole of a damaged database to the closure, with the rules that it keeps, and names the rest.
  static func salvage(
    _ path: String, _ body: (QuerySession) throws(FileError) -> ExitStatus
  ) throws(FileError) -> ExitStatus {
    let salvaged: (graph: Graph, findings: [Finding])
    do throws(StoreError) { salvaged = try GraphStore.salvage(path) } catch { return report(error) }
    let held = HeldFiles(database: path)
    defer { withExtendedLifetime(held) {} }
    let (session, lost) = QuerySession.salvaged(salvaged.graph, from: path)
    let findings = salvaged.findings + lost
    for finding in findings { Program.complain("graphsh: \(path): \(finding)\n") }
    let status = try body(session)
    return status == .success && !findings.isEmpty ? .file : status
  }
}

extension Shell {
  /// The status after something failed: 3 where it is the database that did.
  var failureStatus: ExitStatus { hasFileFailed ? .file : .failure }

  /// 3 where the database could not be read, written or trusted, with the reason told.
  var statusOfFile: ExitStatus {
    if hasFileFailed { return .file }
    guard let damage = session.damage() else { return .success }
    report([damage])
    return .file
  }

  /// Ends the use of the database, after everything has been carried out with some status.
  func close(_ status: ExitStatus) throws(FileError) -> ExitStatus {
    var status = status
    if session.openTransactionCount > 0 {
      let place = transactionPlace.map { " at \($0)" } ?? ""
      let message = "the transaction begun\(place) is still open, and is taken back"
      if isInteractive {
        if session.store != nil { tell("warning: \(message); .commit would have kept it\n") }
      } else if session.store != nil || status == .success {
        complain(message, help: "end it with .commit, which keeps it, or .rollback")
        status = status == .success ? .failure : status
      }
    }
    do throws(StoreError) {
      try session.close()
      return status
    } catch {
      return DatabaseCommands.report(error)
    }
  }
}
