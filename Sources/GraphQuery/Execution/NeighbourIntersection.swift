@_spi(Columns) import GraphCore

/// Intersects rows of complete binary relations: the kernel of a generic join.
///
/// One row is gone through, mostly the shortest; its members are looked for in the others. Where the same row of another
/// relation is asked for again and again, as happens when the batch goes through its values in groups, that row is marked
/// once in a bitmap and each look costs one bit; else both rows ascend and are walked together, the
/// longer one in growing strides (Bentley, Yao, "An almost optimal algorithm for unbounded
/// searching", 1976).
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
      mark(side, row: Int(keys[side][i]))
    }
    self.range = range
    // What does not ascend is looked at member by member.
    if range.isWhole || !all[driver].isSorted { return all[driver].row.count }
    let row = all[driver].row
    let start = Adjacency.firstPlace(in: row, notBelow: range.lowest)
    let end =
      range.highest == .max
      ? row.count : Adjacency.firstPlace(in: row, notBelow: range.highest &+ 1)
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
        // In quarters of a look: one at a bit, or a search among so many members for each.
        let steps = count.leadingZeroBitCount &- all[other].row.count.leadingZeroBitCount
        let look = all[other].isMarkable ? 1 : 12 &+ 4 &* max(steps, 0)
        cost &+= look &* count
      }
      if cost < bestCost { (best, bestCost) = (side, cost) }
    }
    return best
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

  private func keepMembers(
    _ candidates: Words<UInt32>, _ row: Words<UInt32>, _ kept: Words<UInt32>
  ) -> Int {
    var found = 0
    var place = 0
    let end = row.count
    for i in 0..<candidates.count {
      let member = candidates[i]
      if place < end && row[place] < member {
        var stride = 1
        while place &+ stride < end && row[place &+ stride] < member {
          place &+= stride
          stride &*= 2
        }
        var high = min(place &+ stride, end)
        // row[place] < member, and member <= row[high] where there is one.
        while high &- place > 1 {
          let middle = (place &+ high) / 2
          if row[middle] < member { place = middle } else { high = middle }
        }
        place = high
      }
      if place == end { break }
      kept[found] = member
      found &+= row[place] == member ? 1 : 0
    }
    return found
  }
}
