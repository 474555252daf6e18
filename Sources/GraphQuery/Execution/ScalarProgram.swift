@_spi(Columns) import GraphCore

/// The rules of a recursion as instructions over single words, with all that these name by numbers.
struct ScalarProgram {
  /// A rule that reads the last round's rows of a relation.
  struct Rule: BitwiseCopyable {
    let start: Int
    /// The number of the relation.
    let delta: Int
  }

  struct Index {
    let index: HashIndex
    /// The number of its relation, to which rows may be added.
    let relation: Int
    let grows: Bool
    /// Where its columns are listed, by their places among all.
    let columns: Int
  }

  /// The first one ends a rule: what fails outside of all loops goes there.
  private(set) var instructions = [ScalarInstruction(.end)]
  private(set) var rules: [Rule] = []
  /// Lists of registers, for keys and rows, and of columns.
  private(set) var lists: [Int32] = []
  private(set) var registerCount = 0
  /// The registers of constants, by their words.
  private(set) var constants: [UInt64: Int] = [:]
  private(set) var uses: [OpenRelations.Use] = []
  private(set) var indexes: [Index] = []
  private(set) var adjacencies: [Adjacency] = []
  private(set) var rangeTypes: [ColumnType] = []
  // What is done as a batch of one row, with its registers.
  private(set) var computations: [(step: RulePlan.Computation, operands: [Int], target: Int)] = []
  private(set) var comparisons:
    [(comparison: Comparisons, relation: Comparison.Operator, Int, Int)] =
      []
  private(set) var tests: [(kind: TextTest.Kind, Int, Int, isNegated: Bool, span: SourceSpan)] = []

  /// All relations of a program, by the numbers that plans have for them.
  private let relations: [Relation]
  private let terms: TermSpace
  private var numbers: [Int: Int] = [:]
  private let memberCount: Int
  /// Where the present rule's registers begin.
  private var firstRegister = 0
  /// Where evaluation goes on when the present path is at its end.
  private var failure = 0
  private var plan: RulePlan?

  /// A program without rules. The relations of the recursion get the first numbers.
  init(recursion members: [Int], relations: [Relation], terms: TermSpace) {
    self.relations = relations
    self.terms = terms
    memberCount = members.count
    for member in members { _ = number(of: member, isSearched: true, grows: true) }
  }

  /// Adds a rule; false where a step of its plan has no such form, or an index would not pay yet.
  mutating func add(_ plan: RulePlan, head: Int, delta: Int) -> Bool {
    let start = instructions.count
    self.plan = plan
    firstRegister = registerCount
    registerCount += plan.registerCount
    failure = 0
    for step in plan.steps where !compile(step) {
      // What else it has named does no harm.
      instructions.removeSubrange(start...)
      return false
    }
    emit(.insert, left: number(of: head), right: list(plan.output))
    rules.append(Rule(start: start, delta: number(of: delta)))
    return true
  }

  // MARK: Names

  private mutating func number(of relation: Int, isSearched: Bool = false, grows: Bool = false)
    -> Int
  {
    if let known = numbers[relation] {
      if isSearched { uses[known].isSearched = true }
      return known
    }
    let width = uses.last.map { $0.firstColumn + $0.relation.arity } ?? 0
    uses.append(
      OpenRelations.Use(
        relation: relations[relation], grows: grows, isSearched: isSearched, firstColumn: width))
    numbers[relation] = uses.count - 1
    return uses.count - 1
  }

  private mutating func newRegister() -> Int {
    registerCount += 1
    return registerCount - 1
  }

  private mutating func cursor() -> Int {
    registerCount += 2
    return registerCount - 2
  }

  private mutating func constant(_ word: UInt64) -> Int {
    if let known = constants[word] { return known }
    constants[word] = newRegister()
    return registerCount - 1
  }

  private mutating func register(_ source: RulePlan.Source) -> Int {
    switch source {
    case .register(let number): firstRegister + number
    case .constant(let word): constant(word)
    case .given(let number): constant(plan?.given[number] ?? 0)
    }
  }

  /// Lists registers and returns where the list begins.
  private mutating func list(_ sources: [RulePlan.Source]) -> Int {
    let start = lists.count
    let registers = sources.map { Int32(truncatingIfNeeded: register($0)) }
    lists += registers
    return start
  }

  private mutating func number(of index: HashIndex, relation: Int) -> Int {
    if let known = indexes.firstIndex(where: { $0.index === index }) { return known }
    let first = uses[relation].firstColumn
    indexes.append(
      Index(
        index: index, relation: relation, grows: relation < memberCount, columns: lists.count))
    lists += index.columns.map { Int32(truncatingIfNeeded: first + $0) }
    return indexes.count - 1
  }

  private mutating func number(of adjacency: Adjacency) -> Int {
    if let known = adjacencies.firstIndex(where: { $0 === adjacency }) { return known }
    adjacencies.append(adjacency)
    return adjacencies.count - 1
  }

  // MARK: Steps

  private mutating func emit(
    _ operation: ScalarInstruction.Operation, target: Int = 0, left: Int = 0, right: Int = 0,
    otherwise: Int? = nil
  ) {
    instructions.append(
      ScalarInstruction(
        operation, target: target, left: left, right: right, otherwise: otherwise ?? failure))
  }

  private mutating func compile(_ step: RulePlan.Step) -> Bool {
    switch step {
    case .join(let join): return compile(join)
    case .extend(let extended): return compile(extended)
    case .existence(let existence): return compile(existence)
    case .lookup(let lookup): return compile(lookup)
    case .unlessDerived(let head, let row):
      emit(.lacksRow, left: number(of: head), right: list(row))
    case .compute(let computation): compile(computation)
    case .copy(let source, let target):
      emit(.copy, target: firstRegister + target, left: register(source))
    case .compare(let relation, let type, let left, let right):
      compile(relation, type, register(left), register(right))
    case .test(let kind, let left, let right, let isNegated, let span):
      tests.append((kind, register(left), register(right), isNegated, span))
      emit(.test, left: tests.count - 1)
    case .range(let target, let type, let from, let to, let step, _):
      rangeTypes.append(type)
      let number = rangeTypes.count - 1
      emit(
        .numbers, target: step == nil ? 2 : 3, left: number,
        right: list([from, to] + [step].compactMap(\.self)))
      emit(.nextNumber, left: number, right: firstRegister + target)
      failure = instructions.count - 1
    case .never: emit(.jump)
    case .summarize: return false
    }
    return true
  }

  private mutating func compile(_ computation: RulePlan.Computation) {
    let operands = computation.operands.map { register($0) }
    let target = firstRegister + computation.register
    let operation = ScalarInstruction.Operation(computation.functor, computation.type)
    if operation == nil || operation?.divides == true {
      computations.append((computation, operands, target))
    }
    let number = computations.count - 1
    if let operation {
      emit(
        operation, target: target, left: operands[0], right: operands[1],
        otherwise: operation.divides ? number : 0)
    } else {
      emit(.compute, left: number)
    }
  }

  private mutating func compile(
    _ relation: Comparison.Operator, _ type: ColumnType, _ left: Int, _ right: Int
  ) {
    if let (operation, isFlipped) = ScalarInstruction.Operation.comparing(relation, type) {
      emit(operation, left: isFlipped ? right : left, right: isFlipped ? left : right)
    } else {
      comparisons.append((Comparisons(type: type, terms: terms), relation, left, right))
      emit(.compare, left: comparisons.count - 1)
    }
  }

  // MARK: Rows

  /// Whether a relation's rows can be read one by one: not those that lie in another form, which batches read as it is.
  private func canRead(_ relation: Relation) -> Bool {
    relation.compactRows == nil && !relation.isPackedInFile && !relation.hasDeadRows
  }

  private mutating func compile(_ join: RulePlan.Join) -> Bool {
    let relation = relations[join.relation]
    guard canRead(relation), join.groupedBy == nil else { return false }
    let number = number(of: join.relation)
    let grows = number < memberCount
    let row = newRegister()
    if join.keyColumns.isEmpty || (grows && join.range == .delta) {
      loop(overRows: join.range, of: number, row: row)
      matchKeys(join.keyColumns, join.keySources, number, row)
    } else {
      guard grows || !relation.wouldScan(for: join.keyColumns, rows: relation.visible) else {
        return false
      }
      loop(
        overKeys: join.keyColumns, join.keySources, of: number, allowsGroups: !grows,
        isOld: join.range == .old, row: row)
    }
    let first = uses[number].firstColumn
    if let within = join.within, !within.isHint {
      let value = newRegister()
      emit(.load, target: value, left: first + within.column, right: row)
      keep(value, within.bounds)
    }
    for column in join.required where relation.view(column).presence != nil {
      emit(.isPresent, left: first + column, right: row)
    }
    for output in join.outputs {
      emit(
        .load, target: firstRegister + output.register, left: first + output.column, right: row)
    }
    return true
  }

  private mutating func loop(overRows range: RulePlan.Range, of number: Int, row: Int) {
    let cursor = cursor()
    switch range {
    case .all: emit(.allRows, target: cursor, left: number)
    case .delta: emit(.newRows, target: cursor, left: number)
    case .old: emit(.oldRows, target: cursor, left: number)
    }
    emit(.nextRow, target: cursor, right: row)
    failure = instructions.count - 1
  }

  /// Goes through the rows with a key: those of a group, or of a chain.
  private mutating func loop(
    overKeys columns: [Int], _ sources: [RulePlan.Source], of number: Int, allowsGroups: Bool,
    isOld: Bool = false, row: Int
  ) {
    let relation = uses[number].relation
    if allowsGroups, let groups = relation.groups(by: columns),
      let place = columns.firstIndex(of: groups.column)
    {
      loop(overNeighbours: groups.rows, of: sources[place], value: row)
      var (columns, sources) = (columns, sources)
      columns.remove(at: place)
      sources.remove(at: place)
      matchKeys(columns, sources, number, row)
      return
    }
    let made = relation.index(on: columns)
    let (index, cursor) = (self.number(of: made, relation: number), cursor())
    emit(isOld ? .oldLinks : .links, target: cursor, left: index, right: list(sources))
    emit(.nextLink, target: cursor, left: index, right: row)
    failure = instructions.count - 1
    if !made.isExact { matchKeys(columns, sources, number, row) }
  }

  private mutating func loop(
    overNeighbours adjacency: Adjacency, of source: RulePlan.Source, value: Int
  ) {
    let (adjacency, cursor) = (number(of: adjacency), cursor())
    emit(.neighbours, target: cursor, left: adjacency, right: register(source))
    emit(.nextNeighbour, target: cursor, left: adjacency, right: value)
    failure = instructions.count - 1
  }

  private mutating func matchKeys(
    _ columns: [Int], _ sources: [RulePlan.Source], _ number: Int, _ row: Int
  ) {
    for (column, source) in zip(columns, sources) {
      let place = uses[number].firstColumn + column
      if uses[number].relation.view(column).presence != nil {
        emit(.isPresent, left: place, right: row)
      }
      emit(.matches, target: register(source), left: place, right: row)
    }
  }

  /// Goes through the neighbours of one end and asks whether they are those of the others.
  private mutating func compile(_ extended: RulePlan.Extension) -> Bool {
    for side in extended.neighbours {
      let relation = relations[side.relation]
      guard canRead(relation), relation.canGroup(by: side.nearColumn),
        !relation.wouldScan(ofNeighbours: side.nearColumn)
      else { return false }
    }
    let (outer, value) = (failure, firstRegister + extended.register)
    let all = extended.neighbours.map { side in
      relations[side.relation].adjacency(by: side.nearColumn, sorted: extended.needsOrder)
    }
    guard all.dropFirst().allSatisfy(\.isSorted) else { return false }
    loop(overNeighbours: all[0], of: extended.neighbours[0].near, value: value)
    keep(value, extended.bounds)
    for (adjacency, side) in zip(all, extended.neighbours).dropFirst() {
      emit(
        .hasNeighbour, target: register(side.near), left: number(of: adjacency), right: value)
    }
    // The first one is enough where nobody wants to know them.
    if extended.isExistence { failure = outer }
    return true
  }

  /// Keeps a value that is within bounds.
  private mutating func keep(_ value: Int, _ bounds: [RulePlan.Bound]) {
    for bound in bounds { compile(bound.relation, bound.type, value, register(bound.value)) }
  }

  // MARK: Look-ups

  private mutating func compile(_ existence: RulePlan.Existence) -> Bool {
    let relation = relations[existence.relation]
    let (columns, sources) = (existence.keyColumns, existence.keySources)
    guard canRead(relation), !columns.isEmpty else { return false }
    let grows = !existence.isComplete
    if existence.isMembership, grows || relation.isPacked {
      let number = number(of: existence.relation, isSearched: true)
      uses[number].isAsked = true
      emit(existence.isNegated ? .lacksRow : .hasRow, left: number, right: list(sources))
      return true
    }
    if !grows {
      let wouldScan =
        existence.isMembership
        ? relation.wouldScan(ofMembers: columns)
        : relation.wouldScan(for: columns, rows: relation.visible)
      if wouldScan { return false }
      if relation.arity == 2, columns == [0, 1], relation.canGroup(by: 0) {
        let adjacency = relation.adjacency(by: 0, sorted: true)
        if adjacency.isSorted {
          emit(
            existence.isNegated ? .lacksNeighbour : .hasNeighbour, target: register(sources[0]),
            left: number(of: adjacency), right: register(sources[1]))
          return true
        }
      }
    }
    let (outer, start, found) = (failure, instructions.count, newRegister())
    if !grows, relation.arity == 2, columns.count == 1, !relation.hasIndex(on: columns),
      relation.canGroup(by: columns[0])
    {
      let adjacency = relation.adjacency(by: columns[0], sorted: false)
      loop(overNeighbours: adjacency, of: sources[0], value: found)
    } else {
      let number = number(of: existence.relation)
      loop(overKeys: columns, sources, of: number, allowsGroups: !grows, row: found)
    }
    failure = outer
    if existence.isNegated {
      emit(.jump)
      leave(from: start, to: instructions.count, insteadOf: outer)
    }
    return true
  }

  /// Lets the instructions from `start` on, but for the last, go to another place where they would leave the loops around them.
  private mutating func leave(from start: Int, to place: Int, insteadOf outer: Int) {
    for index in start..<(instructions.count - 1)
    where instructions[index].otherwise == Int32(truncatingIfNeeded: outer) {
      instructions[index].otherwise = Int32(truncatingIfNeeded: place)
    }
  }

  private mutating func compile(_ lookup: RulePlan.GroupLookup) -> Bool {
    let relation = relations[lookup.relation]
    guard canRead(relation), !lookup.keyColumns.isEmpty,
      !relation.wouldScan(for: lookup.keyColumns, rows: relation.visible)
    else { return false }
    let target = firstRegister + lookup.register
    emit(.copy, target: target, left: constant(0))
    let (outer, start, row) = (failure, instructions.count, newRegister())
    let number = number(of: lookup.relation)
    loop(overKeys: lookup.keyColumns, lookup.keySources, of: number, allowsGroups: true, row: row)
    failure = outer
    emit(
      .load, target: target, left: uses[number].firstColumn + relation.arity - 1, right: row)
    leave(from: start, to: instructions.count, insteadOf: outer)
    return true
  }
}
