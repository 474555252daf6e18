import GraphCore

/// A property that conditions may name.
package struct KnownProperty: Equatable {
  package var name: String
  /// Nothing where nobody knows it any more: then it is whatever the rules take it for.
  package var type: ColumnType?
  /// Whether nothing has the property and no schema declares it.
  package var isGone = false
}

/// Properties that something had, or a rule of the database speaks of, and that nothing may have any more: to name one
/// is no mistake, and finds nothing.
package struct GoneProperties: Equatable {
  private var nodeTypes: [ExactText: ColumnType?] = [:]
  private var edgeTypes: [ExactText: [ExactText: ColumnType?]] = [:]

  package init() {}

  package var isEmpty: Bool { nodeTypes.isEmpty && edgeTypes.isEmpty }

  /// Notes a property of nodes, or of the edges of a type. O(1).
  package mutating func insert(
    _ name: String, _ type: ColumnType?, ofEdgeType edgeType: String? = nil
  ) {
    if let edgeType {
      edgeTypes[ExactText(edgeType), default: [:]].updateValue(type, forKey: ExactText(name))
    } else {
      nodeTypes.updateValue(type, forKey: ExactText(name))
    }
  }

  /// A property of nodes by its name. O(1).
  package func ofNode(_ name: String) -> KnownProperty? {
    nodeTypes[ExactText(name)].map { KnownProperty(name: name, type: $0, isGone: true) }
  }

  /// The names of all properties of nodes. O(properties).
  package var nodePropertyNames: [String] { nodeTypes.keys.map(\.text) }

  /// The properties of an edge type, in code point order. O(properties × log properties).
  package func ofEdges(_ type: String) -> [KnownProperty] {
    (edgeTypes[ExactText(type)] ?? [:])
      .map { KnownProperty(name: $0.key.text, type: $0.value, isGone: true) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}
