/// Where the rows of a table are said: any number of (document, lines) for each row.
///
/// ```
///  rows     │ 0 │ 1 │ 0 │…    the row that the citation is of
///  sources  │doc│doc│doc│…    term of the document, or none
///  lines    │ t │ t │ – │…    term of a text such as "99, 105-107", or none
///  previous │ 0 │ 0 │ 1 │…    1 + the citation of the same row before this one; 0 is the end
///  last     │ 3 │ 2 │         per row: 1 + its last citation; may be shorter than the table
/// ```
///
/// A row never holds the same citation twice.
package final class CitationList {
  // The citations from `heldFrom` on; those before lie in the file.
  private let rowColumn = Column<UInt32>()
  private let sourceColumn = Column<UInt32>()
  private let lineColumn = Column<UInt32>()
  @safe @exclusivity(unchecked) private var heldFrom = 0
  private let previous = Column<UInt32>()
  /// Per row from `chainFrom` on: 1 + the place of its last citation in the columns.
  private let last = Column<UInt32>()
  @safe @exclusivity(unchecked) private var chainFrom = 0
  /// The same for rows before, few of which get another citation.
  private var lastOfBase: [Int: UInt32] = [:]
  private let base: PackedCitations?
  private var baseRows: BaseRows

  package init() {
    base = nil
    baseRows = BaseRows(total: 0)
  }

  /// Citations that lie in a file; `rows` are those of the table.
  init(base: PackedCitations?, rows: BaseRows) {
    self.base = base
    baseRows = rows
    chainFrom = rows.count
    heldFrom = livingCount
  }

  /// The citations of the rows that lie in the file alone, of which others are dead, with those that
  /// these rows have got since.
  func sharingBase(_ rows: BaseRows) -> CitationList {
    let result = CitationList(base: base, rows: rows)
    guard rows.total > 0 else { return result }
    let shift = chainFrom == 0 ? baseCitationCount : 0
    for index in shift..<rowColumn.count where Int(rowColumn[index]) < baseRows.count {
      guard let row = rows.row(at: baseRows.place(of: Int(rowColumn[index]))) else { continue }
      result.add(StagedCitation(source: sourceColumn[index], lines: lineColumn[index]), to: row)
    }
    return result
  }

  /// How many citations of the file are of living rows.
  private var livingCount: Int {
    guard let base else { return 0 }
    return baseRows.dead.reduce(base.count) { $0 - base.range(of: Int($1)).count }
  }

  /// How many of the citations in the columns come from the file.
  private var baseCitationCount: Int { heldFrom > 0 || base == nil ? 0 : livingCount }

  /// How many citations there are.
  package var count: Int { heldFrom + rowColumn.count }

  /// The row of each citation, by its number. O(1); O(citations) the first time where they lie in a
  /// file.
  package var rows: Column<UInt32> {
    if heldFrom > 0 { unpack() }
    return rowColumn
  }

  /// The term of each citation's document, or none; see `rows`.
  package var sources: Column<UInt32> {
    if heldFrom > 0 { unpack() }
    return sourceColumn
  }

  /// The term of each citation's lines, or none; see `rows`.
  package var lines: Column<UInt32> {
    if heldFrom > 0 { unpack() }
    return lineColumn
  }

  @inline(never)
  private func unpack() {
    guard let base else { return }
    let content = base.unpack()
    let later = (0..<rowColumn.count).map { (rowColumn[$0], sourceColumn[$0], lineColumn[$0]) }
    for column in [rowColumn, sourceColumn, lineColumn, previous, last] { column.truncate(to: 0) }
    lastOfBase = [:]
    let expected = heldFrom
    heldFrom = 0
    chainFrom = 0
    for index in 0..<content.rows.count where rowColumn.count < expected {
      guard let row = baseRows.row(at: Int(content.rows[index])) else { continue }
      link(row, content.sources[index], content.lines[index])
    }
    // Where the file is damaged, what was counted stays countable.
    while rowColumn.count < expected { link(0, TermID.none.raw, TermID.none.raw) }
    for (row, source, lines) in later { link(Int(row), source, lines) }
  }

  /// Appends a citation of a row.
  private func link(_ row: Int, _ source: UInt32, _ lines: UInt32) {
    rowColumn.append(UInt32(row))
    sourceColumn.append(source)
    lineColumn.append(lines)
    previous.append(lastLink(of: row))
    setLastLink(of: row, to: UInt32(rowColumn.count))
  }

  @inline(__always)
  private func lastLink(of row: Int) -> UInt32 {
    if row < chainFrom { return lastOfBase[row] ?? 0 }
    let place = row &- chainFrom
    return place < last.count ? last[place] : 0
  }

  @inline(__always)
  private func setLastLink(of row: Int, to link: UInt32) {
    if row < chainFrom {
      lastOfBase[row] = link
    } else {
      while last.count <= row &- chainFrom { last.append(0) }
      last[row &- chainFrom] = link
    }
  }

  /// The citations of a row that lie in the file and have not been unpacked.
  private func packed(_ row: Int) -> [StagedCitation] {
    guard heldFrom > 0, row < baseRows.count, let base else { return [] }
    return base.range(of: baseRows.place(of: row)).map { base.citation(at: $0) }
  }

  /// Adds a citation to a row and says whether it is new. O(citations of the row).
  @discardableResult
  package func add(_ citation: StagedCitation, to row: Int) -> Bool {
    var link = lastLink(of: row)
    while link != 0 {
      let index = Int(link) - 1
      if sourceColumn[index] == citation.source && lineColumn[index] == citation.lines {
        return false
      }
      link = previous[index]
    }
    if heldFrom > 0 && packed(row).contains(citation) { return false }
    self.link(row, citation.source, citation.lines)
    return true
  }

  /// The citations of a row, oldest first. O(citations of the row).
  package func citations(of row: Int) -> [StagedCitation] {
    var result: [StagedCitation] = []
    var link = lastLink(of: row)
    while link != 0 {
      let index = Int(link) - 1
      result.append(StagedCitation(source: sourceColumn[index], lines: lineColumn[index]))
      link = previous[index]
    }
    result.reverse()
    return packed(row) + result
  }

  /// The same of the first `limit` citations of the list alone, as it was when it had no more.
  /// O(citations of the row).
  package func citations(of row: Int, first limit: Int) -> [StagedCitation] {
    let all = citations(of: row)
    var later = 0
    var link = lastLink(of: row)
    while link != 0, heldFrom + Int(link) > limit {
      later += 1
      link = previous[Int(link) - 1]
    }
    return Array(all.dropLast(later))
  }

  /// Rows that have got citations since there were `count`, ascending. O(citations since).
  func rows(citedSince count: Int) -> [Int] {
    var rows: Set<Int> = []
    for index in max(count - heldFrom, 0)..<max(count - heldFrom, rowColumn.count, 0) {
      rows.insert(Int(rowColumn[index]))
    }
    return rows.sorted()
  }

  /// Rows that lie in the file and have got citations since, ascending. O(citations since).
  var citedBaseRows: [Int] {
    rows(citedSince: heldFrom + baseCitationCount).filter { $0 < baseRows.count }
  }

  /// Whether a row is said elsewhere than a row was in an earlier list, of which the first `limit` count.
  func isOther(of row: Int, than other: CitationList, of formerRow: Int, first limit: Int) -> Bool {
    if count == 0 && limit == 0 { return false }
    let (now, before) = (citations(of: row), other.citations(of: formerRow, first: limit))
    return now != before && Set(now) != Set(before)
  }

  /// Forgets all citations and rows beyond the given counts. O(citations forgotten).
  func truncate(to newCount: Int, rowCount: Int) {
    for index in stride(from: count - 1, through: newCount, by: -1) {
      let place = index - heldFrom
      setLastLink(of: Int(rowColumn[place]), to: previous[place])
    }
    for column in [rowColumn, sourceColumn, lineColumn, previous] {
      column.truncate(to: newCount - heldFrom)
    }
    if last.count > rowCount - chainFrom { last.truncate(to: max(0, rowCount - chainFrom)) }
  }

  /// Takes what has changed since the base was written.
  func adopt(_ rows: BaseRows, _ later: [(row: Int, said: StagedCitation)]) {
    baseRows = rows
    chainFrom = rows.count
    heldFrom = livingCount
    for (place, said) in later {
      if place >= rows.total {
        link(rows.count + place - rows.total, said.source, said.lines)
      } else if let row = rows.row(at: place) {
        link(row, said.source, said.lines)
      }
    }
  }

  /// The citations that came after those in the file; see `TableDelta.citations`.
  var later: [(row: Int, said: StagedCitation)] {
    (baseCitationCount..<rowColumn.count).map { index in
      let row = Int(rowColumn[index])
      let place =
        row < baseRows.count ? baseRows.place(of: row) : row - baseRows.count + baseRows.total
      return (place, StagedCitation(source: sourceColumn[index], lines: lineColumn[index]))
    }
  }
}
