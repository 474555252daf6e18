@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Rows that come in groups, told apart group by group.
@Suite struct GroupedHeadTests {
  private static func relation(_ types: [ColumnType]) -> Relation {
    Relation(name: "r", types: types, terms: TermSpace(TermDictionary()))
  }

  private static func rows(_ relation: Relation) -> [[UInt64]] {
    (0..<relation.rowCount).map { row in
      (0..<relation.arity).map { relation.word(row: row, column: $0) }
    }
  }

  /// Some groups, in an order that says nothing, each with repetitions; values up to a bound, and what is too
  /// large for marks now and then.
  private static func input(
    _ random: inout SeededGenerator, arity: Int, groupColumn: Int, large: Bool
  ) -> [[UInt64]] {
    let groups = (0..<Int.random(in: 1...60, using: &random)).shuffled(using: &random)
    return groups.flatMap { group in
      let bound: UInt64 = [1, 10, 300, 100_000].randomElement(using: &random) ?? 1
      return (0..<Int.random(in: 1...400, using: &random)).map { _ in
        var row = (0..<arity).map { _ in UInt64.random(in: 0...bound, using: &random) }
        if large, UInt64.random(in: 0..<2000, using: &random) == 0 {
          row[arity - 1 - groupColumn % arity] = UInt64.random(in: 1 << 26...(.max), using: &random)
        }
        row[groupColumn] = UInt64(group * 7)
        return row
      }
    }
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>) func eachRowIsAddedOnce(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let arity = Int.random(in: 2...4, using: &random)
    let groupColumn = Int.random(in: 0..<arity, using: &random)
    let input = Self.input(
      &random, arity: arity, groupColumn: groupColumn, large: seed % 4 == 0)
    // Floats are never narrow.
    let types: [ColumnType] = (0..<arity).map { _ in
      seed % 5 == 0 ? .float : [.number, .unsigned].randomElement(using: &random) ?? .number
    }
    let relation = Self.relation(types)
    let sink = GroupedHead(relation, groupColumn: groupColumn)
    var model: [[UInt64]] = []
    var known: Set<[UInt64]> = []
    var start = 0
    while start < input.count {
      let size = min(Int.random(in: 1...Batch.capacity, using: &random), input.count - start)
      let batch = input[start..<start + size]
      start += size
      let columns = (0..<arity).map { column in Column(batch.map { $0[column] }) }
      defer { keepAlive(columns) }
      let words = columns.map(\.words)
      // What it says to be known must be: the rest it may add or not.
      let selected = Column<UInt32>(unspecified: Batch.capacity)
      let kept = sink.selectNew(words, count: size, into: selected.words)
      let places = Set((0..<kept).map { Int(selected[$0]) })
      for (place, row) in batch.enumerated() where !places.contains(place) {
        #expect(known.contains(row), "seed \(seed)")
      }
      try sink.add(words, count: size)
      for row in batch where known.insert(row).inserted { model.append(row) }
    }
    #expect(Self.rows(relation) == model, "seed \(seed)")
  }

  @Test func whatTheOpenGroupHasIsKnown() throws {
    let relation = Self.relation([.number, .number])
    let sink = GroupedHead(relation, groupColumn: 0)
    let (left, right) = (Column<UInt64>([5, 5]), Column<UInt64>([1, 2]))
    defer { keepAlive(left, right) }
    try sink.add([left.words, right.words], count: 2)
    let (groups, values) = (Column<UInt64>([5, 5, 6, 5]), Column<UInt64>([2, 3, 2, 1]))
    let selected = Column<UInt32>(repeating: 0, count: Batch.capacity)
    defer { keepAlive(groups, values, selected) }
    let kept = sink.selectNew([groups.words, values.words], count: 4, into: selected.words)
    #expect((0..<kept).map { selected[$0] } == [1, 2])
  }

  /// Wide and narrow heads from wide and narrow relations, by one thread and by three, in groups and without.
  @Test(arguments: [
    "p(x, z, 0) :- e(x, y), e(y, z).", "p(z, l, x) :- t(x, k, y), t(y, l, z).",
    "p(x, z, k) :- t(x, k, y), e(z, y), x < z.", "p(x, z, x) :- e(x, y), e(y, z), e(z, _).",
    "p(a, d, 1) :- e(a, b), e(b, d), e(a, c), e(c, d), b < c.",
  ])
  func answersDoNotDependOnGroups(rule: String) throws {
    let nodes = 700
    let edges = (0..<nodes).flatMap { x in (0..<8).map { (x, (x * 5 + $0 * $0) % nodes) } }
    var program = """
      .decl e(a:number, b:number)
      .decl t(a:number, k:number, b:number)
      .decl p(a:number, b:number, c:number)
      .decl pair(a:number, b:number)
      .output p
      .output pair
      \(rule)
      pair(x, z) :- t(x, k, y), t(y, k, z).

      """
    program += edges.map { "e(\($0.0), \($0.1)).\n" }.joined()
    program += edges.map { "t(\($0.0), \(($0.0 + $0.1) % 2), \($0.1)).\n" }.joined()
    var expected: [String: String] = [:]
    for (options, threads) in [
      (Set<Optimization>(), 1), (Set(Optimization.allCases), 1), (Set(Optimization.allCases), 3),
    ] {
      let session = QuerySession()
      session.requiresDeclarations = true
      session.optimizations = options
      session.threadCount = threads
      #expect(session.load([SourceText(name: "p.dl", text: program)]).isLoaded)
      let result = try #require(session.runProgram().result)
      for name in ["p", "pair"] {
        var bytes: [UInt8] = []
        let directive = FileDirective(
          kind: .output, relation: name, parameters: [:],
          span: SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0))
        result.write(directive) { bytes += $0 }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(expected[name, default: text] == text, "\(name), \(threads) threads")
        expected[name] = text
      }
    }
    #expect((expected["p"]?.count ?? 0) > 10_000)
  }

  /// A relation of a recursion that has nothing new when a rule is planned, and later gets values that number no groups.
  @Test func aRelationThatGrowsIsNotGoneThroughByGroups() {
    let text = """
      a("甲"). a("丁"). b("甲"). a("甲", age: 2). a("n5", age: 0).
      t0("甲", "乙", w: 1, k: "丙", f: 0.5). t1("乙", "丙"). t2("丙", "丁"). t1("丁", "丙").
      t0("甲", "乙", w: 0, k: "n5", f: 1.0). t1("甲", "乙"). t0("乙", "丁", w: 2, k: "丁"). t0("丁", "甲").
      .decl d20(c0:number, c1:symbol)
      .decl d21(c0:number, c1:number)
      d20((v1 + v1 + 1) % 5, v2) :- a(v2), (t0(v2, "丁") ; b(v2)), d20(v1, v2).
      d20(v1, v2) :- d21(v1, v1), (t2)+(v3, v3), v1 < v1, d20(v1, v2).
      d20(v4, v1) :- (t1){2}(_, v1), !t0(v1, v1), v4 = (-v2) % 7, d21(v2, v3).
      d21(v3, v3) :- t1(v1, v2), d20(c0: v3).
      d21(4, 1) :- (edge){2}(_, v1).
      """
    Differential.expectAgreement(
      text, query: #"?(v1, v2, v3) :- d20(v3, "丁"), t1(v1, v2)."#, seed: 0)
  }
}
