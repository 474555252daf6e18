import GraphCore

/// Runs the rounds of a recursion that derive a row or a few: counters, walks along chains, machines that step.
///
/// Such a recursion has as many rounds as rows, so that what a batch costs before its first row is all that it costs. Here the
/// rules are instructions over single words (`ScalarProgram`), and a round is nothing but those of the rows in it
/// (`ScalarMachine`). Rounds go on so until one has many rows or much to do, or brings rows for a rule that has no such form;
/// then batches take over, and later perhaps hand back.
final class ScalarRounds {
  private let turns: [RecursiveTurn]
  /// The numbers of the recursive relations. Their places here are their numbers in the scalar program.
  private let members: [Int]
  private let parts: [Relation]
  private let relations: [Relation]
  private let terms: TermSpace
  private let limits: LimitGuard
  private let span: SourceSpan
  private var machine: ScalarMachine?
  /// The executions whose plans the machine has.
  private var known: [RuleExecution?] = []
  /// The parts whose new rows a rule waits for that the machine does not have.
  private var strange: Set<Int> = []
  /// The first round worth another try, and how long to wait after one that was none.
  private var next: UInt64
  private var wait: UInt64

  /// So many rows of all relations are a small round.
  private static let mostRows = 20
  /// A round that comes to more rows in its loops is one for batches.
  private static let mostSteps = 1 << 10
  /// So many rounds are run before the engine looks around.
  private static let mostRounds: UInt64 = 1 << 10
  /// A shorter stretch did not pay.
  private static let leastRounds: UInt64 = 8
  private static let shortestWait: UInt64 = 64
  private static let longestWait: UInt64 = 1 << 14

  /// - Parameter first: the first round that may be run so.
  init(
    _ turns: [RecursiveTurn], members: [Int], relations: [Relation], terms: TermSpace,
    limits: LimitGuard, span: SourceSpan, from first: UInt64
  ) {
    self.turns = turns
    self.members = members
    self.relations = relations
    parts = members.map { relations[$0] }
    self.terms = terms
    self.limits = limits
    self.span = span
    next = first
    wait = Self.shortestWait
  }

  /// Whether the coming round can be run so.
  func isReady(after iteration: UInt64) -> Bool {
    guard iteration + 1 >= next else { return false }
    var rows = 0
    for part in parts { rows += part.visible - part.stable }
    guard rows <= Self.mostRows else { return false }
    compile()
    if machine != nil, !strange.contains(where: { parts[$0].visible > parts[$0].stable }) {
      return true
    }
    postpone(from: iteration)
    return false
  }

  /// Runs the coming rounds, as long as they are small. Returns whether the recursion is complete.
  func run(iteration: inout UInt64, counter: inout UInt64) throws(EngineFailure) -> Bool {
    guard let machine else { return false }
    let open = machine.open
    let start = iteration
    open.open()
    defer { open.close() }
    machine.counter = counter
    defer { counter = machine.counter }
    machine.openIndexes()
    while iteration < start + Self.mostRounds {
      iteration += 1
      machine.builtins.iteration = iteration
      let before = machine.steps
      try machine.runRules()
      var (rows, isStrange) = (0, false)
      for part in parts.indices {
        let new = open.advance(part)
        rows += new
        if new > 0 && strange.contains(part) { isStrange = true }
      }
      if rows == 0 { return true }
      machine.catchUp()
      let isLong = machine.steps - before > Self.mostSteps
      if isLong || isStrange || rows > Self.mostRows {
        if iteration < start + Self.leastRounds {
          postpone(from: iteration)
        } else {
          wait = Self.shortestWait
        }
        return false
      }
    }
    wait = Self.shortestWait
    return false
  }

  private func postpone(from iteration: UInt64) {
    next = iteration + wait
    wait = min(2 * wait, Self.longestWait)
    // What has no scalar form now may have one when an index pays.
    known = []
  }

  /// Makes the machine anew where rules were planned anew.
  private func compile() {
    let executions = turns.map(\.execution)
    guard known.count != executions.count || zip(known, executions).contains(where: { $0 !== $1 })
    else { return }
    known = executions
    strange = []
    var program = ScalarProgram(recursion: members, relations: relations, terms: terms)
    for turn in turns {
      if let plan = turn.execution?.plan,
        program.add(plan, head: turn.head, delta: turn.deltaNumber)
      {
        continue
      }
      // A rule that reads a relation without rows waits for these.
      let missing = turn.needed.first { relations[$0].visible == 0 }
      if let part = members.firstIndex(of: missing ?? turn.deltaNumber) { strange.insert(part) }
    }
    machine =
      program.rules.isEmpty
      ? nil
      : ScalarMachine(program, relations: relations, terms: terms, limits: limits, span: span)
  }
}
