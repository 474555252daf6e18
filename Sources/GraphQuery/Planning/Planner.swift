import GraphCore

/// Chooses the order of a rule's conditions from how many rows the relations have right now, and
/// turns them into steps.
struct Planner {
  let program: CoreProgram
  let relations: [Relation]
  /// Whether plans say which steps belong to which conditions, and what is expected of them.
  let notesStages: Bool

  /// Plans a rule. `deltaLiteral` is the atom that reads the last round's rows; atoms of the same
  /// recursion before it read everything, those after it only older rows, so that no combination
  /// is made twice.
  func plan(rule index: Int, deltaLiteral: Int?, recursive: Set<RelationID>) -> RulePlan {
    var building = Building(planner: self, rule: program.rules[index], index: index)
    building.run(deltaLiteral: deltaLiteral, recursive: recursive)
    return building.finish()
  }

  private struct Building {
    let planner: Planner
    let rule: CoreRule
    let index: Int
    var steps: [RulePlan.Step] = []
    var stages: [RulePlan.Stage] = []
    var registerCount: Int
    /// The register of a variable is its number; a variable without one is unbound.
    var bound: Set<Int> = []

    init(planner: Planner, rule: CoreRule, index: Int) {
      self.planner = planner
      self.rule = rule
      self.index = index
      registerCount = rule.variables.count
    }

    mutating func run(deltaLiteral: Int?, recursive: Set<RelationID>) {
      var remaining = Array(rule.body.indices)
      var isFirstJoin = true
      while !remaining.isEmpty {
        let before = planner.notesStages ? (remaining, bound, steps.count) : nil
        defer { if let before { addStage(since: before, remaining, deltaLiteral) } }
        if let ready = remaining.firstIndex(where: { isCheap(rule.body[$0]) }) {
          add(remaining.remove(at: ready), deltaLiteral, recursive)
          continue
        }
        var best = 0
        var bestCost = Double.infinity
        for (position, literal) in remaining.enumerated() {
          // Starting from the delta bounds the work of a round by what the last one found.
          let cost =
            isFirstJoin && literal == deltaLiteral ? -1 : cost(of: rule.body[literal])
          if cost < bestCost {
            best = position
            bestCost = cost
          }
        }
        add(remaining.remove(at: best), deltaLiteral, recursive)
        isFirstJoin = false
      }
    }

    // MARK: Order

    /// Filters and computations whose inputs are bound are never worth postponing.
    private func isCheap(_ literal: CoreLiteral) -> Bool {
      switch literal {
      case .never: return true
      case .negated(let atom): return isBound(atom)
      case .atom(let atom): return isBound(atom)
      case .aggregate(let atom, let isTotal):
        return isTotal && atom.arguments.dropLast().allSatisfy(isBound)
      case .comparison(let relation, let left, let right, _):
        let (leftBound, rightBound) = (isBound(left), isBound(right))
        if leftBound && rightBound { return true }
        guard relation == .equal else { return false }
        if rightBound, case .variable = left { return true }
        if leftBound, case .variable = right { return true }
        return false
      case .test(_, let left, let right, _, _): return isBound(left) && isBound(right)
      case .range: return false
      }
    }

    /// The estimated number of rows per row of the batch.
    private func cost(of literal: CoreLiteral) -> Double {
      switch literal {
      case .aggregate(let atom, let isTotal)
      where isTotal && !atom.arguments.dropLast().allSatisfy(isBound):
        // A group without a row has the value zero, which no scan of the groups would find.
        return .infinity
      case .atom(let atom), .aggregate(let atom, _):
        let relation = planner.relations[atom.relation.index]
        let keys = atom.arguments.filter(isBound).map(\.column).sorted()
        return Self.estimate(relation, keys: keys)
      case .range(_, let from, let to, let step, _):
        let isReady = isBound(from) && isBound(to) && (step.map(isBound) ?? true)
        return isReady ? 100 : .infinity
      case .negated, .comparison, .test, .never:
        // Not ready yet: anything that binds more comes first.
        return .infinity
      }
    }

    /// The expected number of rows with given values in some columns.
    static func estimate(_ relation: Relation, keys: [Int]) -> Double {
      let rows = Double(relation.visible)
      if keys.isEmpty { return rows + 1 }
      if keys.count == relation.arity { return min(rows, 1) }
      if let distinct = relation.knownKeyCount(on: keys) { return rows / Double(max(distinct, 1)) }
      // Without an index each bound column is taken to divide the rows alike.
      let share = Double(keys.count) / Double(max(relation.arity, 1))
      return Double.power(rows, 1 - share)
    }

    private func isBound(_ argument: CoreAtom.Argument) -> Bool {
      if case .variable(let variable) = argument.value { return bound.contains(variable) }
      return true
    }

    private func isBound(_ atom: CoreAtom) -> Bool { atom.arguments.allSatisfy(isBound) }

    private func isBound(_ expression: CoreExpression) -> Bool {
      Groundedness.isBound(expression, bound)
    }

    // MARK: Stages

    /// Notes which conditions the newest steps look at, and how many rows are expected behind them.
    private mutating func addStage(
      since before: (remaining: [Int], bound: Set<Int>, stepCount: Int), _ remaining: [Int],
      _ deltaLiteral: Int?
    ) {
      let literals = before.remaining.filter { !remaining.contains($0) }
      let factors = literals.map {
        growth(of: rule.body[$0], before.bound, isDelta: $0 == deltaLiteral)
      }
      let expected = (stages.last?.expectedRows ?? 1) * (factors.min() ?? 1)
      stages.append(
        RulePlan.Stage(
          literals: literals, steps: before.stepCount..<steps.count, expectedRows: expected))
    }

    /// The expected number of rows behind a condition for each row before it. Filters are taken to let
    /// everything pass.
    private func growth(of literal: CoreLiteral, _ bound: Set<Int>, isDelta: Bool) -> Double {
      switch literal {
      case .never: return 0
      case .negated, .comparison, .test: return 1
      case .range: return 100
      case .atom(let atom), .aggregate(let atom, _):
        let relation = planner.relations[atom.relation.index]
        let keys = atom.arguments.filter {
          if case .variable(let variable) = $0.value { bound.contains(variable) } else { true }
        }
        guard keys.count < atom.arguments.count else { return 1 }
        guard !keys.isEmpty else {
          return Double(isDelta ? relation.visible - relation.stable : relation.visible)
        }
        return Self.estimate(relation, keys: keys.map(\.column).sorted())
      }
    }

    // MARK: Steps

    private mutating func add(
      _ position: Int, _ deltaLiteral: Int?, _ recursive: Set<RelationID>
    ) {
      switch rule.body[position] {
      case .never: steps.append(.never)
      case .atom(let atom):
        let range = range(of: atom, at: position, deltaLiteral, recursive)
        if isBound(atom), case .all = range {
          addExistence(atom, isNegated: false)
        } else {
          addJoin(atom, range)
        }
      case .negated(let atom): addExistence(atom, isNegated: true)
      case .aggregate(let atom, let isTotal):
        if isTotal, atom.arguments.dropLast().allSatisfy(isBound) {
          addLookup(atom)
        } else {
          addJoin(atom, .all)
        }
      case .comparison(let relation, let left, let right, _):
        addComparison(relation, left, right)
      case .test(let kind, let left, let right, let isNegated, let span):
        steps.append(
          .test(kind, source(left), source(right), isNegated: isNegated, span))
      case .range(let variable, let from, let to, let step, _):
        let type = planner.program.type(rule.variables[variable].slot)
        let sources = (source(from), source(to), step.map { source($0) })
        var register = variable
        let wasBound = bound.contains(variable)
        if wasBound { register = newRegister() }
        steps.append(
          .range(
            register: register, type: type, from: sources.0, to: sources.1, step: sources.2,
            carried: []))
        if wasBound {
          steps.append(.compare(.equal, type, .register(register), .register(variable)))
        }
        bound.insert(variable)
      }
    }

    /// The watermark range of an atom, by its place relative to the delta's.
    private func range(
      of atom: CoreAtom, at position: Int, _ deltaLiteral: Int?, _ recursive: Set<RelationID>
    ) -> RulePlan.Range {
      guard let deltaLiteral, recursive.contains(atom.relation) else { return .all }
      if position == deltaLiteral { return .delta }
      return position < deltaLiteral ? .all : .old
    }

    private mutating func addJoin(_ atom: CoreAtom, _ range: RulePlan.Range) {
      var keyColumns: [Int] = []
      var keySources: [RulePlan.Source] = []
      var outputs: [(column: Int, register: Int)] = []
      var repeated: [(register: Int, variable: Int, column: Int)] = []
      var added: Set<Int> = []
      for argument in atom.arguments.sorted(by: { $0.column < $1.column }) {
        switch argument.value {
        case .constant(let constant, _):
          keyColumns.append(argument.column)
          keySources.append(.constant(constant.word(as: type(of: atom, argument.column))))
        case .variable(let variable):
          if bound.contains(variable) {
            keyColumns.append(argument.column)
            keySources.append(.register(variable))
          } else if added.insert(variable).inserted {
            outputs.append((argument.column, variable))
          } else {
            let register = newRegister()
            outputs.append((argument.column, register))
            repeated.append((register, variable, argument.column))
          }
        }
      }
      steps.append(
        .join(
          RulePlan.Join(
            relation: atom.relation.index, range: range, keyColumns: keyColumns,
            keySources: keySources, outputs: outputs,
            required: atom.arguments.map(\.column).sorted(), carried: [])))
      bound.formUnion(added)
      for entry in repeated {
        steps.append(
          .compare(
            .equal, type(of: atom, entry.column), .register(entry.register),
            .register(entry.variable)))
      }
    }

    private mutating func addExistence(_ atom: CoreAtom, isNegated: Bool) {
      let (columns, sources) = keys(of: atom.arguments, atom)
      steps.append(
        .existence(
          RulePlan.Existence(
            relation: atom.relation.index, keyColumns: columns, keySources: sources,
            isNegated: isNegated, required: columns)))
    }

    private mutating func addLookup(_ atom: CoreAtom) {
      guard let last = atom.arguments.last, case .variable(let variable) = last.value else {
        return
      }
      let (columns, sources) = keys(of: Array(atom.arguments.dropLast()), atom)
      let wasBound = bound.contains(variable)
      let register = wasBound ? newRegister() : variable
      steps.append(
        .lookup(
          RulePlan.GroupLookup(
            relation: atom.relation.index, keyColumns: columns, keySources: sources,
            register: register)))
      if wasBound {
        steps.append(
          .compare(.equal, type(of: atom, last.column), .register(register), .register(variable)))
      }
      bound.insert(variable)
    }

    private mutating func keys(of arguments: [CoreAtom.Argument], _ atom: CoreAtom)
      -> (columns: [Int], sources: [RulePlan.Source])
    {
      var columns: [Int] = []
      var sources: [RulePlan.Source] = []
      for argument in arguments.sorted(by: { $0.column < $1.column }) {
        columns.append(argument.column)
        switch argument.value {
        case .constant(let constant, _):
          sources.append(.constant(constant.word(as: type(of: atom, argument.column))))
        case .variable(let variable): sources.append(.register(variable))
        }
      }
      return (columns, sources)
    }

    private mutating func addComparison(
      _ relation: Comparison.Operator, _ left: CoreExpression, _ right: CoreExpression
    ) {
      if relation == .equal {
        if case .variable(let variable) = left, !bound.contains(variable) {
          define(variable, by: right)
          return
        }
        if case .variable(let variable) = right, !bound.contains(variable) {
          define(variable, by: left)
          return
        }
      }
      steps.append(.compare(relation, type(of: left), source(left), source(right)))
    }

    /// Computes an expression into the register of a variable that has no value yet.
    private mutating func define(_ variable: Int, by expression: CoreExpression) {
      switch expression {
      case .variable(let other): steps.append(.copy(from: .register(other), register: variable))
      case .constant:
        steps.append(.copy(from: source(expression), register: variable))
      case .call(let functor, let operands, _, let slot, let span):
        let sources = operands.map { source($0) }
        steps.append(
          .compute(
            RulePlan.Computation(
              functor: functor, type: planner.program.type(slot), operands: sources,
              register: variable, span: span)))
      }
      bound.insert(variable)
    }

    /// Where the value of an expression is, computing it first where it is a call.
    mutating func source(_ expression: CoreExpression) -> RulePlan.Source {
      switch expression {
      case .variable(let variable): return .register(variable)
      case .constant(let constant, let slot):
        return .constant(constant.word(as: planner.program.type(slot)))
      case .call(let functor, let operands, _, let slot, let span):
        let sources = operands.map { source($0) }
        let register = newRegister()
        steps.append(
          .compute(
            RulePlan.Computation(
              functor: functor, type: planner.program.type(slot), operands: sources,
              register: register, span: span)))
        return .register(register)
      }
    }

    private mutating func newRegister() -> Int {
      registerCount += 1
      return registerCount - 1
    }

    private func type(of atom: CoreAtom, _ column: Int) -> ColumnType {
      planner.program.type(planner.program[atom.relation].columns[column].slot)
    }

    private func type(of expression: CoreExpression) -> ColumnType {
      switch expression {
      case .variable(let variable): planner.program.type(rule.variables[variable].slot)
      case .constant(_, let slot): planner.program.type(slot)
      case .call(_, _, let slot, _, _): planner.program.type(slot)
      }
    }

    // MARK: Finish

    /// Adds the head, then works backwards to find which registers each expansion has to carry.
    mutating func finish() -> RulePlan {
      let output = rule.headTerms.map { source($0) }
      var needed: Set<Int> = []
      for case .register(let register) in output { needed.insert(register) }
      var levels = 1
      var live: [[Int]] = Array(repeating: [], count: steps.count)
      for position in steps.indices.reversed() {
        live[position] = needed.sorted()
        switch steps[position] {
        case .join(var join):
          for output in join.outputs { needed.remove(output.register) }
          join.carried = needed.sorted()
          Self.use(join.keySources, &needed)
          steps[position] = .join(join)
          levels += 1
        case .range(let register, let type, let from, let to, let step, _):
          needed.remove(register)
          let carried = needed.sorted()
          Self.use([from, to] + (step.map { [$0] } ?? []), &needed)
          steps[position] = .range(
            register: register, type: type, from: from, to: to, step: step, carried: carried)
          levels += 1
        case .existence(let existence): Self.use(existence.keySources, &needed)
        case .lookup(let lookup):
          needed.remove(lookup.register)
          Self.use(lookup.keySources, &needed)
        case .compute(let computation):
          needed.remove(computation.register)
          Self.use(computation.operands, &needed)
        case .copy(let from, let register):
          needed.remove(register)
          Self.use([from], &needed)
        case .compare(_, _, let left, let right), .test(_, let left, let right, _, _):
          Self.use([left, right], &needed)
        case .never: break
        }
      }
      return RulePlan(
        rule: index, steps: steps, stages: stages, live: live, registerCount: registerCount,
        output: output, levelCount: levels)
    }

    private static func use(_ sources: [RulePlan.Source], _ needed: inout Set<Int>) {
      for case .register(let register) in sources { needed.insert(register) }
    }
  }
}

extension Double {
  /// x to the y for x >= 0 and y in 0..1, to a few digits: all that an estimate needs.
  static func power(_ x: Double, _ y: Double) -> Double {
    guard x > 1 else { return x }
    // x^y with y in quarters: enough to order conditions by.
    let root = x.squareRoot()
    let quarter = root.squareRoot()
    switch y {
    case ..<0.2: return quarter.squareRoot()
    case ..<0.3: return quarter
    case ..<0.6: return root
    case ..<0.8: return root * quarter
    default: return x
    }
  }
}
