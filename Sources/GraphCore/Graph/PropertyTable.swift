/// One property of nodes: which node has which value, at most one each.
package final class PropertyTable {
  private var nodeColumn = Column<UInt32>()
  private var sealed: SealedRows<Column<UInt32>>?
  /// Their values, row by row; every row is present.
  package private(set) var values: PropertyColumn
  private var index = RowIndex()
  var transaction = TransactionRows(start: 0)

  init(key: TermID, type: ValueType, isDeclared: Bool = false) {
    values = PropertyColumn(key: key, type: type, isDeclared: isDeclared)
  }

  /// A property that lies in a file.
  init(values: PropertyColumn, sealed: SealedRows<Column<UInt32>>) {
    self.values = values
    self.sealed = sealed
  }

  /// The nodes that have the property, in the order of arrival.
  package var nodes: Column<UInt32> {
    if sealed != nil { unseal() }
    return nodeColumn
  }

  @inline(never)
  private func unseal() {
    guard let content = sealed?.unpack() else { return }
    sealed = nil
    nodeColumn = content
    let words = nodeColumn.words
    index.reserve(words.count)
    for row in 0..<words.count { index.insert(row: row, hash: PropertyTable.hash(words[row])) }
  }

  /// The term of the property's name.
  package var key: TermID { values.key }
  package var type: ValueType { values.type }
  package var count: Int { sealed?.count ?? nodeColumn.count }

  /// The row of a node, or `nil` if it lacks the property. O(1).
  package func row(of node: UInt32) -> Int? {
    if sealed != nil { unseal() }
    let hash = PropertyTable.hash(node)
    let slots = index.words
    var slot = Int(hash) & index.mask
    while true {
      let entry = slots[slot]
      if entry == 0 { return nil }
      let row = RowIndex.row(of: entry)
      if RowIndex.hash(of: entry) == hash && nodes[row] == node { return row }
      slot = (slot &+ 1) & index.mask
    }
  }

  /// The word of a node's value, or `nil` if it lacks the property. O(1).
  package func word(of node: UInt32) -> UInt64? { row(of: node).map { values.word($0) } }

  /// Adds the value of a node that has none.
  func append(_ node: UInt32, word: UInt64, ordinal: Int) {
    let nodes = nodes
    let row = count
    nodes.append(node)
    values.append(word, at: row)
    transaction.note(ordinal)
    index.insert(row: row, hash: PropertyTable.hash(node))
  }

  func truncate(to newCount: Int) {
    if newCount == count { return }
    for row in stride(from: count - 1, through: newCount, by: -1) {
      index.remove(row: row, hash: PropertyTable.hash(nodes[row]))
    }
    nodes.truncate(to: newCount)
    values.truncate(to: newCount)
    transaction.truncate(toRow: newCount)
  }

  /// The same table as another type or without some nodes.
  ///
  /// Values that the new type cannot hold are left out; the caller has made sure there are none.
  func rewritten(
    as newType: ValueType? = nil, isDeclared: Bool? = nil, dictionary: TermDictionary,
    without dropped: Bitmap = Bitmap()
  ) -> PropertyTable {
    let target = newType ?? type
    let result = PropertyTable(
      key: key, type: target, isDeclared: isDeclared ?? values.isDeclared)
    for row in 0..<count {
      if row == transaction.start { result.transaction.restart(at: result.count) }
      guard !dropped.contains(Int(nodes[row])),
        let word = PropertyColumn.convert(values.word(row), from: type, to: target, dictionary)
      else { continue }
      result.append(nodes[row], word: word, ordinal: transaction.ordinal(of: row) ?? 0)
    }
    if transaction.start >= count { result.transaction.restart(at: result.count) }
    return result
  }

  /// Replaces the value of a row; only on a table that no snapshot holds.
  func replace(_ word: UInt64, at row: Int) { values.replace(word, at: row) }

  func checkInvariants() -> [String] {
    var problems: [String] = []
    if values.count != count || values.presentCount != count || index.count != count {
      problems.append("property \(key): columns differ in length")
    }
    for row in 0..<count where self.row(of: nodes[row]) != row {
      problems.append("property \(key): node \(nodes[row]) is not found at row \(row)")
    }
    return problems
  }

  private static func hash(_ node: UInt32) -> UInt32 {
    ByteHash.narrow(ByteHash.mix(UInt64(node)))
  }
}
