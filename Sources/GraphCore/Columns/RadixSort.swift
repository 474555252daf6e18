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
  private static func survey(_ words: Words<UInt64>) -> (varying: UInt64, isSorted: Bool) {
    var varying: UInt64 = 0
    var isSorted = true
    for row in 1..<max(words.count, 1) {
      varying |= words[row] ^ words[0]
      isSorted = isSorted && words[row &- 1] <= words[row]
    }
    return (varying, isSorted)
  }
}
