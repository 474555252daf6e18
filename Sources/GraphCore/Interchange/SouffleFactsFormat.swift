/// A folder of `.facts` files that Soufflé reads: tab-separated, a file a relation.
///
/// - `LABEL.facts`: one column, the nodes.
/// - `TYPE.facts`: the distinct (from, to) pairs; where edges have properties also `TYPE.id.facts`
///   with (edge, from, to) and, for each property, `TYPE.KEY.facts` with (edge, value).
/// - `node.KEY.facts`: (node, value) for each node property; `alias.facts`: (alias, node).
///
/// A type that shares its name with a label goes to `TYPE.edge.facts`. Full stops part the parts of a file's name:
/// inside a part, as in `.hidden` or `a.id`, they are percent-encoded like what no name of a file holds. So is the
/// first letter of a label or type that is called as other files are: `%6Eode`, `%61lias`.
/// Soufflé has no escapes in these files, so tabs and line breaks inside a text become spaces.
public struct SouffleFactsFormat {
  public init() {}

  /// The files of the folder: name and content, in the order of arrival. O(facts); all of them are
  /// in memory at once.
  public func files(of graph: Graph) -> [(name: String, bytes: [UInt8])] {
    var result: [(name: String, bytes: [UInt8])] = []
    func add(_ name: String, _ rows: some Sequence<[String]>) {
      var output = ByteOutput()
      for row in rows {
        for (place, field) in row.enumerated() {
          if place > 0 { output.append("\t") }
          output.append(field) { $0 == 9 || $0 == 10 || $0 == 13 ? " " : nil }
        }
        output.append("\n")
      }
      result.append(("\(name).facts", output.bytes))
    }
    let labels = graph.labels
    for label in labels {
      add(SouffleFactsFormat.relation(label), graph.nodes(labelled: label).lazy.map { [$0.name] })
    }
    for key in graph.nodePropertyKeys {
      add(
        "node.\(SouffleFactsFormat.part(key))",
        graph.nodes.lazy.compactMap { node in node[key].map { [node.name, $0.description] } })
    }
    for type in graph.edgeTypes {
      let edges = graph.edges(ofType: type)
      let name = SouffleFactsFormat.relation(type) + (labels.contains(type) ? ".edge" : "")
      var seen = Set<[TermID]>()
      add(
        name,
        edges.lazy.filter { seen.insert([$0.source.id, $0.target.id]).inserted }
          .map { [$0.source.name, $0.target.name] })
      let keys = graph.propertyKeys(ofEdgeType: type)
      if keys.isEmpty { continue }
      add("\(name).id", edges.lazy.map { [String($0.row), $0.source.name, $0.target.name] })
      for key in keys {
        add(
          "\(name).\(SouffleFactsFormat.part(key))",
          edges.lazy.compactMap { edge in edge[key].map { [String(edge.row), $0.description] } })
      }
    }
    if !graph.aliases.isEmpty {
      add("alias", graph.aliases.map { [$0.alias, $0.node] })
    }
    return result
  }

  /// The part of a file's name that stands for a label or an edge type.
  private static func relation(_ name: String) -> String {
    guard name == "node" || name == "alias", let first = name.utf8.first else { return part(name) }
    return "%" + ByteOutput.hexadecimal(first) + name.dropFirst()
  }

  /// A name as a part of that of a file; what cannot stand there is percent-encoded.
  private static func part(_ name: String) -> String {
    var output = ByteOutput()
    output.append(name) { byte in
      byte < 0x20 || [UInt8(ascii: "/"), UInt8(ascii: "%"), UInt8(ascii: ".")].contains(byte)
        ? "%" + ByteOutput.hexadecimal(byte) : nil
    }
    return String(decoding: output.bytes, as: UTF8.self)
  }
}
