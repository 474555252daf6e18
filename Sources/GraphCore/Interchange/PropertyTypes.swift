/// The keys of a graph's properties with one type each, for formats that have a column per key.
struct PropertyTypes {
  /// Keys in the order of arrival; a key that holds different types in different places is `symbol`.
  private(set) var keys: [String] = []
  private(set) var types: [ValueType] = []
  private var positions: [String: Int] = [:]

  mutating func add(_ key: String, _ type: ValueType) {
    guard let position = positions[key] else {
      positions[key] = keys.count
      keys.append(key)
      types.append(type)
      return
    }
    if types[position] != type {
      let areNumbers = types[position].isNumeric && type.isNumeric
      types[position] = areNumbers ? .float : .symbol
    }
  }

  func position(of key: String) -> Int? { positions[key] }

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
