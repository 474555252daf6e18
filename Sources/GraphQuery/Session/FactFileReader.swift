@_spi(Columns) import GraphCore

/// Reads a fact file: a row a line, its values apart by a delimiter.
struct FactFileReader {
  let text: SourceText
  let id: SourceID
  let declaration: DeclaredRelation
  let format: TableFormat
  let values: ValueReader

  static let reportLimit = 100

  /// The rows of the file added to those there were before, and what is wrong with the others.
  func read(adding before: Relation?, terms: TermSpace) -> (Relation, [Diagnostic]) {
    let types = declaration.attributes.map(\.type)
    let relation = Relation(name: declaration.name, types: types, terms: terms)
    if let before { relation.insert(contentsOf: before) }
    var diagnostics: [Diagnostic] = []
    let buffers = types.map { _ in Column<UInt64>(repeating: 0, count: Batch.capacity) }
    defer { keepAlive(buffers) }
    var filled = 0
    var start = 0
    if format.hasHeaders { start = endOfLine(from: 0) + 1 }
    while start < text.bytes.count {
      let end = endOfRow(from: start)
      var last = end
      if last > start, text.bytes[last - 1] == UInt8(ascii: "\r") { last -= 1 }
      if let problem = readRow(start..<last, types, buffers, filled) {
        diagnostics.append(problem)
        if diagnostics.count >= Self.reportLimit { break }
      } else {
        filled += 1
        if filled == Batch.capacity {
          relation.insert(buffers.map(\.words), count: filled)
          filled = 0
        }
      }
      start = end + 1
    }
    relation.insert(buffers.map(\.words), count: filled)
    return (relation, diagnostics)
  }

  private func endOfLine(from start: Int) -> Int {
    var end = start
    while end < text.bytes.count, text.bytes[end] != UInt8(ascii: "\n") { end += 1 }
    return end
  }

  /// A quoted value may go over several lines.
  private func endOfRow(from start: Int) -> Int {
    guard format.isQuoted else { return endOfLine(from: start) }
    var end = start
    var isOpen = false
    while end < text.bytes.count, isOpen || text.bytes[end] != UInt8(ascii: "\n") {
      if text.bytes[end] == UInt8(ascii: "\"") { isOpen.toggle() }
      end += 1
    }
    return end
  }

  private func readRow(
    _ line: Range<Int>, _ types: [ColumnType], _ buffers: [Column<UInt64>], _ row: Int
  ) -> Diagnostic? {
    if types.isEmpty { return nil }
    var start = line.lowerBound
    var found = 0
    var filled = 0
    while filled < types.count {
      let column = format.columns.map { $0[found] } ?? found
      let isRecord = column.map { if case .record = types[$0] { true } else { false } } ?? false
      guard found == 0 || start <= line.upperBound else {
        return Diagnostic(
          .malformedRow,
          "the row has \(found) \(found == 1 ? "value" : "values"), but `\(declaration.name)` has "
            + "\(types.count) \(types.count == 1 ? "argument" : "arguments")", at: span(line))
      }
      let (content, end) = value(from: start, to: line.upperBound, isRecord: isRecord)
      if let column {
        guard let word = values.word(content, types[column]) else {
          return Diagnostic(
            .malformedRow,
            "\"\(String(decoding: content, as: UTF8.self))\" is no "
              + "\(values.name(of: types[column])), as `\(declaration.attributes[column].name)` of "
              + "`\(declaration.name)` is", at: span(start..<end))
        }
        buffers[column].words[row] = word
        filled += 1
      }
      found += 1
      start = end + format.delimiter.count
    }
    return nil
  }

  /// The bytes of a value, without its quotation marks, and where it ends.
  private func value(from start: Int, to end: Int, isRecord: Bool) -> (ArraySlice<UInt8>, Int) {
    if format.isQuoted, start < end, text.bytes[start] == UInt8(ascii: "\"") {
      return quotedValue(from: start, to: end)
    }
    var position = start
    var open = 0
    while position < end, open > 0 || !isDelimiter(at: position, end) {
      if isRecord {
        switch text.bytes[position] {
        case UInt8(ascii: "["), UInt8(ascii: "("): open += 1
        case UInt8(ascii: "]"), UInt8(ascii: ")"): open -= 1
        default: break
        }
      }
      position += 1
    }
    return (text.bytes[start..<position], position)
  }

  private func quotedValue(from start: Int, to end: Int) -> (ArraySlice<UInt8>, Int) {
    var content: [UInt8] = []
    var position = start + 1
    while position < end {
      if text.bytes[position] == UInt8(ascii: "\"") {
        position += 1
        guard position < end, text.bytes[position] == UInt8(ascii: "\"") else { break }
      }
      content.append(text.bytes[position])
      position += 1
    }
    return (content[...], position)
  }

  private func isDelimiter(at offset: Int, _ end: Int) -> Bool {
    guard offset + format.delimiter.count <= end else { return false }
    for (index, byte) in format.delimiter.enumerated() where text.bytes[offset + index] != byte {
      return false
    }
    return true
  }

  private func span(_ range: Range<Int>) -> SourceSpan {
    SourceSpan(source: id, lower: UInt32(range.lowerBound), upper: UInt32(range.upperBound))
  }
}
