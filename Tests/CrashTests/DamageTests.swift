@_spi(Columns) import GraphCore
import TestSupport
import Testing

/// Bits that change on the disk are noticed or make no difference, and never end the process.
@Suite struct DamageTests {
  private static let path = "x.graph"

  /// A file with one of everything, and a log.
  private func files() throws -> (files: [String: [UInt8]], digest: String) {
    let system = SimulatedFileSystem()
    let store = try GraphStore.open(DamageTests.path, on: system, logLimit: 4096)
    var random = SeededGenerator(seed: 11)
    try store.write { writer in
      writer.setIndex(.plain, onNodeProperty: "q")
      writer.setTextIndex(true)
      for number in 0..<60 {
        writer.addEdge("plain", from: "m\(number)", to: "m\(number / 2)")
        writer.addLabel("many", to: "m\(number)", citation: Citation(source: "s"))
        writer.setProperty("q", of: "m\(number)", to: .float(Double(number % 7) / 8))
        writer.addEdge(
          "rich", from: "m\(number)", to: "m\(number % 9)",
          properties: [("k", .integer(Int64(number % 5)))], citation: Citation(source: "s"))
      }
      writer.declare(NodeSchema(label: "l9", properties: [("q", .float)]))
      writer.setProperty("q", of: "n1", to: 1.25)
      writer.setProperty("name", of: "n1", to: "一")
      writer.setProperty("flag", of: "n2", to: true)
      writer.addEdge("plain", from: "n1", to: "n2")
      CrashWorkload.change(&writer, store.graph, 300, &random)
      writer.setTextIndex(true)
      writer.setIndex(.plain, onNodeProperty: "q")
      let words = Column<UInt64>([UInt64(writer.intern("p")), UInt64(writer.intern("q"))])
      writer.setTable(
        "r", to: StoredTable(name: "r", columns: [.init(name: "a", type: .symbol, words: words)]))
    }
    try store.compact()
    try store.close()
    let second = try GraphStore.open(DamageTests.path, on: system)
    // Changes beside what they change, and a log.
    var number = 0
    repeat {
      try second.write { writer in
        writer.addEdge("plain", from: "new \(number)", to: "m1")
        writer.addEdge("rich", from: "m1", to: "m2", properties: [("k", 9), ("z", "text")])
        writer.addLabel("many", to: "new \(number)", citation: Citation(source: "t"))
        if number < 3 { writer.replaceProperty("q", of: "m\(number)", with: 0.75) }
        writer.removeEdges(ofType: "rich") { $0.source.name == "m\(number + 20)" }
      }
      number += 1
    } while number < 5
    try second.close()
    let again = try GraphStore.open(DamageTests.path, on: system)
    let sizes = again.sectionSizes
    #expect(sizes["edgeChanges"] != nil && sizes["labelChanges"] != nil, "\(sizes)")
    #expect(sizes["nodePropertyChanges"] != nil && sizes["valueIndex"] != nil, "\(sizes)")
    #expect(sizes["textIndex"] != nil, "\(sizes)")
    for _ in 0..<3 {
      try again.write { CrashWorkload.change(&$0, again.graph, 3, &random) }
    }
    let found = again.graph.nodes(containing: "new").map(\.name).sorted()
    return (system.files, again.graph.digest + found.joined(separator: " "))
  }

  /// Opens a store and reads all of it; `nil` where damage is named.
  private func read(_ files: [String: [UInt8]]) -> String? {
    let disk = SimulatedFileSystem(files: files)
    disk.isTracing = false
    guard let store = try? GraphStore.open(DamageTests.path, on: disk, readOnly: true) else {
      return nil
    }
    return try? store.read { graph in
      for type in graph.edgeTypes {
        for node in graph.nodes.prefix(3) {
          _ = node.outgoing(type).count + node.incoming(type).count
        }
      }
      _ = graph.node("n3")
      _ = graph.nodes(where: "q", is: 0.75).map(\.name)
      let found = graph.nodes(containing: "new").map(\.name).sorted()
      return graph.digest + found.joined(separator: " ")
    }
  }

  @Test func everyFlippedBitIsNoticedOrHarmless() throws {
    let (files, digest) = try files()
    #expect(read(files) == digest)
    var random = SeededGenerator(seed: UInt64(Campaign.number("CAMPAIGN_SEEDS") ?? 1))
    var noticed = 0
    let count = Campaign.number("CAMPAIGN_FLIPS") ?? 1000
    for _ in 0..<count {
      var damaged = files
      let name = random.next() % 4 == 0 ? "x.graph-log" : DamageTests.path
      let size = files[name]?.count ?? 1
      let bit = Int(random.next() % UInt64(size * 8))
      damaged[name]?[bit / 8] ^= 1 << (bit % 8)
      guard let found = read(damaged) else {
        noticed += 1
        let disk = SimulatedFileSystem(files: damaged)
        if let findings = try? GraphStore.verify(DamageTests.path, on: disk) {
          #expect(!findings.isEmpty, "bit \(bit) of \(name) is noticed, but not by verify")
        }
        continue
      }
      #expect(found == digest, "bit \(bit) of \(name)")
    }
    #expect(noticed > 0)
    print("flipped bits: \(count), noticed \(noticed), harmless \(count - noticed)")
  }

  @Test func nothingWithRightChecksumsEndsTheProcess() throws {
    let (files, _) = try files()
    let whole = try #require(files[DamageTests.path])
    var random = SeededGenerator(seed: UInt64(Campaign.number("CAMPAIGN_SEEDS") ?? 2))
    let count = Campaign.number("CAMPAIGN_FLIPS") ?? 1000
    var opened = 0
    for _ in 0..<count {
      var bytes = whole
      for _ in 0..<(1 + random.next() % 3) {
        let place = 12_288 + Int(random.next() % UInt64(whole.count - 12_288))
        bytes[place] =
          random.next() & 1 == 0
          ? bytes[place] ^ 1 << UInt8(random.next() % 8) : UInt8(truncatingIfNeeded: random.next())
      }
      Resealing.seal(&bytes)
      var damaged = files
      damaged[DamageTests.path] = bytes
      if read(damaged) != nil { opened += 1 }
      _ = try? GraphStore.verify(DamageTests.path, on: SimulatedFileSystem(files: damaged))
    }
    // Where none opens, the checksums were not right, and nothing was tried.
    #expect(opened > 0)
    print("changed files with right checksums: \(count), opened \(opened)")
  }

  @Test func whatIsSoundIsSaved() throws {
    let (files, _) = try files()
    let system = SimulatedFileSystem(files: files)
    let whole = try GraphStore.open(DamageTests.path, on: system, readOnly: true)
    var damaged = files
    // Somewhere in the middle lies a table; the rest can still be read.
    var found = 0
    for place in stride(from: 12_400, to: (files[DamageTests.path]?.count ?? 0) - 2000, by: 97) {
      damaged[DamageTests.path] = files[DamageTests.path]
      damaged[DamageTests.path]?[place] ^= 1
      guard
        let saved = try? GraphStore.salvage(
          DamageTests.path, on: SimulatedFileSystem(files: damaged)),
        !saved.findings.isEmpty
      else { continue }
      found += 1
      #expect(saved.graph.edgeTypes.count <= whole.graph.edgeTypes.count)
      #expect(saved.graph.checkInvariants().isEmpty)
    }
    #expect(found > 0)
  }
}

/// Makes the checksums of a changed file right again, as somebody who means harm would.
enum Resealing {
  static func seal(_ bytes: inout [UInt8]) {
    guard let slot = [4096, 8192].max(by: { word(bytes, $0) < word(bytes, $1) }) else { return }
    let root = Int(word(bytes, slot + 8))
    let length = Int(word(bytes, slot + 16))
    guard root + length <= bytes.count, length >= 8 else { return }
    for entry in stride(from: root + 8, to: root + length - 47, by: 48) {
      let offset = word(bytes, entry + 16)
      let size = word(bytes, entry + 24)
      guard offset < bytes.count, size < 65_536, offset + size <= bytes.count else { continue }
      put(Checksum.of(bytes, in: Int(offset)..<Int(offset + size)), &bytes, entry + 40)
    }
    for copy in [slot, slot + 2048] {
      put(Checksum.of(bytes, in: root..<(root + length)), &bytes, copy + 24)
      put(Checksum.of(bytes, in: copy..<(copy + 120)), &bytes, copy + 120)
    }
  }

  private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
  }

  private static func put(_ value: UInt64, _ bytes: inout [UInt8], _ offset: Int) {
    for place in 0..<8 {
      bytes[offset + place] = UInt8(truncatingIfNeeded: value >> UInt64(8 * place))
    }
  }
}
