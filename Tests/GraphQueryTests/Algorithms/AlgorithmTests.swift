@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Graph algorithms beside definitions that are carried out word by word.
@Suite struct AlgorithmTests {
  private static let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)

  /// A graph of numbers, and what an algorithm says of each.
  private static func values(
    _ algorithm: GraphAlgorithm, _ edges: [(Int, Int)], setting: Double? = nil, workers: Int = 1
  ) throws -> [Int: UInt64] {
    let columns = (
      Column(edges.map { UInt64(bitPattern: Int64($0.0)) }),
      Column(edges.map { UInt64(bitPattern: Int64($0.1)) })
    )
    let terms = TermSpace(TermDictionary())
    let graph = AlgorithmGraph(
      from: ColumnView(wide: columns.0.words), to: ColumnView(wide: columns.1.words),
      count: edges.count, type: .number, isOrdered: algorithm.dependsOnOrder, terms: terms)
    let run = AlgorithmRun(
      graph: graph, workers: Workers(count: workers),
      limits: LimitGuard(QueryLimits(), token: nil), span: span, heldBytes: 0)
    let values = try run.values(AlgorithmCall(algorithm, setting: setting), terms: terms)
    keepAlive(columns.0, columns.1)
    return Dictionary(
      uniqueKeysWithValues: (0..<graph.nodeCount).map {
        (Int(Int64(bitPattern: graph.nodes[$0])), values[$0])
      })
  }

  private static func scores(
    _ algorithm: GraphAlgorithm, _ edges: [(Int, Int)], setting: Double? = nil
  ) throws -> [Int: Double] {
    try values(algorithm, edges, setting: setting).mapValues { Double(bitPattern: $0) }
  }

  /// Distinct edges between nodes that may be negative or far apart.
  private static func randomEdges(_ random: inout SeededGenerator) -> [(Int, Int)] {
    let nodes = Int.random(in: 1...24, using: &random)
    let scale = [1, -1, 3, 1_000_000_007].randomElement(using: &random) ?? 1
    var edges: Set<[Int]> = []
    for _ in 0..<Int.random(in: 1...60, using: &random) {
      edges.insert((0..<2).map { _ in Int.random(in: 0..<nodes, using: &random) * scale })
    }
    return edges.shuffled(using: &random).map { ($0[0], $0[1]) }
  }

  private static func naiveRanks(_ edges: [(Int, Int)], damping: Double) -> [Int: Double] {
    let nodes = Set(edges.flatMap { [$0.0, $0.1] })
    let degrees = Dictionary(grouping: edges, by: \.0).mapValues(\.count)
    var ranks = Dictionary(uniqueKeysWithValues: nodes.map { ($0, 1 / Double(nodes.count)) })
    for _ in 0..<400 {
      let lost = nodes.filter { degrees[$0] == nil }.reduce(0) { $0 + (ranks[$1] ?? 0) }
      let restart = (1 - damping + damping * lost) / Double(nodes.count)
      var next = Dictionary(uniqueKeysWithValues: nodes.map { ($0, restart) })
      for (from, to) in edges {
        next[to, default: 0] += damping * (ranks[from] ?? 0) / Double(degrees[from] ?? 1)
      }
      ranks = next
    }
    return ranks
  }

  /// All pairs of nodes, all shortest paths between them, one by one.
  private static func naiveBetweenness(_ edges: [(Int, Int)]) -> [Int: Double] {
    let nodes = Set(edges.flatMap { [$0.0, $0.1] })
    var result = Dictionary(uniqueKeysWithValues: nodes.map { ($0, 0.0) })
    for start in nodes {
      for end in nodes where end != start {
        var paths = [[start]]
        while !paths.isEmpty, !paths.contains(where: { $0.last == end }),
          paths[0].count <= nodes.count
        {
          let seen = Set(paths.joined())
          paths = paths.flatMap { path in
            edges.filter { $0.0 == path.last && !seen.contains($0.1) }.map { path + [$0.1] }
          }
        }
        let shortest = paths.filter { $0.last == end }
        for path in shortest {
          for node in path.dropFirst().dropLast() { result[node]? += 1 / Double(shortest.count) }
        }
      }
    }
    return result
  }

  @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
  func exactResultsAreThoseOfTheDefinition(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<20 {
      let edges = Self.randomEdges(&random)
      let naive = NaiveGraph(
        edges: edges.map { [.number(Int64($0.0)), .number(Int64($0.1))] })
      for algorithm in GraphAlgorithm.allCases {
        guard let expected = naive.values(algorithm) else { continue }
        let found = try Self.values(algorithm, edges)
        #expect(found.count == expected.count)
        for (node, word) in found {
          let value: NaiveValue =
            algorithm.result == .score ? .float(word) : .number(Int64(bitPattern: word))
          #expect(
            value == expected[.number(Int64(node))],
            "\(algorithm) of \(node) in \(edges), seed \(seed)")
        }
      }
    }
  }

  @Test(arguments: [UInt64(11), 12, 13, 14])
  func scoresAreThoseOfTheDefinition(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<12 {
      let edges = Self.randomEdges(&random)
      let damping = Double(Int.random(in: 0...9, using: &random)) / 10
      let ranks = try Self.scores(.pagerank, edges, setting: damping)
      for (node, rank) in Self.naiveRanks(edges, damping: damping) {
        #expect(abs((ranks[node] ?? -1) - rank) < 1e-9, "seed \(seed)")
      }
      #expect(abs(ranks.values.reduce(0, +) - 1) < 1e-12)
      let between = try Self.scores(.betweenness, edges)
      for (node, score) in Self.naiveBetweenness(edges) {
        #expect(abs((between[node] ?? -1) - score) < 1e-9, "seed \(seed)")
      }
    }
  }

  /// Searches of several batches, over a long way, where few nodes are met in a step, and through a crowd, where
  /// most are.
  @Test func closenessOverLongWaysAndThroughCrowds() throws {
    var random = SeededGenerator(seed: 5)
    var edges = Set((0..<150).map { [$0, $0 + 1] })
    for _ in 0..<600 {
      edges.insert((0..<2).map { _ in Int.random(in: 150..<250, using: &random) })
    }
    for node in [0, 70, 149] { edges.insert([Int.random(in: 150..<250, using: &random), node]) }
    let naive = NaiveGraph(edges: edges.map { [.number(Int64($0[0])), .number(Int64($0[1]))] })
    let expected = try #require(naive.values(.closeness))
    let found = try Self.values(.closeness, edges.map { ($0[0], $0[1]) })
    #expect(found.count == expected.count)
    for (node, word) in found { #expect(.float(word) == expected[.number(Int64(node))]) }
  }

  @Test(arguments: GraphAlgorithm.allCases)
  func resultsDependNeitherOnTheOrderOfEdgesNorOnThreads(_ algorithm: GraphAlgorithm) throws {
    var random = SeededGenerator(seed: 21)
    var edges: Set<[Int]> = []
    for _ in 0..<3000 {
      // Some nodes have many edges.
      edges.insert(
        (0..<2).map { _ in
          Int.random(in: 0..<Int.random(in: 1...900, using: &random), using: &random)
        })
    }
    let ordered = edges.sorted { $0.lexicographicallyPrecedes($1) }.map { ($0[0], $0[1]) }
    let first = try Self.values(algorithm, ordered)
    for workers in [1, 2, 5] {
      let shuffled = ordered.shuffled(using: &random)
      #expect(try Self.values(algorithm, shuffled, workers: workers) == first)
    }
  }

  /// A row of diamonds, each with two paths, and beside it a chain as long: from the start of both to their end lead
  /// more shortest paths than a double can count, and one that has a place of its own among them.
  private static func diamonds(_ length: Int) -> [(Int, Int)] {
    var edges: [(Int, Int)] = []
    for place in 0..<length {
      for middle in [3 * place + 1, 3 * place + 2] {
        edges += [(3 * place, middle), (middle, 3 * place + 3)]
      }
    }
    let chain = [0] + (0..<2 * length).map { 1_000_000 + $0 }
    return edges + zip(chain, chain.dropFirst())
  }

  @Test func pathsWithoutNumberAreCounted() throws {
    let length = 1800
    let edges = Self.diamonds(length)
    let columns = (
      Column(edges.map { UInt64($0.0) }), Column(edges.map { UInt64($0.1) })
    )
    let graph = AlgorithmGraph(
      from: ColumnView(wide: columns.0.words), to: ColumnView(wide: columns.1.words),
      count: edges.count, type: .number, isOrdered: true, terms: TermSpace(TermDictionary()))
    keepAlive(columns.0, columns.1)
    let outgoing = graph.outgoing()
    #expect(try !ShortestPathCounts<Double>(outgoing).search(from: 0) {})
    let search = ShortestPathCounts<WideDouble>(outgoing)
    let sums = Column<UInt64>(repeating: 0, count: graph.nodeCount)
    #expect(try search.search(from: 0) {})
    search.addDependencies(to: sums.words, unit: 2)
    let count = 3 * length + 1
    for place in 0..<length {
      // Half of the paths to all that is behind lead through either of the two.
      let behind = UInt64(count - 3 * (place + 1))
      #expect(sums[3 * place + 1] == behind && sums[3 * place + 2] == behind)
      if place > 0 { #expect(sums[3 * place] == 2 * (behind + 2)) }
    }
    for place in 0..<2 * length {
      #expect(sums[count + place] == UInt64(2 * (2 * length - place - 1)))
    }
  }

  @Test func allPathsLeadThroughTheNodesBetweenDiamonds() throws {
    let scores = try Self.scores(.betweenness, Self.diamonds(30))
    for place in 1..<30 {
      #expect(scores[3 * place] == Double(3 * place * (90 - 3 * place)))
    }
  }

  @Test func communitiesAreDenseAndConnected() throws {
    // Four groups of six that all know each other, in a ring.
    var edges: [(Int, Int)] = []
    for group in 0..<4 {
      for a in 0..<6 { for b in 0..<a { edges.append((6 * group + a, 6 * group + b)) } }
      edges.append((6 * group, (6 * group + 7) % 24))
    }
    let groups = try Self.values(.community, edges)
    // The first of each has an edge more than the others, and so has the second of the next.
    for (node, group) in groups { #expect(Int(group) == node / 6 * 6) }
    // Little resolution leaves one, much of it leaves each node alone.
    #expect(Set(try Self.values(.community, edges, setting: 0.01).values).count == 1)
    #expect(Set(try Self.values(.community, edges, setting: 1000).values).count == 24)
  }

  /// Of random graphs no node gains by going to another group: a local optimum of the modularity.
  @Test(arguments: [UInt64(31), 32, 33])
  func noNodeWouldBetterBeInAnotherCommunity(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<10 {
      let edges = Self.randomEdges(&random)
      let groups = try Self.values(.community, edges)
      let pairs = Set(edges.filter { $0.0 != $0.1 }.map { Set([$0.0, $0.1]) })
      let degree = { (node: Int) in Double(pairs.count { $0.contains(node) }) }
      func gain(_ node: Int, in group: UInt64) -> Double {
        let members = groups.keys.filter { groups[$0] == group && $0 != node }
        let inside = Double(members.count { pairs.contains([node, $0]) })
        return inside - degree(node) * members.reduce(0) { $0 + degree($1) }
          / Double(2 * pairs.count)
      }
      for (node, own) in groups where degree(node) > 0 {
        for other in Set(groups.values) {
          #expect(gain(node, in: other) <= gain(node, in: own) + 1e-6, "seed \(seed)")
        }
      }
    }
  }

  @Test func aLoopAloneIsANode() throws {
    for algorithm in GraphAlgorithm.allCases {
      let values = try Self.values(algorithm, [(7, 7)])
      switch algorithm.result {
      case .group: #expect(values == [7: 7])
      case .count: #expect(values == [7: 0])
      case .score:
        #expect(values == [7: (algorithm == .pagerank ? 1.0 : 0.0).bitPattern])
      }
    }
  }
}
