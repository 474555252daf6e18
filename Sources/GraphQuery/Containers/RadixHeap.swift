@_spi(Columns) import GraphCore

/// A priority queue for keys that never fall below the last one taken out.
///
/// An entry lies in the bucket of the highest bit in which its key differs from the last key. When
/// the first bucket runs empty, the next one that is not is spread over those before it (Ahuja,
/// Mehlhorn, Orlin and Tarjan, "Faster algorithms for the shortest path problem", 1990). An entry moves
/// down at most 64 times, in practice two or three, and every move is to the end of a list.
struct RadixHeap {
  private let keys: [Column<UInt64>]
  private let nodes: [Column<UInt32>]
  /// Which buckets hold anything; bucket 64 is looked at by itself.
  private var filled: UInt64 = 0
  private var last: UInt64 = 0
  private(set) var count = 0

  init() {
    keys = (0...64).map { _ in Column() }
    nodes = (0...64).map { _ in Column() }
  }

  var byteCount: Int {
    keys.reduce(0) { $0 + $1.byteCount } + nodes.reduce(0) { $0 + $1.byteCount }
  }

  /// Adds an entry whose key is not below the last one taken out. O(1).
  @inline(__always)
  mutating func push(_ key: UInt64, _ node: UInt32) {
    let bucket = 64 &- (key ^ last).leadingZeroBitCount
    keys[bucket].append(key)
    nodes[bucket].append(node)
    if bucket < 64 { filled |= 1 << UInt64(bucket) }
    count &+= 1
  }

  /// Takes out an entry with the least key, if that is at most `limit`.
  @inline(__always)
  mutating func pop(atMost limit: UInt64) -> (key: UInt64, node: UInt32)? {
    if count == 0 { return nil }
    if filled & 1 == 0 {
      guard spread(atMost: limit) else { return nil }
    } else if last > limit {
      return nil
    }
    count &-= 1
    let place = nodes[0].count &- 1
    let node = nodes[0].words[place]
    nodes[0].truncate(to: place)
    keys[0].truncate(to: place)
    if place == 0 { filled &= ~1 }
    return (last, node)
  }

  /// Makes the least key the last one, unless it is above `limit`.
  private mutating func spread(atMost limit: UInt64) -> Bool {
    let bucket = filled == 0 ? 64 : filled.trailingZeroBitCount
    let (from, members) = (keys[bucket], nodes[bucket])
    let entries = from.count
    var least = UInt64.max
    let words = from.words
    for i in 0..<entries { least = min(least, words[i]) }
    guard least <= limit else { return false }
    last = least
    if bucket < 64 { filled &= ~(1 << UInt64(bucket)) }
    // All entries go to buckets below: they agree with the least key in the bit of this one.
    for i in 0..<entries {
      let key = from.words[i]
      let lower = 64 &- (key ^ last).leadingZeroBitCount
      keys[lower].append(key)
      nodes[lower].append(members.words[i])
      filled |= 1 << UInt64(lower)
    }
    from.truncate(to: 0)
    members.truncate(to: 0)
    return true
  }
}
