import GraphCore
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The store on the real file system: locks between handles, and files that cannot be written.
@Suite struct PosixStoreTests {
  private func withPath(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder("store") { try body("\($0)/x.graph") }
  }

  @Test func oneWriterAndManyReaders() throws {
    try withPath { path in
      let store = try GraphStore.open(path)
      try store.write { $0.addEdge("t", from: "a", to: "b") }
      let start = MonotonicClock.nanoseconds
      #expect(throws: StoreError(.locked, "another process is writing to it", path: path)) {
        try GraphStore.open(path, wait: 0.05)
      }
      #expect(MonotonicClock.nanoseconds - start > 40_000_000)
      let readers = try (0..<3).map { _ in try GraphStore.open(path, readOnly: true) }
      try store.write { $0.addEdge("t", from: "b", to: "c") }
      try store.compact()
      try store.write { $0.addEdge("t", from: "c", to: "d") }
      #expect(readers.allSatisfy { $0.graph.edges(ofType: "t").count == 1 })
      #expect(try GraphStore.open(path, readOnly: true).graph.edges(ofType: "t").count == 3)
      try store.close()
      #expect(!Files.exists(path + "-log"))
      #expect(try GraphStore.open(path, wait: 1).graph.edges(ofType: "t").count == 3)
    }
  }

  /// Whoever takes the file away, or puts another in its place, loses what they took, not what others write.
  @Test(arguments: [true, false]) func aFileThatIsMovedTakesNoWrites(isReplaced: Bool) throws {
    try withPath { path in
      let store = try GraphStore.open(path)
      try store.write { $0.addEdge("t", from: "a", to: "b") }
      if isReplaced {
        let other = try GraphStore.open(path + "-other.graph")
        try other.write { $0.addEdge("u", from: "x", to: "y") }
        try other.close()
        #expect(unsafe rename(other.path, path) == 0)
      } else {
        #expect(unsafe unlink(path) == 0)
      }
      let moved = StoreError(
        .moved, "has been removed, or another file put in its place, since it was opened",
        path: path)
      #expect(throws: moved) { try store.write { $0.addEdge("t", from: "b", to: "c") } }
      #expect(throws: moved) { try store.compact() }
      #expect(throws: GraphWriteError.store(moved)) {
        try store.graph.write { $0.addEdge("t", from: "b", to: "c") }
      }
      #expect(store.graph.edges(ofType: "t").count == 1)
      #expect(throws: moved) { try store.close() }
      guard isReplaced else { return #expect(!Files.exists(path)) }
      #expect(try GraphStore.open(path).graph.edges(ofType: "u").count == 1)
    }
  }

  /// What was in a log that somebody removed is still in the graph.
  @Test func aLogThatIsRemovedCostsNothing() throws {
    try withPath { path in
      let store = try GraphStore.open(path)
      try store.write { $0.addEdge("t", from: "a", to: "b") }
      try store.write { $0.addEdge("t", from: "b", to: "c") }
      #expect(unsafe unlink(path + "-log") == 0)
      try store.write { $0.addEdge("t", from: "c", to: "d") }
      #expect(try GraphStore.open(path, readOnly: true).graph.edges(ofType: "t").count == 3)
      try store.write { $0.addEdge("t", from: "d", to: "e") }
      #expect(try GraphStore.open(path, readOnly: true).graph.edges(ofType: "t").count == 4)
      try store.close()
      #expect(try GraphStore.verify(path).isEmpty)
    }
  }

  /// No wait is too long for the clock.
  @Test(arguments: [Double.infinity, .nan, -1, 1e300]) func anyWaitIsAWait(seconds: Double) throws {
    try withPath { path in
      try GraphStore.open(path, wait: seconds).close()
      #expect(MonotonicClock.moment(after: seconds, from: 5) >= 5)
    }
  }

  /// A link that leads to nothing yet says where the database is to be.
  @Test func databasesAreMadeWhereLinksLead() throws {
    for creation in [GraphStore.Creation.atOnce, .withFirstCommit] {
      try withPath { path in
        let place = path + ".place"
        #expect(unsafe symlink("x.graph.place", path + ".link") == 0)
        #expect(unsafe symlink("x.graph.link", path) == 0)
        let store = try GraphStore.open(path, creation: creation)
        try store.write { $0.addEdge("t", from: "a", to: "b") }
        try store.close()
        var status = stat()
        #expect(unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(unsafe lstat(place, &status) == 0 && status.st_mode & S_IFMT == S_IFREG)
        #expect(!Files.exists(path + "-lock") && Files.exists(place + "-lock"))
        #expect(try GraphStore.open(path, readOnly: true).graph.edges(ofType: "t").count == 1)
      }
    }
  }

  /// A name that something has got meanwhile is left to it.
  @Test func newNamesTakeNobodysPlace() throws {
    try withPath { path in
      let system = PosixFileSystem()
      for name in ["-a", "-b"] { try Files.write(Array(name.utf8), to: path + name) }
      #expect(throws: StoreError.self) { try system.rename(path + "-a", toNew: path + "-b") }
      #expect(try Files.read(path + "-b") == Array("-b".utf8))
      try system.rename(path + "-a", toNew: path + "-c")
      #expect(try Files.read(path + "-c") == Array("-a".utf8) && !Files.exists(path + "-a"))
      #expect(throws: StoreError.self) { try system.open(path + "-b", .new) }
    }
  }

  private func mode(_ path: String) -> mode_t? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
  }

  /// A private database stays private, and so do its log and its lock.
  @Test func filesOfADatabaseKeepItsMode() throws {
    try withPath { path in
      try GraphStore.open(path).close()
      #expect(unsafe chmod(path, 0o600) == 0)
      let store = try GraphStore.open(path)
      try store.write { $0.addEdge("t", from: "a", to: "b") }
      #expect(mode(path + "-log") == 0o600)
      #expect(mode(path + "-lock") == 0o600)
      try store.compact()
      #expect(mode(path) == 0o600)
      try store.backup(to: path + "-copy")
      #expect(mode(path + "-copy") == 0o600)
      try store.close()
      #expect(mode(path) == 0o600)
      // What stays beside a database that nobody may write now can be used when it can be written again.
      #expect(unsafe chmod(path, 0o440) == 0)
      _ = try GraphStore.open(path, readOnly: true)
      #expect(mode(path + "-lock") == 0o640)
    }
  }

  /// A link under the name of the lock leads to a file that is none of the database's: a symbolic one is refused, and
  /// neither gives the file other rights.
  @Test(arguments: [true, false])
  func rightsOfForeignFilesStay(isSymbolic: Bool) throws {
    try withPath { path in
      try GraphStore.open(path).close()
      #expect(unsafe chmod(path, 0o666) == 0)
      let foreign = path + "-foreign"
      try Files.write([], to: foreign)
      #expect(unsafe chmod(foreign, 0o600) == 0)
      Files.remove(path + "-lock")
      if isSymbolic {
        #expect(unsafe symlink(foreign, path + "-lock") == 0)
        #expect(throws: StoreError.self) { try GraphStore.open(path) }
      } else {
        #expect(unsafe link(foreign, path + "-lock") == 0)
        try GraphStore.open(path).close()
      }
      #expect(mode(foreign) == 0o600)
    }
  }

  /// Whoever writes by one name keeps out those who come by another.
  @Test func namesOfOneFileShareItsLockAndLog() throws {
    try withPath { path in
      let link = path.dropLast("x.graph".count) + "link.graph"
      let store = try GraphStore.open(path)
      #expect(unsafe symlink("x.graph", String(link)) == 0)
      try store.write { $0.addEdge("t", from: "a", to: "b") }
      #expect(throws: StoreError.self) { try GraphStore.open(String(link)) }
      #expect(try GraphStore.open(String(link), readOnly: true).graph.edges(ofType: "t").count == 1)
      try store.close()
      let other = try GraphStore.open(String(link))
      try other.write { $0.addEdge("t", from: "b", to: "c") }
      try other.compact()
      try other.close()
      #expect(try GraphStore.verify(String(link)) == [])
      #expect(try GraphStore.open(path).graph.edges(ofType: "t").count == 2)
      #expect(!Files.exists(link + "-lock"))
    }
  }

  /// A second hard link has a lock and a log of its own, and the file keeps its writers apart itself.
  @Test func hardLinksHaveOneWriter() throws {
    try withPath { path in
      let second = String(path.dropLast("x.graph".count)) + "second.graph"
      func add(_ source: String, _ target: String, _ store: GraphStore) throws {
        try store.write { $0.addEdge("t", from: source, to: target) }
      }
      let made = try GraphStore.open(path)
      for name in ["b", "c", "d"] { try add("a", name, made) }
      try made.close()
      #expect(unsafe link(path, second) == 0)
      // Known names alone: the file goes on behind its end, and is not written anew.
      let store = try GraphStore.open(path)
      try add("b", "c", store)
      let start = MonotonicClock.nanoseconds
      let refusal = StoreError(
        .locked, "another process is writing to it by another name", path: second)
      #expect(throws: refusal) { try GraphStore.open(second, wait: 0.05) }
      #expect(MonotonicClock.nanoseconds - start > 40_000_000)
      // The log goes by the other name.
      #expect(throws: StoreError.self) { try GraphStore.open(second, readOnly: true) }
      try store.close()
      let other = try GraphStore.open(second)
      try add("c", "d", other)
      #expect(throws: StoreError.self) { try GraphStore.open(path) }
      try other.close()
      #expect(try GraphStore.open(path, readOnly: true).graph.edges(ofType: "t").count == 5)
      // A rewrite parts the names, and each file has a writer.
      let first = try GraphStore.open(path)
      try first.compact()
      let last = try GraphStore.open(second)
      try add("d", "a", last)
      try first.close()
      try last.close()
      #expect(try GraphStore.open(path).graph.edges(ofType: "t").count == 5)
      #expect(try GraphStore.open(second).graph.edges(ofType: "t").count == 6)
      #expect(try GraphStore.verify(second) == [])
    }
  }

  @Test func filesThatAreNoGraphsAreNamed() throws {
    try withPath { path in
      func code(_ body: () throws -> Void) -> StoreError.Code? {
        do {
          try body()
          return nil
        } catch { return (error as? StoreError)?.code }
      }
      #expect(code { _ = try GraphStore.open(path, readOnly: true) } == .cannotOpen)
      try Files.write(Array("name,label\n".utf8), to: path)
      #expect(code { _ = try GraphStore.open(path) } == .notAGraph)
      #expect(code { _ = try GraphStore.verify(path) } == .notAGraph)
      #expect(code { _ = try GraphStore.open("/tmp") } == .cannotOpen)
      #expect(code { _ = try GraphStore.open("/nowhere/x.graph") } == .cannotOpen)
      // A pipe that nobody writes to is not waited for.
      #expect(unsafe mkfifo(path + "-pipe", 0o600) == 0)
      #expect(code { _ = try GraphStore.verify(path + "-pipe") } == .cannotOpen)
    }
  }

  @Test func salvagedGraphsCanBeKept() throws {
    try withPath { path in
      let store = try GraphStore.open(path)
      try store.write { writer in
        for number in 0..<500 {
          writer.addEdge("good", from: "n\(number)", to: "n\(number / 2)")
          writer.addEdge("bad", from: "n\(number)", to: "m\(number * 7 % 100)")
        }
      }
      try store.close()
      var bytes = try Files.read(path)
      // The last section before the table is that of the edges "bad".
      bytes[bytes.count - 8 - 4 * 48 - 100] ^= 4
      Files.remove(path)
      try Files.write(bytes, to: path)
      let (graph, findings) = try GraphStore.salvage(path)
      #expect(findings.map(\.section) == ["the edges bad"])
      #expect(graph.edges(ofType: "good").count == 500)
      #expect(throws: StoreError.self) {
        try GraphStore.open(path, readOnly: true).read {
          $0.edges(ofType: "bad").map(\.target.name)
        }
      }
      try GraphStore.create(path + "-copy", of: graph)
      #expect(try GraphStore.verify(path + "-copy") == [])
    }
  }
}
