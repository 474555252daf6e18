/// Answers as comma-separated or tab-separated values, with a row of column names first.
///
/// CSV is quoted as RFC 4180 says. Lines end in a line feed alone, as every Unix tool expects and
/// every reader of CSV accepts. A null is an empty field, an empty text is `""`.
///
/// TSV has no quotes: tab, line feed, carriage return and backslash are written `\t`, `\n`, `\r`
/// and `\\`, so that every row is one line and every tab ends a field. A null is `\N`.
enum DelimitedRenderer {
  static func writeCSV<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, to output: inout ChunkedOutput<Sink>
  ) throws(Sink.Failure) {
    try write(table, separator: UInt8(ascii: ","), null: "", to: &output, field: appendCSV)
  }

  static func writeTSV<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, to output: inout ChunkedOutput<Sink>
  ) throws(Sink.Failure) {
    try write(table, separator: UInt8(ascii: "\t"), null: "\\N", to: &output, field: appendTSV)
  }

  @inline(__always)
  private static func write<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, separator: UInt8, null: String, to output: inout ChunkedOutput<Sink>,
    field: ([UInt8], inout [UInt8]) -> Void
  ) throws(Sink.Failure) {
    guard !table.isTruth else {
      output.bytes += "\(table.truth)\n".utf8
      return
    }
    let names = table.columnNames
    for (column, name) in names.enumerated() {
      if column > 0 { output.bytes.append(separator) }
      field(Array(name.utf8), &output.bytes)
    }
    output.bytes.append(UInt8(ascii: "\n"))

    var cell: [UInt8] = []
    for row in 0..<table.rowCount {
      for column in names.indices {
        if column > 0 { output.bytes.append(separator) }
        if table.kind(row: row, column: column) == .null {
          output.bytes += null.utf8
        } else {
          cell.removeAll(keepingCapacity: true)
          table.appendText(row: row, column: column, to: &cell)
          field(cell, &output.bytes)
        }
      }
      output.bytes.append(UInt8(ascii: "\n"))
      try output.endRow()
    }
  }

  private static func appendCSV(_ field: [UInt8], to output: inout [UInt8]) {
    let quote = UInt8(ascii: "\"")
    let isQuoted =
      field.isEmpty
      || field.contains {
        $0 == quote || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\n")
          || $0 == UInt8(ascii: "\r")
      }
    guard isQuoted else { return output += field }
    output.append(quote)
    for byte in field {
      if byte == quote { output.append(quote) }
      output.append(byte)
    }
    output.append(quote)
  }

  static func appendTSV(_ field: [UInt8], to output: inout [UInt8]) {
    for byte in field {
      switch byte {
      case UInt8(ascii: "\t"): output += "\\t".utf8
      case UInt8(ascii: "\n"): output += "\\n".utf8
      case UInt8(ascii: "\r"): output += "\\r".utf8
      case UInt8(ascii: "\\"): output += "\\\\".utf8
      default: output.append(byte)
      }
    }
  }
}
