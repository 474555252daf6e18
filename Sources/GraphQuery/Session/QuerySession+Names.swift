import GraphCore

/// Names for completion and suggestions.
extension QuerySession {
  /// Everything that may stand before an argument list, in order. O(names × log names).
  public var relationNames: [String] {
    environment(terms: termSpace()).relationNames.sorted()
  }

  /// The names of nodes, then their aliases. O(nodes + aliases); all of them are made at once.
  public var nodeNames: some Sequence<String> {
    Array(graph.nodes.lazy.map(\.name)) + graph.aliases.map(\.alias)
  }
}
