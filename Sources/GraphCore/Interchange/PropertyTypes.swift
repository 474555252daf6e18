/// The keys of a graph's properties with one type each, for formats that have a column per key.
struct PropertyTypes {
  /// Keys in the order of arrival. A key that holds different types in different places is `float` where they are
  /// numbers, `number` where these are whole, and `symbol` otherwise.
  private(set) var keys: [String] = []
  private(set) var types: [ValueType] = []
  private var positions: [ExactText: Int] = [:]

  mutating func add(_ key: String, _ type: ValueType) {
    guard let position = position(of: key) else {
      positions[ExactText(key)] = keys.count
      keys.append(key)
      types.append(type)
      return
    }
    if types[position] != type {
      let both = [types[position], type]
      let areWhole = both.allSatisfy { $0 == .number || $0 == .unsigned }
      types[position] = areWhole ? .number : both.allSatisfy(\.isNumeric) ? .float : .symbol
    }
  }

  func position(of key: String) -> Int? { positions[ExactText(key)] }

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
