/// What is declared of a label: the types of properties of its nodes.
///
/// ```swift
/// NodeSchema(label: "company", properties: [("founded", .number)])
/// ```
///
/// Where every label of a node is declared with properties, the node has no property that none of
/// them names (`display` aside). An empty list of properties restricts nothing.
public struct NodeSchema: Sendable, Equatable {
  /// A declared property.
  public struct Property: Sendable, Equatable {
    public var key: String
    public var type: ValueType

    public init(key: String, type: ValueType) {
      self.key = key
      self.type = type
    }
  }

  public var label: String
  public var properties: [Property]

  public init(label: String, properties: [(key: String, type: ValueType)] = []) {
    self.label = label
    self.properties = properties.map { Property(key: $0.key, type: $0.type) }
  }
}

/// What is declared of an edge type: which labels its ends carry, and the types of its properties.
///
/// ```swift
/// EdgeSchema(
///   type: "builds", sourceLabels: ["company", "zone"], targetLabels: ["project"],
///   properties: [("amount", .float), ("unit", .symbol)])
/// ```
///
/// An end needs one of the labels listed for it; an empty list admits any node. Edges have no
/// property that is not listed, unless the list is empty.
public struct EdgeSchema: Sendable, Equatable {
  public var type: String
  /// The labels of which the node that an edge leaves carries at least one; empty for any node.
  public var sourceLabels: [String]
  /// The same of the node that an edge reaches.
  public var targetLabels: [String]
  public var properties: [NodeSchema.Property]

  public init(
    type: String, sourceLabels: [String] = [], targetLabels: [String] = [],
    properties: [(key: String, type: ValueType)] = []
  ) {
    self.type = type
    self.sourceLabels = sourceLabels
    self.targetLabels = targetLabels
    self.properties = properties.map { NodeSchema.Property(key: $0.key, type: $0.type) }
  }
}

/// All that is declared, in the order of declaration.
struct GraphSchema: Equatable {
  private(set) var nodes: [NodeSchema] = []
  private(set) var edges: [EdgeSchema] = []
  /// Positions by the term of the label or type.
  private(set) var nodePositions: [UInt32: Int] = [:]
  private(set) var edgePositions: [UInt32: Int] = [:]
  /// The declared types of node properties by the term of the key.
  private(set) var nodeTypes: [UInt32: ValueType] = [:]
  /// The terms of the labels that name a node property, by the term of its key.
  private var labelsNaming: [UInt32: Set<UInt32>] = [:]
  /// The declared types of edge properties by the terms of type and key.
  private(set) var edgeTypes: [UInt64: ValueType] = [:]

  var isEmpty: Bool { nodes.isEmpty && edges.isEmpty }

  func node(_ label: UInt32) -> NodeSchema? { nodePositions[label].map { nodes[$0] } }
  func edge(_ type: UInt32) -> EdgeSchema? { edgePositions[type].map { edges[$0] } }
  func type(ofNodeProperty key: UInt32) -> ValueType? { nodeTypes[key] }
  /// The labels that are declared with a property.
  func labels(naming key: UInt32) -> Set<UInt32> { labelsNaming[key] ?? [] }

  func type(ofEdgeProperty key: UInt32, of type: UInt32) -> ValueType? {
    edgeTypes.isEmpty ? nil : edgeTypes[UInt64(type) << 32 | UInt64(key)]
  }

  /// Declares a label, in place of what was declared of it before; returns the keys that another
  /// label declares with another type. O(properties), however much is declared already.
  mutating func declare(_ schema: NodeSchema, _ dictionary: TermDictionary) -> [(
    key: String, old: ValueType, new: ValueType
  )] {
    let label = dictionary.intern(schema.label)
    if let position = nodePositions[label] {
      forget(nodes[position].properties, of: label, dictionary)
      nodes[position] = schema
    } else {
      nodePositions[label] = nodes.count
      nodes.append(schema)
    }
    var conflicts: [(key: String, old: ValueType, new: ValueType)] = []
    for property in schema.properties {
      let key = dictionary.intern(property.key)
      if let known = nodeTypes[key], known != property.type {
        conflicts.append((property.key, known, property.type))
      }
      nodeTypes[key] = property.type
      labelsNaming[key, default: []].insert(label)
    }
    return conflicts
  }

  /// Takes back that a label is declared with some properties; a key that no label names any more
  /// has no declared type. O(properties).
  private mutating func forget(
    _ properties: [NodeSchema.Property], of label: UInt32, _ dictionary: TermDictionary
  ) {
    for property in properties {
      let key = dictionary.intern(property.key)
      labelsNaming[key]?.remove(label)
      guard labelsNaming[key]?.isEmpty ?? true else { continue }
      labelsNaming[key] = nil
      nodeTypes[key] = nil
    }
  }

  /// Declares an edge type, in place of what was declared of it before. O(properties).
  mutating func declare(_ schema: EdgeSchema, _ dictionary: TermDictionary) {
    let type = dictionary.intern(schema.type)
    if let position = edgePositions[type] {
      for property in edges[position].properties {
        edgeTypes[UInt64(type) << 32 | UInt64(dictionary.intern(property.key))] = nil
      }
      edges[position] = schema
    } else {
      edgePositions[type] = edges.count
      edges.append(schema)
    }
    for property in schema.properties {
      edgeTypes[UInt64(type) << 32 | UInt64(dictionary.intern(property.key))] = property.type
    }
  }
}
