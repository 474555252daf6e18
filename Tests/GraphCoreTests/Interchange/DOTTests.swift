import GraphCore
import Testing

@Suite struct DOTTests {
  private func text(_ graph: DOTGraph) throws -> String {
    var output = ByteOutput()
    try DOTExporter(fonts: "F").write(graph, to: &output)
    return String(decoding: output.bytes, as: UTF8.self)
  }

  @Test func aPictureIsStable() throws {
    let graph = DOTGraph(
      title: "T",
      nodes: [
        .init(name: "大运", labels: ["company"]),
        .init(name: "q\"\\N&\n", text: "q\"\\N&\n", labels: ["zone", "park"]),
      ],
      edges: [.init(from: "大运", to: "q\"\\N&\n", type: "builds", caption: "12 亿元")])
    #expect(
      try text(graph) == #"""
        digraph G {
          graph [charset="UTF-8", rankdir=LR, fontname="F", labelloc=t, fontsize=16, label="T", tooltip=" "];
          node [shape=box, style="filled,rounded", fillcolor="#FFFFFF", color="#444444", fontcolor="#000000", fontname="F", fontsize=12, margin="0.12,0.06"];
          edge [color="#555555", fontcolor="#333333", fontname="F", fontsize=10, arrowsize=0.7];
          "大运" [label="大运", fillcolor="#56B4E9", tooltip="大运 (company)"];
          "q\"\\N&amp;\n" [label="q\"\\N&amp;\n", fillcolor="#E69F00", tooltip="q\"\\N&amp;\n (zone, park)"];
          "大运" -> "q\"\\N&amp;\n" [label="builds\n12 亿元", tooltip="大运 builds q\"\\N&amp;\n"];
          "legend" [shape=plain, style="", tooltip=" ", label=<<TABLE BORDER="1" COLOR="#BBBBBB" CELLBORDER="0" CELLSPACING="4">
            <TR><TD BGCOLOR="#56B4E9" STYLE="rounded"><FONT POINT-SIZE="10">company</FONT></TD></TR>
            <TR><TD BGCOLOR="#E69F00" STYLE="rounded"><FONT POINT-SIZE="10">zone</FONT></TD></TR>
          </TABLE>>];
        }

        """#)
  }

  @Test func endsThatAreNoNodesAreDrawn() throws {
    let found = try text(DOTGraph(edges: [.init(from: "a", to: "b", type: "t")]))
    #expect(found.contains("\"a\" -> \"b\""))
    #expect(!found.contains("legend"))
  }

  @Test func clustersDetailsAndStubs() throws {
    var zone = DOTGraph.Node(name: "a", labels: ["company"])
    zone.cluster = "Z"
    zone.detail = "founded: 1990"
    var stub = DOTGraph.Node(name: "+3 a", text: "+3")
    stub.isStub = true
    var edge = DOTGraph.Edge(from: "a", to: "+3 a", type: "")
    edge.isStub = true
    let found = try text(DOTGraph(nodes: [zone, stub], edges: [edge]))
    #expect(found.contains("subgraph \"cluster Z\" {"))
    #expect(found.contains("    \"a\" [label=\"a\\nfounded: 1990\""))
    #expect(found.contains("\"+3 a\" [label=\"+3\", style=\"dashed,rounded\""))
    #expect(found.contains("\"a\" -> \"+3 a\" [label=\"\", "))
    #expect(found.contains("style=dashed, arrowhead=none"))
  }
}
