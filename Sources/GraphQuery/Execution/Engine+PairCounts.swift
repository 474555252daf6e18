@_spi(Columns) import GraphCore

extension Engine {
  /// Writes counts that a relation in compact form knows without a look at its pairs; false where the relation has
  /// another form by now. O(values), or O(members of rows) for the values of the far column.
  func writeCounts(_ wanted: RulePlan.PairCount?, into head: Relation, _ meter: StepMeter?) -> Bool
  {
    guard let wanted, let rows = relations[wanted.relation].compactRows else { return false }
    let before = head.rowCount
    defer { meter?.enter(1, count: head.rowCount - before) }
    meter?.enter(0, count: 1)
    let (words, counts) = (Column<UInt64>(), Column<UInt64>())
    defer { keepAlive(words, counts) }
    guard let column = wanted.column else {
      if rows.count == 0 { return true }
      counts.append(UInt64(rows.count))
      head.insertDistinct([counts.words], count: 1)
      return true
    }
    func flush() {
      head.insertDistinct([words.words, counts.words], count: words.count)
      words.truncate(to: 0)
      counts.truncate(to: 0)
    }
    let pairs = rows.pairCounts(of: column)
    defer { keepAlive(pairs) }
    for place in 0..<rows.domain where pairs.words[place] > 0 {
      words.append(rows.word(at: place))
      counts.append(pairs.words[place])
      if words.count == Batch.capacity { flush() }
    }
    flush()
    return true
  }
}
