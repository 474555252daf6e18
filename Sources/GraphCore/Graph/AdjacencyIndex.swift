/// The neighbours of every node in one direction of an edge table.
///
/// ```
///  ranks       node id → 0, 1, 2 …     by subtraction where ids lie close, else by hashing
///  offsets    │ 0 │ 2 │ 2 │ 5 │        where the neighbours of rank i begin; one more at the end
///  neighbours │ 7 │ 9 │ 3 │ 4 │ 8 │    ascending within a node
///  rows       │ 0 │ 5 │ 2 │ 1 │ 3 │    the edge behind each neighbour
/// ```
package final class AdjacencyIndex {
  private let ranking: NodeRanking
  /// Where the neighbours of each rank begin, and the total at the end.
  package let offsets: Column<UInt32>
  private let neighbourColumn: Column<UInt32>
  private let rowColumn: Column<UInt32>

  /// Builds the index of edges from `near` to `far`, of which the first is row `firstRow` of the table.
  /// O(edges + span of the ids).
  init(from near: Words<UInt32>, to far: Words<UInt32>, firstRow: Int = 0) {
    let count = near.count
    ranking = NodeRanking(near)
    offsets = Column(repeating: 0, count: ranking.count + 1)
    neighbourColumn = Column(minimumCapacity: count)
    rowColumn = Column(minimumCapacity: count)
    neighbourColumn.grow(by: count)
    rowColumn.grow(by: count)
    // Sorting by the far end first and then, stably, by the near end orders each neighbourhood.
    let farRanking = NodeRanking(far)
    let byFar = Column<UInt32>(minimumCapacity: count)
    byFar.grow(by: count)
    let farOffsets = Column<UInt32>(repeating: 0, count: farRanking.count + 1)
    defer { keepAlive(byFar, farOffsets) }
    AdjacencyIndex.count(far, farRanking, into: farOffsets)
    let order = byFar.words
    let farPlaces = farOffsets.words
    for row in 0..<count {
      let rank = farRanking.knownRank(of: far[row])
      order[Int(farPlaces[rank])] = UInt32(truncatingIfNeeded: row)
      farPlaces[rank] &+= 1
    }
    AdjacencyIndex.count(near, ranking, into: offsets)
    let places = offsets.words
    let neighbours = neighbourColumn.words
    let rows = rowColumn.words
    for position in 0..<count {
      let row = order[position]
      let rank = ranking.knownRank(of: near[Int(row)])
      let place = Int(places[rank])
      neighbours[place] = far[Int(row)]
      rows[place] = row &+ UInt32(truncatingIfNeeded: firstRow)
      places[rank] &+= 1
    }
    // Filling moved every beginning to its end, which is the beginning of the next.
    for rank in stride(from: ranking.count, to: 0, by: -1) { places[rank] = places[rank - 1] }
    places[0] = 0
  }

  /// The far ends, node after node.
  package var neighbours: Words<UInt32> { neighbourColumn.words }
  /// The rows of the edge table, aligned with `neighbours`.
  package var rows: Words<UInt32> { rowColumn.words }

  /// Where a node's entries lie in `neighbours` and `rows`; empty where it has none. O(1).
  package func range(of node: UInt32) -> Range<Int> { view.range(of: node) }

  /// The index without its owners.
  var view: View {
    View(ranking: ranking.view, offsets: offsets.words, neighbours: neighbours)
  }

  /// What an index holds, for loops; whoever holds it holds the index as well.
  struct View: BitwiseCopyable {
    fileprivate let ranking: NodeRanking.View
    fileprivate let offsets: Words<UInt32>
    let neighbours: Words<UInt32>

    /// Where a node's entries lie. O(1).
    @inline(__always)
    func range(of node: UInt32) -> Range<Int> {
      guard let rank = ranking.rank(of: node) else { return 0..<0 }
      return Int(offsets[rank])..<Int(offsets[rank &+ 1])
    }
  }

  /// How many nodes have a neighbour. O(ranks).
  package var nodeCount: Int {
    let places = offsets.words
    var result = 0
    for rank in 0..<ranking.count where places[rank + 1] > places[rank] { result += 1 }
    return result
  }

  /// The greatest number of entries of one node. O(ranks).
  package var maximumDegree: Int {
    let places = offsets.words
    var result = 0
    for rank in 0..<ranking.count { result = max(result, Int(places[rank + 1] - places[rank])) }
    return result
  }

  /// The bytes that the index holds in memory.
  package var byteCount: Int {
    offsets.byteCount + neighbourColumn.byteCount + rowColumn.byteCount + ranking.byteCount
  }

  /// Sets `offsets[r]` to the number of ends whose rank is below `r`.
  private static func count(
    _ words: Words<UInt32>, _ ranking: NodeRanking, into offsets: Column<UInt32>
  ) {
    let places = offsets.words
    for row in 0..<words.count { places[ranking.knownRank(of: words[row]) &+ 1] &+= 1 }
    var total: UInt32 = 0
    for rank in 0..<places.count {
      total &+= places[rank]
      places[rank] = total
    }
  }
}

/// Node ids as small dense numbers in ascending order of id: by subtraction where they lie close
/// together, otherwise by hashing into the sorted distinct ids.
package struct NodeRanking {
  private let base: UInt32
  private let span: Int
  private let keys: Column<UInt32>?
  private var index = RowIndex()

  /// Ranks the nodes of a column. O(count), or O(count log count) where ids are far apart.
  init(_ words: Words<UInt32>) {
    var low = UInt32.max
    var high: UInt32 = 0
    for row in 0..<words.count {
      low = min(low, words[row])
      high = max(high, words[row])
    }
    base = low
    if words.count == 0 {
      span = 0
      keys = nil
    } else if Int(high - low) < words.count * 4 + 256 {
      span = Int(high - low) + 1
      keys = nil
    } else {
      var sorted: [UInt32] = []
      sorted.reserveCapacity(words.count)
      for row in 0..<words.count { sorted.append(words[row]) }
      sorted.sort()
      let distinct = Column<UInt32>()
      for key in sorted where distinct.count == 0 || distinct[distinct.count - 1] != key {
        distinct.append(key)
      }
      keys = distinct
      span = distinct.count
      index.reserve(distinct.count)
      for rank in 0..<distinct.count {
        index.insert(row: rank, hash: ByteHash.narrow(ByteHash.mix(UInt64(distinct[rank]))))
      }
    }
  }

  /// How many ranks there are.
  var count: Int { span }

  var byteCount: Int { (keys?.byteCount ?? 0) + index.byteCount }

  /// The rank of a node, if it may have one.
  func rank(of node: UInt32) -> Int? { view.rank(of: node) }

  fileprivate var view: View {
    View(
      base: base, span: span, keys: keys?.words ?? .empty, slots: index.words, mask: index.mask)
  }

  fileprivate struct View: BitwiseCopyable {
    let base: UInt32
    let span: Int
    /// Empty where ids lie close together.
    let keys: Words<UInt32>
    let slots: Words<UInt64>
    let mask: Int

    @inline(__always)
    func rank(of node: UInt32) -> Int? {
      if keys.count == 0 {
        return node >= base && Int(node &- base) < span ? Int(node &- base) : nil
      }
      let hash = ByteHash.narrow(ByteHash.mix(UInt64(node)))
      var slot = Int(hash) & mask
      while true {
        let entry = slots[slot]
        if entry == 0 { return nil }
        let row = RowIndex.row(of: entry)
        if RowIndex.hash(of: entry) == hash && keys[row] == node { return row }
        slot = (slot &+ 1) & mask
      }
    }
  }

  /// The rank of a node of the column that was ranked.
  @inline(__always)
  func knownRank(of node: UInt32) -> Int {
    if keys == nil { return Int(node &- base) }
    return rank(of: node) ?? 0
  }
}
