/// The edges of a table as they lie in a file, each between ends of its own: what may be asked of a few nodes without
/// unpacking the rest. One thread at a time.
package struct StoredPairs {
  private let base: PackedEdges

  init(_ base: PackedEdges) { self.base = base }

  /// How many edges there are.
  package var count: Int { base.count }

  /// How many nodes have edges in a direction. O(1).
  package func nodeCount(_ direction: EdgeDirection) -> Int { base.nodeCount(direction) }

  /// The highest node that has edges in a direction. O(1).
  package func highestNode(_ direction: EdgeDirection) -> UInt32 { base.highestNode(direction) }

  /// How many edges a node has in a direction. O(log nodes).
  package func degree(of node: UInt32, _ direction: EdgeDirection) -> Int {
    base.range(of: node, direction).count
  }

  /// Appends the far ends of a node's edges, ascending. O(log nodes + edges).
  package func appendNeighbours(
    of node: UInt32, _ direction: EdgeDirection, to column: Column<UInt32>
  ) {
    base.withEnds(base.range(of: node, direction), direction) { ends in
      let start = column.count
      column.grow(by: ends.count)
      let words = column.words.slice(start, ends.count)
      for place in 0..<ends.count { words[place] = ends[place] }
    }
  }

  /// Whether an edge goes from one node to another. O(log edges).
  package func contains(from source: UInt32, to target: UInt32) -> Bool {
    !base.places(from: source, to: target).isEmpty
  }
}

extension EdgeTable {
  /// The edges in the file, where these are all and no two join the same ends.
  package var storedPairs: StoredPairs? {
    guard let base, isBase, base.isDistinct || columns.isEmpty else { return nil }
    return StoredPairs(base)
  }
}
