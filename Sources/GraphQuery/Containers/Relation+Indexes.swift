@_spi(Columns) import GraphCore

extension Relation {
  /// The ways in which rows are found by values; each is built when it is first asked for.
  struct Indexes {
    var hashed: [[Int]: HashIndex] = [:]
    /// The pairs of a complete binary relation by either end, unsorted and sorted.
    var adjacencies: [Adjacency?] = [nil, nil, nil, nil]
    /// The highest word of each column, and for how many rows it is known.
    var highest: [UInt64] = []
    var highestCount = 0
    var statistics: RelationStatistics?

    var byteCount: Int {
      hashed.values.reduce(0) { $0 + $1.byteCount }
        + adjacencies.reduce(0) { $0 + ($1?.byteCount ?? 0) }
    }
  }

  /// The index over some columns, with all visible rows.
  func index(on columns: [Int]) -> HashIndex {
    let index: HashIndex
    if let known = indexes.hashed[columns] {
      index = known
    } else {
      let isExact = columns.count == 1 && types[columns[0]].wordKind == .code
      index = HashIndex(columns: columns, isExact: isExact)
      indexes.hashed[columns] = index
    }
    index.catchUp(columns.map { view($0) }, rowCount: visible)
    return index
  }

  /// Statistics of the rows, at most half or twice as many as there are now.
  var statistics: RelationStatistics {
    if let known = indexes.statistics, known.rowCount <= rowCount, rowCount <= 2 * known.rowCount {
      return known
    }
    let made = RelationStatistics(self)
    indexes.statistics = made
    return made
  }

  private func adjacency(known column: Int) -> Adjacency? {
    guard let made = indexes.adjacencies[column + 2] ?? indexes.adjacencies[column],
      made.neighbours.count == rowCount
    else { return nil }
    return made
  }

  /// The highest word of a column; a negative number is a very large word. O(new rows).
  func highestWord(_ column: Int) -> UInt64 {
    if indexes.highestCount != rowCount || indexes.highest.isEmpty {
      let isKnown = !indexes.highest.isEmpty && indexes.highestCount < rowCount
      let start = isKnown ? indexes.highestCount : 0
      if !isKnown { indexes.highest = Array(repeating: 0, count: arity) }
      for column in 0..<arity {
        indexes.highest[column] = max(
          indexes.highest[column], view(column).highestWord(from: start, to: rowCount))
      }
      indexes.highestCount = rowCount
    }
    return indexes.highest[column]
  }

  /// Whether the rows of a complete binary relation can be grouped by a column: its words number the
  /// groups, so they must be small.
  func canGroup(by column: Int) -> Bool {
    guard arity == 2, rowCount > 0, !hasDeadRows, view(0).isWhole, view(1).isWhole else {
      return false
    }
    let limit = UInt64(max(1 << 14, 4 * rowCount))
    return highestWord(column) < limit && highestWord(1 - column) < UInt64(UInt32.max)
  }

  /// The pairs of a complete binary relation by one column's values; `canGroup` must hold. With
  /// `sorted` the values of each group ascend. O(rows), once.
  func adjacency(by column: Int, sorted: Bool) -> Adjacency {
    let farDomain = highestWord(1 - column)
    // Sorting goes through lists by the other column, whose words may be too thinly spread for that.
    let sorted = sorted && farDomain < UInt64(max(1 << 14, 8 * rowCount))
    if let known = adjacency(known: column), known.isSorted || !sorted { return known }
    let (near, far) = (view(column), view(1 - column))
    let domain = Int(highestWord(column)) + 1
    let made =
      sorted
      ? Adjacency(
        near: near, far: far, count: rowCount, domain: domain, sortedBelow: Int(farDomain) + 1)
      : Adjacency(near: near, far: far, count: rowCount, domain: domain)
    indexes.adjacencies[column + (made.isSorted ? 2 : 0)] = made
    if made.isSorted { indexes.adjacencies[column] = nil }
    return made
  }
}
