@_spi(Columns) import GraphCore

/// The nodes that each node reaches, by strongly connected components.
///
/// Members of one component reach the same nodes, so there is one row a component. Components come
/// in reverse topological order, so the row of one is the union of the finished rows of those it
/// leads to (Purdom, "A transitive closure algorithm", 1970; Nuutila, "Efficient transitive closure
/// computation in large digraphs", 1995). A successor that an earlier one reaches already adds
/// nothing, and is recognised by one look.
///
/// Several workers take components of one height at a time: none of these leads to another.
struct Closure {
  private let graph: Adjacency
  private let links: Adjacency.View
  private let domain: Int
  private let components: StrongComponents
  // Views of these for the loops of several workers, as that of the graph.
  private let (component, members, firstMember): (Words<UInt32>, Words<UInt32>, Words<UInt32>)
  private let rows = Column<BinaryRows.Row>()
  private let workers: Workers
  /// One for each worker.
  private let makers: [RowMaker]
  private let shareThreshold: Int

  /// Fewer components of one height, or fewer starts, are gone through by one worker.
  static let defaultThreshold = 512

  /// Prepares the closure of a graph over `0 ..< domain`. O(nodes + edges).
  init(
    of graph: Adjacency, domain: Int, workers: Workers = Workers(count: 1),
    sharesFrom threshold: Int = defaultThreshold
  ) {
    self.graph = graph
    links = graph.view
    self.domain = domain
    self.workers = workers
    shareThreshold = threshold
    components = StrongComponents(of: graph, domain: domain)
    component = components.component.words
    members = components.members.words
    firstMember = components.firstMember.words
    makers =
      components.count < threshold
      ? (0..<workers.count).map { _ in RowMaker(domain: domain) }
      : workers.make { _ in RowMaker(domain: domain) }
  }

  /// What one worker makes rows with.
  private final class RowMaker {
    let arena = WordArena()
    let union: RowUnion
    private let targets = Column<UInt64>()
    private let room = RadixSort.Room()
    /// The last component that each one was seen to be led to from.
    let seen = Column<UInt32>()
    /// How many members all its rows have.
    var count = 0

    init(domain: Int) { union = RowUnion(domain: domain, arena: arena) }

    func forgetTargets() { targets.truncate(to: 0) }

    /// Notes a component that the row is to be made of.
    @inline(__always)
    func note(target: UInt32) { targets.append(UInt64(UInt32.max - target)) }

    /// Calls `body` with the noted components, nearer ones first: they tend to reach the farther ones.
    @inline(__always)
    func forEachTarget(_ body: (_ target: Int) -> Void) {
      let targets = targets.words
      for i in 0..<targets.count {
        body(Int(UInt32.max - UInt32(truncatingIfNeeded: targets[i])))
      }
    }

    func sortTargets() { RadixSort.sort(targets.words, in: room) }
  }

  private var arenas: [WordArena] { makers.map(\.arena) }

  private var arenaByteCount: Int { makers.reduce(0) { $0 + $1.arena.byteCount } }

  /// The closure itself: one step or more.
  func closure(isTransposed: Bool, limits: LimitGuard, span: SourceSpan)
    throws(EngineFailure) -> BinaryRows
  {
    defer { keepAlive(graph, components) }
    try computeRows(limits, span)
    var count = 0
    for c in 0..<componentCount { count += Int(rows.words[c].count) * memberCount(c) }
    return BinaryRows(
      count: count, domain: domain, rows: rows, rowOf: components.component,
      isTransposed: isTransposed, owner: arenas,
      byteCount: arenaByteCount + rows.byteCount + components.component.byteCount)
  }

  /// What the nodes of `starts` reach in any number of steps, none included.
  func reach(
    from starts: Adjacency, isTransposed: Bool, limits: LimitGuard, span: SourceSpan
  ) throws(EngineFailure) -> BinaryRows {
    let reached = reachedComponents(from: starts)
    defer { keepAlive(graph, components, starts, reached) }
    let isWalk = areWalksCheaper(from: starts, reaching: reached.words)
    if !isWalk { try computeRows(limits, span, of: reached) }
    let result = Column<BinaryRows.Row>(unspecified: domain)
    let begins = starts.view
    try share(0..<domain, limits, span) { (nodes, maker, limits) throws(EngineFailure) in
      let output = result.words
      for x in nodes {
        let list = begins.row(x)
        if list.count == 0 {
          output[x] = BinaryRows.Row(words: .empty, count: 0, isBitmap: false)
          continue
        }
        let row =
          isWalk
          ? try walk(from: list, maker.union, limits, span) : self.row(from: list, maker)
        maker.count += Int(row.count)
        output[x] = row
      }
    }
    return BinaryRows(
      count: makers.reduce(0) { $0 + $1.count }, domain: domain, rows: result, rowOf: nil,
      isTransposed: isTransposed, owner: arenas, byteCount: arenaByteCount + result.byteCount)
  }

  private var componentCount: Int { components.count }

  /// Calls `body` with parts of some numbers, by all workers where they are many.
  private func share(
    _ numbers: Range<Int>, _ limits: LimitGuard, _ span: SourceSpan,
    _ body: (_ part: Range<Int>, _ maker: RowMaker, _ limits: LimitGuard) throws(EngineFailure) ->
      Void
  ) throws(EngineFailure) {
    let isShared = workers.count > 1 && numbers.count >= shareThreshold
    let size = isShared ? max(1, min(1024, numbers.count / (16 * workers.count))) : 1024
    let chunks = ChunkDispenser(numbers, size: size)
    func work(_ worker: Int) throws(EngineFailure) {
      let own = worker == 0 ? limits : limits.withoutMonitor
      while let part = chunks.next() {
        try own.checkTime(span)
        try body(part, makers[worker], own)
      }
    }
    if isShared { try workers.run(work) } else { try work(0) }
  }

  // MARK: Walks

  /// So many walks cost no more than the rows of components, whatever the graph.
  private static let mostWalks = 4
  /// How many times as much a walk costs by the edge as a union of finished rows by the member: it goes to far
  /// memory for each, and begins above the rows that an average component has.
  private static let costOfWalk = 8

  /// Whether a walk from each start takes less than a row for each component that any of them reaches.
  ///
  /// A walk looks at the edges of what it reaches, a row takes its members out of finished rows: with as many
  /// starts as components reached, rows are shared and cost less; with few, most of them are in nobody's answer.
  private func areWalksCheaper(from starts: Adjacency, reaching reached: Words<UInt8>) -> Bool {
    var startCount = 0
    for x in 0..<domain where starts.row(x).count > 0 { startCount += 1 }
    if startCount <= Self.mostWalks { return true }
    var (components, nodes, edges) = (0, 0, 0)
    for c in 0..<reached.count where reached[c] == 1 {
      components += 1
      nodes += memberCount(c)
      for place in Int(firstMember[c])..<Int(firstMember[c + 1]) {
        edges += links.row(Int(members[place])).count
      }
    }
    return Self.costOfWalk * startCount * max(edges, nodes) <= components * nodes
  }

  /// What some nodes reach, themselves included. O(nodes and edges reached, and a bit for each node there is).
  private func walk(
    from starts: Words<UInt32>, _ union: RowUnion, _ limits: LimitGuard, _ span: SourceSpan
  ) throws(EngineFailure) -> BinaryRows.Row {
    let waiting = Column<UInt32>()
    union.begin(estimate: 0)
    func visit(_ nodes: Words<UInt32>) {
      for i in 0..<nodes.count where !union.hasReached(nodes[i]) {
        union.add(nodes[i])
        waiting.append(nodes[i])
      }
    }
    visit(starts)
    var steps = 0
    while waiting.count > 0 {
      steps += 1
      if steps & 65_535 == 0 { try limits.checkTime(span) }
      let node = waiting[waiting.count - 1]
      waiting.truncate(to: waiting.count - 1)
      visit(links.row(Int(node)))
    }
    return union.finish()
  }

  // MARK: Rows

  private func memberCount(_ c: Int) -> Int { Int(firstMember[c + 1] - firstMember[c]) }

  /// Begins the row of a worker's targets, nearer ones first, and of some nodes beside their rows.
  private func beginRow(_ maker: RowMaker, beside nodes: Int) {
    let rows = rows.words
    maker.sortTargets()
    var estimate = nodes
    maker.forEachTarget { estimate += Int(rows[$0].count) + 1 }
    maker.union.begin(estimate: estimate)
  }

  /// What some nodes reach, themselves included, by the rows of their components.
  private func row(from list: Words<UInt32>, _ maker: RowMaker) -> BinaryRows.Row {
    maker.forgetTargets()
    for i in 0..<list.count { maker.note(target: component[Int(list[i])]) }
    beginRow(maker, beside: list.count)
    let (rows, union) = (rows.words, maker.union)
    maker.forEachTarget { target in
      // A node of a cyclic component is in its own row, so finding it means that all of it is there;
      // one that is alone is no sign of its row unless some other row brought it.
      if union.hasReached(members[Int(firstMember[target])]) { return }
      union.add(rows[target])
    }
    for i in 0..<list.count { union.add(list[i]) }
    return union.finish()
  }

  /// One for each component that some path from the starts meets. O(nodes and edges reached).
  private func reachedComponents(from starts: Adjacency) -> Column<UInt8> {
    let reached = Column<UInt8>(repeating: 0, count: componentCount)
    let marks = reached.words
    for place in 0..<starts.neighbours.count {
      marks[Int(component[Int(starts.neighbours[place])])] = 1
    }
    // Edges lead to smaller numbers.
    for c in stride(from: componentCount - 1, through: 0, by: -1) where marks[c] == 1 {
      for place in Int(firstMember[c])..<Int(firstMember[c + 1]) {
        let list = links.row(Int(members[place]))
        for i in 0..<list.count { marks[Int(component[Int(list[i])])] = 1 }
      }
    }
    return reached
  }

  /// Computes the rows of all components, or of those that are marked.
  private func computeRows(
    _ limits: LimitGuard, _ span: SourceSpan, of marked: Column<UInt8>? = nil
  ) throws(EngineFailure) {
    rows.grow(by: componentCount)
    let heights = workers.count > 1 && componentCount >= shareThreshold ? self.heights() : nil
    for maker in makers {
      // A worker without a part needs no marks.
      if heights == nil && maker !== makers[0] { break }
      maker.seen.truncate(to: 0)
      maker.seen.grow(by: componentCount)
      for c in 0..<componentCount { maker.seen.words[c] = .max }
    }
    let output = rows.words
    func compute(_ c: Int, _ maker: RowMaker) {
      output[c] =
        marked.map { $0[c] == 0 } ?? false
        ? BinaryRows.Row(words: .empty, count: 0, isBitmap: false) : row(of: c, maker)
    }
    guard let heights else {
      // In the order of the components, for each needs those before it.
      for c in 0..<componentCount {
        if c & 1023 == 0 { try limits.checkTime(span) }
        compute(c, makers[0])
      }
      return
    }
    for height in 0..<heights.starts.count - 1 {
      let places = Int(heights.starts[height])..<Int(heights.starts[height + 1])
      try share(places, limits, span) { part, maker, _ in
        for place in part { compute(Int(heights.components[place]), maker) }
      }
    }
  }

  /// The components by the longest path that leads down from each: none leads to another of the same height.
  /// Nothing where most heights have a few components only. O(nodes + edges).
  private func heights() -> (starts: Column<UInt32>, components: Column<UInt32>)? {
    let heights = Column<UInt32>(unspecified: componentCount)
    defer { keepAlive(heights) }
    let words = heights.words
    var highest: UInt32 = 0
    for c in 0..<componentCount {
      var height: UInt32 = 0
      for place in Int(firstMember[c])..<Int(firstMember[c + 1]) {
        let list = links.row(Int(members[place]))
        for i in 0..<list.count {
          let target = Int(component[Int(list[i])])
          if target != c { height = max(height, words[target] &+ 1) }
        }
      }
      words[c] = height
      highest = max(highest, height)
    }
    if Int(highest) > componentCount / 8 { return nil }
    let grouped = Adjacency(
      near: ColumnView(narrow: words), far: .rowNumbers, count: componentCount,
      domain: Int(highest) + 1)
    return (grouped.offsets, grouped.neighbours)
  }

  private func row(of c: Int, _ maker: RowMaker) -> BinaryRows.Row {
    let seen = maker.seen.words
    maker.forgetTargets()
    let nodes = Int(firstMember[c])..<Int(firstMember[c + 1])
    var isCyclic = nodes.count > 1
    for place in nodes {
      let list = links.row(Int(members[place]))
      for i in 0..<list.count {
        let target = component[Int(list[i])]
        if Int(target) == c {
          isCyclic = true
        } else if seen[Int(target)] != UInt32(c) {
          seen[Int(target)] = UInt32(c)
          maker.note(target: target)
        }
      }
    }
    beginRow(maker, beside: nodes.count)
    let (rows, union) = (rows.words, maker.union)
    maker.forEachTarget { target in
      let first = Int(firstMember[target])
      if union.hasReached(members[first]) { return }
      union.add(rows[target])
      for place in first..<Int(firstMember[target + 1]) { union.add(members[place]) }
    }
    if isCyclic {
      for place in nodes { union.add(members[place]) }
    }
    return union.finish()
  }
}
