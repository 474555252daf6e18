@_spi(Columns) import GraphCore

/// Takes nodes in the order of their values, as Dijkstra does ("A note on two problems in connexion with graphs",
/// 1959), and passes their values on.
///
/// A settler alone takes each value when it is final, so each edge is visited once. One of several has the nodes that it
/// gave a value to; when it takes one, another may still find a better value for it, has the node from then on, and
/// takes it once more.
///
/// It works in turns, between which its owner looks at limits.
final class ValueSettler {
  /// So many nodes are settled at a time, where they have the same value.
  private static let group = 256

  private let graph: ValueGraph
  private let edges: Words<ValueGraph.Edges>
  private let best: Words<UInt64>
  private let coding: ValueCoding
  private let (seedCodes, seedNodes): (Words<UInt64>, Words<UInt32>)
  private var heap: RadixHeap
  /// The nodes at hand, all of which have got this value; those before `place` are done.
  private var nodes = Words<UInt32>.empty
  private var code: UInt64 = 0
  private var place = 0
  /// The seeds that it is to look at next, and where there are more for it or others.
  private var ownSeeds = 0..<0
  private var moreSeeds: ChunkDispenser?
  private let fresh = Column<UInt32>(minimumCapacity: ValueSettler.group)
  private let starts = Column<UInt32>(repeating: 0, count: ValueSettler.group)

  /// Whether others settle nodes of the same graph at the same time.
  var isShared = false
  /// Whether no step has made a value better than the one that it comes from.
  private(set) var isOrdered = true
  /// Whether a value came up whose code stands for none: then another evaluator must do.
  private(set) var hasFailed = false
  /// Whether nothing was left for the last turn to do.
  private(set) var isIdle = false
  /// How many edges were visited in the last turn.
  private(set) var visits = 0
  /// How many nodes were taken, and how many got a better value when they may have been taken.
  private(set) var taken = (all: 0, again: 0)

  /// The seeds are somebody else's.
  init(_ graph: ValueGraph, _ seeds: SortedSeeds) {
    self.graph = graph
    coding = graph.coding
    (seedCodes, seedNodes) = (seeds.codes.words, seeds.nodes.words)
    (edges, best) = (graph.edges, graph.best)
    heap = RadixHeap(bringingNear: graph.offsets)
  }

  var byteCount: Int { heap.byteCount }

  /// Nodes that wait to be taken.
  var waiting: Int { heap.count + nodes.count - place }

  /// The seeds that it has not looked at, in the order in which it does.
  var seedsLeft: Range<Int> { ownSeeds }

  /// The least value that waits, of a node that it has; `absent` where there is none. O(entries of the first bucket of
  /// the heap that has some).
  var least: UInt64 { place < nodes.count ? code : heap.least }

  // MARK: Seeds

  /// From now on it looks at these seeds.
  func look(at seeds: Range<Int>) { (ownSeeds, moreSeeds) = (seeds, nil) }

  /// From now on it looks at seeds that nobody else takes.
  func look(at seeds: ChunkDispenser) { (ownSeeds, moreSeeds) = (0..<0, seeds) }

  // MARK: Turns

  /// Goes on with the nodes whose values are not above a limit, up to so many edges or a few more.
  func settle(upTo limit: UInt64, visits most: Int) {
    visits = 0
    isIdle = false
    while visits < most && isOrdered {
      if place < nodes.count {
        let group = nodes.slice(place, min(Self.group, nodes.count - place))
        place += group.count
        pass(group, limit)
      } else if !takeNext(upTo: limit) {
        isIdle = true
        return
      }
    }
  }

  /// Takes the nodes of the least value.
  @inline(__always)
  private func takeNext(upTo limit: UInt64) -> Bool {
    (nodes, place) = (.empty, 0)
    if ownSeeds.isEmpty, let more = moreSeeds?.next() { ownSeeds = more }
    let seed = nextSeedCode
    if let next = heap.pop(atMost: min(limit, seed)) {
      (code, nodes) = next
      return true
    }
    guard seed <= limit, !ownSeeds.isEmpty else { return false }
    takeSeeds(of: seed)
    return true
  }

  private var nextSeedCode: UInt64 {
    ownSeeds.isEmpty ? ValueGraph.absent : seedCodes[ownSeeds.lowerBound]
  }

  /// Takes some seeds of a value, whose nodes have no better one.
  private func takeSeeds(of seed: UInt64) {
    let (codes, ends) = (seedCodes, seedNodes)
    heap.begin(at: seed)
    fresh.truncate(to: 0)
    var place = ownSeeds.lowerBound
    while place < ownSeeds.upperBound && codes[place] == seed && fresh.count < Self.group {
      let node = Int(ends[place])
      if isShared {
        if seed < best.lowerShared(to: seed, at: node) { fresh.append(ends[place]) }
      } else if seed < best[node] {
        best[node] = seed
        fresh.append(ends[place])
      }
      place += 1
    }
    ownSeeds = place..<ownSeeds.upperBound
    (code, nodes) = (seed, fresh.words)
  }

  /// Passes the value at hand on from some nodes.
  private func pass(_ nodes: Words<UInt32>, _ limit: UInt64) {
    for step in 0..<edges.count {
      let edges = edges[step]
      if edges.isLimited && !graph.admits(step, code) { continue }
      if nodes.count > 4 { edges.bringNear(nodes, starts.words) }
      // A loop of its own for each.
      if isShared {
        pass(nodes, along: edges, &heap, limit, isShared: true)
      } else {
        pass(nodes, along: edges, &heap, limit, isShared: false)
      }
    }
  }

  /// Nodes that have got a better value since they were noted are passed over.
  @inline(__always)
  private func pass(
    _ nodes: Words<UInt32>, along edges: ValueGraph.Edges, _ heap: inout RadixHeap,
    _ limit: UInt64, isShared: Bool
  ) {
    let (code, coding, best) = (code, coding, best)
    let (offsets, targets) = (edges.offsets, edges.targets)
    var (visited, all, again) = (0, 0, 0)
    defer {
      visits &+= visited
      taken = (taken.all &+ all, taken.again &+ again)
    }
    /// Gives a node a value, if it is better than what it has.
    @inline(__always)
    func offer(_ new: UInt64, _ node: UInt32) {
      if new == ValueGraph.absent { hasFailed = true }
      let old = isShared ? best.lowerShared(to: new, at: Int(node)) : best[Int(node)]
      guard new < old else { return }
      guard new >= code else {
        isOrdered = false
        return
      }
      if isShared { again &+= old <= limit ? 1 : 0 } else { best[Int(node)] = new }
      heap.push(new, node)
    }
    for i in 0..<nodes.count {
      let node = Int(nodes[i])
      guard code == (isShared ? best.sharedWord(at: node) : best[node]) else { continue }
      let (start, end) = (Int(offsets[node]), Int(offsets[node &+ 1]))
      visited &+= end &- start
      all &+= 1
      if let weights = edges.weights {
        for place in start..<end {
          offer(coding.combine(edges.operation, code, weights[place]), targets[place])
        }
      } else if start < end {
        let new =
          edges.operation == .copy ? code : coding.combine(edges.operation, code, edges.constant)
        for place in start..<end { offer(new, targets[place]) }
      }
    }
  }

  // MARK: Several settlers

  /// Gives half of what waits here to another one, as far as that can take it. O(nodes given).
  func giveHalf(to other: ValueSettler) {
    let least = place < nodes.count ? code : heap.floor
    // The other may have seeds below that.
    if other.waiting == 0 { other.heap.begin(at: min(least, other.nextSeedCode)) }
    if least >= other.heap.floor {
      let kept = nodes.count - (nodes.count - place) / 2
      for i in kept..<nodes.count { other.heap.push(code, nodes[i]) }
      nodes = nodes.slice(0, kept)
    }
    heap.giveHalf(to: &other.heap)
  }

  /// Takes all that waits at another one that is idle, as this one is.
  func takeAll(from other: ValueSettler) {
    other.heap.forEach { heap.push($0, $1) }
  }
}
