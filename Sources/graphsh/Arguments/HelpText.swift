import GraphCore

/// The help that `--help` shows, written from the `CommandTable`.
enum HelpText {
  private static let columns = 80

  static func text(for command: String) -> String {
    let entry = CommandTable.entry(named: command) ?? CommandTable.session
    var text = ""
    for (index, usage) in entry.usage.enumerated() {
      text += (index == 0 ? "usage: " : "       ") + usage + "\n"
    }
    let commands = CommandTable.entries.filter { !$0.name.isEmpty }
    if entry.name.isEmpty {
      for command in commands {
        for usage in command.usage { text += "       \(usage)\n" }
      }
    }
    text += "\n" + wrapped(entry.summary, indent: 0) + "\n"

    var rows = entry.options.map { (spelling(of: $0), $0.summary) }
    rows.append(("    --help", "show this help"))
    if entry.name.isEmpty {
      for option in CommandTable.informationOptions {
        let value = option.value.map { " \($0)" } ?? ""
        rows.append(("    \(option.name)\(value)", option.summary))
      }
    }
    text += "\nOptions:\n" + list(rows)
    if entry.name.isEmpty {
      text += "\nCommands (graphsh COMMAND --help says more):\n"
      text += list(commands.map { ($0.name, $0.summary) })
    }
    if !entry.examples.isEmpty {
      text += "\nExamples:\n" + entry.examples.map { "  \($0)\n" }.joined()
    }
    if entry.name.isEmpty {
      let statuses = ExitStatus.allCases.map { "\($0.rawValue) \($0.meaning)" }
      let line = "Exit status: \(statuses.joined(separator: "; "))."
      text += "\n" + wrapped(line, indent: 0) + "\n"
    }
    return text
  }

  private static func spelling(of option: CommandOption) -> String {
    let names = option.names.joined(separator: ", ")
    let indent = option.names.first?.hasPrefix("--") == true ? "    " : ""
    return indent + names + (option.value.map { " \($0)" } ?? "")
  }

  /// Two columns; what does not fit into the first has its second on the next line.
  private static func list(_ rows: [(name: String, summary: String)]) -> String {
    let width = min(26, rows.map { DisplayWidth.columns(of: $0.name) }.max() ?? 0)
    let indent = width + 4
    return rows.map { name, summary in
      let text = wrapped(summary, indent: indent)
      guard DisplayWidth.columns(of: name) <= width else {
        return "  \(name)\n" + String(repeating: " ", count: indent) + text + "\n"
      }
      return "  " + DisplayWidth.padded(name, to: width) + "  " + text + "\n"
    }.joined()
  }

  /// Text broken between words at `columns`; `used` columns are taken on its first line, where that is
  /// not `indent`.
  static func wrapped(
    _ text: String, indent: Int, columns: Int = columns, used first: Int? = nil
  ) -> String {
    var result = ""
    var used = first ?? indent
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      let width = DisplayWidth.columns(of: word)
      if !result.isEmpty, used + 1 + width > columns {
        result += "\n" + String(repeating: " ", count: indent)
        used = indent
      } else if !result.isEmpty {
        result += " "
        used += 1
      }
      result += word
      used += width
    }
    return result
  }
}
