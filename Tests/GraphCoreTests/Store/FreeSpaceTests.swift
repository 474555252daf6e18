import TestSupport
import Testing

@_spi(Columns) @testable import GraphCore

/// Where there is no room, nothing is written, and what is there stays in use.
@Suite struct FreeSpaceTests {
  private static let path = "x.graph"

  private func store(_ system: SimulatedFileSystem) throws -> GraphStore {
    let store = try GraphStore.open(FreeSpaceTests.path, on: system, logLimit: 4096)
    try store.write { writer in
      for number in 0..<9000 {
        writer.addEdge("t", from: "n\(number % 500)", to: "n\(number * number % 491)")
      }
    }
    return store
  }

  private func used(_ system: SimulatedFileSystem) -> Int {
    system.files.values.reduce(0) { $0 + $1.count }
  }

  @Test func aSealIsWrittenAsAWholeOrNotAtAll() throws {
    let system = SimulatedFileSystem()
    let store = try store(system)
    let digest = store.graph.digest
    let before = system.files
    // Room for a part of what the commit takes.
    for room in [0, 600, 4000] {
      system.capacity = used(system) + room
      do {
        try store.write { writer in
          for number in 0..<3000 { writer.addEdge("u", from: "new \(number)", to: "n1") }
        }
        Issue.record("there is no room")
      } catch GraphWriteError.store(let error) {
        #expect(error.code == .diskFull, "\(error)")
      }
      #expect(system.files == before, "with room for \(room) bytes")
      #expect(store.graph.digest == digest)
    }
    // What is small still finds its place in the log, which was begun before.
    system.capacity = .max
    try store.write { $0.addEdge("u", from: "n1", to: "n2") }
    system.capacity = used(system) + 1024
    try store.write { $0.addEdge("u", from: "n1", to: "n3") }
    system.capacity = .max
    try store.write { writer in
      for number in 0..<3000 { writer.addEdge("u", from: "new \(number)", to: "n1") }
    }
    try store.close()
    let again = try GraphStore.open(FreeSpaceTests.path, on: system)
    #expect(again.graph.edges(ofType: "u").count == 3002)
    #expect(try again.verify() == [])
  }

  @Test func aCompactionNeedsRoomForASecondFile() throws {
    let system = SimulatedFileSystem()
    let store = try store(system)
    try store.compact()
    let before = system.files
    let size = try store.file.size
    let writes = system.operationCount
    system.capacity = used(system) + size / 4
    #expect(throws: StoreError.self) { try store.compact() }
    #expect(system.files == before)
    // The file aside is made, found to have no room, and removed.
    #expect(system.operationCount == writes + 3)
    system.capacity = used(system) + size
    let (_, after) = try store.compact()
    #expect(after <= size)
    #expect(system.files.keys.sorted() == ["x.graph", "x.graph-lock"])
    // What is deleted makes the new file smaller than the old one.
    system.capacity = .max
    try store.write { writer in
      for number in 0..<90 { writer.removeNode("n\(number)") }
    }
    try store.compact()
    #expect(try store.file.size < after)
    let target = "copy.graph"
    system.capacity = used(system) + size / 4
    #expect(throws: StoreError.self) { try store.backup(to: target) }
    #expect(system.files[target] == nil && system.files[target + "-new"] == nil)
  }

  @Test func roomOfADisk() throws {
    let path = "/tmp/graphsh-room-\(MonotonicClock.nanoseconds)"
    let system = PosixFileSystem()
    let file = try system.open(path, .replace)
    defer { try? system.remove(path) }
    try file.write([1, 2, 3], at: 0)
    try file.checkRoom(upTo: 1 << 20)
    try file.checkRoom(upTo: 2)
    #expect(try file.size() == 3)
    do throws(StoreError) {
      try file.checkRoom(upTo: 1 << 60)
      Issue.record("no disk is as large")
    } catch {
      #expect(error.code == .diskFull)
      #expect(error.message == "has no room for \((1 << 60) - 3) bytes more")
    }
    try file.write([4], at: 3)
    #expect(try file.read(at: 0, count: 9) == [1, 2, 3, 4])
  }
}
