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
  private var rowColumn = Column<UInt32>()
  private var sourceColumn = Column<UInt32>()
  private var lineColumn = Column<UInt32>()
  private let previous = Column<UInt32>()
  private let last = Column<UInt32>()
  private var sealed: SealedRows<SealedCitations>?

  package init() {}

  /// Citations that lie in a file.
  init(sealed: SealedRows<SealedCitations>) { self.sealed = sealed }

  /// How many citations there are.
  package var count: Int { sealed?.count ?? rowColumn.count }

  package var rows: Column<UInt32> {
    if sealed != nil { unseal() }
    return rowColumn
  }

  package var sources: Column<UInt32> {
    if sealed != nil { unseal() }
    return sourceColumn
  }

  package var lines: Column<UInt32> {
    if sealed != nil { unseal() }
    return lineColumn
  }

  private func unseal() {
    guard let content = sealed?.unpack() else { return }
    sealed = nil
    rowColumn = content.rows
    sourceColumn = content.sources
    lineColumn = content.lines
    let words = rowColumn.words
    for index in 0..<words.count {
      let row = Int(words[index])
      while last.count <= row { last.append(0) }
      previous.append(last[row])
      last[row] = UInt32(index + 1)
    }
  }

  /// Adds a citation to a row and says whether it is new. O(citations of the row).
  @discardableResult
  package func add(_ citation: StagedCitation, to row: Int) -> Bool {
    if sealed != nil { unseal() }
    while last.count <= row { last.append(0) }
    var link = last[row]
    while link != 0 {
      let index = Int(link) - 1
      if sources[index] == citation.source && lines[index] == citation.lines { return false }
      link = previous[index]
    }
    rows.append(UInt32(row))
    sources.append(citation.source)
    lines.append(citation.lines)
    previous.append(last[row])
    last[row] = UInt32(count)
    return true
  }

  /// The citations of a row, oldest first. O(citations of the row).
  package func citations(of row: Int) -> [StagedCitation] {
    if sealed != nil { unseal() }
    var result: [StagedCitation] = []
    var link = row < last.count ? last[row] : 0
    while link != 0 {
      let index = Int(link) - 1
      result.append(StagedCitation(source: sources[index], lines: lines[index]))
      link = previous[index]
    }
    result.reverse()
    return result
  }

  /// Forgets all citations and rows beyond the given counts. O(citations forgotten).
  func truncate(to newCount: Int, rowCount: Int) {
    if sealed?.count == newCount { return }
    for index in stride(from: count - 1, through: newCount, by: -1) {
      last[Int(rows[index])] = previous[index]
    }
    for column in [rows, sources, lines, previous] { column.truncate(to: newCount) }
    if last.count > rowCount { last.truncate(to: rowCount) }
  }
}

/// A citation on term ids: the document and the lines, `TermID.none.raw` where they are missing.
package struct StagedCitation: Hashable, Sendable {
  package var source: UInt32
  package var lines: UInt32

  package init(source: UInt32 = TermID.none.raw, lines: UInt32 = TermID.none.raw) {
    self.source = source
    self.lines = lines
  }

  /// Whether it says anything at all.
  var isEmpty: Bool { source == TermID.none.raw && lines == TermID.none.raw }
}
