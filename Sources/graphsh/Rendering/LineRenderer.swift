import GraphCore

/// Answers with each value on a line of its own, `name = value`, and an empty line between rows.
///
/// Names are aligned at their equals signs. Further lines of a value stand under its first.
enum LineRenderer {
  static func write<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, to output: inout ChunkedOutput<Sink>, settings: RenderSettings
  ) throws(Sink.Failure) {
    guard !table.isTruth else {
      output.bytes += "\(table.truth)\n".utf8
      return
    }
    let width = table.columnNames.map { DisplayWidth.columns(of: $0) }.max() ?? 0
    let names = table.columnNames.map {
      DisplayWidth.padded($0, to: width, alignment: .trailing)
    }
    let indent = String(repeating: " ", count: width + 3)
    var cell: [UInt8] = []
    for row in 0..<table.rowCount {
      if row > 0 { output.bytes.append(UInt8(ascii: "\n")) }
      for column in names.indices {
        settings.style.append(names[column], .header, to: &output.bytes)
        output.bytes += " = ".utf8
        if table.kind(row: row, column: column) == .null {
          settings.style.append("null", .faint, to: &output.bytes)
        } else {
          cell.removeAll(keepingCapacity: true)
          table.appendText(row: row, column: column, to: &cell)
          append(cell, indent: indent, to: &output.bytes)
        }
        output.bytes.append(UInt8(ascii: "\n"))
      }
      try output.endRow()
    }
  }

  private static func append(_ cell: [UInt8], indent: String, to output: inout [UInt8]) {
    guard DisplayWidth.needsEscape(cell.span) else { return output += cell }
    let text = String(decoding: cell, as: UTF8.self)
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    for (index, line) in lines.enumerated() {
      if index > 0 { output += "\n\(indent)".utf8 }
      output += DisplayWidth.printable(line).utf8
    }
  }
}
