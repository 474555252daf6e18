@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct AdjacencyTests {
  /// Random pairs with a few nodes that many pairs touch.
  private static func pairs(_ seed: UInt64) -> [(UInt32, UInt32)] {
    var random = SeededGenerator(seed: seed)
    let domain = UInt32.random(in: 1...90, using: &random)
    var known: Set<[UInt32]> = []
    return (0..<Int.random(in: 0...600, using: &random)).compactMap { _ in
      let isHub = Bool.random(using: &random)
      let x = UInt32.random(in: 0...(isHub ? 1 : domain), using: &random)
      let y = UInt32.random(in: 0...domain, using: &random)
      return known.insert([x, y]).inserted ? (x, y) : nil
    }
  }

  private static func adjacency(_ pairs: [(UInt32, UInt32)], isSorted: Bool) -> Adjacency {
    let (near, far) = (Column(pairs.map(\.0)), Column(pairs.map(\.1)))
    defer { keepAlive(near, far) }
    let (a, b) = (ColumnView(narrow: near.words), ColumnView(narrow: far.words))
    return isSorted
      ? Adjacency(near: a, far: b, count: pairs.count, domain: 100, sortedBelow: 100)
      : Adjacency(near: a, far: b, count: pairs.count, domain: 100)
  }

  private static func list(_ words: Words<UInt32>) -> [UInt32] {
    (0..<words.count).map { words[$0] }
  }

  @Test(arguments: 1...10) func groupsPairs(_ seed: UInt64) {
    let pairs = Self.pairs(seed)
    let plain = Self.adjacency(pairs, isSorted: false)
    let sorted = Self.adjacency(pairs, isSorted: true)
    for x in 0..<100 {
      let expected = pairs.filter { $0.0 == UInt32(x) }.map(\.1)
      #expect(Self.list(plain.row(x)) == expected, "seed \(seed)")
      #expect(Self.list(sorted.row(x)) == expected.sorted(), "seed \(seed)")
    }
  }

  /// Every combination of rows of up to three relations, asked for in runs and singly.
  @Test(arguments: 1...10) func intersectsRows(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let sides = Int.random(in: 2...3, using: &random)
    let adjacencies = (0..<sides).map { side in
      Self.adjacency(Self.pairs(seed * 10 + UInt64(side)), isSorted: true)
    }
    let kernel = NeighbourIntersection(adjacencies, memberDomain: 100)
    let count = 300
    let keys = (0..<sides).map { side in
      Column(
        (0..<count).map { i -> UInt64 in
          side == 0 ? UInt64(i / 40) : UInt64.random(in: 0...120, using: &random)
        })
    }
    let words = Column(keys.map(\.words))
    defer { keepAlive(keys, words, adjacencies) }
    for i in 0..<count {
      let rows = (0..<sides).map { side -> [UInt32] in
        keys[side][i] < 100 ? Self.list(adjacencies[side].row(Int(keys[side][i]))) : []
      }
      let expected = rows[0].filter { member in rows.dropFirst().allSatisfy { $0.contains(member) }
      }
      let candidates = kernel.begin(words.words, i, batchCount: count)
      let found = candidates == 0 ? [] : Self.list(kernel.members(from: 0, count: candidates))
      #expect(found == expected, "seed \(seed)")
    }
  }
}
