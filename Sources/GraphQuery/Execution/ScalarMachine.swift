@_spi(Columns) import GraphCore

/// Evaluates rules over single words: the path of one row through a rule, from condition to condition, and back to the next row
/// of the innermost loop where it ends.
///
/// All that the loop of `run` touches lies in flat tables that stay where they are: no object is asked, and nothing is counted or
/// allocated, for a row or for a rule. What has no instruction of its own is done as a batch of one row.
final class ScalarMachine {
  /// An index as probing loops read it.
  private struct OpenIndex: BitwiseCopyable {
    var table: HashIndex.Table
    var links: Words<UInt32>
    let isExact: Bool
    let keyCount: Int
    let relation: Int
  }

  private struct OpenAdjacency: BitwiseCopyable {
    let offsets: Words<UInt32>
    let neighbours: Words<UInt32>
    let domain: UInt64
  }

  private let program: ScalarProgram
  let open: OpenRelations
  private let instructions: Words<ScalarInstruction>
  private let rules: Words<ScalarProgram.Rule>
  private let lists: Words<Int32>
  private let registers: Words<UInt64>
  private let indexes: Words<OpenIndex>
  private let adjacencies: Words<OpenAdjacency>
  private let columns: Words<OpenRelations.OpenColumn>
  /// The indexes of relations to which rows are added.
  private let growing: [(number: Int, known: ScalarProgram.Index)]
  private let owners:
    (
      Column<ScalarInstruction>, Column<Int32>, Column<UInt64>, Column<OpenIndex>,
      Column<OpenAdjacency>, Column<ScalarProgram.Rule>
    )
  /// The operands of what is done as batches.
  private let operands: [[Words<UInt64>]]
  private let results: [Words<UInt64>]
  private let compared: [(Words<UInt64>, Words<UInt64>)]
  private let tested: [(Words<UInt64>, Words<UInt64>)]
  private let selected = Column<UInt32>(repeating: 0, count: 1)
  private var ranges: [NumberRange]
  private let tests: TextTests
  private let limits: LimitGuard
  private let relations: [Relation]
  private let span: SourceSpan
  var builtins: Builtins
  /// The next value of the counter.
  var counter: UInt64 = 0
  /// How many rows loops have come to.
  private(set) var steps = 0

  /// How many rows are gone through between looks at the limits.
  private static let stepsPerLook = 1 << 16

  init(
    _ program: ScalarProgram, relations: [Relation], terms: TermSpace, limits: LimitGuard,
    span: SourceSpan
  ) {
    self.program = program
    self.relations = relations
    self.limits = limits
    self.span = span
    builtins = Builtins(terms: terms)
    tests = TextTests(terms: terms)
    open = OpenRelations(program.uses)
    owners = (
      Column(program.instructions), Column(program.lists),
      Column(repeating: 0, count: program.registerCount),
      Column(
        program.indexes.map {
          OpenIndex(
            table: $0.index.table, links: $0.index.chain, isExact: $0.index.isExact,
            keyCount: $0.index.columns.count, relation: $0.relation)
        }),
      Column(
        program.adjacencies.map {
          OpenAdjacency(
            offsets: $0.offsets.words, neighbours: $0.neighbours.words, domain: UInt64($0.domain))
        }),
      Column(program.rules)
    )
    let registers = owners.2.words
    for (word, register) in program.constants { registers[register] = word }
    (instructions, lists, self.registers) = (owners.0.words, owners.1.words, registers)
    rules = owners.5.words
    (indexes, adjacencies, columns) = (owners.3.words, owners.4.words, open.columns)
    growing = program.indexes.enumerated().compactMap { number, known in
      known.grows ? (number, known) : nil
    }
    operands = program.computations.map { $0.operands.map { registers.slice($0, 1) } }
    ranges = program.rangeTypes.map { NumberRange(type: $0, from: 0, to: 0, step: nil) }
    results = program.computations.map { registers.slice($0.target, 1) }
    compared = program.comparisons.map { (registers.slice($0.2, 1), registers.slice($0.3, 1)) }
    tested = program.tests.map { (registers.slice($0.1, 1), registers.slice($0.2, 1)) }
  }

  /// Takes the indexes as they are now, when relations are open.
  func openIndexes() {
    for (number, known) in program.indexes.enumerated() {
      (indexes[number].table, indexes[number].links) = (known.index.table, known.index.chain)
    }
    catchUp()
  }

  /// Brings the indexes of relations that have grown up to date.
  func catchUp() {
    for (number, known) in growing {
      let (columns, end) = (columns, open.marks[known.relation].visible)
      while known.index.rowCount < end {
        let row = known.index.rowCount
        known.index.append(
          hash: hash(indexes[number]) { columns[Int(lists[known.columns &+ $0])].view[row] })
      }
      (indexes[number].table, indexes[number].links) = (known.index.table, known.index.chain)
    }
  }

  // MARK: Running

  /// Evaluates the rules whose relations have new rows.
  func runRules() throws(EngineFailure) {
    let (rules, marks) = (rules, open.marks)
    for number in 0..<rules.count {
      let mark = marks[rules[number].delta]
      if mark.visible > mark.stable { try run(from: rules[number].start) }
    }
  }

  /// Evaluates the rule whose instructions begin at `start`.
  private func run(from start: Int) throws(EngineFailure) {
    let (instructions, registers, lists) = (instructions, registers, lists)
    let (indexes, adjacencies, columns) = (indexes, adjacencies, columns)
    let (open, marks) = (open, open.marks)
    var (place, taken) = (start, 0)
    while true {
      let step = instructions[place]
      let (target, left, right) = (Int(step.target), Int(step.left), Int(step.right))
      place &+= 1
      switch step.operation {
      case .end:
        steps &+= taken
        return
      case .jump: place = Int(step.otherwise)

      case .allRows:
        registers[target] = 0
        registers[target &+ 1] = UInt64(marks[left].visible)
      case .newRows:
        registers[target] = UInt64(marks[left].stable)
        registers[target &+ 1] = UInt64(marks[left].visible)
      case .oldRows:
        registers[target] = 0
        registers[target &+ 1] = UInt64(marks[left].stable)
      case .nextRow:
        let row = registers[target]
        if row == registers[target &+ 1] {
          place = Int(step.otherwise)
        } else {
          registers[right] = row
          registers[target] = row &+ 1
          try note(&taken)
        }

      case .links, .oldLinks:
        let index = indexes[left]
        var link = index.table.head(of: hash(index) { registers[Int(lists[right &+ $0])] })
        if step.operation == .oldLinks {
          let stable = marks[index.relation].stable
          while Int(link) > stable { link = index.links[Int(link) &- 1] }
        }
        registers[target] = UInt64(link)
      case .nextLink:
        let link = Int(truncatingIfNeeded: registers[target])
        if link == 0 {
          place = Int(step.otherwise)
        } else {
          registers[right] = UInt64(link &- 1)
          registers[target] = UInt64(indexes[left].links[link &- 1])
          try note(&taken)
        }

      case .neighbours:
        let (adjacency, key) = (adjacencies[left], registers[right])
        if key >= adjacency.domain {
          place = Int(step.otherwise)
        } else {
          let number = Int(truncatingIfNeeded: key)
          registers[target] = UInt64(adjacency.offsets[number])
          registers[target &+ 1] = UInt64(adjacency.offsets[number &+ 1])
        }
      case .nextNeighbour:
        let next = registers[target]
        if next == registers[target &+ 1] {
          place = Int(step.otherwise)
        } else {
          registers[right] = UInt64(adjacencies[left].neighbours[Int(truncatingIfNeeded: next)])
          registers[target] = next &+ 1
          try note(&taken)
        }

      case .numbers:
        let size = target == 3 ? registers[Int(lists[right &+ 2])] : nil
        ranges[left] = NumberRange(
          type: program.rangeTypes[left], from: registers[Int(lists[right])],
          to: registers[Int(lists[right &+ 1])], step: size)
      case .nextNumber:
        if let number = ranges[left].next() {
          registers[right] = number
          try note(&taken)
        } else {
          place = Int(step.otherwise)
        }

      case .hasNeighbour, .lacksNeighbour:
        let isFound = hasNeighbour(adjacencies[left], registers[target], registers[right])
        if isFound != (step.operation == .hasNeighbour) { place = Int(step.otherwise) }
      case .hasRow, .lacksRow:
        collect(left, right)
        if open.contains(left) != (step.operation == .hasRow) { place = Int(step.otherwise) }
      case .isPresent:
        let row = Int(truncatingIfNeeded: registers[right])
        if !columns[left].view.isPresent(row) { place = Int(step.otherwise) }
      case .matches:
        let row = Int(truncatingIfNeeded: registers[right])
        if columns[left].view[row] != registers[target] { place = Int(step.otherwise) }
      case .load:
        let row = Int(truncatingIfNeeded: registers[right])
        registers[target] = columns[left].view[row]

      case .equal:
        if registers[left] != registers[right] { place = Int(step.otherwise) }
      case .notEqual:
        if registers[left] == registers[right] { place = Int(step.otherwise) }
      case .less:
        let (x, y) = (Int64(bitPattern: registers[left]), Int64(bitPattern: registers[right]))
        if x >= y { place = Int(step.otherwise) }
      case .lessOrEqual:
        let (x, y) = (Int64(bitPattern: registers[left]), Int64(bitPattern: registers[right]))
        if x > y { place = Int(step.otherwise) }
      case .lessUnsigned:
        if registers[left] >= registers[right] { place = Int(step.otherwise) }
      case .lessOrEqualUnsigned:
        if registers[left] > registers[right] { place = Int(step.otherwise) }
      case .compare: if !compare(left) { place = Int(step.otherwise) }
      case .test: if try !test(left) { place = Int(step.otherwise) }

      case .copy: registers[target] = registers[left]
      case .add: registers[target] = registers[left] &+ registers[right]
      case .subtract: registers[target] = registers[left] &- registers[right]
      case .multiply: registers[target] = registers[left] &* registers[right]
      case .and: registers[target] = registers[left] & registers[right]
      case .or: registers[target] = registers[left] | registers[right]
      case .exclusiveOr: registers[target] = registers[left] ^ registers[right]
      case .shiftLeft: registers[target] = registers[left] &<< registers[right]
      case .shiftRight:
        let shifted =
          Int64(bitPattern: registers[left]) &>> Int64(bitPattern: registers[right])
        registers[target] = UInt64(bitPattern: shifted)
      case .shiftRightUnsigned: registers[target] = registers[left] &>> registers[right]
      case .divide, .remainder:
        let (x, y) = (Int64(bitPattern: registers[left]), Int64(bitPattern: registers[right]))
        // Zero is refused there, and of the least number the one quotient that does not fit wraps.
        if y == 0 || y == -1 {
          try compute(Int(step.otherwise))
        } else {
          registers[target] = UInt64(bitPattern: step.operation == .divide ? x / y : x % y)
        }
      case .divideUnsigned, .remainderUnsigned:
        let (x, y) = (registers[left], registers[right])
        if y == 0 {
          try compute(Int(step.otherwise))
        } else {
          registers[target] = step.operation == .divideUnsigned ? x / y : x % y
        }
      case .compute: try compute(left)

      case .insert:
        collect(left, right)
        open.insert(into: left)
        place = Int(step.otherwise)
      }
    }
  }

  @inline(__always)
  private func note(_ taken: inout Int) throws(EngineFailure) {
    taken &+= 1
    if taken & (Self.stepsPerLook - 1) == 0 { try lookAtLimits() }
  }

  @inline(never)
  private func lookAtLimits() throws(EngineFailure) {
    try limits.checkTime(span)
    // What columns have in reserve is not held.
    open.close()
    defer { open.open() }
    try limits.checkMemory(relations, span)
  }

  /// Puts listed registers where a row of relation `number` is expected.
  @inline(__always)
  private func collect(_ number: Int, _ list: Int) {
    let row = open.row
    for column in 0..<open.arity(of: number) {
      row[column] = registers[Int(lists[list &+ column])]
    }
  }

  @inline(__always)
  private func hash(_ index: OpenIndex, _ key: (_ place: Int) -> UInt64) -> UInt32 {
    if index.isExact { return TupleHash.code(UInt32(truncatingIfNeeded: key(0))) }
    var state = TupleHash.seed
    for place in 0..<index.keyCount { state = TupleHash.mix(state, key(place)) }
    return TupleHash.narrow(state)
  }

  @inline(__always)
  private func hasNeighbour(_ adjacency: OpenAdjacency, _ near: UInt64, _ far: UInt64) -> Bool {
    guard near < adjacency.domain, far <= UInt64(UInt32.max) else { return false }
    let number = Int(truncatingIfNeeded: near)
    let (start, end) = (Int(adjacency.offsets[number]), Int(adjacency.offsets[number &+ 1]))
    let row = adjacency.neighbours.slice(start, end &- start)
    let place = row.lastPlace(notAbove: UInt32(truncatingIfNeeded: far))
    return place < row.count && UInt64(row[place]) == far
  }

  // MARK: Batches of one row

  @inline(never)
  private func compute(_ number: Int) throws(EngineFailure) {
    let step = program.computations[number].step
    var next = counter
    try builtins.compute(
      step.functor, step.type, operands[number], count: 1, into: results[number], at: step.span,
      counter: &next)
    counter = next
  }

  @inline(never)
  private func compare(_ number: Int) -> Bool {
    let (left, right) = compared[number]
    let (comparison, relation, _, _) = program.comparisons[number]
    return comparison.select(relation, left, right, count: 1, into: selected.words) == 1
  }

  @inline(never)
  private func test(_ number: Int) throws(EngineFailure) -> Bool {
    let (left, right) = tested[number]
    let (kind, _, _, isNegated, span) = program.tests[number]
    return try tests.select(
      kind, left, right, count: 1, isNegated: isNegated, into: selected.words, at: span) == 1
  }
}
