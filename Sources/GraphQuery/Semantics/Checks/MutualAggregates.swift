import GraphCore

/// Finds aggregates of one clause that need each other's results.
enum MutualAggregates {
  /// The first aggregate that cannot be computed before another which cannot be computed before it,
  /// with the names that it lacks; nothing where there is an order.
  static func find(in conditions: [Formula]) -> (aggregate: Aggregate, names: [String])? {
    var waiting = conditions.filter { VariableNames.hasAggregate($0) }
    guard waiting.count > 1 else { return nil }
    var ready = conditions.filter { !VariableNames.hasAggregate($0) }
    let groundable = NameGrounding.names(bound: [], by: conditions)
    var known = NameGrounding.names(bound: [], by: ready)
    while !waiting.isEmpty {
      let next = waiting.firstIndex { lacking($0, known, groundable) == nil }
      guard let next else { return lacking(waiting[0], known, groundable) }
      ready.append(waiting.remove(at: next))
      known = NameGrounding.names(bound: known, by: ready)
    }
    return nil
  }

  /// An aggregate of the condition with the names it needs that have no value yet, but could.
  private static func lacking(
    _ condition: Formula, _ known: Set<String>, _ groundable: Set<String>
  ) -> (aggregate: Aggregate, names: [String])? {
    var result: (aggregate: Aggregate, names: [String])?
    _ = VariableNames.hasAggregate(condition) { aggregate in
      var names: Set<String> = []
      VariableNames.collect(aggregate.body, inAggregates: true, into: &names)
      if let target = aggregate.target {
        VariableNames.collect(target, inAggregates: true, into: &names)
      }
      let inside = NameGrounding.names(bound: [], by: [aggregate.body])
      let missing = names.filter {
        groundable.contains($0) && !known.contains($0) && !inside.contains($0)
      }
      if !missing.isEmpty && result == nil { result = (aggregate, missing.sorted()) }
      return result != nil
    }
    return result
  }
}
