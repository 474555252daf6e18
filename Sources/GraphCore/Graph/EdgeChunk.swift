/// How the rows of a file say edges: which columns are the ends and, where it is told, the type.
struct EdgeLayout {
  var separator: UInt8
  /// Whether fields may stand in quotes and be absent, as in CSV.
  var hasQuotes: Bool
  /// How many columns a row has.
  var columnCount: Int
  var source: Int
  var target: Int
  var type: Int?
}

/// Lines of a file of edges, on their way into a graph.
///
/// `parse` splits the lines and `findTexts` looks their texts up; then a `TextWave` adds the texts of all
/// chunks that are new, and `takeTerms` fills their terms in. So the ids of texts do not depend on how many workers
/// there are.
final class EdgeChunk {
  /// A part of the chunk: rows that were split, or lines that another reader has to look at.
  struct Piece {
    var rows: Range<Int>
    /// The bytes of lines that were not split; empty for rows.
    var bytes: Range<Int>
    /// The first line, counted from 0 in the chunk.
    var line: Int
  }

  let lines = LineChunk()
  private(set) var pieces: [Piece] = []
  private(set) var lineCount = 0
  let sources = Column<TextField>()
  let targets = Column<TextField>()
  let types = Column<TextField>()
  /// The texts that `findTexts` has not found.
  let unknownTexts = TextWave.Batch()
  private let layout: EdgeLayout
  private let columns: Column<Words<TextField>>
  /// Whether the file begins with the first chunk, and with a byte order mark perhaps.
  private let mayHaveMark: Bool

  init(_ layout: EdgeLayout, mayHaveMark: Bool) {
    self.layout = layout
    self.mayHaveMark = mayHaveMark
    columns = Column(repeating: .empty, count: layout.columnCount)
  }

  /// Splits the lines.
  func parse() {
    let bytes = lines.bytes
    pieces.removeAll(keepingCapacity: true)
    lineCount = 0
    makeRoom()
    let start = mayHaveMark && lines.number == 0 && lines.hasMark ? 3 : 0
    var rowCount = 0
    if lines.isText {
      rowCount = split(from: start, bytes)
    } else {
      // Somewhere is a line that is no text, which must not become a name.
      takeOdd(start..<bytes.count, bytes)
    }
    for column in [sources, targets, types] { column.truncate(to: min(rowCount, column.count)) }
  }

  /// Splits lines into rows; returns how many there are.
  private func split(from start: Int, _ bytes: Words<UInt8>) -> Int {
    let scanner = FieldScanner(
      bytes, separator: layout.separator, hasQuotes: layout.hasQuotes, targets: columns.words)
    var start = start
    var row = 0
    var first = 0
    while start < bytes.count {
      if let next = scanner.scan(from: start, row: row) {
        start = next
        row &+= 1
        continue
      }
      takeRows(first..<row)
      let end = endOfRecord(from: start, bytes)
      takeOdd(start..<end, bytes)
      start = end
      first = row
    }
    takeRows(first..<row)
    keepAlive(columns)
    return row
  }

  private func takeRows(_ rows: Range<Int>) {
    if rows.isEmpty { return }
    pieces.append(Piece(rows: rows, bytes: 0..<0, line: lineCount))
    lineCount += rows.count
  }

  private func takeOdd(_ range: Range<Int>, _ bytes: Words<UInt8>) {
    if range.isEmpty { return }
    if let last = pieces.last, last.bytes.upperBound == range.lowerBound, !last.bytes.isEmpty {
      pieces[pieces.count - 1].bytes = last.bytes.lowerBound..<range.upperBound
    } else {
      pieces.append(Piece(rows: 0..<0, bytes: range, line: lineCount))
    }
    for place in range where bytes[place] == UInt8(ascii: "\n") { lineCount += 1 }
    if bytes[range.upperBound - 1] != UInt8(ascii: "\n") { lineCount += 1 }
  }

  /// A record goes over several lines where a quote is open.
  private func endOfRecord(from start: Int, _ bytes: Words<UInt8>) -> Int {
    if layout.hasQuotes {
      let end = QuotedRows.endOfRow(from: start, in: bytes, separator: [layout.separator])
      return min(end + 1, bytes.count)
    }
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end &+= 1 }
    return min(end + 1, bytes.count)
  }

  /// Makes room for as many rows as there can be: each field takes a byte at least, its separator.
  private func makeRoom() {
    let most = lines.count / layout.columnCount + 2
    for column in 0..<layout.columnCount { columns[column] = .empty }
    for (place, column) in [(layout.source, sources), (layout.target, targets)] {
      column.truncate(to: 0)
      column.grow(by: most)
      columns[place] = column.words
    }
    types.truncate(to: 0)
    if let place = layout.type {
      types.grow(by: most)
      columns[place] = types.words
    }
  }

  // MARK: Texts

  /// Looks the texts up for a wave, while nobody adds any.
  func findTexts(for wave: TextWave) {
    unknownTexts.begin(in: lines.bytes)
    for column in [types, sources, targets] {
      wave.look(for: column.words, in: lines.bytes, unknownTexts)
    }
  }

  /// Fills in the terms of the texts that were not found.
  func takeTerms(from wave: TextWave) {
    for column in [types, sources, targets] {
      let fields = column.words
      for row in 0..<fields.count {
        fields[row].term = wave.term(of: fields[row], in: unknownTexts)
      }
    }
  }
}
