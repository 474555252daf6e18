import GraphCore

/// Turns derivations into a tree of statements with their values and citations.
final class ProofBuilder {
  private let program: CompletedProgram
  private let search: ProofSearch
  private let deadline: UInt64
  /// Rows that have their proof somewhere in the tree already.
  private var shown: Set<Goal> = []
  private var size = 0

  private static let sizeLimit = 5_000
  /// Terms of an aggregate that are shown.
  private static let termLimit = 20

  init(_ program: CompletedProgram, seconds: Double) {
    self.program = program
    search = ProofSearch(program, seconds: seconds)
    deadline = MonotonicClock.moment(after: seconds * 2)
  }

  private var session: QuerySession { program.session }

  /// Proves a body: the first of its rows, in value order.
  func proof(of body: Formula, unit: Int) throws(ProofFailure) -> Proof {
    guard let alternatives = Alternatives.of(program.expanded(body, unit: unit)) else {
      throw .tooLarge
    }
    for conditions in alternatives {
      let rule = PreparedRule(
        head: [], conditions: conditions, unit: unit, span: body.span, in: program)
      let columns =
        rule.children.flatMap(\.arguments)
        + rule.variables.map { Expression.variable(Identifier($0, body.span)) }
      guard
        let answer = program.answer(
          columns.isEmpty ? [.boolean(true, body.span)] : columns, rule.asked, unit: unit,
          span: body.span), answer.rowCount > 0
      else { continue }
      var column = 0
      let premises = program.premises(of: rule, in: answer, row: 0, &column)
      var values: [String: Value] = [:]
      for (index, name) in rule.variables.enumerated() {
        values[name] = answer.value(row: 0, column: column + index)
      }
      let children = try children(
        of: Derivation(rule: rule, values: values, premises: premises))
      if children.count == 1 { return children[0] }
      return Proof(
        .rule, rule.conditions.map { text($0, values) }.joined(separator: ", "), children: children)
    }
    if !program.problems.isEmpty { throw .diagnostics(program.problems) }
    throw .doesNotHold
  }

  /// The proof of one row of a derived relation.
  private func proof(of goal: Goal, as statement: String) throws(ProofFailure) -> Proof {
    if shown.contains(goal) { return Proof(.repeated, statement, remark: "see above") }
    guard let derivation = search.derivation(of: goal) else {
      throw program.problems.isEmpty ? .tooLarge : .diagnostics(program.problems)
    }
    if derivation.rule.isLink { return try chain(to: goal, statement) }
    guard let span = derivation.rule.span else { return fact(statement, goal) }
    shown.insert(goal)
    let place = session.sources.place(span)
    if derivation.rule.conditions.isEmpty {
      return Proof(.fact, statement, remark: "fact at \(place)")
    }
    let children =
      derivation.rule.aggregate == nil
      ? try children(of: derivation) : try contributions(to: goal, derivation, span)
    return Proof(.rule, statement, remark: "rule at \(place)", children: children)
  }

  /// A pair of an equivalence: the given pairs that lead from one value to the other.
  private func chain(to goal: Goal, _ statement: String) throws(ProofFailure) -> Proof {
    shown.insert(goal)
    var links: [Goal] = []
    var next: Goal? = goal
    while let pair = next, let premises = search.derivation(of: pair)?.premises {
      if let link = premises.last { links.append(link) }
      next = premises.count > 1 ? premises[0] : nil
    }
    if links.count == 1, links[0].row == goal.row { return try proof(of: links[0], as: statement) }
    var children: [Proof] = []
    for link in links.reversed() {
      let types = program.typesByKey[link.key] ?? []
      let values = zip(types, link.row).map { $0.value($1, program.terms).literal }
      let name = CompletedProgram.writtenName(program.secondName(link.key) ?? "")
      children.append(
        try proof(
          of: link, as: "\(ASTPrinter.quotedName(name))(\(values.joined(separator: ", ")))"))
    }
    return Proof(.rule, statement, remark: "equivalent", children: children)
  }

  private func children(of derivation: Derivation) throws(ProofFailure) -> [Proof] {
    var result: [Proof] = []
    for (index, condition) in derivation.rule.conditions.enumerated() {
      let child = derivation.rule.children.firstIndex { $0.condition == index }
      let premise = child.map { derivation.premises[$0] }
      if let proof = try proof(
        of: condition, derivation.values, premise: premise, unit: derivation.rule.unit)
      {
        result.append(proof)
      }
    }
    return result
  }

  /// A condition with its values; nothing where it says no more than that a value is itself.
  private func proof(
    of condition: Formula, _ values: [String: Value], premise: Goal?, unit: Int
  ) throws(ProofFailure) -> Proof? {
    size += 1
    guard size < Self.sizeLimit else { throw .tooLarge }
    let statement = text(condition, values)
    if let premise { return try proof(of: premise, as: statement) }
    switch condition {
    case .atom(let atom):
      if let graph = atom.parameters.first {
        return Proof(.fact, statement, remark: "computed from all of `\(graph.key)`")
      }
      return Proof(.fact, statement, citations: citations(of: atom, values, unit: unit))
    case .path(let path): return self.path(path, statement, values, unit: unit)
    case .comparison(let comparison):
      if VariableNames.hasAggregate(condition) {
        return try aggregate(comparison, values, unit: unit)
      }
      let sides = [comparison.left, comparison.right].map { text($0, values) }
      if comparison.relation == .equal, sides[0] == sides[1] { return nil }
      return Proof(.test, statement)
    case .textTest: return Proof(.test, statement)
    case .boolean: return nil
    case .negation(let inner, _): return Proof(.absence, "no \(text(inner, values))")
    case .conjunction, .disjunction: return Proof(.test, statement)
    }
  }

  // MARK: Facts

  private func fact(_ statement: String, _ goal: Goal) -> Proof {
    let parts = goal.key.split(separator: " ")
    let graph = session.graph
    guard parts.count == 2, let term = UInt32(parts[1]) else {
      return Proof(.fact, statement, remark: "fact")
    }
    let ends = goal.row.map { graph.text(UInt32(truncatingIfNeeded: $0)) }
    let name = graph.text(term)
    let citations =
      parts[0] == "label"
      ? graph.node(ends[0])?.citations(ofLabel: name) ?? []
      : graph.node(ends[0])?.outgoing(name).filter { $0.target.name == ends[1] }
        .flatMap(\.citations) ?? []
    return Proof(.fact, statement, citations: citations)
  }

  private func citations(of atom: Atom, _ values: [String: Value], unit: Int) -> [GraphCore
    .Citation]
  {
    let ends = atom.arguments.map { value($0, values)?.description ?? "" }
    let graph = session.graph
    switch program.original.resolve(atom, unit: unit)
    {
    case .label(let label):
      return graph.node(ends[0])?.citations(ofLabel: graph.text(label)) ?? []
    case .edgeType(let type): return edgeCitations(graph.text(type), ends, atom.named, values)
    case .builtin(.label) where ends.count == 2:
      return graph.node(ends[0])?.citations(ofLabel: ends[1]) ?? []
    case .builtin(.edge) where ends.count == 3:
      return edgeCitations(ends[0], Array(ends.dropFirst()), [], values)
    case .builtin, .declared, .defined, nil: return []
    }
  }

  private func edgeCitations(
    _ type: String, _ ends: [String], _ named: [Atom.NamedArgument], _ values: [String: Value]
  ) -> [GraphCore.Citation] {
    guard let source = session.graph.node(ends[0]), let target = session.graph.node(ends[1]) else {
      return []
    }
    let edges = source.outgoing(type).filter { edge in
      guard edge.target.id == target.id else { return false }
      return named.allSatisfy { argument in
        guard let wanted = value(argument.value, values),
          let present = argument.name.text == "id"
            ? .integer(Int64(edge.row)) : edge[argument.name.text]
        else { return true }
        return wanted.description == present.description
      }
    }
    var result: [GraphCore.Citation] = []
    for citation in edges.flatMap(\.citations) where !result.contains(citation) {
      result.append(citation)
    }
    return result
  }

  // MARK: Paths and aggregates

  private func path(
    _ path: PathAtom, _ statement: String, _ values: [String: Value], unit: Int
  ) -> Proof {
    let ends = path.arguments.map { value($0, values).flatMap { nodeTerm($0) } }
    var witness = PathWitness(program)
    guard case .path(let asked) = program.rewritten(.path(path), unit: unit), ends.count == 2,
      let start = ends[0], let goal = ends[1],
      let steps = witness.steps(asked.path, from: start, to: goal)
    else { return Proof(.path, statement) }
    let graph = session.graph
    let children = steps.map { step in
      let pair = [step.source, step.target].map { program.terms.text($0) }
      let name = CompletedProgram.writtenName(step.type)
      let quoted = pair.map(ASTPrinter.quotedText).joined(separator: ", ")
      let edges =
        graph.node(pair[0])?.outgoing(step.type).filter { $0.target.name == pair[1] } ?? []
      return Proof(
        .fact, "\(ASTPrinter.quotedName(name))(\(quoted))", citations: edges.flatMap(\.citations))
    }
    return Proof(.path, statement, remark: steps.isEmpty ? "no step" : "", children: children)
  }

  private func nodeTerm(_ value: Value) -> UInt32? {
    guard case .text(let text) = value else { return nil }
    return session.graph.node(text)?.id.raw ?? program.terms.intern(text)
  }

  /// A comparison with aggregates: each is a number over the rows it was taken of.
  private func aggregate(
    _ comparison: Comparison, _ values: [String: Value], unit: Int
  ) throws(ProofFailure) -> Proof {
    var found: [Aggregate] = []
    for side in [comparison.left, comparison.right] {
      _ = side.mapping { expression in
        if case .aggregate(let aggregate) = expression { found.append(aggregate) }
        return nil
      }
    }
    var children: [Proof] = []
    var rowCount = 0
    for aggregate in found {
      let terms = try terms(of: aggregate, values, unit: unit)
      children += terms.shown
      rowCount = terms.count
    }
    guard found.count == 1, let aggregate = found.first else {
      return Proof(.aggregate, text(.comparison(comparison), values), children: children)
    }
    // `71 = sum of 5 amounts` reads better than the body once more.
    let sides = [comparison.left, comparison.right].map { side -> String in
      if case .aggregate = side { return summary(aggregate, count: rowCount) }
      return text(side, values)
    }
    return Proof(
      .aggregate, "\(sides[0]) \(comparison.relation.rawValue) \(sides[1])", children: children)
  }

  /// The rows that an aggregate was taken of: the proofs of the first ones, and how many there are.
  private typealias Terms = (shown: [Proof], count: Int)

  private func summary(_ aggregate: Aggregate, count: Int) -> String {
    let what = aggregate.target.map { target -> String in
      if case .variable(let name) = target { return "\(name.text) over " }
      return "\(ASTPrinter.text(target)) over "
    }
    return "\(aggregate.function.rawValue) of \(what ?? "")\(count) \(count == 1 ? "row" : "rows")"
  }

  private func terms(of aggregate: Aggregate, _ values: [String: Value], unit: Int)
    throws(ProofFailure) -> Terms
  {
    let literals = values.mapValues { Expression($0, aggregate.span) }
    guard let alternatives = Alternatives.of(aggregate.body.substituting(literals)) else {
      return ([], 0)
    }
    let target = aggregate.target.map {
      $0.mapping { expression in
        if case .variable(let name) = expression { literals[name.text] } else { nil }
      }
    }
    return withRemark(
      try contributions(
        alternatives, target: target, unit: unit, span: aggregate.span,
        keepsOnlyBest: aggregate.function == .min || aggregate.function == .max
          ? aggregate.function : nil))
  }

  /// The rows that the alternatives of a body have, each binding of their common variables once.
  private func contributions(
    _ alternatives: [[Formula]], target: Expression?, unit: Int, span: SourceSpan,
    keepsOnlyBest: AggregateFunction?
  ) throws(ProofFailure) -> Terms {
    let rules = alternatives.map {
      PreparedRule(head: [], conditions: $0, unit: unit, span: span, in: program)
    }
    let common = rules.dropFirst().reduce(Set(rules.first?.variables ?? [])) {
      $0.intersection($1.variables)
    }.sorted()
    var seen: Set<[Value]> = []
    var result: Terms = ([], 0)
    for rule in rules {
      let part = try contributions(
        rule, target: target, unit: unit, span: span, keepsOnlyBest: keepsOnlyBest,
        common: rules.count > 1 ? common : nil, &seen)
      result = (result.shown + part.shown, result.count + part.count)
    }
    return result
  }

  /// The same with a remark on how many rows are not shown.
  private func withRemark(_ terms: Terms) -> Terms {
    let more = terms.count - terms.shown.count
    return (terms.shown + (more > 0 ? [Proof(.remark, "and \(more) more")] : []), terms.count)
  }

  /// The rows that a body has, each with the value it adds; the first ones are proved.
  ///
  /// - Parameters:
  ///   - common: the variables that tell rows apart; nothing where all do
  ///   - seen: the values of these in the rows of alternatives before, and then of these rows
  private func contributions(
    _ rule: PreparedRule, target: Expression?, unit: Int, span: SourceSpan,
    keepsOnlyBest: AggregateFunction?, common: [String]?, _ seen: inout Set<[Value]>
  ) throws(ProofFailure) -> Terms {
    let variables = rule.variables.map { Expression.variable(Identifier($0, span)) }
    let first = target ?? .boolean(true, span)
    guard
      let answer = program.answer(
        [first] + rule.children.flatMap(\.arguments) + variables, rule.asked, unit: unit,
        span: span)
    else { return ([], 0) }
    var rows = Array(0..<answer.rowCount)
    if let common {
      let first = answer.columns.count - variables.count
      let columns = common.compactMap { rule.variables.firstIndex(of: $0).map { first + $0 } }
      rows.removeAll { row in
        !seen.insert(columns.map { answer.value(row: row, column: $0) }).inserted
      }
    }
    if let keepsOnlyBest {
      // A least or greatest value rests on the row that has it.
      let best =
        keepsOnlyBest == .min
        ? rows.min { answer.value(row: $0, column: 0) < answer.value(row: $1, column: 0) }
        : rows.max { answer.value(row: $0, column: 0) < answer.value(row: $1, column: 0) }
      rows = best.map { [$0] } ?? []
    }
    var result: [Proof] = []
    for row in rows.prefix(Self.termLimit) {
      var column = 1
      let premises = program.premises(of: rule, in: answer, row: row, &column)
      var values: [String: Value] = [:]
      for (index, name) in rule.variables.enumerated() {
        values[name] = answer.value(row: row, column: column + index)
      }
      let children = try children(
        of: Derivation(rule: rule, values: values, premises: premises))
      let value = target == nil ? "" : answer.value(row: row, column: 0).literal + "  "
      // The condition that gives the value stands for the row; the others stand under it.
      let names = target.map { Formula.names(in: $0) } ?? []
      let place = rule.conditions.firstIndex { !$0.variableNames.isDisjoint(with: names) } ?? 0
      let wanted = rule.conditions.isEmpty ? "" : text(rule.conditions[place], values)
      guard
        let main = children.firstIndex(where: { $0.statement == wanted })
          ?? children.indices.first
      else { continue }
      var line = children[main]
      line.statement = value + line.statement
      line.children += children.enumerated().filter { $0.offset != main }.map(\.element)
      result.append(line)
    }
    return (result, rows.count)
  }

  /// The rows of a rule whose head counts or sums.
  private func contributions(to goal: Goal, _ derivation: Derivation, _ span: SourceSpan)
    throws(ProofFailure) -> [Proof]
  {
    let rule = derivation.rule
    guard let aggregate = rule.aggregate else { return [] }
    var literals: [String: Expression] = [:]
    for (column, expression) in rule.head.enumerated() where column != aggregate.argument {
      guard case .variable(let name) = expression, let types = program.typesByKey[goal.key] else {
        continue
      }
      literals[name.text] = Expression(types[column].value(goal.row[column], program.terms), span)
    }
    let target = rule.head[aggregate.argument]
    let terms = try contributions(
      rule.alternatives.map { $0.map { $0.substituting(literals) } },
      target: aggregate.function == .count ? nil : target, unit: rule.unit, span: span,
      keepsOnlyBest: nil)
    let noun = terms.count == 1 ? "row" : "rows"
    return [
      Proof(
        .aggregate, "\(aggregate.function.rawValue) over \(terms.count) \(noun)",
        children: withRemark(terms).shown)
    ]
  }

  // MARK: Values

  private func value(_ expression: Expression, _ values: [String: Value]) -> Value? {
    if case .variable(let name) = expression { return values[name.text] }
    return expression.constant
  }

  private func text(_ formula: Formula, _ values: [String: Value]) -> String {
    ASTPrinter.text(formula.substituting(literals(values, formula.span)))
  }

  private func text(_ expression: Expression, _ values: [String: Value]) -> String {
    let literals = literals(values, expression.span)
    return ASTPrinter.text(
      expression.mapping { part in
        if case .variable(let name) = part { literals[name.text] } else { nil }
      })
  }

  /// Values as they are shown: whole floats without a fraction and unsigned numbers without `u`, as in answers, where
  /// these are numbers as well.
  private func literals(_ values: [String: Value], _ span: SourceSpan) -> [String: Expression] {
    values.mapValues { value in
      let whole: Int64? =
        switch value {
        case .float(let number): Int64(exactly: number)
        case .unsigned(let number): Int64(exactly: number)
        case .text, .integer, .boolean: nil
        }
      return Expression(whole.map(Value.integer) ?? value, span)
    }
  }
}
