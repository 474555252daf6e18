@_spi(Columns) import GraphCore

/// Evaluates a recursion that keeps the best value of each node.
///
/// While no step makes a value better than the one it comes from, nodes are taken in the order of their values
/// (`ValueSettler`), by several workers where that is worth its while (`SharedSettling`). This needs no proof
/// about the program. The first step that does make one better (a negative weight, an overflow) changes to
/// rounds that correct values until none changes (Bellman, "On a routing problem", 1958); as many rounds as nodes
/// without an end mean a cycle that improves itself for ever, which is then named.
final class BestValueFixpoint {
  private let graph: ValueGraph
  private let best: Words<UInt64>
  private let limits: LimitGuard
  private let span: SourceSpan
  private let workers: Workers?
  private let threshold: SharedSettling.Threshold
  /// Whether a value came up whose code stands for none: then another evaluator must do.
  private(set) var hasFailed = false

  /// Nothing where values or nodes are of a kind that this does not handle. O(rows).
  init?(
    _ program: BestValueProgram, relations: [Relation], terms: TermSpace, limits: LimitGuard,
    span: SourceSpan, workers: Workers?, threshold: SharedSettling.Threshold
  ) {
    guard let graph = ValueGraph(program, relations: relations, terms: terms, workers: workers)
    else { return nil }
    self.graph = graph
    best = graph.best
    self.limits = limits
    self.span = span
    self.workers = workers
    self.threshold = threshold
  }

  /// - Parameter name: what a value is called
  func run(_ name: (UInt64) -> String) throws(EngineFailure) {
    func names(_ node: UInt32) -> String { name(graph.numbering.word(of: Int(node))) }
    let seeds = SortedSeeds(graph.relation, graph.numbering, graph.coding, workers)
    defer { keepAlive(seeds.codes, seeds.nodes) }
    if try settleAll(seeds) { return }
    // Corrections need no order: all that it starts from is put in its place at once.
    for place in 0..<seeds.count {
      let node = Int(seeds.nodes.words[place])
      best[node] = min(best[node], seeds.codes.words[place])
    }
    try correct(names)
  }

  private func checkLimits(held: Int) throws(EngineFailure) {
    try limits.checkTime(span)
    try limits.checkMemory(held: graph.byteCount + held, span)
  }

  // MARK: Settling

  /// Takes nodes in the order of their values; false if that makes a value that is better than its source.
  private func settleAll(_ seeds: SortedSeeds) throws(EngineFailure) -> Bool {
    let settler = ValueSettler(graph, seeds)
    settler.look(at: 0..<seeds.count)
    var (visits, enough) = (0, threshold.alone)
    while true {
      settler.settle(upTo: ValueGraph.absent - 1, visits: threshold.turnEnd)
      if settler.hasFailed { hasFailed = true }
      guard settler.isOrdered else { return false }
      if settler.isIdle { return true }
      try checkLimits(held: settler.byteCount)
      visits += settler.visits
      guard let workers, workers.count > 1, workers.isFree, visits >= enough,
        settler.waiting + settler.seedsLeft.count >= threshold.waiting
      else { continue }
      let shared = SharedSettling(settler, graph, seeds, workers, threshold)
      let outcome = try shared.run { () throws(EngineFailure) in
        try checkLimits(held: shared.byteCount)
      }
      if shared.hasFailed { hasFailed = true }
      switch outcome {
      case .settled: return true
      case .unordered: return false
      case .unworthy: (visits, enough) = (0, enough * 4)
      }
    }
  }

  // MARK: Correcting

  /// The edges of so many nodes are asked for at a time.
  private static let group = 256

  /// Corrects values round by round.
  private func correct(_ names: (UInt32) -> String) throws(EngineFailure) {
    let parents = Column<UInt32>(repeating: .max, count: best.count)
    let marks = Column<UInt32>(repeating: 0, count: best.count)
    let starts = Column<UInt32>(repeating: 0, count: Self.group)
    defer { keepAlive(starts) }
    var (present, next) = (Column<UInt32>(), Column<UInt32>())
    for node in 0..<best.count where best[node] != ValueGraph.absent {
      present.append(UInt32(truncatingIfNeeded: node))
    }
    var round: UInt32 = 0
    while present.count > 0 && !hasFailed {
      round += 1
      // A cycle that only adds goes on as it began; one that stops at a bound comes to its end.
      if round >= 16 && round.nonzeroBitCount == 1, graph.canBeEndless,
        let cycle = Self.cycle(in: parents.words)
      {
        throw EngineFailure.endless(
          graph.relation.name, isMinimum: graph.relation.lattice == .min,
          cycle: cycle.map(names), at: span)
      }
      try checkLimits(held: parents.byteCount + marks.byteCount + present.byteCount)
      for first in stride(from: 0, to: present.count, by: Self.group) {
        let group = present.words.slice(first, min(Self.group, present.count - first))
        for step in 0..<graph.edges.count {
          graph.edges[step].bringNear(group, starts.words)
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
    let (edges, coding) = (graph.edges[step], graph.coding)
    for i in 0..<nodes.count {
      let node = nodes[i]
      if edges.isLimited && !graph.admits(step, best[Int(node)]) { continue }
      for place in Int(edges.offsets[Int(node)])..<Int(edges.offsets[Int(node) + 1]) {
        let operand = edges.weights?[place] ?? edges.constant
        let new = coding.combine(edges.operation, best[Int(node)], operand)
        if new == ValueGraph.absent { hasFailed = true }
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
    let values = WordColumn(kind: graph.relation.types[1].wordKind)
    for node in 0..<best.count where best[node] != ValueGraph.absent {
      nodes.append(UInt32(truncatingIfNeeded: node))
      values.append(graph.coding.word(best[node]))
    }
    let keys = graph.numbering.words(of: nodes)
    graph.relation.adopt(
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
