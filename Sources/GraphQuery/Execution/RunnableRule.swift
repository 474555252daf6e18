/// A rule with the atom that reads the last round's rows.
struct RuleVersion: Hashable {
  let rule: Int
  let deltaLiteral: Int?
}

/// A rule planned and made ready to run.
final class RunnableRule {
  let execution: RuleExecution
  /// The sizes that the order of the conditions was chosen by.
  let sizes: [Int]
  /// The same for several workers, once it has had much to do.
  var shared: SharedRule?
  /// How many rows workers could take turns at in the present run.
  var rowCount = 0
  /// How many rows workers could take turns at in the last run, in a round before, and how long it took.
  var lastRun: (rows: Int, time: Duration)?

  init(execution: RuleExecution, sizes: [Int]) {
    self.execution = execution
    self.sizes = sizes
  }

  /// Whether it is no part of a recursion.
  var isRunOnce: Bool { sizes.isEmpty }

  /// How long it will take, as far as the last run tells: fewer rows may have more to do each.
  var expectedTime: Duration? {
    lastRun.map { $0.time * (Double(max(rowCount, $0.rows)) / Double(max($0.rows, 1))) }
  }

  /// Puts other texts in the place of those that are given.
  func give(_ words: [UInt64]) {
    execution.give(words)
    // The workers' rules hold texts of their own.
    shared = nil
  }

  /// Whether the order is still likely to be right: planning takes microseconds, which adds up over
  /// thousands of small rounds.
  func isPlanned(for present: [Int]) -> Bool {
    zip(sizes, present).allSatisfy { old, new in new <= 4 * old + 64 && old <= 4 * new + 64 }
  }
}

/// A rule's place in the rounds of a recursion.
final class RecursiveTurn {
  let version: RuleVersion
  /// The numbers of the relations that the rule adds to and whose rows of the last round it reads.
  let (head, deltaNumber): (Int, Int)
  /// The relation whose rows of the last round the rule reads.
  let delta: Relation
  /// The numbers of all relations that it needs rows of.
  let needed: [Int]
  let sink: RelationSink
  /// Whether the rule adds its rows to the head's relation and does nothing else.
  private let isPlain: Bool
  /// The rule as it was run last.
  private(set) var execution: RuleExecution?

  private init(
    _ version: RuleVersion, delta: Int, head: Int, needed: [Int], _ relations: [Relation],
    isPlain: Bool
  ) {
    self.version = version
    self.needed = needed
    self.head = head
    deltaNumber = delta
    self.delta = relations[delta]
    self.isPlain = isPlain
    sink = RelationSink(relations[head], isDistinct: false)
  }

  /// The turns of a rule: one for each place where the last round's rows may stand.
  static func all(
    of rule: CoreRule, _ index: Int, _ members: Set<RelationID>, _ relations: [Relation],
    isPlain: Bool
  ) -> [RecursiveTurn] {
    let derives = if case .derive = rule.effect { true } else { false }
    let needed = rule.body.compactMap { $0.positiveAtom?.relation.index }
    var turns: [RecursiveTurn] = []
    for (literal, condition) in rule.body.enumerated() {
      guard case .atom(let atom) = condition, members.contains(atom.relation) else { continue }
      turns.append(
        RecursiveTurn(
          RuleVersion(rule: index, deltaLiteral: literal), delta: atom.relation.index,
          head: rule.head.index, needed: needed, relations, isPlain: isPlain && derives))
    }
    return turns
  }

  /// Keeps the rule as it was run last.
  func keep(_ runnable: RunnableRule?) {
    execution = isPlain ? runnable?.execution : nil
    execution?.sink = sink
  }

  /// The rule to run as it is, where that is right for a round of few rows.
  func quick(upTo rows: Int) -> RuleExecution? {
    delta.visible - delta.stable <= rows ? execution : nil
  }
}
