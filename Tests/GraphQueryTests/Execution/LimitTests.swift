import GraphCore
import Testing

@testable import GraphQuery

/// Programs that would hold or run without end, were they not stopped.
@Suite struct LimitTests {
  private func codes(_ program: String, _ limits: QueryLimits) -> [DiagnosticCode] {
    reports(program, limits).map(\.code)
  }

  private func reports(_ program: String, _ limits: QueryLimits) -> [Diagnostic] {
    let session = QuerySession()
    session.requiresDeclarations = true
    session.limits = limits
    let loaded = session.load([SourceText(name: "p.dl", text: program)])
    #expect(loaded.isLoaded)
    return session.runProgram().diagnostics
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

  /// Groups are held by the rule until it has run, and by no relation.
  @Test(arguments: [
    "b(x, min 0) :- x = range(0, 100000000).", "b(x, min y) :- n(x0), n(y), x = x0 * 6000 + y.",
  ])
  func groupsCountAsMemory(rule: String) {
    let program = """
      .decl n(x:number)
      n(x) :- x = range(0, 6000).
      .decl b(x:number, y:number)
      \(rule)
      .printsize b
      """
    #expect(codes(program, QueryLimits(timeout: 60, memory: 8 << 20)) == [.limitReached])
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

  @Test(arguments: [
    (100, "100 bytes"), (64 << 10, "64 KiB"), (3 << 20, "3 MiB"), (5_000_000, "4 MiB"),
  ])
  func aMemoryLimitIsToldAsItWasGiven(bytes: Int, text: String) {
    let program = ".decl a(x:number)\na(x) :- x = range(0, 100000000).\n.printsize a"
    let reports = reports(program, QueryLimits(memory: bytes))
    #expect(reports.map(\.message) == ["the query holds more than \(text)"])
  }

  /// Each of the conditions is planned for as the one that reads what is new.
  @Test func planningManyConditionsLooksAtTheClock() {
    let names = (0..<300).map { "r\($0)" }
    let program =
      names.map { ".decl \($0)(x:number)\n\($0)(x) :- r0(x).\n" }.joined()
      + "r0(1).\nr0(x) :- \(names.dropFirst().map { "\($0)(x)" }.joined(separator: ", ")).\n.printsize r0"
    let start = MonotonicClock.nanoseconds
    #expect(codes(program, QueryLimits(timeout: 0.05)) == [.limitReached])
    #expect(MonotonicClock.nanoseconds - start < 20_000_000_000)
  }
}
