@_spi(Columns) import GraphCore

/// A sum or count by groups that a recursion reads while it grows.
///
/// Rounds bring each binding once; after each part of a round the groups that have grown are written to
/// the relation, whose lattice keeps the greatest. Sums of doubles are added up anew from their
/// sorted terms, so that the last does not depend on the order of the rounds.
final class RunningSum: RowSink {
  private let counts: Bool
  private let inputType: ColumnType
  private let span: SourceSpan
  private let groups: Relation
  private let rows = Column<UInt32>(repeating: 0, count: Batch.capacity)
  private let totals = Column<UInt64>()
  /// The terms of each group, where they are doubles.
  private var terms: [[Double]] = []
  private let grown = Column<UInt32>()
  private let isGrown = Column<UInt8>()
  /// A batch of groups that have grown, and what they have come to.
  private let keys: [Column<UInt64>]
  private let values = Column<UInt64>(repeating: 0, count: Batch.capacity)

  init(
    function: AggregateFunction, groupTypes: [ColumnType], inputType: ColumnType, terms: TermSpace,
    span: SourceSpan
  ) {
    counts = function == .count
    self.inputType = inputType
    self.span = span
    groups = Relation(name: "groups", types: groupTypes, terms: terms)
    keys = groupTypes.map { _ in Column(repeating: 0, count: Batch.capacity) }
  }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    guard let inputs = columns.last else { return }
    groups.findOrInsert(Array(columns.dropLast()), count: count, rows: rows.words)
    while totals.count < groups.rowCount {
      totals.append(0)
      isGrown.append(0)
      if inputType == .float && !counts { terms.append([]) }
    }
    let (rows, isGrown, totals) = (rows.words, isGrown.words, totals.words)
    for i in 0..<count {
      let group = Int(rows[i])
      if isGrown[group] == 0 {
        isGrown[group] = 1
        grown.append(rows[i])
      }
      if counts {
        totals[group] &+= 1
        continue
      }
      if inputType == .float {
        let term = Double(bitPattern: inputs[i])
        if term < 0 { throw negative(inputs[i]) }
        terms[group].append(term)
        continue
      }
      if inputType == .number && Int64(bitPattern: inputs[i]) < 0 { throw negative(inputs[i]) }
      let (sum, overflow) = totals[group].addingReportingOverflow(inputs[i])
      if overflow || (inputType == .number && Int64(bitPattern: sum) < 0) {
        throw EngineFailure(
          .negativeTerm, "a sum inside a recursion has outgrown 64 bits", at: span,
          help: "sum floats, by `to_float(...)`")
      }
      totals[group] = sum
    }
  }

  private func negative(_ word: UInt64) -> EngineFailure {
    let shown =
      inputType == .float
      ? "\(Double(bitPattern: word))" : "\(Int64(bitPattern: word))"
    return EngineFailure(
      .negativeTerm, "a sum inside a recursion meets the negative term \(shown)", at: span,
      help: "such a sum must only grow; leave negative terms out by a condition, or sum them in a "
        + "rule of its own after the recursion")
  }

  /// Writes the groups that have grown since the last call.
  func flush(into result: Relation) {
    let (grown, isGrown, totals) = (grown.words, isGrown.words, totals.words)
    for start in stride(from: 0, to: grown.count, by: Batch.capacity) {
      let batch = grown.slice(start, min(Batch.capacity, grown.count - start))
      let output = values.words
      for i in 0..<batch.count {
        let group = Int(batch[i])
        isGrown[group] = 0
        if inputType == .float && !counts {
          totals[group] = canonicalWord(CompensatedSum.of(terms[group].sorted()))
        }
        output[i] = totals[group]
      }
      for column in 0..<groups.arity {
        groups.view(column).gather(batch, count: batch.count, into: keys[column].words)
      }
      result.insert(keys.map(\.words) + [output], count: batch.count)
    }
    self.grown.truncate(to: 0)
  }
}

/// Neumaier's compensated sum ("Rundungsfehleranalyse einiger Verfahren", 1974).
enum CompensatedSum {
  static func of(_ values: some Sequence<Double>) -> Double {
    var (sum, compensation) = (0.0, 0.0)
    for value in values {
      let next = sum + value
      compensation +=
        sum.magnitude >= value.magnitude ? (sum - next) + value : (value - next) + sum
      sum = next
    }
    // Infinities leave no meaningful compensation behind.
    return sum.isFinite ? sum + compensation : sum
  }
}
