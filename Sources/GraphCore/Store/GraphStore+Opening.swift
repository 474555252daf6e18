extension GraphStore {
  /// When a file that is missing is made.
  public enum Creation: Sendable {
    /// When it is opened.
    case atOnce
    /// With the first commit, or `makeFile`. Until then there is no file, whatever ends the process.
    case withFirstCommit
  }

  /// Opens the graph in a file, which is made if it is missing and can be written.
  ///
  /// ```swift
  /// let store = try GraphStore.open("supply.graph", wait: 5)
  /// let copy = try GraphStore.open("/media/archive/supply.graph", readOnly: true)
  /// ```
  ///
  /// - Parameters:
  ///   - path: the file, `NAME.graph`. `NAME.graph-log` and `NAME.graph-lock` appear beside it, or
  ///     beside the file that it leads to where it is a symbolic link.
  ///   - readOnly: whether only to read; this works beside a writer and on media that cannot be
  ///     written.
  ///   - creation: when the file is made, if it is missing.
  ///   - wait: how many seconds to wait for another process that writes.
  /// - Throws: `StoreError` with code `locked` where another process writes, `damaged` where the file
  ///   cannot be trusted, `logMissing` or `logForeign` where the log is not the file's.
  /// - Complexity: O(1), beside O(log) after an end without `close`.
  public static func open(
    _ path: String, readOnly: Bool = false, creation: Creation = .atOnce, wait: Double = 0
  ) throws(StoreError) -> GraphStore {
    try open(path, on: PosixFileSystem(), readOnly: readOnly, creation: creation, wait: wait)
  }

  /// Opens a graph on some file system.
  package static func open(
    _ path: String, on system: any FileSystem, readOnly: Bool = false,
    creation: Creation = .atOnce, wait: Double = 0, logLimit: Int = defaultLogLimit
  ) throws(StoreError) -> GraphStore {
    let path = system.resolve(path)
    if readOnly { return try openToRead(path, on: system) }
    return try openToWrite(path, on: system, creation, wait: wait, logLimit: logLimit)
  }

  private static func openToRead(
    _ path: String, on system: any FileSystem
  ) throws(StoreError) -> GraphStore {
    guard system.exists(path) else {
      throw StoreError(
        .cannotOpen, "cannot be opened", path: path, underlying: "No such file or directory")
    }
    // Where no lock file can be made, nobody can be writing either.
    let lock = try? StoreLock(system, path: path)
    let monitor = DamageMonitor(path: path)
    func load() throws(StoreError) -> GraphStore {
      let file = try GraphFile.open(system, path, .read)
      let graph = try SnapshotReader.graph(file, monitor)
      if let content = try logContent(of: file, on: system) {
        try replay(content, on: graph, path: path)
      }
      try monitor.check()
      return GraphStore(
        system, path, file, graph, lock, monitor, isReadOnly: true, logLimit: defaultLogLimit)
    }
    guard let lock else { return try load() }
    do throws(StoreError) { return try lock.withGate(.shared, load) } catch {
      lock.removeIfNew()
      throw error
    }
  }

  private static func openToWrite(
    _ path: String, on system: any FileSystem, _ creation: Creation, wait: Double,
    logLimit: Int
  ) throws(StoreError) -> GraphStore {
    let lock = try StoreLock(system, path: path)
    let deadline = MonotonicClock.moment(after: wait)
    try lock.becomeWriter(wait: wait)
    while true {
      do throws(StoreError) {
        return try openToWrite(path, on: system, creation, lock, logLimit: logLimit)
      } catch {
        guard error.code == .locked, MonotonicClock.nanoseconds < deadline else {
          lock.removeIfNew()
          throw error
        }
        system.pause(milliseconds: 2)
      }
    }
  }

  private static func openToWrite(
    _ path: String, on system: any FileSystem, _ creation: Creation, _ lock: StoreLock,
    logLimit: Int
  ) throws(StoreError) -> GraphStore {
    let monitor = DamageMonitor(path: path)
    return try lock.withGate(.exclusive) { () throws(StoreError) in
      let aside = path + "-new"
      // What a process left that was ended while it wrote: nobody but a writer has a use for it.
      if system.exists(aside) { try system.remove(aside) }
      var isMade = system.exists(path)
      if !isMade, creation == .atOnce {
        var writer = SnapshotWriter(Graph())
        try write(&writer, to: path, on: system, fileID: newID(), after: nil)
        isMade = true
      }
      let file = isMade ? try GraphFile.open(system, path, .write) : try nameless(aside, on: system)
      let graph = try SnapshotReader.graph(file, monitor)
      var log: WriteAheadLog?
      if let content = try logContent(of: file, on: system) {
        try replay(content, on: graph, path: path)
        log = try WriteAheadLog(
          system, of: path, salt: file.header.logSalt, content: content)
      }
      try monitor.check()
      let store = GraphStore(
        system, path, file, graph, lock, monitor, isReadOnly: false, logLimit: logLimit)
      store.isMade = isMade
      store.log = log
      return store
    }
  }

  /// A file of an empty graph that has no name any more: it goes when it is closed, and with the process at the latest.
  private static func nameless(
    _ aside: String, on system: any FileSystem
  ) throws(StoreError) -> GraphFile {
    var writer = SnapshotWriter(Graph())
    do throws(StoreError) {
      try writeAside(&writer, aside, on: system, fileID: newID(), after: nil)
      let file = try GraphFile.open(system, aside, .write)
      try system.remove(aside)
      return file
    } catch {
      try? system.remove(aside)
      throw error
    }
  }

  /// The records of the log that the header asks for; `nil` where it asks for none.
  static func logContent(
    of file: GraphFile, on system: any FileSystem
  ) throws(StoreError) -> LogContent? {
    let salt = file.header.logSalt
    guard salt != 0 else { return nil }
    let path = file.path + "-log"
    guard system.exists(path) else {
      throw StoreError(
        .logMissing, "its log \(path) is missing; the two belong together", path: file.path)
    }
    let log = try system.open(path, .read)
    defer { log.close() }
    let content = try LogContent(log, salt: salt)
    if let damage = content.damage { throw StoreError(.damaged, damage, path: path) }
    return content
  }

  static func replay(
    _ content: LogContent, on graph: Graph, path: String
  ) throws(StoreError) {
    do throws(FormatError) {
      try GraphReplay.apply(content.payloads, to: graph)
    } catch {
      throw StoreError(
        .damaged, "its log does not apply", path: path, underlying: error.reason)
    }
  }
}
