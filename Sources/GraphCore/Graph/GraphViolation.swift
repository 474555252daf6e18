/// A fact that the graph refuses, named by the number that the writer gave it.
public struct GraphViolation: Error, Sendable, Equatable {
  /// The number of the fact, as `GraphWriter.ordinal` counts; 0 where it is not known.
  public var ordinal: Int
  public var kind: Kind

  public init(ordinal: Int, kind: Kind) {
    self.ordinal = ordinal
    self.kind = kind
  }

  /// An end of an edge.
  public enum End: String, Sendable { case source, target }

  /// What is wrong with the fact.
  public enum Kind: Sendable, Equatable {
    /// A value does not fit the type that the property has or is declared with.
    case typeMismatch(key: String, expected: ValueType, found: ValueType)
    /// A property of floats has no place for all digits of a number.
    case rounded(key: String, value: Value)
    /// The node has another value already.
    case propertyConflict(node: String, key: String, old: Value, new: Value)
    /// One fact gives a property twice.
    case duplicateProperty(key: String)
    /// `id`, `source` and `lines` mean the edge itself and its citations.
    case reservedProperty(key: String)
    /// The schema of the label or type has no such property.
    case unknownProperty(key: String, owner: String, known: [String])
    /// An end of an edge carries none of the labels that the schema asks for.
    case labelNotAllowed(type: String, end: End, node: String, expected: [String], found: [String])
    /// A node is named by an alias of several nodes.
    case ambiguousAlias(String, of: [String])
    /// An alias of several nodes is itself a node with facts.
    case ambiguousNode(String, of: [String])
    /// Aliases that only name one another.
    case aliasCycle([String])
    /// Two labels declare a property with different types.
    case schemaConflict(key: String, old: ValueType, new: ValueType)
    /// Nodes share a value of a key that is unique.
    case notUnique(key: String, value: Value, nodes: [String])
    /// There is no room for more texts in memory.
    case noRoom
  }
}

extension GraphViolation: CustomStringConvertible {
  public var description: String {
    switch kind {
    case .typeMismatch(let key, let expected, let found):
      "property \(key) holds \(Wording.withArticle("\(expected)")), "
        + "not \(Wording.withArticle("\(found)"))"
    case .rounded(let key, let value): "property \(key) as a float would round \(value)"
    case .propertyConflict(let node, let key, let old, let new):
      "property \(key) of \"\(node)\" is already \(old), not \(new)"
    case .duplicateProperty(let key): "property \(key) is given twice"
    case .reservedProperty(let key): "\(key) is not a property that can be stored"
    case .unknownProperty(let key, let owner, let known):
      "\(owner) has no property \(key); it has \(known.joined(separator: ", "))"
    case .labelNotAllowed(let type, let end, let node, let expected, let found):
      "the \(end.rawValue) of \(type) is "
        + "\(Wording.withArticle(expected.joined(separator: " or "))), but \"\(node)\" is "
        + (found.isEmpty
          ? "without a label" : found.map(Wording.withArticle).joined(separator: " and "))
    case .ambiguousAlias(let alias, let nodes): "\"\(alias)\" is an alias of \(nodes.count) nodes"
    case .ambiguousNode(let node, let nodes):
      "\"\(node)\" has facts of its own, and would be an alias of \(nodes.count) nodes"
    case .aliasCycle(let names): "aliases name only one another: \(names.joined(separator: ", "))"
    case .schemaConflict(let key, let old, let new):
      "property \(key) is declared as \(old) and as \(new)"
    case .notUnique(let key, let value, let nodes):
      "property \(key) is unique, but \(nodes.prefix(3).map { "\"\($0)\"" }.joined(separator: " and ")) "
        + "have the same \(value)"
    case .noRoom: "\(TermDictionary.fullMessage)"
    }
  }
}

/// Why a write changed nothing.
public enum GraphWriteError: Error, Sendable, Equatable {
  /// Facts contradict one another, the graph or its schema; the first thousand, by ordinal.
  case violations([GraphViolation])
  /// The file that the graph lies in could not take the write.
  case store(StoreError)
}

extension GraphWriteError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .violations(let violations): violations.map(\.description).joined(separator: "\n")
    case .store(let error): error.description
    }
  }
}

/// What a write changed: how many facts are there that were not, and how many have gone.
///
/// A fact that was there already, and got a citation at most, does not count; neither does a value
/// put in place of another.
public struct WriteSummary: Sendable, Equatable {
  /// An alias that facts were given under, and the node that has them now.
  public struct Merge: Sendable, Equatable {
    public var alias: String
    public var node: String
    /// Whether the alias was a node before the write, which has gone.
    public var wasKnown: Bool

    public init(alias: String, node: String, wasKnown: Bool = false) {
      self.alias = alias
      self.node = node
      self.wasKnown = wasKnown
    }
  }

  /// Nodes that were not there before the write.
  public var newNodes = 0
  /// Pairs of a node and a label.
  public var newLabels = 0
  public var newEdges = 0
  /// Pairs of a node and a key that it had no value of. Properties of edges do not count.
  public var newProperties = 0
  /// Pairs of an alias and a node.
  public var newAliases = 0
  public var removedEdges = 0
  public var removedLabels = 0
  public var removedProperties = 0
  /// Nodes of before the write that nothing speaks of any more.
  public var removedNodes = 0
  /// Labels that no node had before, in the order of arrival.
  public var newLabelNames: [String] = []
  /// Edge types that no edge had before, in the order of arrival.
  public var newEdgeTypes: [String] = []
  /// Aliases whose facts have become those of the node that they name.
  public var merges: [Merge] = []
  /// Aliases from before the write that facts of it used, and the nodes that got these facts.
  public var followedAliases: [Merge] = []
  /// The version of the graph after the write.
  public var version: UInt64 = 0

  public init() {}
}
