@_spi(Columns) import GraphCore

/// What the planner wants to know of a relation's rows: how many different values each column has,
/// and how often a value comes. Taken from a sample of the rows, column by column as somebody asks: most rules
/// ask for one of two. The values that number the rows of a relation in compact form are counted, not estimated.
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
  /// The estimates for several columns that were asked for.
  private var combinations: [[Int]: Double] = [:]

  init(_ relation: Relation) {
    rowCount = relation.rowCount
    columns = Array(repeating: nil, count: relation.arity)
  }

  func distinctCount(_ column: Int, of relation: Relation) -> Double {
    statistics(column, of: relation).distinct
  }

  /// Estimated different combinations of the values of some columns; no fewer than each has alone.
  /// O(sample size · columns) for columns that were not asked for before.
  func distinctCount(_ columns: [Int], of relation: Relation) -> Double {
    if let known = combinations[columns] { return known }
    let samples = words(of: relation)
    // What looks alike to a good hash is alike, as far as an estimate goes.
    var combined = Array(repeating: UInt64(0), count: samples.first?.count ?? 0)
    for column in columns {
      let words = samples[column]
      for row in combined.indices { combined[row] = Self.mixed(combined[row], words[row]) }
    }
    let least = columns.reduce(1) { max($0, distinctCount($1, of: relation)) }
    let estimate = max(Self.distinct(Self.sorted(combined), of: rowCount), least)
    combinations[columns] = estimate
    return estimate
  }

  private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let spread = hash ^ word &* 0x9e37_79b9_7f4a_7c15
    let product = spread.multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
    return product.high ^ product.low
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
    if let rows = relation.compactRows {
      // Most sampled pairs are those of the few values that have many: rows are counted.
      for (column, sample) in words(of: relation).enumerated() {
        keep(sample, column, distinct: rows.isNear(column) ? Double(rows.nearCount) : nil)
      }
    } else {
      let view = relation.view(column)
      keep(sampledRows().map { view[$0] }, column)
    }
    return columns[column] ?? ColumnStatistics(sample: [], distinct: 0)
  }

  /// The words of the sampled rows, column by column.
  private func words(of relation: Relation) -> [[UInt64]] {
    let rows = sampledRows()
    if let compact = relation.compactRows { return compact.words(of: rows) }
    return (0..<relation.arity).map { column in
      let view = relation.view(column)
      return rows.map { view[$0] }
    }
  }

  /// Row numbers that look drawn by lot, ascending and each once.
  ///
  /// Not every n-th one: rows mostly come in order of some column, of whose values no two would be found
  /// alike then. The same for the same count, so that a plan can be had again.
  private func sampledRows() -> [Int] {
    if rowCount <= Self.sampleSize { return Array(0..<rowCount) }
    var state: UInt64 = 0
    var rows = (0..<Self.sampleSize).map { _ in
      state &+= 0x9e37_79b9_7f4a_7c15
      return Int(Self.mixed(0, state).multipliedFullWidth(by: UInt64(rowCount)).high)
    }
    rows.sort()
    var kept = 1
    for place in 1..<rows.count where rows[place] != rows[kept - 1] {
      rows[kept] = rows[place]
      kept += 1
    }
    return Array(rows[..<kept])
  }

  /// - Parameter distinct: how many different values there are, where that is known
  private func keep(_ sample: [UInt64], _ column: Int, distinct: Double? = nil) {
    let sample = Self.sorted(sample)
    columns[column] = ColumnStatistics(
      sample: sample, distinct: distinct ?? Self.distinct(sample, of: rowCount))
  }

  /// By digits: comparing would take a third of the time that planning takes.
  private static func sorted(_ words: [UInt64]) -> [UInt64] {
    let column = Column(words)
    RadixSort.sort(column)
    return words.indices.map { column[$0] }
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
