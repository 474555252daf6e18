@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

@Suite struct OrderedRowsTests {
  /// Few different words, among them the ends of their types.
  private static func words(_ type: ColumnType, _ random: inout SeededGenerator) -> [UInt64] {
    let ends: [UInt64] =
      switch type {
      case .float:
        [-.infinity, -1.5, 0, 2.25, .infinity, .nan].map { (value: Double) in value.bitPattern }
      case .number: [.zero, 1 << 63, .max, .max >> 1]
      default: [.zero, .max]
      }
    return (0..<Int.random(in: 0...300, using: &random)).map { _ in
      if Int.random(in: 0..<8, using: &random) == 0 {
        return ends.randomElement(using: &random) ?? 0
      }
      let number = Int.random(in: -9...9, using: &random)
      return type == .float ? canonicalWord(Double(number)) : UInt64(bitPattern: Int64(number))
    }
  }

  @Test(arguments: 1...30) func findsWhatLiesBetween(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let type: ColumnType = [.number, .unsigned, .float][Int(seed % 3)]
    let values = Self.words(type, &random)
    let groups = values.map { _ in UInt32.random(in: 0..<4, using: &random) }
    let present = values.map { _ in Int.random(in: 0..<5, using: &random) > 0 }
    var bits = [UInt64](repeating: 0, count: values.count / 64 + 1)
    for row in values.indices where present[row] { bits[row / 64] |= 1 << UInt64(row % 64) }
    let (column, places, presence) = (Column(values), Column(groups), Column(bits))
    defer { keepAlive(column, places, presence) }
    let view = ColumnView(wide: column.words, presence: presence.words)
    let whole = OrderedRows(column: view, type: type, count: values.count)
    let parted = OrderedRows(
      column: view, type: type, groups: ColumnView(narrow: places.words), domain: 4,
      count: values.count)
    defer { keepAlive(whole, parted) }
    let keys = (values + [0, .max]).map { type.orderKey($0) }
    for _ in 0..<40 {
      let low = keys.randomElement(using: &random) ?? 0
      let high = Bool.random(using: &random) ? .max : keys.randomElement(using: &random) ?? 0
      for group in 0..<5 as Range<UInt64> {
        let expected = values.indices.filter {
          present[$0] && type.orderKey(values[$0]) >= low && type.orderKey(values[$0]) <= high
        }
        #expect(Self.rows(whole, group, low, high) == expected, "seed \(seed)")
        let here = expected.filter { UInt64(groups[$0]) == group }
        #expect(Self.rows(parted, group, low, high) == here, "seed \(seed)")
      }
    }
  }

  private static func rows(_ ordered: OrderedRows, _ group: UInt64, _ low: UInt64, _ high: UInt64)
    -> [Int]
  {
    ordered.view.places(group: group, from: low, through: high)
      .map { Int(ordered.view.rows[$0]) }.sorted()
  }

  /// The keys are in the order that comparisons have.
  @Test(arguments: 1...5) func keysAreInTheOrderOfValues(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let session = QuerySession()
    for type in [ColumnType.number, .unsigned, .float] {
      let (order, words) = (WordOrder(type, session.termSpace()), Self.words(type, &random))
      for (a, b) in zip(words, words.dropFirst()) {
        #expect(order.precedes(a, b) == (type.orderKey(a) < type.orderKey(b)), "seed \(seed)")
      }
    }
  }
}
