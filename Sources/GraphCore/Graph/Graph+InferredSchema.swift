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
    inferredSchemas(ofEdgeTypes: CollectionOfOne(type))[0]
  }

  /// The same of several types: O(their edges + nodes with labels), however many types and labels there are.
  public func inferredSchemas(ofEdgeTypes types: some Collection<String>) -> [EdgeSchema] {
    let labels = labelTables
    let sets = LabelSets(labels, termCount: dictionary.count)
    func names(_ places: [Int]) -> [String] {
      places.map { dictionary.text(of: labels[$0].label.raw) }.sorted()
    }
    return types.map { type in
      guard let term = term(type), let table = edgeTable(term) else {
        return EdgeSchema(type: type)
      }
      var (sources, targets) = (LabelSets.Union(), LabelSets.Union())
      table.forEachChunk { from, to in
        for place in 0..<from.count {
          sources.add(sets.set(of: from[place]), sets)
          targets.add(sets.set(of: to[place]), sets)
        }
      }
      return EdgeSchema(
        type: type, sourceLabels: names(sources.labels),
        targetLabels: names(targets.labels),
        properties: table.properties.map { (dictionary.text(of: $0.key.raw), $0.type) })
    }
  }
}

/// Which labels nodes carry together: each set of labels that some node has, or some of a node's, has a number.
private struct LabelSets {
  /// A set is another one and the place of one more label; the first is empty.
  private var members: [(label: Int, others: Int)] = [(label: -1, others: 0)]
  private var ofTerm: [UInt32]

  /// O(terms + nodes with labels).
  init(_ tables: [LabelTable], termCount: Int) {
    ofTerm = Array(repeating: 0, count: termCount)
    for (label, table) in tables.enumerated() {
      // What comes of the sets that the nodes had so far.
      var grown: [UInt32: UInt32] = [:]
      let nodes = table.nodes.words
      for row in 0..<nodes.count {
        let node = Int(nodes[row])
        let others = ofTerm[node]
        let set = grown[others] ?? UInt32(members.count)
        if Int(set) == members.count {
          grown[others] = set
          members.append((label, Int(others)))
        }
        ofTerm[node] = set
      }
    }
  }

  func set(of node: UInt32) -> Int { Int(ofTerm[Int(node)]) }

  /// The labels that are in some of several sets.
  struct Union {
    /// Their places, each once.
    private(set) var labels: [Int] = []
    private var knownLabels = Bitmap()
    private var knownSets = Bitmap()

    /// O(1), and O(labels of the set) where it is new.
    mutating func add(_ set: Int, _ sets: LabelSets) {
      var set = set
      while set > 0, knownSets.insert(set) {
        let (label, others) = sets.members[set]
        if knownLabels.insert(label) { labels.append(label) }
        set = others
      }
    }
  }
}
