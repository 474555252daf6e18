@_spi(Columns) import GraphCore

/// What the planner wants to know of a relation's rows: how many different values each column has,
/// and how often a value comes. Taken from an even sample of the rows.
struct RelationStatistics {
  static let sampleSize = 2048

  /// How many rows there were.
  let rowCount: Int
  /// Estimated different values of each column.
  private let distinct: [Double]
  private let sample: [Int]

  /// O(sample size · arity).
  init(_ relation: Relation) {
    rowCount = relation.rowCount
    let count = min(rowCount, Self.sampleSize)
    // An odd stride over all rows, so that a period in the data does not hide values.
    sample = (0..<count).map { Int(UInt64($0) &* UInt64(relation.rowCount) / UInt64(count)) }
    var distinct: [Double] = []
    for column in 0..<relation.arity {
      distinct.append(Self.distinct(relation.view(column), sample, rowCount))
    }
    self.distinct = distinct
  }

  func distinctCount(_ column: Int) -> Double { distinct[column] }

  /// The share of the rows that have a given word in a column.
  func share(of word: UInt64, in column: Int, _ relation: Relation) -> Double {
    if sample.isEmpty { return 0 }
    let view = relation.view(column)
    var hits = 0
    for row in sample where view[row] == word { hits += 1 }
    if hits > 0 { return Double(hits) / Double(sample.count) }
    // Rarer than the sample can show, and no more frequent than a value is on average.
    return min(0.5 / Double(sample.count), 1 / max(distinct[column], 1))
  }

  /// The estimator "Duj1" (Haas, Naughton, Seshadri, Stokes, "Sampling-based estimation of the
  /// number of distinct values of an attribute", 1995): what is seen once in the sample stands for
  /// values that were not seen.
  private static func distinct(_ view: ColumnView, _ sample: [Int], _ rowCount: Int) -> Double {
    if sample.isEmpty { return 0 }
    if view.form == .rowNumber { return Double(rowCount) }
    var words = sample.map { view[$0] }
    words.sort()
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
