import GraphCore
import GraphQuery

/// A profile as text: each rule, below it its conditions in their order, in columns that all rules
/// share; then the advice.
struct ProfileText {
  let profile: QueryProfile
  let columns: Int
  let style: Style
  /// Of a long program the rules that took the longest are shown.
  private static let ruleLimit = 25

  func rendered() -> String {
    var output: [UInt8] = []
    let (rules, hidden) = shownRules
    let rows = rules.flatMap { $0.conditions.map(cells) }
    let widths = Layout(rows: [headings] + rows, columns: columns)
    if !rows.isEmpty {
      style.append(widths.line(headings), .faint, to: &output)
      output.append(UInt8(ascii: "\n"))
    }
    for rule in rules {
      output += Layout.cut(DisplayWidth.printable(rule.text), to: columns).utf8
      output.append(UInt8(ascii: "\n"))
      for condition in rule.conditions {
        output += (widths.line(cells(condition)) + "\n").utf8
      }
      style.append("  " + summary(rule), .faint, to: &output)
      output.append(UInt8(ascii: "\n"))
    }
    if hidden > 0 { output += "… \(Quantity.counted(hidden, "quicker rule"))\n".utf8 }
    for note in profile.notes {
      for line in Layout.wrap(DisplayWidth.printable(note), columns).split(separator: "\n") {
        style.append(String(line), .faint, to: &output)
        output.append(UInt8(ascii: "\n"))
      }
    }
    if let duration = profile.duration {
      output += "all in \(Quantity.time(duration))\n".utf8
    }
    for sentence in profile.advice {
      output += Layout.wrap("advice: " + DisplayWidth.printable(sentence), columns).utf8
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// The same as one table, for the forms that programs read.
  var table: TextTable {
    var table = TextTable(
      ["rule", "condition", "by", "expected", "rows", "microseconds"], numeric: [3, 4, 5])
    for rule in profile.rules {
      for condition in rule.conditions {
        table.rows.append([
          rule.text, condition.text, condition.access, "\(Self.count(condition.expectedRows))",
          "\(condition.rows)", "\(Self.microseconds(condition.duration))",
        ])
      }
      table.rows.append([
        rule.text, "", "", "", "\(rule.newRows)", "\(Self.microseconds(rule.duration))",
      ])
    }
    return table
  }

  private var shownRules: (rules: [QueryProfile.Rule], hidden: Int) {
    guard profile.rules.count > Self.ruleLimit else { return (profile.rules, 0) }
    let slowest = profile.rules.map(\.duration).sorted(by: >)[Self.ruleLimit - 1]
    let rules = profile.rules.filter { $0.duration >= slowest }
    return (rules, profile.rules.count - rules.count)
  }

  private var isMeasured: Bool { profile.duration != nil }

  private var headings: [String] {
    ["", "by", "expected"] + (isMeasured ? ["rows", "time"] : [])
  }

  private func cells(_ condition: QueryProfile.Condition) -> [String] {
    let expected =
      condition.access.isEmpty ? "" : Quantity.grouped(Self.count(condition.expectedRows))
    let cells = [DisplayWidth.printable(condition.text), condition.access, expected]
    guard isMeasured else { return cells }
    return cells + [Quantity.grouped(condition.rows), Quantity.time(condition.duration)]
  }

  private func summary(_ rule: QueryProfile.Rule) -> String {
    var parts = [DisplayWidth.printable(rule.place)]
    if let rounds = rule.smallRoundCount {
      parts.append(Quantity.counted(rounds, "round") + " of a few rows each, row by row")
    } else if let rounds = rule.comparedRoundCount {
      parts.append(Quantity.counted(rounds, "round") + ", new rows compared with those that stay")
    } else if rule.isByRows {
      parts.append("a recursion row by row")
    } else if let other = rule.togetherWith {
      return parts[0] + ", in the pass of " + DisplayWidth.printable(other)
    } else if let condition = rule.recursiveCondition {
      parts.append(Quantity.counted(rule.runCount, "round") + " from new rows of \(condition)")
    }
    // A plan computes what the query rests on, but does not time it.
    if isMeasured || rule.newRows > 0 {
      parts.append(Quantity.counted(rule.newRows, "new row"))
      if rule.derivedRows > rule.newRows {
        parts.append("of \(Quantity.grouped(rule.derivedRows)) derived")
      }
    }
    if isMeasured { parts.append(Quantity.time(rule.duration)) }
    return parts.joined(separator: ", ")
  }

  private static func count(_ rows: Double) -> Int { Int(min(max(rows, 0), 1e15).rounded()) }

  private static func microseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }
}

/// Columns whose first holds text that may be cut, the second words, the others numbers.
private struct Layout {
  private var widths: [Int]

  init(rows: [[String]], columns: Int) {
    widths = Array(repeating: 0, count: rows.first?.count ?? 0)
    for row in rows {
      for (index, cell) in row.enumerated() {
        widths[index] = max(widths[index], DisplayWidth.columns(of: cell))
      }
    }
    // Two blanks before each column; the text gets what the others leave, and 16 columns at least.
    let others = widths.dropFirst().reduce(0, +) + 2 * widths.count
    if !widths.isEmpty { widths[0] = min(widths[0], max(16, columns - others)) }
  }

  func line(_ cells: [String]) -> String {
    var text = ""
    for (index, cell) in cells.enumerated() {
      let cell = index == 0 ? Self.cut(cell, to: widths[0]) : cell
      let gap = String(repeating: " ", count: widths[index] - DisplayWidth.columns(of: cell))
      text += "  " + (index < 2 ? cell + gap : gap + cell)
    }
    while text.last == " " { text.removeLast() }
    return text
  }

  /// The text, or as much of it as has room before `…`.
  static func cut(_ text: String, to width: Int) -> String {
    guard DisplayWidth.columns(of: text) > width else { return text }
    var result = ""
    var used = 1
    for character in text {
      used += DisplayWidth.columns(of: String(character))
      if used > width { break }
      result.append(character)
    }
    return result + "…"
  }

  /// Lines of at most `width` columns, broken at blanks; those after the first are set in.
  static func wrap(_ text: String, _ width: Int) -> String {
    var lines = ""
    var line = ""
    for word in text.split(separator: " ") {
      let longer = line.isEmpty ? String(word) : line + " " + word
      if !line.isEmpty, DisplayWidth.columns(of: longer) > width {
        lines += line + "\n"
        line = "        " + word
      } else {
        line = longer
      }
    }
    return lines + line + "\n"
  }
}
