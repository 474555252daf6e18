import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct RelationWriterTests {
  /// What a program writes, evaluated with or without rows.
  private func output(_ program: String, usesRows: Bool, threads: Int) throws -> String {
    let session = QuerySession()
    session.requiresDeclarations = true
    session.threadCount = threads
    if !usesRows { session.optimizations.subtract([.rows, .closure]) }
    let loaded = session.load([SourceText(name: "p.dl", text: program)])
    #expect(loaded.isLoaded)
    let directive = try #require(session.fileDirectives.first { $0.kind == .output })
    var bytes: [UInt8] = []
    try #require(session.runProgram().result).write(directive) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func pairsAreWrittenFromTheirCompactForm(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let nodes = [12, 60, 300][Int(seed % 3)]
    let edges = Set(
      (0..<nodes * 2).map { _ in
        "e(\(Int.random(in: 0..<nodes, using: &random)),\(Int.random(in: 0..<nodes, using: &random)))."
      })
    // Both directions of the recursion, whose rows are those of left and of right values.
    for rule in ["p(x, z) :- p(x, y), e(y, z).", "p(x, z) :- e(x, y), p(y, z)."] {
      let program = """
        .decl e(a:number, b:number)
        .decl p(a:number, b:number)
        .output p(delimiter=", ")
        p(x, y) :- e(x, y).
        \(rule)
        \(edges.sorted().joined(separator: "\n"))
        """
      let expected = try output(program, usesRows: false, threads: 1)
      #expect(!expected.isEmpty)
      #expect(try output(program, usesRows: true, threads: 1) == expected, "seed \(seed)")
      #expect(try output(program, usesRows: true, threads: 3) == expected, "seed \(seed)")
    }
  }

  /// A closure that is held in little space, as its rows are not.
  @Test(arguments: ["", "(IO=jsonfile)", "(rfc4180=true)"])
  func rowsThatCannotBeHeldStopTheOutput(parameters: String) throws {
    let edges = (0..<2_000).map { "e(\"n\($0)\", \"n\($0 + 1)\")." }.joined(separator: "\n")
    let program = """
      .decl e(a:symbol, b:symbol)
      .decl p(a:symbol, b:symbol)
      .output p\(parameters)
      p(x, y) :- e(x, y).
      p(x, z) :- p(x, y), e(y, z).
      \(edges)
      """
    let session = QuerySession()
    session.requiresDeclarations = true
    #expect(session.load([SourceText(name: "p.dl", text: program)]).isLoaded)
    session.limits = QueryLimits(memory: 20 << 20)
    let directive = try #require(session.fileDirectives.first { $0.kind == .output })
    let (result, diagnostics) = session.runProgram()
    let written = try #require(result, "\(diagnostics)")
    #expect(written.count(of: "p") == 2_000 * 2_001 / 2)
    var bytes = 0
    let failure = written.write(directive) { bytes += $0.count }
    #expect(failure?.code == .limitReached)
    #expect(bytes == 0)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func textsAreWrittenInTheirOrder(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    func text() -> String {
      let length = Int.random(
        in: 0..<(Int.random(in: 0..<9, using: &random) == 0 ? 40 : 7), using: &random)
      return String((0..<length).map { _ in "ab大运é ".randomElement(using: &random) ?? "a" })
    }
    let names = (0..<150).map { _ in text() }
    // The last column is made while the program runs.
    let rows = (0..<1500).map { _ in
      (names.randomElement(using: &random) ?? "", Int.random(in: -9...9, using: &random), text())
    }
    let program = """
      .decl f(a:symbol, n:number, b:symbol)
      .decl p(a:symbol, n:number, b:symbol)
      .output p
      p(a, n, cat(b, "+", a)) :- f(a, n, b).
      \(rows.map { "f(\"\($0.0)\", \($0.1), \"\($0.2)\")." }.joined(separator: "\n"))
      """
    let expected = Set(rows.map { "\($0.0)\t\($0.1)\t\($0.2)+\($0.0)" })
    for threads in [1, 3] {
      let lines = try output(program, usesRows: true, threads: threads)
        .split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
      #expect(lines.count == expected.count && Set(lines) == expected, "seed \(seed)")
      let keys = lines.map { line -> (String, Int, String) in
        let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        return (parts[0], Int(parts[1]) ?? 0, parts[2])
      }
      let isSorted = zip(keys, keys.dropFirst()).allSatisfy { left, right in
        (Array(left.0.utf8), left.1, Array(left.2.utf8)) < (
          Array(right.0.utf8), right.1, Array(right.2.utf8)
        )
      }
      #expect(isSorted, "seed \(seed)")
    }
  }

  /// Rows that fit no word, in several parts, against the values that they were made of.
  @Test(arguments: 0..<4 as Range<UInt64>)
  func wideRowsAreWrittenInTheirOrder(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let texts = (0..<400).map { "text \($0)" + ($0 % 3 == 0 ? " that is longer 大运 \($0)" : "") }
    var values: Set<[String]> = []
    var program = """
      .decl f(a:symbol, x:float, n:number, b:symbol)
      .output f(delimiter="|")

      """
    for _ in 0..<(seed == 0 ? 20_000 : 500) {
      let a = texts.randomElement(using: &random) ?? ""
      let b = texts.randomElement(using: &random) ?? ""
      let number = Int.random(in: -1_000_000_000_000...1_000_000_000_000, using: &random)
      // Halves are written with few digits.
      let half = Double(Int.random(in: -9...9, using: &random)) / 2
      let row = [a, NumberFormat.shortText(of: half), String(number), b]
      values.insert(row)
      program += "f(\"\(a)\", \(NumberFormat.floatText(of: half)), \(number), \"\(b)\").\n"
    }
    let expected =
      values.sorted { left, right in
        if left[0] != right[0] {
          return Array(left[0].utf8).lexicographicallyPrecedes(right[0].utf8)
        }
        let (x, y) = (Double(left[1]) ?? 0, Double(right[1]) ?? 0)
        if x != y { return x < y }
        let (m, n) = (Int(left[2]) ?? 0, Int(right[2]) ?? 0)
        if m != n { return m < n }
        return Array(left[3].utf8).lexicographicallyPrecedes(right[3].utf8)
      }
      .map { $0.joined(separator: "|") + "\n" }.joined()
    for threads in [1, 3] {
      let output = try output(program, usesRows: true, threads: threads)
      #expect(output == expected, "seed \(seed)")
    }
  }
}

private func < (
  left: ([UInt8], Int, [UInt8]), right: ([UInt8], Int, [UInt8])
) -> Bool {
  if left.0 != right.0 { return left.0.lexicographicallyPrecedes(right.0) }
  if left.1 != right.1 { return left.1 < right.1 }
  return left.2.lexicographicallyPrecedes(right.2)
}
