/// The keys of a graph's properties, for formats that have a column per key and say its type there: a key whose values have
/// different types in different places has a column for each.
struct PropertyTypes {
  /// Keys in the order of arrival.
  private(set) var keys: [String] = []
  private(set) var types: [ValueType] = []

  private struct Column: Hashable {
    let key: ExactText
    let type: ValueType
  }

  private var positions: [Column: Int] = [:]

  mutating func add(_ key: String, _ type: ValueType) {
    let column = Column(key: ExactText(key), type: type)
    guard positions[column] == nil else { return }
    positions[column] = keys.count
    keys.append(key)
    types.append(type)
  }

  func position(of key: String, _ type: ValueType) -> Int? {
    positions[Column(key: ExactText(key), type: type)]
  }

  /// The keys of all node properties.
  static func ofNodes(_ graph: Graph) -> PropertyTypes {
    var result = PropertyTypes()
    for key in graph.nodePropertyKeys {
      if let type = graph.type(ofNodeProperty: key) { result.add(key, type) }
    }
    return result
  }

  /// The keys of all edge properties.
  static func ofEdges(_ graph: Graph) -> PropertyTypes {
    var result = PropertyTypes()
    for type in graph.edgeTypes {
      for key in graph.propertyKeys(ofEdgeType: type) {
        if let valueType = graph.type(ofProperty: key, ofEdgeType: type) {
          result.add(key, valueType)
        }
      }
    }
    return result
  }
}
