@_spi(Columns) import GraphCore

/// Selects the rows of a batch for which a comparison holds: a loop per operator and type.
struct Comparisons {
  let type: ColumnType
  let terms: TermSpace

  /// Writes the numbers of the selected rows to `selected` and returns how many there are.
  func select(
    _ relation: Comparison.Operator, _ a: Words<UInt64>, _ b: Words<UInt64>, count: Int,
    into selected: Words<UInt32>
  ) -> Int {
    switch relation {
    case .equal: return equality(a, b, count, selected, isEqual: true)
    case .notEqual: return equality(a, b, count, selected, isEqual: false)
    case .less: return ordered(a, b, count, selected, allowsEqual: false)
    case .greater: return ordered(b, a, count, selected, allowsEqual: false)
    case .lessOrEqual: return ordered(a, b, count, selected, allowsEqual: true)
    case .greaterOrEqual: return ordered(b, a, count, selected, allowsEqual: true)
    }
  }

  /// Equal values have equal words, of every type.
  private func equality(
    _ a: Words<UInt64>, _ b: Words<UInt64>, _ count: Int, _ selected: Words<UInt32>, isEqual: Bool
  ) -> Int {
    var kept = 0
    for i in 0..<count {
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= (a[i] == b[i]) == isEqual ? 1 : 0
    }
    return kept
  }

  private func ordered(
    _ a: Words<UInt64>, _ b: Words<UInt64>, _ count: Int, _ selected: Words<UInt32>,
    allowsEqual: Bool
  ) -> Int {
    switch type {
    case .number:
      return allowsEqual
        ? keep(count, selected) { Int64(bitPattern: a[$0]) <= Int64(bitPattern: b[$0]) }
        : keep(count, selected) { Int64(bitPattern: a[$0]) < Int64(bitPattern: b[$0]) }
    case .unsigned, .boolean, .record:
      return allowsEqual
        ? keep(count, selected) { a[$0] <= b[$0] } : keep(count, selected) { a[$0] < b[$0] }
    case .float:
      let type = ColumnType.float
      return allowsEqual
        ? keep(count, selected) { type.orderKey(a[$0]) <= type.orderKey(b[$0]) }
        : keep(count, selected) { type.orderKey(a[$0]) < type.orderKey(b[$0]) }
    case .symbol:
      let order = WordOrder(type, terms)
      return keep(count, selected) {
        (allowsEqual && a[$0] == b[$0]) || order.precedes(a[$0], b[$0])
      }
    }
  }

  @inline(__always)
  private func keep(
    _ count: Int, _ selected: Words<UInt32>, where holds: (Int) -> Bool
  ) -> Int {
    var kept = 0
    for i in 0..<count {
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= holds(i) ? 1 : 0
    }
    return kept
  }
}
