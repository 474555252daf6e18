import GraphCore
import TestSupport
import Testing

/// A reader in another language, written from the documentation alone, sees the same facts.
@Suite struct OtherReaderTests {
  @Test func pythonReadsTheSame() throws {
    let path = "/tmp/graphsh-python-\(MonotonicClock.nanoseconds).graph"
    defer {
      for suffix in ["", "-log", "-lock"] { try? PosixFileSystem().remove(path + suffix) }
    }
    let store = try GraphStore.open(path)
    var random = SeededGenerator(seed: 21)
    try store.write { writer in
      CrashWorkload.change(&writer, store.graph, 700, &random)
      for number in 0..<9000 {
        writer.addEdge(
          "follows", from: "node \(number)", to: "node \(number * number % 4000)",
          properties: number % 3 == 0
            ? [
              ("weight", .float(Double(number) / 4)), ("rank", .integer(Int64(5 - number))),
              ("size", .integer(Int64(number % 12 == 0 ? number * 1_000_003 : number % 5))),
            ] : [])
      }
      writer.setTextIndex(true)
      for number in 0..<300 { writer.addLabel("zone", to: "开发区 \(number) A区é🌏") }
      writer.setProperty("note", of: "node 1", to: "开发区")
      writer.setProperty("ratio", of: "node 2", to: 0.1234567891)
      writer.setProperty("open", of: "node 3", to: true)
    }
    try store.close()
    #expect(try GraphStore.open(path, readOnly: true).sectionSizes["textIndex"] != nil)
    try compare(path, store.graph)
    // Changes lie beside what they change.
    let again = try GraphStore.open(path)
    try again.write { writer in
      writer.removeNode("node 17")
      writer.removeEdges(ofType: "follows") { $0.row % 900 == 5 }
      writer.addEdge(
        "follows", from: "node 3", to: "a new node",
        properties: [("weight", 0.5), ("seen", .text("开发区"))], citation: Citation(source: "s"))
      writer.addLabel("new", to: "node 3")
      writer.replaceProperty("note", of: "node 1", with: "晋中")
      for label in ["l0", "l1", "l2"] { writer.addLabel(label, to: "a new node") }
    }
    try again.close()
    #expect(try GraphStore.open(path, readOnly: true).sectionSizes["edgeChanges"] != nil)
    try compare(path, again.graph)
  }

  /// The script prints the facts of a graph.
  private func compare(_ path: String, _ graph: Graph) throws {
    let script =
      #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
      + "/Scripts/read-graph.py"
    guard let (output, status) = try? ChildProcess.run(["python3", script, path]), status == 0
    else {
      Issue.record("python3 could not read the file")
      return
    }
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(lines == OtherReaderTests.facts(graph))
  }

  /// The facts as the script prints them.
  private static func facts(_ graph: Graph) -> [String] {
    func text(_ value: Value) -> String {
      switch value {
      case .boolean(let flag): flag ? "True" : "False"
      case .float(let number): NumberFormat.floatText(of: number)
      case .integer, .unsigned, .text: value.description
      }
    }
    var lines: [String] = []
    for node in graph.nodes {
      for label in node.labels { lines.append("label \(label) \(node.name)") }
      for (key, value) in node.properties {
        lines.append("node property \(node.name) \(key) \(text(value))")
      }
    }
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        let ends = "\(edge.source.name) \(edge.target.name)"
        lines.append("edge \(type) \(ends)")
        for (key, value) in edge.properties {
          lines.append("edge property \(type) \(ends) \(key) \(text(value))")
        }
      }
    }
    for alias in graph.aliases { lines.append("alias \(alias.alias) \(alias.node)") }
    for name in graph.documentNames {
      lines.append("document \(name) '\(graph.document(name) ?? "")'")
    }
    return lines.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
  }
}
