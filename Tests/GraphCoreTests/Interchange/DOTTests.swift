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
          graph [charset="UTF-8", rankdir=LR, fontname="F", labelloc=t, fontsize=18, label="T", tooltip=" "];
          node [shape=box, style="filled,rounded", fillcolor="#FFFFFF", color="#444444", fontcolor="#000000", fontname="F", fontsize=12, margin="0.12,0.06"];
          edge [color="#555555", fontcolor="#333333", fontname="F", fontsize=10, arrowsize=0.7];
          n0 [label="大运", fillcolor="#56B4E9", tooltip="大运 (company)"];
          n1 [label="q\"\\N&amp;\n", fillcolor="#E69F00", tooltip="q\"\\N&amp;\n (zone, park)"];
          n0 -> n1 [label="builds\n12 亿元", tooltip="大运 builds q\"\\N&amp;\n"];
          subgraph cluster_legend {
            graph [label="", style=rounded, color="#BBBBBB", tooltip=" "];
            node [fontsize=10, height=0.2];
            legend0 [label="company", fillcolor="#56B4E9", tooltip="company"];
            legend1 [label="zone", fillcolor="#E69F00", tooltip="zone"];
          }
        }

        """#)
  }

  @Test func endsThatAreNoNodesAreDrawn() throws {
    let found = try text(DOTGraph(edges: [.init(from: "a", to: "b", type: "t")]))
    #expect(found.contains("n0 -> n1"))
    #expect(!found.contains("cluster_legend"))
  }
}
