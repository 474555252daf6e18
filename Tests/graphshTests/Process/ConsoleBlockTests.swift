import Foundation
import Testing

/// Runs the console blocks of the README and of the pages that a user reads as they stand.
///
/// A block is fenced by "```sh" or "```console" and begins with `$ graphsh `; commands follow `$ `,
/// and what stands below a command is its output, on both streams. A line `…` stands for any
/// number of lines. Blocks that begin otherwise are for people, or for `.ci/run`.
@Suite struct ConsoleBlockTests {
  struct Block: CustomTestStringConvertible, Sendable {
    var page = ""
    var line: Int
    var commands: [(command: String, output: [String])]

    var testDescription: String { "\(page):\(line)" }
  }

  static let pages = ["README.md", "Documentation/Language.md", "Documentation/Shell.md"]

  static let blocks: [Block] = pages.flatMap { page in
    guard
      let text = try? String(
        contentsOfFile: "\(Executable.packageFolder)/\(page)", encoding: .utf8)
    else { return [Block]() }
    return parse(text).map { block in
      var block = block
      block.page = page
      return block
    }
  }

  @Test func everyPageHasBlocks() {
    #expect(Set(Self.blocks.map(\.page)) == Set(Self.pages))
  }

  static func parse(_ text: String) -> [Block] {
    var blocks: [Block] = []
    var current: Block?
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if line.hasPrefix("```") {
        if let block = current, block.commands.first?.command.hasPrefix("graphsh ") == true {
          blocks.append(block)
        }
        let opens = current == nil && ["```sh", "```console"].contains(String(line))
        current = current == nil && (opens || line != "```") ? Block(line: 0, commands: []) : nil
        // Blocks in other languages are read to their end and dropped.
        if current != nil { current?.line = opens ? number + 2 : 0 }
      } else if var block = current, block.line > 0 {
        if line.hasPrefix("$ ") {
          block.commands.append((String(line.dropFirst(2)), []))
        } else if let last = block.commands.indices.last {
          if block.commands[last].command.hasSuffix("\\") && block.commands[last].output.isEmpty {
            // The command goes on.
            block.commands[last].command += "\n" + line
          } else {
            block.commands[last].output.append(String(line))
          }
        }
        current = block
      }
    }
    return blocks
  }

  @Test(arguments: blocks) func blockRunsAsItStands(_ block: Block) throws {
    // What a block writes must not lie about in the package.
    try Executable.withFolder { folder in
      for name in ["seeds", "Documentation", "Examples"] {
        let original = "\(Executable.packageFolder)/\(name)"
        guard FileManager.default.fileExists(atPath: original) else { continue }
        try FileManager.default.copyItem(atPath: original, toPath: "\(folder)/\(name)")
      }
      for (command, expected) in block.commands {
        let result = try Executable.shell("{ \(command)\n} 2>&1", in: folder)
        var lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
          .map(String.init)
        if lines.last == "" { lines.removeLast() }
        var wanted = expected
        while wanted.last == "" { wanted.removeLast() }
        #expect(
          Self.matches(lines[...], wanted[...]), "$ \(command)\n\(lines.joined(separator: "\n"))")
      }
    }
  }

  /// Whether lines are as expected; `…` in the expectation stands for any number of lines.
  static func matches(_ lines: ArraySlice<String>, _ expected: ArraySlice<String>) -> Bool {
    guard let first = expected.first else { return lines.isEmpty }
    let rest = expected.dropFirst()
    if first.trimmingCharacters(in: .whitespaces) == "…" {
      return (0...lines.count).contains { matches(lines.dropFirst($0), rest) }
    }
    guard let line = lines.first, Self.trimmed(line) == Self.trimmed(first) else { return false }
    return matches(lines.dropFirst(), rest)
  }

  /// Editors take blanks from the ends of lines.
  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }

  @Test func matchingOfOutputs() {
    #expect(Self.matches(["a", "b", "c"], ["a", "…", "c"]))
    #expect(Self.matches(["a", "c"], ["a", "…", "c"]))
    #expect(!Self.matches(["a", "b"], ["a"]))
    #expect(!Self.matches(["a"], ["a", "b"]))
    #expect(Self.matches([], ["…"]))
    let text = """
      ```sh
      $ swift build
      ```
      ```sh
      $ graphsh --version
      graphsh …
      $ graphsh -e \\
        '?- 1 = 1.'
      yes
      ```
      ```prolog
      $ graphsh not a console
      ```
      """
    let blocks = Self.parse(text)
    #expect(blocks.count == 1)
    #expect(
      blocks.first?.commands.map(\.command) == [
        "graphsh --version", "graphsh -e \\\n  '?- 1 = 1.'",
      ])
    #expect(blocks.first?.commands.map(\.output) == [["graphsh …"], ["yes"]])
  }
}
