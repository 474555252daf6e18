@_spi(Columns) import GraphCore

/// Aggregates over rows between bounds, by their places in an order.
extension RuleExecution {
  /// Writes the result for each row of a batch, keeps those that have rows between their bounds, and returns how
  /// many these are. O(log rows) for each, once the order is there.
  func summarize(_ summary: RulePlan.Summary, at index: Int, level: Int, count: Int) -> Int {
    let relation = relations[summary.relation]
    guard
      let (ordered, columns) = relation.orderedForSummaries(
        by: summary.within.column, summary.keyColumns)
    else { preconditionFailure("a relation that could be ordered when it was planned") }
    setLimits(summary.within, level: level, count: count)
    let (lows, highs) = limits(level)
    // The key's words in the order of the columns that rows are together by.
    let keys = columns.compactMap { column in
      summary.keyColumns.firstIndex(of: column).map {
        words(summary.keySources[$0], level: level)
      }
    }
    let groups = keys.first ?? lows
    let others = Column(Array(keys.dropFirst()))
    let wanted = others.words
    let (view, output, selected) = (
      ordered.view, register(summary.register, level: level), pairLeft(level)
    )
    let values = relation.view(summary.value)
    let totals = summary.function == .sum ? totals(index, view, values) : .empty
    defer { keepAlive(ordered, others) }
    var kept = 0
    for i in 0..<count {
      let places =
        view.otherCount == 0
        ? view.places(group: groups[i], from: lows[i], through: highs[i])
        : view.places(group: groups[i], wanted, i, from: lows[i], through: highs[i])
      if places.isEmpty { continue }
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= 1
      switch summary.function {
      case .count: output[i] = UInt64(places.count)
      case .sum: output[i] = totals[places.upperBound] &- totals[places.lowerBound]
      case .min: output[i] = values[Int(view.rows[places.lowerBound])]
      case .max, .mean: output[i] = values[Int(view.rows[places.upperBound &- 1])]
      }
    }
    return compact(selected, kept, from: count, at: index, level: level)
  }

  /// What the values of all rows before each place come to, wrapping as sums do.
  private func totals(_ index: Int, _ view: OrderedRows.View, _ values: ColumnView) -> Words<UInt64>
  {
    if let known = runningTotals[index] { return known.words }
    let made = Column<UInt64>(minimumCapacity: view.rows.count + 1)
    made.grow(by: view.rows.count + 1)
    let totals = made.words
    totals[0] = 0
    for place in 0..<view.rows.count {
      totals[place &+ 1] = totals[place] &+ values[Int(view.rows[place])]
    }
    runningTotals[index] = made
    return totals
  }
}
