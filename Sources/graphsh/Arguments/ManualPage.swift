/// The manual page, written from the tables of commands and options: `graphsh --manual`.
enum ManualPage {
  static var text: String {
    var page = Page()
    page.line(".TH GRAPHSH 1 \"\" \"graphsh \(CommandTable.version)\" \"User Commands\"")
    page.section("NAME")
    page.text("graphsh - a knowledge graph, questioned in one line")
    page.section("SYNOPSIS")
    for entry in CommandTable.entries {
      for usage in entry.usage {
        page.line(".br")
        page.text(usage)
      }
    }
    page.section("DESCRIPTION")
    page.text(CommandTable.session.summary)
    page.section("OPTIONS")
    for option in CommandTable.session.options { page.option(option) }
    page.entry("--help", "show a short help; so does every command")
    for option in CommandTable.informationOptions {
      page.entry([option.name, option.value ?? ""].joined(separator: " "), option.summary)
    }
    page.section("COMMANDS")
    for entry in CommandTable.entries where !entry.name.isEmpty {
      page.subsection(entry.usage.joined(separator: "\n"))
      page.text(entry.summary)
      for option in entry.options { page.option(option) }
    }
    page.section("COMMANDS OF THE SHELL")
    page.text(
      "In the shell, in scripts and behind -e, a line that begins with a dot is a command; anything "
        + "else is a statement of the language, which ends with a full stop.")
    for topic in ShellCommand.Topic.allCases {
      page.subsection(topic.rawValue)
      for command in ShellCommand.all where command.topic == topic {
        page.entry(command.usage, command.summary)
        if !command.details.isEmpty { page.verbatim(command.details) }
        page.verbatim(command.example)
      }
    }
    page.section("KEYS")
    for key in ShellHelp.keyTable { page.entry(key.keys, key.effect) }
    page.section("EXIT STATUS")
    for status in ExitStatus.allCases { page.entry("\(status.rawValue)", status.meaning) }
    page.section("ENVIRONMENT")
    for (name, meaning) in [
      ("PAGER", "the program that shows long answers; less by itself"),
      ("VISUAL, EDITOR", "the program that .edit starts"),
      ("NO_COLOR", "not empty: no colours"),
      ("XDG_STATE_HOME", "where the history is kept, in graphsh/history"),
    ] {
      page.entry(name, meaning)
    }
    page.section("EXAMPLES")
    for example in CommandTable.entries.flatMap(\.examples) { page.verbatim(example) }
    return page.output
  }

  /// Lines of a page in the language of man(7).
  private struct Page {
    private(set) var output = ""

    mutating func line(_ line: String) { output += line + "\n" }

    mutating func section(_ title: String) { line(".SH \(title)") }

    mutating func subsection(_ title: String) {
      for (index, part) in title.split(separator: "\n").enumerated() {
        if index == 0 { line(".SS") } else { line(".br") }
        line(Self.escaped(String(part)))
      }
    }

    mutating func text(_ text: String) { line(Self.escaped(text)) }

    mutating func entry(_ name: String, _ text: String) {
      line(".TP")
      line("\\fB\(Self.escaped(name, startsLine: false))\\fR")
      line(Self.escaped(text))
    }

    mutating func option(_ option: CommandOption) {
      entry(
        option.names.joined(separator: ", ") + (option.value.map { " \($0)" } ?? ""),
        option.summary)
    }

    mutating func verbatim(_ text: String) {
      line(".RS\n.nf")
      for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
        line(Self.escaped(String(part)))
      }
      line(".fi\n.RE")
    }

    /// A dot or an apostrophe at the start of a line would be a request, a backslash an escape.
    private static func escaped(_ text: String, startsLine: Bool = true) -> String {
      var result = ""
      for character in text {
        switch character {
        case "\\": result += "\\e"
        case "-": result += "\\-"
        default: result.append(character)
        }
      }
      let first = result.first
      return startsLine && (first == "." || first == "'") ? "\\&" + result : result
    }
  }
}
