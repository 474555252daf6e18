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
    try write(table, separator: UInt8(ascii: ","), null: "", to: &output, escape: quote(_:from:))
  }

  static func writeTSV<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, to output: inout ChunkedOutput<Sink>
  ) throws(Sink.Failure) {
    try write(
      table, separator: UInt8(ascii: "\t"), null: "\\N", to: &output, escape: escape(_:from:))
  }

  @inline(__always)
  private static func write<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, separator: UInt8, null: String, to output: inout ChunkedOutput<Sink>,
    escape: (_ output: inout [UInt8], _ start: Int) -> Void
  ) throws(Sink.Failure) {
    guard !table.isTruth else {
      output.bytes += "\(table.truth)\n".utf8
      return
    }
    output.bytes.reserveCapacity(output.bytes.count + leastCapacity)
    let names = table.columnNames
    for (column, name) in names.enumerated() {
      if column > 0 { output.bytes.append(separator) }
      let start = output.bytes.count
      output.bytes += name.utf8
      escape(&output.bytes, start)
    }
    output.bytes.append(UInt8(ascii: "\n"))

    for row in 0..<table.rowCount {
      for column in names.indices {
        if column > 0 { output.bytes.append(separator) }
        if table.kind(row: row, column: column) == .null {
          output.bytes += null.utf8
        } else {
          let start = output.bytes.count
          table.appendText(row: row, column: column, to: &output.bytes)
          escape(&output.bytes, start)
        }
      }
      output.bytes.append(UInt8(ascii: "\n"))
      try output.endRow()
    }
  }

  /// What most answers of a script take, so that they grow once.
  private static let leastCapacity = 256

  /// Puts the field that begins at a place of the output into quotes, if it needs them. O(bytes).
  private static func quote(_ output: inout [UInt8], from start: Int) {
    let quote = UInt8(ascii: "\"")
    var isQuoted = output.count == start
    for place in start..<output.count {
      switch output[place] {
      case quote, UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r"): isQuoted = true
      default: break
      }
    }
    guard isQuoted else { return }
    let field = Array(output[start...])
    output[start...] = [quote]
    for byte in field {
      if byte == quote { output.append(quote) }
      output.append(byte)
    }
    output.append(quote)
  }

  /// Escapes what ends a field or a line in the field that begins at a place of the output. O(bytes).
  private static func escape(_ output: inout [UInt8], from start: Int) {
    var isPlain = true
    for place in start..<output.count {
      switch output[place] {
      case UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\\"):
        isPlain = false
      default: break
      }
    }
    if isPlain { return }
    let field = Array(output[start...])
    output.removeSubrange(start...)
    appendTSV(field, to: &output)
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
