import GraphCore

/// Bodies whose aggregates have names of their own.
extension Lowering {
  /// The alternatives of a body, each with names of their own for its aggregates and the expressions beside it; with
  /// `isOne` they are one body, as an aggregate in a head goes over all of them.
  mutating func scopedBodies(
    _ alternatives: [[Formula]], beside expressions: [Expression], unit: Int, isOne: Bool
  ) -> [AggregateScoping.Body] {
    // An aggregate beside the body is about the whole of it.
    if isOne, alternatives.count > 1, expressions.contains(where: VariableNames.hasAggregate) {
      let whole = Formula.disjunction(alternatives.map { .conjunction($0) })
      return scope([whole], beside: expressions, unit: unit)
    }
    let bodies = alternatives.flatMap { scope($0, beside: expressions, unit: unit) }
    guard isOne, bodies.count > 1 else { return bodies }
    let whole = Formula.disjunction(bodies.map { .conjunction($0.conditions) })
    return [AggregateScoping.Body(conditions: [whole], expressions: expressions)]
  }

  /// A body whose aggregates have names of their own, with the expressions beside it. It becomes several where what
  /// says in which rows a minimum is reached has alternatives.
  private mutating func scope(
    _ conditions: [Formula], beside expressions: [Expression], unit: Int
  ) -> [AggregateScoping.Body] {
    diagnostics += EdgeNames(in: conditions, unit: unit, environment).diagnostics
    let body = scoping.scope(
      AggregateScoping.Body(conditions: conditions, expressions: expressions))
    guard !conditions.contains(where: \.isDisjunction),
      body.conditions.contains(where: \.isDisjunction),
      let alternatives = Alternatives.of(.conjunction(body.conditions))
    else { return [body] }
    return alternatives.map {
      AggregateScoping.Body(conditions: $0, expressions: body.expressions)
    }
  }

  /// Reports aggregates that need each other's results; true if there are none.
  mutating func checkOrder(of conditions: [Formula]) -> Bool {
    guard let (aggregate, names) = MutualAggregates.find(in: conditions) else { return true }
    let needed = names.map { "`\(AggregateScoping.written($0))`" }.joined(separator: ", ")
    diagnostics.append(
      Diagnostic(
        .invalidAggregate,
        "the aggregate needs \(needed), which another gives only from this one's result",
        at: aggregate.span,
        help:
          "bind \(needed) by a positive condition, or compute one of the two by a rule of its own"))
    return false
  }
}
