@_spi(Columns) import GraphCore

/// Products by several workers.
///
/// A product that is taken row by row of its result is shared by handing out these rows: all workers read
/// the tables, each collects for its rows the members that are new, and then one appends them. Finding out what is
/// new is most of the work, since members come up many times; appending is a copy.
extension ChainFixpoint {
  /// Products of complete relations.
  func shareSeed(_ head: Int, _ left: Adjacency, _ right: Adjacency) throws(EngineFailure) -> Bool {
    guard isWorthSharing(domain) else { return false }
    try share(domain, into: head) { x, rows in
      let middle = left.row(x)
      for i in 0..<middle.count { rows.add(right.row(Int(middle[i]))) }
      rows.finish(x)
    }
    return true
  }

  /// Each row gets what the rows that it leads to got in the last round.
  func sharePull(_ head: Int, _ left: Adjacency, _ right: RowTable) throws(EngineFailure) -> Bool {
    guard isWorthSharing(right.delta.count) else { return false }
    let isOwn = right === forward[head]
    try share(domain, into: head) { x, rows in
      Self.pull(left.row(x), right, isOwn: isOwn, into: rows, row: x)
    }
    return true
  }

  func sharePull(_ head: Int, _ left: RowTable, _ right: RowTable) throws(EngineFailure) -> Bool {
    guard isWorthSharing(right.delta.count) else { return false }
    let isOwn = right === forward[head]
    // The first row stands for all that are empty.
    try share(left.rows.count - 1, into: head) { place, rows in
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
    return true
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
  func shareExtension(_ head: Int, _ left: RowTable, _ right: Adjacency) throws(EngineFailure)
    -> Bool
  {
    guard isWorthSharing(left.delta.count) else { return false }
    let places = left.delta
    try share(places.count, into: head) { item, rows in
      let place = Int(places.words[item])
      let middle = left.delta(at: place)
      for i in 0..<middle.count { rows.add(right.row(Int(middle[i]))) }
      rows.finish(left.key(at: place))
    }
    return true
  }

  /// New rows on the left, a relation of the recursion on the right.
  func shareExtension(_ head: Int, _ left: RowTable, _ right: RowTable) throws(EngineFailure)
    -> Bool
  {
    guard isWorthSharing(left.delta.count) else { return false }
    let isOwn = right === forward[head]
    let places = left.delta
    try share(places.count, into: head) { item, rows in
      let place = Int(places.words[item])
      let x = left.key(at: place)
      let middle = left.delta(at: place)
      for i in 0..<middle.count where !(isOwn && Int(middle[i]) == x) {
        rows.add(right.row(Int(middle[i])))
      }
      rows.finish(x)
    }
    return true
  }

  private func isWorthSharing(_ rows: Int) -> Bool {
    guard let workers, workers.count > 1 else { return false }
    return rows >= shareThreshold
  }

  /// So many members are collected by one worker before they are appended.
  private static let waveSize = 1 << 20

  /// Visits `count` items, each by some worker, and appends what they collect to a relation.
  private func share(
    _ count: Int, into head: Int, _ visit: (_ item: Int, _ rows: NewMembers) -> Void
  ) throws(EngineFailure) {
    guard let workers else { return }
    let table = forward[head]
    let parts =
      collectors[head] ?? (0..<workers.count).map { _ in NewMembers(of: table) }
    collectors[head] = parts
    let target = target(head)
    let (guarded, silent) = (limits, limits.withoutMonitor)
    let chunks = ChunkDispenser(total: count, size: max(8, min(1024, count / 64)))
    while !chunks.isEmpty {
      try workers.run { (worker) throws(EngineFailure) in
        let rows = parts[worker]
        while rows.count < Self.waveSize, let chunk = chunks.next() {
          try (worker == 0 ? guarded : silent).checkTime(span)
          for item in chunk { visit(item, rows) }
        }
      }
      for rows in parts { rows.handOver { target.append(new: $1, row: $0) } }
      let held = parts.reduce(arena.byteCount) { $0 + $1.byteCount }
      try limits.checkMemory(held: held, span)
    }
  }
}
