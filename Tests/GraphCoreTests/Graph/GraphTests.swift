import GraphCore
import Testing

@Suite struct GraphTests {
  @Test func aFactIsReadBack() throws {
    let graph = Graph()
    let summary = try graph.write { writer in
      writer.addLabel("company", to: "大运集团", citation: Citation(source: "a.txt", lines: "3"))
      writer.addEdge(
        "builds", from: "大运集团", to: "项目", properties: [("amount", 12.5), ("unit", "亿元")],
        citation: Citation(source: "a.txt", lines: "3-4"))
      writer.setProperty("founded", of: "大运集团", to: 1987)
    }.summary
    #expect(summary.newNodes == 2)
    #expect(summary.newEdges == 1)
    #expect(summary.newLabelNames == ["company"])
    #expect(summary.newEdgeTypes == ["builds"])
    #expect(graph.version == 1)
    let node = try #require(graph.node("大运集团"))
    #expect(node.labels == ["company"])
    #expect(node["founded"] == 1987)
    #expect(node.citations(ofLabel: "company") == [Citation(source: "a.txt", lines: "3")])
    let edge = try #require(node.outgoing("builds").first)
    #expect(edge.target.name == "项目")
    #expect(edge["amount"] == 12.5)
    #expect(edge["unit"] == "亿元")
    #expect(edge.citations == [Citation(source: "a.txt", lines: "3-4")])
    #expect(graph.node("项目")?.incoming("builds").count == 1)
    #expect(graph.checkInvariants().isEmpty)
  }
}
