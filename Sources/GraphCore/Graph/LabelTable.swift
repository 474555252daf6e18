/// The nodes that carry one label, in the order of their arrival, with citations.
package final class LabelTable {
  /// The term of the label's name.
  package let label: TermID
  let members: NodeTable
  private let citationList: CitationList
  @safe @exclusivity(unchecked) private var delta: PendingDelta?
  @safe @exclusivity(unchecked) var transaction: TransactionRows
  /// The last write that has touched the table.
  var writeSerial: UInt64 = 0

  init(label: TermID) {
    self.label = label
    members = NodeTable()
    citationList = CitationList()
    transaction = TransactionRows(start: 0)
  }

  /// A table whose first rows lie in a file.
  init(
    label: TermID, members: NodeTable, citations: CitationList, delta: PendingDelta? = nil
  ) {
    self.label = label
    self.members = members
    citationList = citations
    self.delta = delta
    transaction = TransactionRows(start: 0)
    transaction.restart(at: count)
  }

  /// How many nodes carry the label; nothing is unpacked. O(1).
  package var count: Int {
    if let delta { return members.baseRows.total - delta.removed + delta.count }
    return members.count
  }

  /// The ids of the nodes. O(1); O(nodes) the first time where they lie in a file.
  package var nodes: Column<UInt32> {
    touch()
    return members.ids
  }

  /// The node of a row. O(1); nothing is unpacked.
  package func node(at row: Int) -> UInt32 {
    touch()
    return members.id(at: row)
  }

  /// Where it is said that the nodes carry the label; rows are those of `nodes`.
  package var citations: CitationList {
    touch()
    return citationList
  }

  /// Whether a node carries the label. O(1), or O(log count) in a file.
  @inline(__always)
  package func contains(_ node: UInt32) -> Bool {
    touch()
    return members.contains(node)
  }

  /// Sets the bits of the places at which nodes stand that carry the label. O(nodes).
  func mark(_ nodes: Words<UInt32>, in places: inout Bitmap) {
    touch()
    for place in 0..<nodes.count where members.contains(nodes[place]) { places.insert(place) }
  }

  /// The row of a node, or `nil`. O(1), or O(log count) in a file.
  package func row(of node: UInt32) -> Int? {
    touch()
    return members.row(of: node)
  }

  /// Adds a node and says whether it is new here.
  @discardableResult
  func add(_ node: UInt32, citation: StagedCitation, ordinal: Int) -> Bool {
    touch()
    let isNew = members.insert(node)
    if isNew { transaction.note(ordinal) }
    if !citation.isEmpty {
      if isNew {
        citationList.add(citation, to: count - 1)
      } else if let row = row(of: node) {
        citationList.add(citation, to: row)
      }
    }
    return isNew
  }

  func truncate(to newCount: Int, citations citationCount: Int) {
    if newCount == count && citationCount == citations.count { return }
    citationList.truncate(to: citationCount, rowCount: newCount)
    members.truncate(to: newCount)
    transaction.truncate(toRow: newCount)
  }

  /// The same table without some nodes and with others renamed. O(later rows + nodes · log rows).
  func rewritten(
    without dropped: Bitmap, nodes: some Sequence<UInt32>, renaming names: [UInt32: UInt32] = [:]
  ) -> LabelTable {
    touch()
    let baseCount = members.baseRows.count
    var gone: [Int] = []
    for node in nodes {
      if let row = row(of: node), row < baseCount { gone.append(row) }
    }
    var moved: [Int] = []
    for node in names.keys.sorted() {
      if let row = row(of: node), row < baseCount, !dropped.contains(Int(node)) {
        moved.append(row)
      }
    }
    let rest = members.sharingBase(without: gone + moved)
    let result = LabelTable(
      label: label, members: rest, citations: citationList.sharingBase(rest.baseRows))
    for row in moved { copy(row, to: result, names) }
    for row in baseCount..<count {
      if row == transaction.start { result.transaction.restart(at: result.count) }
      if !dropped.contains(Int(members.id(at: row))) { copy(row, to: result, names) }
    }
    if transaction.start >= count { result.transaction.restart(at: result.count) }
    return result
  }

  private func copy(_ row: Int, to result: LabelTable, _ names: [UInt32: UInt32]) {
    let node = members.id(at: row)
    let target = names[node] ?? node
    result.add(target, citation: StagedCitation(), ordinal: transaction.ordinal(of: row) ?? 0)
    guard let newRow = result.row(of: target) else { return }
    for citation in citations.citations(of: row) { result.citations.add(citation, to: newRow) }
  }

  @inline(__always)
  private func touch() { if delta != nil { loadDelta() } }

  @inline(never)
  private func loadDelta() {
    guard let content = delta?.load() else { return }
    delta = nil
    members.adopt(dead: content.dead, later: content.nodes, isDamaged: content.isDamaged)
    citationList.adopt(members.baseRows, content.citations)
  }

  /// What has changed since the base was written; `nil` where there is no base.
  var changes: TableDelta? {
    touch()
    guard members.baseRows.total > 0 else { return nil }
    var result = TableDelta()
    result.dead = members.baseRows.dead
    result.nodes = members.later
    result.citations = citationList.later
    return result
  }
}
