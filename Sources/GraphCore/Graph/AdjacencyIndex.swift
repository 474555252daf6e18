/// The neighbours of every node in one direction of an edge table: the compressed rows of a sparse
/// matrix.
///
/// ```
///  ranks       node id → 0, 1, 2 …     see `NodeRanking`
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
    let (nearRanks, farRanks) = (ranking.view, farRanking.view)
    defer { keepAlive(farRanking) }
    AdjacencyIndex.count(far, farRanks, into: farOffsets)
    let order = byFar.words
    let farPlaces = farOffsets.words
    for row in 0..<count {
      let rank = farRanks.rank(of: far[row]) ?? 0
      order[Int(farPlaces[rank])] = UInt32(truncatingIfNeeded: row)
      farPlaces[rank] &+= 1
    }
    AdjacencyIndex.count(near, nearRanks, into: offsets)
    let places = offsets.words
    let neighbours = neighbourColumn.words
    let rows = rowColumn.words
    for position in 0..<count {
      let row = order[position]
      let rank = nearRanks.rank(of: near[Int(row)]) ?? 0
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

    /// That of no edges.
    static var none: View { View(ranking: .none, offsets: .empty, neighbours: .empty) }

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
    _ words: Words<UInt32>, _ ranks: NodeRanking.View, into offsets: Column<UInt32>
  ) {
    let places = offsets.words
    for row in 0..<words.count { places[(ranks.rank(of: words[row]) ?? 0) &+ 1] &+= 1 }
    var total: UInt32 = 0
    for rank in 0..<places.count {
      total &+= places[rank]
      places[rank] = total
    }
  }
}

/// Node ids as small dense numbers in ascending order of id.
///
/// Where ids lie close together, it is the distance from the first, whether or not all between are
/// nodes. Where they lie up to some hundred apart, a bit says of each id whether it is a node, and a
/// rank is the number of bits before (Jacobson, "Space-efficient static trees and graphs", 1989).
/// Otherwise the ids are looked up by hashing.
///
/// ```
///  ids     3  5  70          bits    101 0…   100 0…
///  ranks   0  1  2           before  0        2
/// ```
package struct NodeRanking {
  private let base: UInt32
  private let span: Int
  private var bits = Column<UInt64>()
  /// How many bits are set in the words before each.
  private var before = Column<UInt32>()
  private var keys = Column<UInt32>()
  private var places = NodePlaces()

  /// Ranks the nodes of a column. O(count), or O(count log count) where ids are far apart.
  init(_ words: Words<UInt32>) {
    var low = UInt32.max
    var high: UInt32 = 0
    for row in 0..<words.count {
      low = min(low, words[row])
      high = max(high, words[row])
    }
    base = low
    let distance = words.count == 0 ? 0 : Int(high - low)
    if words.count == 0 {
      span = 0
    } else if distance < words.count * 4 + 256 {
      span = distance + 1
    } else if distance < words.count * 128 {
      bits = Column(repeating: 0, count: distance >> 6 + 1)
      for row in 0..<words.count {
        let place = Int(words[row] &- low)
        bits.words[place >> 6] |= 1 << UInt64(place & 63)
      }
      before = Column(minimumCapacity: bits.count)
      var total = 0
      for word in 0..<bits.count {
        before.append(UInt32(total))
        total += bits[word].nonzeroBitCount
      }
      span = total
    } else {
      for key in (0..<words.count).map({ words[$0] }).sorted()
      where keys.count == 0 || keys[keys.count - 1] != key {
        keys.append(key)
      }
      span = keys.count
      places = NodePlaces(keys.words)
    }
  }

  /// How many ranks there are.
  var count: Int { span }

  var byteCount: Int { bits.byteCount + before.byteCount + keys.byteCount + places.byteCount }

  /// The ranking without its owners.
  var view: View {
    View(
      base: base, span: span, bits: bits.words, before: before.words, keys: keys.words,
      places: places.view)
  }

  /// What a ranking holds, for loops; whoever holds it holds the ranking as well.
  struct View: BitwiseCopyable {
    fileprivate let base: UInt32
    fileprivate let span: Int
    // Empty where another way is taken.
    fileprivate let bits: Words<UInt64>
    fileprivate let before: Words<UInt32>
    fileprivate let keys: Words<UInt32>
    fileprivate let places: NodePlaces.View

    /// That of no nodes.
    static var none: View {
      View(base: 0, span: 0, bits: .empty, before: .empty, keys: .empty, places: .none)
    }

    /// The rank of a node, if it may have one. O(1).
    @inline(__always)
    func rank(of node: UInt32) -> Int? {
      if keys.count > 0 { return places.place(of: node, among: keys) }
      guard node >= base else { return nil }
      let distance = Int(node &- base)
      if bits.count == 0 { return distance < span ? distance : nil }
      let word = distance >> 6
      guard word < bits.count else { return nil }
      let bit: UInt64 = 1 &<< UInt64(distance & 63)
      guard bits[word] & bit != 0 else { return nil }
      return Int(before[word]) &+ (bits[word] & (bit &- 1)).nonzeroBitCount
    }
  }
}
