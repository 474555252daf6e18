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
}
