@_spi(Columns) import GraphCore

/// Evaluates a recursion of products of binary relations row by row.
///
/// Every relation of the recursion is a table of rows, and its transpose where a product reads it
/// from the other end. A round takes each product once with the last round's rows on its left and
/// once with those on its right; the rows of the result are completed one after another, so that
/// finding duplicates stays in the cache (`ChainFixpoint+Products`).
final class ChainFixpoint {
  private let program: ChainProgram
  private let relations: [Relation]
  let limits: LimitGuard
  let span: SourceSpan
  let domain: Int
  /// What each worker has, once there are tables.
  private(set) var team: [Worker] = []
  private var adjacencies: [ChainProgram.Factor: Adjacency] = [:]
  var forward: [RowTable] = []
  private var backward: [RowTable?] = []
  /// How many links of each member were looked at for pulling.
  private var pulled: [Int] = []
  private var steps = 0
  let workers: Workers
  /// Fewer rows than this are gone through by one worker.
  let shareThreshold: Int
  /// Whether there are so many rows to begin with.
  private let isLarge: Bool

  final class Worker {
    let arena = WordArena()
    /// The links that it finds, and those to rows that it owns.
    let found = RowLinks()
    let sorted = RowLinks()
    let collector: NewMembers

    init(domain: Int) { collector = NewMembers(domain: domain) }

    var byteCount: Int {
      arena.byteCount + found.byteCount + sorted.byteCount + collector.byteCount
    }
  }

  /// Nothing where the values are too large or too thinly spread to number rows by, nor where pairs are only copied, as
  /// those of edges that lead both ways: batches tell them apart sooner, unless they are so many that columns would be large.
  init?(
    _ program: ChainProgram, relations: [Relation], limits: LimitGuard, span: SourceSpan,
    workers: Workers?, sharesFrom threshold: Int
  ) {
    var highest: UInt64 = 0
    var rows = 0
    for id in program.relations {
      let relation = relations[id.index]
      guard !relation.hasDeadRows else { return nil }
      rows += relation.rowCount
      for column in 0..<2 { highest = max(highest, relation.highestWord(column)) }
    }
    guard NodeNumbering.isSmall(highest, rows: rows) else { return nil }
    guard program.composes || rows > Self.densePairs * (Int(highest) + 1) else { return nil }
    self.program = program
    self.relations = relations
    self.limits = limits
    self.span = span
    let workers = workers ?? Workers(count: 1)
    self.workers = workers
    domain = Int(highest) + 1
    shareThreshold = threshold
    isLarge = rows >= threshold
  }

  /// With more pairs of each value than this rows are smaller than columns.
  private static let densePairs = 64

  /// The complete relations of the recursion, in the order of the program's named members.
  func run(usesClosure: Bool) throws(EngineFailure) -> [BinaryRows] {
    if usesClosure, let closure = try closure() { return [closure] }
    makeTables()
    try seed()
    var round = 0
    var known = 0
    while advance() {
      round += 1
      let count = forward.reduce(0) { $0 + $1.count }
      limits.monitor?.begin(round: round, newRows: count - known)
      known = count
      for product in program.products { try evaluate(product) }
    }
    return results()
  }

  /// What has been derived: everything behind `run`, else a part. Nothing where no table was made.
  func results() -> [BinaryRows] {
    // What only the recursion needed makes room for what is kept of its tables.
    (backward, adjacencies, team) = ([], [:], [])
    var results: [BinaryRows] = []
    for (member, table) in zip(program.members, forward) where member != nil {
      table.settle()
      results.append(BinaryRows(table))
    }
    return results
  }

  // MARK: Closures

  /// The result by closure of a graph, if all rules extend the relation at one end by one and the
  /// same graph, or by itself.
  private func closure() throws(EngineFailure) -> BinaryRows? {
    guard program.members.count == 1, let own = program.members[0],
      let first = program.products.first, let second = first.second,
      program.products.allSatisfy({ $0.first == first.first && $0.second == second })
    else { return nil }
    let itself = ChainProgram.Factor(source: .member(0), isReversed: false)
    let base = relations[own.index]
    if first.first == itself && second == itself {
      let closure = Closure(
        of: adjacency(base, isReversed: false), domain: domain, workers: workers,
        sharesFrom: shareThreshold)
      return try closure.closure(isTransposed: false, limits: limits, span: span)
    }
    let isAtEnd = first.first == itself
    guard isAtEnd || second == itself,
      case .complete(let id) = (isAtEnd ? second : first.first).source
    else { return nil }
    let graphFactor = isAtEnd ? second : first.first
    // S = B E* grows at its end; S = E* B is its mirror image.
    let isReversed = graphFactor.isReversed != !isAtEnd
    let graph = adjacency(relations[id.index], isReversed: isReversed)
    let closure = Closure(
      of: graph, domain: domain, workers: workers, sharesFrom: shareThreshold)
    let starts = adjacency(base, isReversed: !isAtEnd)
    if isSame(starts, graph) {
      return try closure.closure(isTransposed: !isAtEnd, limits: limits, span: span)
    }
    return try closure.reach(from: starts, isTransposed: !isAtEnd, limits: limits, span: span)
  }

  private func isSame(_ a: Adjacency, _ b: Adjacency) -> Bool {
    guard a.neighbours.count == b.neighbours.count else { return false }
    let (first, second) = (a.view, b.view)
    defer { keepAlive(a, b) }
    for node in 0..<domain {
      let (x, y) = (first.row(node), second.row(node))
      guard x.count == y.count else { return false }
      // One is copied from the other as a rule.
      var place = 0
      while place < x.count, x[place] == y[place] { place &+= 1 }
      if place == x.count { continue }
      var left = (place..<x.count).map { x[$0] }
      var right = (place..<y.count).map { y[$0] }
      left.sort()
      right.sort()
      if left != right { return false }
    }
    return true
  }

  private func adjacency(_ relation: Relation, isReversed: Bool) -> Adjacency {
    Adjacency(
      near: relation.view(isReversed ? 1 : 0), far: relation.view(isReversed ? 0 : 1),
      count: relation.rowCount, domain: domain, workers: workers)
  }

  /// The pairs of a complete factor grouped by its left end, or by its right one.
  private func rows(of factor: ChainProgram.Factor, byRight: Bool) -> Adjacency {
    let key = ChainProgram.Factor(source: factor.source, isReversed: factor.isReversed != byRight)
    if let known = adjacencies[key] { return known }
    guard case .complete(let id) = factor.source else {
      preconditionFailure("only complete relations have an adjacency")
    }
    let made = adjacency(relations[id.index], isReversed: key.isReversed)
    adjacencies[key] = made
    return made
  }

  // MARK: Tables

  private func member(_ factor: ChainProgram.Factor) -> Int? {
    if case .member(let index) = factor.source { return index }
    return nil
  }

  private func makeTables() {
    var needsBackward = Array(repeating: false, count: program.members.count)
    for product in program.products {
      if let first = member(product.first) {
        // Rows that lead to a complete relation's are pushed.
        let isPushed = product.second.map { member($0) == nil } ?? false
        if product.first.isReversed && !isPushed { needsBackward[first] = true }
      }
      if let second = product.second, let index = member(second), second.isReversed {
        needsBackward[index] = true
      }
    }
    pulled = Array(repeating: 0, count: program.members.count)
    team = make { _ in Worker(domain: domain) }
    forward = program.members.map { _ in makeTable() }
    backward = needsBackward.map { $0 ? makeTable() : nil }
  }

  /// Values for the workers, made by each; no thread is started for a few rows.
  private func make<Value>(_ make: (_ worker: Int) -> Value) -> [Value] {
    isLarge ? workers.make(make) : (0..<workers.count).map(make)
  }

  private func makeTable() -> RowTable {
    RowTable(domain: domain, lanes: make { RowTable.Lane(team[$0].arena) })
  }

  /// The table in which a factor's rows are found by its left end, or by its right one.
  func table(_ factor: ChainProgram.Factor, byRight: Bool) -> RowTable {
    guard let index = member(factor) else {
      preconditionFailure("a complete relation has no table")
    }
    if factor.isReversed == byRight { return forward[index] }
    return transposed(index)
  }

  /// The transpose of a member's table, made where only its use shows that it is worth having.
  private func transposed(_ index: Int) -> RowTable {
    if let table = backward[index] { return table }
    let made = makeTable()
    let table = forward[index]
    let isShared = workers.count > 1 && table.count >= leastAppended
    let count = isShared ? workers.count : 1
    let (filled, rows) = (table.rowCount, table.view)
    func fill(_ worker: Int) {
      let (row, lane) = (Column<UInt32>(), made.lanes[worker])
      for place in 1..<filled {
        let x = rows.key(at: place)
        row.truncate(to: 0)
        rows.appendMembers(of: x, to: row)
        let members = row.words
        for i in 0..<members.count where RowTable.owner(of: members[i], among: count) == worker {
          made.append(UInt32(truncatingIfNeeded: x), to: Int(members[i]), by: lane)
        }
      }
    }
    if isShared { workers.run(fill) } else { fill(0) }
    backward[index] = made
    return made
  }

  private func advance() -> Bool {
    var hasMore = false
    for table in forward where table.advance() { hasMore = true }
    for case let table? in backward { _ = table.advance() }
    return hasMore
  }

  func target(_ member: Int) -> (table: RowTable, transposed: RowTable?) {
    (forward[member], backward[member])
  }

  // MARK: Rounds

  /// What holds before the recursion: the members' own rows, and products of complete relations.
  private func seed() throws(EngineFailure) {
    for (index, id) in program.members.enumerated() {
      guard let id else { continue }
      try add(adjacency(relations[id.index], isReversed: false), to: index)
    }
    for product in program.products where member(product.first) == nil {
      guard let second = product.second else {
        try add(rows(of: product.first, byRight: false), to: product.head)
        continue
      }
      guard member(second) == nil else { continue }
      let left = rows(of: product.first, byRight: false)
      let right = rows(of: second, byRight: false)
      try multiply(left, right, into: product.head)
    }
  }

  /// What the tables take: it does not change while workers collect.
  private var tableByteCount: Int { team.reduce(0) { $0 + $1.arena.byteCount } }

  @inline(__always)
  func checkLimits() throws(EngineFailure) {
    steps &+= 1
    if steps & 0xFFF == 0 {
      if let monitor = limits.monitor, monitor.wantsSize {
        monitor.note(rows: forward.reduce(0) { $0 + $1.count }, bytes: tableByteCount)
      }
      try limits.checkTime(span)
      try limits.checkMemory(held: tableByteCount, span)
    }
  }

  private func evaluate(_ product: ChainProgram.Product) throws(EngineFailure) {
    guard let second = product.second else {
      if member(product.first) != nil {
        try copy(table(product.first, byRight: false), into: product.head)
      }
      return
    }
    if let first = member(product.first) {
      if member(second) != nil {
        try extend(
          table(product.first, byRight: false), by: table(second, byRight: false),
          into: product.head)
      } else if product.first.isReversed && backward[first] == nil {
        try push(forward[first], along: rows(of: second, byRight: false), into: product.head)
      } else {
        try extend(
          table(product.first, byRight: false), by: rows(of: second, byRight: false),
          into: product.head)
      }
    }
    if member(second) != nil {
      if member(product.first) != nil {
        if pays(forPulling: product) {
          try pull(
            table(second, byRight: false), along: table(product.first, byRight: false),
            into: product.head)
        } else {
          try push(
            table(second, byRight: false), against: table(product.first, byRight: true),
            into: product.head)
        }
      } else if touchesMany(product, second) {
        try pull(
          table(second, byRight: false), along: rows(of: product.first, byRight: false),
          into: product.head)
      } else {
        try push(
          table(second, byRight: false), against: rows(of: product.first, byRight: true),
          into: product.head)
      }
    }
  }

  // MARK: Pulling

  // A product whose right factor has new rows can be taken from either side: a new row is pushed to
  // all rows that lead to it, or each row pulls from those it leads to. Pulling completes one row of the
  // result while it is in the cache, and needs no transposed table, but looks at every link of the left
  // factor (the choice of Beamer, Asanović, Patterson, "Direction-optimizing breadth-first search", 2012).

  /// Whether the new rows are so many that looking at every link of the left factor is no loss.
  private func touchesMany(_ product: ChainProgram.Product, _ second: ChainProgram.Factor) -> Bool {
    let links = rows(of: product.first, byRight: true)
    let right = table(second, byRight: false)
    defer { keepAlive(links, right) }
    let (delta, starts, keys) = (right.delta.words, links.view, right.view)
    var touched = 0
    for i in 0..<delta.count {
      touched &+= starts.row(keys.key(at: Int(delta[i]))).count
    }
    return touched * 4 > links.neighbours.count
  }

  /// Whether to pull through a relation that grows itself: until what was looked at would have paid
  /// for a transposed table.
  private func pays(forPulling product: ChainProgram.Product) -> Bool {
    guard let first = member(product.first) else { return false }
    let index = product.first.isReversed ? -1 : first
    if index < 0 || backward[first] != nil { return false }
    let links = forward[first].count
    pulled[first] += links
    return pulled[first] <= 24 * links + (1 << 16)
  }
}
