/// Cuts out of a clause what says which values some names can have.
enum ContextSlice {
  /// The conditions that are connected with the names through shared variables. A condition with an
  /// aggregate is among them only where nothing else gives one of the names a value.
  static func conditions(about names: Set<String>, in conditions: [Formula]) -> [Formula] {
    let slice =
      gives(names, in: conditions) ? plain(conditions) : withNeededAggregates(names, conditions)
    return connected(with: names, slice)
  }

  /// Whether the conditions without an aggregate give each of the names its values.
  static func gives(_ names: Set<String>, in conditions: [Formula]) -> Bool {
    names.isSubset(of: NameGrounding.names(bound: [], by: plain(conditions)))
  }

  private static func plain(_ conditions: [Formula]) -> [Formula] {
    conditions.filter { !VariableNames.hasAggregate($0) }
  }

  /// All conditions but those with an aggregate that can be left out.
  private static func withNeededAggregates(_ names: Set<String>, _ conditions: [Formula])
    -> [Formula]
  {
    let groundable = NameGrounding.names(bound: [], by: conditions)
    var slice = conditions
    for index in conditions.indices.reversed()
    where VariableNames.hasAggregate(conditions[index]) {
      var shorter = slice
      shorter.remove(at: index)
      // An aggregate that stays needs the groups it is asked for.
      var needed = names
      for condition in shorter where VariableNames.hasAggregate(condition) {
        VariableNames.collect(condition, inAggregates: true, into: &needed)
      }
      if needed.intersection(groundable).isSubset(of: NameGrounding.names(bound: [], by: shorter)) {
        slice = shorter
      }
    }
    return slice
  }

  private static func connected(with names: Set<String>, _ conditions: [Formula]) -> [Formula] {
    let namesOf = conditions.map { condition in
      var names: Set<String> = []
      VariableNames.collect(condition, inAggregates: true, into: &names)
      return names
    }
    var reached = names
    var isTaken = conditions.map { _ in false }
    var changed = true
    while changed {
      changed = false
      for index in conditions.indices
      where !isTaken[index] && !namesOf[index].isDisjoint(with: reached) {
        isTaken[index] = true
        reached.formUnion(namesOf[index])
        changed = true
      }
    }
    return conditions.indices.filter { isTaken[$0] }.map { conditions[$0] }
  }
}
