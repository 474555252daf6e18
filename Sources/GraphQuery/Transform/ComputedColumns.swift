import GraphCore

/// Makes values that are computed from one row into columns, so that others can be found by them.
///
/// ```
/// uses(i, v) :- expr(i, $Add(l, r)), uses(l, v).                       before
/// near(a, b) :- at(a, x), at(b, y), x / 10 = y / 10.
///
/// uses(i, v) :- expr computed(i, l), uses(l, v).                       after
/// expr computed(i, l) :- expr(i, e), tag(e) = 0, l = field(e, 1).
/// near(a, b) :- at(a, x), h = x / 10, at computed(b, h).
/// at computed(b, h) :- at(b, y), h = y / 10.
/// ```
///
/// A recursion would go through all of `expr` in each of its rounds, since a record says nothing of where the
/// one with a given field is; and two conditions that only a computation ties together would meet row by row.
/// With the field in a column they are joined by an index, or composed like any other relation of two columns.
/// Where other variables lead from the one to the other already, nothing is changed. Terms of sums are separated
/// for this (`SeparatedEquation`); each of three conditions or more gets a column of its own, so that any two of them may lead to the third.
///
/// Only relations that are complete before the rule's recursion begins get such columns, and only by
/// computations that cannot fail, since they are made for rows that the rule may never reach. Each costs one
/// look through its relation.
struct ComputedColumns {
  private var program: CoreProgram
  private let component: [Int]
  /// Whether rules fill the relations that get columns.
  private let isDerived: Bool
  private let heads: Set<Int>

  /// Rewrites the conditions on relations that have rules, or on those that have none. O(rules).
  static func apply(to program: inout CoreProgram, derived: Bool) {
    let candidates = program.rules.indices.filter { mayApply(to: program.rules[$0]) }
    if candidates.isEmpty { return }
    var pass = ComputedColumns(program, derived)
    for index in candidates {
      while let rewritten = pass.rewritten(pass.program.rules[index]) {
        pass.program.rules[index] = rewritten
      }
    }
    program = pass.program
  }

  private init(_ program: CoreProgram, _ derived: Bool) {
    self.program = program
    isDerived = derived
    heads = Set(program.rules.map(\.head.index))
    component = DemandedAggregates.components(of: program)
  }

  /// Whether a rule joins, and computes something to compare it. The places of its literals, or the order of
  /// their rows, must have no meaning.
  private static func mayApply(to rule: CoreRule) -> Bool {
    guard rule.body.contains(where: { $0.computation != nil }), !rule.isDominance,
      rule.demandLiteral == nil, !rule.countsRows
    else { return false }
    return rule.body.count { $0.positiveAtom != nil } > 1
  }

  /// The rule with one more of its relations in place of another that has computed columns.
  private mutating func rewritten(_ rule: CoreRule) -> CoreRule? {
    for position in rule.body.indices {
      guard let atom = rule.body[position].positiveAtom, mayExtend(atom, in: rule) else { continue }
      if let rule = joined(rule, at: position, atom) { return rule }
      if let rule = equated(rule, at: position, atom) { return rule }
    }
    return nil
  }

  private func mayExtend(_ atom: CoreAtom, in rule: CoreRule) -> Bool {
    atom.relation.index < component.count && heads.contains(atom.relation.index) == isDerived
      && component[atom.relation.index] != component[rule.head.index]
  }

  private func isRecursive(_ literal: CoreLiteral, in rule: CoreRule) -> Bool {
    guard let id = literal.positiveAtom?.relation, id.index < component.count else { return false }
    return component[id.index] == component[rule.head.index]
  }

  // MARK: Values that a recursion looks for

  /// Moves what is computed from an atom of a recursive rule into a relation, if that is what ties it to the
  /// recursion.
  private mutating func joined(_ rule: CoreRule, at position: Int, _ atom: CoreAtom) -> CoreRule? {
    guard rule.body.contains(where: { isRecursive($0, in: rule) }) else { return nil }
    var known = atom.variables
    var moved: [Int] = []
    var changed = true
    while changed {
      changed = false
      for place in rule.body.indices where !moved.contains(place) {
        guard case .comparison(let relation, let left, let right, _) = rule.body[place],
          left.isTotal, right.isTotal
        else { continue }
        if rule.body[place].variables.isSubset(of: known) {
          moved.append(place)
        } else if relation == .equal, let variable = rule.body[place].computed(from: known) {
          known.insert(variable)
          moved.append(place)
          changed = true
        }
      }
    }
    let computed = known.subtracting(atom.variables)
    let isJoined = rule.body.indices.contains { place in
      guard place != position, let atom = rule.body[place].positiveAtom else { return false }
      return !atom.variables.isDisjoint(with: computed)
    }
    guard isJoined,
      !tied(to: position, in: rule, without: moved).contains(where: {
        isRecursive(rule.body[$0], in: rule)
      })
    else { return nil }
    return extending(rule, at: position, with: moved.sorted())
  }

  /// The literals that are found from one by equal values, some left out.
  private func tied(to position: Int, in rule: CoreRule, without left: [Int]) -> Set<Int> {
    var reached = rule.body[position].variables
    var result: Set<Int> = [position]
    var changed = true
    while changed {
      changed = false
      for place in rule.body.indices where !result.contains(place) && !left.contains(place) {
        switch rule.body[place] {
        case .atom, .aggregate: break
        case .comparison(.equal, let left, let right, _):
          // What several unknown conditions are computed to together leads to none of them.
          if left.hasCall && right.hasCall || !isOneCondition(of: rule.body[place], reached, rule) {
            continue
          }
        case .negated, .comparison, .test, .range, .never: continue
        }
        let variables = rule.body[place].variables
        guard !variables.isDisjoint(with: reached) else { continue }
        result.insert(place)
        reached.formUnion(variables)
        changed = true
      }
    }
    return result
  }

  /// Whether the variables of a literal that are not known come from one condition.
  private func isOneCondition(of literal: CoreLiteral, _ known: Set<Int>, _ rule: CoreRule) -> Bool
  {
    let unknown = literal.variables.subtracting(known)
    return unknown.count < 2
      || rule.body.contains { $0.positiveAtom.map { unknown.isSubset(of: $0.variables) } ?? false }
  }

  // MARK: Values that are equal by computation

  /// Gives an atom the values that are equal to what is computed from an atom that nothing else ties to it.
  private mutating func equated(_ rule: CoreRule, at position: Int, _ atom: CoreAtom) -> CoreRule? {
    var result = rule
    var tied: Set<Int>?
    for place in rule.body.indices {
      guard case .comparison(.equal, let left, let right, let span) = rule.body[place],
        left.isTotal, right.isTotal,
        let equation = SeparatedEquation(left, right, span, of: atom.variables, in: program),
        program.type(equation.slot) != .float
      else { continue }
      let reached = tied ?? self.tied(to: position, in: rule, without: [])
      tied = reached
      guard leadsApart(equation.other, from: reached, in: rule) else { continue }
      let value = result.addVariable(equation.slot, at: equation.span)
      result.body[place] = .comparison(.equal, .variable(value), equation.other, span)
      result.body.append(.comparison(.equal, .variable(value), equation.own, span))
    }
    let added = result.body.indices.dropFirst(rule.body.count)
    return added.isEmpty ? nil : extending(result, at: position, with: Array(added))
  }

  /// Whether the variables of an expression come from conditions, none of them among some.
  private func leadsApart(_ other: CoreExpression, from tied: Set<Int>, in rule: CoreRule) -> Bool {
    var unknown = other.variables
    for place in rule.body.indices where !tied.contains(place) {
      if let far = rule.body[place].positiveAtom { unknown.subtract(far.variables) }
    }
    return unknown.isEmpty
  }

  // MARK: The relation

  /// Puts an atom and the literals at some places into a rule of their own, and reads what that makes.
  private mutating func extending(_ rule: CoreRule, at position: Int, with moved: [Int])
    -> CoreRule?
  {
    guard let atom = rule.body[position].positiveAtom else { return nil }
    let gone = Set(moved + [position])
    var inside = atom.variables
    for place in moved { inside.formUnion(rule.body[place].variables) }
    var needed: Set<Int> = []
    for term in rule.headTerms { term.forEachVariable { needed.insert($0) } }
    for place in rule.body.indices where !gone.contains(place) {
      needed.formUnion(rule.body[place].variables)
    }
    // An aggregate takes each binding of all its variables once.
    let kept = (rule.isAggregate ? inside : inside.intersection(needed)).sorted()
    guard !kept.isEmpty else { return nil }

    let columns = kept.map {
      let variable = rule.variables[$0]
      return CoreRelation.Column(
        name: variable.name, slot: variable.slot,
        computation: variable.isHidden ? variable.span : nil)
    }
    let id = program.addPart(.computed, of: atom.relation, columns: columns)
    program[id].isSelection = true
    var own = rule
    own.head = id
    own.headTerms = kept.map { .variable($0) }
    own.effect = .derive
    own.accumulates = false
    own.body = [rule.body[position]] + moved.map { rule.body[$0] }
    program.rules.append(own)

    var result = rule
    result.body[position] = .atom(
      CoreAtom(
        relation: id,
        arguments: kept.enumerated().map { CoreAtom.Argument(column: $0, value: .variable($1)) },
        span: atom.span))
    result.body = result.body.indices.filter { !moved.contains($0) }.map { result.body[$0] }
    return result
  }
}

extension CoreLiteral {
  /// The computation in an equation, if there is one.
  fileprivate var computation: CoreExpression? {
    guard case .comparison(.equal, let left, let right, _) = self else { return nil }
    return left.hasCall ? left : right.hasCall ? right : nil
  }

  /// The variable that an equation gives a value computed from some others.
  fileprivate func computed(from known: Set<Int>) -> Int? {
    guard case .comparison(.equal, let left, let right, _) = self else { return nil }
    for (side, other) in [(left, right), (right, left)] {
      if let variable = side.variable, !known.contains(variable), !other.variables.isEmpty,
        other.variables.isSubset(of: known)
      {
        return variable
      }
    }
    return nil
  }
}

extension CoreExpression {
  /// Whether the expression has a value whatever its variables are, and makes no new records.
  fileprivate var isTotal: Bool {
    guard case .call(let functor, let operands, _, _, _) = self else { return true }
    guard operands.allSatisfy(\.isTotal) else { return false }
    switch functor {
    case .add, .subtract, .multiply, .negate, .absolute, .least, .greatest, .bitwiseNot,
      .bitwiseAnd, .bitwiseOr, .bitwiseXor, .shiftLeft, .shiftRight, .shiftRightUnsigned,
      .logicalNot, .logicalAnd, .logicalOr, .logicalXor, .concatenate, .length, .substring,
      .ordinal, .toText, .field, .reinterpret:
      return true
    case .divide, .remainder:
      if case .constant(.integer(let divisor), _)? = operands.last { return divisor != 0 }
      return false
    case .power, .toNumber, .toUnsigned, .toFloat, .pack, .counter, .iteration: return false
    }
  }
}
