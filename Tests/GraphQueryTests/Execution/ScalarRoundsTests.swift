import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Recursions of many rounds that derive a row or a few.
@Suite struct ScalarRoundsTests {
  private struct Outcome {
    var rows: [[[UInt64]]]
    var scalarRounds: UInt64
    var error: EngineFailure?
  }

  /// All relations of a program, sorted, evaluated with rounds by rows or without.
  private func evaluate(
    _ text: String, byRows: Bool, limits: QueryLimits = QueryLimits(), from first: UInt64 = 3
  ) throws -> Outcome {
    let session = QuerySession()
    let loaded = session.load([SourceText(name: "rounds.dl", text: text)])
    try #require(loaded.isLoaded, "\(loaded.diagnostics.map(\.message))")
    let terms = session.termSpace()
    let (core, problems) = Lowering.lowerAll(in: session.environment(terms: terms))
    try #require(problems.isEmpty)
    var options = Set(Optimization.allCases)
    if !byRows { options.remove(.scalars) }
    let engine = Engine(
      program: core, graph: session.graph, terms: terms, facts: session.facts, limits: limits,
      token: nil, options: options, scalarsFrom: first)
    do throws(EngineFailure) {
      let relations = try engine.run(Stratification.stratify(core).strata)
      let rows = relations.map { relation in
        (0..<relation.rowCount).map { row in
          (0..<relation.arity).map { relation.word(row: row, column: $0) }
        }.sorted { $0.lexicographicallyPrecedes($1) }
      }
      return Outcome(rows: rows, scalarRounds: engine.scalarRoundCount)
    } catch {
      return Outcome(rows: [], scalarRounds: engine.scalarRoundCount, error: error)
    }
  }

  /// Compares a program with and without rounds by rows, of which there must be some.
  private func expectSame(_ text: String, atLeast rounds: UInt64, from first: UInt64 = 3) throws {
    let (quick, slow) = (
      try evaluate(text, byRows: true, from: first), try evaluate(text, byRows: false)
    )
    #expect(quick.error == nil && slow.error == nil)
    #expect(quick.rows == slow.rows)
    #expect(quick.scalarRounds >= rounds, "\(quick.scalarRounds) rounds by rows")
    #expect(slow.scalarRounds == 0)
  }

  /// Each is run for some thousand rounds by rows.
  @Test(arguments: [
    // A counter, and numbers that outgrow 32 bits and fall below zero on their way.
    ".decl n(i:number)\n n(0). n(i+1) :- n(i), i < 3000.",
    ".decl p(i:number, a:unsigned, b:unsigned)\n p(0,0,1). p(i+1,b,a+b) :- p(i,a,b), i < 3000.",
    ".decl s(i:number, x:number)\n s(0,1). s(i+1, x * -3) :- s(i,x), i < 3000.",
    // All that is computed and compared by an instruction of its own.
    """
    .decl a(i:number, x:number)
    a(0, 44257).
    a(i+1, ((x bshr 1) bxor ((x band 1) * 46080)) - (x / 3) % 7 bor 1) :- a(i, x), i != 3000.
    .decl u(i:unsigned, x:unsigned)
    u(0, 5). u(i+1, (x bshl 3) / 5 % 100003 bshr 1) :- u(i, x), i <= 3000, i >= 0, x < 100003.
    """,
    // What is computed as a batch of one row: texts, records, doubles, greatest of two.
    """
    .decl t(i:number, s:symbol, x:float)
    t(0, "甲", 1.5).
    t(i+1, cat("n", to_string(i % 50)), max(x * 1.01, 2.0)) :-
      t(i, s, x), i < 3000, x >= 1.5, s != "乙", !match("z.*", s), contains("", s).
    """,
    // Rows of the recursion whose keys follow from equations, solved for what is not known.
    """
    .decl f(i:number, x:number)
    .decl g(i:unsigned, x:unsigned)
    f(0, 0). f(1, 1). f(2, 1).
    f(i + 2, (x + y) % 1009) :- f(i + 1, y), f(i, x), i < 2500.
    f(0 - i * j, 0) :- f(i, x), f(j, _), i - 6 = 5 - j, i > j, j > 0.
    g(0, 1). g(1, 2).
    g(i + 1, (x * 3 + y) % 1009) :- g(i, x), g(j, y), 5 - (7 - i) = j - 1, i < 2500.
    """,
    // Rows of the recursion that are found by key, those of the last rounds among them.
    """
    .decl f(i:number, x:number)
    .decl next(i:number, j:number)
    next(i, i + 1) :- i = range(0, 3000).
    f(0, 0). f(1, 1).
    f(k, (x + y) % 1009) :- f(i, x), next(i, j), f(j, y), next(j, k).
    """,
    // A walk through a complete relation and past others, present or not, known by groups and by key.
    """
    .decl next(a:number, b:number)
    .decl name(a:number, s:symbol, t:number)
    .decl bad(a:number, b:number)
    .decl odd(a:number)
    .decl walk(a:number, n:number, s:symbol)
    next(i, (i * 7 + 1) % 3001) :- i = range(0, 3001).
    name(i, cat("s", to_string(i % 9)), i * 100000) :- i = range(0, 3001).
    bad(3001, 3001). bad(i, i) :- i = range(3002, 3100).
    odd(i) :- i = range(1, 3001, 2).
    walk(0, 0, "s0").
    walk(b, n + 1, s) :-
      walk(a, n, _), next(a, b), name(b, s, b * 100000), !bad(a, b), !odd(b + 5000), n < 2900.
    """,
    // A count that is looked up, also of what has none.
    """
    .decl e(x:number, y:number)
    .decl w(i:number, c:number)
    e(i, j) :- i = range(0, 40), j = range(0, i).
    w(0, 0).
    w(i + 1, c) :- w(i, _), i < 3000, k = i % 45, c = count : { e(k, _) }.
    """,
    // Several relations that feed each other, one of them empty for a while.
    """
    .decl p(i:number)
    .decl q(i:number, s:symbol)
    .decl r(i:number)
    p(0).
    q(i, "q") :- p(i), i < 3000.
    p(i + 1) :- q(i, _), !r0(i).
    r(i) :- q(i, "q"), i > 1500.
    p(i + 1) :- r(i), q(i, "q").
    .decl r0(i:number)
    r0(5000).
    """,
    // Ranges, bounds and the neighbours that several ends have in common.
    """
    .decl e(x:number, y:number)
    .decl w(i:number)
    .decl big(k:number, v:number)
    .decl z(i:number)
    e(i, (i + j * j) % 60) :- i = range(0, 60), j = range(1, 4).
    big(i % 3, i) :- i = range(0, 300).
    w(0).
    w(i + 1) :- w(i), i < 2500, x = i % 60, e(x, y), e(y, (x + 5) % 60), y > x.
    w(i + 1) :- w(i), i < 2500, i % 3 != 1.
    w(i + 1) :- w(i), i < 2500, i % 3 = 1.
    w(k) :- w(i), i % 50 = 1, i < 2490, k = range(i, i + 6, 2).
    z(0).
    z(i + 1) :- z(i), i < 2500, big(1, v), v > i % 280, v <= i % 280 + 4, e(i % 60, y), e(y, t),
      e(t, i % 60 + 0 * v).
    z(i + 1) :- z(i), i < 2500, i % 2 = 0.
    z(i + 1) :- z(i), i < 2500, i % 2 = 1.
    """,
    // A machine of a few registers, too wide for packed rows.
    """
    .decl ins(pc:number, op:symbol, t:number)
    ins(0, "add", 1). ins(1, "sub", 2). ins(2, "jmp", 0).
    .decl st(n:number, pc:number, a:number, b:number, c:number)
    st(0, 0, 1, 1, 3).
    st(n+1, t, (a+b)%1000003, b, c) :- st(n, pc, a, b, c), ins(pc, "add", t), n < 3000.
    st(n+1, t, a-c, b, c+1) :- st(n, pc, a, b, c), ins(pc, "sub", t), n < 3000.
    st(n+1, t, a, b+a, c) :- st(n, pc, a, b, c), ins(pc, "jmp", t), n < 3000.
    """,
  ]) func rowsAreThoseOfBatches(_ text: String) throws {
    try expectSame(text, atLeast: 2000)
  }

  /// Rounds grow beyond what is small, and become small again.
  @Test func batchesTakeOverAndHandBack() throws {
    try expectSame(
      """
      .decl many(k:number)
      .decl r(i:number, j:number)
      many(k) :- k = range(1, 90).
      r(0, 0).
      r(i + 1, 0) :- r(i, 0), i < 2000.
      r(i, j + 1) :- r(i, j), i % 500 = 100, j < 4.
      r(i, j * 100 + k) :- r(i, j), i % 500 = 200, many(k), j < 90.
      """, atLeast: 1000)
  }

  /// A rule without a form by rows, as it reads a relation that is not in rows, is run when its relation has some.
  @Test func otherRulesAreRunByBatches() throws {
    try expectSame(
      """
      .decl e(x:number, y:number)
      .decl tc(x:number, y:number)
      e(i, i + 1) :- i = range(0, 3000, 300).
      tc(x, y) :- e(x, y).
      tc(x, z) :- tc(x, y), e(y, z).
      .decl p(i:number)
      .decl q(i:number)
      p(0).
      p(i + 1) :- p(i), i < 2000.
      q(i) :- p(i), i % 300 = 0.
      p(k + 1) :- q(i), tc(i, k).
      """, atLeast: 500)
  }

  /// The rows of one code each, one of which is zero.
  @Test func theRowOfZerosIsThere() throws {
    try expectSame(
      """
      .decl p(i:number, j:number)
      p(3, 100000).
      p(i - 1, 0) :- p(i, _), i > 0.
      p(0, 0) :- p(_, _).
      p(i + 7, 1000) :- p(i, 0), i < 1000.
      """, atLeast: 10)
  }

  @Test func limitsAndMistakesStopIt() throws {
    let endless = ".decl n(i:number)\n n(0). n(i+1) :- n(i)."
    let late = try evaluate(endless, byRows: true, limits: QueryLimits(timeout: 0.2))
    #expect(late.error?.code == .limitReached && late.scalarRounds > 100)
    let large = try evaluate(endless, byRows: true, limits: QueryLimits(memory: 1 << 20))
    #expect(large.error?.code == .limitReached && large.scalarRounds > 100)
    let zero = try evaluate(
      ".decl n(i:number, x:number)\n n(0, 0). n(i+1, 10 / (500 - i)) :- n(i, _).", byRows: true)
    #expect(zero.error?.code == .divisionByZero && zero.scalarRounds > 400)
  }

  /// A round of few rows may have very much to do.
  @Test func longRoundsAreStopped() throws {
    let text = """
      .decl e(x:number)
      .decl p(i:number)
      e(x) :- x = range(0, 30000).
      p(0).
      p(i + 1) :- p(i), i < 4.
      p(i + 1) :- p(i), i < 9, e(x), e(y), e(z), x + y * z = -1.
      """
    let outcome = try evaluate(text, byRows: true, limits: QueryLimits(timeout: 0.3), from: 2)
    #expect(outcome.error?.code == .limitReached)
  }
}
