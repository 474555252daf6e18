@_spi(Columns) import GraphCore

/// The first rows of a relation, all of a complete one, in the order of a column of numbers, together or within groups of
/// another column's values: what is found between two numbers is found by two binary searches.
///
/// ```
///   rows 0...4 of event(zone, year)      zone  3     1     3     1     3
///                                        year  2015  2012  2001  2020  2010
///   by year, in groups of zone           offsets  0 0 2 2 5     rows  1 3   2 4 0     keys  2012 2020   2001 2010 2015
/// ```
///
/// Where a key has more columns than the one that makes the groups, the rows of a group are in the order of
/// their words in the others first, and of the numbers within.
final class OrderedRows {
  /// Where the rows of each group start, and one more; absent where all rows are one group.
  private let offsets: Column<UInt32>?
  private let rows: Column<UInt32>
  /// The numbers of the rows, as `ColumnType.orderKey` has them.
  private let keys: Column<UInt64>
  /// The words of the rows in further columns of their key, row by row.
  private let others: Column<UInt64>
  private let otherCount: Int
  /// How many rows the relation has; those without a number are left out.
  let rowCount: Int

  /// Orders all rows by `column`. O(rows), by digits.
  init(column: ColumnView, type: ColumnType, count: Int) {
    offsets = nil
    rowCount = count
    (rows, keys) = Self.sorted(column, type, count)
    (others, otherCount) = (Column(), 0)
  }

  /// Orders rows within the groups of words below `domain`, by some other columns first. O((rows + domain) · columns).
  init(
    column: ColumnView, type: ColumnType, groups: ColumnView, domain: Int,
    others otherViews: [ColumnView] = [], count: Int
  ) {
    let (sortedRows, sortedKeys) = Self.sorted(column, type, count)
    defer { keepAlive(sortedRows, sortedKeys) }
    rowCount = count
    for view in otherViews.reversed() { Self.order(sortedRows, by: view) }
    if !otherViews.isEmpty {
      for place in 0..<sortedRows.count {
        sortedKeys[place] = type.orderKey(column[Int(sortedRows[place])])
      }
    }
    let count = sortedRows.count
    // What comes in order is dealt out to the groups in order.
    let starts = Column<UInt32>(repeating: 0, count: domain + 2)
    let next = starts.words
    let (inputRows, inputKeys) = (sortedRows.words, sortedKeys.words)
    for place in 0..<count { next[Int(groups[Int(inputRows[place])]) &+ 2] &+= 1 }
    for group in 2..<(domain + 2) { next[group] &+= next[group &- 1] }
    rows = Column(minimumCapacity: count)
    keys = Column(minimumCapacity: count)
    rows.grow(by: count)
    keys.grow(by: count)
    let (outputRows, outputKeys) = (rows.words, keys.words)
    for place in 0..<count {
      let row = inputRows[place]
      let group = Int(groups[Int(row)]) &+ 1
      let target = Int(next[group])
      next[group] = UInt32(truncatingIfNeeded: target &+ 1)
      outputRows[target] = row
      outputKeys[target] = inputKeys[place]
    }
    starts.truncate(to: domain + 1)
    offsets = starts
    otherCount = otherViews.count
    others = Column(minimumCapacity: count * otherCount)
    others.grow(by: count * otherCount)
    for (number, view) in otherViews.enumerated() {
      for place in 0..<count {
        others[place * otherCount + number] = view[Int(rows[place])]
      }
    }
  }

  /// Sorts rows by their words in a column; those that agree keep their order.
  private static func order(_ rows: Column<UInt32>, by column: ColumnView) {
    let words = Column<UInt64>(minimumCapacity: rows.count)
    words.grow(by: rows.count)
    for place in 0..<rows.count { words[place] = column[Int(rows[place])] }
    RadixSort.sort(words, with: rows)
  }

  private static func sorted(_ column: ColumnView, _ type: ColumnType, _ count: Int)
    -> (rows: Column<UInt32>, keys: Column<UInt64>)
  {
    let rows = Column<UInt32>(minimumCapacity: count)
    let keys = Column<UInt64>(minimumCapacity: count)
    rows.grow(by: count)
    keys.grow(by: count)
    let (numbers, output) = (rows.words, keys.words)
    var present = 0
    for row in 0..<count {
      numbers[present] = UInt32(truncatingIfNeeded: row)
      output[present] = type.orderKey(column[row])
      present &+= column.isPresent(row) ? 1 : 0
    }
    rows.truncate(to: present)
    keys.truncate(to: present)
    RadixSort.sort(keys, with: rows)
    return (rows, keys)
  }

  var byteCount: Int {
    (offsets?.byteCount ?? 0) + rows.byteCount + keys.byteCount + others.byteCount
  }

  /// For loops; invalid once the object goes.
  var view: View {
    View(
      offsets: offsets?.words ?? .empty, rows: rows.words, keys: keys.words, others: others.words,
      otherCount: otherCount)
  }

  struct View: BitwiseCopyable {
    fileprivate let offsets: Words<UInt32>
    let rows: Words<UInt32>
    fileprivate let keys: Words<UInt64>
    fileprivate let others: Words<UInt64>
    let otherCount: Int

    /// The places of the rows of a group whose numbers lie between two, both included; without groups there is
    /// one, of any word. O(log rows of the group).
    @inline(__always)
    func places(group word: UInt64, from low: UInt64, through high: UInt64) -> Range<Int> {
      var (start, end) = (0, rows.count)
      if offsets.count > 0 {
        guard word < UInt64(offsets.count &- 1) else { return 0..<0 }
        (start, end) = (Int(offsets[Int(word)]), Int(offsets[Int(word) &+ 1]))
      }
      guard low <= high else { return start..<start }
      let first = firstPlace(from: start, to: end, notBelow: low)
      if high == .max { return first..<end }
      return first..<firstPlace(from: first, to: end, notBelow: high &+ 1)
    }

    /// The same beside words in the further columns of the key, `wanted[j][i]` in the j-th of these: the i-th row of a
    /// batch has them. O(further columns · log rows of the group).
    func places(
      group word: UInt64, _ wanted: Words<Words<UInt64>>, _ i: Int, from low: UInt64,
      through high: UInt64
    ) -> Range<Int> {
      guard offsets.count > 0, word < UInt64(offsets.count &- 1) else { return 0..<0 }
      let (start, end) = (Int(offsets[Int(word)]), Int(offsets[Int(word) &+ 1]))
      guard low <= high else { return start..<start }
      let first = firstPlace(from: start, to: end) { place in
        isBefore(place, wanted, i, keys[place] < low)
      }
      return
        first..<firstPlace(from: first, to: end) { place in
          isBefore(place, wanted, i, keys[place] <= high)
        }
    }

    /// Whether a place comes before the wanted words and a number, given how the numbers compare.
    @inline(__always)
    private func isBefore(
      _ place: Int, _ wanted: Words<Words<UInt64>>, _ i: Int, _ isKeyBefore: Bool
    ) -> Bool {
      for j in 0..<otherCount {
        let (word, other) = (others[place &* otherCount &+ j], wanted[j][i])
        if word != other { return word < other }
      }
      return isKeyBefore
    }

    @inline(__always)
    private func firstPlace(from start: Int, to end: Int, _ isBefore: (Int) -> Bool) -> Int {
      var (lower, upper) = (start, end)
      while lower < upper {
        let middle = lower &+ (upper &- lower) &>> 1
        if isBefore(middle) { lower = middle &+ 1 } else { upper = middle }
      }
      return lower
    }

    @inline(__always)
    private func firstPlace(from start: Int, to end: Int, notBelow key: UInt64) -> Int {
      start &+ keys.slice(start, end &- start).firstPlace(notBelow: key)
    }
  }
}
