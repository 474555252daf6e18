@_spi(Columns) import GraphCore

/// Runs one plan: pushes batches through its steps and hands the rows of the head to a sink.
///
/// Registers of a level are columns of `Batch.capacity` words. An expanding step first collects
/// pairs of (row of the batch, row of the relation), then gathers whole columns, so that its memory
/// accesses are independent of each other and the processor can overlap them.
final class RuleExecution {
  private(set) var plan: RulePlan
  let relations: [Relation]
  var builtins: Builtins
  private let terms: TermSpace
  let limits: LimitGuard
  let span: SourceSpan
  var sink: any RowSink = NoSink.shared {
    didSet { groupedHead = filtersGroups ? sink.groupedHead : nil }
  }
  /// How many workers have a sink like it.
  var sinkCount = 1
  /// The sink, where it tells derived rows by groups and the plan asks which they are.
  private var groupedHead: GroupedHead?
  private let filtersGroups: Bool
  /// Counts the rows of each step, where somebody wants to know.
  private(set) var meter: StepMeter?
  /// The registers of all levels, and behind those of each scratch for hashes and codes.
  private let registers: Column<UInt64>
  private let levelSize: Int
  /// Per level the left and right numbers of the pairs being collected, or a selection.
  private let pairWords: Column<UInt32>
  private let constants: Column<UInt64>
  /// Where all of these are: columns that are as large as they will be do not move.
  private let registerWords: Words<UInt64>
  private let pairPlaces: Words<UInt32>
  private var constantWords: Words<UInt64> = .empty
  private var constantRows: [RulePlan.Source: Int] = [:]
  private var counter: UInt64
  /// Space for the keys of a look-up among a relation's members.
  let keyWords: Column<Words<UInt64>>
  let outside: Column<UInt64>
  /// Per level the least and the greatest value that each row of a batch allows.
  let limitWords: Column<UInt64>
  /// The kernels of the steps that extend.
  var intersections: [Int: NeighbourIntersection] = [:]
  /// What asks the candidates of each join.
  var candidateBlocks: [Int: CandidateBlock] = [:]
  /// Per step the running totals of the rows that it sums up.
  var runningTotals: [Int: Column<UInt64>] = [:]
  /// Per step the different values of the column that it takes one row for each of.
  var distinctValues: [Int: Column<UInt64>] = [:]
  /// The part of the scan that workers take turns at that is this execution's; absent where it is all.
  var chunk: Range<Int>?
  /// The level of that scan.
  var chunkLevel = 0
  /// The rows that the scan finds, where it is those that are handed out.
  var chosenRows: Words<UInt32>?
  /// What this execution has derived, where that is not in the head's relation yet.
  var derived: Relation?
  /// Whether the sink needs no more rows.
  var isDone = false
  /// How many batches joins have made, to look at the limits now and then.
  var batches = 0
  private let tests: TextTests
  /// Where a witness is looked for: for each row of a batch whether it has one, the matches that it still has, and
  /// the rows that are looked at.
  let marks: Column<UInt8>
  let turns: Column<Turn>
  let searched: Column<UInt32>
  /// The relations that the steps read, each once.
  let readRelations: [Int]
  /// The registers of the head, each once however often the head has it.
  let headRegisters: [Int]
  /// The step from which on witnesses are looked for; -1 where none are.
  private let witnessStep: Int
  /// What the first scan brought lately, where that is asked.
  let recent: RecentRows?
  /// Where the head's columns are, and the operands of each step that computes or compares.
  private(set) var outputs: [Words<UInt64>] = []
  private var operands: [[Words<UInt64>]] = []

  /// - Parameter room: where the registers are, which other executions of the same thread have theirs in.
  init(
    plan: RulePlan, relations: [Relation], terms: TermSpace, limits: LimitGuard,
    span: SourceSpan, room: RegisterRoom
  ) {
    self.plan = plan
    self.relations = relations
    self.terms = terms
    builtins = Builtins(terms: terms)
    self.limits = limits
    self.span = span
    counter = 0
    filtersGroups =
      plan.groupedColumn != nil
      && plan.steps.contains { if case .unlessDerived = $0 { true } else { false } }
    tests = TextTests(terms: terms)
    levelSize = (plan.registerCount + 1) * Batch.capacity
    registers = room.registers(plan.levelCount * levelSize)
    pairWords = room.pairs(plan.levelCount * 2 * Batch.capacity)
    (registerWords, pairPlaces) = (registers.words, pairWords.words)
    constants = Column()
    keyWords = Column(repeating: .empty, count: 16)
    outside = Column(unspecified: Batch.capacity)
    let hasBounds = plan.steps.contains {
      switch $0 {
      case .join(let join): join.within != nil
      case .summarize: true
      default: false
      }
    }
    limitWords = Column(unspecified: hasBounds ? plan.levelCount * 2 * Batch.capacity : 0)
    let searchSize = plan.witness == nil ? 0 : Batch.capacity
    marks = Column(unspecified: searchSize)
    turns = Column(unspecified: searchSize)
    searched = Column(unspecified: searchSize)
    witnessStep = plan.witness?.step ?? -1
    recent = plan.repeated.map { RecentRows(width: $0.count) }
    readRelations = Set(plan.steps.flatMap(\.relations)).sorted()
    headRegisters = Set(
      plan.output.compactMap { if case .register(let register) = $0 { register } else { nil } }
    ).sorted()
    collectConstants()
    constantWords = constants.words
    placeOperands()
  }

  private func placeOperands() {
    var level = 0
    for (index, step) in plan.steps.enumerated() {
      if index == plan.witness?.step { outputs = plan.output.map { words($0, level: level) } }
      var sources: [RulePlan.Source] = []
      switch step {
      case .compute(let computation): sources = computation.operands
      case .compare(_, _, let left, let right), .test(_, let left, let right, _, _):
        sources = [left, right]
      case .copy(let from, _): sources = [from]
      case .join, .extend, .range, .unlessDerived, .existence, .lookup, .summarize, .never: break
      }
      operands.append(sources.map { words($0, level: level) })
      switch step {
      case .join, .extend, .range: level += 1
      default: break
      }
    }
    if plan.witness == nil { outputs = plan.output.map { words($0, level: level) } }
  }

  /// Runs the plan to its end, handing the head's rows to `sink`, and returns the next value of the
  /// counter. May be called again, in later rounds, with the same relations.
  func run(
    into sink: any RowSink, counter start: UInt64, iteration: UInt64, meter: StepMeter? = nil
  ) throws(EngineFailure) -> UInt64 {
    self.sink = sink
    self.meter = meter
    isDone = false
    recent?.begin()
    defer {
      self.sink = NoSink.shared
      self.meter = nil
    }
    chunk = nil
    counter = start
    builtins.iteration = iteration
    // One row without registers starts everything off.
    try step(0, level: 0, count: 1)
    return counter
  }

  /// The same for a sink that stays from round to round: `sink` is set by the caller, and nothing is metered.
  func runAgain(counter start: UInt64, iteration: UInt64) throws(EngineFailure) -> UInt64 {
    isDone = false
    recent?.begin()
    counter = start
    builtins.iteration = iteration
    try step(0, level: 0, count: 1)
    return counter
  }

  // MARK: Registers

  @inline(__always)
  func register(_ index: Int, level: Int) -> Words<UInt64> {
    registerWords.slice(level &* levelSize &+ index &* Batch.capacity, Batch.capacity)
  }

  @inline(__always)
  func states(_ level: Int) -> Words<UInt64> { register(plan.registerCount, level: level) }

  @inline(__always)
  func pairLeft(_ level: Int) -> Words<UInt32> {
    pairPlaces.slice(2 &* level &* Batch.capacity, Batch.capacity)
  }

  @inline(__always)
  func pairRight(_ level: Int) -> Words<UInt32> {
    pairPlaces.slice((2 &* level &+ 1) &* Batch.capacity, Batch.capacity)
  }

  @inline(__always)
  func words(_ source: RulePlan.Source, level: Int) -> Words<UInt64> {
    switch source {
    case .register(let index): register(index, level: level)
    case .constant, .given:
      constantWords.slice((constantRows[source] ?? 0) * Batch.capacity, Batch.capacity)
    }
  }

  /// Puts other texts in the place of those that are given.
  func give(_ words: [UInt64]) {
    plan.given = words
    for (source, row) in constantRows {
      if case .given(let number) = source { fill(row, with: words[number]) }
    }
  }

  private func fill(_ row: Int, with word: UInt64) {
    let column = constants.words.slice(row * Batch.capacity, Batch.capacity)
    for place in 0..<Batch.capacity { column[place] = word }
  }

  /// Gives every constant of the plan a column of its own, so that no kernel needs to know of them.
  private func collectConstants() {
    func add(_ source: RulePlan.Source) {
      let word: UInt64
      switch source {
      case .register: return
      case .constant(let constant): word = constant
      case .given(let number): word = plan.given[number]
      }
      guard constantRows[source] == nil else { return }
      let row = constants.count / Batch.capacity
      constantRows[source] = row
      constants.grow(by: Batch.capacity)
      fill(row, with: word)
    }
    for source in plan.output { add(source) }
    for step in plan.steps {
      switch step {
      case .join(let join):
        for source in join.keySources { add(source) }
        for bound in join.within?.bounds ?? [] { add(bound.value) }
      case .extend(let extended):
        for side in extended.neighbours { add(side.near) }
        for bound in extended.bounds { add(bound.value) }
      case .unlessDerived(_, let head): for source in head { add(source) }
      case .existence(let existence): for source in existence.keySources { add(source) }
      case .lookup(let lookup): for source in lookup.keySources { add(source) }
      case .summarize(let summary): for source in summary.sources { add(source) }
      case .compute(let computation): for source in computation.operands { add(source) }
      case .copy(let from, _): add(from)
      case .compare(_, _, let left, let right), .test(_, let left, let right, _, _):
        add(left)
        add(right)
      case .range(_, _, let from, let to, let step, _):
        add(from)
        add(to)
        if let step { add(step) }
      case .never: break
      }
    }
  }

  // MARK: Steps

  func step(_ index: Int, level: Int, count initial: Int) throws(EngineFailure) {
    var count = initial
    var index = index
    while count > 0 {
      guard index < plan.steps.count else {
        if let witness = plan.witness {
          noteWitnesses(witness.register, level: level, count: count)
          return
        }
        meter?.enter(index, count: count)
        try sink.add(outputs, count: count)
        isDone = sink.isComplete
        return
      }
      meter?.enter(index, count: count)
      if witnessStep >= 0, index >= witnessStep, let witness = plan.witness,
        plan.steps[index].expands
      {
        if index == witnessStep {
          return try findWitnesses(witness, at: index, level: level, count: count)
        }
        count = dropWitnessed(witness, at: index, level: level, count: count)
        if count == 0 { return }
      }
      switch plan.steps[index] {
      case .never: return
      case .join(let join):
        try limits.checkTime(span)
        try self.join(join, at: index, level: level, count: count)
        return
      case .range(let target, let type, let from, let to, let step, let carried):
        try range(
          target, type, words(from, level: level), words(to, level: level),
          step.map { words($0, level: level) }, carried, at: index, level: level, count: count)
        return
      case .extend(let extended):
        try limits.checkTime(span)
        try extend(extended, at: index, level: level, count: count)
        return
      case .unlessDerived(let head, let row):
        if let groupedHead {
          let selected = pairLeft(level)
          let kept = groupedHead.selectNew(
            row.map { words($0, level: level) }, count: count, into: selected)
          count = compact(selected, kept, from: count, at: index, level: level)
        } else {
          count = dropDerived(relations[head], row, at: index, level: level, count: count)
        }
        if let derived {
          count = dropDerived(derived, row, at: index, level: level, count: count)
        }
      case .existence(let existence):
        count = filter(existence, at: index, level: level, count: count)
      case .lookup(let lookup):
        self.lookup(lookup, level: level, count: count)
      case .summarize(let summary):
        count = summarize(summary, at: index, level: level, count: count)
      case .compute(let computation):
        try compute(computation, at: index, level: level, count: count)
      case .copy(_, let target):
        let (input, output) = (operands[index][0], register(target, level: level))
        for i in 0..<count { output[i] = input[i] }
      case .compare(let relation, let type, _, _):
        let selected = pairLeft(level)
        let kept = tests.compare(
          relation, type, operands[index][0], operands[index][1], count: count, into: selected)
        count = compact(selected, kept, from: count, at: index, level: level)
      case .test(let kind, _, _, let isNegated, let span):
        let selected = pairLeft(level)
        let kept = try tests.select(
          kind, operands[index][0], operands[index][1], count: count, isNegated: isNegated,
          into: selected, at: span)
        count = compact(selected, kept, from: count, at: index, level: level)
      }
      index += 1
    }
  }

  /// Goes on with a batch that an expanding step has made, whose rows have passed a filter.
  func next(_ index: Int, level: Int, count: Int, behind filter: CandidateFilter? = nil)
    throws(EngineFailure)
  {
    var count = count
    if index == 0, let recent, let repeated = plan.repeated {
      count = dropRecent(recent, repeated, count: count)
    }
    for step in filter?.repeated ?? [] {
      guard case .compute(let computation) = plan.steps[step] else { continue }
      try compute(computation, at: step, level: level + 1, count: count)
    }
    try step(filter?.end ?? index + 1, level: level + 1, count: count)
    meter?.resume(index)
  }

  private func compute(_ computation: RulePlan.Computation, at index: Int, level: Int, count: Int)
    throws(EngineFailure)
  {
    // A property cannot be handed over and changed by who takes it while the whole is read.
    var next = counter
    try builtins.compute(
      computation.functor, computation.type, operands[index], count: count,
      into: register(computation.register, level: level), at: computation.span, counter: &next)
    counter = next
  }

  /// Moves the selected rows of all registers that are still needed to the front.
  func compact(
    _ selected: Words<UInt32>, _ kept: Int, from count: Int, at index: Int, level: Int
  ) -> Int {
    if kept == count { return count }
    for live in plan.live[index] {
      let values = register(live, level: level)
      for i in 0..<kept { values[i] = values[Int(selected[i])] }
    }
    return kept
  }

  // MARK: Joins

  func bounds(_ relation: Relation, _ range: RulePlan.Range) -> (lower: Int, upper: Int) {
    switch range {
    case .all: (0, relation.visible)
    case .delta: (relation.stable, relation.visible)
    case .old: (0, relation.stable)
    }
  }

  func join(_ join: RulePlan.Join, at index: Int, level: Int, count: Int)
    throws(EngineFailure)
  {
    if let rows = compactRows(for: join, isFirst: level == 0) {
      return try self.join(join, rows, at: index, level: level, count: count)
    }
    let relation = relations[join.relation]
    if let column = join.distinctGroups {
      return try scanValues(join, relation, of: column, at: index, level: level, count: count)
    }
    var (lower, upper) = bounds(relation, join.range)
    let isShared = chunk != nil && level == chunkLevel
    if let chunk, isShared, let chosenRows {
      let rows = chosenRows.slice(chunk.lowerBound, chunk.count)
      return try take(rows, of: relation, join, at: index, level: level, count: count)
    }
    if let chunk, isShared, join.groupedBy == nil {
      (lower, upper) = (lower + chunk.lowerBound, lower + chunk.upperBound)
    }
    guard lower < upper else { return }
    if let within = join.within {
      setLimits(within, level: level, count: count)
      if !isShared, lower == 0,
        let ordered = relation.ordered(
          by: within.column, join.keyColumns, keys: count, below: upper)
      {
        try probe(join, relation, ordered, below: upper, at: index, level: level, count: count)
        lower = ordered.rows.rowCount
        if lower >= upper || isDone { return }
      }
    }
    if join.keyColumns.isEmpty {
      try scan(join, relation, lower, upper, at: index, level: level, count: count)
    } else if isShared
      || relation.prefersScan(for: join.keyColumns, keys: count, rows: upper - lower)
    {
      try select(join, relation, lower..<upper, at: index, level: level, count: count)
    } else {
      try probe(join, relation, lower, upper, at: index, level: level, count: count)
    }
  }

  /// So many chains before it is walked along, the first link of a chain is asked for.
  private static let chainsAhead = 8

  private func probe(
    _ join: RulePlan.Join, _ relation: Relation, _ lower: Int, _ upper: Int, at index: Int,
    level: Int, count: Int
  ) throws(EngineFailure) {
    if lower == 0, upper == relation.rowCount, let groups = relation.groups(by: join.keyColumns) {
      try probe(join, relation, groups, at: index, level: level, count: count)
      return
    }
    let hashIndex = relation.index(on: join.keyColumns)
    let heads = states(level)
    hashKeys(join.keySources, hashIndex, level: level, count: count, into: heads)
    let left = pairLeft(level)
    let right = pairRight(level)
    let kept = numberKeys(heads.slice(0, count), relation, hashIndex, from: lower)
    hashIndex.findHeads(of: heads.slice(0, kept))
    let chain = hashIndex.chain
    var pairs = 0
    for i in 0..<kept {
      if i &+ Self.chainsAhead < kept {
        chain.prefetch(Int(UInt32(truncatingIfNeeded: heads[i &+ Self.chainsAhead])) &- 1)
      }
      var link = Int(UInt32(truncatingIfNeeded: heads[i]))
      // Chains run from new rows to old ones.
      while link > upper { link = Int(chain[link &- 1]) }
      while link > lower {
        left[pairs] = UInt32(truncatingIfNeeded: heads[i] >> 32)
        right[pairs] = UInt32(truncatingIfNeeded: link &- 1)
        pairs &+= 1
        if pairs == Batch.capacity {
          try flush(join, relation, pairs, isExact: hashIndex.isExact, at: index, level: level)
          pairs = 0
          if isDone { return }
        }
        link = Int(chain[link &- 1])
      }
    }
    if pairs > 0 {
      try flush(join, relation, pairs, isExact: hashIndex.isExact, at: index, level: level)
    }
  }

  /// Puts the number of each key in the upper half of its hash, and leaves those out that no row from `lower` on has, as
  /// far as a filter knows. Returns how many there are.
  private func numberKeys(
    _ hashes: Words<UInt64>, _ relation: Relation, _ index: HashIndex, from lower: Int
  ) -> Int {
    if lower > 0,
      let filter = index.filter(
        of: index.columns.map { relation.view($0) }, from: lower, keys: hashes.count)
    {
      return filter.select(hashes)
    }
    for i in 0..<hashes.count { hashes[i] |= UInt64(i) &<< 32 }
    return hashes.count
  }

  func hashKeys(
    _ sources: [RulePlan.Source], _ index: HashIndex, level: Int, count: Int,
    into hashes: Words<UInt64>
  ) {
    if index.isExact {
      let keys = words(sources[0], level: level)
      for i in 0..<count {
        hashes[i] = UInt64(TupleHash.code(UInt32(truncatingIfNeeded: keys[i])))
      }
      return
    }
    for i in 0..<count { hashes[i] = TupleHash.seed }
    for source in sources {
      TupleHash.fold(words(source, level: level), count: count, into: hashes)
    }
    for i in 0..<count { hashes[i] = UInt64(TupleHash.narrow(hashes[i])) }
  }

  func checkMemory() throws(EngineFailure) {
    try limits.checkMemory(relations, beside: sink.heldByteCount * sinkCount, span)
  }

  /// How many more bytes may be held.
  func memoryLeft() throws(EngineFailure) -> Int {
    try checkMemory()
    return limits.memoryLeft(held: limits.noteSize(of: relations))
  }

  func noteBatch() throws(EngineFailure) {
    batches &+= 1
    if batches & 0xFF == 0 {
      try limits.checkTime(span)
      try checkMemory()
    }
  }

  /// Turns collected pairs into a batch of the next level and goes on with it.
  func flush(
    _ join: RulePlan.Join, _ relation: Relation, _ collected: Int, isExact: Bool,
    isWithin: Bool = false, behind filter: CandidateFilter? = nil, at index: Int, level: Int
  ) throws(EngineFailure) {
    try noteBatch()
    let left = pairLeft(level)
    let right = pairRight(level)
    var pairs = collected
    if !isExact {
      for (column, source) in zip(join.keyColumns, join.keySources) {
        let keys = words(source, level: level)
        let view = relation.view(column)
        var kept = 0
        for pair in 0..<pairs where view[Int(right[pair])] == keys[Int(left[pair])] {
          left[kept] = left[pair]
          right[kept] = right[pair]
          kept &+= 1
        }
        pairs = kept
      }
    }
    if let within = join.within, !isWithin, !within.isHint {
      pairs = keepWithin(within, relation, pairs, level: level)
    }
    if relation.hasDeadRows {
      var kept = 0
      for pair in 0..<pairs where !relation.isDead(Int(right[pair])) {
        left[kept] = left[pair]
        right[kept] = right[pair]
        kept &+= 1
      }
      pairs = kept
    }
    for column in join.required {
      let view = relation.view(column)
      guard view.presence != nil else { continue }
      var kept = 0
      for pair in 0..<pairs where view.isPresent(Int(right[pair])) {
        left[kept] = left[pair]
        right[kept] = right[pair]
        kept &+= 1
      }
      pairs = kept
    }
    guard pairs > 0 else { return }
    for carried in join.carried {
      let (input, output) = (
        register(carried, level: level), register(carried, level: level + 1)
      )
      for pair in 0..<pairs { output[pair] = input[Int(left[pair])] }
    }
    for output in join.outputs {
      relation.view(output.column).gather(
        right, count: pairs, into: register(output.register, level: level + 1))
    }
    try next(index, level: level, count: pairs, behind: filter)
  }

  // MARK: Filters by relations

  private func dropDerived(
    _ relation: Relation, _ row: [RulePlan.Source], at index: Int, level: Int, count: Int
  ) -> Int {
    let selected = pairLeft(level)
    guard
      let kept = selectMembers(
        relation, row, present: false, level: level, count: count, into: selected)
    else { return count }
    return compact(selected, kept, from: count, at: index, level: level)
  }
}
