import GraphCore

/// Names for completion and suggestions.
extension QuerySession {
  /// Everything that may stand before an argument list, in code point order.
  public var relationNames: [String] {
    environment(terms: termSpace()).relationNames.sorted()
  }

  /// The names of nodes, then their aliases.
  public var nodeNames: some Sequence<String> {
    Array(graph.nodes.lazy.map(\.name)) + graph.aliases.map(\.alias)
  }
}
