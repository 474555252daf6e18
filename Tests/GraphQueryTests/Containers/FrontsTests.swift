@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Rows that give way to others, beside a search among all pairs.
@Suite struct FrontsTests {
  private static let types: [ColumnType] = [.number, .unsigned, .float, .number, .symbol]

  private static func word(_ type: ColumnType, _ spread: Int, _ random: inout SeededGenerator)
    -> UInt64
  {
    let value = Int.random(in: 0...spread, using: &random)
    return switch type {
    case .number: UInt64(bitPattern: Int64(value - spread / 2))
    case .float: value == 0 ? Double.nan.bitPattern : canonicalWord(Double(value - spread / 2) / 2)
    case .unsigned: value == spread ? .max : UInt64(value)
    case .symbol, .boolean, .record: UInt64(value)
    }
  }

  /// Whether a row gives way to another.
  private static func dominates(_ greater: [UInt64], _ lesser: [UInt64], _ order: DominanceOrder)
    -> Bool
  {
    for key in order.keys where greater[key] != lesser[key] { return false }
    for criterion in order.criteria {
      let type = types[criterion.column]
      let (a, b) = (greater[criterion.column], lesser[criterion.column])
      let (better, worse) = criterion.isGreatest ? (b, a) : (a, b)
      let fits = type.orderKey(better) < type.orderKey(worse) || (!criterion.isStrict && a == b)
      if !fits { return false }
    }
    return true
  }

  /// Orders of one to four columns, with or without keys, and rounds in which rows come again.
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func thoseThatGiveWayToNoneStay(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let columns = [0, 1, 2, 3].shuffled(using: &random)
    let keyCount = Int(seed % 3)
    let criteria = columns[keyCount..<(keyCount + Int.random(in: 1...4 - keyCount, using: &random))]
    let coversAll = keyCount + criteria.count == 4
    let order = DominanceOrder(
      keys: columns[..<keyCount].sorted() + (coversAll ? [4] : []),
      criteria: criteria.enumerated().map { number, column in
        .init(
          column: column, isGreatest: Bool.random(using: &random),
          isStrict: number == 0 && !coversAll ? true : Int.random(in: 0..<3, using: &random) == 0)
      })
    let spread = [2, 6, 40].randomElement(using: &random) ?? 6
    let terms = TermSpace(TermDictionary())
    let relation = Relation(name: "r", types: Self.types, terms: terms)
    let fronts = Fronts(order, for: relation, terms: terms)
    relation.fronts = fronts
    var model: [[UInt64]] = []
    for round in 0..<8 {
      for _ in 0..<Int.random(in: 0...(round == 0 ? 400 : 120), using: &random) {
        let row = Self.types.map { Self.word($0, spread, &random) }
        relation.insert(row)
        if !model.contains(row) { model.append(row) }
      }
      _ = relation.advance()
      while fronts.covered < relation.rowCount { relation.removeDominatedBatch(fronts) }
      model = model.filter { row in !model.contains { Self.dominates($0, row, order) && $0 != row }
      }
      let found = (0..<relation.rowCount).filter { !relation.isDead($0) }.map { row in
        Self.types.indices.map { relation.word(row: row, column: $0) }
      }
      #expect(found == model, "seed \(seed), round \(round)")
    }
    #expect(relation.byteCount > 0)
  }
}
