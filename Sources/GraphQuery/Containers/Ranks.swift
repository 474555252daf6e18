@_spi(Columns) import GraphCore

/// The different values of some columns in ascending order, each with its place: small numbers for values that are
/// too far apart to number rows by, as identifiers of customers are.
final class Ranks {
  /// The values as words, in the order of their type.
  let words: Column<UInt64>
  /// The highest word; a negative number is a very large one.
  let highestWord: UInt64
  private let type: ColumnType
  /// One more than the place of the value that a slot is of.
  private let slots: Column<UInt32>
  private let shift: UInt64

  /// - Parameter columns: the values, and how many there are of each column; less than 2^31 different ones in all.
  /// - Complexity: O(values + different values · log), expected.
  init(of columns: [(view: ColumnView, count: Int)], type: ColumnType) {
    let found = Distinct()
    for column in columns {
      for row in 0..<column.count { found.add(column.view[row]) }
    }
    // The words become the keys of their order, and these words again.
    let words = found.words
    for place in 0..<words.count { words[place] = type.orderKey(words[place]) }
    RadixSort.sort(words)
    var highest: UInt64 = 0
    for place in 0..<words.count {
      words[place] = type.word(ofOrderKey: words[place])
      highest = max(highest, words[place])
    }
    (self.words, self.type, highestWord) = (words, type, highest)
    slots = Column(repeating: 0, count: found.slots.count)
    shift = found.shift
    let (values, slots) = (words.words, slots.words)
    for place in 0..<values.count {
      slots[Self.slot(of: values[place], slots, shift, values)] = UInt32(
        truncatingIfNeeded: place + 1)
    }
  }

  var count: Int { words.count }
  var byteCount: Int { words.byteCount + slots.byteCount }

  /// The place of a value. Expected O(1).
  @inline(__always)
  func place(of word: UInt64) -> Int? {
    let slots = slots.words
    let entry = slots[Self.slot(of: word, slots, shift, words.words)]
    return entry == 0 ? nil : Int(entry) - 1
  }

  /// The places of the values between two keys of their order. O(log values).
  func places(from low: UInt64, through high: UInt64) -> Range<Int> {
    let start = firstPlace { $0 >= low }
    return start..<max(start, firstPlace { $0 > high })
  }

  private func firstPlace(where isBeyond: (_ key: UInt64) -> Bool) -> Int {
    var (low, high) = (0, words.count)
    while low < high {
      let middle = (low + high) / 2
      if isBeyond(type.orderKey(words[middle])) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The slot where a value is, or belongs.
  @inline(__always)
  private static func slot(
    of word: UInt64, _ slots: Words<UInt32>, _ shift: UInt64, _ words: Words<UInt64>
  ) -> Int {
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: TupleHash.packed(word) &>> shift)
    while slots[slot] != 0, words[Int(slots[slot]) &- 1] != word { slot = (slot &+ 1) & mask }
    return slot
  }

  /// Different words in the order of arrival.
  private final class Distinct {
    let words = Column<UInt64>()
    private(set) var slots = Column<UInt32>(repeating: 0, count: 64)
    private(set) var shift: UInt64 = 58

    func add(_ word: UInt64) {
      let slot = Ranks.slot(of: word, slots.words, shift, words.words)
      if slots[slot] != 0 { return }
      words.append(word)
      slots[slot] = UInt32(truncatingIfNeeded: words.count)
      if words.count * 3 > slots.count * 2 { grow() }
    }

    private func grow() {
      shift -= 1
      slots = Column(repeating: 0, count: 2 * slots.count)
      let (slots, words) = (slots.words, words.words)
      for place in 0..<words.count {
        slots[Ranks.slot(of: words[place], slots, shift, words)] =
          UInt32(truncatingIfNeeded: place + 1)
      }
    }
  }
}
