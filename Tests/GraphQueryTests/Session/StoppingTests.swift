import GraphCore
import GraphQuery
import Synchronization
import Testing

/// What a stopped query leaves behind: only rows that the whole query has too.
@Suite struct StoppingTests {
  /// A long cycle, whose closure takes far longer than the limits here allow.
  private func session(_ rules: String) -> QuerySession {
    let session = QuerySession()
    var text = ".decl edge(x: number, y: number)\n"
    for x in 0..<3000 { text += "edge(\(x), \((x + 1) % 3000)). " }
    session.load([SourceText(name: "t.dl", text: text + "\n" + rules)])
    return session
  }

  /// Runs a query that is stopped by its timeout, in the round or later; on a slow machine that takes a longer one.
  private func stop(
    _ session: QuerySession, _ query: String, inRound round: Int = 0
  ) -> [DiagnosticCode] {
    var timeout = 0.05
    while true {
      session.limits = QueryLimits(timeout: timeout)
      var codes: [DiagnosticCode] = []
      _ = session.perform(statement: SourceText(name: "q", text: query)) {
        codes += $0.map(\.code)
      }
      let reached = session.stoppedProgress?.round ?? 0
      if codes != [.limitReached] || reached >= round || timeout > 20 { return codes }
      timeout *= 3
    }
  }

  private static let reach = """
    .decl reach(x: number, y: number, n: number)
    reach(x, y, 1) :- edge(x, y).
    reach(x, z, n + 1) :- reach(x, y, n), edge(y, z), n < 3000.
    """

  @Test func rowsOfAStoppedRecursionHold() throws {
    let session = session(Self.reach)
    #expect(stop(session, "?- reach(x, y, n).", inRound: 2) == [.limitReached])
    let progress = try #require(session.stoppedProgress)
    #expect(progress.stratum > 0 && progress.round > 1 && progress.rowCount >= 3000)
    #expect(progress.slowestRule != nil)
    let answer = try #require(session.partialAnswer())
    #expect(answer.rowCount >= 3000)
    for row in stride(from: 0, to: answer.rowCount, by: 997) {
      guard case .integer(let x) = answer.value(row: row, column: 0),
        case .integer(let y) = answer.value(row: row, column: 1),
        case .integer(let n) = answer.value(row: row, column: 2)
      else {
        Issue.record("row \(row) holds no numbers")
        continue
      }
      #expect((x + n) % 3000 == y)
    }
  }

  /// The time of rounds that nobody looks at is that of their rule.
  @Test func aRuleOfManySmallRoundsHasTakenTheTime() throws {
    let session = session(".decl p(x: number)\np(0). p(x + 1) :- p(x).")
    #expect(stop(session, "?(n: count) :- p(x).", inRound: 5000) == [.limitReached])
    let progress = try #require(session.stoppedProgress)
    #expect(progress.slowestRule != nil)
    #expect(progress.slowestSeconds > progress.seconds / 2)
  }

  @Test func whatIsNotInAnIncompleteRelationIsUnknown() throws {
    let rules =
      Self.reach + """

        .decl far(x: number)
        far(x) :- edge(x, _), !reach(x, 0, _).
        .decl size(n: number)
        size(n) :- n = count : { reach(_, _, _) }.
        .decl near(x: number)
        near(x) :- reach(x, y, 1), y > 2990.
        """
    for (query, isKnown) in [("?- far(x).", false), ("?- size(n).", false), ("?- near(x).", true)] {
      let session = session(rules)
      #expect(stop(session, query, inRound: isKnown ? 2 : 0) == [.limitReached])
      let answer = try #require(session.partialAnswer())
      #expect((answer.rowCount > 0) == isKnown, "\(query)")
    }
  }

  @Test func aFinishedQueryLeavesNothing() {
    let session = session(Self.reach)
    _ = stop(session, "?- reach(x, y, n).")
    session.limits = QueryLimits()
    _ = session.perform(statement: SourceText(name: "q", text: "?- edge(1, y)."))
    #expect(session.stoppedProgress == nil)
    #expect(session.partialAnswer() == nil)
  }

  @Test func progressIsTold() throws {
    let session = session(Self.reach)
    let told = Mutex<[(progress: QueryProgress, rule: String?)]>([])
    session.progressReport = { progress, rule in told.withLock { $0.append((progress, rule)) } }
    session.limits = QueryLimits(timeout: 1.5)
    _ = session.perform(statement: SourceText(name: "q", text: "?- reach(x, y, n)."))
    let reports = told.withLock { $0 }
    let last = try #require(reports.last)
    #expect(last.progress.seconds >= 0.5)
    #expect(last.progress.stratumCount >= last.progress.stratum)
    #expect(last.progress.newRowCount > 0 && last.progress.rowCount > 0)
    #expect(last.rule?.hasPrefix("t.dl:") ?? false)
  }

  /// What other threads hold counts as well, and that it is there twice when it is put together.
  @Test func rowsOfAllThreadsCountAgainstTheLimit() throws {
    var text = ".decl e(x: number)\n.decl p(x: number, y: number)\np(x, y) :- e(x), e(y).\n"
    for x in 0..<6000 { text += "e(\(x)). " }
    let session = QuerySession()
    session.load([SourceText(name: "t.dl", text: text)])
    session.threadCount = 2
    session.limits = QueryLimits(memory: 24 << 20)
    var codes: [DiagnosticCode] = []
    _ = session.perform(statement: SourceText(name: "q", text: "?(n: count) :- p(x, y), x < y.")) {
      codes += $0.map(\.code)
    }
    #expect(codes == [.limitReached])
    // Eight bytes a row; each thread looks after some megabytes.
    #expect(try #require(session.stoppedProgress).rowCount * 8 < 36 << 20)
  }

  @Test func aClosureTooLargeForColumnsIsStopped() {
    let session = session(
      """
      .decl tc(x: number, y: number)
      tc(x, y) :- edge(x, y).
      tc(x, z) :- tc(x, y), edge(y, z).
      """)
    // Nine million pairs: a few kilobytes by components, 72 MB as columns.
    session.limits = QueryLimits(memory: 20 << 20)
    var codes: [DiagnosticCode] = []
    _ = session.perform(statement: SourceText(name: "q", text: "?(x, y) :- tc(x, y), x < y.")) {
      codes += $0.map(\.code)
    }
    #expect(codes == [.limitReached])
  }

  /// A search for connections goes on for as long as there are nodes.
  @Test func aSearchForConnectionsIsStopped() throws {
    let session = QuerySession()
    let edges = (0..<2_000).map { "e(\"\($0)\", \"\($0 + 1)\")." }
    session.load([SourceText(name: "t.dl", text: edges.joined(separator: "\n"))])
    let (start, goal) = try (
      #require(session.graph.node("0")), #require(session.graph.node("2000"))
    )
    session.limits = QueryLimits(timeout: 0.001)
    let stopped = session.shortestWays(from: start, to: goal)
    #expect(stopped.failure?.code == .limitReached)
    #expect(stopped.failure?.help?.hasPrefix("connections were being looked for") == true)
    session.limits = QueryLimits()
    let found = session.shortestWays(from: start, to: goal)
    #expect(found.failure == nil && found.ways.first?.count == 2_000)
    #expect(found.ways.first?.allSatisfy(\.isForward) == true)
    let back = session.shortestWays(from: goal, to: start)
    #expect(back.ways.first?.contains(where: \.isForward) == false)
    #expect(back.ways.first?.last?.target.name == "0")
  }
}
