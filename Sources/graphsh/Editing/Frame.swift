import GraphCore

/// What stands on the terminal while a statement is edited: rows no wider than it, and the cursor.
struct Frame: Equatable, Sendable {
  struct Run: Equatable, Sendable {
    var text: String
    let style: TextStyle
  }

  struct Row: Equatable, Sendable {
    var runs: [Run] = []
    var width = 0
  }

  var rows: [Row] = []
  var cursorRow = 0
  var cursorColumn = 0

  /// The text of the rows without styles.
  var lines: [String] { rows.map { row in row.runs.map(\.text).joined() } }
}

/// Sets text into the rows of a frame, grapheme by grapheme.
///
/// A grapheme that does not fit into what is left of a row begins the next one, so that a wide
/// character is never split, and a cursor behind a full row stands at the start of the next.
struct FrameBuilder {
  private(set) var frame = Frame(rows: [Frame.Row()])
  private let columns: Int
  private static let tabWidth = 4

  init(columns: Int) { self.columns = max(4, columns) }

  mutating func append(_ text: String, _ style: TextStyle) {
    for character in text { append(character, style) }
  }

  mutating func append(_ character: Character, _ style: TextStyle) {
    let column = last.width
    if character == "\t" {
      let stop = min(columns, DisplayWidth.nextTabStop(after: column, every: Self.tabWidth))
      place(String(repeating: " ", count: stop - column), width: stop - column, style)
      return
    }
    let shown = DisplayWidth.printable(String(character))
    let width = DisplayWidth.columns(of: shown)
    guard width > columns - column, shown.count > 1 else {
      return place(shown, width: width, style)
    }
    for part in shown { place(String(part), width: DisplayWidth.columns(of: part), style) }
  }

  mutating func breakRow() { frame.rows.append(Frame.Row()) }

  /// Puts the cursor where a grapheme of this width would stand next.
  mutating func placeCursor(before width: Int) {
    if last.width + max(1, width) > columns { breakRow() }
    frame.cursorRow = frame.rows.count - 1
    frame.cursorColumn = last.width
  }

  private var last: Frame.Row { frame.rows[frame.rows.count - 1] }

  private mutating func place(_ text: String, width: Int, _ style: TextStyle) {
    if last.width + width > columns, last.width > 0 { breakRow() }
    let row = frame.rows.count - 1
    frame.rows[row].width += width
    if let run = frame.rows[row].runs.last, run.style == style {
      frame.rows[row].runs[frame.rows[row].runs.count - 1].text += text
    } else {
      frame.rows[row].runs.append(Frame.Run(text: text, style: style))
    }
  }
}

extension LineEditor {
  /// What to show on a terminal of this size. The last frame of a statement is without helps, its
  /// cursor at the end.
  func frame(columns: Int, rows: Int, isLast: Bool = false) -> Frame {
    var builder = FrameBuilder(columns: columns)
    switch mode {
    case .searching(let search) where !isLast:
      appendSearch(search, to: &builder)
    default:
      builder.append(prompt.first, .prompt)
      let matches = isLast ? nil : matchingBrackets()
      append(
        buffer.text, cursor: isLast ? buffer.length : buffer.cursor, matches: matches ?? [],
        to: &builder)
    }
    var frame = builder.frame
    if case .choosing(let menu) = mode, !isLast {
      let room = max(1, min(rows / 2, rows - frame.rows.count))
      frame.rows += MenuLayout(menu, columns: max(4, columns)).rows(limit: room)
    } else if let hint, !isLast, frame.rows.count < rows {
      var below = FrameBuilder(columns: columns)
      below.append(DisplayWidth.truncated(hint, to: max(4, columns)), .faint)
      frame.rows += below.frame.rows
    }
    return isLast ? frame : frame.cropped(to: max(1, rows))
  }

  private func append(
    _ text: String, cursor: Int?, matches: [Range<Int>], to builder: inout FrameBuilder
  ) {
    let styles = language.highlight(text)
    var nextStyle = 0
    var offset = 0
    for character in text {
      while nextStyle < styles.count, styles[nextStyle].range.upperBound <= offset {
        nextStyle += 1
      }
      var style = TextStyle.plain
      if nextStyle < styles.count, styles[nextStyle].range.contains(offset) {
        style = styles[nextStyle].style
      }
      if matches.contains(where: { $0.contains(offset) }) { style = .match }
      if offset == cursor {
        builder.placeCursor(before: character == "\n" ? 0 : DisplayWidth.columns(of: character))
      }
      if character == "\n" {
        builder.breakRow()
        builder.append(prompt.further, .prompt)
      } else {
        builder.append(character, style)
      }
      offset += character.utf8.count
    }
    if offset == cursor { builder.placeCursor(before: 0) }
  }

  private func appendSearch(_ search: HistorySearch, to builder: inout FrameBuilder) {
    let title = search.isFailing ? "no match" : "search"
    builder.append("(\(title)) \"\(DisplayWidth.printable(search.query))", .prompt)
    builder.append("\": ", .prompt)
    if let (entry, match) = found(by: search) {
      append(entry, cursor: match.lowerBound, matches: [match], to: &builder)
    } else {
      append(buffer.text, cursor: buffer.cursor, matches: [], to: &builder)
    }
  }

  /// The bracket at or before the cursor and the one that belongs to it. Brackets in texts and
  /// comments count for nothing.
  private func matchingBrackets() -> [Range<Int>]? {
    let pairs: [(open: UInt8, close: UInt8)] = [(0x28, 0x29), (0x5B, 0x5D), (0x7B, 0x7D)]
    let bytes = Array(buffer.text.utf8)
    func pair(at offset: Int) -> (open: UInt8, close: UInt8)? {
      guard bytes.indices.contains(offset) else { return nil }
      return pairs.first { $0.open == bytes[offset] || $0.close == bytes[offset] }
    }
    // The bracket before the cursor was just typed, so it comes first.
    guard let place = [cursor - 1, cursor].first(where: { pair(at: $0) != nil }),
      let (open, close) = pair(at: place)
    else { return nil }
    let quiet = language.highlight(buffer.text).filter { $0.style == .text || $0.style == .comment }
    func isQuiet(_ offset: Int) -> Bool { quiet.contains { $0.range.contains(offset) } }
    guard !isQuiet(place) else { return nil }

    let step = bytes[place] == open ? 1 : -1
    var depth = 0
    var offset = place
    while bytes.indices.contains(offset) {
      if bytes[offset] == open || bytes[offset] == close, !isQuiet(offset) {
        depth += bytes[offset] == open ? step : -step
        if depth == 0 { return [place..<place + 1, offset..<offset + 1] }
      }
      offset += step
    }
    return nil
  }
}

extension Frame {
  /// The part with the cursor, if the whole is taller than the terminal.
  func cropped(to limit: Int) -> Frame {
    guard rows.count > limit else { return self }
    let first = min(max(0, cursorRow - limit + 1), rows.count - limit)
    return Frame(
      rows: Array(rows[first..<first + limit]), cursorRow: cursorRow - first,
      cursorColumn: cursorColumn)
  }
}

/// The candidates of a menu set in columns, or one a row where they have notes.
struct MenuLayout {
  private let menu: Menu
  private let columns: Int
  private let cellWidth: Int
  private let perRow: Int

  init(_ menu: Menu, columns: Int) {
    self.menu = menu
    self.columns = columns
    let widest = menu.candidates.map { DisplayWidth.columns(of: $0.label) }.max() ?? 1
    cellWidth = min(max(1, widest), columns - 2)
    let hasNotes = menu.candidates.contains { !$0.note.isEmpty }
    perRow = hasNotes ? 1 : max(1, columns / (cellWidth + 2))
  }

  /// At most `limit` rows, the chosen candidate among them; the last says how many are not shown.
  func rows(limit: Int) -> [Frame.Row] {
    let count = (menu.candidates.count + perRow - 1) / perRow
    guard count > limit else { return (0..<count).map(row) }
    let shown = max(1, limit - 1)
    let selected = (menu.selected ?? 0) / perRow
    let first = min(max(0, selected - shown + 1), count - shown)
    var rows = (first..<first + shown).map(row)
    if limit > 1 {
      let hidden = menu.candidates.count - min(menu.candidates.count, shown * perRow)
      var builder = FrameBuilder(columns: columns)
      builder.append(DisplayWidth.truncated("… \(hidden) more", to: columns), .faint)
      rows += builder.frame.rows
    }
    return rows
  }

  private func row(_ index: Int) -> Frame.Row {
    var builder = FrameBuilder(columns: columns)
    let first = index * perRow
    for candidate in first..<min(first + perRow, menu.candidates.count) {
      let entry = menu.candidates[candidate]
      if candidate > first { builder.append("  ", .plain) }
      let label = DisplayWidth.truncated(entry.label, to: cellWidth)
      builder.append(
        DisplayWidth.padded(label, to: cellWidth),
        candidate == menu.selected ? .selection : .plain)
      let room = columns - cellWidth - 2
      if !entry.note.isEmpty, room > 4 {
        builder.append("  " + DisplayWidth.truncated(entry.note, to: room), .faint)
      }
    }
    return builder.frame.rows[0]
  }
}
