/// Counts that a planner estimates with, taken from one version of a graph.
public struct GraphStatistics: Sendable {
  /// The edges of one type.
  public struct EdgeType: Sendable {
    public var edgeCount = 0
    /// Distinct (source, target) pairs.
    public var pairCount = 0
    /// Nodes that such an edge leaves, and nodes that one reaches.
    public var distinctSources = 0
    public var distinctTargets = 0
    /// The most edges that leave one node.
    public var maximumOutgoing = 0
    /// The most edges that reach one node.
    public var maximumIncoming = 0
    /// Distinct values by the key of the property.
    public var distinctValues: [String: Int] = [:]

    /// The edges of a node that has any.
    public var meanOutgoing: Double { Double(edgeCount) / Double(max(1, distinctSources)) }
    /// The edges into a node that has any.
    public var meanIncoming: Double { Double(edgeCount) / Double(max(1, distinctTargets)) }
  }

  public var nodeCount = 0
  public var edgeCount = 0
  /// Nodes by label; labels without nodes are left out.
  public var nodeCounts: [String: Int] = [:]
  public var edgeTypes: [String: EdgeType] = [:]
  /// Nodes that have a property, and its distinct values, by key.
  public var nodeProperties: [String: (count: Int, distinct: Int)] = [:]
}

extension Graph {
  /// The statistics of the present version; worked out when first asked for. O(facts).
  public var statistics: GraphStatistics {
    if let statisticsCache { return statisticsCache }
    var result = GraphStatistics()
    result.nodeCount = nodeCount
    result.edgeCount = edgeCount
    for table in labelTables {
      result.nodeCounts[dictionary.text(of: table.label.raw)] = table.count
    }
    for table in edgeTables {
      result.edgeTypes[dictionary.text(of: table.type.raw)] = statistics(of: table)
    }
    for table in nodeProperties {
      result.nodeProperties[dictionary.text(of: table.key.raw)] = (
        table.count, table.values.distinctCount
      )
    }
    statisticsCache = result
    return result
  }

  /// How many nodes have neither label nor property, of those that came behind the first `first`: only edges, or rows
  /// that say nothing else, name them. O(nodes + their labels and properties).
  package func bareNodeCount(from first: Int) -> Int {
    var described = Bitmap()
    for nodes in labelTables.map(\.nodes) + nodeProperties.map(\.nodes) {
      let words = nodes.words
      for row in 0..<words.count { described.insert(Int(words[row])) }
    }
    let nodes = nodeTable.ids
    let words = nodes.words
    return (min(first, words.count)..<words.count).count { !described.contains(Int(words[$0])) }
  }

  private func statistics(of table: EdgeTable) -> GraphStatistics.EdgeType {
    var type = GraphStatistics.EdgeType()
    type.edgeCount = table.count
    type.pairCount = table.pairs.count
    let sources = table.sources.words
    let targets = table.targets.words
    let outgoing = AdjacencyIndex(from: sources, to: targets)
    type.distinctSources = outgoing.nodeCount
    type.maximumOutgoing = outgoing.maximumDegree
    let incoming = AdjacencyIndex(from: targets, to: sources)
    type.distinctTargets = incoming.nodeCount
    type.maximumIncoming = incoming.maximumDegree
    for column in table.properties {
      column.unpack()
      type.distinctValues[dictionary.text(of: column.key.raw)] = column.distinctCount
    }
    return type
  }
}

extension PropertyColumn {
  /// How many different values there are. O(rows).
  package var distinctCount: Int {
    var seen = Set<UInt64>()
    for row in 0..<count where isPresent(row) { seen.insert(word(row)) }
    return seen.count
  }
}
