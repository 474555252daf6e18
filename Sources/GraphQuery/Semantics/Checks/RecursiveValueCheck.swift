import GraphCore

/// Checks that a recursion uses the values it is still improving only in ways that cannot turn back.
///
/// While `dist(y, min d + w) :- dist(x, d), road(x, y, w).` runs, `d` falls. The recursion has one
/// answer because a smaller `d` leads to a smaller `d + w`. It would have none, or one that depends on the
/// order of evaluation, if it also asked for `d > 5`, joined by `d`, or kept `d` in a row. So a value that
/// moves may stand
///
/// - in the value of a head, through functions that move it towards better values;
/// - at that side of `<`, `<=`, `>` or `>=` where moving makes the comparison hold.
///
/// This is the syntactic condition of monotone programs (Ross and Sagiv, "Monotonic aggregation in
/// deductive databases", 1992).
struct RecursiveValueCheck {
  private let program: CoreProgram
  private let component: [Int]
  private(set) var diagnostics: [Diagnostic] = []

  /// Which way a value goes while the recursion improves it.
  private enum Movement {
    case none, down, up
    /// One cannot tell.
    case unknown

    var reversed: Movement {
      switch self {
      case .down: .up
      case .up: .down
      case .none, .unknown: self
      }
    }

    func joined(_ other: Movement) -> Movement {
      if self == .none { return other }
      if other == .none || other == self { return self }
      return .unknown
    }
  }

  init(_ program: CoreProgram, _ strata: Strata) {
    self.program = program
    var component = Array(repeating: 0, count: program.relations.count)
    for (number, members) in strata.components.enumerated() {
      for member in members { component[member.index] = number }
    }
    self.component = component
    for rule in program.rules where !rule.isDominance { check(rule) }
  }

  private mutating func check(_ rule: CoreRule) {
    var moving: [Int: Movement] = [:]
    var source: CoreAtom?
    for literal in rule.body {
      guard case .atom(let atom) = literal,
        component[atom.relation.index] == component[rule.head.index],
        let lattice = program[atom.relation].lattice
      else { continue }
      source = source ?? atom
      let last = program[atom.relation].columns.count - 1
      guard let argument = atom.argument(last) else { continue }
      guard case .variable(let variable) = argument, moving[variable] == nil else {
        return report(rule, atom, nil, "is compared with a value", at: atom.span)
      }
      moving[variable] = lattice == .min ? .down : .up
    }
    guard let source else { return }
    if rule.accumulates {
      return report(rule, source, nil, "is what a sum or count ranges over", at: rule.span)
    }
    if moving.isEmpty { return }
    let defined = spread(&moving, rule)
    for (position, literal) in rule.body.enumerated() where !defined.contains(position) {
      if let use = misuse(literal, moving) {
        return report(rule, source, use.variable, use.text, at: literal.span)
      }
    }
    checkHead(rule, moving, source)
  }

  /// Gives variables that an equation defines by moving values their own movement; returns the places of
  /// those equations.
  private func spread(_ moving: inout [Int: Movement], _ rule: CoreRule) -> Set<Int> {
    var bound: Set<Int> = []
    for case .atom(let atom) in rule.body { bound.formUnion(atom.variables) }
    var defined: Set<Int> = []
    var changed = true
    while changed {
      changed = false
      for (position, literal) in rule.body.enumerated() where !defined.contains(position) {
        guard case .comparison(.equal, let left, let right, _) = literal else { continue }
        for (target, value) in [(left, right), (right, left)] {
          guard case .variable(let variable) = target, !bound.contains(variable),
            movement(value, moving) != .none
          else { continue }
          moving[variable] = movement(value, moving)
          bound.insert(variable)
          defined.insert(position)
          changed = true
          break
        }
      }
    }
    return defined
  }

  private func movement(_ expression: CoreExpression, _ moving: [Int: Movement]) -> Movement {
    switch expression {
    case .variable(let variable): return moving[variable] ?? .none
    case .constant: return .none
    case .call(let functor, let operands, _, let slot, _):
      let parts = operands.map { movement($0, moving) }
      if parts.allSatisfy({ $0 == .none }) { return .none }
      switch functor {
      case .add where program.type(slot).isNumeric: return parts[0].joined(parts[1])
      case .subtract: return parts[0].joined(parts[1].reversed)
      case .negate: return parts[0].reversed
      case .least, .greatest: return parts.reduce(.none) { $0.joined($1) }
      case .toFloat where program.type(slot).isNumeric,
        .toNumber where program.type(slot).isNumeric:
        return parts[0]
      case .multiply:
        let place = parts[0] == .none ? 1 : 0
        guard parts[1 - place] == .none, let sign = sign(operands[1 - place]) else {
          return .unknown
        }
        return sign < 0 ? parts[place].reversed : parts[place]
      case .divide:
        guard parts[1] == .none, let sign = sign(operands[1]) else { return .unknown }
        return sign < 0 ? parts[0].reversed : parts[0]
      default: return .unknown
      }
    }
  }

  /// The sign of a constant.
  private func sign(_ expression: CoreExpression) -> Int? {
    switch expression {
    case .constant(.integer(let bits), _): return Int64(bitPattern: bits) < 0 ? -1 : 1
    case .constant(.float(let value), _): return value < 0 ? -1 : 1
    case .call(.negate, let operands, _, _, _): return sign(operands[0]).map { -$0 }
    case .constant, .variable, .call: return nil
    }
  }

  // MARK: Uses

  /// How a condition uses a moving value, where it must not.
  private func misuse(_ literal: CoreLiteral, _ moving: [Int: Movement])
    -> (variable: Int?, text: String)?
  {
    let used = literal.variables.filter { moving[$0] ?? .none != .none }.sorted()
    guard let variable = used.first else { return nil }
    switch literal {
    case .atom(let atom):
      let last = program[atom.relation].columns.count - 1
      let isOwn = program[atom.relation].lattice != nil && atom.argument(last)?.variable == variable
      let places = atom.arguments.count { argument in
        argument.value.variable.map { used.contains($0) } ?? false
      }
      return isOwn && places == 1 ? nil : (variable, "is looked up")
    case .negated, .aggregate: return (variable, "is looked up")
    case .test, .range: return (variable, "is tested")
    case .never: return nil
    case .comparison(let relation, let left, let right, _):
      let (a, b) = (movement(left, moving), movement(right, moving))
      switch relation {
      case .equal, .notEqual: return (variable, "is compared by `\(relation.rawValue)`")
      case .less, .lessOrEqual:
        if a == .down || a == .none, b == .up || b == .none { return nil }
      case .greater, .greaterOrEqual:
        if a == .up || a == .none, b == .down || b == .none { return nil }
      }
      return (variable, "is compared by `\(relation.rawValue)`")
    }
  }

  private mutating func checkHead(_ rule: CoreRule, _ moving: [Int: Movement], _ source: CoreAtom) {
    let lattice = program[rule.head].lattice
    for (column, term) in rule.headTerms.enumerated() {
      let movement = movement(term, moving)
      if movement == .none { continue }
      let isValue = lattice != nil && column == rule.headTerms.count - 1
      if isValue && movement == (lattice == .min ? .down : .up) { continue }
      var variable: Int?
      term.forEachVariable { if moving[$0] ?? .none != .none { variable = variable ?? $0 } }
      let text =
        isValue
        ? "is turned into a value that need not become \(lattice == .min ? "smaller" : "greater")"
        : "is kept in a row of `\(program[rule.head].name)`"
      return report(rule, source, variable, text, at: source.span)
    }
  }

  // MARK: Reports

  private mutating func report(
    _ rule: CoreRule, _ source: CoreAtom, _ variable: Int?, _ use: String, at span: SourceSpan
  ) {
    let relation = program[source.relation]
    let lowered = relation.lattice == .min ? "lowering" : "raising"
    let shown = variable.flatMap { rule.variables[$0].isHidden ? nil : rule.variables[$0].name }
    let subject =
      shown.map { "`\($0)`, which the recursion is still \(lowered)," }
      ?? "a value of `\(relation.name)` that the recursion is still \(lowered)"
    let cycle = cycle(from: source.relation, to: rule.head)
    diagnostics.append(
      Diagnostic(
        .invalidRecursion, "\(subject) \(use)", at: span,
        labels: source.span == span
          ? [] : [Diagnostic.Label(span: source.span, text: "it comes from here")],
        notes: cycle.isEmpty ? [] : ["the cycle is \(cycle)"],
        help:
          "use it after the recursion, in rules that do not lead back to `\(relation.name)`; inside, "
          + "a \(relation.lattice == .min ? "minimum" : "maximum or growing sum") may be passed on by "
          + "`+`, `min`, `max` and compared by "
          + "`\(relation.lattice == .min ? "<` or `<=" : ">` or `>=")`"))
  }

  /// The way from a relation to a rule's head and back, as names.
  private func cycle(from start: RelationID, to end: RelationID) -> String {
    var previous: [Int: Int] = [:]
    var queue = [end.index]
    var place = 0
    while place < queue.count, previous[start.index] == nil {
      let node = queue[place]
      place += 1
      for rule in program.rules where rule.body.contains(where: { $0.relation?.index == node }) {
        let head = rule.head.index
        guard component[head] == component[end.index], previous[head] == nil else { continue }
        previous[head] = node
        queue.append(head)
      }
    }
    var path = [start.index]
    var node = start.index
    while let before = previous[node] {
      path.append(before)
      node = before
      if node == end.index { break }
    }
    // The walk went back from the start; the rule itself leads from the start to the head.
    let names = ([start.index] + path.reversed()).filter { !program.relations[$0].isAuxiliary }
      .map { program.relations[$0].name }
    var shown: [String] = []
    for name in names where shown.last != name { shown.append(name) }
    if shown.count == 1 { shown.append(shown[0]) }
    return shown.joined(separator: " → ")
  }
}
