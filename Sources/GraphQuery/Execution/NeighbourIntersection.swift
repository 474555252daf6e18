@_spi(Columns) import GraphCore

/// Intersects rows of complete binary relations: the kernel of a generic join.
///
/// One row is gone through, mostly the shortest; its members are looked for in the others. Where the same row of another
/// relation is asked for again and again, as happens when the batch goes through its values in groups, that row is marked
/// once in a bitmap and each look costs one bit; else the row ascends, and members are searched for, some at a time.
final class NeighbourIntersection {
  /// One relation that takes part.
  private struct Side: BitwiseCopyable {
    let offsets: Words<UInt32>
    let neighbours: Words<UInt32>
    let domain: UInt64
    let isSorted: Bool
    /// One bit a possible member; empty until a row is marked.
    var marks: Words<UInt64>
    var marked: Int
    /// The row that is asked for now.
    var row: Words<UInt32>
    /// Whether a look at the row is one at a bit, or may be.
    var isMarkable: Bool
  }

  let adjacencies: [Adjacency]
  private let sides: Column<Side>
  private var marks: [Column<UInt64>] = []
  private let memberDomain: Int
  private var driver = 0
  private var range = MemberRange.whole
  private let buffer = Column<UInt32>(repeating: 0, count: Batch.capacity)

  init(_ adjacencies: [Adjacency], memberDomain: Int) {
    self.adjacencies = adjacencies
    self.memberDomain = memberDomain
    sides = Column(
      adjacencies.map {
        Side(
          offsets: $0.offsets.words, neighbours: $0.neighbours.words,
          domain: UInt64($0.domain), isSorted: $0.isSorted, marks: .empty, marked: -1,
          row: .empty, isMarkable: false)
      })
  }

  /// Prepares the intersection of the rows that row `i` of a batch names, as far as members are within a
  /// range, and returns the length of the row that will be gone through: nothing where one of them
  /// is empty.
  func begin(
    _ keys: Words<Words<UInt64>>, _ i: Int, batchCount: Int, within range: MemberRange
  ) -> Int {
    let all = sides.words
    for side in 0..<all.count {
      let key = keys[side][i]
      guard key < all[side].domain else { return 0 }
      let start = Int(all[side].offsets[Int(key)])
      let count = Int(all[side].offsets[Int(key) &+ 1]) &- start
      if count == 0 { return 0 }
      all[side].row = all[side].neighbours.slice(start, count)
      all[side].isMarkable =
        all[side].marked == Int(key) || (i &+ 1 < batchCount && keys[side][i &+ 1] == key)
        || !all[side].isSorted
    }
    driver = cheapestDriver(all)
    for side in 0..<all.count where side != driver && all[side].isMarkable {
      all[side].isMarkable = paysToMark(side, keys[side], i, batchCount)
      if all[side].isMarkable { mark(side, row: Int(keys[side][i])) }
    }
    self.range = range
    // What does not ascend is looked at member by member.
    if range.isWhole || !all[driver].isSorted { return all[driver].row.count }
    let row = all[driver].row
    let start = row.firstPlace(notBelow: range.lowest)
    let end =
      range.highest == .max ? row.count : row.firstPlace(notBelow: range.highest &+ 1)
    all[driver].row = row.slice(start, max(end &- start, 0))
    return all[driver].row.count
  }

  /// The row to go through: its length times what a look into each of the others costs.
  private func cheapestDriver(_ all: Words<Side>) -> Int {
    var best = 0
    var bestCost = Int.max
    for side in 0..<all.count {
      let count = all[side].row.count
      var cost = count
      for other in 0..<all.count where other != side {
        cost &+= (all[other].isMarkable ? 1 : Self.searchCost(all[other].row)) &* count
      }
      if cost < bestCost { (best, bestCost) = (side, cost) }
    }
    return best
  }

  /// What a search costs, in looks at a bit.
  @inline(__always)
  private static func searchCost(_ row: Words<UInt32>) -> Int {
    2 &+ Int.bitWidth &- row.count.leadingZeroBitCount
  }

  /// Whether the row of a side is marked, or asked for again so often that to set and to clear its bits costs less than the
  /// searches: the batch goes through keys in groups, so that who has the key of this row at a distance has it all the way.
  @inline(__always)
  private func paysToMark(_ side: Int, _ keys: Words<UInt64>, _ i: Int, _ batchCount: Int) -> Bool {
    let all = sides.words
    if all[side].marked == Int(keys[i]) || !all[side].isSorted { return true }
    let searches = all[driver].row.count &* Self.searchCost(all[side].row)
    let last = i &+ 2 &* all[side].row.count / searches
    return last < batchCount && keys[last] == keys[i]
  }

  private func mark(_ side: Int, row: Int) {
    let all = sides.words
    if all[side].marked == row { return }
    if all[side].marks.count == 0 {
      let bits = Column<UInt64>(repeating: 0, count: memberDomain / 64 + 1)
      marks.append(bits)
      all[side].marks = bits.words
    }
    let bits = all[side].marks
    if all[side].marked >= 0 {
      let start = Int(all[side].offsets[all[side].marked])
      let end = Int(all[side].offsets[all[side].marked &+ 1])
      for place in start..<end {
        bits[Int(all[side].neighbours[place] >> 6)] = 0
      }
    }
    let members = all[side].row
    for place in 0..<members.count {
      let member = members[place]
      bits[Int(member >> 6)] |= 1 &<< UInt64(member & 63)
    }
    all[side].marked = row
  }

  /// The members of the intersection among `count` members, at most a batch, of the row that is gone
  /// through, from `start` on. The result is valid until the next call.
  func members(from start: Int, count: Int) -> Words<UInt32> {
    let all = sides.words
    var candidates = all[driver].row.slice(start, count)
    let kept = buffer.words
    if !range.isWhole && (!all[driver].isSorted || range.excludedCount > 0) {
      candidates = kept.slice(0, keep(candidates, within: range, kept))
    }
    for side in 0..<all.count where side != driver {
      let found =
        all[side].isMarkable
        ? keepMarked(candidates, all[side].marks, kept)
        : keepMembers(candidates, all[side].row, kept)
      candidates = kept.slice(0, found)
      if found == 0 { break }
    }
    return candidates
  }

  private func keep(
    _ candidates: Words<UInt32>, within range: MemberRange, _ kept: Words<UInt32>
  ) -> Int {
    var found = 0
    for i in 0..<candidates.count {
      let member = candidates[i]
      kept[found] = member
      found &+= range.contains(member) ? 1 : 0
    }
    return found
  }

  private func keepMarked(
    _ candidates: Words<UInt32>, _ bits: Words<UInt64>, _ kept: Words<UInt32>
  ) -> Int {
    var found = 0
    for i in 0..<candidates.count {
      let member = candidates[i]
      kept[found] = member
      found &+= Int(truncatingIfNeeded: (bits[Int(member >> 6)] &>> UInt64(member & 63)) & 1)
    }
    return found
  }

  /// So many members that follow each other are searched for in that part of a row which has room for them.
  private static let nearCandidates = 64

  private func keepMembers(
    _ candidates: Words<UInt32>, _ row: Words<UInt32>, _ kept: Words<UInt32>
  ) -> Int {
    var (found, next, start) = (0, 0, 0)
    while next < candidates.count {
      let size = min(candidates.count &- next, Self.nearCandidates)
      let near = candidates.slice(next, size)
      next &+= size
      var part = row.slice(start, row.count &- start)
      if next < candidates.count {
        let end = part.firstPlace(notBelow: near[size &- 1])
        start &+= end
        part = part.slice(0, min(end &+ 1, part.count))
      }
      if part.count == 0 { break }
      found = search(near, in: part, kept, from: found)
    }
    return found
  }

  /// The candidates may lie where those that are kept are written to.
  @inline(__always)
  private func search(
    _ candidates: Words<UInt32>, in row: Words<UInt32>, _ kept: Words<UInt32>, from count: Int
  ) -> Int {
    var found = count
    @inline(__always)
    func take(_ search: SteppedSearch) {
      kept[found] = search.value
      found &+= search.hasFound(in: row) ? 1 : 0
    }
    var i = 0
    while i &+ SteppedSearch.count <= candidates.count {
      var a = SteppedSearch(for: candidates[i], from: 0)
      var b = SteppedSearch(for: candidates[i &+ 1], from: 0)
      var c = SteppedSearch(for: candidates[i &+ 2], from: 0)
      var d = SteppedSearch(for: candidates[i &+ 3], from: 0)
      var rest = row.count
      while rest > 1 {
        let half = rest &>> 1
        a.pass(half, of: row)
        b.pass(half, of: row)
        c.pass(half, of: row)
        d.pass(half, of: row)
        rest &-= half
      }
      take(a)
      take(b)
      take(c)
      take(d)
      i &+= SteppedSearch.count
    }
    while i < candidates.count {
      let member = candidates[i]
      kept[found] = member
      found &+= row[row.lastPlace(notAbove: member)] == member ? 1 : 0
      i &+= 1
    }
    return found
  }
}
