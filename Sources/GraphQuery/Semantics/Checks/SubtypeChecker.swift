import GraphCore

/// Checks that values stay within the declared subtypes and unions of the attributes they pass
/// through.
///
/// Lowering knows only what the engine stores, so that two subtypes of one type are alike to it. Here
/// each variable has the types that the conditions binding it allow, and those of the fields of records
/// that it stands in, as in Soufflé; where nothing remains, and where a head takes less than what
/// remains, there is a mistake. A negated condition may take less.
struct SubtypeChecker {
  private let environment: Environment
  private let unit: Int
  /// What is known of each variable; a variable that is absent may have any type.
  private var types: [String: [TypeID]] = [:]
  /// Where a variable got its types last, for the report.
  private var places: [String: SourceSpan] = [:]
  /// Variables that no type is left for, each reported once.
  private var impossible: Set<String> = []
  /// Comparisons that were reported.
  private var refused: Set<SourceSpan> = []
  private(set) var diagnostics: [Diagnostic] = []
  private var hasChanged = false

  init(environment: Environment, unit: Int) {
    self.environment = environment
    self.unit = unit
  }

  private var table: TypeTable { environment.types }

  mutating func check(heads: [Atom], conditions: [Formula]) {
    repeat {
      hasChanged = false
      for condition in conditions { learn(condition) }
      for head in heads {
        for argument in head.arguments { learnAggregates(argument) }
        for (argument, type) in zip(head.arguments, attributeTypes(head) ?? []) {
          forEachField(of: argument, type) { checker, field, type in
            checker.learn(field, is: type)
          }
        }
      }
    } while hasChanged
    guard diagnostics.isEmpty else { return }
    for head in heads { demand(head) }
  }

  private func attributeTypes(_ atom: Atom) -> [TypeID]? {
    guard
      case .declared(let declaration)? = environment.resolve(atom, unit: unit),
      declaration.attributeTypes.count >= atom.arguments.count
    else { return nil }
    return declaration.attributeTypes
  }

  // MARK: Learning

  private mutating func learn(_ condition: Formula) {
    switch condition {
    case .atom(let atom):
      for argument in atom.arguments { learnAggregates(argument) }
      guard let attributes = attributeTypes(atom) else { return }
      for (argument, type) in zip(atom.arguments, attributes) { learn(argument, is: type) }
    case .comparison(let comparison):
      learnAggregates(comparison.left)
      learnAggregates(comparison.right)
      relate(comparison.left, comparison.right, at: comparison.span)
    case .textTest(let test), .negation(.textTest(let test), _):
      relate(test.first, test.second, at: test.span)
    case .conjunction(let parts): for part in parts { learn(part) }
    case .path, .boolean, .negation, .disjunction: break
    }
  }

  /// What stands where a value of a type is.
  private mutating func learn(_ expression: Expression, is type: TypeID) {
    switch expression {
    case .variable(let name): narrow(name, to: [type], at: name.span)
    case .record, .branch:
      forEachField(of: expression, type) { checker, field, type in checker.learn(field, is: type) }
    default: break
    }
  }

  /// What is compared, in whatever way, are values of one type: each side has the types that the
  /// other has.
  private mutating func relate(_ left: Expression, _ right: Expression, at span: SourceSpan) {
    if let first = known(left), let second = known(right), common(first, second).isEmpty {
      guard refused.insert(span).inserted else { return }
      diagnostics.append(
        Diagnostic(
          .typeMismatch,
          "\(describe(first)) is compared with \(describe(second)), but no value is both", at: span,
          labels: label(left, first) + label(right, second), help: Self.conversionHelp))
      return
    }
    if let known = known(right) { restrict(left, to: known, at: right.span) }
    if let known = known(left) { restrict(right, to: known, at: left.span) }
  }

  private static let conversionHelp =
    "where both are texts or numbers of one kind, say so with `as(…, T)`"

  /// Where a variable got its types.
  private func label(_ expression: Expression, _ types: [TypeID]) -> [Diagnostic.Label] {
    guard case .variable(let name) = expression, let place = places[name.text] else { return [] }
    return [
      .init(span: place, text: "`\(AggregateScoping.written(name.text))` is \(describe(types))")
    ]
  }

  /// The types that an expression has by what it is, and its variables by what is known.
  private func known(_ expression: Expression) -> [TypeID]? {
    switch expression {
    case .variable(let name): types[name.text]
    case .branch(let name, _, _): table.branches[name.text].map { [$0.type] }
    case .cast(_, let name, _): table.lookup(name.text).map { [$0] }
    case .aggregate(let aggregate): Self.valueTarget(aggregate).flatMap { known($0) }
    case .wildcard, .text, .integer, .float, .boolean, .null, .record, .parameter, .counter,
      .iteration, .unary, .binary, .call, .userFunctor:
      nil
    }
  }

  private mutating func restrict(
    _ expression: Expression, to allowed: [TypeID], at span: SourceSpan
  ) {
    switch expression {
    case .variable(let name): narrow(name, to: allowed, at: span)
    case .record, .branch: if allowed.count == 1 { learn(expression, is: allowed[0]) }
    case .aggregate(let aggregate):
      if let target = Self.valueTarget(aggregate) { restrict(target, to: allowed, at: span) }
    default: break
    }
  }

  /// The target of an aggregate whose result is of the same type.
  private static func valueTarget(_ aggregate: Aggregate) -> Expression? {
    switch aggregate.function {
    case .min, .max, .sum: aggregate.target
    case .count, .mean: nil
    }
  }

  private mutating func learnAggregates(_ expression: Expression) {
    switch expression {
    case .aggregate(let aggregate): learn(aggregate.body)
    case .record(let parts, _), .branch(_, let parts, _), .call(_, let parts, _),
      .userFunctor(_, let parts, _):
      for part in parts { learnAggregates(part) }
    case .unary(_, let operand, _), .cast(let operand, _, _): learnAggregates(operand)
    case .binary(_, let left, let right, _):
      learnAggregates(left)
      learnAggregates(right)
    case .variable, .wildcard, .text, .integer, .float, .boolean, .null, .counter, .iteration,
      .parameter:
      break
    }
  }

  private mutating func narrow(_ name: Identifier, to allowed: [TypeID], at span: SourceSpan) {
    guard let known = types[name.text] else {
      types[name.text] = allowed
      places[name.text] = span
      hasChanged = true
      return
    }
    let remaining = common(known, allowed)
    if remaining.isEmpty {
      guard impossible.insert(name.text).inserted else { return }
      let written = AggregateScoping.written(name.text)
      diagnostics.append(
        Diagnostic(
          .typeMismatch,
          "`\(written)` is \(describe(known)) in one place and \(describe(allowed)) in another, "
            + "but no value is both", at: span,
          labels: places[name.text].map { [.init(span: $0, text: "\(describe(known)) here")] }
            ?? [],
          help: Self.conversionHelp))
      return
    }
    if Set(remaining) != Set(known) {
      types[name.text] = remaining
      places[name.text] = span
      hasChanged = true
    }
  }

  /// The types whose values are of a type of each list.
  private func common(_ first: [TypeID], _ second: [TypeID]) -> [TypeID] {
    var result: [TypeID] = []
    for left in first {
      for right in second {
        for type in table.common(left, right) where !result.contains(type) { result.append(type) }
      }
    }
    return result
  }

  private func describe(_ types: [TypeID]) -> String {
    types.map { "`\(table[$0].name)`" }.joined(separator: " or ")
  }

  private mutating func forEachField(
    of expression: Expression, _ type: TypeID,
    _ visit: (inout SubtypeChecker, Expression, TypeID) -> Void
  ) {
    switch expression {
    case .record(let parts, _):
      guard case .record(let fields) = table[type].kind, fields.count == parts.count else { return }
      for (part, field) in zip(parts, fields) { visit(&self, part, field) }
    case .branch(let name, let parts, _):
      guard let place = table.branches[name.text],
        case .variants(let branches) = table[place.type].kind, place.tag < branches.count,
        branches[place.tag].count == parts.count
      else { return }
      for (part, field) in zip(parts, branches[place.tag]) { visit(&self, part, field) }
    default: break
    }
  }

  // MARK: Demands

  private mutating func demand(_ atom: Atom) {
    guard let attributes = attributeTypes(atom) else { return }
    for (index, (argument, type)) in zip(atom.arguments, attributes).enumerated() {
      demand(argument, type, "argument \(index + 1) of `\(atom.name.text)`")
    }
  }

  private mutating func demand(_ expression: Expression, _ type: TypeID, _ place: String) {
    switch expression {
    case .variable(let name):
      guard let known = types[name.text] else { return }
      require(known, type, "`\(AggregateScoping.written(name.text))`", place, at: name.span)
    case .cast(_, let name, let span):
      guard let target = table.lookup(name.text) else { return }
      require([target], type, "this", place, at: span)
    case .record, .branch:
      forEachField(of: expression, type) { checker, field, type in
        checker.demand(field, type, "a field of \(place)")
      }
    default: break
    }
  }

  private mutating func require(
    _ known: [TypeID], _ type: TypeID, _ what: String, _ place: String, at span: SourceSpan
  ) {
    guard let wrong = known.first(where: { !table.isSubtype($0, of: type) }) else { return }
    diagnostics.append(
      Diagnostic(
        .typeMismatch,
        "\(place) is `\(table[type].name)`, but \(what) is `\(table[wrong].name)`, which may hold "
          + "other values", at: span,
        help: "write `as(…, \(table[type].name))` if every value fits"))
  }
}
