@_spi(Columns) import GraphCore

/// A sum of doubles by groups that a recursion reads while it grows.
///
/// The terms of each group are kept: whenever it has grown they are added up anew in ascending order, so that the last sum
/// does not depend on the order of the rounds. It goes to the relation, whose lattice keeps the greatest.
final class RunningFloatSum: RunningTotals {
  private let span: SourceSpan
  private let groups: Relation
  private let rows = Column<UInt32>(repeating: 0, count: Batch.capacity)
  private var terms: [[Double]] = []
  private var termCount = 0
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
    groups.byteCount + grown.byteCount + 8 * termCount + terms.count * MemoryLayout<[Double]>.stride
  }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    guard let inputs = columns.last else { return }
    groups.findOrInsert(Array(columns.dropLast()), count: count, rows: rows.words)
    while terms.count < groups.rowCount {
      isGrown.append(0)
      terms.append([])
    }
    termCount += count
    let (rows, isGrown) = (rows.words, isGrown.words)
    for i in 0..<count {
      let (group, term) = (Int(rows[i]), Double(bitPattern: inputs[i]))
      if term < 0 { throw EngineFailure.negative("\(term)", at: span) }
      terms[group].append(term)
      if isGrown[group] == 0 {
        isGrown[group] = 1
        grown.append(rows[i])
      }
    }
  }

  /// O(t log t) for each with t terms.
  func flush(into result: Relation) {
    let (grown, isGrown, sums) = (grown.words, isGrown.words, values.words)
    for start in stride(from: 0, to: grown.count, by: Batch.capacity) {
      let batch = grown.slice(start, min(Batch.capacity, grown.count - start))
      for i in 0..<batch.count {
        let group = Int(batch[i])
        isGrown[group] = 0
        sums[i] = canonicalWord(CompensatedSum.of(terms[group].sorted()))
      }
      for column in 0..<groups.arity {
        groups.view(column).gather(batch, count: batch.count, into: keys[column].words)
      }
      result.insert(keys.map(\.words) + [sums], count: batch.count)
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
