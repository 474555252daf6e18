import GraphCore
import Testing

@testable import GraphQuery

/// Runs every program of `Tests/Corpus/souffle` as `graphsh run` does: `facts/R.facts` are read,
/// `expected/R.csv` must come out, with all columns of the facts or those that are looked at. A folder with `expected.err` holds a program that is refused.
@Suite struct SouffleCorpusTests {
  static let folders: [String] = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    let root = "/" + parts.joined(separator: "/") + "/Corpus/souffle"
    return ((try? Files.list(root)) ?? []).map { "\(root)/\($0)" }.filter { Files.isFolder($0) }
  }()

  @Test func corpusIsFound() { #expect(Self.folders.count >= 20) }

  @Test(arguments: folders, [true, false])
  func runsAsExpected(_ folder: String, runsOnce: Bool) throws {
    let session = QuerySession()
    session.requiresDeclarations = true
    session.runsOnce = runsOnce
    let text = SourceText(name: "program.dl", bytes: try Files.read("\(folder)/program.dl"))
    let loaded = session.load([text])
    if Files.exists("\(folder)/expected.err") {
      #expect(!loaded.isLoaded, "\(folder) is accepted")
      return
    }
    #expect(loaded.isLoaded, "\(folder): \(loaded.diagnostics.map(\.message))")
    for directive in session.fileDirectives where directive.kind == .input {
      let name = directive.parameters["filename"] ?? "\(directive.relation).facts"
      let facts = SourceText(name: name, bytes: try Files.read("\(folder)/facts/\(name)"))
      let problems = session.readFacts(facts, of: directive)
      #expect(problems.isEmpty, "\(folder): \(problems.map(\.message))")
    }
    let (result, diagnostics) = session.runProgram()
    guard let result else {
      Issue.record("\(folder): \(diagnostics.map(\.message))")
      return
    }
    for directive in session.fileDirectives where directive.kind == .output {
      let name = directive.parameters["filename"] ?? "\(directive.relation).csv"
      var written: [UInt8] = []
      result.write(directive) { written += $0 }
      let expected = String(decoding: try Files.read("\(folder)/expected/\(name)"), as: UTF8.self)
      #expect(
        lines(String(decoding: written, as: UTF8.self)) == lines(expected), "\(folder): \(name)")
    }
  }

  /// The rows of a file in one order: that of the files is no part of their meaning.
  private func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map(String.init).sorted()
  }
}
