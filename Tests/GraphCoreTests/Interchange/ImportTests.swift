import GraphCore
import TestSupport
import Testing

/// What a format writes comes back as it was, and rows that are wrong are named.
@Suite struct ImportTests {
  private func graph() throws -> Graph {
    let graph = Graph()
    try graph.write { writer in
      writer.addLabel("company", to: "大运\"集团\"", citation: Citation(source: "a.txt", lines: "3"))
      writer.setProperty("founded", of: "大运\"集团\"", to: 1987)
      writer.setProperty("area", of: "大运\"集团\"", to: 2.5)
      writer.addLabel("count", to: "a\\b\n🙂,;")
      writer.addLabel("company", to: "a\\b\n🙂,;")
      for year in [2023, 2024] {
        writer.addEdge(
          "builds", from: "大运\"集团\"", to: "a\\b\n🙂,;",
          properties: [
            ("amount", .float(Double(year) + 0.5)), ("unit", "亿元"), ("planned", true),
          ],
          citation: Citation(source: "a.txt", lines: "1-2"))
      }
      writer.addEdge(
        "builds", from: "大运\"集团\"", to: "a\\b\n🙂,;",
        properties: [("amount", 2023.5), ("unit", "亿元"), ("planned", true)],
        citation: Citation(source: "b.txt"))
      writer.addEdge("http://x/knows", from: "<&>", to: "大运\"集团\"")
      writer.addEdge("empty", from: "<&>", to: "e", properties: [("t", "")])
    }
    return graph
  }

  private func read(
    _ bytes: [UInt8], _ format: ImportFormat, name: String = "x.csv", maximumErrors: Int = 0
  ) throws -> (Graph, ImportReport) {
    let graph = Graph()
    let report = try graph.write { writer in
      try writer.importRows(
        of: InputFile(name: name, bytes: bytes), as: format,
        options: ImportOptions(maximumErrors: maximumErrors))
    }.result
    return (graph, report)
  }

  private func read(_ text: String, _ format: ImportFormat, name: String = "x.csv") throws -> Graph
  {
    try read(Array(text.utf8), format, name: name).0
  }

  @Test func formatsComeBackAsTheyWere() throws {
    let graph = try graph()
    let formats: [(any GraphFormat, ImportFormat)] = [
      (CSVFormat(), .csv), (CSVFormat(separator: 9), .tsv), (JSONLinesFormat(), .jsonLines),
      (NTriplesFormat(), .nTriples), (GraphMLFormat(), .graphML),
    ]
    for (format, importFormat) in formats {
      let again = try read(format.bytes(of: graph), importFormat).0
      #expect(again.digest == graph.digest, "\(importFormat)")
    }
  }

  @Test func foldersOfFactsComeBack() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.addLabel("company", to: "大运")
      writer.setProperty("founded", of: "大运", to: 1987)
      writer.addEdge("a/b", from: "大运", to: "晋")
      writer.addEdge("builds", from: "大运", to: "晋", properties: [("amount", 1.5)])
      writer.addEdge("builds", from: "大运", to: "晋", properties: [("unit", "亿")])
      writer.addAlias("运", of: "大运")
    }
    let again = Graph()
    try withTemporaryFolder("import") { folder in
      for (name, bytes) in SouffleFactsFormat().files(of: graph) {
        try Files.write(bytes, to: folder + "/" + name)
      }
      try again.write { _ = try $0.importFacts(folder: folder) }
    }
    #expect(again.digest == graph.digest)
  }

  @Test func plainHeaders() throws {
    let nodes = try read(
      "name,label,founded,note\n大运,company;plant,1987,1\n晋,zone,,x y\n", .csv)
    #expect(nodes.node("大运")?.labels == ["company", "plant"])
    #expect(nodes.node("大运")?["founded"] == 1987)
    #expect(nodes.node("晋")?["note"] == "x y")
    #expect(nodes.node("晋")?["founded"] == nil)
    let edges = try read(
      "from\tto\tamount\nA\tB\t1.5\nB\tC\t2\n", .tsv, name: "in/supplies.tsv")
    #expect(edges.edges(ofType: "supplies").map { $0["amount"] } == [1.5, 2.0])
    let labelled = try read("name\r\nA\r\nB", .csv, name: "zone.csv")
    #expect(labelled.nodes(labelled: "zone").map(\.name) == ["A", "B"])
  }

  @Test func neo4jHeaders() throws {
    let nodes = try read(
      "personId:ID(Person),age:int,nick:string[],x:IGNORE,:LABEL\n1,7,a;b,no,Person\n", .csv)
    #expect(nodes.node("1")?.properties.map(\.key) == ["age", "nick"])
    #expect(nodes.node("1")?.has(label: "Person") == true)
    let edges = try read(
      ":START_ID(Person),:END_ID(Person),:TYPE,since:long\n1,2,KNOWS,2020\n", .csv)
    #expect(edges.edges(ofType: "KNOWS").first?["since"] == 2020)
  }

  @Test func wrongRowsAreNamed() throws {
    func reasons(_ text: String, _ format: ImportFormat) throws -> [String] {
      try read(Array(text.utf8), format, maximumErrors: 100).1.rejected.map {
        "\($0.line) \($0.reason)"
      }
    }
    #expect(
      try reasons("name:ID,n:long\na,1\nb,x\nc,1,2\n", .csv)
        == ["3 \"x\" is no number", "4 3 fields, but the header has 2"])
    #expect(try reasons("a\n\"b\n", .csv) == ["2 a quote is not closed"])
    #expect(
      try reasons("a\n\"b\"c\nd\n", .csv)
        == ["2 something stands behind a closing quote; a quote inside is written \"\""])
    #expect(try reasons("a\nb\0\n", .csv) == ["2 the text holds a NUL byte"])
    #expect(
      try reasons("{\"type\":\"node\"}\n{\"type\":1}\n{\n", .jsonLines) == [
        "1 the node has no id", "2 type is neither node nor relationship",
        "3 the JSON value is cut off at column 2",
      ])
    let nameless = [
      #"{"type":"node","id":"a","properties":{"":1}}"#, #"{"type":"node","id":"a","labels":[""]}"#,
      #"{"type":"relationship","label":"","start":{"id":"a"},"end":{"id":"b"}}"#,
    ]
    #expect(
      try reasons(nameless.joined(separator: "\n"), .jsonLines) == [
        "1 a property has an empty name", "2 a label is empty",
        "3 the label of the relationship is empty",
      ])
    #expect(
      try reasons("{\"type\":\"node\",\"id\":\"\\u0000\"}\n", .jsonLines)
        == ["1 the text holds a NUL byte at column 28"])
    #expect(
      try reasons("<a:b> <a:c> \"x\"\n<a> <b:c> <d:e> .\n<a:b> <a:c> <d:e> .\n", .nTriples) == [
        "1 the full stop is missing", "2 an IRI is relative",
      ])
    #expect(
      try reasons("<a:b> <a:c> \"\\u0000\" .\n", .nTriples) == ["1 the text holds a NUL byte"])
    #expect(throws: ImportError.self) { try read("name:ID,n:long\nb,x\n", .csv) }
  }

  /// A quote opens a field only where the field begins, and no row is taken for the text of another.
  @Test func quotesWithinFields() throws {
    for (format, gap) in [(ImportFormat.csv, ","), (.tsv, "\t")] {
      let graph = try read(
        ["name,size", "A,15\" wide", "B,27\"", "C,\"a \"\"b\"\"\"", "D,\"\"\"\"", "E,x\"\"y"]
          .joined(separator: "\n").replacing(",", with: gap), format)
      #expect(
        "ABCDE".map { graph.node(String($0))?["size"] }
          == ["15\" wide", "27\"", "a \"b\"", "\"", "x\"\"y"])
    }
  }

  @Test func cancelledImportsAddNothing() throws {
    let graph = Graph()
    let options = ImportOptions(isCancelled: { true })
    for text in ["from,to\nA,B\n", "name,label\nA,b\n"] {
      #expect(throws: ImportError.self) {
        try graph.write { writer in
          try writer.importRows(
            of: InputFile(name: "x.csv", bytes: Array(text.utf8)), as: .csv, options: options)
        }
      }
    }
    #expect(graph.nodes.isEmpty)
  }

  @Test func packedFiles() throws {
    try withTemporaryFolder("import") { folder in
      // `printf 'from,to\nA,B\n' | gzip -n`
      let packed: [UInt8] = [
        0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 0x2B, 0xCA, 0xCF, 0xD5, 0x29, 0xC9, 0xE7, 0x72,
        0xD4, 0x71, 0xE2, 2, 0, 0xF1, 0xBF, 0xBD, 0xA2, 12, 0, 0, 0,
      ]
      let path = "\(folder)/knows.csv.gz"
      try Files.write(packed, to: path)
      #expect(ImportFormat(path: path) == .csv)
      let graph = Graph()
      try graph.write { writer in _ = try writer.importFile(path) }
      #expect(graph.edges(ofType: "knows").map(\.target.name) == ["B"])
    }
  }

  @Test func triplesOfOthers() throws {
    let graph = try read(
      """
      # a comment
      <http://x/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://x/T> .
      <http://x/a> <http://x/name> "A\\u4E00"@zh .
      <http://x/a> <http://x/age> "7"^^<http://www.w3.org/2001/XMLSchema#int> .
      <http://x/a><http://x/knows>_:b1.
      _:b1 <http://x/knows> <http://x/a> . # back
      """, .nTriples)
    #expect(graph.node("http://x/a")?["http://x/name"] == "A一")
    #expect(graph.node("http://x/a")?["http://x/age"] == 7)
    #expect(graph.node("http://x/a")?.labels == ["http://x/T"])
    #expect(graph.edges(ofType: "http://x/knows").map(\.target.name) == ["_:b1", "http://x/a"])
  }

  /// A blank node is one of its document, also where another document or the graph has its label.
  @Test func blankNodesOfSeveralDocuments() throws {
    func document(_ value: Int) -> [UInt8] {
      Array("_:b0 <x:v> \"\(value)\" .\n_:b1 <x:k> _:b0 .\n_:b0 <x:w> \"w\" .\n".utf8)
    }
    func add(_ documents: [[UInt8]], to graph: Graph) throws {
      try graph.write { writer in
        for bytes in documents {
          try writer.importRows(of: InputFile(name: "x.nt", bytes: bytes), as: .nTriples)
        }
      }
    }
    let graph = Graph()
    try add([document(1), document(2)], to: graph)
    #expect(graph.nodes.map(\.name) == ["_:b0", "_:b1", "_:b0#2", "_:b1#2"])
    #expect(graph.node("_:b0")?["x:v"] == "1" && graph.node("_:b0#2")?["x:v"] == "2")
    #expect(graph.node("_:b0#2")?["x:w"] == "w")
    #expect(graph.edges(ofType: "x:k").map(\.target.name) == ["_:b0", "_:b0#2"])
    // What is exported names them by IRIs, and stays as it is.
    let exported = try NTriplesFormat().bytes(of: graph)
    let again = Graph()
    try add([exported], to: again)
    #expect(again.digest == graph.digest)
    try add([exported], to: again)
    #expect(again.digest == graph.digest)
    try add([document(3)], to: again)
    #expect(again.node("_:b0#3")?["x:v"] == "3" && again.nodes.count == 6)
    #expect(again.checkInvariants() == [])
  }

  @Test func graphMLOfOthers() throws {
    let graph = try read(
      """
      <?xml version='1.0'?><graphml xmlns="x"><!-- a > b -->
      <key attr.name="weight" attr.type="double" for="edge" id="d0"><default>1</default></key>
      <graph edgedefault="undirected"><node id="a &amp; b"/><node id='c'></node>
      <edge source="a &amp; b" target="c"><data key="d0">0.5</data></edge></graph></graphml>
      """, .graphML, name: "roads.graphml")
    #expect(graph.edges(ofType: "roads").first?["weight"] == 0.5)
    #expect(graph.edges(ofType: "roads").first?.source.name == "a & b")
  }

  @Test func anyBytesAreSurvived() throws {
    var random = SeededGenerator(seed: 3)
    let graph = try graph()
    let samples: [(ImportFormat, [UInt8])] = [
      (.csv, try CSVFormat().bytes(of: graph)),
      (.jsonLines, try JSONLinesFormat().bytes(of: graph)),
      (.nTriples, try NTriplesFormat().bytes(of: graph)),
      (.graphML, try GraphMLFormat().bytes(of: graph)),
    ]
    for (format, bytes) in samples {
      for _ in 0..<150 {
        var changed = bytes
        for _ in 0..<(1 + random.next() % 4) {
          changed[Int(random.next() % UInt64(bytes.count))] = UInt8(random.next() % 256)
        }
        changed.removeLast(Int(random.next() % UInt64(bytes.count)) / 2)
        _ = try? read(changed, format, maximumErrors: 1000)
      }
    }
  }
}
