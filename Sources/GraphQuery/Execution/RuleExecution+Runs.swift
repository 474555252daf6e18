@_spi(Columns) import GraphCore

/// Joining a batch with rows that lie one after another, in the relation or in a list of an index: many for each row of the
/// batch, so that what they have in common is written in a run, and what excludes them is asked before they are copied.
extension RuleExecution {
  /// Where the rows lie that come beside each row of the batch.
  struct Runs {
    /// The numbers of rows; absent where a place is the number of a row.
    let rows: Words<UInt32>?
    /// The place of the first one in the upper half, and behind the last in the lower one.
    let places: Words<UInt64>

    @inline(__always)
    subscript(i: Int) -> Range<Int> {
      Int(places[i] &>> 32)..<Int(UInt32(truncatingIfNeeded: places[i]))
    }

    @inline(__always)
    static func word(_ places: Range<Int>) -> UInt64 {
      UInt64(places.lowerBound) &<< 32 | UInt64(places.upperBound)
    }
  }

  /// A run of fewer rows is not worth a loop for each column.
  static let leastRun = 16

  /// Whether the runs are long enough.
  func areLong(_ runs: Runs, count: Int) -> Bool {
    var (rows, nonEmpty) = (0, 0)
    for i in 0..<count {
      rows &+= runs[i].count
      nonEmpty &+= runs[i].isEmpty ? 0 : 1
    }
    return rows >= Self.leastRun &* max(nonEmpty, 1)
  }

  /// Whether each row of a run goes on that passes the conditions behind the join.
  func takesEachRow(_ join: RulePlan.Join, _ relation: Relation) -> Bool {
    !relation.hasDeadRows && join.required.allSatisfy { relation.view($0).presence == nil }
  }

  /// The same rows beside each row of the batch.
  func joinRows(
    _ join: RulePlan.Join, _ relation: Relation, _ rows: Range<Int>, at index: Int, level: Int,
    count: Int
  ) throws(EngineFailure) {
    let places = states(level)
    for i in 0..<count { places[i] = Runs.word(rows) }
    try joinRuns(
      join, relation, Runs(rows: nil, places: places), at: index, level: level, count: count)
  }

  /// Goes on with the rows of all runs, each beside its row of the batch.
  func joinRuns(
    _ join: RulePlan.Join, _ relation: Relation, _ runs: Runs, at index: Int, level: Int, count: Int
  ) throws(EngineFailure) {
    if let filter = join.filter {
      return try filterRuns(
        join, relation, runs, candidateBlock(filter, at: index), at: index, level: level,
        count: count)
    }
    var filled = 0
    for i in 0..<count {
      var places = runs[i]
      while !places.isEmpty {
        let size = min(places.count, Batch.capacity &- filled)
        for carried in join.carried {
          let word = register(carried, level: level)[i]
          let output = register(carried, level: level + 1)
          for place in filled..<(filled &+ size) { output[place] = word }
        }
        // What the next steps insert may move the columns.
        for output in join.outputs {
          let target = register(output.register, level: level + 1).slice(filled, size)
          if let rows = runs.rows {
            relation.view(output.column).gather(
              rows.slice(places.lowerBound, size), count: size, into: target)
          } else {
            relation.view(output.column).load(from: places.lowerBound, count: size, into: target)
          }
        }
        filled &+= size
        places = places.lowerBound &+ size..<places.upperBound
        if filled < Batch.capacity { continue }
        try noteBatch()
        try next(index, level: level, count: filled)
        if isDone { return }
        filled = 0
      }
    }
    if filled == 0 { return }
    try noteBatch()
    try next(index, level: level, count: filled)
  }

  // MARK: Filters

  func candidateBlock(_ filter: CandidateFilter, at index: Int) -> CandidateBlock {
    if let known = candidateBlocks[index] { return known }
    let made = CandidateBlock(filter)
    candidateBlocks[index] = made
    return made
  }

  /// Goes on with those rows of all runs that pass a filter.
  private func filterRuns(
    _ join: RulePlan.Join, _ relation: Relation, _ runs: Runs, _ block: CandidateBlock,
    at index: Int, level: Int, count: Int
  ) throws(EngineFailure) {
    let right = pairRight(level)
    block.read(relation)
    try forEachBlock(of: runs, block, at: index, level: level, count: count) { places in
      if let rows = runs.rows {
        block.load(rows.slice(places.lowerBound, places.count))
      } else {
        block.load(from: places.lowerBound, count: places.count)
      }
    } take: { pair, place in
      right[pair] = runs.rows?[place] ?? UInt32(truncatingIfNeeded: place)
    } flush: { pairs throws(EngineFailure) in
      try flush(
        join, relation, pairs, isExact: true, isWithin: true, behind: block.filter, at: index,
        level: level)
      // What the next steps insert may move the columns.
      block.read(relation)
    }
  }

  /// The same with values, which a register of the next level takes.
  func filterRuns(
    _ extended: RulePlan.Extension, _ runs: Runs, _ block: CandidateBlock, at index: Int,
    level: Int, count: Int
  ) throws(EngineFailure) {
    guard let values = runs.rows else { return }
    let output = register(extended.register, level: level + 1)
    try forEachBlock(of: runs, block, at: index, level: level, count: count) { places in
      block.load(values: values.slice(places.lowerBound, places.count))
    } take: { pair, place in
      output[pair] = UInt64(values[place])
    } flush: { pairs throws(EngineFailure) in
      try flush(extended, pairs, behind: block.filter, at: index, level: level)
    }
  }

  /// Collects the places of all runs that pass a filter, beside the numbers of their rows of the batch.
  /// - Parameters:
  ///   - load: puts what lies at some places into the block
  ///   - take: notes the place of a pair; the same pair may be given another one
  ///   - flush: goes on with so many pairs
  @inline(__always)
  private func forEachBlock(
    of runs: Runs, _ block: CandidateBlock, at index: Int, level: Int, count: Int,
    load: (Range<Int>) -> Void, take: (_ pair: Int, _ place: Int) -> Void,
    flush: (_ pairs: Int) throws(EngineFailure) -> Void
  ) throws(EngineFailure) {
    let left = pairLeft(level)
    var (pairs, candidates) = (0, 0)
    for i in 0..<count {
      let places = runs[i]
      if places.isEmpty { continue }
      for (number, shared) in block.filter.shared.enumerated() {
        block.share(number, words(shared.source, level: level)[i], count: places.count)
      }
      for place in stride(
        from: places.lowerBound, to: places.upperBound, by: CandidateBlock.capacity)
      {
        let size = min(places.upperBound &- place, CandidateBlock.capacity)
        candidates &+= size
        if candidates >= Batch.capacity {
          try noteBatch()
          candidates = 0
        }
        meter?.resume(index + 1)
        load(place..<place &+ size)
        let isAny = block.evaluate(count: size, meter: meter, firstStep: index + 1)
        meter?.resume(index)
        if !isAny { continue }
        if pairs &+ size > Batch.capacity {
          try flush(pairs)
          if isDone { return }
          pairs = 0
        }
        for first in stride(from: 0, to: size, by: CandidateBlock.group) {
          let group = first..<min(first &+ CandidateBlock.group, size)
          if !block.isAnyMarked(group) { continue }
          for candidate in group {
            left[pairs] = UInt32(truncatingIfNeeded: i)
            take(pairs, place &+ candidate)
            pairs &+= Int(block.marks[candidate])
          }
        }
      }
    }
    if pairs > 0 { try flush(pairs) }
  }
}
