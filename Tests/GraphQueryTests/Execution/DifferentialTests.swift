import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Runs random programs through the engine and through the naive evaluator.
///
/// `GRAPHSH_SEEDS=20000` runs that many instead of what fits a few seconds; `GRAPHSH_FIRST_SEED`
/// says where to start, so that one failure can be repeated; `GRAPHSH_SHOW=1` shows each program before it runs.
@Suite struct DifferentialTests {
  @Test func randomProgramsHaveOneAnswer() {
    run(seconds: 6) { RandomProgram(seed: $0) }
  }

  @Test func randomProgramsOfTheDialectHaveOneAnswer() {
    run(seconds: 6) { RandomProgram(dialectSeed: $0) }
  }

  private func run(seconds: UInt64, _ draw: (UInt64) -> RandomProgram) {
    let count = Self.environment("GRAPHSH_SEEDS").flatMap { Int($0) }
    let first = Self.environment("GRAPHSH_FIRST_SEED").flatMap { UInt64($0) } ?? 1
    let deadline = MonotonicClock.nanoseconds + seconds * 1_000_000_000
    var tally = Tally()
    for offset in 0..<(count ?? 5_000) {
      if count == nil && MonotonicClock.nanoseconds > deadline { break }
      let seed = first + UInt64(offset)
      let program = draw(seed)
      if Self.environment("GRAPHSH_SHOW") != nil { print("seed \(seed)\n\(program)") }
      let outcome = Differential.compare(program)
      tally.add(outcome)
      if Self.environment("GRAPHSH_SHOW_REFUSED") != nil, case .rejected(let message) = outcome {
        print("seed \(seed): \(message)\n\(program)")
      }
      guard case .mismatch = outcome else { continue }
      let kind = outcome.kind
      let small = program.shrunk { Differential.compare($0).kind == kind }
      guard case .mismatch(let report) = Differential.compare(small) else { continue }
      Issue.record("seed \(seed): \(report)\n\(small)")
      if tally.mismatches >= 10 { break }
    }
    print(tally)
    // The generator is of no use where most of what it draws is refused.
    #expect(tally.rejected * 10 <= tally.total)
    #expect(tally.agreed * 2 > tally.total && tally.agreed >= 5)
  }

  private static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }
}

struct Tally: CustomStringConvertible {
  var agreed = 0
  var rejected = 0
  var failedAlike = 0
  var skipped = 0
  var mismatches = 0
  var rejections: [String: Int] = [:]

  var total: Int { agreed + rejected + failedAlike + skipped + mismatches }

  mutating func add(_ outcome: Differential.Outcome) {
    switch outcome {
    case .agreed: agreed += 1
    case .rejected(let message):
      rejected += 1
      rejections[message, default: 0] += 1
    case .failedAlike: failedAlike += 1
    case .skipped: skipped += 1
    case .mismatch: mismatches += 1
    }
  }

  var description: String {
    let common = rejections.sorted { $0.value > $1.value }.prefix(8)
      .map { "  \($0.value) × \($0.key)\n" }.joined()
    return "\(total) programs: \(agreed) agreed, \(failedAlike) failed alike, \(rejected) refused, "
      + "\(skipped) skipped, \(mismatches) differed\n\(common)"
  }
}

/// Compares the two evaluators on one program.
enum Differential {
  enum Outcome {
    case agreed
    /// The program is not well-formed, or unstratifiable.
    case rejected(String)
    case failedAlike
    /// Too large for the naive evaluator, or without a value to agree on.
    case skipped
    case mismatch(String)

    /// Which kind of mismatch, so that shrinking does not wander to another.
    var kind: String {
      switch self {
      case .agreed: "agreed"
      case .rejected: "rejected"
      case .failedAlike: "failed"
      case .skipped: "skipped"
      case .mismatch(let report): String(report.prefix { $0 != ":" && $0 != "`" })
      }
    }
  }

  static func compare(_ program: RandomProgram) -> Outcome {
    let session = QuerySession()
    session.limits = QueryLimits(timeout: 20, memory: nil)
    let result = session.load([SourceText(name: "random.dl", text: program.text)])
    guard result.isLoaded else {
      return .rejected(result.diagnostics.first { $0.severity == .error }?.message ?? "")
    }
    let rules = compareAll(session)
    guard case .agreed = rules, !program.query.body.isEmpty else { return rules }
    return compare(session, query: program.query.text)
  }

  /// Loads a program that a generator has drawn, compares its answer to a query, or without one every
  /// relation, and records what differs.
  static func expectAgreement(_ text: String, query: String?, seed: UInt64) {
    let session = QuerySession()
    let loaded = session.load([SourceText(name: "random.dl", text: text)])
    #expect(loaded.isLoaded, "seed \(seed): \(loaded.diagnostics.map(\.message))\n\(text)")
    switch query.map({ compare(session, query: $0) }) ?? compareAll(session) {
    case .agreed, .skipped, .failedAlike: break
    case .rejected(let report), .mismatch(let report):
      Issue.record("seed \(seed): \(report)\n\(text)\(query ?? "")")
    }
  }

  /// Compares every relation that the session's rules define, every other time without what lowering has
  /// made for itself, of which passes may leave out rows.
  static func compareAll(_ session: QuerySession) -> Outcome {
    let terms = session.termSpace()
    let (core, problems) = Lowering.lowerAll(in: session.environment(terms: terms))
    if let problem = problems.first(where: { $0.severity == .error }) {
      return .rejected(problem.message)
    }
    let seesAll = core.rules.count % 2 == 0
    let outputs = Set(
      core.relations.indices.filter { seesAll || !core.relations[$0].isAuxiliary }
        .map { RelationID(index: $0) })
    return compare(session, core, terms, outputs: outputs).outcome
  }

  /// Compares the answer of a query, its order and its limits included.
  static func compare(_ session: QuerySession, query text: String) -> Outcome {
    let source = session.sources.add(SourceText(name: "query", text: text))
    let parsed = session.parse(SourceText(name: "query", text: text), source, mode: .statement)
    guard !parsed.hasErrors, let query = ParsedUnit(unit: 0, parsed: parsed).queries.first else {
      return .rejected(parsed.diagnostics.first?.message ?? "no query")
    }
    let terms = session.termSpace()
    let (core, problems) = Lowering.lower(
      query: query, unit: 0, in: session.environment(terms: terms))
    if let problem = problems.first(where: { $0.severity == .error }) {
      return .rejected(problem.message)
    }
    guard let answer = core.answer else { return .skipped }
    let (outcome, naive) = compare(session, core, terms, outputs: [answer])
    guard case .agreed = outcome else { return outcome }
    var rows = naive[answer.index].map { $0.compactMap { $0 } }
    let titles = core[answer].columns.map(\.name)
    let keys = query.order.map { (titles.firstIndex(of: $0.variable.text) ?? 0, $0.isDescending) }
    rows.sort { precedes($0, $1, keys) }
    rows = Array(rows.dropFirst(number(query.offset, session) ?? 0))
    rows = Array(rows.prefix(number(query.limit, session) ?? Int.max))
    do {
      let found = try session.query(text)
      let shown = (0..<found.rowCount).map { row in
        titles.indices.map { found.text(row: row, column: $0) }
      }
      let expected = rows.map { $0.map(\.shown) }
      return shown == expected
        ? .agreed : .mismatch("answer: engine \(shown), expected \(expected)")
    } catch let error as Diagnostic where error.code == .invalidQuery {
      return .rejected(error.message)
    } catch {
      return .mismatch("answer: \(error)")
    }
  }

  /// A number of rows; nothing where none is given.
  private static func number(_ expression: Expression?, _ session: QuerySession) -> Int? {
    switch expression {
    case .integer(let bits, _, _)?: return Int(exactly: bits)
    case .parameter(let name)?:
      if case .integer(let value)? = session.parameters[name.text] { return Int(value) }
      return nil
    default: return nil
    }
  }

  private static func precedes(_ a: [NaiveValue], _ b: [NaiveValue], _ keys: [(Int, Bool)]) -> Bool
  {
    for (column, isDescending) in keys where a[column] != b[column] {
      return isDescending ? b[column] < a[column] : a[column] < b[column]
    }
    for (x, y) in zip(a, b) where x != y { return x < y }
    return false
  }

  /// Compares the outputs of the naive evaluator with those of the engine, with all of its
  /// optimisations, without any, and without one of them.
  private static func compare(
    _ session: QuerySession, _ core: CoreProgram, _ terms: TermSpace, outputs: Set<RelationID>
  ) -> (outcome: Outcome, naive: [Set<NaiveEvaluator.Row>]) {
    let (strata, problems) = Stratification.stratify(core)
    var naive = NaiveEvaluator(
      program: core, graph: session.graph, terms: terms, facts: session.facts)
    var naiveFailure: NaiveFailure?
    do throws(NaiveFailure) {
      try naive.evaluate()
    } catch {
      naiveFailure = error
    }
    if let problem = problems.first {
      return naiveFailure == .unstratifiable
        ? (.rejected(problem.message), [])
        : (.mismatch("stratification: refused as \(problem.message)"), [])
    }
    switch naiveFailure {
    case .tooManyRows, .unspecified: return (.skipped, [])
    case .unstratifiable: return (.mismatch("stratification: a cycle was not refused"), [])
    case nil, .divisionByZero, .invalidConversion, .invalidPattern, .negativeTerm: break
    }
    let all = Set(Optimization.allCases)
    let left = Optimization.allCases[(core.rules.count + core.types.count) % all.count]
    let modes: [(options: Set<Optimization>, workers: Workers?)] = [
      (all, nil), (all, Workers(count: 2)), ([], nil), (all.subtracting([left]), nil),
    ]
    func transformed(_ options: Set<Optimization>) -> (program: CoreProgram, strata: Strata) {
      ProgramTransformation.apply(
        to: core, strata: strata, outputs: outputs, facts: session.facts, options: options,
        cheapRows: core.rules.count % 3 == 0 ? DemandPass.defaultCheapRows : 0)
    }
    let whole = transformed(all)
    for (options, workers) in modes {
      let reduced = options == all ? whole : transformed(options)
      let engine = Engine(
        program: reduced.program, graph: session.graph, terms: terms, facts: session.facts,
        limits: session.limits, token: nil, options: options, workers: workers, sharesFrom: 2,
        groupsFrom: 0, scalarsFrom: 2)
      let names =
        options.map(\.rawValue).sorted().joined(separator: " ")
        + (workers == nil ? "" : ", two threads")
      let relations: [Relation]
      do throws(EngineFailure) {
        relations = try engine.run(reduced.strata)
      } catch {
        guard naiveFailure != nil else {
          return (.mismatch("failure: the engine stopped with \(error.message) [\(names)]"), [])
        }
        continue
      }
      if let naiveFailure {
        // What no output depends on need not be computed, so it need not fail either.
        if !options.isDisjoint(with: [.demand, .existence]) { continue }
        return (
          .mismatch("failure: the engine went on where \(naiveFailure) was expected [\(names)]"), []
        )
      }
      for output in outputs.sorted(by: { $0.index < $1.index }) {
        let relation = relations[output.index]
        // Stored relations with absent values have no row form of their own in the engine.
        if case .edges = core[output].origin { continue }
        if let difference = difference(relation, naive.relations[output.index], terms) {
          return (.mismatch("rows of `\(relation.name)`: \(difference) [\(names)]"), [])
        }
      }
    }
    return naiveFailure == nil ? (.agreed, naive.relations) : (.failedAlike, [])
  }

  /// How the rows of a relation differ from those expected, if they do.
  private static func difference(
    _ relation: Relation, _ expected: Set<NaiveEvaluator.Row>, _ terms: TermSpace
  ) -> String? {
    var found: Set<NaiveEvaluator.Row> = []
    var count = 0
    for row in 0..<relation.rowCount where !relation.isDead(row) {
      count += 1
      found.insert(
        (0..<relation.arity).map { column in
          NaiveValue(
            word: relation.word(row: row, column: column), type: relation.types[column],
            terms: terms)
        })
    }
    if found == expected && count == found.count { return nil }
    let missing = expected.subtracting(found).map(show).sorted()
    let extra = found.subtracting(expected).map(show).sorted()
    return "missing \(missing), too many \(extra), twice \(count - found.count)"
  }

  private static func show(_ row: NaiveEvaluator.Row) -> String {
    "(" + row.map { $0?.shown ?? "-" }.joined(separator: ", ") + ")"
  }
}
