/// Sorting of 64-bit keys digit by digit from the lowest on (Knuth, The Art of Computer Programming
/// 3, section 5.2.5); bits in which all keys agree cost nothing, and keys that ascend already one
/// look.
package enum RadixSort {
  /// The memory that sorting takes, for whoever sorts often.
  package final class Room {
    fileprivate let keys = Column<UInt64>()
    fileprivate let numbers = Column<UInt32>()
    fileprivate let places = Column<Int>()

    package init() {}

    /// A view of so many elements of a column, which hold anything.
    fileprivate func space<T>(_ column: Column<T>, _ count: Int) -> Words<T> {
      if column.count < count {
        column.truncate(to: 0)
        column.grow(by: count)
      }
      return column.words.slice(0, count)
    }
  }

  /// Sorts keys in ascending order and takes a number along with each; equal keys keep their order.
  /// O(count × digits that differ).
  package static func sort(_ keys: Column<UInt64>, with numbers: Column<UInt32>) {
    defer { keepAlive(keys, numbers) }
    sort(keys.words, with: numbers.words, in: Room())
  }

  /// Sorts keys in ascending order and takes a number along with each; equal keys keep their order.
  /// O(count × digits that differ).
  package static func sort(
    _ keys: Words<UInt64>, with numbers: Words<UInt32>, in room: Room
  ) {
    precondition(keys.count == numbers.count)
    sort(keys, numbers, from: 0, in: room)
  }

  /// The same by several workers, where there are many keys: they go to the part of their highest digit first, and each
  /// part is sorted where it is near.
  package static func sort(
    _ keys: Column<UInt64>, with numbers: Column<UInt32>, _ workers: Workers?
  ) {
    guard let workers, workers.count > 1, workers.isFree, keys.count >= leastShared else {
      return sort(keys, with: numbers)
    }
    precondition(keys.count == numbers.count)
    defer { keepAlive(keys, numbers) }
    SharedRadixSort(keys.words, numbers.words, workers).sort()
  }

  /// Fewer keys are sorted before a thread has begun.
  private static let leastShared = 1 << 16

  /// Sorts keys by their bits from some bit on; keys that agree in these keep their order.
  /// O(count × digits that differ).
  package static func sort(_ keys: Column<UInt64>, from bit: UInt64 = 0) {
    defer { keepAlive(keys) }
    sort(keys.words, nil, from: bit, in: Room())
  }

  /// Sorts keys by their bits from some bit on; keys that agree in these keep their order.
  /// O(count × digits that differ).
  package static func sort(_ keys: Words<UInt64>, from bit: UInt64 = 0, in room: Room) {
    sort(keys, nil, from: bit, in: room)
  }

  private static func sort(
    _ keys: Words<UInt64>, _ numbers: Words<UInt32>?, from bit: UInt64, in room: Room
  ) {
    let count = keys.count
    let (varying, isSorted) = survey(keys)
    if isSorted { return }
    if count <= 24 { return insert(keys, numbers, from: bit) }
    // Below, and not for a few keys: even this costs more than to put two in order.
    defer { keepAlive(room) }
    var source = keys
    var target = room.space(room.keys, count)
    var sourceNumbers = numbers ?? .empty
    var targetNumbers = room.space(room.numbers, sourceNumbers.count)
    // Wide digits take fewer passes, but their counts must not outweigh the keys.
    let width: UInt64 = count < 1 << 13 ? 8 : 11
    let mask: UInt64 = (1 << width) &- 1
    let next = room.space(room.places, 1 << Int(width) + 1)
    var rest = varying & (UInt64.max << bit)
    var isMoved = false
    while rest != 0 {
      let shift = UInt64(rest.trailingZeroBitCount)
      rest &= ~(mask << shift)
      for bucket in 0..<next.count { next[bucket] = 0 }
      for row in 0..<count { next[Int((source[row] &>> shift) & mask) &+ 1] &+= 1 }
      for bucket in 1..<next.count { next[bucket] &+= next[bucket &- 1] }
      if numbers == nil {
        for row in 0..<count {
          let key = source[row]
          let bucket = Int((key &>> shift) & mask)
          let place = next[bucket]
          next[bucket] = place &+ 1
          target[place] = key
        }
      } else {
        for row in 0..<count {
          let key = source[row]
          let bucket = Int((key &>> shift) & mask)
          let place = next[bucket]
          next[bucket] = place &+ 1
          target[place] = key
          targetNumbers[place] = sourceNumbers[row]
        }
        swap(&sourceNumbers, &targetNumbers)
      }
      swap(&source, &target)
      isMoved.toggle()
    }
    if isMoved {
      copy(source, to: target)
      if numbers != nil { copy(sourceNumbers, to: targetNumbers) }
    }
  }

  private static func copy<T>(_ source: Words<T>, to target: Words<T>) {
    for row in 0..<source.count { target[row] = source[row] }
  }

  /// Sorts a few keys, each into its place among those before it.
  private static func insert(_ keys: Words<UInt64>, _ numbers: Words<UInt32>?, from bit: UInt64) {
    for row in 1..<max(keys.count, 1) {
      let key = keys[row]
      let number = numbers?[row]
      var place = row
      while place > 0 && keys[place &- 1] >> bit > key >> bit {
        keys[place] = keys[place &- 1]
        if let numbers { numbers[place] = numbers[place &- 1] }
        place &-= 1
      }
      keys[place] = key
      if let numbers, let number { numbers[place] = number }
    }
  }

  /// The bits in which keys differ, and whether they ascend already.
  fileprivate static func survey(_ words: Words<UInt64>) -> (varying: UInt64, isSorted: Bool) {
    var varying: UInt64 = 0
    var isSorted = true
    for row in 1..<max(words.count, 1) {
      varying |= words[row] ^ words[0]
      isSorted = isSorted && words[row &- 1] <= words[row]
    }
    return (varying, isSorted)
  }
}

/// Many keys, each with a number, sorted by several workers.
private struct SharedRadixSort {
  private let keys: Words<UInt64>
  private let numbers: Words<UInt32>
  private let workers: Workers
  /// The part of the keys that each worker moves.
  private let ranges: [Range<Int>]

  private static let digitBits = 8

  init(_ keys: Words<UInt64>, _ numbers: Words<UInt32>, _ workers: Workers) {
    self.keys = keys
    self.numbers = numbers
    self.workers = workers
    let (count, parts) = (keys.count, workers.count)
    ranges = (0..<parts).map { count * $0 / parts..<count * ($0 + 1) / parts }
  }

  func sort() {
    let (keys, numbers, ranges) = (keys, numbers, ranges)
    // With the first key of the next range, ranges that ascend do so together.
    let surveys = workers.make { worker in
      let range = ranges[worker]
      let end = min(range.upperBound + 1, keys.count)
      let own = RadixSort.survey(keys.slice(range.lowerBound, end - range.lowerBound))
      return (varying: own.varying | (keys[range.lowerBound] ^ keys[0]), isSorted: own.isSorted)
    }
    if surveys.allSatisfy(\.isSorted) { return }
    let varying = surveys.reduce(0) { $0 | $1.varying }
    let shift = UInt64(max(64 - varying.leadingZeroBitCount - Self.digitBits, 0))
    let starts = partStarts(shift)
    defer { keepAlive(starts) }
    let movedKeys = Column<UInt64>(unspecified: keys.count)
    let movedNumbers = Column<UInt32>(unspecified: keys.count)
    defer { keepAlive(movedKeys, movedNumbers) }
    let (toKeys, toNumbers, mask) = (movedKeys.words, movedNumbers.words, Self.mask)
    workers.run { worker in
      let next = Column((0..<Self.partCount).map { starts[worker][$0] })
      defer { keepAlive(next) }
      let places = next.words
      for row in ranges[worker] {
        let part = Int(truncatingIfNeeded: (keys[row] &>> shift) & mask)
        let place = places[part]
        places[part] = place &+ 1
        toKeys[place] = keys[row]
        toNumbers[place] = numbers[row]
      }
    }
    let rooms = workers.make { _ in RadixSort.Room() }
    workers.forEachChunk(of: Self.partCount, size: 1) { worker, parts in
      for part in parts {
        let start = starts[0][part]
        let size = (part + 1 < Self.partCount ? starts[0][part + 1] : keys.count) - start
        if size == 0 { continue }
        let (own, with) = (toKeys.slice(start, size), toNumbers.slice(start, size))
        RadixSort.sort(own, with: with, in: rooms[worker])
        for row in 0..<size {
          keys[start &+ row] = own[row]
          numbers[start &+ row] = with[row]
        }
      }
    }
  }

  private static var partCount: Int { 1 << digitBits }
  private static var mask: UInt64 { UInt64(partCount - 1) }

  /// Where the keys of each part begin that each worker moves: those of lower parts and, of the same part, of earlier workers
  /// come first.
  private func partStarts(_ shift: UInt64) -> [Column<Int>] {
    let (keys, ranges, mask) = (keys, ranges, Self.mask)
    let counts = workers.make { worker in
      let counts = Column<Int>(repeating: 0, count: Self.partCount)
      let words = counts.words
      for row in ranges[worker] {
        words[Int(truncatingIfNeeded: (keys[row] &>> shift) & mask)] &+= 1
      }
      return counts
    }
    var start = 0
    for part in 0..<Self.partCount {
      for own in counts {
        let size = own[part]
        own[part] = start
        start += size
      }
    }
    return counts
  }
}
