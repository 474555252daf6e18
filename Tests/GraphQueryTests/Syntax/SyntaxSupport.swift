import GraphCore
import GraphQuery
import Testing

/// What the tests of the syntax share.
enum Syntax {
  static let id = SourceID(index: 0)

  static func parse(
    _ text: String, mode: ParserOptions.Mode = .program,
    macros: [(name: String, value: String)] = []
  ) -> ParsedProgram {
    parse(Array(text.utf8), mode: mode, macros: macros)
  }

  static func parse(
    _ bytes: [UInt8], mode: ParserOptions.Mode = .program,
    macros: [(name: String, value: String)] = []
  ) -> ParsedProgram {
    Parser.parse(
      SourceText(name: "test.dl", bytes: bytes), id: id,
      options: ParserOptions(mode: mode, macros: macros))
  }

  /// The program as canonical text, on one line per statement. Nothing may be wrong with it.
  static func canonical(
    _ text: String, mode: ParserOptions.Mode = .program,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> String {
    let program = parse(text, mode: mode)
    for diagnostic in program.diagnostics {
      Issue.record(
        "\(diagnostic.message) (\(diagnostic.help ?? "no help")) in: \(text)",
        sourceLocation: sourceLocation)
    }
    var printed = ASTPrinter.text(program)
    if printed.last == "\n" { printed.removeLast() }
    return printed
  }

  typealias SourceLocation = Testing.SourceLocation

  /// The tree as text, places left out.
  static func shape(_ program: ParsedProgram) -> String {
    let facts = program.facts
    let rows = facts.facts.map { fact in
      "\(fact.ordinal) \(facts.document(of: fact) ?? "-") \(facts.clause(fact))"
    }
    return withoutPlaces("\(program.statements)\n\(rows.joined(separator: "\n"))")
  }

  private static func withoutPlaces(_ text: String) -> String {
    var result: [UInt8] = []
    let bytes = Array(text.utf8)
    let marks = [Array("lower: ".utf8), Array("upper: ".utf8)]
    var index = 0
    while index < bytes.count {
      if let mark = marks.first(where: { bytes[index...].starts(with: $0) }) {
        index += mark.count
        while index < bytes.count, (48...57).contains(bytes[index]) { index += 1 }
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Checks that printing the program and reading it again gives the same tree.
  static func expectRoundTrip(
    _ text: String, mode: ParserOptions.Mode = .program,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let first = parse(text, mode: mode)
    let printed = ASTPrinter.text(first)
    let second = parse(printed)
    #expect(
      second.diagnostics.isEmpty, "\(second.diagnostics) in \(printed)",
      sourceLocation: sourceLocation)
    #expect(shape(first) == shape(second), "\(printed)", sourceLocation: sourceLocation)
    #expect(ASTPrinter.text(second) == printed, sourceLocation: sourceLocation)
  }

  /// Checks that each `~~` in the text is where a diagnostic begins, in order, and that there is no
  /// other; returns the diagnostics.
  @discardableResult
  static func expectReports(
    _ marked: String, mode: ParserOptions.Mode = .program,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> [Diagnostic] {
    var bytes: [UInt8] = []
    var places: [Int] = []
    let input = Array(marked.utf8)
    var index = 0
    while index < input.count {
      if input[index...].starts(with: [0x7E, 0x7E]) {
        places.append(bytes.count)
        index += 2
      } else {
        bytes.append(input[index])
        index += 1
      }
    }
    let diagnostics = parse(bytes, mode: mode).diagnostics
      .sorted { ($0.span?.lower ?? 0) < ($1.span?.lower ?? 0) }
    #expect(
      diagnostics.map { Int($0.span?.lower ?? 0) } == places,
      "\(diagnostics.map { "\($0.span?.lower ?? 0): \($0.message)" })",
      sourceLocation: sourceLocation)
    return diagnostics
  }
}
