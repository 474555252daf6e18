import GraphCore

/// Chooses the order in which a rule's conditions are looked at.
///
/// Each atom in turn is tried as the first one, and where there is but one, the groups of an aggregate as well; from there on the condition that leaves the fewest rows comes
/// next, and filters come as soon as their variables have values. Where that is a condition of which nothing is
/// known yet, though others are tied to what is, these are tried first as well. Of these orders the one with
/// the least estimated work is taken, so the order of writing makes no difference beyond ties.
final class JoinOrder {
  let planner: Planner
  let rule: CoreRule
  let deltaLiteral: Int?
  let recursive: Set<RelationID>
  /// The head's variables, where reaching them early saves work.
  let headVariables: VariableSet
  /// The variables of each condition.
  private let variables: [VariableSet]

  init(
    planner: Planner, rule: CoreRule, deltaLiteral: Int?, recursive: Set<RelationID>,
    headVariables: VariableSet
  ) {
    self.planner = planner
    self.rule = rule
    self.deltaLiteral = deltaLiteral
    self.recursive = recursive
    self.headVariables = headVariables
    variables = rule.body.map(\.variableSet)
  }

  /// Conditions in their order, with the estimated number of rows after each.
  typealias Order = [(literal: Int, rows: Double)]

  private struct State {
    var bound: VariableSet = []
    var rows = 1.0
    var cost = 0.0
    var order: Order = []
    var remaining: [Int]
    /// Whether a condition of which nothing was known came before one that was tied to what is.
    var leaps = false
  }

  /// A sample tells no smaller differences from chance; then what comes first by rows, and as it is written, stays.
  private static let clearlyLess = 0.9

  /// How many atoms are tried as the first one: the fewer, the more there are, since an order is made
  /// for each and takes time by the square of their number.
  private static func startLimit(of atoms: Int) -> Int { max(1, min(8, 512 / atoms)) }

  /// O(atoms² · starts).
  func best() -> Order {
    var start = State(remaining: Array(rule.body.indices))
    addFilters(&start)
    let starts = firstAtoms(start)
    // With one atom alone, the groups of aggregates may come before it.
    var best = starts.count < 2 ? cheapest(from: start) : nil
    for first in starts where best?.order.first?.literal != first {
      var state = start
      add(first, &state)
      state = cheapest(from: state)
      if state.cost < Self.clearlyLess * (best?.cost ?? .infinity) { best = state }
    }
    return (best ?? cheapest(from: start)).order
  }

  private func cheapest(from start: State) -> State {
    let greedy = finish(start, tiedFirst: false)
    guard greedy.leaps else { return greedy }
    let tied = finish(start, tiedFirst: true)
    return tied.cost < greedy.cost ? tied : greedy
  }

  private func firstAtoms(_ state: State) -> [Int] {
    let atoms = state.remaining.filter {
      if case .atom = rule.body[$0] { true } else { false }
    }
    if atoms.count < 2 { return atoms }
    let sorted = atoms.map { (literal: $0, rows: fanOut($0, state)) }
      .sorted { ($0.rows, $0.literal) < ($1.rows, $1.literal) }
    var starts = sorted.prefix(Self.startLimit(of: atoms.count)).map(\.literal)
    if let deltaLiteral, !starts.contains(deltaLiteral), state.remaining.contains(deltaLiteral) {
      starts.append(deltaLiteral)
    }
    return starts
  }

  private func finish(_ initial: State, tiedFirst: Bool) -> State {
    var state = initial
    addFilters(&state)
    while !state.remaining.isEmpty {
      var best = state.remaining[0]
      var bestRows = Double.infinity
      let hasTied = !state.bound.isEmpty && state.remaining.contains { isTied($0, state) }
      for literal in state.remaining where state.remaining.count > 1 {
        if tiedFirst && hasTied && !isTied(literal, state) { continue }
        // Once the head is known, what is derived already needs no further conditions.
        let rows = fanOut(literal, state) * (bindsHead(literal, state) ? 0.7 : 1)
        if rows < bestRows { (best, bestRows) = (literal, rows) }
      }
      if hasTied && !isTied(best, state) { state.leaps = true }
      add(best, &state)
      addFilters(&state)
    }
    return state
  }

  /// Whether one of an atom's variables has a value.
  private func isTied(_ literal: Int, _ state: State) -> Bool {
    guard case .atom(let atom) = rule.body[literal] else { return false }
    return atom.arguments.contains { argument in
      argument.value.variable.map { state.bound.contains($0) } ?? false
    }
  }

  private func bindsHead(_ literal: Int, _ state: State) -> Bool {
    variables[literal].subtracting(state.bound).intersects(headVariables)
  }

  /// Filters and computations whose inputs are bound are never worth postponing.
  private func addFilters(_ state: inout State) {
    while let place = state.remaining.firstIndex(where: { isFilter($0, state.bound) }) {
      let literal = state.remaining.remove(at: place)
      state.cost += state.rows + preparation(literal, state)
      state.rows *= share(ofFilter: literal, state)
      state.bound.formUnion(variables[literal])
      state.order.append((literal, state.rows))
    }
  }

  private func isFilter(_ literal: Int, _ bound: VariableSet) -> Bool {
    func isBound(_ argument: CoreAtom.Argument) -> Bool {
      if case .variable(let variable) = argument.value { bound.contains(variable) } else { true }
    }
    switch rule.body[literal] {
    case .never: return true
    case .negated(let atom), .atom(let atom): return atom.arguments.allSatisfy(isBound)
    case .aggregate(let atom, let isTotal):
      return isTotal && atom.arguments.dropLast().allSatisfy(isBound)
    case .comparison(let relation, let left, let right, _):
      let (isLeft, isRight) = (
        Groundedness.isBound(left, bound), Groundedness.isBound(right, bound)
      )
      if isLeft && isRight { return true }
      return relation == .equal
        && SolvedEquation.isSolvable(left, right, bound: bound, in: planner.program)
    case .test(_, let left, let right, _, _):
      return Groundedness.isBound(left, bound) && Groundedness.isBound(right, bound)
    case .range: return false
    }
  }

  /// The share of rows that a filter is expected to leave.
  private func share(ofFilter literal: Int, _ state: State) -> Double {
    switch rule.body[literal] {
    case .never: return 0
    case .atom: return min(fanOut(literal, state), 1)
    case .negated, .test: return 0.5
    case .aggregate: return 1
    case .comparison(.equal, let left, let right, _):
      let isTest =
        Groundedness.isBound(left, state.bound) && Groundedness.isBound(right, state.bound)
      return isTest ? 0.1 : 1
    case .comparison(.notEqual, _, _, _): return 0.95
    case .comparison: return 0.4
    case .range: return 1
    }
  }

  /// Adds a condition that brings new rows, and with it those that narrow down the same variable.
  private func add(_ literal: Int, _ state: inout State) {
    var fanOut = fanOut(literal, state)
    var work = fanOut
    var taken = [literal]
    if let first = planner.neighbours(rule.body[literal], state.bound, recursive) {
      for other in state.remaining where other != literal {
        guard
          let next = planner.neighbours(rule.body[other], state.bound, recursive),
          next.variable == first.variable
        else { continue }
        let otherFanOut = self.fanOut(other, state)
        let relation = planner.relations[next.neighbours.relation]
        let members = relation.distinctCount(1 - next.neighbours.nearColumn)
        work = min(work, otherFanOut)
        fanOut *= min(otherFanOut / max(members, 1), 1)
        taken.append(other)
      }
    }
    for other in taken { state.cost += preparation(other, state) }
    if taken.count == 1 { work *= share(betweenBounds: literal, state) }
    state.cost += state.rows * (1 + (taken.count == 1 ? work : max(work, fanOut)))
    state.rows *= fanOut
    state.remaining.removeAll { taken.contains($0) }
    for literal in taken {
      state.bound.formUnion(variables[literal])
      state.order.append((literal, state.rows))
    }
  }

  /// The expected number of matches of a condition per row so far; infinite where it cannot come yet.
  private func fanOut(_ literal: Int, _ state: State) -> Double {
    switch rule.body[literal] {
    case .atom(let atom):
      let matches = planner.matches(atom, rows: visibleRows(atom, literal), bound: state.bound)
      return matches * combination(atom, state)
    case .aggregate(let atom, let isTotal):
      // A group without a row has the value zero, which no scan of the groups would find.
      if isTotal && !atom.arguments.dropLast().allSatisfy({ isBound($0, state.bound) }) {
        return .infinity
      }
      let rows = Double(planner.relations[atom.relation.index].visible)
      return planner.matches(atom, rows: rows, bound: state.bound)
    case .range(_, let from, let to, let step, _):
      let isReady =
        Groundedness.isBound(from, state.bound) && Groundedness.isBound(to, state.bound)
        && (step.map { Groundedness.isBound($0, state.bound) } ?? true)
      guard isReady else { return .infinity }
      return CoreExpression.count(from: from, to: to, step: step) ?? 100
    case .negated, .comparison, .test, .never:
      // Not ready yet: anything that binds more comes first.
      return .infinity
    }
  }

  /// The share of the matches of an atom that are looked at where comparisons bound one of its new values: rows
  /// in order are begun and ended with these. What they leave is left out when the comparisons come.
  private func share(betweenBounds literal: Int, _ state: State) -> Double {
    guard planner.options.contains(.ranges), case .atom(let atom) = rule.body[literal],
      !recursive.contains(atom.relation)
    else { return 1 }
    if let pairs = planner.boundedPairs(
      atom, rule, state.bound, among: state.remaining, recursive)
    {
      // Each near value is looked at besides.
      let relation = planner.relations[atom.relation.index]
      let values = relation.distinctCount(pairs.nearColumn) / Double(max(relation.visible, 1))
      let known = share(of: pairs.near, state)
      return min(known * (values + Self.share(pairs.comparisons.flatMap(\.bounds))), 1)
    }
    return atom.arguments.reduce(1) { least, argument in
      argument.value.variable.map { min(least, share(of: $0, state)) } ?? least
    }
  }

  /// The share of a new variable's values that comparisons with known ones leave.
  private func share(of variable: Int, _ state: State) -> Double {
    if state.bound.contains(variable) { return 1 }
    var relations: [Comparison.Operator] = []
    for other in state.remaining {
      guard case .comparison(let relation, let left, let right, _) = rule.body[other] else {
        continue
      }
      for (side, relation, known) in [(left, relation, right), (right, relation.flipped, left)]
      where side.variable == variable && Groundedness.isBound(known, state.bound) {
        relations.append(relation)
      }
    }
    return Self.share(relations.filter { $0 != .equal })
  }

  private static func share(_ relations: [Comparison.Operator]) -> Double {
    var sides = (below: false, above: false)
    for relation in relations {
      switch relation {
      case .less, .lessOrEqual: sides.above = true
      case .greater, .greaterOrEqual: sides.below = true
      case .equal, .notEqual: break
      }
    }
    return sides == (true, true) ? 0.1 : sides == (false, false) ? 1 : 0.4
  }

  /// By how much more rows an atom has for its known values than if these were combined by chance.
  ///
  /// `pair(a, b, c), part(c, d), pair(a, b, d)` looks only for pairs that there are: the rows for one are all
  /// rows by the number of pairs, not by the numbers of `a` and `b` multiplied. Values that one row of
  /// another relation has together are taken for something in between. O(sample size), where there are such.
  private func combination(_ atom: CoreAtom, _ state: State) -> Double {
    let keys = atom.arguments.filter { argument in
      argument.value.variable.map { state.bound.contains($0) } ?? false
    }
    guard keys.count > 1, atom.arguments.contains(where: { !isBound($0, state.bound) })
    else { return 1 }
    var isFromOneRow = false
    for (placed, _) in state.order {
      guard case .atom(let other) = rule.body[placed] else { continue }
      let holdsAll = keys.allSatisfy { key in
        other.arguments.contains { $0.value.variable == key.value.variable }
      }
      guard holdsAll else { continue }
      isFromOneRow = true
      let isSame =
        other.relation == atom.relation
        && keys.allSatisfy { other.argument($0.column)?.variable == $0.value.variable }
      if isSame { return planner.clustering(keys.map(\.column), of: atom.relation) }
    }
    return isFromOneRow ? planner.clustering(keys.map(\.column), of: atom.relation).squareRoot() : 1
  }

  /// What it costs to make the index that a condition is looked up by, in rows gone through: rows that are
  /// in it already cost nothing, and for few keys none is made. In a recursion it serves many rounds.
  private func preparation(_ literal: Int, _ state: State) -> Double {
    guard case .atom(let atom) = rule.body[literal] else { return 0 }
    let keys = atom.arguments.filter { isBound($0, state.bound) }.map(\.column).sorted()
    if keys.isEmpty { return 0 }
    let relation = planner.relations[atom.relation.index]
    let making = Double(relation.unindexedCount(keys)) * (deltaLiteral == nil ? 1 : 0.25)
    if making == 0 { return 0 }
    // The rows of the last round are gone through where they are fewer than what an index would take.
    return min(making * relation.indexingCost(keys), state.rows * visibleRows(atom, literal))
  }

  private func isBound(_ argument: CoreAtom.Argument, _ bound: VariableSet) -> Bool {
    if case .variable(let variable) = argument.value { bound.contains(variable) } else { true }
  }

  /// How many rows of its relation an atom may read in this version of the rule.
  private func visibleRows(_ atom: CoreAtom, _ literal: Int) -> Double {
    let relation = planner.relations[atom.relation.index]
    guard let deltaLiteral, recursive.contains(atom.relation) else {
      return Double(relation.visible)
    }
    if literal == deltaLiteral { return Double(relation.visible - relation.stable) }
    return Double(literal < deltaLiteral ? relation.visible : relation.stable)
  }
}

extension Planner {
  /// The expected number of rows, out of some, that match the bound arguments of an atom.
  func matches(_ atom: CoreAtom, rows: Double, bound: VariableSet) -> Double {
    let relation = relations[atom.relation.index]
    var share = 1.0
    for argument in atom.arguments {
      switch argument.value {
      case .variable(let variable):
        guard bound.contains(variable) else { continue }
        share /= max(relation.distinctCount(argument.column), 1)
      case .constant(let constant, _):
        let type = program.type(program[atom.relation].columns[argument.column].slot)
        share *= relation.share(of: constant.word(as: type), in: argument.column)
      }
    }
    return rows * share
  }

  /// How many times fewer combinations of values some columns have than their values could make. At least one.
  func clustering(_ columns: [Int], of id: RelationID) -> Double {
    let relation = relations[id.index]
    let product = columns.reduce(1.0) { $0 * max(relation.distinctCount($1), 1) }
    return max(product / relation.distinctCount(columns), 1)
  }

  /// An atom that leads from one known value to one new one, in a relation that is complete.
  func neighbours(_ literal: CoreLiteral, _ bound: VariableSet, _ recursive: Set<RelationID>) -> (
    neighbours: RulePlan.Extension.Neighbours, variable: Int
  )? {
    guard options.contains(.intersections), case .atom(let atom) = literal,
      atom.arguments.count == 2, !recursive.contains(atom.relation)
    else { return nil }
    var near: CoreAtom.Argument?
    var far: Int?
    for argument in atom.arguments {
      if case .variable(let variable) = argument.value, !bound.contains(variable) {
        far = variable
      } else {
        near = argument
      }
    }
    guard let near, let far, relations[atom.relation.index].canGroup(by: near.column) else {
      return nil
    }
    let type = program.type(program[atom.relation].columns[near.column].slot)
    let source: RulePlan.Source =
      switch near.value {
      case .constant(let constant, _): RulePlan.Source(constant, as: type)
      case .variable(let variable): .register(variable)
      }
    return (
      RulePlan.Extension.Neighbours(
        relation: atom.relation.index, nearColumn: near.column, near: source), far
    )
  }
}
