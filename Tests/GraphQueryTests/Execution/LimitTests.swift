import GraphCore
import Testing

@testable import GraphQuery

/// Programs that would hold or run without end, were they not stopped.
@Suite struct LimitTests {
  private func codes(_ program: String, _ limits: QueryLimits) -> [DiagnosticCode] {
    let session = QuerySession()
    session.requiresDeclarations = true
    session.limits = limits
    let loaded = session.load([SourceText(name: "p.dl", text: program)])
    #expect(loaded.isLoaded)
    return session.runProgram().diagnostics.map(\.code)
  }

  @Test func anEndlessRangeIsStopped() {
    let program = ".decl a(x:number)\na(x) :- x = range(0, 9000000000000000000).\n.printsize a"
    #expect(codes(program, QueryLimits(memory: 8 << 20)) == [.limitReached])
    #expect(codes(program, QueryLimits(timeout: 0.05)) == [.limitReached])
    let empty = ".decl a(x:number)\na(0) :- x = range(0, 9000000000000000000), x < 0.\n.printsize a"
    #expect(codes(empty, QueryLimits(timeout: 0.05)) == [.limitReached])
  }

  @Test func madeTextsCountAsMemory() {
    // The one row of the relation holds nothing; the texts do.
    let program = """
      .decl a(x:number)
      a(0) :- x = range(0, 100000000), strlen(cat("the number that is ", to_string(x))) < 0.
      .printsize a
      """
    #expect(codes(program, QueryLimits(timeout: 60, memory: 16 << 20)) == [.limitReached])
  }

  @Test func theClockMayRunFromAnEarlierStart() {
    var limits = QueryLimits(timeout: 0.01)
    limits.startClock()
    let start = MonotonicClock.nanoseconds
    while MonotonicClock.nanoseconds < start + 20_000_000 {}
    #expect(
      codes(".decl a(x:number)\na(1).\na(x + 1) :- a(x), x < 3.\n.printsize a", limits) == [
        .limitReached
      ])
  }
}
