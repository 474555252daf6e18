/// Answers as a table of GitHub-flavoured Markdown.
///
/// A pipe would end a cell and a line break the row, so they are written `\|` and `<br>`; so that no
/// cell is read as markup, `\`, `` ` ``, `*`, `<` and `&` are escaped too.
enum MarkdownRenderer {
  static func write<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, to output: inout ChunkedOutput<Sink>
  ) throws(Sink.Failure) {
    guard !table.isTruth else {
      output.bytes += "\(table.truth)\n".utf8
      return
    }
    for name in table.columnNames {
      output.bytes += "| ".utf8
      append(Array(name.utf8), to: &output.bytes)
      output.bytes.append(UInt8(ascii: " "))
    }
    output.bytes += "|\n".utf8
    for column in table.columnNames.indices {
      output.bytes += (table.isNumeric(column: column) ? "| ---: " : "| --- ").utf8
    }
    output.bytes += "|\n".utf8

    var cell: [UInt8] = []
    for row in 0..<table.rowCount {
      for column in table.columnNames.indices {
        output.bytes += "| ".utf8
        cell.removeAll(keepingCapacity: true)
        if table.kind(row: row, column: column) != .null {
          table.appendText(row: row, column: column, to: &cell)
        }
        append(cell, to: &output.bytes)
        output.bytes.append(UInt8(ascii: " "))
      }
      output.bytes += "|\n".utf8
      try output.endRow()
    }
  }

  private static func append(_ text: [UInt8], to output: inout [UInt8]) {
    var previous: UInt8 = 0
    for byte in text {
      switch byte {
      case UInt8(ascii: "|"), UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "*"):
        output.append(UInt8(ascii: "\\"))
        output.append(byte)
      case UInt8(ascii: "<"): output += "&lt;".utf8
      case UInt8(ascii: "&"): output += "&amp;".utf8
      case UInt8(ascii: "\r"): output += "<br>".utf8
      case UInt8(ascii: "\n"):
        if previous != UInt8(ascii: "\r") { output += "<br>".utf8 }
      default: output.append(byte)
      }
      previous = byte
    }
  }
}
