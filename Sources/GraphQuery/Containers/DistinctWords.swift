@_spi(Columns) import GraphCore

/// Numbers different words from zero, in the order in which they come: open addressing with linear probing, where slots
/// hold numbers.
final class DistinctWords {
  /// The word of each number.
  let words = Column<UInt64>()
  /// The number of the word that a slot is of, and one.
  private var slots = Column<UInt32>(repeating: 0, count: 64)
  private var shift: UInt64 = 58

  /// The number of a word, which it gets if it is new. Expected amortised O(1).
  @inline(__always)
  func number(of word: UInt64) -> UInt32 {
    let slot = Self.slot(of: word, slots.words, shift, words.words)
    let entry = slots[slot]
    if entry != 0 { return entry &- 1 }
    words.append(word)
    slots[slot] = UInt32(truncatingIfNeeded: words.count)
    if words.count * 3 > slots.count * 2 { rehash(slotCount: 2 * slots.count) }
    return UInt32(truncatingIfNeeded: words.count &- 1)
  }

  /// The number of a word; nothing where it has none. Expected O(1).
  @inline(__always)
  func known(_ word: UInt64) -> Int? {
    let entry = slots[Self.slot(of: word, slots.words, shift, words.words)]
    return entry == 0 ? nil : Int(entry) &- 1
  }

  /// Numbers the words anew in the order of their keys. O(words · log), at most.
  func sort(by type: ColumnType) {
    for number in 0..<words.count { words[number] = type.orderKey(words[number]) }
    RadixSort.sort(words)
    for number in 0..<words.count { words[number] = type.word(ofOrderKey: words[number]) }
    rehash(slotCount: slots.count)
  }

  var byteCount: Int { words.byteCount + slots.byteCount }

  private func rehash(slotCount: Int) {
    slots = Column(tableOf: slotCount)
    shift = UInt64(64 - slotCount.trailingZeroBitCount)
    let (slots, words) = (slots.words, words.words)
    for number in 0..<words.count {
      slots[Self.slot(of: words[number], slots, shift, words)] =
        UInt32(truncatingIfNeeded: number + 1)
    }
  }

  /// The slot where a word is, or belongs.
  @inline(__always)
  private static func slot(
    of word: UInt64, _ slots: Words<UInt32>, _ shift: UInt64, _ words: Words<UInt64>
  ) -> Int {
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: TupleHash.packed(word) &>> shift)
    while slots[slot] != 0, words[Int(slots[slot]) &- 1] != word { slot = (slot &+ 1) & mask }
    return slot
  }
}
