import GraphCore
import TestSupport
import Testing

/// Unsigned numbers come through every format with all their digits.
@Suite struct UnsignedTests {
  private static let extremes: [UInt64] = [0, 1 << 63 - 1, 1 << 63, .max]

  /// A node and an edge for each number; `u` and `w` are declared where `isDeclared` says so.
  private func graph(_ numbers: [UInt64], isDeclared: Bool = false) throws -> Graph {
    let graph = Graph()
    try graph.write { writer in
      if isDeclared { Self.declare(&writer) }
      for number in numbers {
        writer.addLabel("p", to: "\(number)")
        writer.setProperty("u", of: "\(number)", to: .unsigned(number))
        writer.addEdge("e", from: "\(number)", to: "x", properties: [("w", .unsigned(number))])
      }
    }
    return graph
  }

  private static func declare(_ writer: inout GraphWriter) {
    writer.declare(NodeSchema(label: "p", properties: [("u", .unsigned)]))
    writer.declare(EdgeSchema(type: "e", properties: [("w", .unsigned)]))
  }

  private static var formats: [(write: any GraphFormat, read: ImportFormat)] {
    [
      (CSVFormat(), .csv), (CSVFormat(separator: 9), .tsv), (JSONLinesFormat(), .jsonLines),
      (GraphMLFormat(), .graphML), (NTriplesFormat(), .nTriples),
    ]
  }

  private func read(
    _ bytes: [UInt8], _ format: ImportFormat, name: String = "x", into graph: Graph = Graph()
  ) throws -> Graph {
    try graph.write { writer in
      _ = try writer.importRows(of: InputFile(name: name, bytes: bytes), as: format)
    }
    return graph
  }

  private func read(
    _ text: String, _ format: ImportFormat, name: String = "x", into graph: Graph = Graph()
  ) throws -> Graph {
    try read(Array(text.utf8), format, name: name, into: graph)
  }

  private func byFolder(_ graph: Graph, into result: Graph = Graph()) throws -> Graph {
    try withTemporaryFolder("facts") { folder in
      for file in SouffleFactsFormat().files(of: graph) {
        try Files.write(file.bytes, to: "\(folder)/\(file.name)")
      }
      try result.write { _ = try $0.importFacts(folder: folder) }
      return result
    }
  }

  @Test(arguments: [extremes, extremes.reversed()])
  func formatsComeBackAsTheyWere(_ numbers: [UInt64]) throws {
    let graph = try graph(numbers)
    for (write, format) in Self.formats {
      let again = try read(write.bytes(of: graph), format)
      #expect(again.digest == graph.digest, "\(format)")
      #expect(again.checkInvariants() == [])
    }
    #expect(try byFolder(graph).digest == graph.digest)
  }

  /// Formats with types tell a small unsigned number from a signed one; the others have it as a number.
  @Test func smallNumbersKeepTheirTypeWhereThereIsOne() throws {
    let graph = try graph([7])
    for (write, format) in Self.formats {
      let again = try read(write.bytes(of: graph), format)
      let expected: Value = format == .jsonLines ? 7 : .unsigned(7)
      #expect(again.node("7")?["u"] == expected, "\(format)")
      #expect(again.edges(ofType: "e").map { $0["w"] } == [expected], "\(format)")
    }
    #expect(try byFolder(graph).node("7")?["u"] == 7)
  }

  @Test(arguments: [extremes, [12]]) func schemasAreFollowed(_ numbers: [UInt64]) throws {
    let plain = try graph(numbers)
    let declared = try graph(numbers, isDeclared: true)
    func empty() throws -> Graph {
      let graph = Graph()
      try graph.write { Self.declare(&$0) }
      return graph
    }
    for (write, format) in Self.formats {
      let again = try read(write.bytes(of: plain), format, into: empty())
      #expect(again.digest == declared.digest, "\(format)")
    }
    #expect(try byFolder(plain, into: empty()).digest == declared.digest)
    // Where no header says what the column is.
    let rows = numbers.map { "\($0),p,\($0)\n" }.joined()
    let nodes = try read("name,label,u\n" + rows, .csv, into: empty())
    #expect(numbers.map { nodes.node("\($0)")?["u"] } == numbers.map { .unsigned($0) })
    let ends = numbers.map { "\($0)\tx\t\($0)\n" }.joined()
    let edges = try read("from\tto\tw\n" + ends, .tsv, name: "e.tsv", into: empty())
    #expect(edges.edges(ofType: "e").map { $0["w"] } == numbers.map { .unsigned($0) })
  }

  @Test func whatASchemaSaysIsUnsignedIsNothingElse() throws {
    let graph = Graph()
    try graph.write { Self.declare(&$0) }
    for field in ["-1", "1.5", "18446744073709551616", "x"] {
      #expect(throws: ImportError.self, "\(field)") {
        try read("name,label,u\na,p,\(field)\n", .csv, into: graph)
      }
    }
    #expect(graph.nodes.isEmpty)
  }

  @Test func whatFormatsWrite() throws {
    let graph = try graph([.max])
    func text(_ format: some GraphFormat) throws -> String {
      String(decoding: try format.bytes(of: graph), as: UTF8.self)
    }
    let digits = "18446744073709551615"
    #expect(
      try text(CSVFormat()).hasPrefix(
        "name:ID,:LABEL,u:unsigned,:START_ID,:END_ID,:TYPE,w:unsigned,"))
    #expect(try text(JSONLinesFormat()).contains("\"u\":\(digits)}"))
    #expect(try text(FactsFormat()).contains("node(\"\(digits)\", u: \(digits)u)."))
    #expect(try text(FactsFormat()).contains("e(\"\(digits)\", \"x\", w: \(digits)u)."))
    #expect(
      try text(NTriplesFormat()).contains(
        "\"\(digits)\"^^<http://www.w3.org/2001/XMLSchema#unsignedLong>"))
    #expect(
      try text(GraphMLFormat()).contains(
        "attr.name=\"u\" attr.type=\"long\" graphsh.type=\"unsigned\"/>"))
    #expect(try text(CypherFormat()).contains("`u`: '\(digits)'"))
    #expect(
      try String(decoding: CypherFormat().bytes(of: self.graph([7])), as: UTF8.self).contains(
        "`u`: 7"))
  }

  // MARK: Without a schema

  private func column(_ values: String...) throws -> [Value?] {
    let rows = values.enumerated().map { "\($0.offset),\($0.element)\n" }.joined()
    let graph = try read("name,v\n" + rows, .csv)
    return values.indices.map { graph.node("\($0)")?["v"] }
  }

  @Test func wholeNumbersOf64BitsAreUnsigned() throws {
    #expect(
      try column("18446744073709551615", "+9223372036854775808")
        == [.unsigned(.max), .unsigned(1 << 63)])
    #expect(try column("5", "9223372036854775808") == [.unsigned(5), .unsigned(1 << 63)])
    #expect(try column("5", "9223372036854775807") == [5, .integer(.max)])
    // No type has both with all digits; a float has few of them.
    #expect(try column("-5", "9223372036854775808") == ["-5", "9223372036854775808"])
    #expect(try column("-5", "9500000000000000000") == [-5.0, 9.5e18])
    #expect(try column("0.5", "18446744073709551615") == ["0.5", "18446744073709551615"])
    let late = (0..<1000).map { "\($0),1\n" }.joined() + "a,18446744073709551615\n"
    #expect(try read("name,v\n" + late, .csv).node("a")?["v"] == .unsigned(.max))
    let line = #"{"type":"node","id":"a","labels":[],"properties":{"v":9223372036854775808}}"#
    #expect(try read(line, .jsonLines).node("a")?["v"] == .unsigned(1 << 63))
  }

  @Test func headersGiveTheType() throws {
    let graph = try read("name,u:unsigned,n:long\na,12,9223372036854775808\nb,,3\n", .csv)
    #expect(graph.node("a")?["u"] == .unsigned(12))
    #expect(graph.node("b")?["n"] == .unsigned(3))
    #expect(throws: ImportError.self) { try read("name,u:unsigned\na,-1\n", .csv) }
    let triple = "<a:b> <a:c> \"12\"^^<http://www.w3.org/2001/XMLSchema#"
    #expect(try read(triple + "unsignedByte> .", .nTriples).node("a:b")?["a:c"] == .unsigned(12))
    #expect(try read(triple + "integer> .", .nTriples).node("a:b")?["a:c"] == 12)
    let large = triple.replacing("12", with: "9223372036854775808")
    #expect(
      try read(large + "integer> .", .nTriples).node("a:b")?["a:c"] == .unsigned(1 << 63))
    #expect(throws: ImportError.self) { try read(large + "long> .", .nTriples) }
  }

  /// A key of several edge types has one column, whose numbers may have a sign in one of them.
  @Test func signedAndUnsignedInOneColumn() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.addEdge("s", from: "a", to: "b", properties: [("w", -5)])
      writer.addEdge("u", from: "a", to: "b", properties: [("w", .unsigned(.max))])
    }
    for (write, format) in Self.formats {
      #expect(try read(write.bytes(of: graph), format).digest == graph.digest, "\(format)")
    }
  }

  // MARK: Columns

  @Test func columnsOfNumbersBecomeUnsigned() throws {
    let graph = Graph()
    try graph.write { writer in
      for (name, value) in [("a", Value(integerLiteral: 5)), ("b", .unsigned(6))] {
        writer.setProperty("u", of: name, to: value)
        writer.addEdge("e", from: name, to: "x", properties: [("w", value)])
      }
    }
    #expect(["a", "b"].map { graph.node($0)?["u"] } == [5, 6])
    try graph.write { writer in
      writer.setProperty("u", of: "c", to: .unsigned(1 << 63))
      writer.addEdge("e", from: "c", to: "x", properties: [("w", .unsigned(1 << 63))])
    }
    let expected: [Value?] = [.unsigned(5), .unsigned(6), .unsigned(1 << 63)]
    #expect(["a", "b", "c"].map { graph.node($0)?["u"] } == expected)
    #expect(graph.edges(ofType: "e").map { $0["w"] } == expected)
    #expect(graph.checkInvariants() == [])
    for value in [5, .unsigned(5)] as [Value] {
      #expect(graph.nodes(where: "u", is: value).map(\.name) == ["a"])
    }
    #expect(graph.nodes(where: "u", is: .unsigned(1 << 63)).map(\.name) == ["c"])
    #expect(throws: GraphWriteError.self) {
      try graph.write { $0.setProperty("u", of: "d", to: -1) }
    }
  }

  @Test func negativeNumbersStayWhatTheyAre() throws {
    let graph = Graph()
    try graph.write { $0.setProperty("n", of: "a", to: -5) }
    #expect(throws: GraphWriteError.self) {
      try graph.write { $0.setProperty("n", of: "b", to: .unsigned(.max)) }
    }
    try graph.write { $0.setProperty("n", of: "b", to: .unsigned(6)) }
    #expect(graph.node("a")?["n"] == -5 && graph.node("b")?["n"] == 6)
    #expect(graph.nodes(where: "n", is: .unsigned(6)).map(\.name) == ["b"])
    #expect(graph.nodes(where: "n", is: .unsigned(.max)).isEmpty)
  }
}
