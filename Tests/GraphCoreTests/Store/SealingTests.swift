import TestSupport
import Testing

@_spi(Columns) @testable import GraphCore

/// A store whose log is sealed again and again holds what a graph in memory holds.
@Suite struct SealingTests {
  private static let path = "x.graph"

  private func open(
    _ system: SimulatedFileSystem, readOnly: Bool = false, logLimit: Int = 2048
  ) throws -> GraphStore {
    try GraphStore.open(SealingTests.path, on: system, readOnly: readOnly, logLimit: logLimit)
  }

  /// Random facts, few enough names for them to meet.
  private static func change(
    _ writer: inout GraphWriter, _ count: Int, _ random: inout SeededGenerator
  ) {
    func number(_ limit: UInt64) -> UInt64 { random.next() % limit }
    func name() -> String { "n\(number(40))" }
    for _ in 0..<count {
      switch number(24) {
      case 0: writer.removeNode(name())
      case 1: writer.removeLabel("l\(number(2))", from: name())
      case 2: writer.removeProperty("p\(number(2))", of: name())
      case 3, 4: writer.addLabel("l\(number(2))", to: name(), citation: Citation(source: "s"))
      case 5, 6:
        writer.replaceProperty(
          "p\(number(2))", of: name(), with: .integer(Int64(number(9)) - 4))
      case 7: writer.addAlias("alias\(number(9))", of: name())
      case 8:
        let source = name()
        writer.removeEdges(ofType: "plain") { $0.source.name == source }
      case 9:
        let target = name()
        writer.removeEdges(ofType: "rich") { $0.target.name == target && $0["k"] != nil }
      case 10: writer.setDocument("rules", to: "r\(number(1000))")
      case 11..<17: writer.addEdge("plain", from: name(), to: name())
      default:
        var properties: [(key: String, value: Value)] = []
        if number(3) > 0 { properties.append(("k", .integer(Int64(number(5))))) }
        if number(3) == 0 { properties.append(("t", .text("word \(number(30))"))) }
        if number(40) == 0 { properties.append(("f", .float(Double(number(100)) / 8))) }
        writer.addEdge(
          "rich", from: name(), to: name(), properties: properties,
          citation: number(2) == 0 ? Citation(source: "s\(number(3))", lines: "\(number(9))") : nil)
      }
    }
  }

  /// What only one of two lists has.
  private static func difference(_ left: [String], _ right: [String]) -> [String] {
    left.difference(from: right).map { change in
      switch change {
      case .insert(_, let line, _): "only here: \(line)"
      case .remove(_, let line, _): "only there: \(line)"
      }
    }
  }

  private static func difference(_ left: Graph, _ right: Graph) -> [String] {
    difference(edgesByNode(left), edgesByNode(right))
      + difference(
        left.digest.split(separator: "\n").map(String.init),
        right.digest.split(separator: "\n").map(String.init))
  }

  /// The digest again, by way of single nodes rather than whole columns.
  private static func edgesByNode(_ graph: Graph) -> [String] {
    var lines: [String] = []
    for node in graph.nodes {
      let name = node.name
      for type in graph.edgeTypes {
        for edge in node.outgoing(type) {
          lines.append(
            "\(type) \(name) \(edge.target.name) \(edge["k"].map { "\($0)" } ?? "")")
        }
        for edge in node.incoming(type) {
          lines.append(
            "<\(type) \(edge.source.name) \(name) \(edge["k"].map { "\($0)" } ?? "")")
        }
      }
    }
    return lines.sorted()
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>) func everySealKeepsEverything(_ seed: UInt64)
    throws
  {
    var random = SeededGenerator(seed: seed)
    let system = SimulatedFileSystem()
    system.isTracing = false
    let model = Graph()
    var store: GraphStore? = try open(system)
    // A large beginning, so that later changes are small beside it.
    var start = random
    try store?.write { SealingTests.change(&$0, 900, &random) }
    try model.write { SealingTests.change(&$0, 900, &start) }
    var seen: Set<SectionKind> = []
    for round in 0..<60 {
      let open = try store ?? self.open(system)
      store = open
      var again = random
      try open.write { SealingTests.change(&$0, 1 + round % 5, &random) }
      try model.write { SealingTests.change(&$0, 1 + round % 5, &again) }
      for entry in open.file.entries {
        SectionKind(rawValue: entry.kind).map { _ = seen.insert($0) }
      }
      let stored = open.graph.checkInvariants()
      try #require(stored == [], "seed \(seed), round \(round)")
      if round % 4 == 1 {
        // What is asked of a graph before and after decides what is unpacked when.
        #expect(SealingTests.difference(open.graph, model) == [], "seed \(seed), round \(round)")
      }
      switch random.next() % 8 {
      case 0:
        try open.seal()
      case 1: try open.compact()
      case 2:
        try open.close()
        store = nil
      case 3:
        store = nil
        system.releaseLocks()
      default: break
      }
      if round % 3 == 0 {
        let reader = try self.open(system, readOnly: true)
        let difference = SealingTests.difference(reader.graph, model)
        try #require(difference == [], "seed \(seed), round \(round)")
        #expect(reader.graph.checkInvariants() == [], "seed \(seed), round \(round)")
        #expect(try GraphStore.verify(SealingTests.path, on: system) == [])
      }
    }
    #expect(store?.graph.digest ?? model.digest == model.digest)
    let changes: [SectionKind] = [
      .addedTexts, .nodeChanges, .labelChanges, .edgeChanges, .nodePropertyChanges,
    ]
    #expect(seen.isSuperset(of: changes), "only \(seen)")
  }

  @Test func sealingAppendsWhatHasChanged() throws {
    let system = SimulatedFileSystem()
    let store = try open(system, logLimit: 1 << 20)
    try store.write { writer in
      for number in 0..<20_000 {
        writer.addEdge("big", from: "n\(number % 500)", to: "n\(number / 40)")
        writer.addEdge("other", from: "n\(number % 500)", to: "n\(number / 40)")
      }
    }
    try store.close()
    let again = try open(system, logLimit: 1 << 20)
    let before = again.size.file
    try again.write { writer in
      for number in 0..<20 { writer.addEdge("big", from: "new \(number)", to: "n\(number)") }
      writer.removeEdges(ofType: "big") { $0.row < 3 }
    }
    try again.seal()
    #expect(again.size.log == 0)
    #expect(again.size.file < before + 4000, "\(again.size.file - before) bytes for 23 edges")
    #expect(again.file.header.incompatible == FileLayout.hasChanges)
    let reader = try open(system, readOnly: true)
    #expect(reader.graph.digest == again.graph.digest)
    #expect(reader.graph.node("new 7")?.outgoing("big").map(\.target.name) == ["n7"])
    // Garbage goes with a rewrite, and texts get numbers in order on closing.
    try again.compact()
    let digest = again.graph.digest
    try again.close()
    let small = try open(system)
    #expect(small.file.header.incompatible == 0 && small.graph.digest == digest)
  }

  /// A large commit to a small file is written with texts in order at once; whatever follows it in the
  /// same process must not take the numbers of the file for those of the graph.
  @Test func whatFollowsALargeCommitIsKept() throws {
    for kind in 0..<4 {
      let system = SimulatedFileSystem()
      let store = try open(system, logLimit: 1 << 12)
      func write(_ edges: Range<Int>, _ name: String) throws {
        try store.write { writer in
          for number in edges {
            writer.addEdge("big", from: "\(name)\(number * 7919 % 100_003)", to: "b\(number)")
          }
        }
      }
      try write(0..<3000, "z")
      #expect(store.isRenumbered && store.size.log == 0)
      #expect(FileSections(store.file.entries).added.isEmpty)
      switch kind {
      case 0: break
      case 1: try write(3000..<3002, "a")
      case 2:
        // The log is sealed again and again.
        for part in 0..<40 { try write(3000 + part * 9..<3009 + part * 9, "a") }
        #expect(!store.isRenumbered)
      default:
        try store.compact()
        #expect(!store.isRenumbered)
      }
      let digest = store.graph.digest
      let reader = try open(system, readOnly: true)
      #expect(reader.graph.digest == digest, "\(kind)")
      try store.close()
      let again = try open(system)
      #expect(again.graph.digest == digest, "\(kind)")
      #expect(again.graph.checkInvariants() == [], "\(kind)")
    }
  }

  @Test func readersKeepTheirStateWhileOthersSeal() throws {
    let system = SimulatedFileSystem()
    let store = try open(system)
    var random = SeededGenerator(seed: 3)
    try store.write { SealingTests.change(&$0, 600, &random) }
    var readers: [(store: GraphStore, digest: String)] = []
    for _ in 0..<20 {
      readers.append((try open(system, readOnly: true), store.graph.digest))
      try store.write { SealingTests.change(&$0, 6, &random) }
    }
    for reader in readers { #expect(try reader.store.read { $0.digest } == reader.digest) }
  }
}
