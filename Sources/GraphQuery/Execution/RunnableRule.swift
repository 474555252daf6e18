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

  init(execution: RuleExecution, sizes: [Int]) {
    self.execution = execution
    self.sizes = sizes
  }

  /// Whether the order is still likely to be right: planning takes microseconds, which adds up over
  /// thousands of small rounds.
  func isPlanned(for present: [Int]) -> Bool {
    zip(sizes, present).allSatisfy { old, new in new <= 4 * old + 64 && old <= 4 * new + 64 }
  }
}
