extension GraphStore {
  /// Writes the whole graph anew: what was deleted takes no more space, and the log is empty.
  ///
  /// The new file is made durable beside the old one and then takes its place in one step. Readers
  /// keep the state that they have opened. There must be room for both, which is made sure of before
  /// anything is written. Texts that have come since the file was last written anew stay behind the
  /// others until the store is closed, and so do those that nothing uses any more: their numbers are
  /// taken. O(facts log texts).
  ///
  /// - Returns: the length of the file before and after.
  @discardableResult
  public func compact() throws(StoreError) -> (before: Int, after: Int) {
    try check()
    try checkNotWriting()
    let before = try file.size
    try rewrite(renumbering: false)
    hasCompacted = true
    return (before, try file.size)
  }

  /// Writes a copy of the graph, with all that has been committed, to a new file.
  ///
  /// ```swift
  /// try GraphStore.open("supply.graph", readOnly: true).backup(to: "supply-2025-06.graph")
  /// ```
  ///
  /// - Throws: `cannotWrite` where there is a file of that name or a write in progress, `damaged`
  ///   where what was read is not what was written. No part of a file is left behind.
  /// - Complexity: O(facts log texts).
  public func backup(to target: String) throws(StoreError) {
    try backup(to: target, by: GraphStore.newName(for: target))
  }

  /// Writes a copy into a file of a new name first; that is all that an end of the process leaves.
  package func backup(to target: String, by aside: String) throws(StoreError) {
    guard !system.exists(target) else {
      throw StoreError(.cannotWrite, "is there already", path: target)
    }
    try checkNotWriting()
    var writer = SnapshotWriter(graph)
    try GraphStore.write(
      &writer, to: target, by: aside, on: system, fileID: GraphStore.newID(), after: nil,
      likeness: .copy(of: path), expecting: file.leastRewrittenSize(logged: log?.end ?? 0),
      monitor: monitor)
  }

  /// What has not been committed belongs in no file.
  private func checkNotWriting() throws(StoreError) {
    guard graph.isWriting else { return }
    throw StoreError(.cannotWrite, "has a write in progress; commit it first", path: path)
  }

  // MARK: - Sealing

  /// Writes what has changed since the last seal behind the file's sections and empties the log.
  ///
  /// Nothing is written where there is no room for all of it.
  ///
  /// - Complexity: O(changes of the tables that have changed), and O(rows) of those whose changes have
  ///   become an eighth of them.
  func seal() throws(StoreError) {
    if isRenumbered { return try rewrite(renumbering: false) }
    var writer = SnapshotWriter(changesOf: graph, since: file)
    do throws(StoreError) {
      try file.append { target throws(StoreError) in
        try writer.write(to: target)
        // What is damaged in the file must not look sound in a new section.
        try monitor.check()
      } publish: { step throws(StoreError) in
        try self.withGate(.exclusive, step)
      }
    } catch {
      if error.code == .cannotSync || error.code == .poisoned { fail(error) }
      throw error
    }
    finishSeal(writer)
  }

  /// The log is in the sections now, and tables that were written anew are read from there if they
  /// are written with the numbers of the graph.
  private func finishSeal(_ writer: SnapshotWriter?) {
    log?.close()
    log = nil
    // The header asks for no log; one that stays is ignored.
    try? system.remove(path + "-log")
    graph.unsealed = Graph.ChangedTables()
    guard let writer else { return }
    graph.sealedStatistics = writer.writtenStatistics
    let reader = SnapshotReader(file, monitor, termCount: graph.dictionary.count)
    let rewritten = writer.rewritten
    graph.whenWritten { graph in
      graph.textIndex = reader.textIndex()
      graph.adopt(rewritten, from: reader)
    }
  }

  /// Writes all sections into a new file.
  ///
  /// - Parameter renumbering: whether texts get new numbers, in the order of their bytes. The graph
  ///   keeps the old ones and its tables: only a file that is opened anew is read by the new ones.
  func rewrite(renumbering: Bool) throws(StoreError) {
    var writer = SnapshotWriter(graph, keeping: renumbering ? nil : try keptTexts())
    do throws(StoreError) {
      try GraphStore.write(
        &writer, to: path, on: system, fileID: file.fileID, after: isMade ? file.header : nil,
        expecting: file.leastRewrittenSize(logged: log?.end ?? 0), monitor: monitor
      ) { step throws(StoreError) in try self.withGate(.exclusive, step) }
    } catch {
      // Up to the renaming nothing has happened to the file.
      if error.code == .cannotSync || error.code == .poisoned { fail(error) }
      throw error
    }
    do throws(StoreError) {
      let renewed = try GraphFile.open(system, path, .write)
      file.close()
      file = renewed
      isMade = true
    } catch {
      fail(error)
      throw error
    }
    isRenumbered = renumbering
    finishSeal(renumbering ? nil : writer)
  }

  /// The texts that are numbered alike in file and graph, as they lie in the file.
  private func keptTexts() throws(StoreError) -> (entry: SectionEntry, bytes: [UInt8]) {
    guard !isRenumbered, let entry = FileSections(file.entries).entry(.dictionary) else {
      return (SectionEntry(.dictionary, count: 0), PackedDictionaryWriter.packNothing())
    }
    do throws(FormatError) { return (entry, try file.section(entry).array) } catch {
      throw StoreError(
        .damaged, "the dictionary is damaged", path: path, underlying: error.reason)
    }
  }

  static func newID() -> UInt64 { .random(in: 1 ... .max) }

  /// A name beside a file that is to be made, which nobody else has: who makes one holds no lock of it.
  package static func newName(for path: String) -> String {
    path + "-" + String(newID(), radix: 36) + "-new"
  }

  /// Writes a graph aside, makes it durable, and puts it in its place.
  ///
  /// - Parameters:
  ///   - aside: where it is written, a name that nobody has; else that which belongs to the one writer of the path.
  ///   - header: that of the file which it replaces; where there is none, there must be no such file.
  ///   - likeness: whose permissions it gets; else those of the file which it replaces.
  static func write(
    _ writer: inout SnapshotWriter, to path: String, by aside: String? = nil,
    on system: any FileSystem, fileID: UInt64, after header: FileHeader?,
    likeness: Likeness? = nil, expecting size: Int = 0, monitor: DamageMonitor? = nil,
    publish: (() throws(StoreError) -> Void) throws(StoreError) -> Void = {
      step throws(StoreError) in try step()
    }
  ) throws(StoreError) {
    let mode: OpenMode = aside == nil ? .replace : .new
    let aside = aside ?? path + "-new"
    let file = try system.open(aside, mode, likeness ?? .replacement(of: path))
    do throws(StoreError) {
      try fill(
        file, with: &writer, fileID: fileID, after: header, expecting: size, monitor: monitor)
      try publish { () throws(StoreError) in
        if header == nil {
          try system.rename(aside, toNew: path)
        } else {
          try system.rename(aside, to: path)
        }
        try system.syncFolder(of: path)
      }
    } catch {
      // Once it has its place there is none of the name.
      try? system.remove(aside)
      throw error
    }
  }

  /// Writes a graph into a file that nobody looks for yet, and makes it durable.
  static func writeAside(
    _ writer: inout SnapshotWriter, _ aside: String, on system: any FileSystem, fileID: UInt64,
    after header: FileHeader?
  ) throws(StoreError) {
    let file = try system.open(aside, .replace)
    try fill(file, with: &writer, fileID: fileID, after: header)
  }

  private static func fill(
    _ file: any StorageFile, with writer: inout SnapshotWriter, fileID: UInt64,
    after header: FileHeader?, expecting size: Int = 0, monitor: DamageMonitor? = nil
  ) throws(StoreError) {
    defer { file.close() }
    let target = try GraphFileWriter(file, expecting: size)
    try writer.write(to: target)
    // What is damaged in the old file must not look sound in the new one.
    try monitor?.check()
    try target.finish(
      fileID: fileID, generation: (header?.generation ?? 0) + 2, epoch: header?.logEpoch ?? 0)
  }

  /// How many bytes the sections of each kind take, by the name of the kind. O(sections).
  package var sectionSizes: [String: Int] {
    var result: [String: Int] = [:]
    for entry in file.entries {
      let name = SectionKind(rawValue: entry.kind).map { "\($0)" } ?? "other"
      result[name, default: 0] += Int(entry.length)
    }
    return result
  }

  /// Compares all bytes of the file with their checksums, for who cannot take back what it makes of them; `damage`
  /// holds what is wrong. O(bytes).
  package func checkBytes() {
    for entry in file.entries {
      do throws(FormatError) { _ = try file.section(entry) } catch { monitor.note(entry, error) }
    }
  }

  /// Looks at everything: checksums, bounds, orders, and what tables say of each other. O(facts).
  ///
  /// - Returns: what is wrong, each with the part of the file; empty where all is well.
  /// - Throws: where the file cannot be opened or is no graph; damage is no error here.
  public func verify() throws(StoreError) -> [Finding] {
    try GraphStore.verify(path, on: system)
  }

  /// Looks at everything in a file that need not be open; see `verify()`.
  public static func verify(_ path: String) throws(StoreError) -> [Finding] {
    try verify(path, on: PosixFileSystem())
  }

  package static func verify(
    _ path: String, on system: any FileSystem
  ) throws(StoreError) -> [Finding] {
    let salvaged = try salvage(path, on: system)
    guard salvaged.findings.isEmpty else { return salvaged.findings }
    return salvaged.graph.checkConsistency().map { Finding(section: "the graph", message: $0) }
  }

  /// Reads what can be read of a damaged file.
  ///
  /// ```swift
  /// let (graph, findings) = try GraphStore.salvage("supply.graph")
  /// for finding in findings { print(finding) }     // the edges supplies: its bytes have changed
  /// try GraphStore.create("supply-saved.graph", of: graph)
  /// ```
  ///
  /// Tables that are damaged are left out as a whole, and so are the log's records from the first
  /// damaged one on.
  ///
  /// - Complexity: O(facts). The graph lies in memory, free of the file.
  public static func salvage(
    _ path: String
  ) throws(StoreError) -> (graph: Graph, findings: [Finding]) {
    try salvage(path, on: PosixFileSystem())
  }

  /// Whether `salvage` can read anything of a file: its title, a header and the table of its sections are
  /// whole. O(sections).
  package static func canSalvage(_ path: String) -> Bool {
    let system = PosixFileSystem()
    return (try? GraphFile.open(system, system.resolve(path), .read, isTolerant: true)) != nil
  }

  /// Writes a graph to a new file. O(facts log texts).
  ///
  /// - Throws: `cannotWrite` where there is a file of that name.
  public static func create(_ path: String, of graph: Graph) throws(StoreError) {
    let system = PosixFileSystem()
    guard !system.exists(path) else {
      throw StoreError(.cannotWrite, "is there already", path: path)
    }
    var writer = SnapshotWriter(graph)
    try write(
      &writer, to: path, by: newName(for: path), on: system, fileID: newID(), after: nil)
  }

  package static func salvage(
    _ path: String, on system: any FileSystem
  ) throws(StoreError) -> (graph: Graph, findings: [Finding]) {
    let path = system.resolve(path)
    let monitor = DamageMonitor(path: path, isTolerant: true)
    var findings: [Finding] = []
    // A process that writes must not change file and log between looking at one and the other. Where
    // no lock file can be made, nobody can be writing either.
    let lock = try? StoreLock(system, path: path)
    defer { lock?.close() }
    func openBoth() throws(StoreError) -> (file: GraphFile, log: LogContent?) {
      let file: GraphFile
      do throws(StoreError) {
        file = try GraphFile.open(system, path, .read)
      } catch {
        guard error.code == .damaged else { throw error }
        findings.append(Finding(section: "the file", message: error.message))
        file = try GraphFile.open(system, path, .read, isTolerant: true)
      }
      do throws(StoreError) {
        return (file, try logContent(of: file, on: system))
      } catch {
        findings.append(Finding(section: "the log", message: error.message))
        return (file, nil)
      }
    }
    let (file, log, graph): (GraphFile, LogContent?, Graph)
    do throws(StoreError) {
      (file, log) = if let lock { try lock.withGate(.shared, openBoth) } else { try openBoth() }
      graph = try SnapshotReader.graph(file, monitor)
    } catch {
      lock?.removeIfNew()
      throw error
    }
    graph.loadAll(monitor)
    do throws(StoreError) {
      if let log { try replay(log, on: graph, path: path) }
    } catch {
      findings.append(Finding(section: "the log", message: error.message))
    }
    return (graph, findings + monitor.findings)
  }
}

extension Graph {
  /// Reads every table and forgets those that turn out damaged.
  fileprivate func loadAll(_ monitor: DamageMonitor) {
    func isSound(_ load: () -> Void) -> Bool {
      let before = monitor.findings.count
      load()
      return monitor.findings.count == before
    }
    dictionary.unpack()
    if let textIndex {
      let isIntact = isSound { textIndex.check(dictionary) }
      if !isIntact { self.textIndex = nil }
    }
    if !isSound({ _ = nodeTable.ids }) { nodeTable = NodeTable() }
    if !isSound({ _ = aliasTable.aliases }) { aliasTable = AliasTable() }
    for table in storedTables where !isSound({ _ = table.columns }) { tables[table.name] = nil }
    for table in labelSet.tables {
      let isIntact = isSound {
        _ = table.nodes
        _ = table.citations.rows
      }
      if !isIntact { labelSet.set(LabelTable(label: table.label), for: table.label.raw) }
    }
    for table in edgeSet.tables {
      let isIntact = isSound {
        _ = table.sources
        _ = table.citations.rows
        for column in table.columns { column.unpack() }
        table.base?.checkDirections()
      }
      if !isIntact { edgeSet.set(EdgeTable(type: table.type), for: table.type.raw) }
    }
    for table in propertySet.tables {
      let isIntact = isSound {
        _ = table.nodes
        table.values.unpack()
        table.checkIndex()
      }
      if !isIntact {
        propertySet.set(PropertyTable(key: table.key, type: table.type), for: table.key.raw)
      }
    }
    if !monitor.findings.isEmpty { collectNodes() }
  }

  /// Makes every node that a fact speaks of a node again, and no other.
  private func collectNodes() {
    let nodes = NodeTable()
    func add(_ column: Column<UInt32>) {
      for row in 0..<column.count { nodes.insert(column[row]) }
    }
    for table in labelSet.tables { add(table.nodes) }
    for table in propertySet.tables { add(table.nodes) }
    for table in edgeSet.tables {
      add(table.sources)
      add(table.targets)
    }
    nodeTable = nodes
  }

  /// Puts tables that were written anew in the place of those that they were written from.
  fileprivate func adopt(_ rewritten: SnapshotWriter.Rewritten, from reader: SnapshotReader) {
    if rewritten.hasNodes, let table = reader.nodeTable() { nodeTable = table }
    for name in rewritten.labels {
      if let table = reader.labelTable(name) { labelSet.set(table, for: name) }
    }
    for name in rewritten.edges {
      if let table = reader.edgeTable(name) { edgeSet.set(table, for: name) }
    }
    for name in rewritten.properties {
      if let table = reader.propertyTable(name) { propertySet.set(table, for: name) }
    }
  }

  /// Runs at once, or when the write in progress has succeeded.
  fileprivate func whenWritten(_ body: @escaping (Graph) -> Void) {
    guard isWriting else { return body(self) }
    let former = afterCommit
    afterCommit = { [unowned self] in
      former?()
      body(self)
    }
  }
}
