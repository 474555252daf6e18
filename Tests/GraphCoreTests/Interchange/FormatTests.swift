import GraphCore
import Testing

/// What every format writes of one small graph with difficult names.
@Suite struct FormatTests {
  private func graph() throws -> Graph {
    let graph = Graph()
    try graph.write { writer in
      writer.addLabel("company", to: "大运\"集团\"", citation: Citation(source: "a.txt", lines: "3"))
      writer.setProperty("founded", of: "大运\"集团\"", to: 1987)
      writer.addLabel("count", to: "a\\b\n🙂,;")
      writer.addEdge(
        "builds", from: "大运\"集团\"", to: "a\\b\n🙂,;",
        properties: [("amount", 12.0), ("unit", "亿元"), ("planned", true)],
        citation: Citation(source: "a.txt", lines: "1-2"))
      writer.addEdge(
        "builds", from: "大运\"集团\"", to: "a\\b\n🙂,;",
        properties: [("amount", 12.0), ("unit", "亿元"), ("planned", true)],
        citation: Citation(source: "b.txt"))
      writer.addEdge("http://x/knows", from: "", to: "大运\"集团\"")
      writer.addAlias("大运", of: "大运\"集团\"")
    }
    return graph
  }

  private func text(_ format: some GraphFormat) throws -> String {
    try String(decoding: format.bytes(of: graph()), as: UTF8.self)
  }

  @Test func jsonLines() throws {
    #expect(
      try text(JSONLinesFormat()) == #"""
        {"type":"node","id":"大运\"集团\"","labels":["company"],"properties":{"founded":1987,"source":"a.txt","lines":"3"}}
        {"type":"node","id":"a\\b\n🙂,;","labels":["count"],"properties":{}}
        {"type":"node","id":"","labels":[],"properties":{}}
        {"type":"relationship","label":"builds","start":{"id":"大运\"集团\""},"end":{"id":"a\\b\n🙂,;"},"properties":{"amount":12.0,"unit":"亿元","planned":true,"source":["a.txt","b.txt"],"lines":["1-2",""]}}
        {"type":"relationship","label":"http://x/knows","start":{"id":""},"end":{"id":"大运\"集团\""},"properties":{}}

        """#)
  }

  @Test func csv() throws {
    #expect(
      try text(CSVFormat()) == """
        name:ID,:LABEL,founded:long,:START_ID,:END_ID,:TYPE,amount:double,unit:string,planned:boolean,source,lines
        "大运""集团""\",company,1987,,,,,,,a.txt,3
        "a\\b
        🙂,;",count,,,,,,,,,
        "","",,,,,,,,,
        ,,,"大运""集团""\","a\\b
        🙂,;",builds,12,亿元,true,a.txt;b.txt,1-2;
        ,,,"","大运""集团""\",http://x/knows,,,,,

        """)
  }

  @Test func facts() throws {
    #expect(
      try text(FactsFormat()) == #"""
        node("大运\"集团\"", founded: 1987).
        `count`("a\\b\n🙂,;").
        `http://x/knows`("", "大运\"集团\"").
        alias("大运", "大运\"集团\"").
        .source "a.txt"
        company("大运\"集团\"") @ 3.
        builds("大运\"集团\"", "a\\b\n🙂,;", amount: 12.0, unit: "亿元", planned: true) @ 1-2.
        .source "b.txt"
        builds("大运\"集团\"", "a\\b\n🙂,;", amount: 12.0, unit: "亿元", planned: true).

        """#)
  }

  @Test func factsCarryTheSchema() throws {
    let graph = Graph()
    try graph.write { writer in
      writer.declare(NodeSchema(label: "company", properties: [("founded", .number)]))
      writer.declare(
        EdgeSchema(
          type: "builds", sourceLabels: ["company", "zone"], properties: [("amount", .float)]))
    }
    let text = try String(decoding: FactsFormat().bytes(of: graph), as: UTF8.self)
    #expect(
      text == """
        .node company(founded: number)
        .edge builds(company|zone, _, amount: float)

        """)
  }

  @Test func nTriples() throws {
    let lines = try text(NTriplesFormat()).split(separator: "\n")
    #expect(
      lines.contains(
        #"<urn:graphsh:node/%E5%A4%A7%E8%BF%90%22%E9%9B%86%E5%9B%A2%22> <urn:graphsh:edge/builds> <urn:graphsh:node/a%5Cb%0A%F0%9F%99%82%2C%3B> ."#
      ))
    #expect(
      lines.contains(
        #"_:e1 <urn:graphsh:property/amount> "12.0"^^<http://www.w3.org/2001/XMLSchema#double> ."#))
    #expect(lines.contains(#"_:e1c1 <urn:graphsh:source> "b.txt" ."#))
    #expect(lines.allSatisfy { $0.hasSuffix(" .") })
  }

  @Test func cypher() throws {
    #expect(
      try text(CypherFormat()) == #"""
        CREATE INDEX node_name IF NOT EXISTS FOR (n:`Node`) ON (n.`name`);
        CREATE (:`Node`:`company` {`name`: '大运"集团"', `founded`: 1987, `source`: ['a.txt'], `lines`: ['3']});
        CREATE (:`Node`:`count` {`name`: 'a\\b\n🙂,;'});
        CREATE (:`Node` {`name`: ''});
        MATCH (a:`Node` {`name`: '大运"集团"'}), (b:`Node` {`name`: 'a\\b\n🙂,;'}) CREATE (a)-[:`builds` {`amount`: 12.0, `unit`: '亿元', `planned`: true, `source`: ['a.txt', 'b.txt'], `lines`: ['1-2', '']}]->(b);
        MATCH (a:`Node` {`name`: ''}), (b:`Node` {`name`: '大运"集团"'}) CREATE (a)-[:`http://x/knows`]->(b);

        """#)
  }

  @Test func graphML() throws {
    let text = try text(GraphMLFormat())
    #expect(text.contains("<data key=\"name\">大运&quot;集团&quot;</data>"))
    #expect(
      text.contains("<key id=\"ep0\" for=\"edge\" attr.name=\"amount\" attr.type=\"double\"/>"))
    #expect(text.contains("a\\b&#10;🙂,;"))
    #expect(text.hasSuffix("  </graph>\n</graphml>\n"))
  }

  @Test func souffleFiles() throws {
    let files = try SouffleFactsFormat().files(of: graph()).map {
      ($0.name, String(decoding: $0.bytes, as: UTF8.self))
    }
    #expect(
      files.map(\.0) == [
        "company.facts", "count.facts", "node.founded.facts", "builds.facts", "builds.id.facts",
        "builds.amount.facts", "builds.unit.facts", "builds.planned.facts",
        "http:%2F%2Fx%2Fknows.facts", "alias.facts",
      ])
    #expect(files[3].1 == "大运\"集团\"\ta\\b 🙂,;\n")
    #expect(files[5].1 == "0\t12\n")
  }

  @Test func chunksAddUpToTheWhole() throws {
    let graph = Graph()
    try graph.write { writer in
      for number in 0..<3000 { writer.addEdge("t", from: "n\(number)", to: "n\(number / 2)") }
    }
    var chunks: [[UInt8]] = []
    try JSONLinesFormat().write(graph) { chunks.append($0) }
    #expect(chunks.count > 2)
    #expect(try chunks.flatMap { $0 } == JSONLinesFormat().bytes(of: graph))
  }

  @Test func decimalsOfFactsHaveAPoint() {
    func text(_ value: Value) -> String {
      var output = ByteOutput()
      output.append(fact: value)
      return String(decoding: output.bytes, as: UTF8.self)
    }
    #expect(text(12.0) == "12.0")
    #expect(text(1e300) == "1.0e300")
    #expect(text(2.5e-9) == "2.5e-09" || text(2.5e-9) == "2.5e-9")
    #expect(text(-3) == "-3")
  }
}
