@_spi(Columns) import GraphCore

/// Runs one plan: pushes batches through its steps and hands the rows of the head to a sink.
///
/// Registers of a level are columns of `Batch.capacity` words. An expanding step first collects
/// pairs of (row of the batch, row of the relation), then gathers whole columns, so that its memory
/// accesses are independent of each other and the processor can overlap them.
final class RuleExecution {
  private let plan: RulePlan
  private let relations: [Relation]
  private let builtins: Builtins
  private let limits: LimitGuard
  private let span: SourceSpan
  private let sink: any RowSink
  /// Counts the rows of each step, where somebody wants to know.
  private let meter: StepMeter?
  /// One block of registers per level.
  private let levels: [Column<UInt64>]
  /// Per level the pairs being collected, and scratch for hashes and selections.
  private let pairLeft: [Column<UInt32>]
  private let pairRight: [Column<UInt32>]
  private let states: [Column<UInt64>]
  private let constants: Column<UInt64>
  private var constantRows: [UInt64: Int] = [:]
  private var counter: UInt64
  /// How many batches joins have made, to look at the limits now and then.
  private var batches = 0
  private let tests: TextTests

  init(
    plan: RulePlan, relations: [Relation], terms: TermSpace, limits: LimitGuard,
    span: SourceSpan, counter: UInt64, iteration: UInt64, sink: any RowSink, meter: StepMeter?
  ) {
    self.plan = plan
    self.relations = relations
    builtins = Builtins(terms: terms, iteration: iteration)
    self.limits = limits
    self.span = span
    self.sink = sink
    self.meter = meter
    self.counter = counter
    tests = TextTests(terms: terms)
    let size = max(plan.registerCount, 1) * Batch.capacity
    levels = (0..<plan.levelCount).map { _ in
      let block = Column<UInt64>(minimumCapacity: size)
      block.grow(by: size)
      return block
    }
    pairLeft = (0..<plan.levelCount).map { _ in Column(repeating: 0, count: Batch.capacity) }
    pairRight = (0..<plan.levelCount).map { _ in Column(repeating: 0, count: Batch.capacity) }
    states = (0..<plan.levelCount).map { _ in Column(repeating: 0, count: Batch.capacity) }
    constants = Column()
    collectConstants()
  }

  /// Runs the plan to its end and returns the next value of the counter.
  func run() throws(EngineFailure) -> UInt64 {
    // One row without registers starts everything off.
    try step(0, level: 0, count: 1)
    return counter
  }

  // MARK: Registers

  @inline(__always)
  private func register(_ index: Int, level: Int) -> Words<UInt64> {
    levels[level].words.slice(index * Batch.capacity, Batch.capacity)
  }

  @inline(__always)
  private func words(_ source: RulePlan.Source, level: Int) -> Words<UInt64> {
    switch source {
    case .register(let index): register(index, level: level)
    case .constant(let word):
      constants.words.slice((constantRows[word] ?? 0) * Batch.capacity, Batch.capacity)
    }
  }

  /// Gives every constant of the plan a column of its own, so that no kernel needs to know of them.
  private func collectConstants() {
    func add(_ source: RulePlan.Source) {
      guard case .constant(let word) = source, constantRows[word] == nil else { return }
      constantRows[word] = constants.count / Batch.capacity
      for _ in 0..<Batch.capacity { constants.append(word) }
    }
    for source in plan.output { add(source) }
    for step in plan.steps {
      switch step {
      case .join(let join): for source in join.keySources { add(source) }
      case .existence(let existence): for source in existence.keySources { add(source) }
      case .lookup(let lookup): for source in lookup.keySources { add(source) }
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

  private func step(_ index: Int, level: Int, count initial: Int) throws(EngineFailure) {
    var count = initial
    var index = index
    while count > 0 {
      meter?.enter(index, count: count)
      guard index < plan.steps.count else {
        try sink.add(plan.output.map { words($0, level: level) }, count: count)
        return
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
      case .existence(let existence):
        count = filter(existence, at: index, level: level, count: count)
      case .lookup(let lookup):
        self.lookup(lookup, level: level, count: count)
      case .compute(let computation):
        try builtins.compute(
          computation.functor, computation.type,
          computation.operands.map { words($0, level: level) }, count: count,
          into: register(computation.register, level: level), at: computation.span,
          counter: &counter)
      case .copy(let from, let target):
        let (input, output) = (words(from, level: level), register(target, level: level))
        for i in 0..<count { output[i] = input[i] }
      case .compare(let relation, let type, let left, let right):
        let selected = pairLeft[level].words
        let kept = Comparisons(type: type, terms: builtins.terms).select(
          relation, words(left, level: level), words(right, level: level), count: count,
          into: selected)
        count = compact(selected, kept, from: count, at: index, level: level)
      case .test(let kind, let left, let right, let isNegated, let span):
        let selected = pairLeft[level].words
        let kept = try tests.select(
          kind, words(left, level: level), words(right, level: level), count: count,
          isNegated: isNegated, into: selected, at: span)
        count = compact(selected, kept, from: count, at: index, level: level)
      }
      index += 1
    }
  }

  /// Moves the selected rows of all registers that are still needed to the front.
  private func compact(
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

  private func bounds(_ relation: Relation, _ range: RulePlan.Range) -> (lower: Int, upper: Int) {
    switch range {
    case .all: (0, relation.visible)
    case .delta: (relation.stable, relation.visible)
    case .old: (0, relation.stable)
    }
  }

  private func join(_ join: RulePlan.Join, at index: Int, level: Int, count: Int)
    throws(EngineFailure)
  {
    let relation = relations[join.relation]
    let (lower, upper) = bounds(relation, join.range)
    guard lower < upper else { return }
    if join.keyColumns.isEmpty {
      try scan(join, relation, lower, upper, at: index, level: level, count: count)
    } else {
      try probe(join, relation, lower, upper, at: index, level: level, count: count)
    }
  }

  private func scan(
    _ join: RulePlan.Join, _ relation: Relation, _ lower: Int, _ upper: Int, at index: Int,
    level: Int, count: Int
  ) throws(EngineFailure) {
    let left = pairLeft[level].words
    let right = pairRight[level].words
    var pairs = 0
    for i in 0..<count {
      for row in lower..<upper {
        left[pairs] = UInt32(truncatingIfNeeded: i)
        right[pairs] = UInt32(truncatingIfNeeded: row)
        pairs &+= 1
        if pairs == Batch.capacity {
          try flush(join, relation, pairs, isExact: true, at: index, level: level)
          pairs = 0
        }
      }
    }
    if pairs > 0 { try flush(join, relation, pairs, isExact: true, at: index, level: level) }
  }

  private func probe(
    _ join: RulePlan.Join, _ relation: Relation, _ lower: Int, _ upper: Int, at index: Int,
    level: Int, count: Int
  ) throws(EngineFailure) {
    let hashIndex = relation.index(on: join.keyColumns)
    let hashes = states[level].words
    hashKeys(join.keySources, hashIndex, level: level, count: count, into: hashes)
    let left = pairLeft[level].words
    let right = pairRight[level].words
    let chain = hashIndex.chain
    var pairs = 0
    for i in 0..<count {
      var link = Int(hashIndex.head(of: UInt32(truncatingIfNeeded: hashes[i])))
      // Chains run from new rows to old ones.
      while link > upper { link = Int(chain[link &- 1]) }
      while link > lower {
        left[pairs] = UInt32(truncatingIfNeeded: i)
        right[pairs] = UInt32(truncatingIfNeeded: link &- 1)
        pairs &+= 1
        if pairs == Batch.capacity {
          try flush(join, relation, pairs, isExact: hashIndex.isExact, at: index, level: level)
          pairs = 0
        }
        link = Int(chain[link &- 1])
      }
    }
    if pairs > 0 {
      try flush(join, relation, pairs, isExact: hashIndex.isExact, at: index, level: level)
    }
  }

  private func hashKeys(
    _ sources: [RulePlan.Source], _ index: HashIndex, level: Int, count: Int,
    into hashes: Words<UInt64>
  ) {
    if index.isExact {
      let keys = words(sources[0], level: level)
      for i in 0..<count { hashes[i] = UInt64(index.hash(ofCode: keys[i])) }
      return
    }
    for i in 0..<count { hashes[i] = TupleHash.seed }
    for source in sources {
      TupleHash.fold(words(source, level: level), count: count, into: hashes)
    }
    for i in 0..<count { hashes[i] = UInt64(TupleHash.narrow(hashes[i])) }
  }

  /// Turns collected pairs into a batch of the next level and goes on with it.
  private func flush(
    _ join: RulePlan.Join, _ relation: Relation, _ collected: Int, isExact: Bool, at index: Int,
    level: Int
  ) throws(EngineFailure) {
    batches &+= 1
    if batches & 0xFF == 0 {
      try limits.checkTime(span)
      try limits.checkMemory(relations, span)
    }
    let left = pairLeft[level].words
    let right = pairRight[level].words
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
    try step(index + 1, level: level + 1, count: pairs)
    meter?.resume(index)
  }

  // MARK: Filters by relations

  private func filter(
    _ existence: RulePlan.Existence, at index: Int, level: Int, count: Int
  ) -> Int {
    let relation = relations[existence.relation]
    let selected = pairLeft[level].words
    var kept = 0
    if existence.keyColumns.isEmpty {
      let holds = (relation.liveCount > 0) != existence.isNegated
      return holds ? count : 0
    }
    let hashIndex = relation.index(on: existence.keyColumns)
    let hashes = states[level].words
    hashKeys(existence.keySources, hashIndex, level: level, count: count, into: hashes)
    let chain = hashIndex.chain
    let keys = existence.keySources.map { words($0, level: level) }
    let views = existence.keyColumns.map { relation.view($0) }
    let isPlain = hashIndex.isExact && !relation.hasDeadRows
    for i in 0..<count {
      var link = Int(hashIndex.head(of: UInt32(truncatingIfNeeded: hashes[i])))
      var isFound = false
      while link > 0 {
        if isPlain {
          isFound = true
          break
        }
        let row = link &- 1
        var isEqual = !relation.isDead(row)
        for column in 0..<keys.count where isEqual {
          if views[column][row] != keys[column][i] { isEqual = false }
        }
        if isEqual {
          isFound = true
          break
        }
        link = Int(chain[row])
      }
      if isFound != existence.isNegated {
        selected[kept] = UInt32(truncatingIfNeeded: i)
        kept &+= 1
      }
    }
    return compact(selected, kept, from: count, at: index, level: level)
  }

  private func lookup(_ lookup: RulePlan.GroupLookup, level: Int, count: Int) {
    let relation = relations[lookup.relation]
    let output = register(lookup.register, level: level)
    let value = relation.view(relation.arity - 1)
    if lookup.keyColumns.isEmpty {
      let word = relation.rowCount > 0 ? value[0] : 0
      for i in 0..<count { output[i] = word }
      return
    }
    let hashIndex = relation.index(on: lookup.keyColumns)
    let hashes = states[level].words
    hashKeys(lookup.keySources, hashIndex, level: level, count: count, into: hashes)
    let chain = hashIndex.chain
    let keys = lookup.keySources.map { words($0, level: level) }
    let views = lookup.keyColumns.map { relation.view($0) }
    for i in 0..<count {
      var link = Int(hashIndex.head(of: UInt32(truncatingIfNeeded: hashes[i])))
      var word: UInt64 = 0
      while link > 0 {
        let row = link &- 1
        var isEqual = true
        for column in 0..<keys.count where isEqual {
          if views[column][row] != keys[column][i] { isEqual = false }
        }
        if isEqual {
          word = value[row]
          break
        }
        link = Int(chain[row])
      }
      output[i] = word
    }
  }

  // MARK: Ranges

  private func range(
    _ target: Int, _ type: ColumnType, _ from: Words<UInt64>, _ to: Words<UInt64>,
    _ step: Words<UInt64>?, _ carried: [Int], at index: Int, level: Int, count: Int
  ) throws(EngineFailure) {
    let left = pairLeft[level].words
    let output = register(target, level: level + 1)
    var pairs = 0
    func flush() throws(EngineFailure) {
      for carried in carried {
        let (input, copy) = (
          register(carried, level: level), register(carried, level: level + 1)
        )
        for pair in 0..<pairs { copy[pair] = input[Int(left[pair])] }
      }
      let ready = pairs
      pairs = 0
      try self.step(index + 1, level: level + 1, count: ready)
      meter?.resume(index)
    }
    for i in 0..<count {
      var sequence = NumberRange(type: type, from: from[i], to: to[i], step: step?[i])
      while let word = sequence.next() {
        left[pairs] = UInt32(truncatingIfNeeded: i)
        output[pairs] = word
        pairs += 1
        if pairs == Batch.capacity {
          try limits.checkTime(span)
          batches &+= 1
          if batches & 0xFF == 0 { try limits.checkMemory(relations, span) }
          try flush()
        }
      }
    }
    if pairs > 0 { try flush() }
  }
}

/// The numbers of `range(from, to, step)`: `to` is not included, and the default step leads from
/// `from` towards `to`.
struct NumberRange {
  private let type: ColumnType
  private var current: UInt64
  private let end: UInt64
  private let step: UInt64
  private let isDescending: Bool
  private var isDone: Bool
  private let isSingle: Bool

  init(type: ColumnType, from: UInt64, to: UInt64, step: UInt64?) {
    self.type = type
    current = from
    end = to
    switch type {
    case .float:
      let (a, b) = (Double(bitPattern: from), Double(bitPattern: to))
      let size = step.map { Double(bitPattern: $0) } ?? (a <= b ? 1 : -1)
      self.step = size.bitPattern
      isDescending = size < 0
      isDone = size != size
      isSingle = size == 0
    case .unsigned:
      // Unsigned steps have no sign; without one the direction is that of the bounds.
      isDescending = step == nil && from > to
      self.step = step ?? 1
      isDone = false
      isSingle = self.step == 0
    case .number, .symbol, .boolean, .record:
      let isFalling = Int64(bitPattern: from) > Int64(bitPattern: to)
      let size = step ?? (isFalling ? UInt64(bitPattern: -1) : 1)
      self.step = size
      isDescending = Int64(bitPattern: size) < 0
      isDone = false
      isSingle = size == 0
    }
  }

  mutating func next() -> UInt64? {
    if isDone { return nil }
    let value = current
    if isSingle {
      // A step of nothing stays at the start, if the range has one.
      isDone = true
      return current == end ? nil : current
    }
    switch type {
    case .float:
      let (x, last) = (Double(bitPattern: current), Double(bitPattern: end))
      guard isDescending ? x > last : x < last else { return nil }
      let following = x + Double(bitPattern: step)
      // A step too small to change the value would never end.
      if following == x { isDone = true }
      current = following.bitPattern
      return canonicalWord(x)
    case .unsigned:
      guard isDescending ? current > end : current < end else { return nil }
      let (following, overflow) =
        isDescending
        ? current.subtractingReportingOverflow(step) : current.addingReportingOverflow(step)
      current = following
      isDone = overflow
      return value
    case .number, .symbol, .boolean, .record:
      let (x, last) = (Int64(bitPattern: current), Int64(bitPattern: end))
      guard isDescending ? x > last : x < last else { return nil }
      let (following, overflow) = x.addingReportingOverflow(Int64(bitPattern: step))
      current = UInt64(bitPattern: following)
      isDone = overflow
      return value
    }
  }
}

/// Takes the rows that a rule derives, a batch at a time.
protocol RowSink: AnyObject {
  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure)
}

/// Adds derived rows to a relation.
final class RelationSink: RowSink {
  private let relation: Relation

  init(_ relation: Relation) { self.relation = relation }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    relation.insert(columns, count: count)
  }
}
