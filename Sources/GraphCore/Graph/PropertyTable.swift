/// One property of nodes: which node has which value, at most one each.
package final class PropertyTable {
  let owners: NodeTable
  private let column: PropertyColumn
  private var delta: PendingDelta?
  /// The rows in the file by their values, where there is an index of them.
  private var valueIndex: (index: PackedValueIndex, base: PackedProperty)?
  /// The rows from `hashedFrom` on by their words, worked out when somebody asks for a word.
  private var wordIndex: (rows: RowIndex, from: Int, to: Int)?
  var transaction: TransactionRows
  /// The last write that has touched the table.
  var writeSerial: UInt64 = 0

  init(key: TermID, type: ValueType, isDeclared: Bool = false) {
    owners = NodeTable()
    column = PropertyColumn(key: key, type: type, isDeclared: isDeclared)
    transaction = TransactionRows(start: 0)
  }

  /// A property that lies in a file.
  init(
    owners: NodeTable, values: PropertyColumn, delta: PendingDelta? = nil,
    index: (index: PackedValueIndex, base: PackedProperty)? = nil
  ) {
    self.owners = owners
    column = values
    self.delta = delta
    valueIndex = index
    transaction = TransactionRows(start: 0)
    transaction.restart(at: count)
  }

  /// The nodes that have the property, in the order of arrival.
  package var nodes: Column<UInt32> {
    touch()
    return owners.ids
  }

  /// The node of a row. O(1).
  package func node(at row: Int) -> UInt32 {
    touch()
    return owners.id(at: row)
  }

  /// Their values, row by row; every row is present.
  package var values: PropertyColumn {
    touch()
    return column
  }

  /// The term of the property's name.
  package var key: TermID { column.key }
  package var type: ValueType { column.type }
  /// Whether a schema fixes the type, which values cannot widen then.
  package var isDeclared: Bool { column.isDeclared }
  /// How many nodes have the property; nothing is unpacked. O(1).
  package var count: Int {
    if let delta { return owners.baseRows.total - delta.removed + delta.count }
    return owners.count
  }

  /// The row of a node, or `nil` if it lacks the property. O(1), or O(log count) in a file.
  package func row(of node: UInt32) -> Int? {
    touch()
    return owners.row(of: node)
  }

  /// The word of a node's value, or `nil` if it lacks the property. O(1), or O(log count) in a file.
  package func word(of node: UInt32) -> UInt64? { row(of: node).map { column.word($0) } }

  /// Adds the value of a node that has none.
  func append(_ node: UInt32, word: UInt64, ordinal: Int) {
    touch()
    column.append(word, at: count)
    owners.insert(node)
    transaction.note(ordinal)
  }

  func truncate(to newCount: Int) {
    if newCount == count { return }
    owners.truncate(to: newCount)
    column.truncate(to: newCount)
    wordIndex = nil
    transaction.truncate(toRow: newCount)
  }

  /// The same table without some nodes. O(later rows + dropped · log rows).
  func rewritten(without dropped: some Sequence<UInt32>) -> PropertyTable {
    touch()
    let baseCount = owners.baseRows.count
    var gone: [Int] = []
    var later = Bitmap()
    for node in dropped {
      guard let row = row(of: node) else { continue }
      if row < baseCount { gone.append(row) } else { later.insert(row) }
    }
    let rest = owners.sharingBase(without: gone)
    let result = PropertyTable(
      owners: rest, values: column.sharingBase(rest.baseRows), index: valueIndex)
    result.append(laterRowsOf: self, from: baseCount) { later.contains($0) ? nil : $1 }
    return result
  }

  /// The same table as another type; values that it cannot hold are left out, and the caller has
  /// made sure that there are none. O(rows).
  func converted(
    to newType: ValueType, isDeclared: Bool? = nil, dictionary: TermDictionary
  ) -> PropertyTable {
    touch()
    let result = PropertyTable(key: key, type: newType, isDeclared: isDeclared ?? self.isDeclared)
    column.unpack()
    result.append(laterRowsOf: self, from: 0) {
      PropertyColumn.convert($1, from: self.type, to: newType, dictionary)
    }
    return result
  }

  private func append(
    laterRowsOf other: PropertyTable, from first: Int, _ word: (Int, UInt64) -> UInt64?
  ) {
    for row in first..<other.count {
      if row == other.transaction.start { transaction.restart(at: count) }
      guard let word = word(row, other.column.word(row)) else { continue }
      append(other.owners.id(at: row), word: word, ordinal: other.transaction.ordinal(of: row) ?? 0)
    }
    if other.transaction.start >= other.count { transaction.restart(at: count) }
    transaction.replacedCount = other.transaction.replacedCount
    transaction.replacedNodes = other.transaction.replacedNodes
  }

  /// Replaces the value of a row; only on a table that no snapshot holds. A row that lies in the file
  /// becomes the last.
  func replace(_ word: UInt64, at row: Int, of node: UInt32, ordinal: Int) {
    touch()
    wordIndex = nil
    transaction.replacedNodes.append(node)
    guard row < owners.baseRows.count else { return column.replace(word, at: row) }
    owners.removeBaseRow(row)
    column.removeBaseRow(row)
    transaction.moveStart(by: -1)
    append(node, word: word, ordinal: ordinal)
    transaction.replacedCount += 1
  }

  @inline(__always)
  private func touch() { if delta != nil { loadDelta() } }

  @inline(never)
  private func loadDelta() {
    guard let content = delta?.load() else { return }
    delta = nil
    owners.adopt(dead: content.dead, later: content.nodes, isDamaged: content.isDamaged)
    column.adopt(owners.baseRows, later: content.nodes.count, content.properties.first)
  }

  // MARK: - Rows by value

  /// The rows of the table that lie in the file.
  var baseRows: BaseRows {
    touch()
    return owners.baseRows
  }

  /// The places in the file of rows with a word; `nil` where the file has no index.
  func packedPlaces(of word: UInt64) -> [Int]? {
    valueIndex.map { $0.index.places(of: word, in: $0.base) }
  }

  /// The rows from `first` on with a word. O(rows) the first time, then O(rows that came since).
  func indexedRows(with word: UInt64, from first: Int) -> [Int] {
    touch()
    if wordIndex?.from != first { wordIndex = nil }
    if first == 0 { column.unpack() }
    var known = wordIndex ?? (RowIndex(), first, first)
    wordIndex = nil
    while known.to < count {
      let hash = ByteHash.narrow(ByteHash.mix(column.word(known.to)))
      known.rows.insert(row: known.to - first, hash: hash)
      known.to += 1
    }
    wordIndex = known
    let hash = ByteHash.narrow(ByteHash.mix(word))
    let slots = known.rows.words
    var slot = Int(hash) & known.rows.mask
    var result: [Int] = []
    while slots[slot] != 0 {
      let row = first + RowIndex.row(of: slots[slot])
      if RowIndex.hash(of: slots[slot]) == hash && column.word(row) == word { result.append(row) }
      slot = (slot &+ 1) & known.rows.mask
    }
    return result.sorted()
  }

  /// Compares the index in the file with the values; for `verify`.
  func checkIndex() {
    if let valueIndex { valueIndex.index.check(valueIndex.base.unpackWords()) }
  }

  /// What has changed since the base was written; `nil` where there is no base.
  var changes: TableDelta? {
    touch()
    guard owners.baseRows.total > 0 else { return nil }
    var result = TableDelta()
    result.dead = owners.baseRows.dead
    result.nodes = owners.later
    result.properties = [column.laterValues(from: owners.baseRows.count, to: count)]
    return result
  }
}
