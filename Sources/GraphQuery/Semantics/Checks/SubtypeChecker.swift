import GraphCore

/// Checks that values stay within the declared subtypes and unions of the attributes they pass
/// through.
///
/// Lowering knows only what the engine stores, so that two subtypes of one type are alike to it. Here
/// each variable has the types that the conditions binding it allow; where nothing remains, and where
/// a head takes less than what remains, there is a mistake. A negated condition may take less.
struct SubtypeChecker {
  private let environment: Environment
  private let unit: Int
  /// What is known of each variable; a variable that is absent may have any type.
  private var types: [String: [TypeID]] = [:]
  /// Where a variable got its types last, for the report.
  private var places: [String: SourceSpan] = [:]
  /// Variables that no type is left for, each reported once.
  private var impossible: Set<String> = []
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
      }
    } while hasChanged
    guard diagnostics.isEmpty else { return }
    for head in heads { demand(head) }
  }

  private func attributeTypes(_ atom: Atom) -> [TypeID]? {
    guard
      case .declared(let declaration)? = environment.resolve(
        atom.name.text, positional: atom.arguments.count, unit: unit),
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
      guard comparison.relation == .equal else { return }
      equate(comparison.left, comparison.right)
    case .conjunction(let parts): for part in parts { learn(part) }
    case .path, .textTest, .boolean, .negation, .disjunction: break
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

  private mutating func equate(_ left: Expression, _ right: Expression) {
    switch (left, right) {
    case (.variable(let first), .variable(let second)):
      if let known = types[first.text] { narrow(second, to: known, at: second.span) }
      if let known = types[second.text] { narrow(first, to: known, at: first.span) }
    case (.variable(let name), let other), (let other, .variable(let name)):
      switch other {
      case .record, .branch:
        if case .branch(let branch, _, _) = other, let place = table.branches[branch.text] {
          narrow(name, to: [place.type], at: branch.span)
        }
        guard let known = types[name.text], known.count == 1 else { return }
        learn(other, is: known[0])
      case .cast(_, let type, let span):
        if let type = table.lookup(type.text) { narrow(name, to: [type], at: span) }
      case .aggregate(let aggregate) where aggregate.function == .min || aggregate.function == .max:
        if let target = aggregate.target { equate(.variable(name), target) }
      default: break
      }
    default: break
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
    var remaining: [TypeID] = []
    for first in known {
      for second in allowed {
        for type in table.common(first, second) where !remaining.contains(type) {
          remaining.append(type)
        }
      }
    }
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
          help: "convert it with `as(\(written), …)` where both are texts or numbers of one kind"))
      return
    }
    if Set(remaining) != Set(known) {
      types[name.text] = remaining
      places[name.text] = span
      hasChanged = true
    }
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
