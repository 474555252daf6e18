/// Which texts may hold a part: for each gram the groups of sixteen texts that have it.
///
/// Texts are looked at in the groups that the dictionary packs them in: to unpack one text is to
/// unpack those before it. So lists name groups, and are short: neighbours in a sorted dictionary share
/// their beginnings, and what is in most texts is in every group. Grams are hashed to lists, some
/// dozen groups to each, so that there is no directory of grams, and rare ones cost no list of their own.
///
/// All lists are one packed column that ascends strictly: a value is the number of the list times the
/// number of groups, plus the group. A search for the first value of a list finds it.
///
/// A look-up gives groups that may hold a part; whoever asks compares the texts.
final class PackedTextIndex {
  static let groupSize = PackedDictionary.bucketSize
  /// How many bits the number of a list has, at least and at most.
  static let bitRange: ClosedRange<Int> = 4...28

  /// How many texts are indexed: those with the lowest ids.
  let textCount: Int
  let bits: Int
  private let count: Int
  private let section: PackedSection
  private var known: PackedColumn?

  /// The index in a section.
  ///
  /// - Parameters:
  ///   - count: how many values there are.
  ///   - bits: how many bits the number of a list has.
  init(_ section: PackedSection, count: Int, textCount: Int, bits: Int) {
    self.section = section
    self.count = count
    self.textCount = textCount
    self.bits = bits
  }

  /// An index in memory of all texts of a dictionary. O(bytes).
  convenience init(of dictionary: TermDictionary) {
    let bits = Self.bits(forBytes: dictionary.byteCount)
    let count = dictionary.count
    let values = Self.values(of: Texts(dictionary: dictionary, count: count), bits: bits)
    var encoder = PackedColumnEncoder()
    let content = GuardedBytes(ByteView(copying: encoder.encode(values.words)), checksums: nil)
    self.init(
      PackedSection({ content }, report: { _ in }), count: values.count, textCount: count,
      bits: bits)
    keepAlive(values)
  }

  /// Whether so many texts have come since an index was made that it is to be made anew: an eighth of
  /// those in it, and some thousand, which are soon looked at.
  static func isStale(_ indexed: Int, of count: Int) -> Bool {
    (count - indexed) * 8 > indexed + 1 << 15
  }

  private static func groupCount(_ texts: Int) -> UInt64 {
    UInt64((texts + groupSize - 1) / groupSize)
  }

  private var groupCount: UInt64 { Self.groupCount(textCount) }

  private func column() throws(FormatError) -> PackedColumn {
    if let known { return known }
    let column = try PackedColumn(section.bytes(), at: 0)
    guard column.count == count else { throw FormatError("an index has another length") }
    known = column
    return column
  }

  // MARK: - Asking

  /// Whether a part is long enough to be looked up.
  static func hasGrams(_ part: Span<UInt8>) -> Bool {
    var result = false
    TextGrams.forEach(part) { _ in result = true }
    return result
  }

  /// Where a list lies in the column: the value that stands for the first group, and rows.
  private typealias List = (first: UInt64, rows: Range<Int>)

  /// The lists of a text's grams, the shortest first. O(grams · log count).
  private func lists(
    of text: Span<UInt8>, _ column: PackedColumn
  ) throws(FormatError) -> [List] {
    var slots: Set<UInt64> = []
    TextGrams.forEach(text) { slots.insert(TextGrams.slot(of: $0, bits: UInt64(bits))) }
    var lists: [List] = []
    for slot in slots {
      let first = slot * groupCount
      lists.append(
        (first, try column.lowerBound(first)..<column.lowerBound(first + groupCount)))
    }
    return lists.sorted { ($0.rows.count, $0.first) < ($1.rows.count, $1.first) }
  }

  /// The groups that may hold a part, ascending; `nil` where the part is too short to say, or the
  /// section is damaged. O(grams · log count + length of the lists that are worth reading).
  func groups(holding part: Span<UInt8>) -> Column<UInt32>? {
    guard Self.hasGrams(part) else { return nil }
    return section.read(nil) { () throws(FormatError) in
      let column = try column()
      let lists = try lists(of: part, column)
      var result = try groups(in: lists[0], column)
      for list in lists.dropFirst() where result.count > 0 {
        result = try intersection(result, list, column)
      }
      return result
    }
  }

  /// The groups that share the rarest grams with a text, ascending: those of as many lists as have no
  /// more than `limit` together; `nil` where not even one has, or the section is damaged.
  func groups(near text: Span<UInt8>, atMost limit: Int) -> [Int]? {
    section.read(nil) { () throws(FormatError) in
      let column = try column()
      var rest = limit
      var found: Set<Int> = []
      var isShort = false
      for list in try lists(of: text, column) where list.rows.count <= rest {
        isShort = true
        rest -= list.rows.count
        let groups = try groups(in: list, column)
        for row in 0..<groups.count { found.insert(Int(groups[row])) }
      }
      return isShort ? found.sorted() : nil
    }
  }

  /// The groups of a list.
  private func groups(
    in list: List, _ column: PackedColumn
  ) throws(FormatError) -> Column<UInt32> {
    let result = Column<UInt32>(minimumCapacity: list.rows.count)
    let limit = groupCount
    var row = list.rows.lowerBound
    var isSound = true
    while row < list.rows.upperBound {
      let block = row / PackedColumn.blockSize
      let start = block * PackedColumn.blockSize
      let end = min(list.rows.upperBound, start + PackedColumn.blockSize)
      try column.withBlock(block) { words in
        for place in (row - start)..<(end - start) {
          let group = words[place] &- list.first
          isSound = isSound && group < limit
          result.append(UInt32(truncatingIfNeeded: group))
        }
      }
      row = end
    }
    guard isSound else { throw FormatError("an index does not ascend") }
    return result
  }

  /// Those of some groups that are in a list as well: by reading it, or by a search for each where it
  /// is very much longer.
  private func intersection(
    _ groups: Column<UInt32>, _ list: List, _ column: PackedColumn
  ) throws(FormatError) -> Column<UInt32> {
    let result = Column<UInt32>(minimumCapacity: groups.count)
    if list.rows.count > 128 * groups.count {
      for row in 0..<groups.count
      where try column.place(of: list.first + UInt64(groups[row])) != nil {
        result.append(groups[row])
      }
      return result
    }
    let others = try self.groups(in: list, column)
    var place = 0
    for row in 0..<groups.count {
      while place < others.count && others[place] < groups[row] { place += 1 }
      if place < others.count && others[place] == groups[row] { result.append(groups[row]) }
    }
    return result
  }

  // MARK: - Making

  /// The texts to be indexed: those of a dictionary with the lowest ids.
  struct Texts {
    let dictionary: TermDictionary
    /// The same texts in the order of the numbers that they get, where these are others.
    var renumbered: PackedDictionary?
    let count: Int

    /// Gives out all in the order of their ids.
    func forEach(_ body: (Span<UInt8>) -> Void) {
      func visit(_ id: UInt32, _ text: Span<UInt8>) -> Bool {
        body(text)
        return true
      }
      if let renumbered {
        _ = renumbered.forEach(in: 0..<count, visit)
      } else {
        dictionary.forEach(in: 0..<count, visit)
      }
    }
  }

  /// How many bits the numbers of lists take for texts of so many bytes: a list gets some dozen groups
  /// where characters are three bytes, and more where they are one.
  static func bits(forBytes byteCount: Int) -> Int {
    min(max(BitPacking.width(of: UInt64(byteCount / 64)), bitRange.lowerBound), bitRange.upperBound)
  }

  /// The values of the index of some texts, ascending. O(bytes).
  static func values(of texts: Texts, bits: Int) -> Column<UInt64> {
    let groupCount = groupCount(texts.count)
    // Where the next value of each list goes; first, how many it has.
    let next = Column<Int>(repeating: 0, count: 1 << bits + 1)
    forEachGroup(texts, bits) { slot, _ in next.words[slot &+ 1] &+= 1 }
    for slot in 0..<(1 << bits) { next.words[slot + 1] += next.words[slot] }
    let total = next[1 << bits]
    let result = Column<UInt64>(minimumCapacity: total)
    result.grow(by: total)
    forEachGroup(texts, bits) { slot, group in
      result.words[next.words[slot]] = UInt64(slot) &* groupCount &+ UInt64(group)
      next.words[slot] &+= 1
    }
    keepAlive(next)
    return result
  }

  /// Gives out the lists of each group of texts, each once.
  private static func forEachGroup(
    _ texts: Texts, _ bits: Int, _ visit: (_ slot: Int, _ group: Int) -> Void
  ) {
    // The group that a list was last given out with, and one more.
    let seen = Column<UInt32>(repeating: 0, count: 1 << bits)
    let marks = seen.words
    var text = 0
    texts.forEach { bytes in
      let mark = UInt32(truncatingIfNeeded: text / groupSize) &+ 1
      TextGrams.forEach(bytes) { gram in
        let slot = Int(truncatingIfNeeded: TextGrams.slot(of: gram, bits: UInt64(bits)))
        if marks[slot] != mark {
          marks[slot] = mark
          visit(slot, text / groupSize)
        }
      }
      text += 1
    }
    keepAlive(seen)
  }

  /// Compares the index with what it would be of the texts as they are; for `verify`. O(bytes).
  func check(_ dictionary: TermDictionary) {
    section.read(()) { () throws(FormatError) in
      let values: Column<UInt64> = try column().decode(below: nil)
      let expected = Self.values(
        of: Texts(dictionary: dictionary, count: textCount), bits: bits)
      guard values.count == expected.count else {
        throw FormatError("an index of texts leaves some out")
      }
      for row in 0..<values.count where values[row] != expected[row] {
        throw FormatError("an index of texts is not that of the texts")
      }
    }
  }
}
