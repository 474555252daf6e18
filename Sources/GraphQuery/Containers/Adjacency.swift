@_spi(Columns) import GraphCore

/// The pairs of a complete binary relation grouped by one end: offsets and neighbours.
final class Adjacency {
  let offsets: Column<UInt32>
  let neighbours: Column<UInt32>

  /// Groups the pairs `(near, far)` of `count` rows; all values are below `domain`. O(count + domain).
  init(near: ColumnView, far: ColumnView, count: Int, domain: Int) {
    offsets = Column(repeating: 0, count: domain + 1)
    neighbours = Column(minimumCapacity: count)
    neighbours.grow(by: count)
    let starts = offsets.words
    for row in 0..<count { starts[Int(near[row]) + 1] &+= 1 }
    for node in 0..<domain { starts[node + 1] &+= starts[node] }
    let filled = Column<UInt32>(repeating: 0, count: domain)
    defer { keepAlive(filled) }
    let used = filled.words
    let list = neighbours.words
    for row in 0..<count {
      let node = Int(near[row])
      list[Int(starts[node] &+ used[node])] = UInt32(truncatingIfNeeded: far[row])
      used[node] &+= 1
    }
  }

  @inline(__always)
  func range(_ node: Int) -> Range<Int> {
    let starts = offsets.words
    return Int(starts[node])..<Int(starts[node + 1])
  }

  @inline(__always)
  func row(_ node: Int) -> Words<UInt32> {
    let starts = offsets.words
    return neighbours.words.slice(Int(starts[node]), Int(starts[node + 1] &- starts[node]))
  }

  var byteCount: Int { offsets.byteCount + neighbours.byteCount }
}
