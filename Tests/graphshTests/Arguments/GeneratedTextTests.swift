import Foundation
import GraphCore
import Testing

@testable import graphsh

/// The manual page and the completions in `Documentation` are those that the tables give now.
///
/// `GRAPHSH_RECORD=1` writes them anew.
@Suite struct GeneratedTextTests {
  static let files: [(path: String, text: String)] = [
    ("graphsh.1", ManualPage.text),
    ("completions/graphsh.bash", InterpreterCompletions.text(for: .bash)),
    ("completions/_graphsh", InterpreterCompletions.text(for: .zsh)),
    ("completions/graphsh.fish", InterpreterCompletions.text(for: .fish)),
  ]

  @Test(arguments: files.map(\.path)) func isCurrent(_ name: String) throws {
    let text = try #require(Self.files.first { $0.path == name }).text
    let path = "\(SeedQuestionTests.root)/Documentation/\(name)"
    if ProcessInfo.processInfo.environment["GRAPHSH_RECORD"] == "1" {
      return try Files.write(Array(text.utf8), to: path)
    }
    #expect(String(decoding: try Files.read(path), as: UTF8.self) == text)
  }

  @Test func everythingIsInTheManual() {
    let page = ManualPage.text
    for command in ShellCommand.all {
      #expect(page.contains(command.name), "\(command.name)")
      #expect(!command.example.isEmpty && command.example.hasPrefix(command.name))
    }
    for entry in CommandTable.entries {
      for option in entry.options {
        for name in option.names {
          #expect(page.contains(name.split(separator: "-").joined(separator: "\\-")), "\(name)")
        }
      }
    }
  }

  /// Behind an option stand the words that it takes, in each interpreter.
  @Test(arguments: CommandTable.entries.map(\.name)) func choicesAreCompleted(_ command: String)
    throws
  {
    let entry = try #require(CommandTable.entry(named: command))
    for option in entry.options where !option.choices.isEmpty {
      let words = option.choices.joined(separator: " ")
      for file in Self.files where file.path.hasPrefix("completions") {
        #expect(file.text.contains(words), "\(file.path) \(option.names)")
      }
      // What is offered is taken.
      for word in option.choices {
        var draft = ArgumentDraft()
        try option.apply(&draft, word)
        draft.paths = ["a.graph", "b"].suffix(["run", "sql"].contains(command) ? 1 : 2)
        _ = try entry.make(draft)
      }
    }
    let choices = Dictionary(grouping: entry.options.filter { !$0.choices.isEmpty }) {
      $0.names[0]
    }
    switch command {
    case "import": #expect(choices["--format"]?[0].choices == CommandTable.importFormats)
    case "export": #expect(choices["--format"]?[0].choices == CommandTable.exportFormats)
    case "": #expect(choices["--format"]?[0].choices == AnswerForm.names)
    case "sql": #expect(choices["--dialect"]?[0].choices == ["duckdb", "postgres", "spark"])
    default: #expect(choices["--format"] == nil)
    }
  }

  @Test func everyCommandIsDescribed() throws {
    let path = "\(SeedQuestionTests.root)/Documentation/Shell.md"
    let page = String(decoding: try Files.read(path), as: UTF8.self)
    for command in ShellCommand.all {
      #expect(page.contains("`\(command.name)"), "\(command.name)")
    }
  }

  @Test func everyCommandHasItsHelp() {
    let overview = ShellHelp.overview(columns: 80)
    for command in ShellCommand.all {
      #expect(overview.contains("  \(command.usage)"), "\(command.name)")
      #expect(ShellHelp.text(for: command.name)?.contains(command.example) ?? false)
    }
    for line in overview.split(separator: "\n") {
      #expect(DisplayWidth.columns(of: line) <= 80, "\(line)")
    }
    #expect(ShellHelp.text(for: "nothing") == nil)
    let pages = ShellCommand.all.compactMap { ShellHelp.text(for: $0.name, columns: 80) }
    for line in (pages + [ShellHelp.keys(columns: 80)]).flatMap({ $0.split(separator: "\n") })
    where !line.contains("example:") {
      #expect(DisplayWidth.columns(of: line) <= 80, "\(line)")
    }
    #expect(ShellHelp.keys(columns: 80).contains("Ctrl-R"))
  }
}
