import GraphCore

/// Answers as JSON: one array of objects, or one object a line.
///
/// Numbers and booleans are written as such. A float that JSON has no number for (`inf`, `nan`) is
/// written as a text, so that nothing is lost. A query without variables gives one object,
/// `{"answer":true}`.
enum JSONRenderer {
  static func writeArray<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, to output: inout ChunkedOutput<Sink>
  ) throws(Sink.Failure) {
    output.bytes.append(UInt8(ascii: "["))
    try writeObjects(table, before: "\n", between: ",\n", to: &output)
    if table.rowCount > 0 || table.isTruth { output.bytes.append(UInt8(ascii: "\n")) }
    output.bytes += "]\n".utf8
  }

  static func writeLines<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, to output: inout ChunkedOutput<Sink>
  ) throws(Sink.Failure) {
    try writeObjects(table, before: "", between: "\n", to: &output)
    if table.rowCount > 0 || table.isTruth { output.bytes.append(UInt8(ascii: "\n")) }
  }

  private static func writeObjects<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, before: String, between: String, to output: inout ChunkedOutput<Sink>
  ) throws(Sink.Failure) {
    guard !table.isTruth else {
      output.bytes += "\(before){\"answer\":\(table.rowCount > 0)}".utf8
      return
    }
    // What stands before each value: the brace or comma, the name, the colon.
    let leads = table.columnNames.enumerated().map { column, name in
      var lead: [UInt8] = [UInt8(ascii: column == 0 ? "{" : ",")]
      JSONText.append(name, to: &lead)
      lead.append(UInt8(ascii: ":"))
      return lead
    }
    var cell: [UInt8] = []
    for row in 0..<table.rowCount {
      output.bytes += (row == 0 ? before : between).utf8
      for column in leads.indices {
        output.bytes += leads[column]
        let kind = table.kind(row: row, column: column)
        cell.removeAll(keepingCapacity: true)
        if kind != .null { table.appendText(row: row, column: column, to: &cell) }
        append(cell, kind, to: &output.bytes)
      }
      output.bytes.append(UInt8(ascii: "}"))
      try output.endRow()
    }
  }

  private static func append(_ cell: [UInt8], _ kind: CellKind, to output: inout [UInt8]) {
    switch kind {
    case .null: output += "null".utf8
    case .boolean: output += cell
    case .integer: output += cell
    case .float:
      let isNumber = cell.last.map { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ?? false
      if isNumber { output += cell } else { JSONText.append(cell, to: &output) }
    case .text: JSONText.append(cell, to: &output)
    }
  }
}
