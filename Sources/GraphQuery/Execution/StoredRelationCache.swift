import GraphCore

/// Keeps the relations over the graph's columns, and the indexes that questions made on them, until
/// the graph changes: an index over millions of edges is built once, not once a question.
package final class StoredRelationCache {
  private struct Key: Hashable {
    let origin: CoreRelation.Origin
    /// Which properties of an edge a relation shows depends on the question.
    let columns: [String]
    let types: [ColumnType]
  }

  private var graph: ObjectIdentifier?
  private var serial: UInt64 = 0
  private var relations: [Key: Relation] = [:]

  package init() {}

  /// The kept relation, or the one that `make` makes, which is kept. Inside a write nothing is: the
  /// next step of it may move the columns.
  func relation(
    _ relation: CoreRelation, types: [ColumnType], of graph: Graph, make: () -> Relation?
  ) -> Relation? {
    if graph.isWriting { return make() }
    if self.graph != ObjectIdentifier(graph) || serial != graph.changeSerial {
      self.graph = ObjectIdentifier(graph)
      serial = graph.changeSerial
      relations = [:]
    }
    let key = Key(
      origin: relation.origin, columns: relation.columns.map(\.name), types: types)
    if let known = relations[key] { return known }
    guard let made = make() else { return nil }
    relations[key] = made
    return made
  }
}

extension CoreRelation.Origin {
  /// Whether the rows are columns of the graph as they are, with no word that one question made.
  var isBorrowed: Bool {
    switch self {
    case .label, .edgePairs, .edges, .nodeProperty, .nodes, .aliases: true
    case .declared, .edgeCitations, .labelCitations, .aliasCitations, .nodeLabels, .allEdges,
      .allProperties, .texts, .derived:
      false
    }
  }
}
