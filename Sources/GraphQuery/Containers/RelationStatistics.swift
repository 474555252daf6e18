@_spi(Columns) import GraphCore

/// What the planner wants to know of a relation's rows: how many different values each column has,
/// and how often a value comes. Taken from an even sample of the rows, column by column as somebody asks: most rules
/// ask for one of two.
final class RelationStatistics {
  static let sampleSize = 2048

  private struct ColumnStatistics {
    /// The words of some rows, ascending.
    let sample: [UInt64]
    /// Estimated different values.
    let distinct: Double
  }

  /// How many rows there were.
  let rowCount: Int
  private var columns: [ColumnStatistics?]

  init(_ relation: Relation) {
    rowCount = relation.rowCount
    columns = Array(repeating: nil, count: relation.arity)
  }

  func distinctCount(_ column: Int, of relation: Relation) -> Double {
    statistics(column, of: relation).distinct
  }

  /// The share of the rows that have a given word in a column. O(log sample size).
  func share(of word: UInt64, in column: Int, of relation: Relation) -> Double {
    let statistics = statistics(column, of: relation)
    let sample = statistics.sample
    if sample.isEmpty { return 0 }
    func place(_ isBefore: (UInt64) -> Bool) -> Int {
      var (lower, upper) = (0, sample.count)
      while lower < upper {
        let middle = (lower + upper) >> 1
        if isBefore(sample[middle]) { lower = middle + 1 } else { upper = middle }
      }
      return lower
    }
    let hits = place { $0 <= word } - place { $0 < word }
    if hits > 0 { return Double(hits) / Double(sample.count) }
    // Rarer than the sample can show, and no more frequent than a value is on average.
    return min(0.5 / Double(sample.count), 1 / max(statistics.distinct, 1))
  }

  /// O(sample size · log) the first time.
  private func statistics(_ column: Int, of relation: Relation) -> ColumnStatistics {
    if let known = columns[column] { return known }
    let count = min(rowCount, Self.sampleSize)
    if let compact = relation.compactRows {
      let samples = compact.words(of: (0..<count).map { row($0, of: count) })
      for (column, sample) in samples.enumerated() { keep(sample, column) }
    } else {
      let view = relation.view(column)
      keep((0..<count).map { view[row($0, of: count)] }, column)
    }
    return columns[column] ?? ColumnStatistics(sample: [], distinct: 0)
  }

  /// An even stride over all rows, so that a period in the data does not hide values.
  private func row(_ place: Int, of count: Int) -> Int {
    count == rowCount ? place : Int(UInt64(place) &* UInt64(rowCount) / UInt64(count))
  }

  private func keep(_ sample: [UInt64], _ column: Int) {
    let sample = sample.sorted()
    columns[column] = ColumnStatistics(
      sample: sample, distinct: Self.distinct(sample, of: rowCount))
  }

  /// The estimator "Duj1" (Haas, Naughton, Seshadri, Stokes, "Sampling-based estimation of the
  /// number of distinct values of an attribute", 1995): what is seen once in the sample stands for
  /// values that were not seen.
  private static func distinct(_ words: [UInt64], of rowCount: Int) -> Double {
    if words.isEmpty { return 0 }
    var (values, singles) = (0, 0)
    var start = 0
    while start < words.count {
      var end = start + 1
      while end < words.count && words[end] == words[start] { end += 1 }
      values += 1
      if end == start + 1 { singles += 1 }
      start = end
    }
    let share = Double(words.count) / Double(rowCount)
    let unseen = 1 - (1 - share) * Double(singles) / Double(words.count)
    return min(Double(values) / max(unseen, 1e-9), Double(rowCount))
  }
}
