@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Best values of keys with several columns, which improve many times.
@Suite struct LatticeTests {
  /// The cheapest order of a chain of matrix products: most rows are replaced before it is found.
  @Test func aChainOfProductsInEveryMode() {
    let dimensions = [30, 35, 15, 5, 10, 20, 25, 7, 40, 12, 3, 18, 22, 9]
    var lines = [".decl dim(i:number, d:number)"]
    lines += dimensions.enumerated().map { "dim(\($0.offset), \($0.element))." }
    lines.append(
      """
      .decl cost(i:number, j:number, c:number)
      cost(i, i, 0) :- dim(i, _), dim(i + 1, _).
      cost(i, j, min a + b + x * y * z) :-
        cost(i, k, a), cost(k + 1, j, b), dim(i, x), dim(k + 1, y), dim(j + 1, z).
      """)
    Differential.expectAgreement(lines.joined(separator: "\n"), query: "?- cost(i, j, c).", seed: 0)
  }

  /// A subsumption that no lattice can stand for, as a product of numbers may grow or shrink: most rows give way.
  @Test func aSubsumptionThatDropsMostRowsInEveryMode() {
    var lines = [".decl e(x:number, y:number, p:number)", ".decl r(x:number, y:number, p:number)"]
    for x in 0..<12 {
      for step in [1, 2, 3, 5] {
        lines.append("e(\(x), \((x + step) % 12), \(50 + (x * step) % 49)).")
      }
    }
    lines.append(
      """
      r(x, x, 1000) :- e(x, _, _).
      r(x, z, p * q / 100) :- r(x, y, p), e(y, z, q), p * q > 90000 / 4.
      r(x, y, p) <= r(x, y, q) :- p <= q.
      """)
    Differential.expectAgreement(lines.joined(separator: "\n"), query: "?- r(x, y, p).", seed: 0)
  }

  /// Ways that are the shorter or the cheaper ones, of two or three criteria that need not be strict, and those that
  /// are best by one with what belongs to it.
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func frontsOfSeveralCriteriaInEveryMode(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var lines = [
      ".decl e(x: number, y: number, d: number, c: number)",
      ".decl p(y: number, d: number, c: number, n: number)",
    ]
    for _ in 0..<30 {
      let (x, y) = (Int.random(in: 0..<8, using: &random), Int.random(in: 1..<10, using: &random))
      let (d, c) = (Int.random(in: 1...6, using: &random), Int.random(in: -2...6, using: &random))
      lines.append("e(\(x), \(x + y), \(d), \(c)).")
    }
    let condition = [
      "f <= d, g <= c, m <= n", "f < d, g <= c", "g < c", "c <= g, d >= f, m = n", "m > n, f <= d",
    ][Int(seed % 5)]
    lines.append(
      """
      p(0, 0, 0, 0).
      p(y, d + f, c + g, n + 1) :- p(x, d, c, n), e(x, y, f, g).
      p(y, d, c, n) <= p(y, f, g, m) :- \(condition).
      """)
    Differential.expectAgreement(
      lines.joined(separator: "\n"), query: "?- p(y, d, c, n).", seed: seed)
  }

  /// Rows that were replaced are dropped, and those that are left keep their rounds.
  @Test func deadRowsAreDroppedBetweenRounds() {
    let relation = Relation(
      name: "best", types: [.number, .number], lattice: .min, terms: QuerySession().termSpace())
    func add(_ key: UInt64, _ value: UInt64) {
      relation.insert([key, value])
    }
    for key in 0..<UInt64(1000) { add(key, 9) }
    #expect(relation.advance())
    for key in 0..<UInt64(900) { add(key, 8) }
    #expect(relation.advance())
    #expect(relation.rowCount == 1900 && relation.liveCount == 1000)
    for key in 0..<UInt64(200) { add(key, 7) }
    #expect(relation.advance())
    // The two hundred that are new are the delta, behind all others.
    #expect(relation.rowCount == 1000 && relation.liveCount == 1000)
    #expect(relation.stable == 800 && relation.visible == 1000)
    #expect(relation.view(0)[800] == 0 && relation.view(1)[800] == 7)
    #expect(relation.word(row: 0, column: 0) == 900)
    add(5, 6)
    add(5, 9)
    #expect(relation.advance())
    #expect(relation.liveCount == 1000 && relation.visible - relation.stable == 1)
    #expect(!relation.advance())
  }

  /// Many keys, values of every type, batches in which a key comes several times, and rounds between them.
  @Test(arguments: [ColumnType.number, .unsigned, .float, .symbol], [true, false])
  func theBestOfEachKeyIsAlive(type: ColumnType, isMinimum: Bool) {
    var random = SeededGenerator(seed: isMinimum ? 3 : 4)
    let dictionary = TermDictionary()
    let texts = (0..<300).map { _ in
      UInt64(dictionary.intern("字\(Int.random(in: 0..<10_000, using: &random))"))
    }
    let terms = TermSpace(dictionary)
    let order = WordOrder(type, terms)
    let relation = Relation(
      name: "best", types: [.number, .number, type], lattice: isMinimum ? .min : .max, terms: terms)
    var model: [[UInt64]: UInt64] = [:]
    let columns = (0..<3).map { _ in Column<UInt64>(repeating: 0, count: Batch.capacity) }
    defer { keepAlive(columns) }
    for batch in 0..<80 {
      let count = Int.random(in: 1...Batch.capacity, using: &random)
      for i in 0..<count {
        let keys: [UInt64] = [UInt64(batch % 40 * 700 + i), UInt64(i % 3)]
        let value: UInt64 =
          switch type {
          case .number: UInt64(bitPattern: Int64.random(in: -1000...1000, using: &random))
          case .float: canonicalWord(Double.random(in: -10...10, using: &random).rounded())
          case .symbol: texts[Int.random(in: 0..<texts.count, using: &random)]
          default: UInt64.random(in: 0...UInt64.max, using: &random)
          }
        for (column, word) in zip(columns, keys + [value]) { column[i] = word }
        guard let old = model[keys] else {
          model[keys] = value
          continue
        }
        let isBetter = isMinimum ? order.precedes(value, old) : order.precedes(old, value)
        if isBetter { model[keys] = value }
      }
      relation.insert(columns.map(\.words), count: count)
      if batch % 3 == 0 { _ = relation.advance() }
    }
    #expect(relation.liveCount == model.count)
    var wrong = 0
    for row in 0..<relation.rowCount where !relation.isDead(row) {
      let keys = [relation.word(row: row, column: 0), relation.word(row: row, column: 1)]
      if model[keys] != relation.word(row: row, column: 2) { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  /// Terms that add up in the rows of their groups, past 32 bits and up to what a word holds, with rounds between them.
  @Test(arguments: [ColumnType.number, .unsigned], [UInt64(1), 1 << 20, 1 << 40])
  func whatTermsComeToIsAlive(type: ColumnType, scale: UInt64) {
    let seed = scale + (type == .number ? 0 : 1)
    var random = SeededGenerator(seed: seed)
    let relation = Relation(
      name: "total", types: [.number, type], lattice: .max, terms: QuerySession().termSpace())
    let highest = type == .number ? UInt64(Int64.max) : UInt64.max
    var (model, bound) = ([UInt64: UInt64](), UInt64(0))
    let columns = (0..<2).map { _ in Column<UInt64>(repeating: 0, count: Batch.capacity) }
    defer { keepAlive(columns) }
    for batch in 0..<60 {
      let count = Int.random(in: 1...Batch.capacity, using: &random)
      for i in 0..<count {
        columns[0][i] = UInt64.random(in: 0..<UInt64(batch * 40 + 9), using: &random)
        columns[1][i] = UInt64.random(in: 0...3, using: &random) * scale
        model[columns[0][i], default: 0] += columns[1][i]
      }
      #expect(
        relation.insertAdding(columns.map(\.words), count: count, upTo: highest, bound: &bound))
      if batch % 3 == 0 { _ = relation.advance() }
    }
    #expect(relation.liveCount == model.count && bound >= model.values.max() ?? 0, "seed \(seed)")
    for row in 0..<relation.rowCount where !relation.isDead(row) {
      let key = relation.word(row: row, column: 0)
      #expect(model[key] == relation.word(row: row, column: 1), "seed \(seed)")
    }
    // A sum up to the highest word there is, and one more.
    let rest = highest - (model[7] ?? 0)
    (columns[0][0], columns[1][0]) = (7, rest)
    #expect(relation.insertAdding(columns.map(\.words), count: 1, upTo: highest, bound: &bound))
    columns[1][0] = 1
    #expect(!relation.insertAdding(columns.map(\.words), count: 1, upTo: highest, bound: &bound))
  }
}
