@_spi(Columns) import GraphCore

/// Products that are taken row by row of their result.
///
/// All workers read the tables, each for rows of its own, and collect the members that are new; then one appends
/// them. Finding out what is new is most of the work, since members come up many times, and it stays in the cache;
/// appending is a copy, into blocks that have the size that is needed. What one worker does alone is the same, in
/// smaller waves.
extension ChainFixpoint {
  /// Each row leads to what the rows that it leads to lead to.
  func multiply(_ left: Adjacency, _ right: Adjacency, into head: Int) throws(EngineFailure) {
    try collect(domain, into: head) { x, rows in
      let middle = left.row(x)
      for i in 0..<middle.count { rows.add(right.row(Int(middle[i]))) }
      rows.finish(x)
    }
  }

  /// Each row gets what the rows that it leads to got in the last round.
  func pull(_ right: RowTable, along left: Adjacency, into head: Int) throws(EngineFailure) {
    if right.delta.count == 0 { return }
    let isOwn = right === forward[head]
    try collect(domain, into: head) { x, rows in
      Self.pull(left.row(x), right, isOwn: isOwn, into: rows, row: x)
    }
  }

  func pull(_ right: RowTable, along left: RowTable, into head: Int) throws(EngineFailure) {
    if right.delta.count == 0 { return }
    let isOwn = right === forward[head]
    // The first row stands for all that are empty.
    try collect(left.rows.count - 1, into: head) { place, rows in
      let row = left.rows.words[place &+ 1]
      let x = Int(row.key)
      if row.form != .bitmap {
        Self.pull(row.list.slice(0, Int(row.listed)), right, isOwn: isOwn, into: rows, row: x)
        return
      }
      rows.links.truncate(to: 0)
      left.appendMembers(of: x, to: rows.links)
      Self.pull(rows.links.words, right, isOwn: isOwn, into: rows, row: x)
    }
  }

  private static func pull(
    _ links: Words<UInt32>, _ right: RowTable, isOwn: Bool, into rows: NewMembers, row x: Int
  ) {
    let hasDelta = right.hasDelta.words
    for i in 0..<links.count {
      let y = links[i]
      if hasDelta[Int(y >> 6)] & (1 &<< UInt64(y & 63)) == 0 { continue }
      // A row adds nothing to itself.
      if isOwn && Int(y) == x { continue }
      rows.add(right.delta(of: Int(y)))
    }
    rows.finish(x)
  }

  /// New rows on the left, a complete relation on the right.
  func extend(_ left: RowTable, by right: Adjacency, into head: Int) throws(EngineFailure) {
    let places = left.delta
    try collect(places.count, into: head) { item, rows in
      let place = Int(places.words[item])
      let middle = left.delta(at: place)
      for i in 0..<middle.count { rows.add(right.row(Int(middle[i]))) }
      rows.finish(left.key(at: place))
    }
  }

  /// New rows on the left, all rows of a relation of the recursion on the right.
  func extend(_ left: RowTable, by right: RowTable, into head: Int) throws(EngineFailure) {
    let isOwn = right === forward[head]
    let places = left.delta
    try collect(places.count, into: head) { item, rows in
      let place = Int(places.words[item])
      let x = left.key(at: place)
      let middle = left.delta(at: place)
      for i in 0..<middle.count where !(isOwn && Int(middle[i]) == x) {
        rows.add(right.row(Int(middle[i])))
      }
      rows.finish(x)
    }
  }

  /// So many members are collected by one worker before they are appended: what one worker alone collects
  /// is still in its cache then, several wait for each other after each wave.
  private var waveSize: Int { workers.count == 1 ? 1 << 14 : 1 << 18 }

  /// Visits `count` items, each by some worker, and appends what they collect to a relation.
  private func collect(
    _ count: Int, into head: Int, _ visit: (_ item: Int, _ rows: NewMembers) -> Void
  ) throws(EngineFailure) {
    if count == 0 { return }
    let parts = collectors(of: head)
    let target = target(head)
    if count < shareThreshold || workers.count == 1 {
      let rows = parts[0]
      for item in 0..<count {
        try checkLimits()
        visit(item, rows)
        if rows.count >= waveSize { rows.handOver { target.append(new: $1, row: $0) } }
      }
      rows.handOver { target.append(new: $1, row: $0) }
      return
    }
    let (guarded, silent) = (limits, limits.withoutMonitor)
    let chunks = ChunkDispenser(total: count, size: max(8, min(1024, count / 64)))
    while !chunks.isEmpty {
      try workers.run { (worker) throws(EngineFailure) in
        let rows = parts[worker]
        while rows.count < waveSize, let chunk = chunks.next() {
          try (worker == 0 ? guarded : silent).checkTime(span)
          for item in chunk { visit(item, rows) }
        }
      }
      for rows in parts { rows.handOver { target.append(new: $1, row: $0) } }
      let held = parts.reduce(arena.byteCount) { $0 + $1.byteCount }
      try limits.checkMemory(held: held, span)
    }
  }

  private func collectors(of head: Int) -> [NewMembers] {
    if let known = collectors[head] { return known }
    let table = forward[head]
    let made = (0..<workers.count).map { _ in NewMembers(of: table) }
    collectors[head] = made
    return made
  }
}
