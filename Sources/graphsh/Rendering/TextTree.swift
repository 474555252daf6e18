import GraphCore

/// A tree of lines drawn with `├─`, with remarks set in a column at the right where there is room.
struct TextTree {
  var text: String
  /// What belongs to the line but is not the thing itself: a place in a document.
  var remark: String
  var children: [TextTree]

  init(_ text: String, remark: String = "", _ children: [TextTree] = []) {
    self.text = text
    self.remark = remark
    self.children = children
  }

  /// The lines, no wider than `columns` where the remarks can be moved to lines of their own.
  func rendered(columns: Int, style: Style) -> String {
    var lines: [Line] = []
    collect(into: &lines, first: "", rest: "")
    let widths = lines.map { DisplayWidth.columns(of: $0.indent + $0.text) }
    let remarkWidth = lines.map { DisplayWidth.columns(of: $0.remark) }.max() ?? 0
    // Remarks stand in one column, as far left as the lines that have them allow.
    let room = max(20, columns - remarkWidth - 2)
    let column =
      zip(lines, widths).filter { !$0.0.remark.isEmpty && $0.1 <= room }.map(\.1).max() ?? 0
    var output: [UInt8] = []
    for (line, width) in zip(lines, widths) {
      style.append(line.indent, .faint, to: &output)
      output += line.text.utf8
      if !line.remark.isEmpty {
        let gap = max(2, column + 2 - width)
        if width + gap + DisplayWidth.columns(of: line.remark) > columns {
          output.append(UInt8(ascii: "\n"))
          style.append(line.below, .faint, to: &output)
        } else {
          output += String(repeating: " ", count: gap).utf8
        }
        style.append(line.remark, .faint, to: &output)
      }
      output.append(UInt8(ascii: "\n"))
    }
    return String(decoding: output, as: UTF8.self)
  }

  private struct Line {
    let indent: String
    /// What stands before a remark that has a line of its own.
    let below: String
    let text: String
    let remark: String
  }

  private func collect(into lines: inout [Line], first: String, rest: String) {
    lines.append(
      Line(
        indent: first, below: rest + (children.isEmpty ? "  " : "│ "),
        text: DisplayWidth.printable(text), remark: DisplayWidth.printable(remark)))
    for (index, child) in children.enumerated() {
      let isLast = index == children.count - 1
      child.collect(
        into: &lines, first: rest + (isLast ? "└─ " : "├─ "), rest: rest + (isLast ? "   " : "│  "))
    }
  }
}
