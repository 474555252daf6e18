/// What is worked out from an edge table when it is first asked for and dropped when rows change.
struct EdgeCache {
  var revision: UInt64 = 0
  /// The edges of each node among the rows that do not lie in a file.
  var outgoing: AdjacencyIndex?
  var incoming: AdjacencyIndex?
  /// The same without their owners.
  var outgoingView: AdjacencyIndex.View?
  var incomingView: AdjacencyIndex.View?
  var pairs: EdgePairs?
}

/// The distinct (source, target) pairs of an edge table.
package struct EdgePairs {
  package let sources: Column<UInt32>
  package let targets: Column<UInt32>

  package var count: Int { sources.count }
}

/// An edge as seen from one of its ends.
package struct EdgeEnd {
  /// The node at the other end.
  package let node: UInt32
  /// The row of the edge, or its number among parallel edges where that has to be looked up.
  package let place: EdgePlace
}

/// Where an edge lies in its table.
package enum EdgePlace {
  case row(Int)
  /// The edge with this number among those that join the same ends and lie in the file.
  case parallel(Int)
}

extension EdgeTable {
  /// The edges of a node in a direction: those in the file by their far ends, then later ones.
  ///
  /// - Complexity: O(log edges + result) in a file; where rows have been added, O(added) the first
  ///   time.
  package func edges(of node: UInt32, _ direction: EdgeDirection) -> [EdgeEnd] {
    var result: [EdgeEnd] = []
    let living = baseRows
    if let base, living.count > 0 { appendBase(base, living, node, direction, &result) }
    guard let later = laterIndex(direction) else { return result }
    for place in later.range(of: node) {
      result.append(EdgeEnd(node: later.neighbours[place], place: .row(Int(later.rows[place]))))
    }
    return result
  }

  private func appendBase(
    _ base: PackedEdges, _ baseRows: BaseRows, _ node: UInt32, _ direction: EdgeDirection,
    _ result: inout [EdgeEnd]
  ) {
    let range = base.range(of: node, direction)
    if range.isEmpty { return }
    result.reserveCapacity(result.count + range.count)
    base.withEnds(range, direction) { ends in
      if direction == .outgoing {
        for index in 0..<ends.count {
          guard let row = baseRows.row(at: range.lowerBound + index) else { continue }
          result.append(EdgeEnd(node: ends[index], place: .row(row)))
        }
        return
      }
      var number = 0
      for index in 0..<ends.count {
        let end = ends[index]
        number = index > 0 && ends[index - 1] == end ? number + 1 : 0
        if !baseRows.dead.isEmpty,
          baseRows.row(at: base.places(from: end, to: node).lowerBound + number) == nil
        {
          continue
        }
        result.append(EdgeEnd(node: end, place: .parallel(number)))
      }
    }
  }

  /// Lends the nodes at the other ends of a node's edges in a direction, in the order of `edges`, one
  /// for each edge.
  ///
  /// - Complexity: as `edges`; where no edges have been removed since the file was written as a whole,
  ///   nothing is allocated and no reference counted.
  @inline(__always)
  package func withNeighbours(
    of node: UInt32, _ direction: EdgeDirection, _ body: (Words<UInt32>) -> Void
  ) {
    if let base, isBase {
      return base.withEnds(base.range(of: node, direction), direction, body)
    }
    withChangedNeighbours(of: node, direction, body)
  }

  @inline(never)
  private func withChangedNeighbours(
    of node: UInt32, _ direction: EdgeDirection, _ body: (Words<UInt32>) -> Void
  ) {
    guard hasWholeBase else {
      let ends = Column<UInt32>()
      defer { keepAlive(ends) }
      for edge in edges(of: node, direction) { ends.append(edge.node) }
      return body(ends.words)
    }
    let later = laterView(direction)
    let added = later?.range(of: node) ?? 0..<0
    let more = later?.neighbours.slice(added.lowerBound, added.count) ?? .empty
    guard let base else { return body(more) }
    base.withEnds(base.range(of: node, direction), direction, followedBy: more, body)
  }

  /// The rows that do not lie in a file, by their ends; `nil` where there are none.
  @inline(__always)
  private func laterView(_ direction: EdgeDirection) -> AdjacencyIndex.View? {
    if cache.revision == revision,
      let known = direction == .outgoing ? cache.outgoingView : cache.incomingView
    {
      return known
    }
    return laterIndex(direction)?.view
  }

  /// The row of an edge that was found from its target.
  package func row(_ place: EdgePlace, from source: UInt32, to target: UInt32) -> Int {
    switch place {
    case .row(let row): return row
    case .parallel(let number):
      guard let base else { return 0 }
      let start = base.places(from: source, to: target).lowerBound
      return baseRows.row(at: min(start + number, baseRows.total - 1)) ?? 0
    }
  }

  /// How many edges a node has in a direction.
  package func degree(of node: UInt32, _ direction: EdgeDirection) -> Int {
    if let base, isBase { return base.range(of: node, direction).count }
    let later = laterView(direction)?.range(of: node).count ?? 0
    guard let base, baseRows.count > 0 else { return later }
    if hasWholeBase { return base.range(of: node, direction).count + later }
    return edges(of: node, direction).count
  }

  /// The rows of all edges that join one of some nodes with anything. O(later rows + result · log).
  func rows(touching nodes: [UInt32]) -> [Int] {
    var found = Set<Int>()
    if base != nil {
      for node in nodes {
        for direction in [EdgeDirection.outgoing, .incoming] {
          for edge in edges(of: node, direction) {
            let (source, target) = direction == .outgoing ? (node, edge.node) : (edge.node, node)
            found.insert(row(edge.place, from: source, to: target))
          }
        }
      }
      return found.sorted()
    }
    var wanted = Bitmap()
    for node in nodes { wanted.insert(Int(node)) }
    let from = sources.words
    let to = targets.words
    return (0..<count).filter { wanted.contains(Int(from[$0])) || wanted.contains(Int(to[$0])) }
  }

  /// The rows that do not lie in a file, by their ends; `nil` where there are none.
  private func laterIndex(_ direction: EdgeDirection) -> AdjacencyIndex? {
    let first = baseRows.count
    guard count > first else { return nil }
    if cache.revision != revision { cache = EdgeCache(revision: revision) }
    if let known = direction == .outgoing ? cache.outgoing : cache.incoming { return known }
    let (from, to) = laterEnds
    let index =
      direction == .outgoing
      ? AdjacencyIndex(from: from, to: to, firstRow: first)
      : AdjacencyIndex(from: to, to: from, firstRow: first)
    if direction == .outgoing {
      (cache.outgoing, cache.outgoingView) = (index, index.view)
    } else {
      (cache.incoming, cache.incomingView) = (index, index.view)
    }
    return index
  }

  /// The distinct pairs of ends: the table's own columns where no edges are parallel, otherwise
  /// built when first needed and kept until rows change, in the order of their first row. O(edges).
  package var pairs: EdgePairs {
    if cache.revision != revision { cache = EdgeCache(revision: revision) }
    if let known = cache.pairs { return known }
    let result =
      columns.isEmpty || areLaterEdgesSingle
      ? EdgePairs(sources: sources, targets: targets) : distinctPairs()
    cache.pairs = result
    return result
  }

  /// Whether two edges join the same ends in the same direction.
  package var hasParallelEdges: Bool { pairs.count < count }

  /// Whether the rows in the file are of distinct pairs and few others join other pairs.
  private var areLaterEdgesSingle: Bool {
    guard let base, base.isDistinct, (count - baseRows.count) * 8 <= baseRows.count else {
      return false
    }
    var seen = Set<UInt64>()
    for row in baseRows.count..<count {
      let (source, target) = ends(of: row)
      guard seen.insert(UInt64(source) << 32 | UInt64(target)).inserted,
        base.places(from: source, to: target).allSatisfy({ baseRows.row(at: $0) == nil })
      else { return false }
    }
    return true
  }

  private func distinctPairs() -> EdgePairs {
    let from = sources.words
    let to = targets.words
    var seen = RowIndex(minimumCapacity: count)
    let kept = Column<UInt32>()
    for row in 0..<count {
      let hash = ByteHash.narrow(EdgeTable.hash(from[row], to[row]))
      let slots = seen.words
      var slot = Int(hash) & seen.mask
      var isNew = true
      while slots[slot] != 0 {
        let entry = slots[slot]
        let other = RowIndex.row(of: entry)
        if RowIndex.hash(of: entry) == hash && from[other] == from[row] && to[other] == to[row] {
          isNew = false
          break
        }
        slot = (slot &+ 1) & seen.mask
      }
      if isNew {
        seen.insert(row: row, hash: hash)
        kept.append(UInt32(row))
      }
    }
    if kept.count == count { return EdgePairs(sources: sources, targets: targets) }
    let pairSources = Column<UInt32>(minimumCapacity: kept.count)
    let pairTargets = Column<UInt32>(minimumCapacity: kept.count)
    for place in 0..<kept.count {
      pairSources.append(from[Int(kept[place])])
      pairTargets.append(to[Int(kept[place])])
    }
    return EdgePairs(sources: pairSources, targets: pairTargets)
  }
}
