/// What a schema would have to declare of the facts that are there.
extension Graph {
  /// The properties that nodes with a label have. O(nodes with the label) a property at most.
  public func inferredSchema(ofLabel label: String) -> NodeSchema {
    guard let term = term(label), let members = labelTable(term) else {
      return NodeSchema(label: label)
    }
    let tables = nodeProperties.filter { table in
      // The smaller of the two is gone through.
      let isSmaller = table.count < members.count
      let nodes = (isSmaller ? table.nodes : members.nodes).words
      return (0..<nodes.count).contains { place in
        isSmaller ? members.contains(nodes[place]) : table.row(of: nodes[place]) != nil
      }
    }
    return NodeSchema(
      label: label,
      properties: tables.map { (dictionary.text(of: $0.key.raw), $0.type) })
  }

  /// The labels that nodes at the ends of a type's edges carry, in order, and the edges' properties.
  /// O(edges + nodes with labels), a few nanoseconds each.
  public func inferredSchema(ofEdgeType type: String) -> EdgeSchema {
    guard let term = term(type), let table = edgeTable(term) else { return EdgeSchema(type: type) }
    var sources = Bitmap()
    var targets = Bitmap()
    table.forEachChunk { from, to in
      for place in 0..<from.count {
        sources.insert(Int(from[place]))
        targets.insert(Int(to[place]))
      }
    }
    return EdgeSchema(
      type: type, sourceLabels: labels(among: sources), targetLabels: labels(among: targets),
      properties: table.properties.map { (dictionary.text(of: $0.key.raw), $0.type) })
  }

  /// The labels that some of the nodes carry, in order.
  private func labels(among ids: Bitmap) -> [String] {
    labelTables.filter { table in
      let nodes = table.nodes.words
      return (0..<nodes.count).contains { ids.contains(Int(nodes[$0])) }
    }.map { dictionary.text(of: $0.label.raw) }.sorted()
  }
}
