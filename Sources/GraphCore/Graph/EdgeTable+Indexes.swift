/// What is worked out from an edge table when it is first asked for and dropped when rows change.
struct EdgeCache {
  var revision: UInt64 = 0
  var outgoing: AdjacencyIndex?
  var incoming: AdjacencyIndex?
  var pairs: EdgePairs?
}

/// The distinct (source, target) pairs of an edge table.
package struct EdgePairs {
  package let sources: Column<UInt32>
  package let targets: Column<UInt32>

  package var count: Int { sources.count }
}

extension EdgeTable {
  /// The targets of each source; built when first needed and kept until rows change. O(edges).
  package var outgoing: AdjacencyIndex {
    refreshCache()
    if let known = cache.outgoing { return known }
    let index = AdjacencyIndex(from: sources, to: targets)
    cache.outgoing = index
    return index
  }

  /// The sources of each target; built when first needed and kept until rows change. O(edges).
  package var incoming: AdjacencyIndex {
    refreshCache()
    if let known = cache.incoming { return known }
    let index = AdjacencyIndex(from: targets, to: sources)
    cache.incoming = index
    return index
  }

  /// The distinct pairs of ends: the table's own columns where no edges are parallel, otherwise
  /// built when first needed and kept until rows change, in the order of their first row. O(edges).
  package var pairs: EdgePairs {
    refreshCache()
    if let known = cache.pairs { return known }
    let isDistinct = columns.isEmpty || (isSealedDistinct && sortedCount == count)
    let result = isDistinct ? EdgePairs(sources: sources, targets: targets) : distinctPairs()
    cache.pairs = result
    return result
  }

  /// Whether two edges join the same ends in the same direction.
  package var hasParallelEdges: Bool { pairs.count < count }

  private func refreshCache() {
    if cache.revision != revision { cache = EdgeCache(revision: revision) }
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
