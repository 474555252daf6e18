import TestSupport
import Testing

@_spi(Columns) @testable import GraphCore

/// Nodes are found by their values, in memory and in a file, and unique keys stay unique.
@Suite struct IndexTests {
  private static let path = "x.graph"

  private func names(_ graph: Graph, _ key: String, _ value: Value) -> [String] {
    graph.nodes(where: key, is: value).map(\.name).sorted()
  }

  /// What a look at every node finds.
  private func expected(_ graph: Graph, _ key: String, _ value: Value) -> [String] {
    graph.nodes.filter { $0[key] == value }.map(\.name).sorted()
  }

  @Test func valuesAreFoundInAnyState() throws {
    var random = SeededGenerator(seed: 5)
    let system = SimulatedFileSystem()
    var store = try GraphStore.open(IndexTests.path, on: system, logLimit: 4096)
    try store.write { writer in
      writer.setIndex(.plain, onNodeProperty: "year")
      writer.setIndex(.plain, onNodeProperty: "place")
      for number in 0..<400 {
        writer.setProperty("year", of: "n\(number)", to: .integer(Int64(number % 23) - 5))
        writer.setProperty("place", of: "n\(number)", to: .text("place \(number % 31)"))
        writer.setProperty("share", of: "n\(number)", to: .float(Double(number % 9) / 4))
      }
    }
    for round in 0..<24 {
      let graph = store.graph
      for number in 0..<4 {
        let year = Value.integer(Int64((round + number) % 25) - 6)
        #expect(names(graph, "year", year) == expected(graph, "year", year))
        let place = Value.text("place \((round * 7 + number) % 33)")
        #expect(names(graph, "place", place) == expected(graph, "place", place))
        let share = Value.float(Double(number) / 4)
        #expect(names(graph, "share", share) == expected(graph, "share", share))
      }
      try store.write { writer in
        let name = "n\(random.next() % 420)"
        writer.removeProperty("place", of: "n\(random.next() % 400)")
        writer.replaceProperty("year", of: name, with: .integer(Int64(random.next() % 23) - 5))
        writer.replaceProperty("place", of: name, with: .text("place \(random.next() % 31)"))
        if round % 5 == 0 { writer.removeNode("n\(random.next() % 400)") }
      }
      if round % 6 == 1 { try store.seal() }
      if round % 6 == 3 { try store.compact() }
      if round % 6 == 5 {
        try store.close()
        #expect(try GraphStore.verify(IndexTests.path, on: system) == [])
        store = try GraphStore.open(IndexTests.path, on: system, logLimit: 4096)
        #expect(store.graph.indexedKeys == ["place", "year"])
        #expect(store.file.header.readOnlyCompatible == FileLayout.hasIndexes)
      }
    }
  }

  @Test func uniqueKeysStayUnique() throws {
    let system = SimulatedFileSystem()
    var store = try GraphStore.open(IndexTests.path, on: system)
    try store.write { writer in
      writer.setIndex(.unique, onNodeProperty: "code")
      for number in 0..<50 {
        writer.setProperty("code", of: "n\(number)", to: .text("c\(number)"))
      }
    }
    for isReopened in [false, true] {
      if isReopened {
        try store.close()
        store = try GraphStore.open(IndexTests.path, on: system)
        #expect(store.graph.index(ofNodeProperty: "code") == .unique)
      }
      let before = store.graph.digest
      #expect(throws: GraphWriteError.self) {
        try store.write { $0.setProperty("code", of: "other", to: "c7") }
      }
      #expect(throws: GraphWriteError.self) {
        try store.write { $0.replaceProperty("code", of: "n3", with: "c7") }
      }
      #expect(store.graph.digest == before)
    }
    // A value that is given up can be taken by another node in the same write.
    try store.write { writer in
      writer.replaceProperty("code", of: "n7", with: "new")
      writer.setProperty("code", of: "other", to: "c7")
    }
    #expect(names(store.graph, "code", "c7") == ["other"])
    // A key becomes unique only if it is.
    try store.write { writer in
      writer.setProperty("kind", of: "n1", to: "a")
      writer.setProperty("kind", of: "n2", to: "a")
    }
    #expect(throws: GraphWriteError.self) {
      try store.write { $0.setIndex(.unique, onNodeProperty: "kind") }
    }
    #expect(store.graph.index(ofNodeProperty: "kind") == nil)
    try store.write { $0.setIndex(nil, onNodeProperty: "code") }
    try store.write { $0.setProperty("code", of: "third", to: "c7") }
    #expect(names(store.graph, "code", "c7") == ["other", "third"])
  }
}
