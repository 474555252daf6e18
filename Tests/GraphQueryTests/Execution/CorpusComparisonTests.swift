import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Answers the queries of `Tests/Corpus` with the naive evaluator too.
@Suite struct CorpusComparisonTests {
  static let folders: [String] = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    let root = "/" + parts.joined(separator: "/") + "/Corpus"
    func inside(_ folder: String) -> [String] {
      ((try? Files.list(folder)) ?? []).map { "\(folder)/\($0)" }.filter { Files.isFolder($0) }
    }
    return inside(root).flatMap(inside).filter { Files.exists("\($0)/script.gsh") }
  }()

  @Test func corpusIsFound() { #expect(Self.folders.count > 20) }

  @Test(arguments: folders) func naiveEvaluatorAgrees(_ folder: String) throws {
    let session = QuerySession()
    if Files.exists("\(folder)/program.dl") {
      let bytes = try Files.read("\(folder)/program.dl")
      let result = session.load([SourceText(name: "program.dl", bytes: bytes)])
      #expect(result.isLoaded)
    }
    if Files.exists("\(folder)/arguments.txt") {
      let text = String(decoding: try Files.read("\(folder)/arguments.txt"), as: UTF8.self)
      for line in text.split(separator: "\n") {
        guard let equals = line.firstIndex(of: "=") else { continue }
        let name = String(line[..<equals])
        session.parameters[name] = value(of: String(line[line.index(after: equals)...]))
      }
    }
    let isRefused = Files.exists("\(folder)/expected.err")
    let statements = statements(try Files.read("\(folder)/script.gsh"))
    let speaksOfLast = statements.contains { $0.contains("last(") }
    for statement in statements {
      let source = SourceText(name: "script.gsh", text: statement)
      let id = session.sources.add(source)
      let unit = ParsedUnit(unit: 0, parsed: session.parse(source, id, mode: .statement))
      if unit.queries.isEmpty {
        _ = session.perform(statement: source)
        continue
      }
      // The session knows `last` by its own answer.
      if speaksOfLast { _ = session.perform(statement: source) }
      switch Differential.compare(session, query: statement) {
      case .agreed, .skipped: break
      case .rejected(let message): #expect(isRefused, "\(statement): \(message)")
      case .failedAlike: #expect(isRefused, "\(statement)")
      case .mismatch(let report): Issue.record("\(statement)\n\(report)")
      }
    }
    _ = Differential.compareAll(session)
  }

  /// The value that a parameter is given.
  private func value(of text: String) -> Value {
    if text.hasPrefix("\"") { return .text(text.filter { $0 != "\"" }) }
    let unmarked = text.hasSuffix("u") ? String(text.dropLast()) : text
    return Int64(text).map(Value.integer) ?? UInt64(unmarked).map(Value.unsigned)
      ?? Double(text).map(Value.float) ?? .text(text)
  }

  /// The statements of a script, its commands left out.
  private func statements(_ script: [UInt8]) -> [String] {
    let lines = String(decoding: script, as: UTF8.self).split(separator: "\n").filter {
      !$0.hasPrefix(".") || $0.hasPrefix(".decl")
    }
    let bytes = Array(lines.joined(separator: "\n").utf8)
    var result: [String] = []
    var start = 0
    while case .complete(let end) = StatementScanner.scan(bytes, from: start), end > start {
      result.append(String(decoding: bytes[start..<end], as: UTF8.self))
      start = end
    }
    return result
  }
}
