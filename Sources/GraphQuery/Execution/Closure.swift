@_spi(Columns) import GraphCore

/// The nodes that each node reaches, by strongly connected components.
///
/// Members of one component reach the same nodes, so there is one row a component. Components come
/// in reverse topological order, so the row of one is the union of the finished rows of those it
/// leads to (Purdom, "A transitive closure algorithm", 1970; Nuutila, "Efficient transitive closure
/// computation in large digraphs", 1995). A successor that an earlier one reaches already adds
/// nothing, and is recognised by one look.
struct Closure {
  private let graph: Adjacency
  private let domain: Int
  private let arena = WordArena()
  private let components: StrongComponents
  private let rows = Column<BinaryRows.Row>()
  private var union: RowUnion

  /// Prepares the closure of a graph over `0 ..< domain`. O(nodes + edges).
  init(of graph: Adjacency, domain: Int) {
    self.graph = graph
    self.domain = domain
    components = StrongComponents(of: graph, domain: domain)
    union = RowUnion(domain: domain, arena: arena)
  }

  /// The closure itself: one step or more.
  mutating func closure(isTransposed: Bool, limits: LimitGuard, span: SourceSpan)
    throws(EngineFailure) -> BinaryRows
  {
    try computeRows(limits, span)
    var count = 0
    for c in 0..<componentCount {
      count += Int(rows.words[c].count) * Int(firstMember[c + 1] - firstMember[c])
    }
    return BinaryRows(
      count: count, domain: domain, rows: rows, rowOf: component, isTransposed: isTransposed,
      owner: arena, byteCount: arena.byteCount + rows.byteCount + component.byteCount)
  }

  /// What the nodes of `starts` reach in any number of steps, none included.
  mutating func reach(
    from starts: Adjacency, isTransposed: Bool, limits: LimitGuard, span: SourceSpan
  ) throws(EngineFailure) -> BinaryRows {
    let reached = reachedComponents(from: starts)
    defer { keepAlive(reached) }
    if areWalksCheaper(from: starts, reaching: reached.words) {
      return try walks(from: starts, isTransposed: isTransposed, limits: limits, span: span)
    }
    try computeRows(limits, span, of: reached)
    let result = Column<BinaryRows.Row>(minimumCapacity: domain)
    var count = 0
    var targets: [UInt32] = []
    for x in 0..<domain {
      if x & 1023 == 0 { try limits.checkTime(span) }
      let list = starts.row(x)
      targets.removeAll(keepingCapacity: true)
      for i in 0..<list.count { targets.append(component[Int(list[i])]) }
      targets.sort(by: >)
      union.begin(estimate: estimate(targets) + list.count)
      for target in targets { addComponent(Int(target)) }
      for i in 0..<list.count { union.add(list[i]) }
      let row = union.finish()
      count += Int(row.count)
      result.append(row)
    }
    return BinaryRows(
      count: count, domain: domain, rows: result, rowOf: nil, isTransposed: isTransposed,
      owner: arena, byteCount: arena.byteCount + result.byteCount)
  }

  private var componentCount: Int { components.count }
  private var component: Column<UInt32> { components.component }
  private var members: Column<UInt32> { components.members }
  private var firstMember: Column<UInt32> { components.firstMember }

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
        edges += graph.row(Int(members[place])).count
      }
    }
    return Self.costOfWalk * startCount * max(edges, nodes) <= components * nodes
  }

  /// What the nodes of `starts` reach, each row by a walk of its own: no other node gets a row.
  private mutating func walks(
    from starts: Adjacency, isTransposed: Bool, limits: LimitGuard, span: SourceSpan
  ) throws(EngineFailure) -> BinaryRows {
    let result = Column<BinaryRows.Row>(minimumCapacity: domain)
    var count = 0
    for x in 0..<domain {
      let list = starts.row(x)
      let row =
        list.count == 0
        ? BinaryRows.Row(words: .empty, count: 0, isBitmap: false)
        : try walk(from: list, limits, span)
      count += Int(row.count)
      result.append(row)
    }
    return BinaryRows(
      count: count, domain: domain, rows: result, rowOf: nil, isTransposed: isTransposed,
      owner: arena, byteCount: arena.byteCount + result.byteCount)
  }

  /// What some nodes reach, themselves included. O(nodes and edges reached, and a bit for each node there is).
  private mutating func walk(from starts: Words<UInt32>, _ limits: LimitGuard, _ span: SourceSpan)
    throws(EngineFailure) -> BinaryRows.Row
  {
    let waiting = Column<UInt32>()
    union.begin(estimate: 0)
    func visit(_ nodes: Words<UInt32>, _ union: inout RowUnion) {
      for i in 0..<nodes.count where !union.hasReached(nodes[i]) {
        union.add(nodes[i])
        waiting.append(nodes[i])
      }
    }
    visit(starts, &union)
    var steps = 0
    while waiting.count > 0 {
      steps += 1
      if steps & 65_535 == 0 { try limits.checkTime(span) }
      let node = waiting[waiting.count - 1]
      waiting.truncate(to: waiting.count - 1)
      visit(graph.row(Int(node)), &union)
    }
    return union.finish()
  }

  // MARK: Rows

  private func memberCount(_ c: Int) -> Int { Int(firstMember[c + 1] - firstMember[c]) }

  private func estimate(_ targets: [UInt32]) -> Int {
    targets.reduce(0) { $0 + Int(rows[Int($1)].count) + 1 }
  }

  /// Adds what a component reaches, unless it is in the row already.
  private mutating func addComponent(_ c: Int) {
    let first = members[Int(firstMember[c])]
    let row = rows.words[c]
    // A node of a cyclic component is in its own row, so finding it means that all of it is there;
    // one that is alone is no sign of its row unless some other row brought it.
    if union.hasReached(first) { return }
    union.add(row)
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
        let list = graph.row(Int(members[place]))
        for i in 0..<list.count { marks[Int(component[Int(list[i])])] = 1 }
      }
    }
    return reached
  }

  /// Computes the rows of all components, or of those that are marked.
  private mutating func computeRows(
    _ limits: LimitGuard, _ span: SourceSpan, of marked: Column<UInt8>? = nil
  ) throws(EngineFailure) {
    var targets: [UInt32] = []
    let seen = Column<UInt32>(repeating: .max, count: componentCount)
    for c in 0..<componentCount {
      if c & 1023 == 0 { try limits.checkTime(span) }
      if let marked, marked[c] == 0 {
        rows.append(BinaryRows.Row(words: .empty, count: 0, isBitmap: false))
        continue
      }
      targets.removeAll(keepingCapacity: true)
      var isCyclic = memberCount(c) > 1
      for place in Int(firstMember[c])..<Int(firstMember[c + 1]) {
        let list = graph.row(Int(members[place]))
        for i in 0..<list.count {
          let target = component[Int(list[i])]
          if Int(target) == c {
            isCyclic = true
          } else if seen[Int(target)] != UInt32(c) {
            seen[Int(target)] = UInt32(c)
            targets.append(target)
          }
        }
      }
      // Nearer components first: they tend to reach the farther ones.
      targets.sort(by: >)
      union.begin(estimate: estimate(targets) + memberCount(c))
      for target in targets {
        let first = members[Int(firstMember[Int(target)])]
        if union.hasReached(first) { continue }
        union.add(rows.words[Int(target)])
        for place in Int(firstMember[Int(target)])..<Int(firstMember[Int(target) + 1]) {
          union.add(members[place])
        }
      }
      if isCyclic {
        for place in Int(firstMember[c])..<Int(firstMember[c + 1]) { union.add(members[place]) }
      }
      rows.append(union.finish())
    }
  }
}

/// The union of rows over a domain, collected as a list with marks or as a bitmap.
struct RowUnion {
  private let domain: Int
  private let arena: WordArena
  private let bitmapLimit: Int
  private let marks: Column<UInt32>
  private var epoch: UInt32 = 0
  private let list = Column<UInt32>()
  private let bitmap: Column<UInt32>
  private var isBitmap = false

  init(domain: Int, arena: WordArena) {
    self.domain = domain
    self.arena = arena
    bitmapLimit = max(domain / 32, 32)
    marks = Column(repeating: 0, count: domain)
    bitmap = Column(repeating: 0, count: (domain + 31) / 32)
  }

  /// Starts an empty union that is expected to hold at most `estimate` members.
  mutating func begin(estimate: Int) {
    isBitmap = estimate > bitmapLimit
    if isBitmap {
      let words = bitmap.words
      for i in 0..<words.count { words[i] = 0 }
    } else {
      epoch += 1
      list.truncate(to: 0)
    }
  }

  func hasReached(_ y: UInt32) -> Bool {
    isBitmap ? bitmap.words[Int(y >> 5)] & (1 << (y & 31)) != 0 : marks.words[Int(y)] == epoch
  }

  mutating func add(_ y: UInt32) {
    if isBitmap {
      bitmap.words[Int(y >> 5)] |= 1 << (y & 31)
    } else if marks.words[Int(y)] != epoch {
      marks.words[Int(y)] = epoch
      list.append(y)
    }
  }

  mutating func add(_ row: BinaryRows.Row) {
    let values = row.words
    let count = Int(row.count)
    if isBitmap {
      let words = bitmap.words
      if row.isBitmap {
        for i in 0..<words.count { words[i] |= values[i] }
      } else {
        for i in 0..<count { words[Int(values[i] >> 5)] |= 1 << (values[i] & 31) }
      }
      return
    }
    // The estimate counted the row's members, so a bitmap row cannot be among a list's.
    let start = list.count
    list.grow(by: count)
    let output = list.words
    let marks = marks.words
    var place = start
    for i in 0..<count {
      let y = values[i]
      output[place] = y
      place &+= marks[Int(y)] == epoch ? 0 : 1
      marks[Int(y)] = epoch
    }
    list.truncate(to: place)
  }

  /// The union as a row, in the form that is smaller.
  mutating func finish() -> BinaryRows.Row {
    if !isBitmap {
      return list.count > bitmapLimit ? bitmapRow(list.words) : listRow(list.words)
    }
    let words = bitmap.words
    var count = 0
    for i in 0..<words.count { count &+= words[i].nonzeroBitCount }
    if count > bitmapLimit {
      let block = arena.takeExactly(words.count)
      for i in 0..<words.count { block[i] = words[i] }
      return BinaryRows.Row(
        words: block, count: UInt32(truncatingIfNeeded: count), isBitmap: true)
    }
    let block = arena.takeExactly(count)
    var place = 0
    for i in 0..<words.count {
      var word = words[i]
      while word != 0 {
        block[place] = UInt32(truncatingIfNeeded: i &* 32 &+ word.trailingZeroBitCount)
        place &+= 1
        word &= word &- 1
      }
    }
    return BinaryRows.Row(words: block, count: UInt32(truncatingIfNeeded: count), isBitmap: false)
  }

  /// Members that turned out to be more than was expected.
  private func bitmapRow(_ values: Words<UInt32>) -> BinaryRows.Row {
    let block = arena.takeExactly((domain + 31) / 32)
    for i in 0..<block.count { block[i] = 0 }
    for i in 0..<values.count { block[Int(values[i] >> 5)] |= 1 << (values[i] & 31) }
    return BinaryRows.Row(
      words: block, count: UInt32(truncatingIfNeeded: values.count), isBitmap: true)
  }

  private func listRow(_ values: Words<UInt32>) -> BinaryRows.Row {
    let block = arena.takeExactly(values.count)
    for i in 0..<values.count { block[i] = values[i] }
    return BinaryRows.Row(
      words: block, count: UInt32(truncatingIfNeeded: values.count), isBitmap: false)
  }
}
