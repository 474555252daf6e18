@_spi(Columns) import GraphCore

/// Products, taken row by row of their result.
///
/// All workers read the tables, each for rows of its own, and collect the members that are new; then each appends what
/// it has collected. Finding out what is new is most of the work, since members come up many times, and it
/// stays in the cache; appending is a copy, into blocks that have the size that is needed. What one worker does alone
/// is the same, in smaller waves.
extension ChainFixpoint {
  // MARK: By the rows of the result

  /// Each row gets a list.
  func add(_ lists: Adjacency, to head: Int) throws(EngineFailure) {
    let view = lists.view
    defer { keepAlive(lists) }
    try collect(domain, into: head) { x, rows in
      rows.add(view.row(x))
      rows.finish(x)
    }
  }

  /// Each row gets what the same row of another table got in the last round.
  func copy(_ source: RowTable, into head: Int) throws(EngineFailure) {
    let (source, places) = (source.view, source.delta.words)
    try collect(places.count, into: head) { item, rows in
      let place = Int(places[item])
      rows.add(source.delta(at: place))
      rows.finish(source.key(at: place))
    }
  }

  /// Each row leads to what the rows that it leads to lead to.
  func multiply(_ left: Adjacency, _ right: Adjacency, into head: Int) throws(EngineFailure) {
    let (left, right) = (left.view, right.view)
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
    let (left, right) = (left.view, right.view)
    try collect(domain, into: head) { x, rows in
      Self.pull(left.row(x), right, isOwn: isOwn, into: rows, row: x)
    }
  }

  func pull(_ right: RowTable, along left: RowTable, into head: Int) throws(EngineFailure) {
    if right.delta.count == 0 { return }
    let isOwn = right === forward[head]
    // The first row stands for all that are empty.
    let count = left.rowCount - 1
    let (left, right) = (left.view, right.view)
    try collect(count, into: head) { place, rows in
      let row = left.row(at: place &+ 1)
      let x = Int(row.key)
      if row.form != .bitmap {
        Self.pull(row.list.slice(0, Int(row.listed)), right, isOwn: isOwn, into: rows, row: x)
        return
      }
      rows.room.truncate(to: 0)
      left.appendMembers(of: x, to: rows.room)
      Self.pull(rows.room.words, right, isOwn: isOwn, into: rows, row: x)
    }
  }

  private static func pull(
    _ links: Words<UInt32>, _ right: RowTable.View, isOwn: Bool, into rows: NewMembers, row x: Int
  ) {
    let hasDelta = right.hasDelta
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
    let (left, right, places) = (left.view, right.view, left.delta.words)
    try collect(places.count, into: head) { item, rows in
      let place = Int(places[item])
      let middle = left.delta(at: place)
      for i in 0..<middle.count { rows.add(right.row(Int(middle[i]))) }
      rows.finish(left.key(at: place))
    }
  }

  /// New rows on the left, all rows of a relation of the recursion on the right.
  func extend(_ left: RowTable, by right: RowTable, into head: Int) throws(EngineFailure) {
    let isOwn = right === forward[head]
    let (left, right, places) = (left.view, right.view, left.delta.words)
    try collect(places.count, into: head) { item, rows in
      let place = Int(places[item])
      let x = left.key(at: place)
      let middle = left.delta(at: place)
      for i in 0..<middle.count where !(isOwn && Int(middle[i]) == x) {
        rows.add(right.row(Int(middle[i])))
      }
      rows.finish(x)
    }
  }

  // MARK: By what is new

  /// New rows on the right: all rows that lead to them get their new members.
  func push(_ right: RowTable, against left: Adjacency, into head: Int) throws(EngineFailure) {
    let isOwn = right === forward[head]
    let (left, right, places) = (left.view, right.view, right.delta.words)
    try link(places, into: head) { place, links, _ in
      let y = right.key(at: place)
      links.add(place, to: left.row(y), but: isOwn ? y : nil)
    } members: {
      right.delta(at: $0)
    }
  }

  func push(_ right: RowTable, against left: RowTable, into head: Int) throws(EngineFailure) {
    let isOwn = right === forward[head]
    let (left, right, places) = (left.view, right.view, right.delta.words)
    try link(places, into: head) { place, links, room in
      let y = right.key(at: place)
      room.truncate(to: 0)
      left.appendMembers(of: y, to: room)
      links.add(place, to: room.words, but: isOwn ? y : nil)
    } members: {
      right.delta(at: $0)
    }
  }

  /// Each new member of a row gets what the row leads to, as in `points(z, w) :- points(y, z), store(y, w)`.
  ///
  /// No table is needed in which rows are found by their members, and rows that lead nowhere, which are most, are
  /// not gone through.
  func push(_ rows: RowTable, along right: Adjacency, into head: Int) throws(EngineFailure) {
    let (rows, right, places) = (rows.view, right.view, rows.delta.words)
    try link(places, into: head) { place, links, _ in
      if right.row(rows.key(at: place)).count == 0 { return }
      links.add(place, to: rows.delta(at: place), but: nil)
    } members: {
      right.row(rows.key(at: $0))
    }
  }

  // MARK: Waves

  /// So many members are collected by one worker before they are appended: what one worker alone collects
  /// is still in its cache then, several wait for each other after each wave.
  private var waveSize: Int { workers.count == 1 ? 1 << 14 : 1 << 18 }

  /// So many links are brought together at a time by each worker, for the same reasons.
  private var linksOfWave: Int { workers.count == 1 ? 1 << 14 : 1 << 16 }

  /// With fewer members it is not worth waiting until each worker has appended its part.
  var leastAppended: Int { 4 * shareThreshold }

  /// Visits `count` items, each by some worker, and appends what they collect to a relation.
  private func collect(
    _ count: Int, into head: Int, _ visit: (_ item: Int, _ rows: NewMembers) -> Void
  ) throws(EngineFailure) {
    if count == 0 { return }
    let parts = collectors(of: head)
    if count < shareThreshold || workers.count == 1 {
      let rows = parts[0]
      for item in 0..<count {
        try checkLimits()
        visit(item, rows)
        if rows.count >= waveSize { append([rows], to: head) }
      }
      append([rows], to: head)
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
      append(parts, to: head)
      try checkWave()
    }
  }

  /// Finds what rows each place of a table leads to, and appends to these the members that come from there.
  private func link(
    _ places: Words<UInt32>, into head: Int,
    _ find: (_ place: Int, _ links: RowLinks, _ room: Column<UInt32>) -> Void,
    members: (_ place: Int) -> Words<UInt32>
  ) throws(EngineFailure) {
    let parts = collectors(of: head)
    var start = 0
    while start < places.count {
      let chunks = ChunkDispenser(start..<places.count, size: max(1, min(256, places.count / 64)))
      let isWide = places.count >= shareThreshold && workers.count > 1
      try run(isWide ? workers.count : 1) { (worker) throws(EngineFailure) in
        let (links, room) = (team[worker].found, parts[worker].room)
        while links.count < linksOfWave, let chunk = chunks.next() {
          for item in chunk { find(Int(places[item]), links, room) }
        }
      }
      start = places.count - chunks.remaining
      let count = team.reduce(0, { $0 + $1.found.count }) >= shareThreshold ? workers.count : 1
      try run(count) { (worker) throws(EngineFailure) in
        let own = team[worker].sorted
        own.removeAll()
        if count == 1, !isWide {
          own.exchange(with: team[0].found)
        } else {
          for other in team { own.take(other.found, of: worker, among: count) }
        }
        own.sort()
      }
      for worker in team { worker.found.removeAll() }
      while team[..<count].contains(where: \.sorted.hasMore) {
        try run(count) { (worker) throws(EngineFailure) in
          let (own, rows) = (team[worker].sorted, parts[worker])
          while rows.count < waveSize, let (target, links) = own.next() {
            if worker == 0 { try checkLimits() }
            for link in links { rows.add(members(own.source(link))) }
            rows.finish(target)
          }
        }
        append(Array(parts[..<count]), to: head)
        // A few rows may get members from very many places.
        try checkWave()
      }
    }
  }

  /// Looks at the limits between two waves, while nobody collects.
  private func checkWave() throws(EngineFailure) {
    try limits.checkTime(span)
    try limits.checkMemory(held: team.reduce(0) { $0 + $1.byteCount }, span)
  }

  /// Runs `body` once for each of so many workers: all, or the caller alone.
  private func run(_ count: Int, _ body: (_ worker: Int) throws(EngineFailure) -> Void)
    throws(EngineFailure)
  {
    if count == 1 { try body(0) } else { try workers.run(body) }
  }

  /// Appends what was collected, each row by the worker that collected it and nobody else, and then to the transposed table,
  /// each row by the worker that owns it.
  private func append(_ parts: [NewMembers], to head: Int) {
    let (table, transposed) = target(head)
    let isShared =
      workers.count > 1 && parts.reduce(0) { $0 + $1.count } >= leastAppended
    let count = isShared ? workers.count : 1
    func add(_ worker: Int) {
      guard worker < parts.count else { return }
      let lane = table.lanes[worker]
      parts[worker].forEach { x, members in table.append(new: members, to: x, by: lane) }
    }
    func turn(_ worker: Int) {
      guard let transposed else { return }
      let lane = transposed.lanes[worker]
      for rows in parts {
        rows.forEach { x, members in
          for i in 0..<members.count where RowTable.owner(of: members[i], among: count) == worker {
            transposed.append(UInt32(truncatingIfNeeded: x), to: Int(members[i]), by: lane)
          }
        }
      }
    }
    if isShared {
      workers.run(add)
      if transposed != nil { workers.run(turn) }
    } else {
      for part in parts.indices { add(part) }
      turn(0)
    }
    for rows in parts { rows.removeAll() }
  }

  /// What each worker collects with, for one relation at a time.
  private func collectors(of head: Int) -> [NewMembers] {
    let table = forward[head]
    for worker in team { worker.collector.begin(table) }
    return team.map(\.collector)
  }
}
