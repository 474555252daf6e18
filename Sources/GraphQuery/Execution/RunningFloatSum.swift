@_spi(Columns) import GraphCore

/// A sum of doubles by groups that a recursion reads while it grows.
///
/// Sums are exact, so that the last one does not depend on the order of the rounds. Whenever a group has grown, the double
/// nearest to its sum goes to the relation, whose lattice keeps the greatest.
final class RunningFloatSum: RunningTotals {
  private let span: SourceSpan
  private let groups: Relation
  private let rows = Column<UInt32>(repeating: 0, count: Batch.capacity)
  private var sums: FixedSums? = FixedSums()
  /// Sums that have room for any term, once one was not like the others.
  private var wideSums: [ExactSum] = []
  private let grown = Column<UInt32>()
  private let isGrown = Column<UInt8>()
  /// A batch of groups that have grown, and what they have come to.
  private let keys: [Column<UInt64>]
  private let values = Column<UInt64>(repeating: 0, count: Batch.capacity)

  init(groupTypes: [ColumnType], terms: TermSpace, span: SourceSpan) {
    self.span = span
    groups = Relation(name: "groups", types: groupTypes, terms: terms)
    keys = groupTypes.map { _ in Column(repeating: 0, count: Batch.capacity) }
  }

  var heldByteCount: Int {
    groups.byteCount + grown.byteCount + (sums?.byteCount ?? 0)
      + wideSums.count * MemoryLayout<ExactSum>.stride
  }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    guard let inputs = columns.last else { return }
    groups.findOrInsert(Array(columns.dropLast()), count: count, rows: rows.words)
    while isGrown.count < groups.rowCount { isGrown.append(0) }
    let (rows, isGrown) = (rows.words, isGrown.words)
    for i in 0..<count {
      let term = Double(bitPattern: inputs[i])
      if term < 0 { throw EngineFailure.negative("\(term)", at: span) }
    }
    addTerms(inputs, rows, count)
    for i in 0..<count {
      let group = Int(rows[i])
      if isGrown[group] == 0 {
        isGrown[group] = 1
        grown.append(rows[i])
      }
    }
  }

  private func addTerms(_ terms: Words<UInt64>, _ rows: Words<UInt32>, _ count: Int) {
    sums?.grow(to: groups.rowCount)
    if let sums, sums.add(terms, to: rows, count: count) { return }
    if let sums {
      for group in 0..<groups.rowCount {
        wideSums.append(ExactSum())
        for part in sums.parts(of: group) { wideSums[group].add(part) }
      }
      self.sums = nil
    }
    while wideSums.count < groups.rowCount { wideSums.append(ExactSum()) }
    for i in 0..<count { wideSums[Int(rows[i])].add(Double(bitPattern: terms[i])) }
  }

  /// O(groups that have grown).
  func flush(into result: Relation) {
    let (grown, isGrown, results) = (grown.words, isGrown.words, values.words)
    for start in stride(from: 0, to: grown.count, by: Batch.capacity) {
      let batch = grown.slice(start, min(Batch.capacity, grown.count - start))
      for i in 0..<batch.count {
        let group = Int(batch[i])
        isGrown[group] = 0
        results[i] = canonicalWord(sums?.value(of: group) ?? wideSums[group].value)
      }
      for column in 0..<groups.arity {
        groups.view(column).gather(batch, count: batch.count, into: keys[column].words)
      }
      result.insert(keys.map(\.words) + [results], count: batch.count)
    }
    self.grown.truncate(to: 0)
  }
}
