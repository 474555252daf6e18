import GraphCore

/// A query as the rules of its answer.
extension Lowering {
  mutating func lowerQuery(_ query: Query, unit: Int) {
    let groups = query.head?.contains { $0.aggregate != nil } ?? false
    guard
      let alternatives = alternatives(
        of: query.body, unit: unit, span: query.span, naming: groups ? .all : .none)
    else { return }
    var titles = titles(of: query.head ?? [])
    var slots: [TypeSlot] = titles.map { _ in solver.fresh() }
    var absent: [Expression] = []
    for column in query.head ?? [] where column.aggregate == nil {
      if case .variable(let name) = column.expression, !checkOccurs(name, in: query.body) {
        absent.append(column.expression)
      }
    }
    var isFirst = true
    let expressions = query.head?.map(\.expression) ?? []
    let bodies = scopedBodies(alternatives, beside: expressions, unit: unit, isOne: groups)
    for scoped in bodies {
      loweredAggregates = [:]
      let conditions = scoped.conditions
      var builder = RuleBuilder(unit: unit, context: conditions)
      var names: Set<String> = []
      for condition in conditions {
        VariableNames.collect(condition, inAggregates: false, into: &names)
      }
      for expression in scoped.expressions {
        VariableNames.collect(expression, inAggregates: false, into: &names)
      }
      builder.outerNames = names
      builder.aggregateTitles = Set(
        query.head?.filter { $0.aggregate != nil && $0.isNamed }.map(\.title) ?? [])
      builder.countsWildcards = query.head?.contains { $0.aggregate != nil } ?? false
      lowerBody(conditions, query.span, &builder)
      if !absent.isEmpty { bindForRecovery(absent, at: query.span, &builder) }
      var columns: [(term: CoreExpression, function: AggregateFunction?)] = []
      if let head = query.head {
        for (index, column) in head.enumerated() {
          let (term, slot) = lowerExpression(scoped.expressions[index], &builder)
          let result = aggregateResult(column.aggregate, of: slot, at: column.expression.span)
          unify(result, slots[index], at: column.expression.span) { expected, found in
            "column \(index + 1) is \(expected) in one alternative and \(found) in another"
          }
          columns.append((term, column.aggregate))
        }
      } else {
        if isFirst {
          finishBody(&builder)
          let grounded = builder.groundedVariables()
          for (index, variable) in builder.variables.enumerated()
          where !variable.isHidden && !variable.name.hasPrefix("_") && grounded.contains(index)
            && !variable.name.contains(AggregateScoping.mark)
          {
            titles.append(variable.name)
            slots.append(solver.fresh())
          }
        }
        for (index, title) in titles.enumerated() {
          let name = Identifier(title, query.span)
          let variable = builder.variable(name, &solver)
          unify(builder.variables[variable].slot, slots[index], at: query.span) { expected, found in
            "`\(title)` is \(expected) in one alternative and \(found) in another"
          }
          columns.append((.variable(variable), nil))
        }
      }
      finishBody(&builder)
      guard checkGrounded(&builder, terms: columns.map(\.term), head: nil) else { continue }
      if isFirst {
        program.answer = add(
          CoreRelation(
            name: "?", origin: .derived,
            columns: zip(titles, slots).map { CoreRelation.Column(name: $0, slot: $1) },
            span: query.span), key: "answer")
      }
      isFirst = false
      guard let answer = program.answer else { return }
      if columns.contains(where: { $0.function != nil }) {
        lowerGrouped(builder, columns: columns, into: answer, span: query.span)
      } else {
        emit(builder, head: answer, terms: columns.map(\.term), span: query.span)
      }
    }
    checkOrder(query, titles: titles)
  }

  /// The headings of an answer, no two alike, as they are the keys of its rows in JSON.
  ///
  /// What is written twice without a name has the same values; from the second time on it is numbered. A name that is
  /// given is as it was given, and belongs to one column.
  private mutating func titles(of head: [Query.HeadColumn]) -> [String] {
    var titles: [String] = []
    var places: [String: Int] = [:]
    let written = Set(head.map(\.title))
    for (place, column) in head.enumerated() {
      var title = column.title
      if let former = places[title] {
        if column.isNamed || head[former].isNamed {
          reportSameTitle(head[former], column)
        } else {
          var number = 2
          repeat {
            title = "\(column.title) (\(number))"
            number += 1
          } while places[title] != nil || written.contains(title)
        }
      }
      places[title] = place
      titles.append(title)
    }
    return titles
  }

  private mutating func reportSameTitle(_ former: Query.HeadColumn, _ column: Query.HeadColumn) {
    diagnostics.append(
      Diagnostic(
        .invalidQuery, "two columns are named `\(column.title)`",
        at: column.titleSpan,
        labels: [Diagnostic.Label(span: former.titleSpan, text: "the first")],
        help: "give one of them another name: `name: ...`"))
  }

  private mutating func checkOccurs(_ name: Identifier, in body: Formula) -> Bool {
    var names: Set<String> = []
    // One that stands in an aggregate only may be a witness.
    VariableNames.collect(body, inAggregates: true, into: &names)
    guard !names.contains(name.text) else { return true }
    let nearest = NameSuggestions.nearest(to: name.text, among: names.sorted(), limit: 1)
    diagnostics.append(
      Diagnostic(
        .ungroundedVariable, "`\(name.text)` is not in the query's body", at: name.span,
        help: nearest.first.map { "did you mean `\($0)`?" }))
    return false
  }

  private mutating func checkOrder(_ query: Query, titles: [String]) {
    for key in query.order where !titles.contains(key.variable.text) {
      let nearest = NameSuggestions.nearest(to: key.variable.text, among: titles, limit: 1)
      diagnostics.append(
        Diagnostic(
          .invalidQuery, "the answer has no column `\(key.variable.text)` to order by",
          at: key.variable.span,
          help: nearest.first.map { "did you mean `\($0)`?" }
            ?? "the columns are \(titles.map { "`\($0)`" }.joined(separator: ", "))"))
    }
  }
}
