import GraphCore

/// Writes the rows of a relation in value order, as output files hold them.
struct RelationWriter {
  let relation: Relation
  let columnNames: [String]
  let terms: TermSpace
  let format: TableFormat

  func write<Failure: Error>(to sink: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
    var rows: [UInt32] = []
    rows.reserveCapacity(relation.liveCount)
    for row in 0..<relation.rowCount where !relation.isDead(row) {
      rows.append(UInt32(truncatingIfNeeded: row))
    }
    RowSorter(relation, keys: [], terms: terms).sort(&rows)
    if format.isJSON {
      try writeJSON(rows, to: sink)
      return
    }
    var bytes: [UInt8] = []
    if format.hasHeaders { appendHeaders(to: &bytes) }
    for row in rows {
      for column in 0..<relation.arity {
        if column > 0 { bytes += format.delimiter }
        append(relation.word(row: Int(row), column: column), relation.types[column], to: &bytes)
      }
      if relation.arity == 0 { bytes += "()".utf8 }
      bytes.append(UInt8(ascii: "\n"))
      if bytes.count > 1 << 16 {
        try sink(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    if !bytes.isEmpty { try sink(bytes) }
  }

  private func appendHeaders(to bytes: inout [UInt8]) {
    for (column, name) in columnNames.enumerated() {
      if column > 0 { bytes += format.delimiter }
      bytes += name.utf8
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  private func append(_ word: UInt64, _ type: ColumnType, to bytes: inout [UInt8]) {
    guard format.isQuoted else {
      WordText.append(word, type, terms, to: &bytes, floats: .exact)
      return
    }
    switch type {
    case .number, .unsigned, .float, .boolean:
      WordText.append(word, type, terms, to: &bytes, floats: .exact)
    case .symbol, .record:
      var text: [UInt8] = []
      let isRecord = if case .record = type { true } else { false }
      WordText.append(word, type, terms, to: &text, floats: .exact, quotesInRecords: isRecord)
      bytes.append(UInt8(ascii: "\""))
      for byte in text {
        if byte == UInt8(ascii: "\"") { bytes.append(byte) }
        bytes.append(byte)
      }
      bytes.append(UInt8(ascii: "\""))
    }
  }

  // MARK: JSON

  private func writeJSON<Failure: Error>(
    _ rows: [UInt32], to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    var bytes: [UInt8] = Array("[".utf8)
    let values = JSONValues(terms: terms, hasObjects: format.hasObjects)
    for (index, row) in rows.enumerated() {
      if index > 0 { bytes += (format.hasObjects ? ",\n" : ",\n").utf8 }
      let words = (0..<relation.arity).map { relation.word(row: Int(row), column: $0) }
      values.append(
        zip(zip(columnNames, relation.types), words).map { ($0.0, $0.1, $1) }, to: &bytes)
      if bytes.count > 1 << 16 {
        try sink(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    bytes += "]\n".utf8
    try sink(bytes)
  }
}
