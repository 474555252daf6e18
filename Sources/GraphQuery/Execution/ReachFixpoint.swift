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
  private let members: [RelationID]
  private let relations: [Relation]
  private let limits: LimitGuard
  private let span: SourceSpan
  private let domain: Int
  private let found: [Column<UInt64>]
  private let lists: [Column<UInt32>]

  /// Nothing where values are too large or too thinly spread to number nodes by. O(rows).
  init?(_ program: ReachProgram, relations: [Relation], limits: LimitGuard, span: SourceSpan) {
    var columns = program.members.map { (relation: relations[$0.index], column: 0) }
    for step in program.steps {
      if let edge = step.edge {
        guard !relations[edge.relation.index].hasDeadRows else { return nil }
        columns.append((relations[edge.relation.index], edge.from))
        columns.append((relations[edge.relation.index], edge.to))
      }
    }
    guard let domain = Relation.nodeDomain(columns) else { return nil }
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
            rowCount: relation.rowCount, domain: domain)
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

  /// Follows a step from a part of its source's list.
  private func take(_ step: Step, _ from: Int, _ to: Int) throws(EngineFailure) {
    let head = step.head
    let bits = found[head].words
    let list = lists[head]
    for place in from..<to {
      if place & 0x3FFF == 0 {
        try limits.checkTime(span)
        try limits.checkMemory(held: byteCount, span)
      }
      let x = lists[step.source].words[place]
      if let starts = step.starts, starts.words[Int(x >> 6)] & (1 << UInt64(x & 63)) == 0 {
        continue
      }
      guard let graph = step.graph else {
        let isAdmitted = step.ends.map { $0.words[Int(x >> 6)] & (1 << UInt64(x & 63)) != 0 }
        if isAdmitted ?? true { add(x, to: head) }
        continue
      }
      let offsets = graph.offsets.words
      let start = Int(offsets[Int(x)])
      let count = Int(offsets[Int(x) + 1]) - start
      if count == 0 { continue }
      // Room for all, so that the loop appends without a branch.
      let before = list.count
      list.grow(by: count)
      let output = list.words
      let targets = graph.targets.words
      var next = before
      if let ends = step.ends {
        let admitted = ends.words
        for i in start..<(start + count) {
          let y = targets[i]
          let (word, bit) = (Int(y >> 6), UInt64(1) << UInt64(y & 63))
          let known = bits[word] | ~admitted[word]
          output[next] = y
          next &+= known & bit == 0 ? 1 : 0
          bits[word] |= bit & admitted[word]
        }
      } else {
        for i in start..<(start + count) {
          let y = targets[i]
          let (word, bit) = (Int(y >> 6), UInt64(1) << UInt64(y & 63))
          let known = bits[word]
          output[next] = y
          next &+= known & bit == 0 ? 1 : 0
          bits[word] = known | bit
        }
      }
      list.truncate(to: next)
    }
  }

  private var byteCount: Int {
    lists.reduce(0) { $0 + $1.byteCount } + found.reduce(0) { $0 + $1.byteCount }
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
