@_spi(Columns) import GraphCore

/// A priority queue for keys that never fall below the last one taken out.
///
/// An entry lies in the bucket of the highest bit in which its key differs from the last key. When
/// the first bucket runs empty, the next one that is not is spread over those before it (Ahuja,
/// Mehlhorn, Orlin and Tarjan, "Faster algorithms for the shortest path problem", 1990). An entry moves
/// down at most 64 times, in practice two or three, and every move is to the end of a list.
struct RadixHeap {
  private struct Entry: BitwiseCopyable {
    let key: UInt64
    let node: UInt32
  }

  /// Where the entries of a bucket lie, with the room behind them, and how many there are.
  private struct Bucket: BitwiseCopyable {
    var entries = Words<Entry>.empty
    var count = 0
  }

  /// The nodes of the first bucket, all of which have the last key.
  private var present = Column<UInt32>()
  private var taken = Column<UInt32>()
  private let columns: [Column<Entry>]
  private let buckets = Column(repeating: Bucket(), count: 65)
  /// Which buckets may hold anything; bucket 64 is looked at by itself.
  private var filled: UInt64 = 0
  private var last: UInt64 = 0
  private(set) var count = 0
  /// Arrays by node that whoever takes entries out reads next.
  private let near: Column<Words<UInt32>>

  /// - Parameter near: arrays by node; what they say of nodes that are about to be taken out is brought near.
  init(bringingNear near: [Words<UInt32>]) {
    columns = (0...64).map { _ in Column() }
    self.near = Column(near)
  }

  var byteCount: Int {
    columns.reduce(present.byteCount + taken.byteCount) { $0 + $1.byteCount }
  }

  /// Adds an entry whose key is not below the last one taken out. O(1).
  @inline(__always)
  mutating func push(_ key: UInt64, _ node: UInt32) {
    let number = 64 &- (key ^ last).leadingZeroBitCount
    if number == 0 { present.append(node) } else { add(Entry(key: key, node: node), to: number) }
    count &+= 1
  }

  @inline(__always)
  private mutating func add(_ entry: Entry, to number: Int) {
    let buckets = buckets.words
    let place = buckets[number].count
    if place == buckets[number].entries.count { makeRoom(number) }
    buckets[number].entries[place] = entry
    buckets[number].count = place &+ 1
    if number < 64 { filled |= 1 << UInt64(number) }
  }

  @inline(never)
  private func makeRoom(_ number: Int) {
    let column = columns[number]
    column.grow(by: max(64, column.count))
    buckets.words[number].entries = column.words
  }

  /// What keys must not be below.
  var floor: UInt64 { last }

  /// The least key; the greatest number where there is none. O(entries of the first bucket that has some).
  var least: UInt64 {
    if present.count > 0 { return last }
    let bucket = buckets[filled == 0 ? 64 : filled.trailingZeroBitCount]
    var least = UInt64.max
    for i in 0..<bucket.count { least = min(least, bucket.entries[i].key) }
    return least
  }

  /// Hands over all entries. O(entries).
  func forEach(_ body: (_ key: UInt64, _ node: UInt32) -> Void) {
    for i in 0..<present.count { body(last, present[i]) }
    for number in 0..<buckets.count {
      let bucket = buckets[number]
      for i in 0..<bucket.count { body(bucket.entries[i].key, bucket.entries[i].node) }
    }
  }

  /// Moves half of the entries of each bucket to another heap, as far as that can take their keys. O(entries moved).
  mutating func giveHalf(to other: inout RadixHeap) {
    if last >= other.last {
      let kept = present.count - present.count / 2
      for i in kept..<present.count { other.push(last, present[i]) }
      count -= present.count - kept
      present.truncate(to: kept)
    }
    for number in 0..<buckets.count {
      let bucket = buckets[number]
      var kept = bucket.count - bucket.count / 2
      for i in kept..<bucket.count {
        let entry = bucket.entries[i]
        if entry.key >= other.last {
          other.push(entry.key, entry.node)
        } else {
          bucket.entries[kept] = entry
          kept += 1
        }
      }
      count -= bucket.count - kept
      buckets[number].count = kept
    }
  }

  /// Takes out all entries with the least key, if that is at most `limit`. Their nodes can be read until the next
  /// call.
  @inline(__always)
  mutating func pop(atMost limit: UInt64) -> (key: UInt64, nodes: Words<UInt32>)? {
    if count == 0 { return nil }
    if present.count == 0 {
      guard spread(atMost: limit) else { return nil }
    } else if last > limit {
      return nil
    }
    swap(&present, &taken)
    present.truncate(to: 0)
    count &-= taken.count
    return (last, taken.words)
  }

  /// Says that the next keys are at least so great, if there are none.
  mutating func begin(at key: UInt64) { if count == 0 { last = key } }

  /// Makes the least key the last one, unless it is above `limit`.
  private mutating func spread(atMost limit: UInt64) -> Bool {
    let number = filled == 0 ? 64 : filled.trailingZeroBitCount
    let bucket = buckets[number]
    let entries = bucket.entries
    var least = UInt64.max
    for i in 0..<bucket.count { least = min(least, entries[i].key) }
    guard least <= limit else { return false }
    last = least
    if number < 64 { filled &= ~(1 << UInt64(number)) }
    buckets[number].count = 0
    let (present, near) = (present, near.words)
    // All entries go to buckets below: they agree with the least key in the bit of this one.
    for i in 0..<bucket.count {
      let entry = entries[i]
      for array in 0..<near.count { near[array].prefetch(Int(entry.node)) }
      let lower = 64 &- (entry.key ^ least).leadingZeroBitCount
      if lower == 0 { present.append(entry.node) } else { add(entry, to: lower) }
    }
    return true
  }
}
