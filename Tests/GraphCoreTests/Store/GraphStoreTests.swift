import TestSupport
import Testing

@_spi(Columns) @testable import GraphCore

/// What is written to a store is there when it is opened again.
@Suite struct GraphStoreTests {
  let system = SimulatedFileSystem()

  func open(readOnly: Bool = false, logLimit: Int = 1 << 20) throws -> GraphStore {
    try GraphStore.open("x.graph", on: system, readOnly: readOnly, logLimit: logLimit)
  }

  static func fill(_ writer: inout GraphWriter) {
    writer.declare(NodeSchema(label: "company", properties: [("founded", .number)]))
    writer.addLabel("company", to: "大运集团", citation: Citation(source: "a.txt", lines: "3"))
    writer.addLabel("company", to: "晋钢")
    writer.addLabel("zone", to: "运城")
    writer.setProperty("founded", of: "大运集团", to: 1987)
    writer.setProperty("founded", of: "晋钢", to: -5)
    writer.setProperty("area", of: "运城", to: 12.25)
    for year in 2020..<2024 {
      writer.addEdge(
        "supplies", from: "晋钢", to: "大运集团",
        properties: [("year", .integer(Int64(year))), ("amount", .float(Double(year) / 8))],
        citation: Citation(source: "b.txt", lines: "\(year)"))
    }
    writer.addEdge("supplies", from: "大运集团", to: "晋钢", properties: [("planned", true)])
    writer.addEdge("located_in", from: "大运集团", to: "运城")
    writer.addEdge("located_in", from: "晋钢", to: "运城")
    writer.addAlias("大运", of: "大运集团", citation: Citation(source: "a.txt"))
    writer.setDocument("rules", to: "hub(z) :- zone(z).")
  }

  @Test func whatIsWrittenIsThereAgain() throws {
    let store = try open()
    try store.write { GraphStoreTests.fill(&$0) }
    let digest = store.graph.digest
    #expect(try open(readOnly: true).graph.digest == digest)
    try store.close()
    #expect(system.files.keys.sorted() == ["x.graph", "x.graph-lock"])
    let again = try open()
    #expect(again.graph.digest == digest)
    #expect(again.graph.checkInvariants() == [])
    #expect(try again.verify() == [])
  }

  /// What replaces or accompanies a database shows its facts to nobody else than the database does.
  @Test func filesOfADatabaseKeepItsMode() throws {
    try open().close()
    #expect(system.mode(of: "x.graph") == 0o644)
    system.setMode(of: "x.graph", to: 0o600)
    let store = try open()
    #expect(system.mode(of: "x.graph-lock") == 0o600)
    try store.write { GraphStoreTests.fill(&$0) }
    #expect(system.mode(of: "x.graph-log") == 0o600)
    try store.compact()
    #expect(system.mode(of: "x.graph") == 0o600)
    try store.backup(to: "copy.graph")
    #expect(system.mode(of: "copy.graph") == 0o600)
    try store.write { $0.addLabel("company", to: "n") }
    system.setMode(of: "x.graph", to: 0o640)
    system.releaseLocks()
    let again = try open()
    #expect(system.mode(of: "x.graph-log") == 0o640)
    try again.close()
    #expect(system.mode(of: "x.graph") == 0o640)
  }

  /// A log that was made longer is cut behind its last record, and not read into memory.
  @Test func zerosBehindALogAreCut() throws {
    let store = try open()
    try store.write { GraphStoreTests.fill(&$0) }
    let digest = store.graph.digest
    let log = try system.open("x.graph-log", .write)
    let size = try log.size()
    try log.truncate(to: 3_000_700)
    system.releaseLocks()
    let again = try open()
    #expect(again.graph.digest == digest)
    #expect(try log.size() == size)
    // The last sector of many pieces is looked at as well.
    try log.truncate(to: 3_000_700)
    try log.write([1], at: 3_000_320 - 512)
    system.releaseLocks()
    #expect(throws: StoreError.self) { try open() }
  }

  @Test func statisticsNeedNoTables() throws {
    let store = try open()
    try store.write { GraphStoreTests.fill(&$0) }
    let expected = store.graph.statistics
    try store.close()
    let found = try open().graph.statistics
    #expect(found.nodeCounts == expected.nodeCounts)
    #expect(found.nodeCount == expected.nodeCount && found.edgeCount == expected.edgeCount)
    for (type, counts) in expected.edgeTypes {
      let other = try #require(found.edgeTypes[type])
      #expect(other.edgeCount == counts.edgeCount && other.pairCount == counts.pairCount)
      #expect(other.distinctSources == counts.distinctSources)
      #expect(other.distinctTargets == counts.distinctTargets)
      #expect(other.maximumOutgoing == counts.maximumOutgoing)
      #expect(other.maximumIncoming == counts.maximumIncoming)
      #expect(other.distinctValues == counts.distinctValues)
    }
    for (key, counts) in expected.nodeProperties {
      #expect(found.nodeProperties[key]?.distinct == counts.distinct)
    }
  }

  @Test func anUncleanEndLosesNothing() throws {
    var digest = ""
    do {
      let store = try open()
      try store.write { GraphStoreTests.fill(&$0) }
      try store.write { $0.removeNode("晋钢") }
      try store.write { $0.addEdge("supplies", from: "大运", to: "新") }
      digest = store.graph.digest
      #expect(store.size.log > 512)
    }
    let again = try open()
    #expect(again.graph.digest == digest)
    #expect(again.graph.checkInvariants() == [])
    try again.close()
    #expect(try open().graph.digest == digest)
  }

  @Test func rolledBackWritesLeaveNoTrace() throws {
    struct Stop: Error {}
    let store = try open()
    try store.write { GraphStoreTests.fill(&$0) }
    let digest = store.graph.digest
    #expect(throws: Stop.self) {
      try store.write { writer in
        writer.addEdge("supplies", from: "a", to: "b")
        throw Stop()
      }
    }
    #expect(throws: GraphWriteError.self) {
      try store.write { $0.setProperty("founded", of: "晋钢", to: 3) }
    }
    // A write inside a write that fails leaves only itself out.
    store.graph.begin()
    var writer = store.graph.writer()
    writer.addLabel("outer", to: "o")
    store.graph.begin()
    var inner = store.graph.writer()
    inner.addLabel("inner", to: "i")
    store.graph.rollback()
    store.graph.begin()
    inner = store.graph.writer()
    inner.addLabel("kept", to: "k")
    try store.graph.commit()
    try store.graph.commit()
    let after = store.graph.digest
    #expect(after != digest && !after.contains("inner"))
    #expect(try open(readOnly: true).graph.digest == after)
  }

  @Test func largeWritesGoAroundTheLog() throws {
    let store = try open(logLimit: 4096)
    try store.write { writer in
      for number in 0..<2000 { writer.addEdge("t", from: "n\(number)", to: "n\(number % 7)") }
    }
    #expect(store.size.log == 0)
    for number in 0..<60 {
      try store.write { $0.addEdge("u", from: "n\(number)", to: "n0", properties: [("k", 1)]) }
    }
    #expect(store.size.log < 4096 + 512)
    let digest = store.graph.digest
    #expect(try open(readOnly: true).graph.digest == digest)
  }

  /// A write of few facts with long texts goes around the log as well, which is written down in memory first.
  @Test func longTextsGoAroundTheLog() throws {
    let store = try open(logLimit: 4096)
    let text = String(repeating: "晋", count: 3000)
    try store.write { $0.setProperty("text", of: "a", to: .text(text)) }
    #expect(store.size.log == 0)
    #expect(try open(readOnly: true).graph.digest == store.graph.digest)
  }

  @Test func writersExcludeEachOther() throws {
    let store = try open()
    #expect(throws: StoreError(.locked, "another process is writing to it", path: "x.graph")) {
      try open()
    }
    _ = try open(readOnly: true)
    try store.close()
    _ = try open()
    #expect(throws: StoreError.self) { try store.write { $0.addLabel("a", to: "b") } }
  }

  /// A file that is made with the first commit is not there before, nor where there was none, and takes no
  /// other's place.
  @Test func aFileIsMadeWithTheFirstCommit() throws {
    func begin() throws -> GraphStore {
      try GraphStore.open("x.graph", on: system, creation: .withFirstCommit)
    }
    let abandoned = try begin()
    #expect(system.files.keys.sorted() == ["x.graph-lock"])
    #expect(throws: StoreError.self) {
      try abandoned.write { writer in
        GraphStoreTests.fill(&writer)
        throw StoreError(.unchecked, "no", path: "")
      }
    }
    try abandoned.close()
    #expect(system.files.isEmpty)

    let store = try begin()
    #expect(!store.isMade)
    #expect(throws: StoreError.self) { try open(readOnly: true) }
    try store.write { GraphStoreTests.fill(&$0) }
    #expect(store.isMade)
    #expect(system.files.keys.sorted() == ["x.graph", "x.graph-lock"])
    #expect(try open(readOnly: true).graph.digest == store.graph.digest)
    try store.write { $0.addEdge("t", from: "later", to: "still") }
    try store.close()
    #expect(try open(readOnly: true).graph.digest == store.graph.digest)
    #expect(try GraphStore.verify("x.graph", on: system) == [])

    let second = try GraphStore.open("y.graph", on: system, creation: .withFirstCommit)
    let foreign = try system.open("y.graph", .create)
    try foreign.write([1, 2, 3], at: 0)
    #expect(throws: GraphWriteError.self) {
      try second.write { $0.addEdge("t", from: "a", to: "b") }
    }
    try second.close()
    #expect(system.files["y.graph"] == [1, 2, 3])
    #expect(!system.exists("y.graph-new"))
  }

  /// A backup is no writer of its target: what is beside it belongs to others, and so does what has the name by then.
  @Test func backupsTakeNothingFromOthers() throws {
    let store = try open()
    try store.write { GraphStoreTests.fill(&$0) }
    for name in ["copy.graph-new", "copy.graph-log"] {
      try system.open(name, .create).write([1, 2, 3], at: 0)
    }
    try store.backup(to: "copy.graph")
    #expect(system.files["copy.graph-new"] == [1, 2, 3])
    #expect(
      system.files.keys.filter { $0.hasPrefix("copy") }.sorted()
        == ["copy.graph", "copy.graph-log", "copy.graph-new"])
    // Two at a time do not write into one another's files.
    #expect(GraphStore.newName(for: "y") != GraphStore.newName(for: "y"))
    try system.open("taken", .create).write([1, 2, 3], at: 0)
    #expect(throws: StoreError.self) { try store.backup(to: "y.graph", by: "taken") }
    #expect(system.files["taken"] == [1, 2, 3])
  }

  /// Who waits for a lock file that is removed meanwhile does not write beside who has made the next one.
  @Test func locksOfAbandonedFilesKeepNobodyApart() throws {
    let first = try StoreLock(system, path: "x.graph")
    try first.becomeWriter(wait: 0)
    let waiting = try StoreLock(system, path: "x.graph")
    first.remove()
    first.close()
    let next = try StoreLock(system, path: "x.graph")
    try next.becomeWriter(wait: 0)
    #expect(throws: StoreError.self) { try waiting.becomeWriter(wait: 0) }
    next.close()
    try waiting.becomeWriter(wait: 0)
  }

  /// Who looks for a database in another file leaves no lock beside it.
  @Test func whatIsNoDatabaseGetsNoLock() throws {
    try system.open("x.graph", .create).write([1, 2, 3], at: 0)
    #expect(throws: StoreError.self) { try open() }
    #expect(throws: StoreError.self) { try open(readOnly: true) }
    #expect(throws: StoreError.self) { try GraphStore.verify("x.graph", on: system) }
    #expect(throws: StoreError.self) { try GraphStore.salvage("x.graph", on: system) }
    #expect(system.files.keys.sorted() == ["x.graph"])
  }

  @Test func readersKeepTheirState() throws {
    let store = try open()
    try store.write { GraphStoreTests.fill(&$0) }
    let reader = try open(readOnly: true)
    let before = store.graph.digest
    try store.write { $0.removeNode("晋钢") }
    try store.compact()
    #expect(try reader.read { $0.digest } == before)
    #expect(try open(readOnly: true).graph.digest == store.graph.digest)
    #expect(throws: (any Error).self) { try reader.write { $0.addLabel("a", to: "b") } }
  }

  @Test func textsOfWhatIsGoneTakeNoSpaceOnceCompacted() throws {
    let names = (0..<3_000).map { "\($0 * 7919 % 3_000) of a long name that is gone" }
    try open().write { writer in for name in names { writer.addLabel("company", to: name) } }
    var store = try open()
    try store.compact()
    try store.close()
    store = try open()
    try store.write { $0.removeNodes(names) }
    let (before, _) = try store.compact()
    try store.close()
    store = try open()
    let (after, _) = try store.compact()
    #expect(after < before)
    try store.backup(to: "copy.graph")
    try store.close()
    #expect(system.files["copy.graph"]?.count == system.files["x.graph"]?.count)
  }

  /// Many labels and properties of a few nodes each are asked for every node, as when a graph is exported.
  @Test func tablesOfFewNodesFarApartAreSearchedOften() throws {
    let count = 6_000
    var names: [Int: Int] = [:]
    do {
      let store = try open()
      try store.write { writer in
        for node in 0..<count {
          writer.addLabel("l\(node % 150)", to: "n\(node)")
          writer.setProperty("p\(node % 150)", of: "n\(node)", to: .integer(Int64(node)))
          names[node] = node
        }
      }
      try store.compact()
      try store.close()
    }
    let store = try open()
    func check(_ what: String) {
      for place in 0..<40 {
        for node in stride(from: place, to: count, by: 11) {
          guard let found = store.graph.node("n\(node)") else {
            #expect(names[node] == nil, "\(what)")
            continue
          }
          let key = "p\(place)"
          let isOwn = node % 150 == place
          #expect(found.has(label: "l\(place)") == isOwn, "\(what)")
          let value = isOwn ? names[node].map { Value.integer(Int64($0)) } : nil
          #expect(found[key] == value, "\(what)")
        }
      }
    }
    check("as written")
    check("searched before")
    try store.write { writer in
      for node in stride(from: 2, to: count, by: 150) {
        writer.replaceProperty("p2", of: "n\(node)", with: .integer(Int64(-node)))
        names[node] = -node
      }
      writer.removeNodes(stride(from: 3, to: count, by: 300).map { "n\($0)" })
      writer.addLabel("l4", to: "late")
    }
    for node in stride(from: 3, to: count, by: 300) { names[node] = nil }
    check("changed")
    check("changed and searched before")
    #expect(store.graph.node("late")?.has(label: "l4") == true)
    #expect(store.graph.checkInvariants() == [])
  }

  @Test func constraintsNeedAValidator() throws {
    let store = try open()
    store.validator = { _ in }
    try store.write { $0.setDocument("constraints", to: ":- company(x).") }
    store.validator = nil
    #expect(throws: GraphWriteError.self) { try store.write { $0.addLabel("company", to: "x") } }
    #expect(store.graph.node("x") == nil)
    struct Refused: Error {}
    store.validator = { graph in if graph.node("bad") != nil { throw Refused() } }
    try store.write { $0.addLabel("company", to: "x") }
    #expect(throws: GraphWriteError.self) { try store.write { $0.addLabel("company", to: "bad") } }
    #expect(store.graph.node("bad") == nil)
  }

  @Test func missingAndForeignLogsAreNamed() throws {
    do {
      let store = try open()
      try store.write { GraphStoreTests.fill(&$0) }
    }
    var files = system.files
    let log = try #require(files["x.graph-log"])
    files["x.graph-log"] = nil
    func code(_ files: [String: [UInt8]]) -> StoreError.Code? {
      do throws(StoreError) {
        _ = try GraphStore.open("x.graph", on: SimulatedFileSystem(files: files))
        return nil
      } catch { return error.code }
    }
    #expect(code(files) == .logMissing)
    files["x.graph-log"] = LogFormat.header(salt: 77, epoch: 1) + log.dropFirst(512)
    #expect(code(files) == .logForeign)
    files["x.graph-log"] = log
    #expect(code(files) == nil)
    files["x.graph"] = Array("SQLite format 3".utf8)
    #expect(code(files) == .notAGraph)
  }

  /// A feature that only writers must know keeps these out, and nobody else.
  @Test func whatCanOnlyBeReadIsNotWritten() throws {
    let store = try open()
    try store.write { GraphStoreTests.fill(&$0) }
    let digest = store.graph.digest
    try store.close()
    var bytes = try #require(system.files["x.graph"])
    for start in FileLayout.slotOffsets {
      let slot = ByteView(copying: Array(bytes[start..<start + FileLayout.slotSize]))
      var header = try #require(FileHeader(slot))
      header.readOnlyCompatible |= 1 << 31
      let page = header.page()
      bytes.replaceSubrange(start..<start + page.count, with: page)
    }
    var files = system.files
    files["x.graph"] = bytes
    let newer = SimulatedFileSystem(files: files)
    do throws(StoreError) {
      _ = try GraphStore.open("x.graph", on: newer)
      Issue.record("it is opened to write")
    } catch { #expect(error.code == .onlyReadable) }
    #expect(try GraphStore.open("x.graph", on: newer, readOnly: true).graph.digest == digest)
  }

  @Test func backupsAndTables() throws {
    let store = try open()
    try store.write { writer in
      GraphStoreTests.fill(&writer)
      let words = Column<UInt64>([UInt64(writer.intern("p")), UInt64(writer.intern("q"))])
      let numbers = Column<UInt64>([UInt64(bitPattern: -7), 9])
      writer.setTable(
        "r",
        to: StoredTable(
          name: "r",
          columns: [
            .init(name: "a", type: .symbol, words: words),
            .init(name: "b", type: .number, words: numbers),
          ]))
    }
    try store.backup(to: "copy.graph")
    let copy = try GraphStore.open("copy.graph", on: system)
    #expect(copy.graph.digest == store.graph.digest)
    #expect(copy.graph.storedTable("r")?.rowCount == 2)
    #expect(throws: StoreError.self) { try store.backup(to: "copy.graph") }
    #expect(try open(readOnly: true).graph.digest == store.graph.digest)
  }
}
