import GraphCore

/// The texts of `.help`.
enum ShellHelp {
  static func overview(columns: Int) -> String {
    var text = """
      Ask with ?-, end with a full stop:
        ?- company(c), located_in(c, "祁县经济开发区").
        ?(z, v) :- measured(z, "税收", value: v) order by v desc limit 5.
      Define a relation, state a fact:
        hub(z) :- zone(z), 20 < count : { located_in(_, z) }.
        supplies("A", "B", what: "C").
      The answer before this one is the relation `last`.

      """
    let width = ShellCommand.all.map { DisplayWidth.columns(of: $0.usage) }.max() ?? 0
    for topic in ShellCommand.Topic.allCases {
      let commands = ShellCommand.all.filter { $0.topic == topic }
      guard !commands.isEmpty else { continue }
      text += "\n\(topic.rawValue):\n"
      for command in commands {
        // A long usage has its summary on the next line, so that the list fits 80 columns.
        let column = min(width, 28)
        if DisplayWidth.columns(of: command.usage) > column {
          text += "  \(command.usage)\n" + String(repeating: " ", count: column + 4)
        } else {
          text += "  " + DisplayWidth.padded(command.usage, to: column) + "  "
        }
        text += HelpText.wrapped(command.summary, indent: column + 4, columns: columns) + "\n"
      }
    }
    return text + "\n.help COMMAND shows an example of each; .help keys lists the keys.\n"
  }

  /// The help of one command, with or without its dot; nothing where there is none.
  static func text(for name: String, columns: Int = 100) -> String? {
    guard let command = ShellCommand.named(name.hasPrefix(".") ? name : "." + name) else {
      return nil
    }
    var text = "\(command.usage)\n"
    // Lines that begin with blanks are set as they are; others are one paragraph.
    var lines = [command.summary]
    var isParagraph = false
    for line in command.details.split(separator: "\n").map(String.init) {
      let isSet = line.hasPrefix(" ")
      if isParagraph, !isSet {
        lines[lines.count - 1] += " " + line
      } else {
        lines.append(line)
      }
      isParagraph = !isSet
    }
    for line in lines {
      text += set("  " + line, columns: columns) + "\n"
    }
    return text + "  example: \(command.example)\n"
  }

  /// A line within the window. One that fits keeps its blanks, which align it; of one that does not, what
  /// stands behind a gap of two blanks stays a column.
  private static func set(_ line: String, columns: Int) -> String {
    guard DisplayWidth.columns(of: line) > columns else { return line }
    let margin = line.prefix { $0 == " " }
    let body = line.dropFirst(margin.count)
    var rest = body
    if let gap = body.indices.first(where: { body[$0...].hasPrefix("  ") }) {
      rest = body[gap...].drop { $0 == " " }
    }
    let first = body[..<rest.startIndex]
    let indent = margin.count + first.count
    let further = first.isEmpty && margin.count > 2 ? indent + 2 : indent
    return margin + first
      + HelpText.wrapped(String(rest), indent: further, columns: columns, used: indent)
  }

  /// What the editor's keys do.
  static let keyTable: [(keys: String, effect: String)] = [
    ("Enter", "carry out a complete statement, else begin another line of it"),
    ("Alt-Enter", "begin another line in any case"),
    ("Tab, Shift-Tab", "complete; go through the candidates, Enter takes one, Escape none"),
    ("Up, Down", "another line of the statement, then earlier and later statements"),
    ("Alt-P, Alt-N, PageUp, PageDown", "earlier and later statements"),
    ("Ctrl-R", "search in earlier statements; Ctrl-R again goes on"),
    ("Left, Right, Ctrl-B, Ctrl-F", "one character"),
    ("Alt-B, Alt-F, Ctrl-Left, Ctrl-Right", "one word; Chinese words too"),
    ("Ctrl-A, Ctrl-E, Home, End", "start and end of the line"),
    ("Ctrl-K, Ctrl-U, Ctrl-W, Alt-D", "kill to the end, to the start, a word back, a word on"),
    ("Ctrl-Y, Alt-Y", "put in what was killed; what was killed before it"),
    ("Ctrl-_, Alt-_", "undo, redo"),
    ("Ctrl-T, Alt-U, Alt-L, Alt-C", "swap two characters; upper, lower, capital letters"),
    ("Ctrl-L", "clear the screen"),
    ("Ctrl-C", "drop what is being written; stop a query that runs"),
    ("Ctrl-D", "delete a character; leave where there is none"),
    ("Ctrl-Z", "suspend the shell"),
  ]

  static func keys(columns: Int) -> String {
    let width = keyTable.map { DisplayWidth.columns(of: $0.keys) }.max() ?? 0
    return keyTable.map { entry in
      "  \(DisplayWidth.padded(entry.keys, to: width))  "
        + HelpText.wrapped(entry.effect, indent: width + 4, columns: columns) + "\n"
    }.joined()
  }
}
