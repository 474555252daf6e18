import GraphCore

/// Why a query has no answer: what each condition leaves, which one left nothing, and what would not
/// have.
public struct EmptyAnswerExplanation: Sendable {
  /// A condition, and what it leaves of the rows of those before it.
  public struct Step: Sendable {
    /// The condition as it is written.
    public var condition: String
    /// How many rows are left behind it.
    public var rowCount: Int
  }

  /// The conditions in the order in which they were looked at, up to the one that left nothing.
  public var steps: [Step] = []
  /// What is known about that one, a sentence each.
  public var findings: [String] = []

  /// `company(c) 141 → located_in(c, "祁县经开区县") 0. No such node; …`
  public var text: String {
    let chain = steps.map { "\($0.condition) \($0.rowCount)" }.joined(separator: " → ")
    return ([chain] + findings).joined(separator: ". ") + (findings.isEmpty ? "" : ".")
  }
}

extension QuerySession {
  /// Explains an answer without rows, one explanation for each alternative of the query's body.
  ///
  /// Growing parts of the body are asked, each for at most `seconds`.
  public func explainEmpty(_ query: Query, seconds: Double = 1) -> [EmptyAnswerExplanation] {
    guard let alternatives = Alternatives.of(bindingParameters(query.body), limit: 8) else {
      return []
    }
    let explainer = EmptyAnswerExplainer(session: self, unit: 0, seconds: seconds)
    return alternatives.compactMap { explainer.explain($0) }
  }
}

/// Asks growing parts of a body until one has no row, then varies the condition that was last.
struct EmptyAnswerExplainer {
  let session: QuerySession
  let unit: Int
  private let limits: QueryLimits
  private let deadline: UInt64

  init(session: QuerySession, unit: Int, seconds: Double) {
    self.session = session
    self.unit = unit
    limits = QueryLimits(timeout: seconds, memory: session.limits.memory)
    deadline = MonotonicClock.moment(after: seconds * 3)
  }

  /// What a part of a body came to: how many conditions hold together, and what the first other is.
  struct Progress {
    var held: [Formula] = []
    var failing: Formula?
    var counts: [Int] = []
  }

  func explain(_ conditions: [Formula]) -> EmptyAnswerExplanation? {
    let progress = progress(of: conditions)
    guard let failing = progress.failing else { return nil }
    var result = EmptyAnswerExplanation()
    result.steps = zip(progress.held + [failing], progress.counts).map {
      EmptyAnswerExplanation.Step(condition: ASTPrinter.text($0), rowCount: $1)
    }
    result.findings = findings(about: failing, after: progress.held, depth: 0)
    return result
  }

  /// Adds condition after condition, in the order of writing as far as variables are bound by then.
  func progress(of conditions: [Formula]) -> Progress {
    var progress = Progress()
    var remaining = conditions
    while !remaining.isEmpty, MonotonicClock.nanoseconds < deadline {
      var isStuck = true
      for index in remaining.indices {
        let condition = remaining[index]
        guard isReady(condition, after: progress.held, among: conditions),
          let count = count(progress.held + [condition])
        else { continue }
        remaining.remove(at: index)
        progress.counts.append(count)
        if count == 0 {
          progress.failing = condition
          return progress
        }
        progress.held.append(condition)
        isStuck = false
        break
      }
      if isStuck { break }
    }
    return progress
  }

  /// Whether a condition means the same behind `held` as in the whole body: what it only tests, or
  /// takes from outside of an aggregate, must be bound.
  private func isReady(_ condition: Formula, after held: [Formula], among all: [Formula]) -> Bool {
    switch condition {
    case .atom, .path, .boolean:
      if !VariableNames.hasAggregate(condition) { return true }
    case .comparison, .textTest, .negation, .conjunction, .disjunction: break
    }
    var elsewhere: Set<String> = []
    for other in all where ASTPrinter.text(other) != ASTPrinter.text(condition) {
      elsewhere.formUnion(other.variableNames)
    }
    let bound = held.reduce(into: Set<String>()) { $0.formUnion($1.variableNames) }
    var needed = condition.allVariableNames.intersection(elsewhere).subtracting(bound)
    if case .comparison(let comparison) = condition, comparison.relation == .equal {
      // An equation may bind the lone variable at one side.
      for side in [comparison.left, comparison.right] {
        if case .variable(let name) = side, needed.count == 1 { needed.remove(name.text) }
      }
    }
    return needed.isEmpty
  }

  func count(_ conditions: [Formula]) -> Int? {
    guard let span = conditions.first?.span else { return nil }
    let query = Query(head: nil, body: .conjunction(conditions), span: span)
    return session.evaluate(query, unit: unit, limits: limits)?.rowCount
  }

  /// The distinct values of an expression where conditions hold, with no more than `limit` of them.
  private func values(of expression: Expression, _ conditions: [Formula]) -> [Value] {
    let query = QuerySession.query([expression], conditions, expression.span)
    guard let answer = session.evaluate(query, unit: unit, limits: limits) else { return [] }
    return (0..<min(answer.rowCount, 100_000)).map { answer.value(row: $0, column: 0) }
  }

  // MARK: Findings

  func findings(about condition: Formula, after held: [Formula], depth: Int) -> [String] {
    switch condition {
    case .atom(let atom): return findings(about: atom, after: held, depth: depth)
    case .path(let path): return findings(about: path, after: held)
    case .comparison(let comparison): return findings(about: comparison, after: held)
    case .textTest(let test):
      guard case .text(let wanted, _) = test.first, test.kind == .contains else { return [] }
      let found = values(of: test.second, held).map(\.description)
      return NameSuggestions.nearest(to: wanted, among: found, limit: 1).map {
        "The nearest text is \(ASTPrinter.quotedText($0))"
      }
    case .negation(let inner, _):
      let each = count(held).map { $0 == 1 ? "The one row" : "Each of the \($0) rows" }
      return ["\(each ?? "Each row") has \(ASTPrinter.text(inner))"]
    case .boolean, .conjunction, .disjunction: return []
    }
  }

  private func findings(about atom: Atom, after held: [Formula], depth: Int) -> [String] {
    var result: [String] = []
    // Each constant together with how it is written.
    let positional = atom.arguments.map { $0.constant?.literal }
    let named = atom.named.map { argument in
      argument.value.constant.map { "`\(argument.name.text)`: \($0.literal)" }
    }
    for (index, argument) in atom.arguments.enumerated() {
      guard let value = argument.constant else { continue }
      var others = positional
      others[index] = nil
      if let finding = finding(
        value, argument.span, after: held, beside: (others + named).compactMap { $0 },
        isNode: isNodePlace(index, of: atom),
        substituted: { expression in
          var copy = atom
          copy.arguments[index] = expression
          return .atom(copy)
        })
      {
        result.append(finding)
      }
    }
    for (index, argument) in atom.named.enumerated() {
      func replaced(_ expression: Expression) -> Formula {
        var copy = atom
        copy.named[index].value = expression
        return .atom(copy)
      }
      var others = named
      others[index] = nil
      if let value = argument.value.constant,
        let finding = finding(
          value, argument.value.span, after: held, beside: (positional + others).compactMap { $0 },
          isNode: false, substituted: replaced)
      {
        result.append("`\(argument.name.text)`: \(finding)")
        continue
      }
      var without = atom
      without.named.remove(at: index)
      if let count = count(held + [.atom(without)]), count > 0,
        rowCount(held + [replaced(.wildcard(argument.value.span))]) == 0
      {
        let verb = count == 1 ? "is" : "are"
        result.append(
          "Without `\(argument.name.text)` there \(verb) \(Self.rows(count)), none with it")
      }
    }
    if !result.isEmpty { return result }
    let alone = count([.atom(atom)]) ?? 0
    if alone > 0 {
      let shared = atom.arguments.compactMap { argument -> String? in
        if case .variable(let name) = argument { name.text } else { nil }
      }.filter { name in held.contains { $0.variableNames.contains(name) } }
      let names = shared.map { "`\($0)`" }.joined(separator: " and ")
      return [
        "By itself it has \(Self.rows(alone))"
          + (names.isEmpty ? "" : ", but none with the \(names) of the conditions before")
      ]
    }
    if let finding = relaxedFinding(about: atom) ?? repeatedFinding(about: atom) {
      return [finding]
    }
    return rulesFindings(atom, depth: depth)
  }

  /// Where a relation has rows, but none in which a variable's places are equal.
  private func repeatedFinding(about atom: Atom) -> String? {
    var open = atom
    open.arguments = atom.arguments.enumerated().map {
      .variable(Identifier("place\($0.offset)'", $0.element.span))
    }
    open.named = []
    let count = rowCount([.atom(open)])
    guard count > 0 else { return nil }
    var seen: Set<String> = []
    for case .variable(let name) in atom.arguments where !seen.insert(name.text).inserted {
      return "It has \(Self.rows(count)), but none with the same `\(name.text)` in all places"
    }
    return "It has \(Self.rows(count)), but none like this"
  }

  /// Where several constants stand together: the first that no row has, whatever the others are.
  private func relaxedFinding(about atom: Atom) -> String? {
    let constants = atom.arguments.indices.filter { atom.arguments[$0].constant != nil }
    guard constants.count > 1 else { return nil }
    for index in constants {
      var relaxed = atom
      for other in constants where other != index {
        relaxed.arguments[other] = .wildcard(atom.arguments[other].span)
      }
      if rowCount([.atom(relaxed)]) == 0 {
        return "There is no \(ASTPrinter.text(.atom(relaxed)))"
      }
    }
    return nil
  }

  private func rowCount(_ conditions: [Formula]) -> Int { count(conditions) ?? 0 }

  /// What the rules of an empty relation come to.
  private func rulesFindings(_ atom: Atom, depth: Int) -> [String] {
    let environment = session.environment(terms: session.termSpace())
    guard
      let resolved = environment.resolve(atom, unit: unit)
    else { return [] }
    let rules = environment.rules[Environment.ruleKey(resolved)] ?? []
    guard !rules.isEmpty else { return ["There is no \(atom.name.text) at all"] }
    guard depth < 3 else { return [] }
    for rule in rules {
      guard let body = rule.clause.body, let alternatives = Alternatives.of(body, limit: 4) else {
        continue
      }
      for conditions in alternatives {
        let progress = progress(of: conditions)
        guard let failing = progress.failing else { continue }
        let chain = zip(progress.held + [failing], progress.counts).map {
          "\(ASTPrinter.text($0)) \($1)"
        }.joined(separator: " → ")
        let place = session.sources.place(rule.clause.span)
        return ["Its rule at \(place): \(chain)"]
          + findings(about: failing, after: progress.held, depth: depth + 1)
      }
    }
    return []
  }

  private func findings(about path: PathAtom, after held: [Formula]) -> [String] {
    for (index, argument) in path.arguments.enumerated() {
      guard let value = argument.constant else { continue }
      var others = path.arguments
      others.remove(at: index)
      if let finding = finding(
        value, argument.span, after: held,
        beside: others.compactMap { $0.constant?.literal }, isNode: true,
        substituted: { expression in
          var copy = path
          copy.arguments[index] = expression
          return .path(copy)
        })
      {
        return [finding]
      }
    }
    return []
  }

  private func isNodePlace(_ index: Int, of atom: Atom) -> Bool {
    let environment = session.environment(terms: session.termSpace())
    switch environment.resolve(atom, unit: unit) {
    case .label, .edgeType: return true
    case .builtin(let builtin): return builtin.columns[index].isNode
    case .declared, .defined, nil: return false
    }
  }

  /// What may stand in the place of a constant: the nearest name or value that has rows together with
  /// `others`, the constants that stand beside it.
  private func finding(
    _ value: Value, _ span: SourceSpan, after held: [Formula], beside others: [String],
    isNode: Bool, substituted: (Expression) -> Formula
  ) -> String? {
    let variable = Expression.variable(Identifier("value'", span))
    let possible = values(of: variable, held + [substituted(variable)])
    let literal = value.literal
    let lack =
      if !others.isEmpty {
        "With \(others.joined(separator: " and ")) there is no \(literal)"
      } else if !held.isEmpty {
        "\(literal) has none of these"
      } else {
        "\(literal) has none"
      }
    guard case .text(let wanted) = value else {
      return Self.nearestNumber(to: value, among: possible, lack: lack)
    }
    let isUnknown = isNode && session.graph.node(wanted) == nil
    let names = possible.map(\.description)
    if let nearest = nearest(to: wanted, among: names) {
      let rows = rowCount(held + [substituted(.text(nearest.name, span))])
      let shown = ASTPrinter.quotedText(nearest.shown)
      return "\(isUnknown ? "No such node" : lack); \(shown) has \(Self.rows(rows))"
    }
    if isUnknown {
      let others = session.graph.suggestions(for: wanted, limit: 1)
      return others.first.map { "No such node; the nearest is \(ASTPrinter.quotedText($0))" }
        ?? "No such node"
    }
    guard !names.isEmpty else { return nil }
    let examples = names.prefix(3).map(ASTPrinter.quotedText).joined(separator: ", ")
    let more = names.count > 3 ? " and \(names.count - 3) more" : ""
    return "\(lack); there \(names.count == 1 ? "is" : "are") \(examples)\(more)"
  }

  /// The nearest of some names, by itself or by an alias of its node.
  private func nearest(to wanted: String, among names: [String]) -> (name: String, shown: String)? {
    if let name = NameSuggestions.nearest(to: wanted, among: names, limit: 1).first {
      return (name, name)
    }
    let possible = Set(names)
    var nodes: [String: String] = [:]
    for alias in session.graph.aliases where possible.contains(alias.node) {
      nodes[alias.alias] = alias.node
    }
    guard
      let alias = NameSuggestions.nearest(to: wanted, among: nodes.keys.sorted(), limit: 1).first,
      let node = nodes[alias]
    else { return nil }
    return (node, alias)
  }

  private func findings(about comparison: Comparison, after held: [Formula]) -> [String] {
    let sides = [(comparison.left, comparison.right), (comparison.right, comparison.left)]
    for (side, other) in sides where side.constant == nil {
      if VariableNames.hasAggregate(side) {
        let variable = Expression.variable(Identifier("value'", side.span))
        let found = values(
          of: variable,
          held + [
            .comparison(
              Comparison(relation: .equal, left: variable, right: side, span: side.span))
          ])
        guard let least = found.min(), let most = found.max() else { continue }
        return least == most
          ? ["The \(Self.aggregateName(side)) is \(least.literal)"]
          : ["The \(Self.aggregateName(side)) goes from \(least.literal) to \(most.literal)"]
      }
      guard !held.isEmpty else { continue }
      let found = values(of: side, held)
      guard let first = found.first else { continue }
      let name = ASTPrinter.text(side)
      if let wanted = other.constant {
        if comparison.relation == .equal, case .text(let text) = wanted {
          guard let nearest = nearest(to: text, among: found.map(\.description)) else { return [] }
          return ["The nearest `\(name)` is \(ASTPrinter.quotedText(nearest.shown))"]
        }
        if comparison.relation == .equal {
          return Self.nearestNumber(to: wanted, among: found, lack: "\(wanted.literal) has none")
            .map { [$0] } ?? []
        }
      }
      guard let least = found.min(), let most = found.max() else { continue }
      if found.count == 1 { return ["`\(name)` is \(first.literal)"] }
      return ["`\(name)` goes from \(least.literal) to \(most.literal)"]
    }
    return []
  }

  private static func aggregateName(_ expression: Expression) -> String {
    if case .aggregate(let aggregate) = expression { return aggregate.function.rawValue }
    return "value of \(ASTPrinter.text(expression))"
  }

  private static func nearestNumber(to value: Value, among found: [Value], lack: String) -> String?
  {
    func number(_ value: Value) -> Double? {
      switch value {
      case .integer(let number): Double(number)
      case .unsigned(let number): Double(number)
      case .float(let number): number
      case .text, .boolean: nil
      }
    }
    guard let wanted = number(value) else {
      return found.isEmpty ? nil : "it is \(found.prefix(2).map(\.literal).joined(separator: ", "))"
    }
    let nearest = found.min {
      abs((number($0) ?? .infinity) - wanted) < abs((number($1) ?? .infinity) - wanted)
    }
    return nearest.map { "\(lack); the nearest is \($0.literal)" }
  }

  static func rows(_ count: Int) -> String { "\(count) \(count == 1 ? "row" : "rows")" }
}
