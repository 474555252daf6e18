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

  /// What loops read of a step.
  private struct Edges: BitwiseCopyable {
    let operation: BestValueProgram.Operation
    let constant: UInt64
    let offsets: Words<UInt32>
    let targets: Words<UInt32>
    let weights: Words<UInt64>?
    /// Whether only values within some limits go along them.
    let isLimited: Bool

    init(_ step: Step) {
      (operation, constant) = (step.rule.operation, step.constant)
      (offsets, targets) = (step.graph.offsets.words, step.graph.targets.words)
      weights = step.graph.weights?.words
      isLimited = !step.rule.limits.isEmpty
    }
  }

  private let steps: [Step]
  private let edges: Column<Edges>
  private let graphByteCount: Int
  private let relation: Relation
  private let coding: ValueCoding
  private let limits: LimitGuard
  private let span: SourceSpan
  private let numbering: NodeNumbering
  private let domain: Int
  /// The code of each node's value; `absent` where it has none.
  private let best: Column<UInt64>
  private static let absent = UInt64.max
  private var heap: RadixHeap
  private var visits = 0
  /// Whether a value came up whose code stands for none: then another evaluator must do.
  private(set) var hasFailed = false

  /// Nothing where values or nodes are of a kind that this does not handle. O(rows).
  init?(
    _ program: BestValueProgram, relations: [Relation], terms: TermSpace, limits: LimitGuard,
    span: SourceSpan, workers: Workers?
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
    guard columns.allSatisfy({ $0.relation.view($0.column).presence == nil }),
      let coding = ValueCoding(relation, isCopying: isCopying, terms: terms)
    else { return nil }
    let numbering = NodeNumbering(columns)
    let domain = numbering.domain
    self.numbering = numbering
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
      let (from, to) = (
        numbering.numbers(edges, step.edge.from), numbering.numbers(edges, step.edge.to)
      )
      defer { keepAlive(from.owner, to.owner) }
      return Step(
        rule: step,
        graph: NodeGraph(
          from: from.view, to: to.view, weight: weight, rowCount: edges.rowCount, domain: domain,
          workers: workers), constant: constant)
    }
    edges = Column(steps.map { Edges($0) })
    graphByteCount = steps.reduce(0) { $0 + $1.graph.byteCount }
    heap = RadixHeap(bringingNear: steps.map(\.graph.offsets.words))
    best = Column(repeating: Self.absent, count: domain)
  }

  /// - Parameter name: what a value is called
  func run(_ name: (UInt64) -> String) throws(EngineFailure) {
    func names(_ node: UInt32) -> String { name(numbering.word(of: Int(node))) }
    let seeds = SortedSeeds(relation, numbering, coding)
    if try settleAll(seeds) { return }
    let best = best.words
    // Corrections need no order: all that it starts from is put in its place at once.
    for place in 0..<seeds.count {
      let node = Int(seeds.nodes.words[place])
      best[node] = min(best[node], seeds.codes.words[place])
    }
    try correct(names)
  }

  private func checkLimits() throws(EngineFailure) {
    try limits.checkTime(span)
    try limits.checkMemory(held: graphByteCount + heap.byteCount + best.byteCount, span)
  }

  private func admits(_ step: Int, _ code: UInt64) -> Bool {
    steps[step].rule.limits.allSatisfy { limit in
      coding.holds(limit.relation, code, limit.bound.word(as: relation.types[1]))
    }
  }

  // MARK: Settling

  /// So many nodes are settled at a time, where they have the same value.
  private static let group = 256
  private let starts = Column<UInt32>(repeating: 0, count: BestValueFixpoint.group)

  /// Takes nodes in the order of their values; false if that makes a value that is better than its source.
  private func settleAll(_ seeds: SortedSeeds) throws(EngineFailure) -> Bool {
    let (codes, nodes) = (seeds.codes.words, seeds.nodes.words)
    let best = best.words
    let fresh = Column<UInt32>(minimumCapacity: Self.group)
    defer { keepAlive(fresh) }
    var place = 0
    while place < seeds.count {
      let code = codes[place]
      while let next = heap.pop(atMost: code) {
        guard try settle(next.nodes, next.key) else { return false }
      }
      heap.begin(at: code)
      fresh.truncate(to: 0)
      while place < seeds.count && codes[place] == code && fresh.count < Self.group {
        let node = nodes[place]
        place += 1
        if code < best[Int(node)] {
          best[Int(node)] = code
          fresh.append(node)
        }
      }
      guard try settle(fresh.words, code) else { return false }
    }
    while let next = heap.pop(atMost: Self.absent) {
      guard try settle(next.nodes, next.key) else { return false }
    }
    return true
  }

  /// Passes the final value of some nodes on; false if that makes one that is better than it. Nodes that have got a
  /// better value since they were noted are passed over.
  private func settle(_ nodes: Words<UInt32>, _ code: UInt64) throws(EngineFailure) -> Bool {
    for first in stride(from: 0, to: nodes.count, by: Self.group) {
      let group = nodes.slice(first, min(Self.group, nodes.count - first))
      for step in 0..<edges.count {
        let edges = edges.words[step]
        if edges.isLimited && !admits(step, code) { continue }
        if group.count > 4 { bringNear(edges, group) }
        guard relax(edges, group, code, &heap) else { return false }
      }
      if visits > 1 << 16 {
        visits = 0
        try checkLimits()
      }
    }
    return true
  }

  /// Begins to bring the edges of some nodes near.
  private func bringNear(_ edges: Edges, _ nodes: Words<UInt32>) {
    edges.offsets.prefetch(nodes)
    let starts = starts.words.slice(0, nodes.count)
    for i in 0..<nodes.count { starts[i] = edges.offsets[Int(nodes[i])] }
    edges.targets.prefetch(starts)
    edges.weights?.prefetch(starts)
  }

  /// Passes the value of some nodes on along the edges of a step.
  private func relax(
    _ edges: Edges, _ nodes: Words<UInt32>, _ code: UInt64, _ heap: inout RadixHeap
  ) -> Bool {
    let best = best.words
    let (offsets, targets) = (edges.offsets, edges.targets)
    var visited = 0
    defer { visits &+= visited }
    for i in 0..<nodes.count where best[Int(nodes[i])] == code {
      let (start, end) = (Int(offsets[Int(nodes[i])]), Int(offsets[Int(nodes[i]) + 1]))
      visited &+= end &- start
      if let weights = edges.weights {
        for place in start..<end {
          let new = coding.combine(edges.operation, code, weights[place])
          let y = targets[place]
          if new < best[Int(y)] {
            if new < code { return false }
            best[Int(y)] = new
            heap.push(new, y)
          } else if new == Self.absent {
            hasFailed = true
          }
        }
      } else if start < end {
        let new =
          edges.operation == .copy ? code : coding.combine(edges.operation, code, edges.constant)
        if new < code { return false }
        if new == Self.absent { hasFailed = true }
        for place in start..<end where new < best[Int(targets[place])] {
          best[Int(targets[place])] = new
          heap.push(new, targets[place])
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
      for first in stride(from: 0, to: present.count, by: Self.group) {
        let group = present.words.slice(first, min(Self.group, present.count - first))
        for step in 0..<edges.count {
          bringNear(edges.words[step], group)
          correct(group, step, parents.words, marks.words, round, next)
        }
      }
      (present, next) = (next, present)
      next.truncate(to: 0)
    }
  }

  /// Passes the values of some nodes on; nodes that they make better go to `next`.
  private func correct(
    _ nodes: Words<UInt32>, _ step: Int, _ parents: Words<UInt32>, _ marks: Words<UInt32>,
    _ round: UInt32, _ next: Column<UInt32>
  ) {
    let best = best.words
    let edges = edges.words[step]
    for i in 0..<nodes.count {
      let node = nodes[i]
      if edges.isLimited && !admits(step, best[Int(node)]) { continue }
      for place in Int(edges.offsets[Int(node)])..<Int(edges.offsets[Int(node) + 1]) {
        let operand = edges.weights?[place] ?? edges.constant
        let new = coding.combine(edges.operation, best[Int(node)], operand)
        if new == Self.absent { hasFailed = true }
        let target = edges.targets[place]
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
    let keys = numbering.words(of: nodes)
    relation.adopt(
      columns: [keys.view, values.view], rowCount: nodes.count, owner: (keys.owner, values))
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
