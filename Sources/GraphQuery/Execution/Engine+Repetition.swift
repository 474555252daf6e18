import GraphCore

/// Evaluating a program again with other given texts: what a question costs that is asked over and over
/// (`PreparedQuestion`, decision 0034).
extension Engine {
  /// A rule of a program that can be run again, with the stratum it belongs to.
  struct RepeatedRule {
    let rule: Int
    let stratum: Int
    let component: Set<RelationID>
    /// Whether the rules of the stratum end with it.
    let isLast: Bool
  }

  /// The rules in the order in which they run; nothing where a run leaves more behind than rows of relations that only
  /// rules fill, or where what is read depends on the texts that are given.
  func repeatedRules(_ strata: Strata) -> [RepeatedRule]? {
    guard profile == nil, plans != nil, !strata.isRecursive.contains(true) else { return nil }
    for (index, relation) in program.relations.enumerated() {
      if rulesByHead[index].isEmpty {
        // Rows of a property that were chosen by their values are the relation's own.
        if case .nodeProperty = relation.origin, !relations[index].isBorrowed { return nil }
      } else {
        guard case .derived = relation.origin, relations[index].keepsEachRow,
          !relation.isEquivalence
        else { return nil }
      }
    }
    var result: [RepeatedRule] = []
    for (stratum, component) in strata.components.enumerated() {
      let rules = component.flatMap { rulesByHead[$0.index] }
      for rule in rules {
        if program.rules[rule].isDominance || program.rules[rule].accumulates { return nil }
        result.append(
          RepeatedRule(
            rule: rule, stratum: stratum, component: Set(component), isLast: rule == rules.last))
      }
    }
    return result
  }

  /// Whether what the engine holds beside rows of the store is little enough to be held between questions, and nothing of
  /// the last run is in it that another would bring again.
  var isWorthKeeping: Bool {
    var bytes = 0
    for relation in relations where !relation.isBorrowed { bytes += relation.byteCount }
    return bytes <= Self.mostKeptBytes && terms.isReusable
  }

  private static let mostKeptBytes = 1 << 20

  /// Runs the rules of a program that has been run, for the texts that stand in it now.
  func runAgain(_ rules: [RepeatedRule], of count: Int) throws(EngineFailure) -> [Relation] {
    counter = 0
    rulesDone = []
    for index in relations.indices {
      let relation = relations[index]
      if rulesByHead[index].isEmpty { relation.settle() } else { relation.removeAll() }
    }
    for step in rules {
      if currentStratum != step.stratum {
        currentStratum = step.stratum
        limits.monitor?.begin(stratum: step.stratum + 1, of: count)
      }
      do throws(EngineFailure) {
        try run(step.rule, deltaLiteral: nil, recursive: step.component)
      } catch {
        limits.noteSize(of: relations)
        throw error
      }
      if step.isLast, let head = step.component.first { relations[head.index].settle() }
    }
    return relations
  }
}
