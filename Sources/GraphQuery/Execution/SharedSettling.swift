@_spi(Columns) import GraphCore

/// Settles the nodes of a graph with several workers (Meyer and Sanders, "Δ-stepping: a parallelizable shortest path
/// algorithm", 2003).
///
/// Values are gone through in *windows*: each settler takes the nodes of one window that it has, in the order of their
/// values, and they wait for each other before the next. A wide window has much to do, and nodes that are taken more than
/// once, because another finds a better value for them; so it is made wider while these are few, and narrower when they
/// are many. A settler that has much more than another gives it half.
///
/// The values are those of one worker; how often a node is taken hangs on who comes first.
final class SharedSettling {
  /// When it is worth its while.
  struct Threshold {
    /// Fewer nodes that wait are settled by one worker.
    var waiting = 1 << 13
    /// So many edges a turn are too few: it takes longer to call the workers together.
    var visits = 1 << 12
    /// After so many turns this is looked at.
    var turns = 64
    /// So many edges are visited by one worker before others help, and four times as many after each time that it was
    /// in vain.
    var alone = 1 << 16
    /// So many edges end a turn, after which limits are looked at and work is shared anew.
    var turnEnd = 1 << 16
    /// A settler gives half of what it has to another that has less than half, if these are more.
    var gift = 1 << 10

    static let standard = Threshold()
    /// Shares, and gives up, whatever there is: for tests.
    static let eager = Threshold(waiting: 2, visits: 2, turns: 3, alone: 0, turnEnd: 4, gift: 1)
  }

  enum Outcome {
    case settled
    /// A step has made a value better than the one it comes from.
    case unordered
    /// There was too little to do in each turn.
    case unworthy
  }

  /// Seeds are handed out in so many at a time.
  private static let seedChunk = 16

  private let seeds: SortedSeeds
  private let workers: Workers
  private let threshold: Threshold
  private let settlers: [ValueSettler]
  private var nextSeed: Int

  /// Others help a settler.
  init(
    _ settler: ValueSettler, _ graph: ValueGraph, _ seeds: SortedSeeds, _ workers: Workers,
    _ threshold: Threshold
  ) {
    self.seeds = seeds
    self.workers = workers
    self.threshold = threshold
    nextSeed = settler.seedsLeft.lowerBound
    settlers = workers.make { $0 == 0 ? settler : ValueSettler(graph, seeds) }
    for settler in settlers { settler.isShared = true }
  }

  var byteCount: Int { settlers.reduce(0) { $0 + $1.byteCount } }

  /// Whether a value came up whose code stands for none.
  var hasFailed: Bool { settlers.contains(where: \.hasFailed) }

  /// Settles all nodes, as long as it is worth its while; if it is not, the first settler goes on alone.
  ///
  /// - Parameter checkLimits: called after each turn
  func run(_ checkLimits: () throws(EngineFailure) -> Void) throws(EngineFailure) -> Outcome {
    var (width, widest): (UInt64, UInt64) = (1, 1)
    var (turns, visits) = (0, 0)
    settlers[0].look(at: 0..<0)
    while true {
      let start = least
      if start == ValueGraph.absent { return .settled }
      let (end, isBeyond) = start.addingReportingOverflow(width - 1)
      let limit = isBeyond ? ValueGraph.absent - 1 : min(end, ValueGraph.absent - 1)
      let before = taken
      handOutSeeds(upTo: limit)
      repeat {
        balance()
        workers.forEachChunk(of: settlers.count, size: 1) { _, numbers in
          for number in numbers { settlers[number].settle(upTo: limit, visits: threshold.turnEnd) }
        }
        try checkLimits()
        guard settlers.allSatisfy(\.isOrdered) else { return .unordered }
        turns += 1
        visits += settlers.reduce(0) { $0 + $1.visits }
      } while !settlers.allSatisfy(\.isIdle)
      let (all, again) = (taken.all - before.all, taken.again - before.again)
      if again * 4 > all {
        width = max(1, width / 2)
      } else if again * 8 <= all && all < 1 << 16 {
        width = width > .max / 2 ? .max : width * 2
        if width > widest {
          // There may be more to do in a turn from now on.
          widest = width
          (turns, visits) = (0, 0)
        }
      }
      if turns >= threshold.turns {
        if visits < turns * threshold.visits {
          endSharing()
          return .unworthy
        }
        (turns, visits) = (0, 0)
      }
    }
  }

  private func endSharing() {
    for settler in settlers.dropFirst() { settlers[0].takeAll(from: settler) }
    settlers[0].isShared = false
    settlers[0].look(at: nextSeed..<seeds.count)
  }

  /// The least value that waits, of a node or a seed.
  private var least: UInt64 {
    settlers.reduce(nextSeed < seeds.count ? seeds.codes.words[nextSeed] : ValueGraph.absent) {
      min($0, $1.least)
    }
  }

  private var taken: (all: Int, again: Int) {
    settlers.reduce(into: (0, 0)) { $0 = ($0.0 + $1.taken.all, $0.1 + $1.taken.again) }
  }

  private func handOutSeeds(upTo limit: UInt64) {
    let first = nextSeed
    var end = seeds.count
    while nextSeed < end {
      let middle = (nextSeed + end) / 2
      if seeds.codes.words[middle] <= limit { nextSeed = middle + 1 } else { end = middle }
    }
    let chunks = ChunkDispenser(first..<nextSeed, size: Self.seedChunk)
    for settler in settlers { settler.look(at: chunks) }
  }

  /// Lets the settler that has most give something to the one that has least.
  private func balance() {
    guard let rich = settlers.max(by: { $0.waiting < $1.waiting }),
      let poor = settlers.min(by: { $0.waiting < $1.waiting }),
      rich.waiting > threshold.gift, rich.waiting > 2 * poor.waiting
    else { return }
    rich.giveHalf(to: poor)
  }
}
