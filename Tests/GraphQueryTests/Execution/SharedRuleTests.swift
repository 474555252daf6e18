import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Rules that one thread begins and several end.
@Suite struct SharedRuleTests {
  /// Each of some nodes has edges to ten others, which are at sevenfold places.
  private func result(threads: Int) throws -> ProgramResult {
    let nodes = 2000
    let edges = (0..<nodes).flatMap { x in (0..<10).map { "\(x)\t\((7 * x + $0) % nodes)\n" } }
    let session = QuerySession()
    session.requiresDeclarations = true
    session.threadCount = threads
    let program = """
      .decl e(a:number, b:number)
      .decl far(a:number, b:number)
      .decl total(a:number, n:number)
      .input e
      .output far
      .output total
      .decl kind(a:number, k:number, b:number)
      .decl odd(a:number, b:number)
      .decl step(d:number)
      .decl moved(a:number, b:number)
      .output odd
      .output moved
      far(x, z) :- e(x, y), e(y, z), x != z.
      total(x, sum y + z) :- e(x, y), e(y, z).
      kind(x, y % 2, y) :- e(x, y).
      odd(x, z) :- kind(x, 1, y), e(y, z).
      step(0). step(1). step(3).
      moved(x + d, y) :- step(d), e(x, y), x != y.
      """
    #expect(session.load([SourceText(name: "p.dl", text: program)]).isLoaded)
    let input = try #require(session.fileDirectives.first { $0.kind == .input })
    #expect(
      session.readFacts(SourceText(name: "e", text: edges.joined()), of: input).isEmpty)
    return try #require(session.runProgram().result)
  }

  private func text(_ result: ProgramResult, _ name: String) -> [UInt8] {
    var bytes: [UInt8] = []
    let directive = FileDirective(
      kind: .output, relation: name, parameters: [:],
      span: SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0))
    result.write(directive) { bytes += $0 }
    return bytes
  }

  @Test func whatIsBegunAloneIsNotDoneAgain() throws {
    let (alone, shared) = (try result(threads: 1), try result(threads: 3))
    for name in ["far", "total", "odd", "moved"] {
      let expected = text(alone, name)
      #expect(!expected.isEmpty)
      #expect(text(shared, name) == expected, "\(name)")
    }
    #expect(shared.count(of: "total") == 2000)
  }

  /// Nodes whose numbers fill a word of 64 bits, beside columns that do not.
  private static let wideRules = """
    .decl e(a:number, b:number)
    .decl w(a:number, k:unsigned)
    .decl hop(a:number, b:number, k:unsigned)
    .decl two(a:number, b:number)
    .decl reach(a:number, b:number)
    .decl cost(a:number, b:number, c:number)
    .decl half(a:number, f:float)
    .decl mixed(a:number, b:number, c:number, d:number)
    hop(a, b, h bxor k) :- e(a, b), w(a, h), w(b, k).
    two(a, c) :- e(a, b), e(b, c), a != c.
    reach(a, b) :- e(a, b), a % 5 = 0.
    reach(a, c) :- reach(a, b), e(b, c).
    cost(a, b, 0) :- e(a, b), a < b.
    cost(a, c, n + 1) :- cost(a, b, n), e(b, c), n < 3.
    half(a, to_float(k) / 2.0) :- two(a, b), w(b, k).
    mixed(a % 1000, b % 1000, c % 1000, a / 1000) :- two(a, b), e(b, c).

    """
  private static let wideNames = ["hop", "two", "reach", "cost", "half", "mixed"]

  /// A node's number. Those of four nodes in five are wide.
  private static func wide(_ node: Int) -> Int {
    node % 5 == 4 ? node : node &* 0x1234_5678_9ABC_DEF1 & .max
  }

  private func wideResult(nodes: Int, threads: Int) throws -> ProgramResult {
    var lines = Self.wideRules + Self.wideNames.map { ".output \($0)\n" }.joined()
    for node in 0..<nodes {
      lines += "w(\(Self.wide(node)), \(node % 7 == 0 ? 1 << 40 : node % 100)).\n"
      for step in 0..<4 {
        let next = (7 * node + step * step) % nodes
        lines += "e(\(Self.wide(node)), \(Self.wide(next))).\n"
      }
    }
    let session = QuerySession()
    session.requiresDeclarations = true
    session.threadCount = threads
    #expect(session.load([SourceText(name: "p.dl", text: lines)]).isLoaded)
    return try #require(session.runProgram().result)
  }

  @Test func wideRowsAreToldApartByAllWorkers() throws {
    let alone = try wideResult(nodes: 1500, threads: 1)
    let shared = try wideResult(nodes: 1500, threads: 3)
    for name in Self.wideNames {
      let expected = text(alone, name)
      #expect(expected.count > 1000, "\(name)")
      #expect(text(shared, name) == expected, "\(name)")
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func wideRowsAreThoseOfTheNaiveEvaluator(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let nodes = Int.random(in: 5...14, using: &random)
    var lines = [Self.wideRules]
    for node in 0..<nodes {
      lines.append("w(\(Self.wide(node)), \(UInt32.random(in: 0...9, using: &random))).")
      for _ in 0..<2 {
        let next = Int.random(in: 0..<nodes, using: &random)
        lines.append("e(\(Self.wide(node)), \(Self.wide(next))).")
      }
    }
    expectOneAnswer(lines, seed: seed)
  }
}
