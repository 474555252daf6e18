import GraphCore
import TestSupport
import Testing

/// Whatever a format can hold comes back from it as it was.
@Suite struct RoundTripTests {
  private static let seeds: ClosedRange<UInt64> = 1...60

  private func check(
    _ limits: RandomGraph.Limits, _ name: String, _ again: (Graph) throws -> Graph
  ) throws {
    for seed in Self.seeds {
      var random = RandomGraph(seed: seed, limits: limits)
      let graph = try random.graph()
      let result = try again(graph)
      let isSame = ExactText(result.digest) == ExactText(graph.digest)
      #expect(isSame, "\(name), seed \(seed)")
      #expect(result.checkInvariants() == [], "\(name), seed \(seed)")
      if !isSame { return }
    }
  }

  private func read(_ files: [(bytes: [UInt8], format: ImportFormat)]) throws -> Graph {
    let graph = Graph()
    try graph.write { writer in
      for file in files {
        _ = try writer.importRows(of: InputFile(name: "x", bytes: file.bytes), as: file.format)
      }
    }
    return graph
  }

  private var listLimits: RandomGraph.Limits {
    var limits = RandomGraph.Limits()
    limits.hasAliases = false
    limits.citesLabelsApart = false
    limits.forbiddenInLists = [";"]
    return limits
  }

  @Test func separatedValues() throws {
    try check(listLimits, "csv") {
      try read([(CSVFormat().bytes(of: $0), .csv)])
    }
    try check(listLimits, "tsv") {
      try read([(CSVFormat(separator: 9).bytes(of: $0), .tsv)])
    }
    try check(listLimits, "csv in two files") {
      try read([
        (CSVFormat(part: .nodes).bytes(of: $0), .csv),
        (CSVFormat(part: .edges).bytes(of: $0), .csv),
      ])
    }
  }

  @Test func jsonLines() throws {
    var limits = listLimits
    limits.forbiddenInLists = []
    limits.hasInfinities = false
    limits.marksUnsigned = false
    try check(limits, "jsonl") { try read([(JSONLinesFormat().bytes(of: $0), .jsonLines)]) }
  }

  @Test func graphML() throws {
    var limits = listLimits
    limits.forbidden = ["\u{1F}"]
    try check(limits, "graphml") { try read([(GraphMLFormat().bytes(of: $0), .graphML)]) }
  }

  @Test func triples() throws {
    try check(RandomGraph.Limits(), "ntriples") {
      try read([(NTriplesFormat().bytes(of: $0), .nTriples)])
    }
  }

  @Test func factFolders() throws {
    var limits = RandomGraph.Limits()
    limits.hasCitations = false
    limits.writesTypes = false
    limits.marksUnsigned = false
    // A file that began with a mark of byte order would lose it.
    limits.forbidden = ["\t", "\n", "\r", "\r\n", "\u{FEFF}"]
    try check(limits, "facts") { graph in
      try withTemporaryFolder("facts") { folder in
        for file in SouffleFactsFormat().files(of: graph) {
          try Files.write(file.bytes, to: "\(folder)/\(file.name)")
        }
        let result = Graph()
        try result.write { _ = try $0.importFacts(folder: folder) }
        return result
      }
    }
  }

  /// A copy of a graph by way of a folder of fact files.
  private func byFolder(_ graph: Graph) throws -> Graph {
    try withTemporaryFolder("facts") { folder in
      for file in SouffleFactsFormat().files(of: graph) {
        #expect(!file.name.hasPrefix("."))
        try Files.write(file.bytes, to: "\(folder)/\(file.name)")
      }
      let result = Graph()
      try result.write { _ = try $0.importFacts(folder: folder) }
      return result
    }
  }

  private func facts(_ graph: Graph) throws -> [String] {
    String(decoding: try FactsFormat().bytes(of: graph), as: UTF8.self)
      .split(separator: "\n").map(String.init).sorted()
  }

  @Test func factFoldersHoldNamesWithFullStops() throws {
    let graph = Graph()
    try graph.write { writer in
      for name in [".x", "a", "a.id", "a.edge", "node.z", "a.b"] {
        writer.addEdge(name, from: "1", to: name)
        writer.addLabel("." + name, to: name)
      }
      writer.addEdge("a", from: "2", to: "3", properties: [(".k", .integer(4))])
      writer.setProperty(".p.q", of: "1", to: .integer(5))
    }
    #expect(try facts(byFolder(graph)) == facts(graph))
  }

  /// A type whose edges are numbered is none of another that is written with other bytes.
  @Test func factFoldersTellNamesApartByTheirBytes() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.addEdge("é", from: "1", to: "2", properties: [("w", .integer(6))])
      writer.addEdge("e\u{301}", from: "1", to: "2")
      writer.addLabel("e\u{301}", to: "3")
    }
    let again = try byFolder(graph)
    #expect(ExactText(again.digest) == ExactText(graph.digest))
  }

  /// Files of properties and aliases are none of a label or a type that is called so.
  @Test func factFoldersHoldNamesOfTheirFiles() throws {
    let graph = Graph()
    try graph.write { writer in
      for name in ["alias", "edge", "id", "node"] {
        writer.addLabel(name, to: "1")
        writer.addEdge(name, from: "1", to: "2", properties: [("w", .integer(6))])
        writer.setProperty(name, of: "2", to: .integer(7))
      }
      writer.addAlias("one", of: "1")
    }
    #expect(try facts(byFolder(graph)) == facts(graph))
    let plain = Graph()
    try plain.write { $0.setProperty("id", of: "x", to: .integer(7)) }
    #expect(SouffleFactsFormat().files(of: plain).map(\.name) == ["node.id.facts"])
    #expect(try facts(byFolder(plain)) == facts(plain))
  }
}
