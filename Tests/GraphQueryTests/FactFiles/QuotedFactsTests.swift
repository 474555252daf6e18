@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Files with values in quotation marks: read many lines at a time where the delimiter is one byte, and line by line where it is
/// two.
@Suite struct QuotedFactsTests {
  private enum Outcome: Equatable {
    case rows([[String]])
    /// The lines with mistakes and what kind these are of.
    case problems([String])
  }

  private let types: [ColumnType] = [.symbol, .number, .symbol]

  private func read(_ text: String, delimiter: String, chunkSize: Int, workers: Int) throws
    -> Outcome
  {
    let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
    let declaration = DeclaredRelation(
      name: "r", unit: 1, attributes: types.enumerated().map { ("x\($0)", $1) }, span: span)
    var problems: [Diagnostic] = []
    let format = TableFormat(
      FileDirective(
        kind: .input, relation: "r",
        parameters: ["delimiter": delimiter, "rfc4180": "true"], span: span),
      arity: types.count, &problems)
    let dictionary = TermDictionary()
    let reader = FactFileReader(
      layout: FactLayout(declaration, format),
      values: ValueReader(dictionary: dictionary, records: RecordTable()),
      workers: Workers(count: workers), limits: LimitGuard(QueryLimits(), token: nil), span: span,
      sharedSize: 0)
    let source = LineSource(
      name: "r.facts", bytes: Array(text.utf8), quotedBy: format.delimiter, chunkSize: chunkSize)
    switch try reader.read(source, adding: nil) {
    case .rows(let rows, _):
      return .rows(
        (0..<rows.rowCount).map { row in
          zip(rows.columns, types).map { column, type in
            type == .symbol
              ? dictionary.text(of: UInt32(column.view[row]))
              : "\(Int64(bitPattern: column.view[row]))"
          }
        })
    case .problems(let problems):
      return .problems(
        problems.map { line, problem in
          switch problem.kind {
          case .missing(let found): "\(line) missing \(found)"
          case .malformed(let column, _, _): "\(line) value \(column)"
          case .noText: "\(line) text"
          case .surplus: "\(line) surplus"
          case .unclosed: "\(line) unclosed"
          case .behindQuote: "\(line) behind"
          }
        })
    case .ambiguous, .odd: return .problems(["ambiguous"])
    case .stopped(let failure): throw failure
    }
  }

  private static let delimiter = "|"

  private static func replacing(_ part: String, by other: String, in text: String) -> String {
    text.split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
  }

  /// Parts of a value for which it leaves the fast way, and such for which it stays there.
  private static let oddParts = ["\n", "\"", "\"\"", "\r\n"]
  private static let marks = ["\"", "\"\"", "\"a\"", "\" |\"", "é\"大\"\"\""]

  /// A value with what needs quotation marks in it or not; `|` is the delimiter.
  private func value(
    _ random: inout SeededGenerator, oddOnes: Int, parts: [String] = QuotedFactsTests.oddParts
  ) -> String {
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let letters = Array("ab大运 ,é")
    var text = String((0..<number(0...12)).map { _ in letters[number(0...letters.count - 1)] })
    if number(0...3) == 0 { text += Self.delimiter }
    if number(0...99) < oddOnes {
      text += parts[number(0...parts.count - 1)] + (Bool.random(using: &random) ? "x" : "")
    }
    let needsQuotes = text.contains { $0 == "|" || $0.isNewline || $0 == "\"" }
    if parts == Self.oddParts, number(0...99) < oddOnes / 4 { return text }
    if !needsQuotes, number(0...2) > 0 { return text }
    return "\"" + Self.replacing("\"", by: "\"\"", in: text) + "\""
  }

  @Test(arguments: 1...80 as ClosedRange<UInt64>) func bothWaysAgree(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let oddOnes = [0, 0, 2, 8, 40][Int(seed % 5)]
    var text = ""
    for row in 0..<Int.random(in: 1...60, using: &random) {
      let number = row % 7 == 3 ? "\"\(row)\"" : "\(row * 1_000_003)"
      let values = [
        value(&random, oddOnes: oddOnes), number, value(&random, oddOnes: oddOnes),
      ]
      text += values.joined(separator: Self.delimiter)
      text += Int.random(in: 0...9, using: &random) == 0 ? "\r\n" : "\n"
    }
    if Bool.random(using: &random) { text.removeLast() }
    let expected = try check(text, "seed \(seed)")
    if oddOnes == 0, case .problems = expected { Issue.record("seed \(seed) has mistakes") }
  }

  /// Texts with doubled marks beside the ends of chunks and blocks, in lines that are right and in some that are not.
  @Test(arguments: 1...80 as ClosedRange<UInt64>) func doubledMarksAreHalved(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (share, mistakes) = ([5, 60, 100][Int(seed % 3)], [0, 0, 3][Int(seed / 3 % 3)])
    var text = ""
    for row in 0..<Int.random(in: 1...300, using: &random) {
      var values = [
        value(&random, oddOnes: share, parts: Self.marks), "\(row)",
        value(&random, oddOnes: share, parts: Self.marks),
      ]
      if Int.random(in: 0..<100, using: &random) < mistakes {
        let wrong = ["\"1\"\"2\"", "x", "\"\"\"\"", "\"1\"2", "\"3\"\" 4"]
        values[Int.random(in: 0...2, using: &random)] = wrong.randomElement(using: &random) ?? ""
      }
      if Int.random(in: 0..<20, using: &random) == 0 { values.append("\"mo\"\"re\"") }
      text += values.joined(separator: Self.delimiter)
      text += Int.random(in: 0...9, using: &random) == 0 ? "\r\n" : "\n"
    }
    if Bool.random(using: &random) { text.removeLast() }
    _ = try check(text, "seed \(seed)")
  }

  /// What is told of a line shows it as it stands in the file, halved or not.
  @Test func linesAreShownWithTheirMarks() throws {
    let session = QuerySession()
    session.load([
      SourceText(
        name: "p.dl", text: ".decl r(a:symbol, b:number)\n.input r(rfc4180=true)")
    ])
    let input = try #require(session.fileDirectives.first)
    func told(_ lines: [String]) -> [String] {
      let text = SourceText(name: "r.facts", text: lines.joined(separator: "\n"))
      return session.readFacts(text, of: input).map { problem in
        let span = problem.span ?? SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
        return "\(session.sources.place(span)) \(span.lower) \(session.sources.text(span))"
      }
    }
    var lines = (0..<700).map { "\"say \"\"\($0)\"\"\",\($0)" }
    lines[400] += ",\"mo\"\"re\""
    #expect(told(lines) == ["r.facts:401 18 \"mo\"\"re\""])
    let span = try #require(
      session.readFacts(
        SourceText(name: "r.facts", text: lines.joined(separator: "\n")), of: input
      ).first?.span)
    let line = SourceSpan(source: span.source, lower: 0, upper: span.upper)
    #expect(session.sources.text(line) == lines[400])
    lines[500] = "\"say \"\"500\"\"\",\"5\"\"0\""
    #expect(told(lines) == ["r.facts:501 14 \"5\"\"0\""])
  }

  /// Compares the fast way with the slow one, and returns what both come to.
  private func check(_ text: String, _ note: String) throws -> Outcome {
    let doubled = Self.replacing("|", by: "::", in: text)
    let slow = try read(doubled, delimiter: "::", chunkSize: 1 << 18, workers: 1)
    let expected: Outcome
    switch slow {
    case .rows(let rows):
      expected = .rows(
        rows.map { row in
          row.map { Self.replacing("::", by: "|", in: $0) }
        })
    case .problems: expected = slow
    }
    for (chunkSize, workers) in [(1 << 18, 1), (40, 1), (70, 2), (300, 2)] {
      let found = try read(text, delimiter: "|", chunkSize: chunkSize, workers: workers)
      #expect(found == expected, "\(note), chunks of \(chunkSize)\n\(text)")
    }
    return expected
  }
}
