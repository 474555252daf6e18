import GraphCore

/// What a change has touched: a constraint that reads none of it holds as it did before.
struct ConstraintScope {
  private let graph: PendingChanges
  /// The declared relations with other facts than before.
  private let facts: Set<String>
  /// Whether rules, names or types mean something else, so that everything is looked at.
  private let isWhole: Bool

  init(_ session: QuerySession, since before: SessionState?) {
    graph = session.graph.pendingChanges
    let now = session.facts
    if let before, before.factsRevision != session.factsRevision {
      facts = Set(now.keys).union(before.facts.keys).filter { now[$0] !== before.facts[$0] }
    } else {
      facts = []
    }
    isWhole =
      graph.hasAliases || graph.hasSchema
      || before.map { $0.program.revision != session.program.revision } ?? false
  }

  /// Whether a constraint, lowered after the change, reads what was touched, or cannot be read itself.
  /// O(relations).
  func concerns(_ lowered: LoweredProgram) -> Bool {
    isWhole || lowered.core.relations.contains { isTouched($0.origin) }
      || lowered.diagnostics.contains { $0.severity == .error }
  }

  private func isTouched(_ origin: CoreRelation.Origin) -> Bool {
    switch origin {
    case .declared(let key): facts.contains(key)
    case .label(let label), .labelCitations(let label): graph.labels.contains(label)
    case .edgePairs(let type), .edges(let type), .edgeCitations(let type):
      graph.edges.contains(type)
    case .nodeProperty(let key): graph.properties.contains(key)
    case .nodes: !graph.isEmpty
    case .nodeLabels: !graph.labels.isEmpty
    case .allEdges: !graph.edges.isEmpty
    case .allProperties: !graph.properties.isEmpty
    case .aliases, .aliasCitations: graph.hasAliases
    case .texts, .derived: false
    }
  }
}
