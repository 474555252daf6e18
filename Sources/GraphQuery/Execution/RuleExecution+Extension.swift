@_spi(Columns) import GraphCore

extension RuleExecution {
  /// Gives a register the common neighbours of each row of the batch.
  func extend(_ extended: RulePlan.Extension, at index: Int, level: Int, count: Int)
    throws(EngineFailure)
  {
    if let rows = compactRows(for: extended) {
      return try expand(extended, rows, at: index, level: level, count: count)
    }
    if extended.isPlain { return try expand(extended, at: index, level: level, count: count) }
    let kernel = intersection(extended, at: index)
    let keys = Column<Words<UInt64>>(extended.neighbours.map { words($0.near, level: level) })
    let bounds = Column<MemberBound>(
      extended.bounds.map { MemberBound($0, words($0.value, level: level)) })
    defer { keepAlive(keys, bounds) }
    let (left, output) = (pairLeft(level), register(extended.register, level: level + 1))
    // A short stretch is enough to look for a first member.
    let stretch = extended.isExistence ? 64 : Batch.capacity
    var pairs = 0
    for i in 0..<count {
      let range = MemberRange(bounds.words, row: i)
      if range.isEmpty { continue }
      let candidates = kernel.begin(keys.words, i, batchCount: count, within: range)
      var start = 0
      while start < candidates {
        let size = min(candidates &- start, stretch)
        var members = kernel.members(from: start, count: size)
        start &+= size
        if members.count == 0 { continue }
        if extended.isExistence {
          members = members.slice(0, 1)
          start = candidates
        }
        if pairs &+ members.count > Batch.capacity {
          try flush(extended, pairs, at: index, level: level)
          pairs = 0
          if isDone { return }
        }
        for j in 0..<members.count {
          left[pairs &+ j] = UInt32(truncatingIfNeeded: i)
          output[pairs &+ j] = UInt64(members[j])
        }
        pairs &+= members.count
      }
    }
    if pairs > 0 { try flush(extended, pairs, at: index, level: level) }
  }

  /// The same where only one relation binds the register: its rows are written out one after another.
  private func expand(_ extended: RulePlan.Extension, at index: Int, level: Int, count: Int)
    throws(EngineFailure)
  {
    let side = extended.neighbours[0]
    if chunk == nil,
      let stored = relations[side.relation].storedRows(having: [side.nearColumn], keys: count)
    {
      return try expand(extended, stored, at: index, level: level, count: count)
    }
    if relations[side.relation].prefersScan(ofNeighbours: side.nearColumn, keys: count) {
      return try expandByScan(extended, at: index, level: level, count: count)
    }
    let adjacency = relations[side.relation].adjacency(by: side.nearColumn, sorted: false)
    let (offsets, neighbours) = (adjacency.offsets.words, adjacency.neighbours.words)
    let domain = UInt64(adjacency.domain)
    let keys = words(side.near, level: level)
    if let filter = extended.filter {
      let places = states(level)
      for i in 0..<count {
        let key = keys[i]
        places[i] =
          key < domain
          ? Runs.word(Int(offsets[Int(key)])..<Int(offsets[Int(key) &+ 1])) : Runs.word(0..<0)
      }
      let runs = Runs(rows: neighbours, places: places)
      if areLong(runs, count: count) {
        return try filterRuns(
          extended, runs, candidateBlock(filter, at: index), at: index, level: level, count: count)
      }
    }
    var pairs = 0
    for i in 0..<count {
      let key = keys[i]
      if key >= domain { continue }
      let start = Int(offsets[Int(key)])
      let row = neighbours.slice(start, Int(offsets[Int(key) &+ 1]) &- start)
      try add(row, i, &pairs, extended, at: index, level: level)
      if isDone { return }
    }
    if pairs > 0 { try flush(extended, pairs, at: index, level: level) }
  }

  /// The same from where the rows lie in a file.
  private func expand(
    _ extended: RulePlan.Extension, _ stored: StoredPairs, at index: Int, level: Int, count: Int
  ) throws(EngineFailure) {
    let side = extended.neighbours[0]
    let direction = Relation.direction(from: side.nearColumn)
    let keys = words(side.near, level: level)
    let row = Column<UInt32>()
    defer { keepAlive(row) }
    var pairs = 0
    for i in 0..<count {
      row.truncate(to: 0)
      stored.appendNeighbours(of: UInt32(truncatingIfNeeded: keys[i]), direction, to: row)
      try add(row.words, i, &pairs, extended, at: index, level: level)
      if isDone { return }
    }
    if pairs > 0 { try flush(extended, pairs, at: index, level: level) }
  }

  /// Adds the new values that row `i` of a batch leads to.
  @inline(__always)
  func add(
    _ row: Words<UInt32>, _ i: Int, _ pairs: inout Int, _ extended: RulePlan.Extension,
    at index: Int, level: Int
  ) throws(EngineFailure) {
    let (left, output) = (pairLeft(level), register(extended.register, level: level + 1))
    var place = 0
    while place < row.count {
      let size = min(row.count &- place, Batch.capacity &- pairs)
      for j in 0..<size {
        left[pairs &+ j] = UInt32(truncatingIfNeeded: i)
        output[pairs &+ j] = UInt64(row[place &+ j])
      }
      pairs &+= size
      place &+= size
      if pairs == Batch.capacity {
        try flush(extended, pairs, at: index, level: level)
        pairs = 0
        if isDone { return }
      }
    }
  }

  /// The same for a few keys, by a look at each row.
  private func expandByScan(
    _ extended: RulePlan.Extension, at index: Int, level: Int, count: Int
  ) throws(EngineFailure) {
    let side = extended.neighbours[0]
    let relation = relations[side.relation]
    let (near, far) = (relation.view(side.nearColumn), relation.view(1 - side.nearColumn))
    let keys = words(side.near, level: level)
    let (left, right) = (pairLeft(level), pairRight(level))
    let output = register(extended.register, level: level + 1)
    for i in 0..<count {
      var row = 0
      while row < relation.rowCount {
        let found = near.select(keys[i], from: &row, to: relation.rowCount, into: right)
        if found == 0 { continue }
        for pair in 0..<found { left[pair] = UInt32(truncatingIfNeeded: i) }
        far.gather(right, count: found, into: output)
        try flush(extended, found, at: index, level: level)
        if isDone { return }
      }
    }
  }

  func intersection(_ extended: RulePlan.Extension, at index: Int)
    -> NeighbourIntersection
  {
    if let known = intersections[index] { return known }
    var memberDomain: UInt64 = 0
    let adjacencies = extended.neighbours.map { side in
      let relation = relations[side.relation]
      memberDomain = max(memberDomain, relation.highestWord(1 - side.nearColumn))
      return relation.adjacency(by: side.nearColumn, sorted: extended.needsOrder)
    }
    let made = NeighbourIntersection(adjacencies, memberDomain: Int(memberDomain) + 1)
    intersections[index] = made
    return made
  }

  /// Goes on with the pairs of (row of the batch, new value) as a batch of the next level.
  func flush(
    _ extended: RulePlan.Extension, _ pairs: Int, behind filter: CandidateFilter? = nil,
    at index: Int, level: Int
  ) throws(EngineFailure) {
    try countBatch()
    let left = pairLeft(level)
    for carried in extended.carried {
      let (input, output) = (
        register(carried, level: level), register(carried, level: level + 1)
      )
      for pair in 0..<pairs { output[pair] = input[Int(left[pair])] }
    }
    try next(index, level: level, count: pairs, behind: filter)
  }

  /// Goes through a complete relation by groups of one column's values.
  func scan(
    _ join: RulePlan.Join, _ relation: Relation, groupedBy column: Int, at index: Int, level: Int,
    count: Int
  ) throws(EngineFailure) {
    if relation.isInGroups(of: column), takesEachRow(join, relation) {
      // Workers take turns at groups.
      let turn = level == chunkLevel ? chunk : nil
      let rows = turn.map { groups(of: relation, by: column).places(of: $0) }
      return try joinRows(
        join, relation, rows ?? 0..<relation.rowCount, at: index, level: level, count: count)
    }
    if relation.arity != 2 {
      let groups = relation.rowGroups(by: column)
      return try scan(join, relation, groups, at: index, level: level, count: count)
    }
    let adjacency = relation.adjacency(by: column, sorted: true)
    let outputs = pairOutputs(join, near: column, level: level)
    var pairs = 0
    for i in 0..<count {
      for x in level == chunkLevel ? chunk ?? 0..<adjacency.domain : 0..<adjacency.domain {
        let row = adjacency.row(x)
        try add(row, of: x, i, outputs, &pairs, join, nil, at: index, level: level)
        if isDone { return }
      }
    }
    if pairs > 0 { try flushPairs(join, outputs, pairs, nil, at: index, level: level) }
  }

  /// The registers that the ends of pairs go into; those that nobody wants, into space of their own.
  func pairOutputs(_ join: RulePlan.Join, near: Int, level: Int) -> (
    near: Words<UInt64>, far: Words<UInt64>
  ) {
    func words(_ column: Int) -> Words<UInt64> {
      join.outputs.first { $0.column == column }.map { register($0.register, level: level + 1) }
        ?? (column == near ? states(level) : outside.words)
    }
    return (words(near), words(1 - near))
  }

  /// Adds a group of pairs to the batch of the next level; of ranks the values, where there are some.
  @inline(__always)
  func add(
    _ row: Words<UInt32>, of x: Int, _ i: Int, _ outputs: (near: Words<UInt64>, far: Words<UInt64>),
    _ pairs: inout Int, _ join: RulePlan.Join, _ ranks: Ranks?, at index: Int, level: Int
  ) throws(EngineFailure) {
    let left = pairLeft(level)
    var place = 0
    while place < row.count {
      let size = min(row.count &- place, Batch.capacity &- pairs)
      for j in 0..<size {
        left[pairs &+ j] = UInt32(truncatingIfNeeded: i)
        outputs.near[pairs &+ j] = UInt64(truncatingIfNeeded: x)
        outputs.far[pairs &+ j] = UInt64(row[place &+ j])
      }
      pairs &+= size
      place &+= size
      if pairs == Batch.capacity {
        try flushPairs(join, outputs, pairs, ranks, at: index, level: level)
        pairs = 0
        if isDone { return }
      }
    }
  }

  func flushPairs(
    _ join: RulePlan.Join, _ outputs: (near: Words<UInt64>, far: Words<UInt64>), _ pairs: Int,
    _ ranks: Ranks?, at index: Int, level: Int
  ) throws(EngineFailure) {
    try countBatch()
    if let words = ranks?.words.words {
      for pair in 0..<pairs {
        outputs.near[pair] = words[Int(truncatingIfNeeded: outputs.near[pair])]
        outputs.far[pair] = words[Int(truncatingIfNeeded: outputs.far[pair])]
      }
    }
    let left = pairLeft(level)
    for carried in join.carried {
      let (input, output) = (
        register(carried, level: level), register(carried, level: level + 1)
      )
      for pair in 0..<pairs { output[pair] = input[Int(left[pair])] }
    }
    try next(index, level: level, count: pairs)
  }

  /// Looks at the limits now and then.
  private func countBatch() throws(EngineFailure) {
    batches &+= 1
    if batches & 0xFF == 0 {
      try limits.checkTime(span)
      try checkMemory()
    }
  }

  /// Selects the rows of a batch whose keys, given in the order of a relation's columns, are among its rows, or
  /// are not; nothing where the relation has no set of packed rows.
  func selectMembers(
    _ relation: Relation, _ sources: [RulePlan.Source], present: Bool, level: Int, count: Int,
    into selected: Words<UInt32>
  ) -> Int? {
    guard sources.count <= keyWords.count else { return nil }
    for (column, source) in sources.enumerated() {
      keyWords[column] = words(source, level: level)
    }
    return relation.selectMembers(
      keyWords.words, count: count, present: present, codes: states(level),
      outside: outside.words, into: selected)
  }
}
