public import GraphCore

/// Names of nodes: making one node of two, two of one again, and giving a node another name.
extension QuerySession {
  /// What became of a change, with what was wrong.
  public typealias ChangeResult = (change: SessionChange?, diagnostics: [Diagnostic])

  /// Makes one node another name of a second one; all its facts become facts of that. `splitNode`
  /// takes it back. Where both have different values of a property, nothing is changed.
  public func mergeNode(_ name: String, into other: String) -> ChangeResult {
    for end in [name, other] where graph.node(end) == nil { return (nil, [noNode(end)]) }
    guard let source = graph.node(name), let target = graph.node(other), source.id != target.id
    else {
      return refusal("\"\(name)\" and \"\(other)\" are one node already")
    }
    let sourceName = source.name
    let targetName = target.name
    return change(title: "merge \"\(sourceName)\" into \"\(targetName)\"") {
      let record: String
      do {
        record = try MergeRecord(of: sourceName, into: targetName, in: self.graph).text
      } catch {
        return [Diagnostic(.invalidFact, "\(error)", at: nil)]
      }
      return self.attempt { writer in
        writer.addAlias(sourceName, of: targetName)
        writer.setDocument(MergeRecord.documentName(sourceName), to: record)
      }
    }
  }

  /// Makes a node again of a name that `mergeNode` has made an alias.
  ///
  /// The facts that were those of the name go back to it, as far as they are still there; what both
  /// nodes had, both have again.
  public func splitNode(_ name: String) -> ChangeResult {
    let document = MergeRecord.documentName(name)
    let targets = graph.aliases.filter { $0.alias.isSame(as: name) }.map(\.node)
    guard targets.count == 1, let target = graph.node(targets[0])?.name,
      let text = graph.document(document)
    else {
      return refusal(
        "\"\(name)\" was not merged into another node",
        help: ".split takes back what .merge did; `.delete` and facts do the rest")
    }
    let record: MergeRecord
    do {
      record = try MergeRecord(text: text)
    } catch {
      return (nil, error.diagnostics)
    }
    return change(title: "split \"\(name)\" from \"\(target)\"") {
      self.attempt { writer in
        writer.removeAlias(name, of: targets[0])
        writer.setDocument(document, to: nil)
        record.restore(name, from: target, in: self.graph, &writer)
      }
    }
  }

  /// Gives a node another name; its facts and other names stay with it.
  public func renameNode(_ name: String, to new: String) -> ChangeResult {
    guard let node = graph.node(name) else { return (nil, [noNode(name)]) }
    let old = node.name
    let own = graph.aliases.filter { $0.node.isSame(as: old) }
    let isOwnAlias = own.contains { $0.alias.isSame(as: new) }
    if new.isSame(as: old) { return refusal("this is its name already") }
    switch graph.resolve(new) {
    case .unknown: break
    case .alias where isOwnAlias: break
    case .ambiguous:
      return refusal(
        "\"\(new)\" is an alias of other nodes, too",
        help: "`.delete alias(\"\(new)\", x)` takes the name from all of them")
    case .node, .alias:
      return refusal(
        "\"\(new)\" is the name of another node", help: ".merge makes one node of two")
    }
    return change(title: "rename \"\(old)\" to \"\(new)\"") {
      // The facts move as those of an alias do; the alias itself is then forgotten.
      let moved = self.attempt { writer in
        if isOwnAlias { writer.removeAlias(new, of: old) }
        writer.addAlias(old, of: new)
      }
      guard moved.isEmpty else { return moved }
      return self.attempt { writer in
        for alias in own where !alias.alias.isSame(as: new) {
          writer.removeAlias(alias.alias, of: old)
          for citation in alias.citations.isEmpty ? [nil] : alias.citations.map(Optional.some) {
            writer.addAlias(alias.alias, of: new, citation: citation)
          }
        }
        writer.removeAlias(old, of: new)
      }
    }
  }

  private func noNode(_ name: String) -> Diagnostic {
    let nearest = graph.suggestions(for: name, limit: 1).first
    return Diagnostic(
      .invalidFact, "there is no node \"\(name)\"", at: nil,
      help: nearest.map { "did you mean \"\($0)\"?" })
  }

  private func refusal(_ message: String, help: String? = nil) -> ChangeResult {
    (nil, [Diagnostic(.invalidFact, message, at: nil, help: help)])
  }
}

/// The facts that a node had before it was merged into another: those that were its own, and those
/// that the other had as well.
private struct MergeRecord {
  private static let separator = "// facts of both\n"
  private var own = Graph()
  private var shared = Graph()

  /// The document that keeps the record.
  static func documentName(_ name: String) -> String { "merged \(name)" }

  /// Collects the facts of a node that is about to be merged.
  init(of name: String, into other: String, in graph: Graph) throws {
    guard let node = graph.node(name), let target = graph.node(other) else { return }
    for label in node.labels {
      try add(isShared: target.has(label: label), node.citations(ofLabel: label)) { writer, cited in
        writer.addLabel(label, to: name, citation: cited)
      }
    }
    for (key, value) in node.properties {
      try (target[key] == value ? shared : own).write { $0.setProperty(key, of: name, to: value) }
    }
    for type in graph.edgeTypes {
      let edges = node.outgoing(type) + node.incoming(type).filter { $0.source.id != node.id }
      for edge in edges {
        let ends = (edge.source.name, edge.target.name)
        let moved = Self.moved(ends, from: name, to: other)
        let properties = edge.properties
        let isShared = graph.edges(ofType: type, from: moved.0, to: moved.1).contains {
          Self.same($0.properties, properties)
        }
        try add(isShared: isShared, edge.citations) { writer, cited in
          writer.addEdge(type, from: ends.0, to: ends.1, properties: properties, citation: cited)
        }
      }
    }
  }

  private func add(
    isShared: Bool, _ citations: [GraphCore.Citation],
    _ fact: (inout GraphWriter, GraphCore.Citation?) -> Void
  ) throws {
    try (isShared ? shared : own).write { writer in
      if citations.isEmpty { fact(&writer, nil) }
      for citation in citations { fact(&writer, citation) }
    }
  }

  private static func same(
    _ left: [(key: String, value: Value)], _ right: [(key: String, value: Value)]
  ) -> Bool {
    left.count == right.count
      && left.allSatisfy { one in
        right.contains { $0.key.isSame(as: one.key) && $0.value == one.value }
      }
  }

  /// The ends of an edge when another node has the facts of one.
  private static func moved(
    _ ends: (String, String), from name: String, to other: String
  ) -> (String, String) {
    (ends.0.isSame(as: name) ? other : ends.0, ends.1.isSame(as: name) ? other : ends.1)
  }

  // MARK: Text

  var text: String {
    get throws {
      let own = try FactsFormat().bytes(of: own)
      let shared = try FactsFormat().bytes(of: shared)
      return String(decoding: own, as: UTF8.self) + Self.separator
        + String(decoding: shared, as: UTF8.self)
    }
  }

  /// Reads a record again.
  init(text: String) throws(ChangeRefusal) {
    let parts = text.split(
      separator: Self.separator, maxSplits: 1, omittingEmptySubsequences: false)
    for (graph, part) in zip([own, shared], parts) {
      let session = QuerySession(graph: graph)
      let result = session.load([SourceText(name: "merged", text: String(part))])
      guard result.isLoaded else { throw ChangeRefusal(diagnostics: result.diagnostics) }
    }
  }

  // MARK: Going back

  /// Gives the facts back to the name, as far as the other node has them.
  func restore(_ name: String, from other: String, in graph: Graph, _ writer: inout GraphWriter) {
    for (facts, isOwn) in [(own, true), (shared, false)] {
      restoreNode(name, from: other, facts, isOwn, in: graph, &writer)
      for type in facts.edgeTypes {
        for edge in facts.edges(ofType: type) {
          restore(edge, name, from: other, isOwn, in: graph, &writer)
        }
      }
    }
  }

  private func restoreNode(
    _ name: String, from other: String, _ facts: Graph, _ isOwn: Bool, in graph: Graph,
    _ writer: inout GraphWriter
  ) {
    guard let node = facts.node(name), let target = graph.node(other) else { return }
    for label in node.labels where target.has(label: label) {
      if isOwn { writer.removeLabel(label, from: other) }
      let cited = node.citations(ofLabel: label)
      if cited.isEmpty { writer.addLabel(label, to: name) }
      for citation in cited { writer.addLabel(label, to: name, citation: citation) }
    }
    for (key, value) in node.properties where target[key] == value {
      if isOwn { writer.removeProperty(key, of: other) }
      writer.setProperty(key, of: name, to: value)
    }
  }

  private func restore(
    _ edge: GraphEdge, _ name: String, from other: String, _ isOwn: Bool, in graph: Graph,
    _ writer: inout GraphWriter
  ) {
    let ends = (edge.source.name, edge.target.name)
    let moved = Self.moved(ends, from: name, to: other)
    let properties = edge.properties
    func isMoved(_ candidate: GraphEdge) -> Bool { Self.same(candidate.properties, properties) }
    guard
      graph.edges(ofType: edge.type, from: moved.0, to: moved.1).contains(where: isMoved)
    else { return }
    if isOwn {
      writer.removeEdges(
        ofType: edge.type, between: [(source: moved.0, target: moved.1)], where: isMoved)
    }
    let cited = edge.citations
    if cited.isEmpty { writer.addEdge(edge.type, from: ends.0, to: ends.1, properties: properties) }
    for citation in cited {
      writer.addEdge(
        edge.type, from: ends.0, to: ends.1, properties: properties, citation: citation)
    }
  }
}
