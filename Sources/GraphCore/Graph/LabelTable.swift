/// The nodes that carry one label, in the order of their arrival, with citations.
package final class LabelTable {
  /// The term of the label's name.
  package let label: TermID
  /// The ids of the nodes.
  package let nodes = Column<UInt32>()
  /// Where it is said that the nodes carry the label; rows are those of `nodes`.
  package let citations = CitationList()
  private var membership = Bitmap()
  private var positions: [UInt32: Int]?
  var transaction = TransactionRows(start: 0)

  init(label: TermID) { self.label = label }

  package var count: Int { nodes.count }

  @inline(__always)
  package func contains(_ node: UInt32) -> Bool { membership.contains(Int(node)) }

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
    let isNew = membership.insert(Int(node))
    if isNew {
      nodes.append(node)
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
