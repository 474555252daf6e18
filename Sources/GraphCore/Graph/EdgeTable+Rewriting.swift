extension EdgeTable {
  /// What a rewritten table differs in.
  struct Changes {
    /// Rows to leave out.
    var dropped = Bitmap()
    var droppedRows: [Int] = []
    /// Nodes to rename, old to new.
    var names: [UInt32: UInt32] = [:]
    /// New types of properties by key, and whether a schema gives them.
    var types: [UInt32: (type: ValueType, isDeclared: Bool)] = [:]

    /// Leaves a row out and says whether it was in before.
    mutating func drop(_ row: Int) -> Bool {
      guard dropped.insert(row) else { return false }
      droppedRows.append(row)
      return true
    }
  }

  /// A new table with the changed rows; rows that have become equal are one, with the citations of
  /// both. Values that a new type cannot hold are left out: the caller has made sure that there are
  /// none.
  ///
  /// - Complexity: O(later rows + changed rows · log rows) where rows lie in a file and types stay,
  ///   otherwise O(rows × properties).
  func rewritten(_ changes: Changes, dictionary: TermDictionary) -> EdgeTable {
    guard changes.types.isEmpty, baseRows.total > 0 else {
      let result = EdgeTable(type: type, minimumCapacity: count)
      result.addColumns(like: self, changes)
      result.append(rowsOf: self, in: 0..<count, changes, dictionary: dictionary)
      return result
    }
    let first = baseRows.count
    let gone = changes.droppedRows.filter { $0 < first }
    let moved =
      changes.names.isEmpty
      ? []
      : rows(touching: changes.names.keys.sorted()).filter {
        $0 < first && !changes.dropped.contains($0)
      }
    let result = sharingBase(without: gone + moved)
    for row in moved { result.append(row, of: self, changes, dictionary) }
    result.append(rowsOf: self, in: first..<count, changes, dictionary: dictionary)
    return result
  }

  private func addColumns(like other: EdgeTable, _ changes: Changes) {
    for column in other.columns {
      let change = changes.types[column.key.raw]
      addColumn(
        column.key, change?.type ?? column.type,
        isDeclared: change?.isDeclared ?? column.isDeclared)
    }
  }

  private func append(
    rowsOf other: EdgeTable, in rows: Range<Int>, _ changes: Changes, dictionary: TermDictionary
  ) {
    for row in rows {
      if row == other.transaction.start { transaction.restart(at: count) }
      if !changes.dropped.contains(row) { append(row, of: other, changes, dictionary) }
    }
    if other.transaction.start >= rows.upperBound {
      transaction.restart(at: count)
    }
  }

  private func append(
    _ row: Int, of other: EdgeTable, _ changes: Changes, _ dictionary: TermDictionary
  ) {
    var staged: [StagedProperty] = []
    for (place, column) in other.columns.enumerated() where column.isPresent(row) {
      // The conversion is done here, so that the new column sees only its own type.
      let target = columns[place].type
      guard
        let word = PropertyColumn.convert(
          column.word(row), from: column.type, to: target, dictionary)
      else { continue }
      staged.append(StagedProperty(key: column.key.raw, type: target, word: word))
    }
    let (source, target) = other.ends(of: row)
    let outcome = add(
      from: changes.names[source] ?? source, to: changes.names[target] ?? target,
      properties: staged,
      ordinal: other.transaction.ordinal(of: row) ?? 0, dictionary: dictionary)
    switch outcome {
    case .added(let newRow), .existing(let newRow):
      for citation in other.citations.citations(of: row) { citations.add(citation, to: newRow) }
    case .mismatch, .duplicate:
      preconditionFailure("edge table: a row does not fit its own columns")
    }
  }
}
