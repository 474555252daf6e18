@_spi(Columns) import GraphCore

/// The share of time that a walk spends at each node which follows a random edge with the probability
/// `damping` and else starts anew anywhere (Page, Brin, Motwani and Winograd, "The PageRank citation ranking", 1999).
///
/// Where no edge leads on, the walk starts anew too, so that all shares add up to one. They are computed as multiples of
/// 2⁻⁶²: sums of whole numbers do not depend on their order, so neither threads nor the order of facts change a
/// digit. Rounds go on until all shares together change by less than 2⁻³⁶, which takes at most
/// log(2⁻³⁷) / log(damping) of them, 158 for 0.85. O(edges) a round.
struct PageRank {
  private let context: AlgorithmRun
  private let damping: UInt64
  private let incoming: Adjacency
  private let shares: Column<UInt64>
  private let ranks: Column<UInt64>
  private let degrees: Column<UInt32>

  private static let one: UInt64 = 1 << 62
  private static let tolerance: UInt64 = 1 << 26
  /// So many nodes are gathered at a time by a worker.
  private static let chunkSize = 1 << 13

  init(_ context: AlgorithmRun, damping: Double) {
    self.context = context
    // As a multiple of 2⁻⁶⁴.
    self.damping = UInt64(damping * 0x1p64)
    incoming = context.graph.incoming()
    let count = context.graph.nodeCount
    shares = Column(repeating: 0, count: count)
    ranks = Column(repeating: Self.one / UInt64(max(count, 1)), count: count)
    degrees = Column(repeating: 0, count: count)
    let words = degrees.words
    context.graph.forEachEdge { source, _ in words[Int(source)] &+= 1 }
  }

  func run() throws(EngineFailure) -> Column<UInt64> {
    let count = context.graph.nodeCount
    let changes = Column<UInt64>(repeating: 0, count: context.workers.count)
    defer { keepAlive(changes, self) }
    for _ in 0..<mostRounds {
      try context.check(bytes: incoming.byteCount + 20 * count)
      let restart = restart(lost: share())
      for worker in 0..<changes.count { changes[worker] = 0 }
      context.workers.forEachChunk(of: count, size: Self.chunkSize) { worker, chunk in
        changes[worker] &+= gather(chunk, restart)
      }
      if (0..<changes.count).reduce(0, { $0 &+ changes[$1] }) < Self.tolerance { break }
    }
    for node in 0..<count { ranks[node] = (Double(ranks[node]) * 0x1p-62).bitPattern }
    return ranks
  }

  /// So many rounds suffice: each changes at most `damping` as much as the one before, and the first at most all.
  private var mostRounds: Int {
    var (rounds, change) = (1, 2.0)
    while change > 0x1p-36 {
      change *= Double(damping) * 0x1p-64
      rounds += 1
    }
    return rounds
  }

  /// Divides what is at each node among its edges; returns what is at nodes without any.
  private func share() -> UInt64 {
    let (shares, ranks, degrees) = (shares.words, ranks.words, degrees.words)
    var lost: UInt64 = 0
    for node in 0..<ranks.count {
      if degrees[node] == 0 {
        lost &+= ranks[node]
      } else {
        shares[node] = ranks[node] / UInt64(degrees[node])
      }
    }
    return lost
  }

  /// What comes to each node from walks that start anew.
  private func restart(lost: UInt64) -> UInt64 {
    let followed = Self.one &- lost
    return (Self.one &- damped(followed)) / UInt64(max(context.graph.nodeCount, 1))
  }

  @inline(__always)
  private func damped(_ amount: UInt64) -> UInt64 { amount.multipliedFullWidth(by: damping).high }

  /// Computes some nodes' ranks anew; returns how much they change together.
  private func gather(_ nodes: Range<Int>, _ restart: UInt64) -> UInt64 {
    let (shares, ranks) = (shares.words, ranks.words)
    let (offsets, sources) = (incoming.offsets.words, incoming.neighbours.words)
    var change: UInt64 = 0
    var place = Int(offsets[nodes.lowerBound])
    for node in nodes {
      let end = Int(offsets[node &+ 1])
      var sum: UInt64 = 0
      while place < end {
        sum &+= shares[Int(sources[place])]
        place &+= 1
      }
      let rank = restart &+ damped(sum)
      change &+= max(rank, ranks[node]) &- min(rank, ranks[node])
      ranks[node] = rank
    }
    return change
  }
}
