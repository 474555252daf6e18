@_spi(Columns) import GraphCore

/// What the planner wants to know of a relation's rows: how many different values each column has,
/// and how often a value comes. Taken from an even sample of the rows.
struct RelationStatistics {
  static let sampleSize = 2048

  /// How many rows there were.
  let rowCount: Int
  /// Estimated different values of each column.
  private let distinct: [Double]
  /// The words of some rows in each column, ascending.
  private let samples: [[UInt64]]

  /// O(sample size · arity).
  init(_ relation: Relation) {
    rowCount = relation.rowCount
    let count = min(rowCount, Self.sampleSize)
    // An odd stride over all rows, so that a period in the data does not hide values.
    let rows = (0..<count).map { Int(UInt64($0) &* UInt64(relation.rowCount) / UInt64(count)) }
    var samples: [[UInt64]]
    if let compact = relation.compactRows {
      samples = compact.words(of: rows)
    } else {
      samples = (0..<relation.arity).map { column in
        let view = relation.view(column)
        return rows.map { view[$0] }
      }
    }
    for column in samples.indices { samples[column].sort() }
    self.samples = samples
    distinct = samples.map { [rowCount] in Self.distinct($0, of: rowCount) }
  }

  func distinctCount(_ column: Int) -> Double { distinct[column] }

  /// The share of the rows that have a given word in a column. O(log sample size).
  func share(of word: UInt64, in column: Int) -> Double {
    let sample = samples[column]
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
    return min(0.5 / Double(sample.count), 1 / max(distinct[column], 1))
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
