@_spi(Columns) import GraphCore

/// Which pairs are there, asked of many at a time; the neighbours of each node must ascend.
extension Adjacency {
  /// Selects those of `count` pairs, sources in one column and targets in another, that are there if `isWanted`, otherwise
  /// those that are not. Returns how many. O(pairs · log neighbours).
  func select(
    _ near: Words<UInt64>, _ far: Words<UInt64>, count: Int, isWanted: Bool,
    into selected: Words<UInt32>
  ) -> Int {
    var kept = 0
    for start in stride(from: 0, to: count, by: Self.nearGroup) {
      let pairs = start..<min(start &+ Self.nearGroup, count)
      bringNear(near.slice(start, pairs.count))
      kept = view.select(near, far, pairs, isWanted: isWanted, into: selected, from: kept)
    }
    return kept
  }
}

extension Adjacency.View {
  /// A pair that is looked for, and where the neighbours of its source end.
  private struct Question {
    var search: SteppedSearch
    var rest: Int
    let end: Int

    @inline(__always)
    mutating func halve(_ words: Words<UInt32>) {
      let half = rest &>> 1
      search.pass(half, of: words)
      rest &-= half
    }

    @inline(__always)
    func isAnswered(by words: Words<UInt32>) -> Bool {
      search.place < end && search.hasFound(in: words)
    }
  }

  @inline(__always)
  private func question(_ x: UInt64, _ y: UInt64) -> Question {
    guard x < UInt64(offsets.count &- 1), y <= UInt64(UInt32.max) else {
      return Question(search: SteppedSearch(for: 0, from: 0), rest: 0, end: 0)
    }
    let (start, end) = (Int(offsets[Int(x)]), Int(offsets[Int(x) &+ 1]))
    // A word is read even where a node has no neighbours, and is none of them.
    let place = min(start, neighbours.count &- 1)
    return Question(
      search: SteppedSearch(for: UInt32(truncatingIfNeeded: y), from: place), rest: end &- start,
      end: start == end ? 0 : end)
  }

  fileprivate func select(
    _ near: Words<UInt64>, _ far: Words<UInt64>, _ pairs: Range<Int>, isWanted: Bool,
    into selected: Words<UInt32>, from count: Int
  ) -> Int {
    var kept = count
    let words = neighbours
    @inline(__always)
    func take(_ i: Int, _ isThere: Bool) {
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= isThere == isWanted ? 1 : 0
    }
    var i = pairs.lowerBound
    let last = pairs.upperBound &- SteppedSearch.count
    while i <= last && words.count > 0 {
      var a = question(near[i], far[i])
      var b = question(near[i &+ 1], far[i &+ 1])
      var c = question(near[i &+ 2], far[i &+ 2])
      var d = question(near[i &+ 3], far[i &+ 3])
      while a.rest | b.rest | c.rest | d.rest > 1 {
        a.halve(words)
        b.halve(words)
        c.halve(words)
        d.halve(words)
      }
      take(i, a.isAnswered(by: words))
      take(i &+ 1, b.isAnswered(by: words))
      take(i &+ 2, c.isAnswered(by: words))
      take(i &+ 3, d.isAnswered(by: words))
      i &+= SteppedSearch.count
    }
    while i < pairs.upperBound {
      take(i, contains(near[i], far[i]))
      i &+= 1
    }
    return kept
  }

  /// Whether one pair is there. O(log neighbours).
  @inline(__always)
  func contains(_ x: UInt64, _ y: UInt64) -> Bool {
    guard x < UInt64(offsets.count &- 1), y <= UInt64(UInt32.max) else { return false }
    let row = row(Int(x))
    let place = row.lastPlace(notAbove: UInt32(truncatingIfNeeded: y))
    return place < row.count && UInt64(row[place]) == y
  }
}
