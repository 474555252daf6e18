@_spi(Columns) import GraphCore

/// Evaluates a recursion that keeps the best value of each node.
///
/// Values are held as codes whose order is that of goodness, the least first, in an array by node. While
/// no step makes a value better than the one it comes from, nodes are taken in the order of their values, as
/// Dijkstra does ("A note on two problems in connexion with graphs", 1959): a value that is taken is final,
/// so each edge is visited once. This needs no proof about the program. The first step that does make
/// one better (a negative weight, an overflow) changes to rounds that correct values until none changes
/// (Bellman, "On a routing problem", 1958); as many rounds as nodes without an end mean a cycle that
/// improves itself for ever, which is then named.
final class BestValueFixpoint {
  private struct Step {
    var rule: BestValueProgram.Step
    var graph: NodeGraph
    /// The operand, where it is a constant.
    var constant: UInt64
  }

  private let steps: [Step]
  private let relation: Relation
  private let coding: ValueCoding
  private let limits: LimitGuard
  private let span: SourceSpan
  private let domain: Int
  /// The code of each node's value; `absent` where it has none.
  private let best: Column<UInt64>
  private static let absent = UInt64.max
  private var heap = RadixHeap()
  private var visits = 0
  /// Whether a value came up whose code stands for none: then another evaluator must do.
  private(set) var hasFailed = false

  /// Nothing where values or nodes are of a kind that this does not handle. O(rows).
  init?(
    _ program: BestValueProgram, relations: [Relation], terms: TermSpace, limits: LimitGuard,
    span: SourceSpan
  ) {
    relation = relations[program.relation.index]
    var columns = [(relation: relation, column: 0)]
    for step in program.steps {
      let edges = relations[step.edge.relation.index]
      guard !edges.hasDeadRows else { return nil }
      if case .column(let weight) = step.operand, edges.view(weight).presence != nil { return nil }
      columns.append((edges, step.edge.from))
      columns.append((edges, step.edge.to))
    }
    let isCopying = program.steps.allSatisfy { $0.operation == .copy && $0.limits.isEmpty }
    guard let domain = Relation.nodeDomain(columns),
      let coding = ValueCoding(relation, isCopying: isCopying, terms: terms)
    else { return nil }
    self.domain = domain
    self.coding = coding
    self.limits = limits
    self.span = span
    let type = relation.types[1]
    steps = program.steps.map { step in
      let edges = relations[step.edge.relation.index]
      var (weight, constant): (ColumnView?, UInt64) = (nil, 0)
      switch step.operand {
      case .none: break
      case .column(let column): weight = edges.view(column)
      case .constant(let value): constant = value.word(as: type)
      }
      return Step(
        rule: step,
        graph: NodeGraph(
          from: edges.view(step.edge.from), to: edges.view(step.edge.to), weight: weight,
          rowCount: edges.rowCount, domain: domain), constant: constant)
    }
    best = Column(repeating: Self.absent, count: domain)
  }

  func run(_ names: (UInt32) -> String) throws(EngineFailure) {
    let seeds = SortedSeeds(relation, coding)
    var isOrdered = true
    var place = 0
    let best = best.words
    while isOrdered && place < seeds.count {
      let (code, node) = (seeds.codes.words[place], seeds.nodes.words[place])
      place += 1
      while isOrdered, let next = heap.pop(atMost: code) {
        if best[Int(next.node)] == next.key { isOrdered = try settle(next.node, next.key) }
      }
      if isOrdered && code < best[Int(node)] {
        best[Int(node)] = code
        isOrdered = try settle(node, code)
      }
    }
    while isOrdered, let next = heap.pop(atMost: Self.absent) {
      if best[Int(next.node)] == next.key { isOrdered = try settle(next.node, next.key) }
    }
    if isOrdered { return }
    // Corrections need no order: all that it starts from is put in its place at once.
    for place in 0..<seeds.count {
      let node = Int(seeds.nodes.words[place])
      best[node] = min(best[node], seeds.codes.words[place])
    }
    try correct(names)
  }

  private func checkLimits() throws(EngineFailure) {
    try limits.checkTime(span)
    try limits.checkMemory(held: heap.byteCount + best.byteCount, span)
  }

  private func admits(_ step: Step, _ code: UInt64) -> Bool {
    step.rule.limits.allSatisfy { limit in
      coding.holds(limit.relation, code, limit.bound.word(as: relation.types[1]))
    }
  }

  /// Passes a final value on; false if that makes one that is better than it.
  @inline(__always)
  private func settle(_ node: UInt32, _ code: UInt64) throws(EngineFailure) -> Bool {
    let best = best.words
    for step in steps {
      let offsets = step.graph.offsets.words
      let (start, end) = (Int(offsets[Int(node)]), Int(offsets[Int(node) + 1]))
      if start == end || !admits(step, code) { continue }
      visits &+= end &- start
      if visits > 1 << 16 {
        visits = 0
        try checkLimits()
      }
      let targets = step.graph.targets.words
      let operation = step.rule.operation
      if let weights = step.graph.weights?.words {
        for i in start..<end {
          let new = coding.combine(operation, code, weights[i])
          let y = Int(targets[i])
          if new < best[y] {
            if new < code { return false }
            best[y] = new
            heap.push(new, targets[i])
          } else if new == Self.absent {
            hasFailed = true
          }
        }
      } else {
        let new = operation == .copy ? code : coding.combine(operation, code, step.constant)
        if new < code { return false }
        if new == Self.absent { hasFailed = true }
        for i in start..<end where new < best[Int(targets[i])] {
          best[Int(targets[i])] = new
          heap.push(new, targets[i])
        }
      }
    }
    return true
  }

  // MARK: Correcting

  /// Corrects values round by round.
  private func correct(_ names: (UInt32) -> String) throws(EngineFailure) {
    let parents = Column<UInt32>(repeating: .max, count: domain)
    let marks = Column<UInt32>(repeating: 0, count: domain)
    var (present, next) = (Column<UInt32>(), Column<UInt32>())
    for node in 0..<domain where best[node] != Self.absent {
      present.append(UInt32(truncatingIfNeeded: node))
    }
    var round: UInt32 = 0
    while present.count > 0 && !hasFailed {
      round += 1
      // A cycle that only adds goes on as it began; one that stops at a bound comes to its end.
      if round >= 16 && round.nonzeroBitCount == 1, canBeEndless,
        let cycle = Self.cycle(in: parents.words)
      {
        throw EngineFailure.endless(
          relation.name, isMinimum: relation.lattice == .min, cycle: cycle.map(names), at: span)
      }
      try checkLimits()
      for place in 0..<present.count {
        correct(present[place], parents.words, marks.words, round, next)
      }
      (present, next) = (next, present)
      next.truncate(to: 0)
    }
  }

  /// Passes one node's value on; nodes that it makes better go to `next`.
  private func correct(
    _ node: UInt32, _ parents: Words<UInt32>, _ marks: Words<UInt32>, _ round: UInt32,
    _ next: Column<UInt32>
  ) {
    let best = best.words
    for step in steps where admits(step, best[Int(node)]) {
      let offsets = step.graph.offsets.words
      let targets = step.graph.targets.words
      for i in Int(offsets[Int(node)])..<Int(offsets[Int(node) + 1]) {
        let operand = step.graph.weights.map { $0.words[i] } ?? step.constant
        let new = coding.combine(step.rule.operation, best[Int(node)], operand)
        if new == Self.absent { hasFailed = true }
        let target = targets[i]
        guard new < best[Int(target)] else { continue }
        best[Int(target)] = new
        parents[Int(target)] = node
        if marks[Int(target)] != round {
          marks[Int(target)] = round
          next.append(target)
        }
      }
    }
  }

  private var canBeEndless: Bool {
    steps.allSatisfy { step in
      step.rule.limits.isEmpty && step.rule.operation != .least && step.rule.operation != .greatest
    }
  }

  /// A cycle of nodes each of which got its value from the one before, if there is one. O(nodes).
  private static func cycle(in parents: Words<UInt32>) -> [UInt32]? {
    let walks = Column<UInt32>(repeating: 0, count: parents.count)
    defer { keepAlive(walks) }
    for start in 0..<parents.count where walks[start] == 0 {
      let walk = UInt32(truncatingIfNeeded: start) + 1
      var node = start
      while walks[node] == 0 && parents[node] != .max {
        walks[node] = walk
        node = Int(parents[node])
      }
      guard walks[node] == walk else { continue }
      var cycle = [UInt32(truncatingIfNeeded: node)]
      var back = parents[node]
      while back != cycle[0] {
        cycle.append(back)
        back = parents[Int(back)]
      }
      return [cycle[0]] + cycle.reversed()
    }
    return nil
  }

  // MARK: Result

  /// Puts the values into the relation, by ascending node.
  func finish() {
    let nodes = Column<UInt32>()
    let values = WordColumn(kind: relation.types[1].wordKind)
    let best = best.words
    for node in 0..<domain where best[node] != Self.absent {
      nodes.append(UInt32(truncatingIfNeeded: node))
      values.append(coding.word(best[node]))
    }
    relation.adopt(
      columns: [ColumnView(narrow: nodes.words), values.view], rowCount: nodes.count,
      owner: (nodes, values))
  }
}

extension EngineFailure {
  /// A minimum or maximum that a cycle improves without end; the cycle may be unknown.
  static func endless(_ name: String, isMinimum: Bool, cycle: [String], at span: SourceSpan)
    -> EngineFailure
  {
    let shown = cycle.count > 12 ? cycle.prefix(6) + ["…"] + cycle.suffix(5) : cycle[...]
    let way = cycle.isEmpty ? "a cycle" : "the cycle \(shown.joined(separator: " → "))"
    return EngineFailure(
      .endlessRecursion,
      "the \(isMinimum ? "minimum" : "maximum") of `\(name)` has no end: each round of \(way) "
        + "\(isMinimum ? "lowers" : "raises") it",
      at: span,
      help: "leave the edge out that makes the cycle \(isMinimum ? "negative" : "positive"), "
        + "or bound the value by a comparison with a constant")
  }
}
