@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Files with records and branches: read many lines at a time where the delimiter is one byte, and line by line where it is two.
@Suite struct RecordFactsTests {
  private static let program = """
    .type List = [head: number, tail: List]
    .type Colour = Red {} | Green {}
    .type Tree = Leaf {} | Num {n: unsigned} | Name {s: symbol, c: Colour} | Both {a: Tree, b: Tree}
    .type Pair = [f: float, s: symbol, l: List]
    .decl r(a: List, b: number, c: Tree, d: symbol, e: Pair, f: Colour)
    """

  /// What comes of a text whose values are apart by `|`, under some delimiter: the rows, and what is told.
  private func read(_ text: String, delimiter: String, uses: String) throws -> (
    rows: String, told: [String]
  ) {
    let session = QuerySession()
    session.load([
      SourceText(
        name: "p.dl",
        text: Self.program + "\n.input r(delimiter=\"\(delimiter)\")\n" + uses)
    ])
    session.runsOnce = true
    let input = try #require(session.fileDirectives.first { $0.kind == .input })
    let bytes = text.split(separator: "|", omittingEmptySubsequences: false).joined(
      separator: delimiter)
    let problems = session.readFacts(SourceText(name: "r.facts", text: bytes), of: input)
    let told = problems.map { problem in
      guard let span = problem.span else { return problem.message }
      return "\(session.sources.place(span)) \(session.sources.text(span)) \(problem.message)"
    }
    guard problems.allSatisfy({ $0.severity != .error }) else { return ("", told) }
    var written: [UInt8] = []
    let result = try #require(session.runProgram().result)
    for directive in session.fileDirectives where directive.kind == .output {
      result.write(directive) { written += $0 }
    }
    return (String(decoding: written, as: UTF8.self), told)
  }

  private func check(_ text: String, isRight: Bool = false, _ note: String) throws {
    for uses in [
      ".output r", ".decl s(d: symbol, f: Colour)\n.output s\ns(d, f) :- r(_, _, _, d, _, f).",
    ] {
      let (rows, told) = try read(text, delimiter: "|", uses: uses)
      let slow = try read(text, delimiter: "::", uses: uses)
      let parts = slow.told.map { told in
        told.split(separator: "::", omittingEmptySubsequences: false).joined(separator: "|")
      }
      let expected = slow.rows.split(separator: "::", omittingEmptySubsequences: false).joined(
        separator: "|")
      #expect(rows == expected, "\(note): \(text)")
      #expect(told == parts, "\(note): \(text)")
      if isRight { #expect(!rows.isEmpty, "\(note): \(told)") }
    }
  }

  /// Each type is laid out in its own place, however many come after it.
  @Test func manyTypesAreLaidOut() throws {
    let session = QuerySession()
    let names = (0..<60).map { "R\($0)" }
    let types = names.indices.map { index in
      let fields = (0...index % 3).map { "f\($0): number" }
      let next = index < 59 ? [", next: R\(index + 1)"] : []
      return ".type R\(index) = [" + fields.joined(separator: ", ") + next.joined() + "]\n"
    }
    let text = types.joined() + ".decl r(x: R0)\n"
    try #require(session.load([SourceText(name: "p.dl", text: text)]).isLoaded)
    let shapes = RecordShapes(session.records.types)
    let declaration = try #require(session.program.declared["r"]?.last)
    var type = declaration.attributes[0].type
    _ = shapes.number(of: type)
    for index in names.indices {
      let shape = shapes.shapes[shapes.number(of: type)]
      #expect(shape.count == 1 + index % 3 + (index < 59 ? 1 : 0))
      guard case .record(let record) = type,
        case .record(let fields) = session.records.types.shape(record), let last = fields.last
      else { return #expect(Bool(false), "\(type) is no record") }
      #expect(shapes.fields[shape.first] == shapes.number(of: .number))
      type = last.type
    }
  }

  // MARK: Random files

  private func space(_ random: inout SeededGenerator) -> String {
    Int.random(in: 0..<5, using: &random) == 0 ? " " : ""
  }

  private func spaced(_ text: String, _ random: inout SeededGenerator) -> String {
    space(&random) + text + space(&random)
  }

  private func list(_ depth: Int, _ random: inout SeededGenerator) -> String {
    if depth == 0 || Int.random(in: 0..<4, using: &random) == 0 { return spaced("nil", &random) }
    let number = ["7", "-12", "0x1F", "123456789012", "+4"].randomElement(using: &random) ?? ""
    return spaced(
      "[\(spaced(number, &random)),\(list(depth - 1, &random))]", &random)
  }

  private func symbol(_ random: inout SeededGenerator) -> String {
    [
      "a", "大运", "", "b c", "\"q\"", "\"x, y]\"", "\"a \\\" b\"", "v421", "\"\"",
      "é",
    ].randomElement(using: &random) ?? ""
  }

  private func colour(_ random: inout SeededGenerator) -> String {
    Bool.random(using: &random) ? "$Red" : "$ Green"
  }

  private func tree(_ depth: Int, _ random: inout SeededGenerator) -> String {
    switch Int.random(in: 0..<(depth == 0 ? 3 : 6), using: &random) {
    case 0: return "$Leaf"
    case 1: return "$Num(\(spaced("\(random.next() >> 20)", &random)))"
    case 2: return "$Name(\(spaced(symbol(&random), &random)),\(spaced(colour(&random), &random)))"
    default:
      return "$Both\(space(&random))(\(tree(depth - 1, &random)), \(tree(depth - 1, &random)))"
    }
  }

  @Test(arguments: 1...100 as ClosedRange<UInt64>) func bothWaysAgree(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let mistakes = [0, 0, 2][Int(seed % 3)]
    let wrong = [
      "", "[", "[1]", "[1, nil", "[1, nil]]", "[1, nil] x", "nill", "$Num(-1)", "$Nothing", "$Num",
      "$Num()",
      "$Leaf()", "[x, nil]", "[1 2, nil]", "$Both($Leaf)", "[1,nil,]", "[a\"", "$Name(\"a, $Red)",
      "$Name(a[b, $Red)",
      "$Name(\"(\", $Red)", "$Name(\")\", $Red)",
    ]
    var text = ""
    for row in 0..<Int.random(in: 1...120, using: &random) {
      let float = ["1.5", "-2e3", "nan", "7", "0.1"].randomElement(using: &random) ?? ""
      var values = [
        list(3, &random), "\(row)", tree(3, &random), "d\(row)",
        "[\(float), \(symbol(&random)), \(list(1, &random))]", colour(&random),
      ]
      if Int.random(in: 0..<100, using: &random) < mistakes {
        values[Int.random(in: 0..<6, using: &random)] = wrong.randomElement(using: &random) ?? ""
      }
      if Int.random(in: 0..<40, using: &random) == 0 { values.append("more") }
      text += values.joined(separator: "|")
      text += Int.random(in: 0..<9, using: &random) == 0 ? "\r\n" : "\n"
    }
    if Bool.random(using: &random) { text.removeLast() }
    try check(text, isRight: mistakes == 0, "seed \(seed)")
  }

  /// A line that goes the slow way in the middle of a block, and lines with values that are passed over before and behind it.
  @Test func linesOfABlockAreTakenBack() throws {
    let line = "[1, nil]|5|$Leaf|d|[1.5, a, nil]|$Red"
    for odd in [
      "[+1, nil]|5|$Leaf|d|[nan, \"\\\"\", nil]|$Red", "[1, nil]|5|$Leaf|d|[1.5, a[, nil]|$Red",
      "x|5|$Leaf|d|nil|$Red",
    ] {
      for (place, surplus) in [(50, 60), (60, 50), (55, 55), (300, 299), (1, 2)] {
        var lines = (0..<400).map { "\(line)".replacing("|5|", with: "|\($0)|") }
        lines[place] = odd
        lines[surplus] += "|more"
        try check(lines.joined(separator: "\n"), "\(place), \(surplus)")
      }
    }
  }

  @Test(arguments: [998, 999, 1_000, 1_001, 1_500]) func deepValues(depth: Int) throws {
    let list =
      String(repeating: "[1, ", count: depth) + "nil" + String(repeating: "]", count: depth)
    let line = "|5|$Leaf|d|[1.5, a, nil]|$Red\n"
    try check("nil" + line + "nil" + line + list + line + "nil" + line, "\(depth)")
  }
}
