@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Value order by packed keys against the order of comparing value by value.
@Suite struct RowOrderTests {
  private struct Sample {
    let relation: Relation
    let terms: TermSpace
    let rows: [[UInt64]]
  }

  private func sample(_ types: [ColumnType], count: Int, _ random: inout SeededGenerator) -> Sample
  {
    let dictionary = TermDictionary()
    let stored = (0..<40).map { _ in dictionary.intern(text(&random)) }
    return sample(types, count: count, dictionary, stored, &random)
  }

  private func sample(
    _ types: [ColumnType], count: Int, _ dictionary: TermDictionary, _ stored: [UInt32],
    _ random: inout SeededGenerator
  ) -> Sample {
    let terms = TermSpace(dictionary)
    let relation = Relation(name: "r", types: types, terms: terms)
    let shifts = types.map { _ in UInt64.random(in: 0...64, using: &random) }
    for _ in 0..<count {
      relation.insert(
        zip(types, shifts).map { type, shift in
          switch type {
          case .symbol:
            Bool.random(using: &random)
              ? UInt64(stored.randomElement(using: &random) ?? 0)
              : UInt64(terms.intern(text(&random)))
          case .float:
            canonicalWord(
              [0, -1.5, 2.25, .infinity, -.infinity, .nan, 1e300, -1e-300].randomElement(
                using: &random) ?? 0)
          case .boolean: UInt64.random(in: 0...1, using: &random)
          case .number, .unsigned, .record:
            shift == 64 ? 7 : UInt64(bitPattern: Int64(bitPattern: random.next()) >> Int64(shift))
          }
        })
    }
    // The first row gives way to the last.
    let ends = [0, relation.rowCount - 1].map { row in
      types.indices.map { Column([relation.word(row: row, column: $0)]) }
    }
    defer { keepAlive(ends) }
    relation.removeDominated(ends[0].map(\.words), by: ends[1].map(\.words), count: 1)
    let rows = (0..<relation.rowCount).filter { !relation.isDead($0) }.map { row in
      types.indices.map { relation.word(row: row, column: $0) }
    }
    return Sample(relation: relation, terms: terms, rows: rows)
  }

  /// Texts with long common beginnings, some of them the beginning of others.
  private func text(_ random: inout SeededGenerator) -> String {
    let beginning =
      ["", "晋中汇盛", "aaaaaaaaaaaaaaaa", "aaaaaaaa"].randomElement(using: &random) ?? ""
    let length = Int.random(in: 0...12, using: &random)
    return beginning
      + String((0..<length).map { _ in "ab\u{0}大é".randomElement(using: &random) ?? "a" })
  }

  private func sorted(
    _ sample: Sample, _ keys: [(column: Int, isDescending: Bool)], _ types: [ColumnType]
  ) -> [[UInt64]] {
    let rest = types.indices.filter { column in !keys.contains { $0.column == column } }
    let order = keys + rest.map { ($0, false) }
    let orders = types.map { WordOrder($0, sample.terms) }
    return sample.rows.sorted { a, b in
      for (column, isDescending) in order where a[column] != b[column] {
        return isDescending
          ? orders[column].precedes(b[column], a[column])
          : orders[column].precedes(a[column], b[column])
      }
      return false
    }
  }

  private func rows(_ sample: Sample, _ keys: [(column: Int, isDescending: Bool)]) -> [UInt32] {
    RowSorter(sample.relation, keys: keys, terms: sample.terms).sorted() ?? []
  }

  private static let types: [ColumnType] = [.number, .symbol, .unsigned, .float, .boolean]

  @Test(arguments: 0..<40 as Range<UInt64>)
  func sortingByKeysIsSortingByValues(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let types = (0..<Int.random(in: 1...5, using: &random)).map { _ in
      Self.types.randomElement(using: &random) ?? .number
    }
    let sample = sample(types, count: Int.random(in: 1...300, using: &random), &random)
    var keys: [(column: Int, isDescending: Bool)] = []
    for column in types.indices.shuffled(using: &random).prefix(2) where Bool.random(using: &random)
    {
      keys.append((column, Bool.random(using: &random)))
    }
    let rows = rows(sample, keys)
    let found = rows.map { row in
      types.indices.map { sample.relation.word(row: Int(row), column: $0) }
    }
    #expect(found == sorted(sample, keys, types), "seed \(seed)")
  }

  /// Columns that fill a word each, of few values: rows are told apart by later and later ones.
  @Test(arguments: 0..<6 as Range<UInt64>)
  func wideRowsAreSortedByValue(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let dictionary = TermDictionary()
    let texts = (0..<300).map { UInt64(dictionary.intern("\(text(&random))\($0)")) }
    let terms = TermSpace(dictionary)
    let types: [ColumnType] =
      seed % 2 == 0
      ? [.symbol, .float, .number, .symbol] : [.number, .unsigned, .number, .float]
    let relation = Relation(name: "r", types: types, terms: terms)
    let pools = types.map { type -> [UInt64] in
      switch type {
      case .symbol: return texts
      case .float:
        return (0..<40).map { _ in canonicalWord(Double.random(in: -1e6...1e6, using: &random)) }
      default: return (0..<20).map { _ in random.next() } + [0, .max]
      }
    }
    // In several parts, or in one.
    for _ in 0..<(seed < 2 ? 30_000 : 400) {
      relation.insert(pools.map { $0.randomElement(using: &random) ?? 0 })
    }
    let rows = (0..<relation.rowCount).map { row in
      types.indices.map { relation.word(row: row, column: $0) }
    }
    let sample = Sample(relation: relation, terms: terms, rows: rows)
    let keys: [(column: Int, isDescending: Bool)] =
      seed < 4 ? [] : [(column: 2, isDescending: true)]
    let found = self.rows(sample, keys).map { rows[Int($0)] }
    #expect(found == sorted(sample, keys, types), "seed \(seed)")
  }

  @Test func cancelledSortingEnds() {
    var random = SeededGenerator(seed: 1)
    let sample = sample([.number, .symbol], count: 10, &random)
    let token = CancelToken()
    token.cancel()
    let sorter = RowSorter(sample.relation, keys: [], terms: sample.terms)
    #expect(sorter.sorted(unless: token) == nil)
  }

  /// Ids that lie far apart, so that ranks are not looked up in tables by id.
  @Test func fewRowsOfManyTextsAreSortedByValue() {
    let seed: UInt64 = 7
    var random = SeededGenerator(seed: seed)
    let dictionary = TermDictionary()
    let stored = (0..<20_000).map { dictionary.intern("\(text(&random))\($0)") }
    for round in 0..<40 {
      let types = (0..<Int.random(in: 1...3, using: &random)).map { _ in
        Bool.random(using: &random) ? ColumnType.symbol : .number
      }
      let count = Int.random(in: 1...12, using: &random)
      let sample = sample(types, count: count, dictionary, stored, &random)
      let keys = [(column: 0, isDescending: Bool.random(using: &random))]
      let rows = rows(sample, keys)
      let found = rows.map { row in
        types.indices.map { sample.relation.word(row: Int(row), column: $0) }
      }
      #expect(found == sorted(sample, keys, types), "seed \(seed), round \(round)")
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func packedRowsComeInValueOrder(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let types = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      Self.types.randomElement(using: &random) ?? .number
    }
    // One of them in two parts.
    let sample = sample(types, count: seed == 0 ? 40_000 : 200, &random)
    guard
      let packed = PackedRows(
        sample.relation, SortField.fields(of: sample.relation, keys: [], terms: sample.terms))
    else {
      // Then a column of numbers is wide, and another one is there.
      #expect(
        types.count > 1 && types.contains { $0 != .boolean && $0 != .symbol }, "seed \(seed)")
      return
    }
    var found: [[UInt64]] = []
    let scratch = Column<UInt64>()
    for part in 0..<packed.partCount {
      packed.sort(part, scratch: scratch)
      let keys = packed.part(part)
      let columns = types.map { _ in Column<UInt64>(unspecified: keys.count) }
      defer { keepAlive(columns) }
      for (number, column) in columns.enumerated() {
        packed.words(keys, column: number, into: column.words)
      }
      for i in 0..<keys.count { found.append(columns.map { $0[i] }) }
    }
    #expect(found == sorted(sample, [], types), "seed \(seed)")
  }
}
