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

  /// Many pairs, of a few nodes with many and many nodes with few.
  @Test(arguments: [2, 3]) func workersGroupAsOneDoes(_ count: Int) {
    var random = SeededGenerator(seed: UInt64(count))
    let (size, domain) = (150_000, UInt32(40_000))
    let (near, far) = (Column<UInt32>(), Column<UInt32>())
    for place in 0..<size {
      near.append(UInt32.random(in: 0..<(place % 3 == 0 ? 5 : domain), using: &random))
      far.append(UInt32.random(in: 0..<domain, using: &random))
    }
    defer { keepAlive(near, far) }
    let (a, b) = (ColumnView(narrow: near.words), ColumnView(narrow: far.words))
    func lists(_ workers: Workers?, isSorted: Bool) -> [[UInt32]] {
      let made =
        isSorted
        ? Adjacency(
          near: a, far: b, count: size, domain: Int(domain), sortedBelow: Int(domain),
          workers: workers)
        : Adjacency(near: a, far: b, count: size, domain: Int(domain), workers: workers)
      return [Self.list(made.offsets.words), Self.list(made.neighbours.words)]
    }
    let workers = Workers(count: count)
    for isSorted in [false, true] {
      #expect(lists(workers, isSorted: isSorted) == lists(nil, isSorted: isSorted))
    }
  }

  /// Bounds by constants, with the values they are compared with.
  private struct Bounds {
    let values: [Column<UInt64>]
    let column: Column<MemberBound>

    init(_ list: [(Comparison.Operator, UInt64)]) {
      values = list.map { Column([$0.1]) }
      column = Column(
        zip(list, values).map { entry, values in
          MemberBound(
            RulePlan.Bound(relation: entry.0, type: .number, value: .constant(entry.1)),
            values.words)
        })
    }

    var range: MemberRange { MemberRange(column.words, row: 0) }
  }

  @Test func numbersOutOfReachBoundNothingOrEverything() {
    for (relation, value, isEmpty, isLow) in [
      (Comparison.Operator.less, UInt64(bitPattern: -1), true, false), (.less, 0, true, false),
      (.greater, UInt64(bitPattern: -1), false, true), (.greaterOrEqual, 0, false, true),
      (.greater, UInt64(1) << 40, true, false), (.less, UInt64(1) << 40, false, true),
      (.lessOrEqual, UInt64(bitPattern: -5), true, false),
      (.notEqual, UInt64(bitPattern: -5), false, true),
    ] {
      let bounds = Bounds([(relation, value)])
      defer { keepAlive(bounds) }
      let range = bounds.range
      #expect(range.isEmpty == isEmpty, "\(relation) \(value)")
      #expect(isEmpty || (range.contains(0) == isLow && range.contains(.max - 1)))
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
      let low = UInt64.random(in: 0...60, using: &random)
      let high = UInt64.random(in: 30...120, using: &random)
      let bounds = Bounds(
        i % 3 == 0 ? [] : [(.greater, low), (.lessOrEqual, high), (.notEqual, 50)])
      defer { keepAlive(bounds) }
      let range = bounds.range
      let expected = rows[0].filter { member in
        rows.dropFirst().allSatisfy { $0.contains(member) }
          && (i % 3 == 0 || (member > low && member <= high && member != 50))
      }
      #expect(!range.isEmpty || expected.isEmpty, "seed \(seed)")
      if range.isEmpty { continue }
      let candidates = kernel.begin(words.words, i, batchCount: count, within: range)
      let found = candidates == 0 ? [] : Self.list(kernel.members(from: 0, count: candidates))
      #expect(found == expected, "seed \(seed)")
    }
  }

  /// Rows of any lengths, none asked for twice in a row, so that members are searched for and not marked.
  @Test(arguments: 1...10) func intersectsLongRows(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let domain = 3000
    func adjacency() -> Adjacency {
      let (near, far) = (Column<UInt32>(), Column<UInt32>())
      for x in 0..<UInt32(20) {
        let every = Int.random(in: 1...40, using: &random) * (x % 3 == 0 ? 20 : 1)
        for y in 0..<UInt32(domain) where Int.random(in: 0..<every, using: &random) == 0 {
          near.append(x)
          far.append(y)
        }
      }
      defer { keepAlive(near, far) }
      let (a, b) = (ColumnView(narrow: near.words), ColumnView(narrow: far.words))
      return Adjacency(near: a, far: b, count: near.count, domain: 20, sortedBelow: domain)
    }
    let adjacencies = [adjacency(), adjacency()]
    let kernel = NeighbourIntersection(adjacencies, memberDomain: domain)
    let keys = (1...2).map { step -> Column<UInt64> in
      Column((0..<60).map { i -> UInt64 in UInt64((i * step + i / 20) % 20) })
    }
    let (words, none) = (Column(keys.map(\.words)), Bounds([]))
    defer { keepAlive(keys, words, adjacencies, none) }
    for i in 0..<60 {
      let rows = (0..<2).map { Self.list(adjacencies[$0].row(Int(keys[$0][i]))) }
      let count = kernel.begin(words.words, i, batchCount: 60, within: none.range)
      let found = stride(from: 0, to: count, by: 1000).flatMap {
        Self.list(kernel.members(from: $0, count: min(1000, count - $0)))
      }
      #expect(found == rows[0].filter(Set(rows[1]).contains), "seed \(seed), row \(i)")
    }
  }

  @Test(arguments: 1...10) func selectsPairsThatAreThereOrNot(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pairs = seed == 1 ? [] : Self.pairs(seed)
    let adjacency = Self.adjacency(pairs, isSorted: true)
    let known = Set(pairs.map { [UInt64($0.0), UInt64($0.1)] })
    let selected = Column<UInt32>(repeating: 0, count: 700)
    for count in [0, 1, 3, 4, 255, 257, 700] {
      // Some beyond the nodes, and beyond what a node can be.
      func numbers() -> Column<UInt64> {
        Column(
          (0..<count).map { _ in
            switch Int.random(in: 0..<9, using: &random) {
            case 0: UInt64.random(in: 95...105, using: &random)
            case 1: UInt64.random(in: 0...90, using: &random) << 32 | 1
            default: UInt64.random(in: 0...90, using: &random)
            }
          })
      }
      let (near, far) = (numbers(), numbers())
      defer { keepAlive(near, far, selected, adjacency) }
      for isWanted in [true, false] {
        let kept = adjacency.select(
          near.words, far.words, count: count, isWanted: isWanted, into: selected.words)
        let expected = (0..<count).filter { known.contains([near[$0], far[$0]]) == isWanted }
        #expect((0..<kept).map { Int(selected[$0]) } == expected, "seed \(seed)")
      }
    }
  }
}
