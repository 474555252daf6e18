/// Sorting of 64-bit keys byte by byte; bytes in which all keys agree cost nothing.
package enum RadixSort {
  /// Sorts keys in ascending order and takes a number along with each; equal keys keep their order.
  /// O(count × bytes that differ).
  package static func sort(_ keys: Column<UInt64>, with numbers: Column<UInt32>) {
    precondition(keys.count == numbers.count)
    let count = keys.count
    var fromKeys = keys
    var fromNumbers = numbers
    var toKeys = Column<UInt64>(minimumCapacity: count)
    var toNumbers = Column<UInt32>(minimumCapacity: count)
    toKeys.grow(by: count)
    toNumbers.grow(by: count)
    let (varying, isSorted) = survey(keys)
    if isSorted { return }
    let places = Column<Int>(repeating: 0, count: 257)
    for shift in stride(from: 0 as UInt64, to: 64, by: 8) where (varying >> shift) & 255 != 0 {
      let source = fromKeys.words
      let sourceNumbers = fromNumbers.words
      let target = toKeys.words
      let targetNumbers = toNumbers.words
      let next = places.words
      for bucket in 0..<257 { next[bucket] = 0 }
      for row in 0..<count { next[Int((source[row] &>> shift) & 255) &+ 1] &+= 1 }
      for bucket in 1..<257 { next[bucket] &+= next[bucket &- 1] }
      for row in 0..<count {
        let bucket = Int((source[row] &>> shift) & 255)
        let place = next[bucket]
        next[bucket] = place &+ 1
        target[place] = source[row]
        targetNumbers[place] = sourceNumbers[row]
      }
      swap(&fromKeys, &toKeys)
      swap(&fromNumbers, &toNumbers)
    }
    if fromKeys !== keys {
      let source = fromKeys.words
      let sourceNumbers = fromNumbers.words
      let target = keys.words
      let targetNumbers = numbers.words
      for row in 0..<count {
        target[row] = source[row]
        targetNumbers[row] = sourceNumbers[row]
      }
    }
  }

  /// The bits in which keys differ, and whether they ascend already.
  private static func survey(_ keys: Column<UInt64>) -> (varying: UInt64, isSorted: Bool) {
    let words = keys.words
    var varying: UInt64 = 0
    var isSorted = true
    for row in 1..<max(words.count, 1) {
      varying |= words[row] ^ words[0]
      isSorted = isSorted && words[row &- 1] <= words[row]
    }
    return (varying, isSorted)
  }
}
