import GraphCore

/// Answers as a table drawn with lines, fitted to a terminal.
///
/// Work goes in two steps: a layout decides which columns are shown and how wide, then the rows are
/// written in one pass. Widths are measured over the rows that are shown, at most
/// `measuredRowLimit` of them; beyond those, a cell wider than its column is cut on a terminal and
/// breaks the alignment elsewhere, because text in a file must not be lost.
enum BoxRenderer {
  /// Rows beyond this many are not measured: an answer that long is not read as a picture.
  static let measuredRowLimit = 50_000

  static func write<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, to output: inout ChunkedOutput<Sink>, settings: RenderSettings
  ) throws(Sink.Failure) {
    guard !table.isTruth else {
      output.bytes += table.truth.utf8
      if settings.showsSummary, let elapsed = settings.elapsed {
        settings.style.append(" (\(Quantity.time(elapsed)))", .faint, to: &output.bytes)
      }
      output.bytes.append(UInt8(ascii: "\n"))
      return
    }
    let shownRows = min(table.rowCount, settings.rowLimit ?? .max)
    var layout = BoxLayout(columns: [], hiddenColumnCount: 0)
    if shownRows > 0 {
      layout = BoxLayout(table, rows: shownRows, settings: settings)
      let cuts = settings.columns != nil || settings.columnWidthLimit != nil
      let pen = BoxPen(layout: layout, style: settings.style, cuts: cuts)
      try pen.write(table, rows: shownRows, to: &output)
    }
    if settings.showsSummary {
      let summary = summary(
        rows: table.rowCount, shown: shownRows, columns: table.columnNames.count,
        hidden: layout.hiddenColumnCount, elapsed: settings.elapsed)
      settings.style.append(summary, .faint, to: &output.bytes)
      output.bytes.append(UInt8(ascii: "\n"))
    }
  }

  /// The line under a box: `7 rows (0.3 ms)`, `1,412 rows, 40 shown (3 ms)`.
  static func summary(
    rows: Int, shown: Int, columns: Int = 0, hidden: Int = 0, elapsed: Duration?
  ) -> String {
    var text = Quantity.counted(rows, "row")
    if shown < rows { text += ", \(Quantity.grouped(shown)) shown" }
    if hidden > 0 { text += ", \(columns - hidden) of \(columns) columns shown" }
    if let elapsed { text += " (\(Quantity.time(elapsed)))" }
    return text
  }
}

/// Which columns a box shows, and how wide they are.
struct BoxLayout {
  struct Column {
    let index: Int
    let name: String
    let isNumeric: Bool
    var width: Int
  }

  /// A text column is not made narrower than this to make room for others.
  static let leastTextWidth = 6

  private(set) var columns: [Column]
  /// How many columns, all at the end, did not fit.
  private(set) var hiddenColumnCount: Int

  init(columns: [Column], hiddenColumnCount: Int) {
    self.columns = columns
    self.hiddenColumnCount = hiddenColumnCount
  }

  init(_ table: some AnswerTable, rows: Int, settings: RenderSettings) {
    columns = table.columnNames.enumerated().map { index, name in
      Column(
        index: index, name: name, isNumeric: table.isNumeric(column: index),
        width: max(1, DisplayWidth.columns(of: name)))
    }
    hiddenColumnCount = 0
    measure(table, rows: min(rows, BoxRenderer.measuredRowLimit))
    if let limit = settings.columnWidthLimit {
      for index in columns.indices { columns[index].width = min(columns[index].width, limit) }
    }
    if let width = settings.columns { fit(to: width) }
  }

  private mutating func measure(_ table: some AnswerTable, rows: Int) {
    var cell: [UInt8] = []
    for row in 0..<rows {
      for index in columns.indices {
        var width = 4  // the word "null"
        if table.kind(row: row, column: index) != .null {
          cell.removeAll(keepingCapacity: true)
          table.appendText(row: row, column: index, to: &cell)
          width = DisplayWidth.columns(of: cell.span)
        }
        if width > columns[index].width { columns[index].width = width }
      }
    }
  }

  /// Makes the box at most `limit` wide: leaves out columns at the end until the rest fits with its
  /// text columns at their narrowest, then makes the widest text columns narrower until they fit.
  private mutating func fit(to limit: Int) {
    // Each column has a line and two spaces; one line closes the box. Hidden ones show as "…".
    func frame(_ count: Int) -> Int { 3 * count + 1 + (hiddenColumnCount > 0 ? 4 : 0) }
    func least(_ column: Column) -> Int {
      column.isNumeric ? column.width : min(column.width, Self.leastTextWidth)
    }
    while columns.count > 1,
      columns.reduce(frame(columns.count), { $0 + least($1) }) > limit
    {
      columns.removeLast()
      hiddenColumnCount += 1
    }
    let room = limit - frame(columns.count)
    let total = columns.reduce(0) { $0 + $1.width }
    guard total > room else { return }

    // Find the cap under which the flexible columns fill what the fixed ones leave.
    let flexible = columns.indices.filter { !columns[$0].isNumeric || columns.count == 1 }
    let fixed = total - flexible.reduce(0) { $0 + columns[$1].width }
    var left = max(1, room - fixed)
    var waiting = flexible.sorted { columns[$0].width < columns[$1].width }
    while let narrowest = waiting.first {
      let share = max(1, left / waiting.count)
      guard columns[narrowest].width <= share else { break }
      left -= columns[narrowest].width
      waiting.removeFirst()
    }
    for (position, index) in waiting.sorted().enumerated() {
      let share = left / waiting.count + (position < left % waiting.count ? 1 : 0)
      columns[index].width = max(1, share)
    }
  }
}

/// Writes the rows of a box whose layout is decided.
private struct BoxPen {
  let layout: BoxLayout
  let style: Style
  /// Whether a cell wider than its column is cut.
  let cuts: Bool

  func write<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, rows: Int, to output: inout ChunkedOutput<Sink>
  ) throws(Sink.Failure) {
    rule("┌", "┬", "┐", to: &output.bytes)
    var cell: [UInt8] = []
    line(to: &output.bytes) { column, output in
      cell = Array(column.name.utf8)
      append(cell, in: column, .header, to: &output)
    }
    rule("├", "┼", "┤", to: &output.bytes)
    for row in 0..<rows {
      line(to: &output.bytes) { column, output in
        cell.removeAll(keepingCapacity: true)
        if table.kind(row: row, column: column.index) == .null {
          cell += "null".utf8
          append(cell, in: column, .faint, to: &output)
        } else {
          table.appendText(row: row, column: column.index, to: &cell)
          append(cell, in: column, .plain, to: &output)
        }
      }
      try output.endRow()
    }
    if rows < table.rowCount {
      line(to: &output.bytes) { column, output in
        append(Array("…".utf8), in: column, .faint, to: &output)
      }
    }
    rule("└", "┴", "┘", to: &output.bytes)
  }

  private func rule(_ left: String, _ middle: String, _ right: String, to output: inout [UInt8]) {
    style.begin(.faint, to: &output)
    output += left.utf8
    for (position, column) in layout.columns.enumerated() {
      if position > 0 { output += middle.utf8 }
      for _ in 0..<column.width + 2 { output += "─".utf8 }
    }
    if layout.hiddenColumnCount > 0 { output += "\(middle)───".utf8 }
    output += right.utf8
    style.end(.faint, to: &output)
    output.append(UInt8(ascii: "\n"))
  }

  private func line(to output: inout [UInt8], cell: (BoxLayout.Column, inout [UInt8]) -> Void) {
    for column in layout.columns {
      style.append("│", .faint, to: &output)
      output.append(UInt8(ascii: " "))
      cell(column, &output)
      output.append(UInt8(ascii: " "))
    }
    if layout.hiddenColumnCount > 0 { style.append("│ … ", .faint, to: &output) }
    style.append("│", .faint, to: &output)
    output.append(UInt8(ascii: "\n"))
  }

  private func append(
    _ cell: [UInt8], in column: BoxLayout.Column, _ role: TextStyle, to output: inout [UInt8]
  ) {
    let width = DisplayWidth.columns(of: cell.span)
    if cuts, width > column.width {
      let cut = DisplayWidth.truncated(String(decoding: cell, as: UTF8.self), to: column.width)
      style.append(cut, role, to: &output)
      fill(column.width - DisplayWidth.columns(of: cut), to: &output)
      return
    }
    if column.isNumeric { fill(column.width - width, to: &output) }
    style.begin(role, to: &output)
    if DisplayWidth.needsEscape(cell.span) {
      output += DisplayWidth.printable(String(decoding: cell, as: UTF8.self)).utf8
    } else {
      output += cell
    }
    style.end(role, to: &output)
    if !column.isNumeric { fill(column.width - width, to: &output) }
  }

  private func fill(_ count: Int, to output: inout [UInt8]) {
    for _ in 0..<max(0, count) { output.append(UInt8(ascii: " ")) }
  }
}
