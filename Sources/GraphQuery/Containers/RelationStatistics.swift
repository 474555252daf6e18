@_spi(Columns) import GraphCore

/// What the planner wants to know of a relation's rows: how many different values each column has,
/// and how often a value comes. Taken from a sample of the rows.
final class RelationStatistics {
  static let sampleSize = 2048

  /// How many rows there were.
  let rowCount: Int
  /// Estimated different values of each column.
  private let distinct: [Double]
  /// The words of some rows in each column.
  private let samples: [[UInt64]]
  /// The estimates for several columns that were asked for.
  private var combinations: [[Int]: Double] = [:]

  /// O(sample size · arity).
  init(_ relation: Relation) {
    rowCount = relation.rowCount
    let rows = Self.sample(of: rowCount)
    if let compact = relation.compactRows {
      samples = compact.words(of: rows)
    } else {
      samples = (0..<relation.arity).map { column in
        let view = relation.view(column)
        return rows.map { view[$0] }
      }
    }
    distinct = samples.map { [rowCount] in Self.distinct($0, of: rowCount) }
  }

  /// Row numbers that look drawn by lot, ascending and each once.
  ///
  /// Not every n-th one: rows mostly come in order of some column, of whose values no two would be found
  /// alike then. The same for the same count, so that a plan can be had again.
  private static func sample(of rowCount: Int) -> [Int] {
    if rowCount <= sampleSize { return Array(0..<rowCount) }
    var state: UInt64 = 0
    var rows = (0..<sampleSize).map { _ in
      state &+= 0x9e37_79b9_7f4a_7c15
      return Int(mixed(0, state).multipliedFullWidth(by: UInt64(rowCount)).high)
    }
    rows.sort()
    var kept = 1
    for place in 1..<rows.count where rows[place] != rows[kept - 1] {
      rows[kept] = rows[place]
      kept += 1
    }
    return Array(rows[..<kept])
  }

  func distinctCount(_ column: Int) -> Double { distinct[column] }

  /// Estimated different combinations of the values of some columns; no fewer than each has alone.
  /// O(sample size · columns) for columns that were not asked for before.
  func distinctCount(_ columns: [Int]) -> Double {
    guard let first = columns.first, let sample = samples.first else { return 1 }
    if columns.count == 1 { return distinct[first] }
    if let known = combinations[columns] { return known }
    // What looks alike to a good hash is alike, as far as an estimate goes.
    var combined = Array(repeating: UInt64(0), count: sample.count)
    for column in columns {
      let words = samples[column]
      for row in combined.indices { combined[row] = Self.mixed(combined[row], words[row]) }
    }
    let least = columns.reduce(0) { max($0, distinct[$1]) }
    let estimate = max(Self.distinct(combined, of: rowCount), least)
    combinations[columns] = estimate
    return estimate
  }

  private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let spread = hash ^ word &* 0x9e37_79b9_7f4a_7c15
    let product = spread.multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
    return product.high ^ product.low
  }

  /// The share of the rows that have a given word in a column.
  func share(of word: UInt64, in column: Int) -> Double {
    let sample = samples[column]
    if sample.isEmpty { return 0 }
    let hits = sample.count { $0 == word }
    if hits > 0 { return Double(hits) / Double(sample.count) }
    // Rarer than the sample can show, and no more frequent than a value is on average.
    return min(0.5 / Double(sample.count), 1 / max(distinct[column], 1))
  }

  /// The estimator "Duj1" (Haas, Naughton, Seshadri, Stokes, "Sampling-based estimation of the
  /// number of distinct values of an attribute", 1995): what is seen once in the sample stands for
  /// values that were not seen.
  private static func distinct(_ sample: [UInt64], of rowCount: Int) -> Double {
    if sample.isEmpty { return 0 }
    let words = sample.sorted()
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
