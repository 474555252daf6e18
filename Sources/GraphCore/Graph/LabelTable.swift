/// The nodes that carry one label, in the order of their arrival, with citations.
package final class LabelTable {
  /// The term of the label's name.
  package let label: TermID
  /// Where it is said that the nodes carry the label; rows are those of `nodes`.
  package let citations: CitationList
  private var nodeColumn = Column<UInt32>()
  private var sealed: SealedRows<Column<UInt32>>?
  private var membership = Bitmap()
  private var positions: [UInt32: Int]?
  var transaction = TransactionRows(start: 0)

  init(label: TermID) {
    self.label = label
    citations = CitationList()
  }

  /// A table whose first rows lie in a file.
  init(label: TermID, sealed: SealedRows<Column<UInt32>>, citations: CitationList) {
    self.label = label
    self.sealed = sealed
    self.citations = citations
  }

  package var count: Int { sealed?.count ?? nodeColumn.count }

  /// The ids of the nodes.
  package var nodes: Column<UInt32> {
    if sealed != nil { unseal() }
    return nodeColumn
  }

  @inline(__always)
  package func contains(_ node: UInt32) -> Bool {
    if sealed != nil { unseal() }
    return membership.contains(Int(node))
  }

  @inline(never)
  private func unseal() {
    guard let content = sealed?.unpack() else { return }
    sealed = nil
    nodeColumn = content
    let words = nodeColumn.words
    for row in 0..<words.count { membership.insert(Int(words[row])) }
  }

  /// The row of a node, or `nil`. O(1) after a first call that is O(count).
  package func row(of node: UInt32) -> Int? {
    guard contains(node) else { return nil }
    var known = positions ?? [:]
    positions = nil
    for row in known.count..<max(known.count, count) { known[nodes[row]] = row }
    positions = known
    return known[node]
  }

  /// Adds a node and says whether it is new here.
  @discardableResult
  func add(_ node: UInt32, citation: StagedCitation, ordinal: Int) -> Bool {
    if sealed != nil { unseal() }
    let isNew = membership.insert(Int(node))
    if isNew {
      nodeColumn.append(node)
      transaction.note(ordinal)
    }
    if !citation.isEmpty {
      if isNew {
        citations.add(citation, to: count - 1)
      } else if let row = row(of: node) {
        citations.add(citation, to: row)
      }
    }
    return isNew
  }

  func truncate(to newCount: Int, citations citationCount: Int) {
    if newCount == count && citationCount == citations.count { return }
    citations.truncate(to: citationCount, rowCount: newCount)
    for row in newCount..<count {
      membership.remove(Int(nodes[row]))
      positions?[nodes[row]] = nil
    }
    nodes.truncate(to: newCount)
    transaction.truncate(toRow: newCount)
  }

  /// The same table without some nodes and with others renamed.
  func rewritten(without dropped: Bitmap, renaming names: [UInt32: UInt32] = [:]) -> LabelTable {
    let result = LabelTable(label: label)
    for row in 0..<count {
      if row == transaction.start { result.transaction.restart(at: result.count) }
      let node = nodes[row]
      if dropped.contains(Int(node)) { continue }
      let target = names[node] ?? node
      result.add(target, citation: StagedCitation(), ordinal: transaction.ordinal(of: row) ?? 0)
      guard let newRow = result.row(of: target) else { continue }
      for citation in citations.citations(of: row) { result.citations.add(citation, to: newRow) }
    }
    if transaction.start >= count { result.transaction.restart(at: result.count) }
    return result
  }
}
