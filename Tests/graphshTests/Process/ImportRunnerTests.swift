import GraphCore
import Testing

@testable import graphsh

/// What `graphsh import` is told and what it shows.
@Suite struct ImportRunnerTests {
  @Test func progressHasRateAndTimeLeft() throws {
    let graph = Graph()
    var lines: [String] = []
    let bytes = Array("from,to\n".utf8) + Array(String(repeating: "a,b\n", count: 500_000).utf8)
    try graph.write { writer in
      _ = try writer.importRows(
        of: InputFile(name: "x.csv", bytes: bytes), as: .csv,
        options: ImportOptions { report in
          lines.append(ImportProgress.line(report, nanoseconds: 2_000_000_000))
        })
    }
    // A piece of the file is a mebibyte.
    #expect(lines.count >= 3)
    #expect(lines[1].hasPrefix("x.csv  [##########"))
    #expect(lines[1].contains(" rows/s  0:0"))
    #expect(lines.last?.hasPrefix("x.csv  [####################] 100 %  ") ?? false)
    #expect(lines.last?.hasSuffix("0:00 left") ?? false)
    #expect(graph.edgeCount == 1)
  }

  /// Ends that nothing but edges names are counted, old nodes and described ones not.
  @Test func endsOfEdgesAreCounted() throws {
    let graph = Graph()
    func add(_ text: String, _ name: String) throws -> Int {
      let known = graph.nodeCount
      try graph.write { writer in
        _ = try writer.importRows(
          of: InputFile(name: name, bytes: Array(text.utf8)), as: .csv)
      }
      return graph.bareNodeCount(from: known)
    }
    #expect(try add("from,to\na,b\na,c\n", "first.csv") == 3)
    #expect(try add("name,founded\na,1990\nd,\ne,2001\n", "company.csv") == 0)
    #expect(try add("from,to\na,d\ne,f\nb,c\n", "second.csv") == 1)
    #expect(graph.bareNodeCount(from: 0) == 3)
    #expect(ImportProgress.line(bareNodes: 0) == "")
    #expect(
      ImportProgress.line(bareNodes: 1)
        == "1 new node is known by edges alone: no row gives it a label or property\n")
    #expect(ImportProgress.line(bareNodes: 1200).hasPrefix("1,200 new nodes are known by edges"))
  }

  @Test func argumentsBecomeOptions() throws {
    var options = ImportCommandOptions(database: "x.graph", paths: ["a.csv", "b.txt"])
    options.format = .jsonLines
    options.header = [":START_ID", ":TYPE", "", ":END_ID"]
    options.maximumErrors = 7
    options.rejectedPath = "r.tsv"
    options.wait = 2.5
    let arguments = [
      "import", "x.graph", "a.csv", "b.txt", "--format", "jsonl", "--header",
      ":START_ID,:TYPE,,:END_ID", "--max-errors", "7", "--rejected", "r.tsv", "--wait", "2.5",
    ]
    #expect(try ArgumentParser.parse(arguments) == .importing(options))
    #expect(
      try ArgumentParser.parse(["compact", "x.graph", "--wait", "3"])
        == .compact(DatabaseOptions(path: "x.graph", wait: 3)))
    #expect(
      try ArgumentParser.parse(["backup", "x.graph", "y.graph"])
        == .backup(DatabaseOptions(path: "x.graph"), target: "y.graph"))
    #expect(try ArgumentParser.parse(["verify", "x.graph"]) == .verify(database: "x.graph"))
    for mistake in [
      ["import", "x.graph"], ["import", "x.csv", "y.csv"],
      ["import", "x.graph", "a", "--max-errors", "-1"],
      ["import", "x.graph", "a", "--format", "xls"], ["verify"], ["verify", "a", "b"],
      ["backup", "a"],
      ["compact"], ["export", "--salvage", "a", "b", "--format", "dl"],
    ] {
      #expect(throws: UsageError.self, "\(mistake)") { try ArgumentParser.parse(mistake) }
    }
  }
}
