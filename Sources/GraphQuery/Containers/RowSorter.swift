@_spi(Columns) import GraphCore

/// All rows of a relation by their numbers, in the order of some columns and then of the remaining ones, so that
/// every order is total.
///
/// ```
///  key   │ column 2 │ column 0 │ top bits of column 1 │    64 bits
///  row   its number
/// ```
///
/// As with `PackedRows` they are distributed by the top bits of their keys into parts, which whoever wants one
/// sorts first. Rows whose keys are equal are sorted by those of the columns that these leave out.
final class RowSorter {
  /// What the views are of.
  private let relation: Relation
  private let views: [ColumnView]
  private let levels: [SortKeys]
  private let keys: Column<UInt64>
  private let rows: Column<UInt32>
  private let parts: SortParts

  private static let rowsOfPart = 1 << 13

  convenience init(
    _ relation: Relation, keys: [(column: Int, isDescending: Bool)], terms: TermSpace
  ) {
    self.init(relation, SortField.fields(of: relation, keys: keys, terms: terms))
  }

  /// Distributes the live rows, whose order is that of the fields: those of all columns. O(rows).
  init(_ relation: Relation, _ fields: [SortField]) {
    self.relation = relation
    views = (0..<relation.arity).map { relation.view($0) }
    levels = SortKeys.levels(of: fields)
    parts = SortParts(relation, levels[0], rowsOfPart: Self.rowsOfPart)
    keys = Column(unspecified: relation.liveCount)
    rows = Column(unspecified: relation.liveCount)
    let (sortedKeys, sortedRows) = (keys.words, rows.words)
    parts.distribute(relation, levels[0]) { keys, rows, places in
      for i in 0..<keys.count {
        sortedKeys[places[i]] = keys[i]
        sortedRows[places[i]] = rows[i]
      }
    }
  }

  /// All rows in their order; nothing where the token was cancelled meanwhile.
  func sorted(unless token: CancelToken? = nil) -> [UInt32]? {
    let scratch = Scratch()
    for number in 0..<partCount {
      if token?.isCancelled ?? false { return nil }
      sort(number, scratch)
    }
    if token?.isCancelled ?? false { return nil }
    return (0..<rows.count).map { rows[$0] }
  }

  // MARK: Parts

  /// Memory that sorting takes, which belongs to one thread.
  final class Scratch {
    fileprivate let keys = SortKeys.Scratch()
    fileprivate let room = RadixSort.Room()
  }

  var partCount: Int { parts.count }

  /// The numbers of all rows, which are in their order once all parts are sorted.
  var numbers: Words<UInt32> { rows.words }

  /// Sorts a part. O(rows × words of a key).
  func sort(_ number: Int, _ scratch: Scratch) { sort(parts[number], level: 0, scratch) }

  private func sort(_ range: Range<Int>, level: Int, _ scratch: Scratch) {
    let part = keys.words.slice(range.lowerBound, range.count)
    let numbers = rows.words.slice(range.lowerBound, range.count)
    if level > 0 { levels[level].gather(numbers, views, into: part, scratch.keys) }
    RadixSort.sort(part, with: numbers, in: scratch.room)
    if level == levels.count - 1 { return }
    var start = 0
    for end in 1..<max(part.count + 1, 1) where end == part.count || part[end] != part[start] {
      if end - start > 1 {
        sort(range.lowerBound + start..<range.lowerBound + end, level: level + 1, scratch)
      }
      start = end
    }
  }
}
