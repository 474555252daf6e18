@_spi(Columns) import GraphCore

/// What a recursion over best values goes along, and the best values of the nodes so far.
///
/// Values are held as codes whose order is that of goodness, the least first, in an array by node.
final class ValueGraph {
  fileprivate struct Step {
    var rule: BestValueProgram.Step
    var graph: NodeGraph
    /// The operand, where it is a constant.
    var constant: UInt64
  }

  /// What loops read of a step.
  struct Edges: BitwiseCopyable {
    let operation: BestValueProgram.Operation
    let constant: UInt64
    let offsets: Words<UInt32>
    let targets: Words<UInt32>
    let weights: Words<UInt64>?
    /// Whether only values within some limits go along them.
    let isLimited: Bool

    fileprivate init(_ step: Step) {
      (operation, constant) = (step.rule.operation, step.constant)
      (offsets, targets) = (step.graph.offsets.words, step.graph.targets.words)
      weights = step.graph.weights?.words
      isLimited = !step.rule.limits.isEmpty
    }

    /// Begins to bring the edges of some nodes near. There is room in `starts` for as many as there are nodes.
    @inline(__always)
    func bringNear(_ nodes: Words<UInt32>, _ starts: Words<UInt32>) {
      offsets.prefetch(nodes)
      for i in 0..<nodes.count { starts[i] = offsets[Int(nodes[i])] }
      let starts = starts.slice(0, nodes.count)
      targets.prefetch(starts)
      weights?.prefetch(starts)
    }
  }

  /// In place of the code of a node that has no value.
  static let absent = UInt64.max

  private let steps: [Step]
  private let edgeColumn: Column<Edges>
  private let bestColumn: Column<UInt64>
  let relation: Relation
  let numbering: NodeNumbering
  let coding: ValueCoding

  /// Nothing where values or nodes are of a kind that this does not handle. O(rows).
  init?(
    _ program: BestValueProgram, relations: [Relation], terms: TermSpace, workers: Workers?
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
    self.coding = coding
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
    edgeColumn = Column(steps.map { Edges($0) })
    bestColumn = Column(repeating: Self.absent, count: domain)
  }

  /// The edges of each step, as long as the graph lives.
  var edges: Words<Edges> { edgeColumn.words }

  /// The code of each node's value, as long as the graph lives; `absent` where it has none.
  var best: Words<UInt64> { bestColumn.words }

  var byteCount: Int { steps.reduce(bestColumn.byteCount) { $0 + $1.graph.byteCount } }

  /// Where the edges of each node begin, step by step.
  var offsets: [Words<UInt32>] { steps.map(\.graph.offsets.words) }

  /// Whether a value goes along the edges of a step.
  func admits(_ step: Int, _ code: UInt64) -> Bool {
    steps[step].rule.limits.allSatisfy { limit in
      coding.holds(limit.relation, code, limit.bound.word(as: relation.types[1]))
    }
  }

  /// Whether a cycle may make values better without end.
  var canBeEndless: Bool {
    steps.allSatisfy { step in
      step.rule.limits.isEmpty && step.rule.operation != .least && step.rule.operation != .greatest
    }
  }
}
