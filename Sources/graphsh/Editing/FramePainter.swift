import GraphCore

/// Turns frames into the bytes that bring a terminal from one to the next.
///
/// Rows that stay the same are not sent again, and of others only what follows their common
/// beginning. The painter relies on two things: the cursor is where the last frame put it, and no
/// row is wider than the terminal. It never moves the cursor up beyond its own first row.
struct FramePainter {
  private var shown: Frame?
  private let style: Style

  init(style: Style) { self.style = style }

  /// The bytes that replace what is shown by a frame.
  mutating func paint(_ frame: Frame, columns: Int) -> [UInt8] {
    var output: [UInt8] = []
    let old = shown ?? Frame(rows: [Frame.Row()])
    var row = old.cursorRow
    var isMoved = false
    func go(to target: Int, _ output: inout [UInt8]) {
      let existing = max(old.rows.count, row + 1)
      let reachable = min(target, existing - 1)
      if reachable < row { output += "\u{1B}[\(row - reachable)A".utf8 }
      if reachable > row { output += "\u{1B}[\(reachable - row)B".utf8 }
      output.append(0x0D)
      // A row that is not there yet is made by a line break, which scrolls if need be.
      for _ in reachable..<target { output += "\r\n".utf8 }
      row = target
      isMoved = true
    }

    for (index, new) in frame.rows.enumerated() {
      let before = index < old.rows.count ? old.rows[index] : Frame.Row()
      if index < old.rows.count, before == new { continue }
      go(to: index, &output)
      write(new, over: before, columns: columns, to: &output)
    }
    if old.rows.count > frame.rows.count {
      go(to: frame.rows.count, &output)
      output += "\u{1B}[J".utf8
    }
    let isInPlace =
      !isMoved && shown != nil && old.cursorRow == frame.cursorRow
      && old.cursorColumn == frame.cursorColumn
    if !isInPlace {
      go(to: frame.cursorRow, &output)
      if frame.cursorColumn > 0 { output += "\u{1B}[\(frame.cursorColumn)C".utf8 }
    }
    shown = frame
    return output
  }

  /// The bytes that leave the shown frame standing and go to the line below it.
  mutating func finish() -> [UInt8] {
    guard let frame = shown else { return [] }
    shown = nil
    let below = frame.rows.count - 1 - frame.cursorRow
    return (below > 0 ? Array("\u{1B}[\(below)B".utf8) : []) + Array("\r\n".utf8)
  }

  /// The bytes that take away the shown frame after the terminal's width changed.
  ///
  /// Terminals break rows anew that have become too wide, so the cursor may be further down than
  /// the frame says.
  mutating func erase(columns: Int) -> [UInt8] {
    guard let frame = shown else { return [] }
    shown = nil
    let columns = max(1, columns)
    var above = frame.cursorColumn / columns
    for row in frame.rows[..<frame.cursorRow] {
      above += max(1, (row.width + columns - 1) / columns)
    }
    return (above > 0 ? Array("\u{1B}[\(above)A".utf8) : []) + Array("\r\u{1B}[J".utf8)
  }

  /// The bytes that empty the terminal, so that the next frame begins at its top.
  mutating func clearScreen() -> [UInt8] {
    shown = nil
    return Array("\u{1B}[H\u{1B}[2J".utf8)
  }

  private func write(
    _ new: Frame.Row, over old: Frame.Row, columns: Int, to output: inout [UInt8]
  ) {
    var same = 0
    while same < new.runs.count, same < old.runs.count, new.runs[same] == old.runs[same] {
      same += 1
    }
    let skipped = new.runs[..<same].reduce(0) { $0 + DisplayWidth.columns(of: $1.text) }
    if skipped > 0 { output += "\u{1B}[\(skipped)C".utf8 }
    for run in new.runs[same...] { style.append(run.text, run.style, to: &output) }
    // Behind a full row the terminal's cursor still stands on its last column, which must stay.
    if new.width < columns {
      output += "\u{1B}[K".utf8
    }
  }
}
