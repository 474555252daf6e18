import GraphCore
import GraphQuery
import Testing

@testable import graphsh

/// What holds of all commands of the shell, and what they make of words behind them.
@Suite struct ShellCommandTests {
  /// The parser knows what is a command where it expects a directive.
  @Test func theParserKnowsEveryCommand() {
    let names = ShellCommand.all.map(\.name) + ShellCommand.synonyms.keys
    let words = Set(names.map { String($0.dropFirst()) })
    #expect(words.subtracting(Parser.directiveWords) == Parser.commandWords)
    for directive in ShellCommand.directives {
      #expect(Parser.directiveWords.contains(String(directive.dropFirst())), "\(directive)")
    }
  }
}
