/// A graph in a file, where what is committed stays.
///
/// ```swift
/// let store = try GraphStore.open("supply.graph")
/// try store.write { writer in
///   writer.addLabel("company", to: "大运集团")
///   writer.addEdge("located_in", from: "大运集团", to: "运城经济技术开发区")
/// }
/// let zones = try store.read { graph in graph.nodes(labelled: "zone").map(\.name) }
/// try store.close()
/// ```
///
/// The file is made if it is missing, whole and with its name in one step. Opening takes the same time at any size: tables are read when
/// they are first asked for. A write is on the device when `write` returns, and either all of it or
/// nothing is there after a crash or a power cut. One process writes at a time; any number read, each
/// the state it has opened.
///
/// `graph` can be handed to whatever works on a `Graph`: every write to it, by whomever, is made
/// durable or undone. A store is used by one thread at a time.
public final class GraphStore {
  /// The file. Where the name that was opened is a symbolic link, it is the one that this leads to.
  public let path: String
  /// The graph. Writes to it are durable when they return.
  public let graph: Graph
  /// Whether the store was opened for reading.
  public let isReadOnly: Bool
  /// Looks at a graph with the facts of a commit in it; what it throws undoes the commit.
  ///
  /// A file that holds the document `constraints` takes no commit without it.
  public var validator: ((Graph) throws -> Void)?

  /// When the log is folded into the file, in bytes: as much as is replayed in 50 ms.
  static let defaultLogLimit = 384 << 10

  let system: any FileSystem
  var file: GraphFile
  var log: WriteAheadLog?
  let lock: StoreLock?
  let monitor: DamageMonitor
  let logLimit: Int
  private var failure: StoreError?
  /// Whether there is a file of the name; before the first commit the graph may be in one that has none.
  public internal(set) var isMade = true
  /// Whether the file is to be as small as it can be.
  var hasCompacted = false
  /// Whether texts have other numbers in the file than in the graph, so that nothing can be appended.
  var isRenumbered = false
  /// Keeps outputs of this process away from the file and those beside it.
  private var held: HeldFiles?

  init(
    _ system: any FileSystem, _ path: String, _ file: GraphFile, _ graph: Graph, _ lock: StoreLock?,
    _ monitor: DamageMonitor, isReadOnly: Bool, logLimit: Int
  ) {
    self.path = path
    self.system = system
    self.file = file
    self.graph = graph
    self.lock = lock
    self.monitor = monitor
    self.isReadOnly = isReadOnly
    self.logLimit = logLimit
    held = system.hold(database: path)
    graph.journal = GraphJournal(limit: logLimit) { [weak self, path] record throws(StoreError) in
      // Whoever kept the graph longer than the store must not believe that writes are durable.
      guard let self else { throw StoreError(.closed, "has been closed", path: path) }
      try persist(record)
    }
  }

  deinit {
    log?.close()
    file.close()
    lock?.close()
  }

  // MARK: - Reading and writing

  /// Reads the graph. Nothing is locked: the state is the one that was opened, with the writes of
  /// this store since.
  ///
  /// - Throws: what the closure throws, or `StoreError` with code `damaged` where something that
  ///   was read, now or before, is not what was written; what the closure has made of it must not
  ///   be used. `salvage` reads the rest.
  public func read<R>(_ body: (Graph) throws -> R) throws -> R {
    let result = try body(graph)
    try monitor.check()
    return result
  }

  /// Changes the graph as a whole or not at all; see `Graph.write`. What it returns is durable.
  ///
  /// - Throws: what the closure throws; `GraphWriteError`, where a fact is refused (`violations`)
  ///   or the file cannot take the write (`store`); or `StoreError`, where the store takes none:
  ///   `closed`, `poisoned`, `readOnly` or `moved`.
  /// - Complexity: that of `Graph.write`, and a wait for the device. Now and then a write takes the
  ///   log along into the file, which is O(changes since), or O(rows) of tables that have changed
  ///   much.
  @discardableResult
  public func write<R>(
    _ body: (inout GraphWriter) throws -> R
  ) throws -> (result: R, summary: WriteSummary) {
    try check()
    return try graph.write(body)
  }

  /// What was found damaged so far, at most a thousand parts. Tables are read when they are needed;
  /// `verify` looks at all.
  public var damage: [Finding] { monitor.findings }

  /// The bytes of the file and of its log.
  public var size: (file: Int, log: Int) {
    ((try? file.size) ?? 0, log?.end ?? 0)
  }

  /// Makes the file now, where it was to be made with the first commit and there was none yet. Does
  /// nothing where there is one.
  public func makeFile() throws(StoreError) {
    try check()
    if !isMade { try rewrite(renumbering: false) }
  }

  /// Ends the use of the store, after folding the log into the file, which can then be copied alone. Where
  /// the first commit was to make the file and there was none, nothing is left.
  ///
  /// - Throws: why the log could not be folded in; file and log then hold all that was committed.
  ///   The store is closed whatever happens, and closing it again does nothing.
  /// - Complexity: O(changes since the log was folded last); O(facts log texts) where many texts
  ///   are new, or after `compact`.
  public func close() throws(StoreError) {
    guard failure?.code != .closed else { return }
    defer {
      fail(StoreError(.closed, "has been closed", path: path))
      log?.close()
      log = nil
      file.close()
      if !isMade, !system.exists(path) { lock?.remove() }
      lock?.close()
      held = nil
    }
    // What was never committed must not get into the file.
    while graph.isWriting { graph.rollback() }
    guard failure == nil && !isReadOnly else { return }
    // Nobody needs the numbers of texts any more: if many are out of order, all get new ones.
    let hasLog = file.header.logSalt != 0
    let isOutOfOrder =
      isOutgrown || (isRenumbered && hasLog)
      || (hasCompacted && (unsortedCount > 0 || TermNumbering.hasUnused(graph)))
    guard hasLog || isOutOfOrder else { return }
    try checkPlace()
    do throws(StoreError) {
      if isOutOfOrder { try rewrite(renumbering: true) } else { try seal() }
    } catch {
      // Until the new header is written, file and log are as they were.
      guard failure == nil else { throw error }
      throw StoreError(
        error.code,
        hasLog
          ? "its log could not be folded into it; all that was committed is kept in both"
          : "could not be written anew; all that was committed is kept in it",
        path: path, underlying: error.description)
    }
  }

  /// How many texts have come since those of the file were sorted.
  private var unsortedCount: Int { graph.dictionary.count - sortedCount }
  private var sortedCount: Int { Int(FileSections(file.entries).entry(.dictionary)?.count ?? 0) }
  /// Whether so many have come that a whole file is better than more behind it.
  private var isOutgrown: Bool { unsortedCount * 8 > sortedCount }

  /// Throws if the store takes no writes.
  func check() throws(StoreError) {
    if let failure {
      guard failure.code != .closed else { throw failure }
      throw StoreError(
        .poisoned, "takes no writes after an earlier failure; open it again", path: path,
        underlying: failure.description)
    }
    if isReadOnly { throw StoreError(.readOnly, "was opened for reading", path: path) }
    try checkPlace()
  }

  /// Throws if others have taken the file away, or put one in its place: what is written to it then is lost
  /// with the last who has it open, and a rewrite would destroy the other.
  private func checkPlace() throws(StoreError) {
    guard isMade, !file.hasName else { return }
    throw StoreError(
      .moved, "has been removed, or another file put in its place, since it was opened", path: path)
  }

  /// Takes no more writes: what the device holds is no longer known.
  func fail(_ error: StoreError) { failure = error }

  // MARK: - Commits

  /// Makes a write durable: by a record of the log or, where that would make the log too long, with
  /// the whole graph.
  private func persist(_ record: [UInt8]?) throws(StoreError) {
    try check()
    // A write that has looked at damaged rows may have made anything of them.
    try monitor.check()
    try validate()
    // With its first facts the file gets its name.
    guard isMade else { return try rewrite(renumbering: true) }
    // A log that others have removed is lost; the graph has what was in it.
    guard let record, record.count < logLimit, log?.hasName != false else {
      // What would be written anew when the store is closed is written once.
      return isOutgrown ? try rewrite(renumbering: true) : try fold()
    }
    guard (log?.end ?? 0) + LogFormat.size(ofPayload: record.count) <= logLimit else {
      return try fold()
    }
    if log == nil { try beginLog() }
    guard let log else { return }
    do throws(StoreError) {
      // Nobody opens the log while half a record is in it.
      try withGate(.exclusive) { () throws(StoreError) in try log.append(record) }
    } catch {
      if error.code == .poisoned { fail(error) }
      throw error
    }
    do throws(StoreError) { try log.sync() } catch {
      fail(error)
      throw error
    }
  }

  /// Seals, and has the file written anew when more than half of it is out of use.
  private func fold() throws(StoreError) {
    try seal()
    guard file.garbage > Int(file.header.fileLength) / 2 + GraphStore.tolerableGarbage else {
      return
    }
    let former = graph.afterCommit
    graph.afterCommit = { [weak self] in
      former?()
      // The commit is durable already; where there is no room for a second file, the next seal tries again.
      if let self { try? rewrite(renumbering: false) }
    }
  }

  /// How many bytes may be out of use in any file.
  static let tolerableGarbage = 1 << 20

  private func validate() throws(StoreError) {
    guard let validator else {
      guard graph.document("constraints") != nil else { return }
      throw StoreError(
        .unchecked, "holds constraints, which this program does not check", path: path)
    }
    do { try validator(graph) } catch let error as StoreError { throw error } catch {
      throw StoreError(.unchecked, "refuses the facts", path: path, underlying: "\(error)")
    }
  }

  /// Begins a log: first the log is durable with its name, then the header that asks for it.
  private func beginLog() throws(StoreError) {
    let salt = ByteHash.mix(file.fileID, file.header.generation + 1) | 1
    var header = file.header
    header.logSalt = salt
    header.logEpoch += 1
    let begun: WriteAheadLog
    do throws(StoreError) {
      begun = try WriteAheadLog(
        system, of: path, salt: salt, epoch: header.logEpoch)
    } catch {
      if error.code == .cannotSync { fail(error) }
      throw error
    }
    do throws(StoreError) {
      try withGate(.exclusive) { () throws(StoreError) in try file.publish(header) }
    } catch {
      fail(error)
      throw error
    }
    log = begun
  }

  func withGate<R>(
    _ kind: LockKind, _ body: () throws(StoreError) -> R
  ) throws(StoreError) -> R {
    guard let lock else { return try body() }
    return try lock.withGate(kind, body)
  }
}
