import GraphCore
import Testing

/// GraphML that other programs write, whole and broken.
@Suite struct GraphMLTests {
  /// What is read of a document: edges as `TYPE FROM TO` with their properties, and what was refused.
  private func read(_ text: [UInt8]) throws -> (graph: Graph, refused: [String]) {
    let graph = Graph()
    let report = try graph.write { writer in
      try writer.importRows(
        of: InputFile(name: "roads.graphml", bytes: text), as: .graphML,
        options: ImportOptions(maximumErrors: 100))
    }.result
    return (graph, report.rejected.map { "\($0.line) \($0.reason)" })
  }

  @Test(arguments: [
    ("hello", "1 the file is no GraphML"),
    ("<graphml><graph>\n<edge source=\"a\" target=\"b\"/>", "1 <graph> is never closed"),
    (
      "<graphml>\n<graph>\n<edge source=\"a\" targ",
      "3 the file ends in the middle of what begins here"
    ),
    (
      "<graphml><graph><edge source=\"a\" target=\"b\"/>\n<!-- <edge source=\"c\" target=\"d\"/></graph>",
      "2 the file ends in the middle of what begins here"
    ),
    (
      "<graphml><graph><node id=\"a\">\n</edge></graph></graphml>",
      "2 </edge> stands where <node> of line 1 is open"
    ),
    ("<graphml></graphml></graph>", "1 </graph> closes nothing"),
    ("<graphml><graph>\n\n<edge source=\"a\"/></graph></graphml>", "3 the edge lacks an end"),
    (
      "<graphml><graph>\n<hyperedge><endpoint node=\"a\"/></hyperedge></graph></graphml>",
      "2 a hyperedge does not lead from one node to another"
    ),
    ("<graphml>\n\0</graphml>", "1 the text holds a NUL byte"),
    (
      "<!DOCTYPE g [<!ENTITY b \"x\">]>\n<graphml>\n<graph><node\nid=\"&b;\"/></graph></graphml>",
      "4 the entity &b; is not known; &amp; &lt; &gt; &quot; &apos; and &#NUMBER; are read"
    ),
    ("<graphml>\n&#0;</graphml>", "2 &#0; is no character"),
  ]) func whatIsWrongIsNamed(_ text: String, _ reason: String) throws {
    #expect(try read(Array(text.utf8)).refused == [reason])
  }

  @Test func entitiesOfXMLAreRead() throws {
    let (graph, refused) = try read(
      Array(
        ("<graphml><graph><edge source=\"&lt;&amp;&gt;&#x42;&#67;\" target=\"A & B; &quot;&apos;\"/>"
          + "<!-- &b; --></graph></graphml>").utf8))
    #expect(refused == [])
    #expect(graph.nodes.map(\.name) == ["<&>BC", "A & B; \"'"])
  }

  /// An apostrophe in a comment of the document type opens no quote, and brackets there are none.
  @Test func commentsOfDocumentTypesArePassedOver() throws {
    let (graph, refused) = try read(
      Array(
        ("<!DOCTYPE graphml [ <!-- it's [here> --> <!ENTITY x '<!--'> <?and \" here?> ]>\n"
          + "<!-->--><graphml><graph><edge source=\"[\" target=\"<!-->\"/></graph></graphml>").utf8)
    )
    #expect(refused == [])
    #expect(graph.nodes.map(\.name) == ["[", "<!-->"])
  }

  /// What every `>` of a tag costs does not grow with the tag; otherwise this would take many minutes.
  @Test func longTagsAreReadOnce() throws {
    let name = String(repeating: ">", count: 200_000)
    let (graph, refused) = try read(
      Array(
        ("<graphml><!--\(name)--><graph><edge source=\"\(name)\" target=\"b\"/></graph></graphml>")
          .utf8))
    #expect(refused == [])
    #expect(graph.nodes.map(\.name) == [name, "b"])
  }

  @Test func otherEncodingsAreRefused() throws {
    let head = "<?xml version=\"1.0\" encoding=\"GBK\"?>\n<graphml><graph>\n<edge source=\""
    let text = Array(head.utf8) + [0xD6, 0xD0] + Array("\" target=\"b\"/></graph></graphml>".utf8)
    #expect(try read(text).refused == ["3 the text is no UTF-8; the file says it is GBK"])
  }

  @Test func graphsWithinNodesAndDefaults() throws {
    let text = """
      <!DOCTYPE graphml [ <!ENTITY x "<y>"> ]>
      <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
        <key id="w" for="edge" attr.name="weight" attr.type="double"><default>1.5</default></key>
        <key id="c" for="node" attr.name="color" attr.type="string"><default>red</default></key>
        <graph edgedefault="directed">
          <data key="c">of the graph</data>
          <node id="group"><data key="c">blue</data>
            <graph><node id="inner"/><edge source="group" target="inner"/></graph>
          </node>
          <edge source="inner" target="group"><data key="w">2</data></edge>
        </graph>
      </graphml>
      """
    let (graph, refused) = try read(Array(text.utf8))
    #expect(refused == [])
    #expect(graph.node("group")?["color"] == "blue" && graph.node("inner")?["color"] == "red")
    #expect(graph.edges(ofType: "roads").map { $0["weight"] } == [1.5, 2.0])
  }

  /// Edges have a direction here: those without one are counted, whether the graph or the edge says so.
  @Test func undirectedEdges() throws {
    func remarks(_ graph: String, _ edges: String...) throws -> [ImportRemark] {
      let text = "<graphml><graph \(graph)>\(edges.joined())</graph></graphml>"
      let target = Graph()
      let report = try target.write { writer in
        try writer.importRows(
          of: InputFile(name: "roads.graphml", bytes: Array(text.utf8)), as: .graphML)
      }.result
      #expect(target.edgeCount == edges.count)
      return report.remarks
    }
    func undirected(_ count: Int) -> [ImportRemark] {
      [.undirectedEdges(file: "roads.graphml", count: count, type: "roads")]
    }
    let (plain, against) = (
      "<edge source=\"a\" target=\"b\"/>", "<edge source=\"b\" target=\"a\"/>"
    )
    let with = "<edge source=\"c\" target=\"d\" directed=\"true\"/>"
    let without = "<edge source=\"d\" target=\"e\" directed=\"false\"/>"
    let inner = "<node id=\"n\"><graph edgedefault=\"directed\">\(plain)</graph></node>"
    #expect(try remarks("edgedefault=\"directed\"", plain, with) == [])
    #expect(try remarks("", plain) == [])
    #expect(try remarks("edgedefault=\"undirected\"", plain, with, against) == undirected(2))
    #expect(try remarks("edgedefault=\"directed\"", plain, without) == undirected(1))
    #expect(try remarks("edgedefault=\"undirected\"", inner, against) == undirected(1))
  }

  /// Ids and keys are told apart by their bytes.
  @Test func idsThatLookAlikeAreTwo() throws {
    let ids = ["é", "e\u{301}"]
    var text = "<graphml>"
    for (number, id) in ids.enumerated() {
      text += "<key id=\"\(id)\" attr.name=\"k\(number)\" attr.type=\"int\"/>"
    }
    text += "<graph>"
    for (number, id) in ids.enumerated() {
      text += "<node id=\"\(id)\"><data key=\"name\">n\(number)</data>"
      text += ids.map { "<data key=\"\($0)\">\(number)</data>" }.joined() + "</node>"
    }
    text += "<edge source=\"\(ids[0])\" target=\"\(ids[1])\"/></graph></graphml>"
    let (graph, refused) = try read(Array(text.utf8))
    #expect(refused == [])
    #expect(graph.nodes.map(\.name) == ["n0", "n1"])
    #expect(graph.nodePropertyKeys == ["k0", "k1"])
    #expect(
      graph.edges(ofType: "roads").map { [$0.source.name, $0.target.name] } == [["n0", "n1"]])
  }
}
