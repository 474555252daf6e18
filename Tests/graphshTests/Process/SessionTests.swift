import Foundation
import GraphCore
import GraphQuery
import Testing

@testable import graphsh

/// Sessions with the seed graph replay as they were recorded.
///
/// A line `graph> …` is typed, `  ...> …` goes on with it, and what follows is the screen. To record
/// anew, set `GRAPHSH_RECORD=1` and read the difference.
@Suite struct SessionTests {
  static let folder = "\(SeedQuestionTests.root)/Tests/graphshTests/Sessions"

  static let names: [String] = {
    let names = (try? Files.list(folder)) ?? []
    return names.filter { $0.hasSuffix(".txt") }
  }()

  struct Step {
    var input: String
    var output: String
  }

  static func read(_ text: String) -> [Step] {
    var steps: [Step] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("graph> ") {
        steps.append(Step(input: String(line.dropFirst(7)), output: ""))
      } else if line.hasPrefix("  ...> "), let last = steps.indices.last,
        steps[last].output.isEmpty
      {
        steps[last].input += "\n" + line.dropFirst(7)
      } else if let last = steps.indices.last {
        steps[last].output += line + "\n"
      }
    }
    // The file's last line break begins no line.
    if let last = steps.indices.last { steps[last].output.removeLast() }
    return steps
  }

  static func replay(_ steps: [Step], columns: Int) throws -> [Step] {
    try Executable.withFolder { folder in
      let path = "\(folder)/screen"
      let file = try OutputFile(path)
      try file.begin()
      let shell = Shell(output: file, errors: file, isInteractive: true) {
        TerminalSize(columns: columns, rows: 200)
      }
      shell.showsSummary = false
      shell.usesPager = false
      let seeds = "\(SeedQuestionTests.root)/seeds"
      let texts = try Files.list(seeds).filter { $0.hasSuffix(".dl") && $0 != "questions.dl" }.map {
        SourceText(name: "seeds/\($0)", bytes: try Files.read("\(seeds)/\($0)"))
      }
      #expect(shell.session.load(texts).isLoaded)
      var result: [Step] = []
      var length = 0
      for step in steps {
        _ = try shell.run(script: SourceText(name: "<input>", text: step.input))
        let bytes = try Files.read(path)
        result.append(
          Step(input: step.input, output: String(decoding: bytes[length...], as: UTF8.self)))
        length = bytes.count
      }
      return result
    }
  }

  @Test(arguments: names) func replaysTheSame(_ name: String) throws {
    let path = "\(Self.folder)/\(name)"
    let recorded = Self.read(String(decoding: try Files.read(path), as: UTF8.self))
    let columns = name.contains("200") ? 200 : 80
    let replayed = try Self.replay(recorded, columns: columns)
    if ProcessInfo.processInfo.environment["GRAPHSH_RECORD"] == "1" {
      let text = replayed.map { step in
        "graph> " + step.input.split(separator: "\n").joined(separator: "\n  ...> ") + "\n"
          + step.output
      }.joined()
      return try Files.write(Array(text.utf8), to: path)
    }
    #expect(!recorded.isEmpty)
    for (old, new) in zip(recorded, replayed) {
      #expect(old.output == new.output, "\(name): \(old.input)")
    }
  }
}
