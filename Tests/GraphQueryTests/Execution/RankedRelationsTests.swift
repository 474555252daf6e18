@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Recursions of products over values that are too far apart to number rows by.
@Suite struct RankedRelationsTests {
  @Test func randomProgramsHaveOneAnswer() {
    for seed in 0..<UInt64(60) {
      var random = SeededGenerator(seed: seed)
      let scale = [1_000_003, -1_000_003, 1 << 40][Int.random(in: 0..<3, using: &random)]
      func value() -> Int { Int.random(in: -6...12, using: &random) * scale }
      var lines = [
        ".decl a(x:number, y:number)", ".decl b(x:number, y:number)", ".decl s(x:number)",
        ".decl p(x:number, y:number)", ".decl q(x:number, y:number)",
        ".decl g(x:number, y:number)", ".decl m(x:number, n:number)",
        ".decl c(x:number, n:number)", ".decl d(x:number, n:number)",
        "c(x, min x) :- a(x, _).", "c(y, min n) :- c(x, n), a(x, y).", "d(x, min 0) :- s(x).",
        "d(y, min n + 1) :- d(x, n), a(x, y).",
      ]
      for name in ["a", "a", "a", "a", "a", "a", "b", "b", "b"] {
        lines.append("\(name)(\(value()), \(value())).")
      }
      lines += ["s(\(value())).", "p(x, y) :- a(x, y).", "p(x, z) :- p(x, y), a(y, z)."]
      for rule in [
        "p(x, z) :- p(x, y), p(y, z).", "p(x, z) :- b(y, x), p(y, z).", "p(y, x) :- p(x, y).",
        "q(x, y) :- b(x, y).", "q(x, z) :- q(y, x), p(y, z).", "p(x, y) :- q(x, y), q(y, x).",
        "g(x, y) :- p(x, y), y > \(scale).", "g(x, y) :- p(x, y), x < \(3 * scale), !q(x, y).",
        "g(x, y) :- s(x), p(x, y), y != x.", "g(x, y) :- a(x, _), b(_, y), p(x, y).",
        "g(x, y) :- s(y), p(x, y).", "g(x, y) :- a(x, z), p(x, y), y >= z.",
        "m(x, n) :- a(x, _), n = count : { p(x, _) }.", "m(x, n) :- n = min y : { p(x, y) }.",
      ] where Bool.random(using: &random) {
        lines.append(rule)
      }
      expectOneAnswer(lines, seed: seed)
    }
  }

  /// The closure of a circle of a thousand has a million pairs, which columns would have 16 MB of.
  @Test(arguments: [1, 2]) func aClosureOfFarValuesStaysCompact(threads: Int) throws {
    let session = QuerySession()
    session.requiresDeclarations = true
    session.threadCount = threads
    session.limits = QueryLimits(memory: 4 << 20)
    let program = """
      .decl e(a:number, b:number)
      .decl p(a:number, b:number)
      .decl r(a:number, b:number)
      .output p
      .output r
      e(a * 1000003, (a + 1) % 1000 * 1000003) :- a = range(0, 1000).
      p(a, b) :- e(a, b).
      p(a, c) :- p(a, b), e(b, c).
      r(a, b) :- p(a, b), b < 2.
      """
    #expect(session.load([SourceText(name: "p.dl", text: program)]).isLoaded)
    let run = session.runProgram()
    #expect(run.diagnostics.isEmpty)
    let result = try #require(run.result)
    #expect(result.count(of: "p") == 1_000_000 && result.count(of: "r") == 1000)
    var lines = 0
    let output = try #require(session.fileDirectives.first { $0.relation == "p" })
    var head: [UInt8] = []
    result.write(output) { bytes in
      lines += bytes.count { $0 == UInt8(ascii: "\n") }
      if head.count < 20 { head += bytes.prefix(20) }
    }
    #expect(lines == 1_000_000)
    #expect(String(decoding: head, as: UTF8.self).hasPrefix("0\t0\n0\t1000003\n0\t20"))
  }
}
