import Foundation
import Testing

/// Runs every folder of `Tests/Corpus`; its README says what a folder holds.
@Suite struct CorpusTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var folder: String

    var testDescription: String { name }

    func text(_ file: String) -> String? {
      (try? Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)")))
        .map { String(decoding: $0, as: UTF8.self) }
    }
  }

  static let cases: [Case] = {
    let root = Executable.packageFolder + "/Tests/Corpus"
    let manager = FileManager.default
    func folders(_ path: String) -> [String] {
      ((try? manager.contentsOfDirectory(atPath: path)) ?? []).sorted().filter {
        Executable.isFolder("\(path)/\($0)")
      }
    }
    return folders(root).flatMap { topic in
      folders("\(root)/\(topic)").map {
        Case(name: "\(topic)/\($0)", folder: "\(root)/\(topic)/\($0)")
      }
    }
  }()

  @Test func corpusIsFound() {
    #expect(Self.cases.count > 30)
  }

  @Test(arguments: cases) func answersAreAsExpected(_ test: Case) throws {
    var arguments: [String]
    if test.text("script.gsh") != nil {
      arguments = test.text("program.dl") == nil ? [] : ["program.dl"]
      arguments += ["-f", "script.gsh", "--format", "csv"]
    } else {
      arguments = ["check", "program.dl"]
    }
    if let more = test.text("arguments.txt") {
      arguments += more.split(separator: "\n").map(String.init)
    }
    let result = try Executable.run(arguments, in: test.folder)
    let expectedOutput = test.text("expected.txt") ?? ""
    let expectedErrors = test.text("expected.err") ?? ""
    if ProcessInfo.processInfo.environment["GRAPHSH_RECORD"] != nil {
      try record(result.output, "expected.txt", test)
      try record(result.errors, "expected.err", test)
      return
    }
    #expect(result.output == expectedOutput, "\(test.folder)\n\(result.output)")
    #expect(result.errors == expectedErrors, "\(test.folder)\n\(result.errors)")
    #expect(result.status == (expectedErrors.isEmpty ? 0 : 1))
  }

  private func record(_ text: String, _ file: String, _ test: Case) throws {
    let url = URL(fileURLWithPath: "\(test.folder)/\(file)")
    if text.isEmpty {
      try? FileManager.default.removeItem(at: url)
    } else {
      try Data(text.utf8).write(to: url)
    }
  }
}
