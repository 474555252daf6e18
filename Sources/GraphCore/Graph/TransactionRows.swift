/// Which rows of a table the open transaction added, and the facts that they come from.
struct TransactionRows {
  /// The first row that the transaction added.
  private(set) var start: Int
  /// How many of the added rows stand for rows that were there before.
  var replacedCount = 0
  /// Nodes whose value has been replaced.
  var replacedNodes: [UInt32] = []
  private var ordinals: Column<UInt32>?

  init(start: Int) { self.start = start }

  /// Notes the fact that the next row comes from; rows must be noted in order.
  @inline(__always)
  mutating func note(_ ordinal: Int) {
    if let ordinals {
      ordinals.append(UInt32(truncatingIfNeeded: ordinal))
    } else {
      ordinals = Column([UInt32(truncatingIfNeeded: ordinal)])
    }
  }

  /// Notes the facts that the first rows come from, where these are known.
  mutating func note(_ ordinals: Column<UInt32>?) { self.ordinals = ordinals }

  /// The fact that a row comes from; `nil` for a row that was there before.
  func ordinal(of row: Int) -> Int? {
    guard row >= start, let ordinals, row - start < ordinals.count else { return nil }
    return Int(ordinals[row - start])
  }

  /// Forgets the rows from `rowCount` on.
  mutating func truncate(toRow rowCount: Int) {
    if let ordinals, rowCount - start < ordinals.count {
      ordinals.truncate(to: max(0, rowCount - start))
    }
  }

  /// Rows before the transaction's own have gone or come.
  mutating func moveStart(by distance: Int) { start += distance }

  /// Begins a new transaction.
  mutating func restart(at rowCount: Int) { self = TransactionRows(start: rowCount) }
}
