import GraphCore

extension PlanBuilder {
  /// Fewer rows are gone through before anything is gained.
  private static let leastScanned = 4096

  /// The registers of a first scan by which it is told whether a row comes again: those that later steps read, where they
  /// do not say which row it was, and where it does not matter how often one comes.
  func repeatedRegisters(
    of join: RulePlan.Join, at position: Int, _ needed: VariableSet
  ) -> [Int]? {
    guard position == 0, planner.options.contains(.existence), rule.takesSets,
      join.distinctBy == nil, case .all = join.range
    else { return nil }
    let relation = planner.relations[join.relation]
    let registers = needed.sorted
    guard relation.visible >= Self.leastScanned, (1...4).contains(registers.count) else {
      return nil
    }
    let read = join.outputs.filter { needed.contains($0.register) }.map(\.column)
    let known = Set(read + join.keyColumns)
    let key = relation.keyWidth ?? relation.arity
    return (0..<key).allSatisfy(known.contains) ? nil : registers
  }
}
