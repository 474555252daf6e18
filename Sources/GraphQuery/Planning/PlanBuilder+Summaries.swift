import GraphCore

extension PlanBuilder {
  /// Plans an aggregate over the rows between bounds that its group gives, if the rule is one, so that no row is
  /// looked at for a group:
  ///
  /// ```
  /// rank(x, count) :- asked(x), v(_, y), y < x.          how many rows lie before the place of x
  /// total(d, sum q) :- asked(d), sold(_, q, t), t <= d.  a difference of two running totals
  /// next(x, min y) :- asked(x), v(_, y), y > x.          the row at the place behind x
  /// ```
  ///
  /// One atom names the groups, each once; the rows of the other are counted, added up, or the least or greatest of
  /// the compared column is wanted. Nothing is planned where the rule has another form.
  mutating func addSummary(_ recursive: Set<RelationID>) -> Bool {
    guard planner.options.contains(.ranges), case .aggregate(let function) = rule.effect,
      !rule.accumulates, rule.demandLiteral == nil,
      let (groups, rows, others) = summaryLiterals()
    else { return false }
    let saved = self
    var remaining = others
    let groupCount = planner.relations[atom(groups).relation.index].visible
    add(groups, &remaining, nil, recursive)
    stages.append(stage([groups], from: 0, groupCount))
    // What speaks of the group alone decides whether it is one.
    let filters = others.filter { rule.body[$0].variables.allSatisfy(bound.contains) }
    remaining.removeAll(where: filters.contains)
    for literal in filters {
      let first = steps.count
      add(literal, &remaining, nil, recursive)
      stages.append(stage([literal], from: first, groupCount))
    }
    let first = steps.count
    let bounds = remaining
    guard let summary = summary(function, of: atom(rows), &remaining, recursive) else {
      self = saved
      return false
    }
    steps.append(.summarize(summary))
    stages.append(stage([rows] + bounds, from: first, groupCount))
    return true
  }

  private func stage(_ literals: [Int], from first: Int, _ rows: Int) -> RulePlan.Stage {
    RulePlan.Stage(literals: literals, steps: first..<steps.count, expectedRows: Double(rows))
  }

  private func atom(_ literal: Int) -> CoreAtom {
    guard case .atom(let atom) = rule.body[literal] else {
      preconditionFailure("not an atom of the rule")
    }
    return atom
  }

  /// The places in the body of the atom that names the groups, of the one atom that says more than these, and of all
  /// others, if the rule has the form.
  private func summaryLiterals() -> (groups: Int, rows: Int, others: [Int])? {
    let wanted = Set(
      rule.headTerms.dropLast().compactMap { term in
        if case .variable(let variable) = term { variable } else { nil }
      })
    var (groups, rows): (Int?, Int?)
    var others: [Int] = []
    for (position, literal) in rule.body.enumerated() {
      let isFilter = literal.variables.allSatisfy(wanted.contains)
      switch literal {
      case .atom(let atom):
        if groups == nil, let named = variables(of: atom), Set(named) == wanted {
          groups = position
        } else if isFilter {
          others.append(position)
        } else if rows == nil {
          rows = position
        } else {
          return nil
        }
      case .comparison(let relation, _, _, _):
        if relation == .notEqual && !isFilter { return nil }
        others.append(position)
      case .negated, .test:
        if !isFilter { return nil }
        others.append(position)
      case .aggregate, .range, .never: return nil
      }
    }
    guard let groups, let rows, wanted.count == rule.headTerms.count - 1 else { return nil }
    return (groups, rows, others)
  }

  /// The variables of an atom that has one for each column, no two alike.
  private func variables(of atom: CoreAtom) -> [Int]? {
    let variables = atom.arguments.compactMap(\.value.variable)
    guard variables.count == planner.program[atom.relation].columns.count,
      Set(variables).count == variables.count
    else { return nil }
    return variables
  }

  private mutating func summary(
    _ function: AggregateFunction, of atom: CoreAtom, _ remaining: inout [Int],
    _ recursive: Set<RelationID>
  ) -> RulePlan.Summary? {
    let relation = planner.relations[atom.relation.index]
    // Each row must be one binding, which the least and greatest do not mind, and have all values.
    let countsRows = function == .count || function == .sum
    guard !recursive.contains(atom.relation), !relation.hasDeadRows,
      atom.arguments.count == relation.arity || !countsRows,
      relation.compactRows != nil || relation.stored != nil
        || (0..<relation.arity).allSatisfy({ relation.view($0).presence == nil })
    else { return nil }
    var (keyColumns, keySources): ([Int], [RulePlan.Source]) = ([], [])
    var columns: [Int: Int] = [:]
    for argument in atom.arguments {
      switch argument.value {
      case .constant(let constant, let slot):
        keyColumns.append(argument.column)
        keySources.append(RulePlan.Source(constant, as: planner.program.type(slot)))
      case .variable(let variable) where bound.contains(variable):
        keyColumns.append(argument.column)
        keySources.append(.register(variable))
      case .variable(let variable):
        if columns.updateValue(argument.column, forKey: variable) != nil { return nil }
      }
    }
    let outputs = columns.map { (column: $0.value, register: $0.key) }.sorted {
      $0.column < $1.column
    }
    guard let within = takeBounds(on: outputs, of: atom.relation.index, &remaining),
      remaining.isEmpty,
      relation.canSummarize(by: within.column, keyColumns),
      let value = summarized(function, columns, within.column, relation)
    else { return nil }
    return RulePlan.Summary(
      function: function, relation: atom.relation.index, keyColumns: keyColumns,
      keySources: keySources, within: within, value: value, register: newRegister())
  }

  /// The column whose values are summed up, if that can be done by places in the order of `compared`.
  private func summarized(
    _ function: AggregateFunction, _ columns: [Int: Int], _ compared: Int, _ relation: Relation
  ) -> Int? {
    if function == .count { return compared }
    guard case .variable(let variable) = rule.headTerms[rule.headTerms.count - 1],
      let column = columns[variable]
    else { return nil }
    switch function {
    case .count, .mean: return nil
    case .min, .max: return column == compared ? column : nil
    // Differences of sums of doubles are not sums.
    case .sum:
      return relation.types[column] == .number || relation.types[column] == .unsigned ? column : nil
    }
  }
}
