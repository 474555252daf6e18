import TestSupport
import Testing

@testable import GraphCore

/// Files of edges are read many rows at a time, and come to what reading them row by row comes to.
@Suite struct EdgeFileTests {
  private struct Outcome: Equatable {
    var digest: String
    var edges: [String]
    var accepted: Int
    var rejected: [RowError]
    var problems: [String]
  }

  /// Reads a text; `isRowwise` by the reader of rows alone.
  private func read(
    _ text: [UInt8], isRowwise: Bool, _ header: [String]?, separator: UInt8, hasQuotes: Bool,
    into graph: Graph = Graph(), threadCount: Int = 2
  ) throws -> Outcome {
    var options = ImportOptions(maximumErrors: .max)
    options.threadCount = threadCount
    let ledger = ImportLedger(options)
    // Once a row has been refused, each is looked at.
    if isRowwise { ledger.refused[.max] = "" }
    try graph.write { writer in
      writer.numbersRows = true
      var source = ImportSource(InputFile(name: "knows.csv", bytes: text), ledger)
      try CSVImporter.read(
        &source, separator, header: header, hasQuotes: hasQuotes, into: &writer)
      ledger.flush(into: &writer)
    }
    let edges = graph.edgeTypes.flatMap { type in
      graph.edges(ofType: type).map { "\(type) \($0.source.name) \($0.target.name)" }
    }
    return Outcome(
      digest: graph.digest, edges: edges, accepted: ledger.report.accepted,
      rejected: ledger.report.rejected, problems: graph.checkInvariants())
  }

  private func line(_ random: inout SeededGenerator, _ separator: UInt8, quotes: Bool) -> [UInt8] {
    func name() -> String {
      let number = random.next() % 300
      return number < 40 ? "节点\(number)" : number < 60 ? "" : "n\(number)"
    }
    let end = random.next() % 9 == 0 ? "\r\n" : "\n"
    let gap = String(UnicodeScalar(separator))
    switch random.next() % 60 {
    case 0: return Array(end.utf8)
    case 1: return Array((name() + end).utf8)
    case 2: return Array("a\(gap)b\(gap)c\(gap)d\(gap)e\(end)".utf8)
    case 3: return [0xC3, 0x28] + Array("\(gap)b\(gap)t\(gap)\(end)".utf8)
    case 4 where quotes: return Array("\"a\(gap)\"\"x\(end)y\"\(gap)b\(gap)t\(gap)i\(end)".utf8)
    case 5 where quotes: return Array("a\"b\"\(gap)\"\"\(gap)t\(gap)i\(end)".utf8)
    default:
      let type = "t\(random.next() % 20)"
      let fields = [name(), name(), type, "i"].map {
        quotes && random.next() % 4 == 0 ? "\"\($0)\"" : $0
      }
      return Array((fields.joined(separator: gap) + end).utf8)
    }
  }

  @Test(arguments: [(44, true), (9, true), (9, false)] as [(UInt8, Bool)])
  func manyRowsAreTakenAsOneByOne(_ separator: UInt8, _ quotes: Bool) throws {
    for seed in 1...6 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let header = [":START_ID", ":END_ID", ":TYPE", ":IGNORE"]
      var text: [UInt8] = []
      // Several chunks of lines in the last one.
      let count = seed < 6 ? Int(random.next() % 200) : 8_000
      for _ in 0..<count { text += line(&random, separator, quotes: quotes) }
      if seed % 2 == 0 { text += Array("last".utf8) }
      if seed == 3 { text = [0xEF, 0xBB, 0xBF] + text }
      let rowwise = try read(
        text, isRowwise: true, header, separator: separator, hasQuotes: quotes)
      #expect(rowwise.problems == [])
      for threads in [1, 2, 3] {
        let bulk = try read(
          text, isRowwise: false, header, separator: separator, hasQuotes: quotes,
          threadCount: threads)
        #expect(bulk == rowwise, "seed \(seed), \(threads) threads")
        if bulk != rowwise { return }
      }
    }
  }

  @Test func headersOfFilesAreRead() throws {
    let text = Array("\u{FEFF}from,to\nA,B\nB,C\nA,B\n".utf8)
    let outcome = try read(text, isRowwise: false, nil, separator: 44, hasQuotes: true)
    #expect(outcome.edges == ["knows A B", "knows B C"])
    #expect(outcome.accepted == 3 && outcome.rejected == [])
  }

  @Test func edgesThatAreThereAreNotAddedAgain() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.addEdge("knows", from: "B", to: "C")
      writer.addEdge("likes", from: "B", to: "C", properties: [("since", 2020)])
      writer.addAlias("b", of: "B")
    }
    let text = Array("from,to,type\nA,b,knows\nb,C,knows\nB,C,likes\nA,b,sees\n".utf8)
    let outcome = try read(
      text, isRowwise: false, nil, separator: 44, hasQuotes: true, into: graph)
    #expect(
      outcome.edges == [
        "knows B C", "knows A B", "likes B C", "likes B C", "sees A B",
      ])
    #expect(outcome.problems == [])
  }

  @Test func aLoadIsUndone() throws {
    struct Stop: Error {}
    let graph = Graph()
    try graph.write { $0.addLabel("person", to: "A") }
    let before = graph.digest
    #expect(throws: Stop.self) {
      try graph.write { writer in
        let load = EdgeLoad()
        let type = writer.intern("knows")
        for (from, to) in [("A", "B"), ("B", "C")] {
          load.append(type, writer.intern(from), writer.intern(to), ordinal: 0)
        }
        load.flush(into: &writer, workers: Workers(count: 1))
        writer.addEdge("knows", from: "A", to: "B")
        throw Stop()
      }
    }
    #expect(graph.digest == before && graph.checkInvariants() == [])
    // A load into a table that an outer write has emptied is taken back to nothing.
    try graph.write { writer in
      writer.addEdge("knows", from: "X", to: "Y")
      writer.removeEdges(ofType: "knows") { _ in true }
      _ = try? graph.write { inner in
        let load = EdgeLoad()
        load.append(inner.intern("knows"), inner.intern("A"), inner.intern("B"), ordinal: 0)
        load.flush(into: &inner, workers: Workers(count: 1))
        throw Stop()
      }
      writer.addEdge("knows", from: "A", to: "D")
    }
    #expect(graph.edges(ofType: "knows").map(\.target.name) == ["D"])
    #expect(graph.checkInvariants() == [])
  }

  @Test func rowsThatTheSchemaRefusesAreNamed() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.addLabel("person", to: "A")
      writer.addLabel("person", to: "B")
      writer.declare(
        EdgeSchema(
          type: "knows", sourceLabels: ["person"], targetLabels: ["person"], properties: []))
    }
    let path = "/tmp/graphsh-edges-\(MonotonicClock.nanoseconds).csv"
    try Files.write(Array("from,to,type\nA,B,knows\n\nA,Z,knows\nB,A,knows\n".utf8), to: path)
    defer { Files.remove(path) }
    let job = ImportJob([path], options: ImportOptions(maximumErrors: 1))
    try job.run { read in try graph.write { writer in try read(&writer) } }
    #expect(job.report.rejected.map(\.line) == [4])
    #expect(graph.edges(ofType: "knows").map(\.source.name) == ["A", "B"])
  }
}
