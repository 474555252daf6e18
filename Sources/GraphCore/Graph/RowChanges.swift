/// How the rows of a table differ between an earlier version and a later one.
///
/// Rows of a table are only ever appended, and whatever else changes puts a new table in the place of the
/// old one. The new one has the same rows below where rows lie in a file, of which more may be gone, and otherwise keeps most
/// rows in their order. So rows are told apart without a copy of them:
///
/// ```
///  file    a b c d e              both tables read it in place
///  before  a b c   e │ x y        d was gone
///  after   a   c   e │ x z        now b is as well: b and y are removed, z is added
/// ```
package struct RowChanges {
  package private(set) var removedCount = 0
  package private(set) var addedCount = 0
  package private(set) var alteredCount = 0
  /// Rows of the earlier version that are gone; like the other lists empty where there are more changes
  /// than were asked for.
  package private(set) var removed: [Int] = []
  /// Rows of the later version that came, ascending.
  package private(set) var added: [Int] = []
  /// Rows of both versions that are otherwise than before, by their places in each.
  package private(set) var altered: [(before: Int, after: Int)] = []
  /// The most rows that are listed.
  private let limit: Int

  /// No changes yet; of more than `limit` only the numbers will be known.
  package init(limit: Int) { self.limit = limit }

  /// All rows of a table that was not there before.
  package init(adding count: Int, limit: Int) {
    self.init(limit: limit)
    add(0..<count)
  }

  /// All rows of a table that is gone.
  package init(removing count: Int, limit: Int) {
    self.init(limit: limit)
    remove(0..<count)
  }

  /// All changes, listed or not.
  package var count: Int { removedCount + addedCount + alteredCount }

  /// Whether the lists hold all changes.
  package var isListed: Bool { count <= limit }

  mutating func add(_ rows: Range<Int>) {
    addedCount += rows.count
    if isListed { added += rows } else { forget() }
  }

  mutating func remove(_ rows: Range<Int>) {
    removedCount += rows.count
    if isListed { removed += rows } else { forget() }
  }

  mutating func alter(_ before: Int, _ after: Int) {
    alteredCount += 1
    if isListed { altered.append((before, after)) } else { forget() }
  }

  private mutating func forget() { (removed, added, altered) = ([], [], []) }

  /// Takes the rows of a file that both versions have as altered where they are said elsewhere than before.
  mutating func alterCited(
    _ citations: CitationList, _ rows: BaseRows, since former: CitationList, _ formerRows: BaseRows,
    _ citationCount: Int
  ) {
    for row in citations.citedBaseRows {
      let before = formerRows.rank(of: rows.place(of: row))
      if citations.isOther(of: row, than: former, of: before, first: citationCount) {
        alter(before, row)
      }
    }
  }

  /// The rows of one version of a table: those of the file, and how many there are in all.
  struct Rows {
    var base: BaseRows
    var count: Int

    /// Rows none of which is known to be in the other version.
    init(_ count: Int) { self.init(base: BaseRows(total: 0), count: count) }

    init(base: BaseRows, count: Int) {
      self.base = base
      self.count = count
    }
  }

  /// Compares two versions of a table whose rows are distinct. Of rows that lie in the same file it is known that they are
  /// the same.
  ///
  /// - Parameters:
  ///   - isSame: whether a row of the first version is one of the second.
  ///   - find: the row of the second version that is one of the first, if there is one.
  ///   - isAltered: whether two rows that are the same differ in what does not make them that.
  /// - Complexity: O(later rows + rows gone from the file), and a bit for each later row; `find` is
  ///   called for rows that are gone or not in their order.
  mutating func compare(
    _ before: Rows, _ after: Rows, isSame: (Int, Int) -> Bool, find: (Int) -> Int?,
    isAltered: (Int, Int) -> Bool
  ) {
    let first = after.base.count
    var isKnown = Bitmap()
    var next = first
    func pair(_ row: Int) {
      let isNext = next < after.count && isSame(row, next)
      guard let same = isNext ? next : find(row), same >= first else {
        return remove(row..<row + 1)
      }
      isKnown.insert(same - first)
      next = same + 1
      if isAltered(row, same) { alter(row, same) }
    }
    for place in after.base.dead(unlike: before.base) { pair(before.base.rank(of: place)) }
    for row in before.base.count..<max(before.base.count, before.count) { pair(row) }
    for row in first..<max(first, after.count) where !isKnown.contains(row - first) {
      add(row..<row + 1)
    }
  }
}

/// A table as it was at some moment: later rows and citations of it do not count.
package struct TableVersion<Table: AnyObject> {
  package let table: Table
  /// So many of its rows count.
  package let count: Int
  package let citationCount: Int
  /// How many columns it had beside its ends.
  let columnCount: Int

  init(table: Table, count: Int, citationCount: Int = 0, columnCount: Int = 0) {
    self.table = table
    self.count = count
    self.citationCount = citationCount
    self.columnCount = columnCount
  }
}

/// A table whose rows are only appended while it is the same object.
package protocol VersionedTable: AnyObject {
  /// The table as it is now.
  var version: TableVersion<Self> { get }
  /// How many rows the outermost write in progress has added, beside those that stand for rows of before.
  var addedCount: Int { get }
  /// Makes it what it was in a version of the same object.
  func truncate(to version: TableVersion<Self>)
}

extension EdgeTable: VersionedTable {
  package var version: TableVersion<EdgeTable> {
    TableVersion(
      table: self, count: count, citationCount: citations.count, columnCount: columns.count)
  }

  package var addedCount: Int { count - min(count, transaction.start) }

  package func truncate(to version: TableVersion<EdgeTable>) {
    truncate(
      to: version.count, citations: version.citationCount, columns: version.columnCount)
  }

  /// What is otherwise than in an earlier version of the table; edges that are said elsewhere are altered.
  ///
  /// - Complexity: O(rows that changed + rows that do not lie in the file) where both have the same rows in a
  ///   file, otherwise O(rows).
  package func changes(
    since before: TableVersion<EdgeTable>, dictionary: TermDictionary, limit: Int
  ) -> RowChanges {
    var result = RowChanges(limit: limit)
    let (old, citationCount) = (before.table, before.citationCount)
    if old === self {
      result.add(before.count..<max(before.count, count))
      for row in citations.rows(citedSince: citationCount) where row < before.count {
        result.alter(row, row)
      }
      return result
    }
    let sharesBase = base != nil && base === old.base
    let columns = columns.map { column in
      (mine: column, other: old.columns.first { $0.key == column.key && $0.type == column.type })
    }
    let lost = old.columns.filter { column in !columns.contains { $0.other === column } }
    result.compare(
      sharesBase
        ? RowChanges.Rows(base: old.baseRows, count: before.count) : RowChanges.Rows(before.count),
      sharesBase ? RowChanges.Rows(base: baseRows, count: count) : RowChanges.Rows(count),
      isSame: { row, other in
        old.ends(of: row) == ends(of: other)
          && columns.allSatisfy { column in
            guard column.mine.isPresent(other) else {
              return column.other?.isPresent(row) != true
            }
            guard let former = column.other, former.isPresent(row) else { return false }
            return former.word(row) == column.mine.word(other)
          } && !lost.contains { $0.isPresent(row) }
      },
      find: { row in
        if lost.contains(where: { $0.isPresent(row) }) { return nil }
        let (source, target) = old.ends(of: row)
        let properties = columns.compactMap { column -> StagedProperty? in
          guard let former = column.other, former.isPresent(row) else { return nil }
          return StagedProperty(
            key: former.key.raw, type: former.type, word: former.word(row))
        }
        return lookup(source, target, properties, dictionary)
      },
      isAltered: { row, other in
        citations.isOther(of: other, than: old.citations, of: row, first: citationCount)
      })
    if sharesBase {
      result.alterCited(citations, baseRows, since: old.citations, old.baseRows, citationCount)
    }
    return result
  }
}

extension NodeTable {
  /// What is otherwise than in an earlier version of which `formerCount` rows count.
  ///
  /// - Complexity: that of `EdgeTable.changes`.
  package func changes(
    since old: NodeTable, _ formerCount: Int, limit: Int,
    isAltered: (Int, Int) -> Bool = { _, _ in false }
  ) -> RowChanges {
    var result = RowChanges(limit: limit)
    if old === self {
      result.add(formerCount..<max(formerCount, count))
      return result
    }
    let sharesBase = sharesBase(with: old)
    result.compare(
      sharesBase
        ? RowChanges.Rows(base: old.baseRows, count: formerCount) : RowChanges.Rows(formerCount),
      sharesBase ? RowChanges.Rows(base: baseRows, count: count) : RowChanges.Rows(count),
      isSame: { old.id(at: $0) == id(at: $1) }, find: { row(of: old.id(at: $0)) },
      isAltered: isAltered)
    return result
  }
}

extension LabelTable: VersionedTable {
  package var version: TableVersion<LabelTable> {
    TableVersion(table: self, count: count, citationCount: citations.count)
  }

  package var addedCount: Int { count - min(count, transaction.start) }

  package func truncate(to version: TableVersion<LabelTable>) {
    truncate(to: version.count, citations: version.citationCount)
  }

  /// What is otherwise than in an earlier version of the table; labels that are said elsewhere are altered.
  ///
  /// - Complexity: that of `EdgeTable.changes`.
  package func changes(since before: TableVersion<LabelTable>, limit: Int) -> RowChanges {
    let (old, citationCount) = (before.table, before.citationCount)
    let (mine, other) = (citations, old.citations)
    var result = members.changes(since: old.members, before.count, limit: limit) {
      mine.isOther(of: $1, than: other, of: $0, first: citationCount)
    }
    if old === self {
      for row in mine.rows(citedSince: citationCount) where row < before.count {
        result.alter(row, row)
      }
    } else if members.sharesBase(with: old.members) {
      result.alterCited(mine, members.baseRows, since: other, old.members.baseRows, citationCount)
    }
    return result
  }
}

extension PropertyTable: VersionedTable {
  package var version: TableVersion<PropertyTable> { TableVersion(table: self, count: count) }

  package var addedCount: Int {
    count - min(count, transaction.start) - transaction.replacedCount
  }

  package func truncate(to version: TableVersion<PropertyTable>) { truncate(to: version.count) }

  /// What is otherwise than in an earlier version of the table; nodes with another value are altered.
  ///
  /// - Complexity: that of `EdgeTable.changes`.
  package func changes(since before: TableVersion<PropertyTable>, limit: Int) -> RowChanges {
    let old = before.table
    // Values of two types are two, though they be written alike.
    let isComparable = type == old.type
    let (words, formerWords) = (values, old.values)
    return owners.changes(since: old.owners, before.count, limit: limit) {
      !isComparable || words.word($1) != formerWords.word($0)
    }
  }
}

extension AliasTable: VersionedTable {
  package var version: TableVersion<AliasTable> {
    TableVersion(table: self, count: count, citationCount: citations.count)
  }

  package var addedCount: Int { count - min(count, transaction.start) }

  package func truncate(to version: TableVersion<AliasTable>) {
    truncate(to: version.count, citations: version.citationCount)
  }

  /// What is otherwise than in an earlier version of the table; aliases that are said elsewhere are altered.
  ///
  /// - Complexity: O(rows), or O(rows and citations that came) in the same table.
  package func changes(since before: TableVersion<AliasTable>, limit: Int) -> RowChanges {
    let (old, citationCount) = (before.table, before.citationCount)
    var result = RowChanges(limit: limit)
    if old === self {
      result.add(before.count..<max(before.count, count))
      for row in citations.rows(citedSince: citationCount) where row < before.count {
        result.alter(row, row)
      }
      return result
    }
    result.compare(
      RowChanges.Rows(before.count), RowChanges.Rows(count),
      isSame: { old.aliases[$0] == aliases[$1] && old.nodes[$0] == nodes[$1] },
      find: { row in rows(of: old.aliases[row]).first { nodes[$0] == old.nodes[row] } },
      isAltered: { row, other in
        citations.isOther(of: other, than: old.citations, of: row, first: citationCount)
      })
    return result
  }
}
