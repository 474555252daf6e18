/// What is worked out from an edge table when it is first asked for and dropped when rows change.
struct EdgeCache {
  var revision: UInt64 = 0
  /// What has changed since the rows in the file were written, outgoing and incoming.
  fileprivate var changes: (EdgeChanges?, EdgeChanges?)
  fileprivate var pairs: EdgePairs?

  init(revision: UInt64 = 0) { self.revision = revision }
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
  /// The row of the edge, or where it lies in the file, from which the row is looked up.
  package let place: EdgePlace
}

/// Where an edge lies in its table.
package enum EdgePlace {
  case row(Int)
  /// The edge at this place of the file.
  case place(Int)
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
    let changes = changes(direction)
    if let base {
      let removed = changes?.view.removed(from: node) ?? .empty
      appendBase(base, node, direction, removed, &result)
    }
    guard let later = changes?.added else { return result }
    for place in later.range(of: node) {
      result.append(EdgeEnd(node: later.neighbours[place], place: .row(Int(later.rows[place]))))
    }
    return result
  }

  /// Appends the edges in the file that have not been removed; `removed` has the far ends of those that have.
  private func appendBase(
    _ base: PackedEdges, _ node: UInt32, _ direction: EdgeDirection, _ removed: Words<UInt32>,
    _ result: inout [EdgeEnd]
  ) {
    let range = base.range(of: node, direction)
    if range.isEmpty { return }
    let living = baseRows
    result.reserveCapacity(result.count + range.count)
    base.withEnds(range, direction) { ends in
      var number = 0
      var next = 0
      for index in 0..<ends.count {
        let end = ends[index]
        number = index > 0 && ends[index - 1] == end ? number + 1 : 0
        while next < removed.count && removed[next] < end { next += 1 }
        let mayBeRemoved = next < removed.count && removed[next] == end
        if direction == .outgoing {
          let place = range.lowerBound + index
          if mayBeRemoved && living.row(at: place) == nil { continue }
          result.append(EdgeEnd(node: end, place: .place(place)))
        } else if !mayBeRemoved
          || living.row(at: base.places(from: end, to: node).lowerBound + number) != nil
        {
          result.append(EdgeEnd(node: end, place: .parallel(number)))
        }
      }
    }
  }

  /// Lends the nodes at the other ends of a node's edges in a direction, in the order of `edges`, one
  /// for each edge.
  ///
  /// - Complexity: as `edges`; nothing is allocated and no reference counted where the node has the edges
  ///   that lie in the file and no others.
  @inline(__always)
  package func withNeighbours(
    of node: UInt32, _ direction: EdgeDirection, _ body: (Words<UInt32>) -> Void
  ) {
    if let base, isBase || isUnchanged(node, direction) {
      return base.withEnds(base.range(of: node, direction), direction, body)
    }
    withChangedNeighbours(of: node, direction, body)
  }

  @inline(never)
  private func withChangedNeighbours(
    of node: UInt32, _ direction: EdgeDirection, _ body: (Words<UInt32>) -> Void
  ) {
    let place = direction.index
    if cache.revision != revision || changeViews.count == 0 || !changeViews.words[place].isKnown {
      guard changes(direction) != nil else { return body(.empty) }
    }
    let views = changeViews.words
    let added = views[place].added(to: node)
    guard let base else { return body(added) }
    base.withEnds(
      base.range(of: node, direction), direction, without: views[place].removed(from: node),
      followedBy: added, body)
  }

  /// Whether a node surely has the edges that lie in the file and no others, as far as that is known.
  @inline(__always)
  private func isUnchanged(_ node: UInt32, _ direction: EdgeDirection) -> Bool {
    let views = changeViews.words
    return views.count == 2 && cache.revision == revision
      && !views[direction.index].marks.mayHold(node)
  }

  /// The row of an edge that was found from its target.
  package func row(_ place: EdgePlace, from source: UInt32, to target: UInt32) -> Int {
    switch place {
    case .row(let row): return row
    case .place(let place): return baseRows.row(at: place) ?? 0
    case .parallel(let number):
      guard let base else { return 0 }
      let start = base.places(from: source, to: target).lowerBound
      return baseRows.row(at: min(start + number, baseRows.total - 1)) ?? 0
    }
  }

  /// How many edges a node has in a direction. O(log edges) in a file; where rows have been added,
  /// O(added) the first time.
  package func degree(of node: UInt32, _ direction: EdgeDirection) -> Int {
    let inFile = base?.range(of: node, direction).count ?? 0
    if base != nil, isBase || isUnchanged(node, direction) { return inFile }
    guard let view = changes(direction)?.view else { return inFile }
    return inFile - view.removed(from: node).count + view.added(to: node).count
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

  /// What has changed since the rows in the file were written, kept until rows change again; `nil` where nothing has.
  /// O(1), the first time O(changes · log edges).
  private func changes(_ direction: EdgeDirection) -> EdgeChanges? {
    if isBase { return nil }
    forgetFormer()
    if let known = direction == .outgoing ? cache.changes.0 : cache.changes.1 { return known }
    let later = laterEnds
    let gone = removedEnds
    defer { keepAlive(gone.sources, gone.targets) }
    let first = baseRows.count
    let (near, far, goneNear, goneFar) =
      direction == .outgoing
      ? (later.sources, later.targets, gone.sources.words, gone.targets.words)
      : (later.targets, later.sources, gone.targets.words, gone.sources.words)
    // Without a file all nodes have other edges than in it.
    let marks = NodeMarks(minimumCapacity: base == nil ? 0 : near.count + goneNear.count)
    if base != nil {
      marks.insert(near)
      marks.insert(goneNear)
    }
    let result = EdgeChanges(
      added: AdjacencyIndex(from: near, to: far, firstRow: first),
      removed: AdjacencyIndex(from: goneNear, to: goneFar), marks: marks)
    if direction == .outgoing { cache.changes.0 = result } else { cache.changes.1 = result }
    while changeViews.count < 2 { changeViews.append(.unknown) }
    changeViews[direction.index] = base == nil ? result.view.markingAll : result.view
    return result
  }

  /// Drops what was worked out for other rows.
  private func forgetFormer() {
    if cache.revision == revision { return }
    for place in 0..<changeViews.count { changeViews[place] = .unknown }
    cache = EdgeCache(revision: revision)
  }

  /// The ends of the rows in the file that have been removed. O(removed · log edges), or O(edges).
  private var removedEnds: (sources: Column<UInt32>, targets: Column<UInt32>) {
    let dead = baseRows.dead
    let sources = Column<UInt32>(minimumCapacity: dead.count)
    let targets = Column<UInt32>(minimumCapacity: dead.count)
    guard let base, !dead.isEmpty else { return (sources, targets) }
    if dead.count < base.count / 64 {
      for place in dead {
        let ends = base.ends(at: Int(place))
        sources.append(ends.source)
        targets.append(ends.target)
      }
      return (sources, targets)
    }
    var first = 0
    base.forEachChunk { from, to in
      while sources.count < dead.count,
        case let place = Int(dead[sources.count]) - first, place < from.count
      {
        sources.append(from[place])
        targets.append(to[place])
      }
      first += from.count
    }
    return (sources, targets)
  }

  /// The distinct pairs of ends: the table's own columns where no edges are parallel, otherwise
  /// built when first needed and kept until rows change, in the order of their first row. O(edges).
  package var pairs: EdgePairs {
    forgetFormer()
    if let known = cache.pairs { return known }
    let result =
      columns.isEmpty || areLaterEdgesSingle
      ? EdgePairs(sources: sources, targets: targets) : distinctPairs()
    cache.pairs = result
    return result
  }

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
