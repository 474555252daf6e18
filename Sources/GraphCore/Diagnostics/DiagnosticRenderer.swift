/// Writes diagnostics as people read them: the message, the place, the source line with the place
/// underlined, and what to do.
///
/// ```
/// error[E0403]: variable "z" is not bound
///  --> zones.dl:3:14
///   |
/// 3 | 企业(c) :- c < z.
///   |                ^
///   |
///   = help: add a positive condition on "z"
/// ```
///
/// Underlines stand by display column, so they are right after Chinese text and tabs. A line longer
/// than the width is cut around its marks; a span over several lines has a bar at its left.
public struct DiagnosticRenderer: Sendable {
  /// Whether the text is decorated for a terminal.
  public enum Style: Sendable {
    case plain
    case coloured
  }

  /// The texts that spans point into.
  public let sources: SourceMap
  public var style: Style
  /// The columns that a row may take before its source line is cut.
  public var columns: Int
  /// The distance of tab stops in source lines.
  public var tabWidth: Int

  public init(
    sources: SourceMap, style: Style = .plain, columns: Int = 140, tabWidth: Int = 4
  ) {
    self.sources = sources
    self.style = style
    self.columns = columns
    self.tabWidth = max(1, tabWidth)
  }

  /// The diagnostic in full, over several lines, each ended by a line break. O(length of the lines
  /// shown), and O(bytes) of a text the first time that one of its lines is asked for.
  public func render(_ diagnostic: Diagnostic) -> String {
    var output = Output(style: style)
    let severity = Role(diagnostic.severity)
    output.write("\(diagnostic.severity.rawValue)[\(diagnostic.code.rawValue)]", severity)
    output.write(": ", .strong)
    output.writeLines(diagnostic.message, .strong, indent: 2)

    let snippets = snippets(of: diagnostic)
    let gutter = snippets.map(\.gutterWidth).max() ?? 0
    for (index, snippet) in snippets.enumerated() {
      let arrow = index == 0 ? "-->" : ":::"
      output.write(String(repeating: " ", count: gutter) + arrow + " ", .gutter)
      output.write(snippet.place + "\n", .plain)
      snippet.draw(to: &output, gutter: gutter, columns: columns, severity: severity)
    }

    let remarks =
      diagnostic.notes.map { ("note", $0) } + (diagnostic.help.map { [("help", $0)] } ?? [])
    if !snippets.isEmpty, !remarks.isEmpty {
      output.write(String(repeating: " ", count: gutter + 1) + "|\n", .gutter)
    }
    for (title, text) in remarks {
      let lead = String(repeating: " ", count: gutter + 1)
      output.write(lead + "= ", .gutter)
      output.write(title, .strong)
      output.write(": ", .plain)
      output.writeLines(text, .plain, indent: lead.utf8.count + title.utf8.count + 4)
    }
    return output.text
  }

  /// The diagnostic in one line, `file:line:column: error: message [E0403]`, without a line break.
  public func renderLine(_ diagnostic: Diagnostic) -> String {
    var output = Output(style: style)
    if let span = diagnostic.span {
      let lower = Int(visible(span).lower)
      output.write(place(at: lower, in: sources[span.source]) + ": ", .strong)
    }
    output.write(diagnostic.severity.rawValue, Role(diagnostic.severity))
    output.write(": ", .plain)
    output.write(DisplayWidth.printable(diagnostic.message), .strong)
    output.write(" [\(diagnostic.code.rawValue)]", .plain)
    return output.text
  }

  // MARK: From spans to snippets

  /// The snippets of a diagnostic: the one with its span first, then one for each other text that a
  /// label points into.
  private func snippets(of diagnostic: Diagnostic) -> [Snippet] {
    var groups: [(source: SourceText, marks: [Mark])] = []
    func add(_ span: SourceSpan, _ label: String?, isPrimary: Bool) {
      // Parts of one text, such as two statements of a file, are shown as one.
      let (source, start) = sources[span.source].whole
      let mark = Mark(visible(span), start, in: source, label: label, isPrimary: isPrimary)
      if let index = groups.firstIndex(where: { $0.source === source }) {
        groups[index].marks.append(mark)
      } else {
        groups.append((source, [mark]))
      }
    }
    if let span = diagnostic.span { add(span, nil, isPrimary: true) }
    for label in diagnostic.labels { add(label.span, label.text, isPrimary: false) }
    return groups.map { source, marks in
      Snippet(
        source: source, marks: marks, place: place(at: marks[0].lower, in: source),
        tabWidth: tabWidth)
    }
  }

  private func place(at offset: Int, in source: SourceText) -> String {
    let location = source.location(at: offset)
    return "\(DisplayWidth.printable(source.name)):\(location.line):\(location.column)"
  }

  /// The span as it is shown: inside the text, without the line breaks at its end, and for the end
  /// of the text right behind the last word, because an empty last line would show nothing.
  private func visible(_ span: SourceSpan) -> SourceSpan {
    let bytes = sources[span.source].bytes
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
    var lower = min(Int(span.lower), bytes.count)
    var upper = min(Int(span.upper), bytes.count)
    if lower == bytes.count {
      while lower > 0, isBlank(bytes[lower - 1]) { lower -= 1 }
      upper = lower
    }
    while upper > lower + 1, isBreak(bytes[upper - 1]) { upper -= 1 }
    return SourceSpan(source: span.source, lower: UInt32(lower), upper: UInt32(upper))
  }
}

// MARK: - Output

/// What a piece of the text is; the style decides what it looks like.
private enum Role {
  case plain
  case strong
  case gutter
  case error
  case warning
  case note

  init(_ severity: Severity) {
    switch severity {
    case .error: self = .error
    case .warning: self = .warning
    case .note: self = .note
    }
  }

  var code: String {
    switch self {
    case .plain: ""
    case .strong: "1"
    case .gutter: "34"
    case .error: "1;31"
    case .warning: "1;33"
    case .note: "1;36"
    }
  }
}

/// Text with its decorations, if there are any.
private struct Output {
  let style: DiagnosticRenderer.Style
  var text = ""

  init(style: DiagnosticRenderer.Style) { self.style = style }

  mutating func write(_ piece: String, _ role: Role) {
    if style == .coloured, role != .plain, !piece.isEmpty {
      text += "\u{1B}[\(role.code)m\(piece)\u{1B}[0m"
    } else {
      text += piece
    }
  }

  /// Writes a text whose further lines are indented, and a line break after the last.
  mutating func writeLines(_ piece: String, _ role: Role, indent: Int) {
    for (index, line) in piece.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if index > 0 { text += "\n" + String(repeating: " ", count: indent) }
      write(DisplayWidth.printable(line), role)
    }
    text += "\n"
  }
}

/// One row of a snippet, drawn by column.
private struct Canvas {
  private var cells: [(text: String, role: Role)] = []

  /// Puts a text at a column; what was there is covered.
  mutating func put(_ text: some StringProtocol, at column: Int, _ role: Role) {
    var column = column
    for character in text {
      let shown = DisplayWidth.printable(String(character))
      let width = max(DisplayWidth.columns(of: shown), 0)
      while cells.count < column + width { cells.append((" ", .plain)) }
      guard width > 0 else { continue }
      cells[column] = (shown, role)
      for covered in column + 1..<column + width { cells[covered] = ("", role) }
      column += width
    }
  }

  /// Puts a text at a column unless something is there already.
  mutating func putIfFree(_ text: String, at column: Int, _ role: Role) {
    if column >= cells.count || cells[column].text == " " { put(text, at: column, role) }
  }

  func write(to output: inout Output) {
    var end = cells.count
    while end > 0, cells[end - 1].text == " " { end -= 1 }
    var start = 0
    while start < end {
      var next = start
      var piece = ""
      while next < end, cells[next].role == cells[start].role {
        piece += cells[next].text
        next += 1
      }
      output.write(piece, cells[start].role)
      start = next
    }
  }
}

// MARK: - Snippet

/// A span with its words, placed in a text.
private struct Mark {
  let lower: Int
  let upper: Int
  let firstLine: Int
  let lastLine: Int
  let label: String?
  let isPrimary: Bool

  /// A span of a part of a text that begins at `start`.
  init(_ span: SourceSpan, _ start: Int, in source: SourceText, label: String?, isPrimary: Bool) {
    lower = start + Int(span.lower)
    upper = start + Int(span.upper)
    firstLine = source.lineIndex(at: lower)
    lastLine = upper > lower ? source.lineIndex(at: upper - 1) : firstLine
    self.label = label.map { DisplayWidth.printable($0) }
    self.isPrimary = isPrimary
  }

  var spansLines: Bool { lastLine > firstLine }
  func role(_ severity: Role) -> Role { isPrimary ? severity : .gutter }
  var stroke: String { isPrimary ? "^" : "-" }
}

/// The lines of one text that marks point into.
private struct Snippet {
  let source: SourceText
  let place: String
  let tabWidth: Int
  /// Marks within one line, in the order of their columns.
  private let singles: [Mark]
  /// Marks over several lines; each has a column of its own at the left.
  private let bars: [Mark]
  private let lines: [Int]

  /// Of a span over more lines than this, only the first and last few are shown.
  private static let mostLines = 6

  init(source: SourceText, marks: [Mark], place: String, tabWidth: Int) {
    self.source = source
    self.place = place
    self.tabWidth = tabWidth
    singles = marks.filter { !$0.spansLines }.sorted { $0.lower < $1.lower }
    bars = marks.filter(\.spansLines)
    var shown: Set<Int> = []
    for mark in marks {
      if mark.lastLine - mark.firstLine < Self.mostLines {
        shown.formUnion(mark.firstLine...mark.lastLine)
      } else {
        shown.formUnion(mark.firstLine...mark.firstLine + 2)
        shown.formUnion(mark.lastLine - 1...mark.lastLine)
      }
    }
    // One line left out would take as much room as its dots.
    for line in shown where shown.contains(line + 2) { shown.insert(line + 1) }
    lines = shown.sorted()
  }

  var gutterWidth: Int { String((lines.last ?? 0) + source.firstLine).utf8.count }

  func draw(to output: inout Output, gutter: Int, columns: Int, severity: Role) {
    let margin = bars.isEmpty ? 0 : bars.count + 1
    let room = max(20, columns - gutter - 3 - margin)
    func begin(_ number: String) {
      output.write(
        DisplayWidth.padded(number, to: gutter, alignment: .trailing) + " | ", .gutter)
    }
    func finish(_ canvas: Canvas) {
      canvas.write(to: &output)
      // A row without text ends at its bar.
      while output.text.last == " " { output.text.removeLast() }
      output.write("\n", .plain)
    }

    output.write(String(repeating: " ", count: gutter + 1) + "|\n", .gutter)
    var previous: Int?
    for line in lines {
      if let before = previous, line > before + 1 {
        output.write("...\n", .gutter)
      }
      previous = line
      let layout = LineLayout(
        source: source, line: line, tabWidth: tabWidth, room: room, marks: singles + bars)

      var canvas = Canvas()
      drawBars(at: line, severity, on: &canvas)
      for (index, bar) in bars.enumerated() where bar.firstLine == line {
        if layout.isFirstWord(bar.lower) { canvas.put("/", at: index, bar.role(severity)) }
      }
      canvas.put(layout.text, at: margin, .plain)
      begin(String(line + source.firstLine))
      finish(canvas)

      for (index, bar) in bars.enumerated()
      where bar.firstLine == line && !layout.isFirstWord(bar.lower) {
        var canvas = Canvas()
        drawBars(at: line, severity, on: &canvas)
        let end = margin + layout.column(at: bar.lower)
        for column in index + 1..<end { canvas.putIfFree("_", at: column, bar.role(severity)) }
        canvas.put(bar.stroke, at: end, bar.role(severity))
        begin("")
        finish(canvas)
      }

      for row in layout.rows(of: singles.filter { $0.firstLine == line }, severity) {
        var canvas = Canvas()
        drawBars(at: line, includingFirst: true, severity, on: &canvas)
        for piece in row { canvas.put(piece.text, at: margin + piece.column, piece.role) }
        begin("")
        finish(canvas)
      }

      for (index, bar) in bars.enumerated() where bar.lastLine == line {
        var canvas = Canvas()
        drawBars(at: line, severity, on: &canvas)
        let end = margin + max(0, layout.column(at: bar.upper) - 1)
        for column in index + 1..<max(end, index + 1) {
          canvas.putIfFree("_", at: column, bar.role(severity))
        }
        canvas.put(bar.stroke, at: end, bar.role(severity))
        if let label = bar.label { canvas.put(label, at: end + 2, bar.role(severity)) }
        begin("")
        finish(canvas)
      }
    }
  }

  private func drawBars(
    at line: Int, includingFirst: Bool = false, _ severity: Role, on canvas: inout Canvas
  ) {
    for (index, bar) in bars.enumerated() {
      let first = includingFirst ? bar.firstLine : bar.firstLine + 1
      guard first <= line, line <= bar.lastLine else { continue }
      canvas.put("|", at: index, bar.role(severity))
    }
  }
}

/// A source line as it is shown: tabs expanded, controls escaped, cut to the room there is.
private struct LineLayout {
  private struct Cell {
    let text: String
    let offset: Int
    let column: Int
  }

  private var cells: [Cell] = []
  private let end: (offset: Int, column: Int)
  /// Whether the line has more than was laid out, before it and behind it.
  private let isCut: (left: Bool, right: Bool)
  /// The columns of the whole line that are shown.
  private var window: Range<Int>

  init(source: SourceText, line: Int, tabWidth: Int, room: Int, marks: [Mark]) {
    let here = marks.filter { $0.firstLine == line || $0.lastLine == line }
    let whole = source.lineRange(line)
    let range = Self.part(of: whole, line: line, source.bytes, around: here)
    isCut = (range.lowerBound > whole.lowerBound, range.upperBound < whole.upperBound)
    var offset = range.lowerBound
    var column = 0
    for piece in Self.graphemes(of: source.bytes[range]) {
      var text = DisplayWidth.printable(piece.text)
      if piece.text == "\t" {
        let stop = DisplayWidth.nextTabStop(after: column, every: tabWidth)
        text = String(repeating: " ", count: stop - column)
      }
      cells.append(Cell(text: text, offset: offset, column: column))
      column += DisplayWidth.columns(of: text)
      offset += piece.length
    }
    end = (offset, column)
    window = 0..<column
    guard column > room || isCut.left || isCut.right else { return }

    // The window begins a little before the first primary mark, unless all marks fit from the left.
    let last = here.map { self.column(at: $0.lastLine == line ? $0.upper : $0.lower) }.max() ?? 0
    var start = 0
    if last > room - 2 || isCut.left {
      let focus = here.first(where: \.isPrimary) ?? here.first
      let place = focus.map { self.column(at: $0.firstLine == line ? $0.lower : $0.upper) } ?? 0
      // At the end of the line a wide character that would not fit is left out at the left.
      let latest = column - room + 1
      start = max(0, min(place - room / 3, latest))
      let first =
        start == latest
        ? cells.first { $0.column >= start } : cells.last { $0.column <= start }
      start = first?.column ?? 0
    }
    let rest = room - (start > 0 || isCut.left ? 1 : 0)
    let isRightEnd = column - start <= rest - (isCut.right ? 1 : 0)
    window = start..<(isRightEnd ? column : start + rest - 1)
  }

  /// The part of a line that is laid out: all of it or, where it is very long, what is around its first
  /// primary mark. Whoever shows a hundred columns need not look at all of a line of a megabyte.
  private static func part(
    of line: Range<Int>, line index: Int, _ bytes: [UInt8], around marks: [Mark]
  ) -> Range<Int> {
    let most = 1 << 14
    guard line.count > most else { return line }
    let places = marks.map { $0.lastLine == index ? $0.upper : $0.lower }
    var lower = line.lowerBound
    if let last = places.max(), last > lower + most / 2 {
      let focus = marks.first(where: \.isPrimary) ?? marks[0]
      lower = max(lower, (focus.firstLine == index ? focus.lower : focus.upper) - most / 2)
    }
    var upper = min(line.upperBound, lower + most)
    // Characters stay whole.
    func isInside(_ place: Int) -> Bool { place < line.upperBound && bytes[place] & 0xC0 == 0x80 }
    if lower > line.lowerBound { while isInside(lower), lower < upper { lower += 1 } }
    while isInside(upper), upper > lower { upper -= 1 }
    return lower..<upper
  }

  private var hasLeftCut: Bool { window.lowerBound > 0 || isCut.left }

  /// The text between the cuts, each cut shown as `…`.
  var text: String {
    var result = hasLeftCut ? "…" : ""
    for (index, cell) in cells.enumerated() where cell.column >= window.lowerBound {
      let next = index + 1 < cells.count ? cells[index + 1].column : end.column
      guard next <= window.upperBound else { break }
      result += cell.text
    }
    if window.upperBound < end.column || isCut.right { result += "…" }
    return result
  }

  /// The column a byte offset is shown at, or that of the cut beyond which it lies.
  func column(at offset: Int) -> Int {
    let column: Int
    if offset >= end.offset {
      column = end.column
    } else {
      column = cells.last { $0.offset <= offset }?.column ?? 0
    }
    let shift = hasLeftCut ? window.lowerBound - 1 : 0
    return min(max(column, window.lowerBound - 1), window.upperBound) - shift
  }

  /// The column behind the grapheme that ends at or spans a byte offset.
  private func columnBehind(_ offset: Int) -> Int {
    guard let next = cells.first(where: { $0.offset >= offset }) else {
      return column(at: end.offset)
    }
    return column(at: next.offset)
  }

  /// Whether only blanks are before a byte offset.
  func isFirstWord(_ offset: Int) -> Bool {
    !isCut.left && cells.allSatisfy { $0.offset >= offset || $0.text.allSatisfy { $0 == " " } }
  }

  struct Piece {
    let text: String
    let column: Int
    let role: Role
  }

  /// The rows under the line: the underlines with the last label behind them, then each further
  /// label under its mark, from right to left.
  func rows(of marks: [Mark], _ severity: Role) -> [[Piece]] {
    guard !marks.isEmpty else { return [] }
    var underlines: [Piece] = []
    // The primary mark is drawn last, so that it is the one seen where two overlap.
    for mark in marks.filter({ !$0.isPrimary }) + marks.filter(\.isPrimary) {
      let start = column(at: mark.lower)
      let length = max(1, columnBehind(mark.upper) - start)
      underlines.append(
        Piece(
          text: String(repeating: mark.stroke, count: length), column: start,
          role: mark.role(severity)))
    }
    let lineEnd = underlines.map { $0.column + $0.text.utf8.count }.max() ?? 0
    var waiting = marks.filter { $0.label != nil }
    if let last = waiting.last, let label = last.label,
      column(at: last.lower) == underlines.map(\.column).max()
    {
      underlines.append(Piece(text: label, column: lineEnd + 1, role: last.role(severity)))
      waiting.removeLast()
    }
    var rows = [underlines]
    if !waiting.isEmpty { rows.append(stems(of: waiting[...], severity)) }
    while let mark = waiting.popLast() {
      var row = stems(of: waiting[...], severity)
      row.append(
        Piece(text: mark.label ?? "", column: column(at: mark.lower), role: mark.role(severity)))
      rows.append(row)
    }
    return rows
  }

  private func stems(of marks: ArraySlice<Mark>, _ severity: Role) -> [Piece] {
    marks.map { Piece(text: "|", column: column(at: $0.lower), role: $0.role(severity)) }
  }

  /// The graphemes of a line with their lengths in bytes; a byte that is no UTF-8 is shown as
  /// U+FFFD and counts for itself, so that offsets stay those of the file.
  private static func graphemes(of bytes: ArraySlice<UInt8>) -> [(text: String, length: Int)] {
    if let text = String(validating: bytes, as: UTF8.self) {
      return text.map { (String($0), $0.utf8.count) }
    }
    var result: [(text: String, length: Int)] = []
    var rest = bytes
    while let lead = rest.first {
      let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
      if let text = String(validating: rest.prefix(length), as: UTF8.self) {
        result.append((text, length))
        rest = rest.dropFirst(length)
      } else {
        result.append(("\u{FFFD}", 1))
        rest = rest.dropFirst()
      }
    }
    return result
  }
}
