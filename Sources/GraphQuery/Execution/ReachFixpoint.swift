@_spi(Columns) import GraphCore

/// Evaluates a recursion over nodes: breadth first, a bit a node and relation.
///
/// A node that is new goes to the end of its relation's list; what lies behind the part that has been
/// looked at is the frontier. Each edge is visited once per relation that it is a step of.
final class ReachFixpoint {
  private struct Step {
    var head: Int
    var source: Int
    var graph: NodeGraph?
    /// Nodes where the step may end, and where it may start.
    var ends: Column<UInt64>?
    var starts: Column<UInt64>?
  }

  private let steps: [Step]
  private let graphByteCount: Int
  private let members: [RelationID]
  private let relations: [Relation]
  private let limits: LimitGuard
  private let span: SourceSpan
  private let domain: Int
  private let found: [Column<UInt64>]
  /// How many nodes were followed since the limits were looked at.
  private var visits = 0
  private let lists: [Column<UInt32>]

  /// Nothing where values are too large or too thinly spread to number nodes by. O(rows).
  init?(
    _ program: ReachProgram, relations: [Relation], limits: LimitGuard, span: SourceSpan,
    workers: Workers?
  ) {
    var columns = program.members.map { (relation: relations[$0.index], column: 0) }
    for step in program.steps {
      if let edge = step.edge {
        guard !relations[edge.relation.index].hasDeadRows else { return nil }
        columns.append((relations[edge.relation.index], edge.from))
        columns.append((relations[edge.relation.index], edge.to))
      }
    }
    // Few nodes are reached mostly, which is not worth ranks of all.
    guard columns.allSatisfy({ $0.relation.view($0.column).presence == nil }),
      let domain = NodeNumbering.smallDomain(of: columns)
    else { return nil }
    var graphs: [GraphStep: NodeGraph] = [:]
    var steps: [Step] = []
    for step in program.steps {
      var graph: NodeGraph?
      if let edge = step.edge {
        let relation = relations[edge.relation.index]
        graph =
          graphs[edge]
          ?? NodeGraph(
            from: relation.view(edge.from), to: relation.view(edge.to), weight: nil,
            rowCount: relation.rowCount, domain: domain, workers: workers)
        graphs[edge] = graph
      }
      var (ends, starts): (Column<UInt64>?, Column<UInt64>?)
      for condition in step.conditions {
        let relation = relations[condition.relation.index]
        guard !relation.hasDeadRows, relation.view(condition.column).presence == nil else {
          return nil
        }
        let set = Self.set(
          relation, condition, domain, narrowing: condition.isAtEnd ? ends : starts)
        if condition.isAtEnd { ends = set } else { starts = set }
      }
      steps.append(
        Step(head: step.head, source: step.source, graph: graph, ends: ends, starts: starts))
    }
    self.steps = steps
    graphByteCount = graphs.values.reduce(0) { $0 + $1.byteCount }
    members = program.members
    self.relations = relations
    self.limits = limits
    self.span = span
    self.domain = domain
    found = program.members.map { _ in Column(repeating: 0, count: (domain + 63) >> 6) }
    lists = program.members.map { _ in Column() }
    for (member, id) in program.members.enumerated() {
      let relation = relations[id.index]
      let view = relation.view(0)
      for row in 0..<relation.rowCount {
        add(UInt32(truncatingIfNeeded: view[row]), to: member)
      }
    }
  }

  /// The nodes that meet a condition, and another one before it, one bit each.
  private static func set(
    _ relation: Relation, _ condition: NodeCondition, _ domain: Int, narrowing: Column<UInt64>?
  ) -> Column<UInt64> {
    let result = Column<UInt64>(repeating: 0, count: (domain + 63) >> 6)
    let words = result.words
    let view = relation.view(condition.column)
    for row in 0..<relation.rowCount where view[row] < UInt64(domain) {
      words[Int(view[row] >> 6)] |= 1 << (view[row] & 63)
    }
    for i in 0..<words.count {
      if condition.isNegated { words[i] = ~words[i] }
      if let narrowing { words[i] &= narrowing.words[i] }
    }
    return result
  }

  private func add(_ node: UInt32, to member: Int) {
    let words = found[member].words
    let bit: UInt64 = 1 << UInt64(node & 63)
    guard words[Int(node >> 6)] & bit == 0 else { return }
    words[Int(node >> 6)] |= bit
    lists[member].append(node)
  }

  func run() throws(EngineFailure) {
    var done = Array(repeating: 0, count: members.count)
    while true {
      var hasMore = false
      for member in members.indices {
        let (from, to) = (done[member], lists[member].count)
        guard from < to else { continue }
        hasMore = true
        done[member] = to
        for step in steps where step.source == member { try take(step, from, to) }
      }
      if !hasMore { return }
    }
  }

  /// So many nodes are followed at a time: where their edges are, and these, is asked for before it is read.
  private static let group = 256
  private let starts = Column<UInt32>(repeating: 0, count: ReachFixpoint.group)
  private let sizes = Column<UInt32>(repeating: 0, count: ReachFixpoint.group)

  /// Follows a step from a part of its source's list.
  private func take(_ step: Step, _ from: Int, _ to: Int) throws(EngineFailure) {
    for first in stride(from: from, to: to, by: Self.group) {
      let nodes = lists[step.source].words.slice(first, min(Self.group, to - first))
      visits &+= nodes.count
      if visits > 1 << 14 {
        visits = 0
        try limits.checkTime(span)
        try limits.checkMemory(held: byteCount, span)
      }
      if let graph = step.graph {
        follow(graph, step, nodes)
      } else {
        for i in 0..<nodes.count where Self.admits(step.starts, nodes[i]) {
          if Self.admits(step.ends, nodes[i]) { add(nodes[i], to: step.head) }
        }
      }
    }
  }

  @inline(__always)
  private static func admits(_ set: Column<UInt64>?, _ node: UInt32) -> Bool {
    guard let set else { return true }
    return set.words[Int(node >> 6)] & (1 << UInt64(node & 63)) != 0
  }

  /// Adds the nodes that edges of some lead to.
  private func follow(_ graph: NodeGraph, _ step: Step, _ nodes: Words<UInt32>) {
    let (offsets, targets) = (graph.offsets.words, graph.targets.words)
    let (starts, sizes) = (starts.words, sizes.words)
    let isFar = nodes.count > 4
    if isFar { offsets.prefetch(nodes) }
    var total = 0
    let count = nodes.count
    for i in 0..<count {
      let x = Int(nodes[i])
      starts[i] = offsets[x]
      sizes[i] = Self.admits(step.starts, nodes[i]) ? offsets[x &+ 1] &- offsets[x] : 0
      total &+= Int(sizes[i])
    }
    if isFar { targets.prefetch(starts.slice(0, count)) }
    // Room for all, so that the loop appends without a branch.
    let list = lists[step.head]
    var next = list.count
    list.grow(by: total)
    let (output, bits) = (list.words, found[step.head].words)
    let admitted = step.ends?.words
    for i in 0..<count {
      let start = Int(starts[i])
      for place in start..<(start &+ Int(sizes[i])) {
        let y = targets[place]
        let (word, bit) = (Int(y >> 6), UInt64(1) << UInt64(y & 63))
        let new = bit & ~bits[word] & (admitted?[word] ?? .max)
        output[next] = y
        next &+= new == 0 ? 0 : 1
        bits[word] |= new
      }
    }
    list.truncate(to: next)
  }

  private var byteCount: Int {
    lists.reduce(graphByteCount) { $0 + $1.byteCount } + found.reduce(0) { $0 + $1.byteCount }
  }

  /// Puts what was found into the relations.
  func finish() {
    for (member, id) in members.enumerated() {
      let list = lists[member]
      relations[id.index].adopt(
        columns: [ColumnView(narrow: list.words)], rowCount: list.count, owner: list)
    }
  }
}
