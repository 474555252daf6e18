import GraphCore

/// Collects the variables and literals of one rule while its clause is lowered.
struct RuleBuilder {
  var variables: [CoreRule.Variable] = []
  var literals: [CoreLiteral] = []
  /// The variables by name, once there are more than a glance takes in; hidden ones have none.
  private var indexByName: [String: Int] = [:]
  private static let fewVariables = 16
  /// Records that are still to be built or taken apart.
  var patterns: [RecordPattern] = []
  /// Variables that stand for nodes, so that constants compared with them may be aliases.
  var nodeVariables: Set<Int> = []
  /// The file or input that the clause was written in.
  let unit: Int
  /// Names that the enclosing clause uses outside the aggregate or negation being lowered.
  var outerNames: Set<String>
  /// Those of them whose values the aggregate or negation is asked for.
  var givenNames: Set<String> = []
  /// What the enclosing clause says beside it, which may ground those names.
  var context: [Formula]
  /// The same of the clauses around that one.
  var ancestors: [Formula] = []
  /// How many clauses there are around this one: aggregates and parts stand in one another.
  var depth = 0
  /// The names that `ancestors` use outside their aggregates.
  var ancestorNames: Set<String> = []
  /// Columns of the answer that are there only when all conditions hold.
  var aggregateTitles: Set<String> = []
  /// Inside an aggregate a wildcard is a variable of its own, because rows are counted by it.
  var countsWildcards = false

  init(unit: Int, outerNames: Set<String> = [], context: [Formula] = []) {
    self.unit = unit
    self.outerNames = outerNames
    self.context = context
  }

  /// All that is said around what is being lowered, negations left out: it can ground names.
  var surroundings: [Formula] {
    (context + ancestors).filter { if case .negation = $0 { false } else { true } }
  }

  /// The names that the surroundings use outside their aggregates.
  var surroundingNames: Set<String> { outerNames.union(ancestorNames) }

  /// What is said around an aggregate of the body, without the condition that it stands in.
  func surroundings(of aggregate: Aggregate) -> [Formula] {
    surroundings.filter { condition in
      !VariableNames.hasAggregate(condition) { $0.number == aggregate.number }
    }
  }

  mutating func variable(_ name: Identifier, _ solver: inout TypeSolver) -> Int {
    if variables.count <= Self.fewVariables {
      for index in variables.indices
      where !variables[index].isHidden && variables[index].name == name.text { return index }
    } else {
      if indexByName.isEmpty {
        for index in variables.indices where !variables[index].isHidden {
          indexByName[variables[index].name] = index
        }
      }
      if let index = indexByName[name.text] { return index }
      indexByName[name.text] = variables.count
    }
    variables.append(
      CoreRule.Variable(name: name.text, span: name.span, slot: solver.fresh(), isHidden: false))
    return variables.count - 1
  }

  /// A variable without a name, of the type of `model` where one is given.
  mutating func hiddenVariable(
    _ span: SourceSpan, _ solver: inout TypeSolver, like model: TypeSlot? = nil
  ) -> Int {
    let slot = solver.fresh()
    if let model { _ = solver.unite(slot, model) }
    variables.append(CoreRule.Variable(name: "_", span: span, slot: slot, isHidden: true))
    return variables.count - 1
  }

  /// The variables that the literals bind, whatever order they are evaluated in.
  func groundedVariables() -> VariableSet {
    Groundedness.grounded(by: literals)
  }
}

/// Which variables a body binds.
enum Groundedness {
  /// The closure of: positive atoms bind theirs, and an equation binds a lone variable at one side
  /// once the other side is bound.
  static func grounded(by literals: [CoreLiteral]) -> VariableSet {
    var bound: VariableSet = []
    for literal in literals {
      if case .atom(let atom) = literal { atom.forEachVariable { bound.insert($0) } }
    }
    return closure(of: bound, under: literals)
  }

  /// Of the variables without a value those whose value would give all others theirs, so that one
  /// mistake is reported once: in `z = y + w, x = z` only `w` lacks one.
  static func causes(
    among missing: VariableSet, in literals: [CoreLiteral], given bound: VariableSet
  ) -> [Int] {
    // What stands alone at a side of an equation, or is an aggregate's result, follows from others.
    var derived: VariableSet = []
    for literal in literals {
      var all: VariableSet = []
      literal.forEachVariable { all.insert($0) }
      newlyBound(by: literal, given: all) { derived.insert($0) }
    }
    var bound = bound
    var result: [Int] = []
    let inOrder = missing.sorted
    for variable in inOrder.filter({ !derived.contains($0) })
      + inOrder.filter({ derived.contains($0) })
    where !bound.contains(variable) {
      result.append(variable)
      bound = closure(of: bound.union([variable]), under: literals)
    }
    return result.sorted()
  }

  /// All that has a value once `bound` has one.
  private static func closure(of bound: VariableSet, under literals: [CoreLiteral]) -> VariableSet {
    var bound = bound
    var changed = true
    while changed {
      changed = false
      for literal in literals {
        if case .atom = literal { continue }
        var added: VariableSet = []
        newlyBound(by: literal, given: bound) { added.insert($0) }
        for variable in added.sorted where bound.insert(variable) { changed = true }
      }
    }
    return bound
  }

  /// Calls `visit` with each variable that a literal binds once `bound` is bound.
  static func newlyBound(
    by literal: CoreLiteral, given bound: VariableSet, _ visit: (Int) -> Void
  ) {
    switch literal {
    case .comparison(.equal, let left, let right, _):
      if case .variable(let index) = left, isBound(right, bound) {
        visit(index)
      } else if case .variable(let index) = right, isBound(left, bound) {
        visit(index)
      }
    case .aggregate(let atom, let isTotal):
      guard let result = atom.arguments.last, case .variable(let index) = result.value else {
        return
      }
      // A group that has no row still has a count and a sum, so it must come from elsewhere.
      if isTotal {
        for argument in atom.arguments.dropLast() {
          if case .variable(let key) = argument.value, !bound.contains(key) { return }
        }
        visit(index)
      } else {
        atom.forEachVariable(visit)
      }
    case .range(let variable, let from, let to, let step, _):
      let isReady =
        isBound(from, bound) && isBound(to, bound) && (step.map { isBound($0, bound) } ?? true)
      if isReady { visit(variable) }
    case .atom, .negated, .comparison, .test, .never: break
    }
  }

  static func isBound(_ literal: CoreLiteral, _ bound: VariableSet) -> Bool {
    var result = true
    literal.forEachVariable { if !bound.contains($0) { result = false } }
    return result
  }

  static func isBound(_ expression: CoreExpression, _ bound: VariableSet) -> Bool {
    var result = true
    expression.forEachVariable { if !bound.contains($0) { result = false } }
    return result
  }
}
