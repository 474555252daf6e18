/// A question about the graph that a binary relation is, answered with one value for each of its nodes:
/// `pagerank[supplies](x, score)`.
///
/// Nodes are all values that stand at either end of a pair. Each pair counts once, whatever it stands for.
package enum GraphAlgorithm: String, CaseIterable, Sendable {
  case betweenness, closeness, community, component, core, pagerank
  case strongComponent = "strong_component"
  case triangles

  /// What the second column holds.
  package enum Result: Sendable {
    /// A floating-point number.
    case score
    /// A whole number.
    case count
    /// The node that stands for the group which a node belongs to.
    case group
  }

  /// What kind of value the second column holds.
  package var result: Result {
    switch self {
    case .betweenness, .closeness, .pagerank: .score
    case .core, .triangles: .count
    case .community, .component, .strongComponent: .group
    }
  }

  /// The name of the second column.
  package var resultName: String {
    switch self {
    case .betweenness, .closeness, .pagerank: "score"
    case .core: "k"
    case .triangles: "count"
    case .community, .component, .strongComponent: "group"
    }
  }

  /// What the second column says, in a line.
  package var summary: String {
    switch self {
    case .betweenness:
      "how many shortest paths between other nodes lead through x, shared ones in part"
    case .closeness: "how near x is to the nodes it leads to: 1 where all are one step away"
    case .community: "the node with the most edges in the densely connected group that x is in"
    case .component: "the first node of those connected with x, whatever the direction"
    case .core: "the largest k so that x is among nodes with k neighbours each"
    case .pagerank: "the share of a random walk's time that is spent at x"
    case .strongComponent: "the first node of those that x leads to and that lead to x"
    case .triangles: "how many pairs of neighbours of x are neighbours themselves"
    }
  }

  /// A number that changes what is computed, given as a named argument.
  package struct Setting: Sendable {
    package var name: String
    /// The value where none is given.
    package var standard: Double
    package var isAllowed: @Sendable (Double) -> Bool
    /// What is allowed, in words.
    package var range: String
  }

  /// The number that the algorithm takes; `nil` where it takes none.
  package var setting: Setting? {
    switch self {
    case .pagerank:
      Setting(
        name: "damping", standard: 0.85, isAllowed: { $0 >= 0 && $0 <= 0.999 },
        range: "from 0 to 0.999")
    case .community:
      Setting(
        name: "resolution", standard: 1, isAllowed: { $0 > 0 && $0 <= 1000 },
        range: "more than 0, at most 1000")
    case .betweenness, .closeness, .component, .core, .strongComponent, .triangles: nil
    }
  }

  /// Whether ties and the rounding of sums depend on the order in which nodes are taken, so that this has to be a
  /// fixed one.
  var dependsOnOrder: Bool {
    switch self {
    case .betweenness, .community: true
    case .closeness, .component, .core, .pagerank, .strongComponent, .triangles: false
    }
  }
}

/// A graph algorithm with its setting, as a rule applies it.
package struct AlgorithmCall: Sendable {
  package var algorithm: GraphAlgorithm
  /// The setting's value; nothing where the algorithm has none.
  package var setting: Double?

  package init(_ algorithm: GraphAlgorithm, setting: Double? = nil) {
    self.algorithm = algorithm
    self.setting = setting ?? algorithm.setting?.standard
  }
}
