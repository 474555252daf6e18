@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// What nodes reach, by rows of components and by walks, as a search from each says.
@Suite struct ClosureTests {
  private struct Pairs {
    var pairs: [(UInt32, UInt32)]

    func adjacency(_ domain: Int) -> Adjacency {
      let (near, far) = (Column(pairs.map(\.0)), Column(pairs.map(\.1)))
      defer { keepAlive(near, far) }
      return Adjacency(
        near: ColumnView(narrow: near.words), far: ColumnView(narrow: far.words),
        count: pairs.count, domain: domain)
    }
  }

  private let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
  private let limits = LimitGuard(QueryLimits(), token: nil)

  private func members(_ rows: BinaryRows, _ x: Int) -> [UInt32] {
    let buffer = Column<UInt32>()
    defer { keepAlive(buffer) }
    let words = rows.members(of: x, buffer: buffer)
    return (0..<words.count).map { words[$0] }.sorted()
  }

  private func reached(from starts: [UInt32], _ edges: [(UInt32, UInt32)]) -> [UInt32] {
    let next = Dictionary(grouping: edges, by: \.0).mapValues { $0.map(\.1) }
    var (seen, waiting) = (Set(starts), starts)
    while let node = waiting.popLast() {
      for other in next[node] ?? [] where seen.insert(other).inserted { waiting.append(other) }
    }
    return seen.sorted()
  }

  /// Few starts and many, in graphs without cycles, with a few, and with one of nearly all nodes.
  @Test(arguments: 1...24 as ClosedRange<UInt64>) func startsReachWhatASearchFinds(seed: UInt64)
    throws
  {
    var random = SeededGenerator(seed: seed)
    let domain = Int.random(in: 2...500, using: &random)
    func node() -> UInt32 { UInt32.random(in: 0..<UInt32(domain), using: &random) }
    var edges: [(UInt32, UInt32)] = []
    for _ in 0..<Int.random(in: 1...(2 * domain), using: &random) {
      let (x, y) = (node(), node())
      // Edges up alone make no cycle.
      if seed % 3 == 0 || seed % 3 == 1 && Int.random(in: 0..<50, using: &random) == 0 || x < y {
        edges.append((x, y))
      }
    }
    let starts = (0..<Int.random(in: 1...12, using: &random)).map { _ in (node(), node()) }
    let (graph, sources) = (Pairs(pairs: edges), Pairs(pairs: starts))
    let closure = Closure(
      of: graph.adjacency(domain), domain: domain, workers: Workers(count: Int(seed % 3) + 1),
      sharesFrom: 4)
    let rows = try closure.reach(
      from: sources.adjacency(domain), isTransposed: false, limits: limits, span: span)
    let targets = Dictionary(grouping: starts, by: \.0).mapValues { $0.map(\.1) }
    var count = 0
    for x in 0..<domain {
      let expected = targets[UInt32(x)].map { reached(from: $0, edges) } ?? []
      #expect(members(rows, x) == expected, "seed \(seed), node \(x)")
      count += expected.count
    }
    #expect(rows.count == count, "seed \(seed)")
  }

  /// Rows of all that a few starts reach would take a hundred times as much.
  @Test func fewStartsTakeTheMemoryOfTheirOwnRows() throws {
    let domain = 4000
    let edges = (0..<UInt32(domain - 1)).map { ($0, $0 + 1) }
    let starts = Pairs(pairs: (0..<6).map { ($0, $0 + 1) }).adjacency(domain)
    let closure = Closure(of: Pairs(pairs: edges).adjacency(domain), domain: domain)
    let rows = try closure.reach(from: starts, isTransposed: false, limits: limits, span: span)
    #expect(rows.count == (0..<6).reduce(0) { $0 + domain - 1 - $1 })
    #expect(rows.byteCount < domain * domain / 8 / 10)
  }
}
