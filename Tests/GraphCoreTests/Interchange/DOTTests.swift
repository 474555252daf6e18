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
          "legend" [shape=plain, style="", tooltip=" ", label=<<TABLE BORDER="1" COLOR="#BBBBBB" CELLBORDER="0" CELLPADDING="4" CELLSPACING="4">
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

  @Test func labelsKeepTheirColours() throws {
    var small = DOTGraph(nodes: [.init(name: "z", labels: ["zone"])])
    var large = DOTGraph(
      nodes: [
        .init(name: "a", labels: ["agency"]), .init(name: "z", labels: ["zone"]),
        .init(name: "x", labels: ["unlisted"]),
      ])
    for order in [["company", "zone", "agency"], ["company", "zone", "agency", "later"]] {
      small.labelOrder = order
      large.labelOrder = order
      for picture in [small, large] {
        #expect(try text(picture).contains("\"z\" [label=\"z\", fillcolor=\"#E69F00\""))
      }
      #expect(try text(large).contains("\"a\" [label=\"a\", fillcolor=\"#009E73\""))
    }
  }

  @Test func differentNamesHaveDifferentIDs() throws {
    let names = [
      "a b", "a\u{1}b", "a\u{2}b", "a\\x01b", "a\tb", "a&b", "a&amp;b", "e\u{301}", "\u{E9}",
    ]
    let found = try text(DOTGraph(nodes: names.map { .init(name: $0) }))
    let lines = found.split(separator: "\n").filter {
      $0.contains("tooltip=") && $0.hasPrefix("  \"")
    }
    let ids = lines.compactMap { line in
      line.firstRange(of: " [label").map { Array(line[..<$0.lowerBound].utf8) }
    }
    #expect(ids.count == names.count)
    #expect(Set(ids).count == names.count)
  }

  @Test func theLegendIsNoNodeOfThePicture() throws {
    let nodes: [DOTGraph.Node] = [
      .init(name: "legend", labels: ["a"]), .init(name: "x", labels: ["b"]),
    ]
    let found = try text(DOTGraph(nodes: nodes))
    #expect(found.contains("  \"legend\" [label=\"legend\""))
    #expect(found.contains("  \"legend \" [shape=plain"))
  }
}
