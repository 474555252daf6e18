import GraphCore
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
}
