import GraphCore
import GraphQuery
import Testing

@testable import graphsh

/// What holds of all commands of the shell, and what they make of words behind them.
@Suite struct ShellCommandTests {
  /// What is said and answered.
  private func run(_ lines: [String]) throws -> String {
    try Executable.withFiles([:]) { folder in
      let file = try OutputFile("\(folder)/screen")
      let shell = Shell(output: file, errors: file)
      shell.session.load([SourceText(name: "t.dl", text: "company(\"甲\"). s(\"甲\", \"乙\").")])
      for line in lines {
        _ = try shell.run(script: SourceText(name: Shell.promptName, text: line))
      }
      try file.close()
      return String(decoding: try Files.read("\(folder)/screen"), as: UTF8.self)
    }
  }

  /// The parser knows what is a command where it expects a directive.
  @Test func theParserKnowsEveryCommand() {
    let names = ShellCommand.all.map(\.name) + ShellCommand.synonyms.keys
    let words = Set(names.map { String($0.dropFirst()) })
    #expect(words.subtracting(Parser.directiveWords) == Parser.commandWords)
    for directive in ShellCommand.directives {
      #expect(Parser.directiveWords.contains(String(directive.dropFirst())), "\(directive)")
    }
  }

  @Test(arguments: [
    (".undo 2", "2", ".undo"), (".labels x", "x", ".labels"), (".stats x", "x", ".stats"),
    (".begin now", "now", ".begin"), (".commit 1", "1", ".commit"),
    (".rollback a", "a", ".rollback"),
    (".partial a", "a", ".partial"), (".quit 3", "3", ".quit"),
    (".schema company zone", "zone", ".schema [NAME]; what has blanks stands in quotes"),
    (".rules a b", "b", ".rules [NAME]; what has blanks stands in quotes"),
    (".find 甲 乙", "乙", ".find TEXT; what has blanks stands in quotes"),
    (".once a.csv b.csv", "b.csv", ".once FILE; what has blanks stands in quotes"),
    (".output a.csv b.csv", "b.csv", ".output [FILE]; what has blanks stands in quotes"),
    (".read a.gsh b.gsh", "b.gsh", ".read FILE; what has blanks stands in quotes"),
    (
      ".save a.dl b", "b", ".save [RELATION...] | FILE.dl; what has blanks stands in quotes"
    ),
  ])
  func wordsThatSayNothingAreRefused(_ line: String, _ word: String, _ usage: String) throws {
    #expect(
      try run([line]) == "error: \(word) is one word too many\nhelp: the command is \(usage)\n")
  }

  @Test func aCommentMayFollow() throws {
    #expect(try run([".begin // a", ".rollback // b", ".find 甲 // c"]).contains("company"))
  }

  @Test func parametersThatAreTextsStayTexts() throws {
    let lines = [
      ".param n \"12\"", ".param m 12", ".param t \"true\"", ".param city 运城", ".param 年 “2024”",
      ".param",
    ]
    #expect(
      try run(lines) == "$city = 运城\n$m = 12\n$n = \"12\"\n$t = \"true\"\n$年 = \"2024\"\n")
    #expect(try run(lines + [".param n"]).hasSuffix("$n = \"12\"\n"))
  }
}
