@_spi(Columns) import GraphCore

extension Relation {
  /// The ways in which rows are found by values; each is built when it is first asked for.
  struct Indexes {
    var hashed: [[Int]: HashIndex] = [:]
    /// The pairs of a complete binary relation by either end, unsorted and sorted.
    var adjacencies: [Adjacency?] = [nil, nil, nil, nil]
    /// The rows of a complete relation by the values of a column.
    var groups: [Int: Adjacency] = [:]
    /// How many rows were grouped by each column when they were last.
    var groupedCounts: [Int: Int] = [:]
    /// The rows, or the first of them where others have come since, in the order of a column.
    var ordered: [OrderedKey: OrderedRows] = [:]
    /// The highest word of each column, and for how many rows it is known.
    var highest: [UInt64] = []
    var highestCount = 0
    var statistics: RelationStatistics?
    /// How many rows were gone through in place of building an index.
    var scannedCount = 0
    /// How many keys were looked up where the rows lie in a file.
    var storedLookups = 0
  }

  /// The bytes that the indexes take.
  var indexByteCount: Int {
    var result = 0
    if !indexes.hashed.isEmpty { for made in indexes.hashed.values { result += made.byteCount } }
    for made in indexes.adjacencies { result += made?.byteCount ?? 0 }
    if !indexes.groups.isEmpty { for made in indexes.groups.values { result += made.byteCount } }
    if !indexes.ordered.isEmpty { for made in indexes.ordered.values { result += made.byteCount } }
    return result
  }

  struct OrderedKey: Hashable {
    var column: Int
    var group: Int?
    /// Further columns by which the rows of a group are in order, before `column`.
    var others: [Int] = []
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

  /// Whether there is an index over some columns with all visible rows.
  func hasIndex(on columns: [Int]) -> Bool { indexes.hashed[columns]?.rowCount == visible }

  /// How many rows a look-up by some columns would first have to put into an index.
  func unindexedCount(_ columns: [Int]) -> Int {
    if arity == 2 && adjacency(known: columns[0]) != nil { return 0 }
    if compactRows(having: columns) != nil { return 0 }
    if allowsStored(keys: 1) { return 0 }
    if columns.count == arity && isPacked { return 0 }
    if columns.contains(where: { knownGroups(by: $0) != nil }) { return 0 }
    return visible - (indexes.hashed[columns]?.rowCount ?? 0)
  }

  /// What one row costs there, compared with going past it: groups are only counted and copied, a table
  /// is written to at random.
  func indexingCost(_ columns: [Int]) -> Double { groupingColumn(columns) == nil ? 8 : 3 }

  /// A row costs about so many times as much to put into an index as to look at.
  private static let scansPerIndexing = 16

  /// Whether to look for a few keys by going through some rows. It is worth an index once the rows gone
  /// through have cost as much as one: then at most twice as much was spent as by who knew (the "ski rental"
  /// of Karlin, Manasse, Rudolph, Sleator, "Competitive snoopy caching", 1988).
  func prefersScan(for columns: [Int], keys: Int, rows: Int) -> Bool {
    prefersScan(missing: missingCount(columns), cost: keys * rows)
  }

  /// How many visible rows no index over some columns leads to.
  private func missingCount(_ columns: [Int]) -> Int {
    let isGrouped =
      (arity == 2 && columns.count == 1 && adjacency(known: columns[0]) != nil)
      || columns.contains { knownGroups(by: $0) != nil }
    return isGrouped ? 0 : visible - (indexes.hashed[columns]?.rowCount ?? 0)
  }

  /// The same for keys that are whole rows.
  func prefersScan(ofMembers columns: [Int], keys: Int) -> Bool {
    prefersScan(missing: missingCount(ofMembers: columns), cost: keys * rowCount)
  }

  private func missingCount(ofMembers columns: [Int]) -> Int {
    let isGrouped = arity == 2 && adjacency(known: 0)?.isSorted ?? false
    return isGrouped
      ? 0 : rowCount - max(membership.covered, indexes.hashed[columns]?.rowCount ?? 0)
  }

  /// The same for the neighbours of keys, which are otherwise found by adjacency.
  func prefersScan(ofNeighbours column: Int, keys: Int) -> Bool {
    prefersScan(missing: adjacency(known: column) == nil ? rowCount : 0, cost: keys * rowCount)
  }

  /// Whether one key's rows would be found so, asked without consequence.
  func wouldScan(for columns: [Int], rows: Int) -> Bool {
    allowsScan(missing: missingCount(columns), cost: rows)
  }

  /// The same for keys that are whole rows.
  func wouldScan(ofMembers columns: [Int]) -> Bool {
    allowsScan(missing: missingCount(ofMembers: columns), cost: rowCount)
  }

  /// The same for the neighbours of a key.
  func wouldScan(ofNeighbours column: Int) -> Bool {
    allowsScan(missing: adjacency(known: column) == nil ? rowCount : 0, cost: rowCount)
  }

  /// The rows as they lie in a file, where a few keys are best looked up there: a key costs as much as to unpack and to
  /// index so many rows. What was spent so is at most what an index costs, as with scans.
  func storedRows(having columns: [Int], keys: Int) -> StoredPairs? {
    guard allowsStored(keys: keys), adjacency(known: columns[0]) == nil,
      indexes.hashed[columns] == nil, columns.count == 1 || !isPacked
    else { return nil }
    indexes.storedLookups += keys
    return stored
  }

  private func allowsStored(keys: Int) -> Bool {
    stored != nil && (indexes.storedLookups + keys) * Self.rowsPerStoredLookup <= rowCount
  }

  private static let rowsPerStoredLookup = 128

  private func prefersScan(missing: Int, cost: Int) -> Bool {
    guard allowsScan(missing: missing, cost: cost) else { return false }
    indexes.scannedCount += cost
    return true
  }

  private func allowsScan(missing: Int, cost: Int) -> Bool {
    // What was spent on keys in the file was spent in place of scans.
    indexes.storedLookups == 0 && missing > 0
      && indexes.scannedCount + cost <= Self.scansPerIndexing * missing
  }

  /// The numbers of the rows of a range that hold some words in some columns, looked for by several workers where there are
  /// many. O(rows).
  func rows(
    _ range: Range<Int>, having keys: [UInt64], in columns: [Int], _ workers: Workers? = nil
  ) -> Column<UInt32> {
    let first = mostTelling(columns)
    var wanted = zip(columns, keys).map { (view: view($0), key: $1) }
    wanted.swapAt(0, first)
    guard let workers, workers.count > 1, workers.isFree, range.count >= Self.leastSharedScan
    else { return Self.rows(range, having: wanted) }
    let size = (range.count + workers.count - 1) / workers.count
    let parts = workers.make { worker in
      let start = min(range.lowerBound + worker * size, range.upperBound)
      return Self.rows(start..<min(start + size, range.upperBound), having: wanted)
    }
    let found = Column<UInt32>(unspecified: parts.reduce(0) { $0 + $1.count })
    var count = 0
    for part in parts {
      let (words, output) = (part.words, found.words.slice(count, part.count))
      for i in 0..<words.count { output[i] = words[i] }
      count += part.count
    }
    keepAlive(parts)
    return found
  }

  /// Fewer rows are gone through before another thread has begun.
  private static let leastSharedScan = 1 << 16

  private static func rows(
    _ range: Range<Int>, having wanted: [(view: ColumnView, key: UInt64)]
  ) -> Column<UInt32> {
    let found = Column<UInt32>()
    var row = range.lowerBound
    while row < range.upperBound {
      let known = found.count
      found.grow(by: Batch.capacity)
      let room = found.words.slice(known, Batch.capacity)
      var count = wanted[0].view.select(wanted[0].key, from: &row, to: range.upperBound, into: room)
      for (view, key) in wanted.dropFirst() { count = view.keep(room, count, having: key) }
      found.truncate(to: known + count)
    }
    return found
  }

  /// The same by the rows that an index over the columns leads to, from the newest one plus one on. O(rows that have the
  /// key or are newer than the range).
  func rows(
    _ range: Range<Int>, from newest: Int, of index: HashIndex, having keys: [UInt64]
  ) -> Column<UInt32> {
    let found = Column<UInt32>()
    let chain = index.chain
    var link = newest
    while link > range.upperBound { link = Int(chain[link &- 1]) }
    while link > range.lowerBound {
      found.append(UInt32(truncatingIfNeeded: link &- 1))
      link = Int(chain[link &- 1])
    }
    if index.isExact { return found }
    var count = found.count
    for (column, key) in zip(index.columns, keys) {
      count = view(column).keep(found.words, count, having: key)
    }
    found.truncate(to: count)
    return found
  }

  /// The place, among some columns, of the one with the most different values.
  func mostTelling(_ columns: [Int]) -> Int {
    if columns.count == 1 { return 0 }
    return columns.indices.max { distinctCount(columns[$0]) < distinctCount(columns[$1]) } ?? 0
  }

  /// How many different values a column has, estimated from at least half of the rows and at most as many.
  func distinctCount(_ column: Int) -> Double {
    if let stored { return Double(stored.nodeCount(Self.direction(from: column))) }
    return statistics.distinctCount(column, of: self)
  }

  /// The direction in which stored pairs lead away from a column.
  static func direction(from column: Int) -> EdgeDirection { column == 0 ? .outgoing : .incoming }

  /// Estimated different combinations of the values of some columns; at least one.
  func distinctCount(_ columns: [Int]) -> Double {
    if stored != nil { return columns.count == 1 ? distinctCount(columns[0]) : Double(rowCount) }
    return statistics.distinctCount(columns, of: self)
  }

  /// The share of the rows that have a word in a column, estimated from as many.
  func share(of word: UInt64, in column: Int) -> Double {
    if let stored, isPackedInFile {
      let degree = stored.degree(
        of: UInt32(truncatingIfNeeded: word), Self.direction(from: column))
      // A value that no row has is rare, as far as an order goes.
      return max(Double(degree), 0.5) / Double(max(rowCount, 1))
    }
    return statistics.share(of: word, in: column, of: self)
  }

  private var statistics: RelationStatistics {
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

  // MARK: Groups

  private func knownGroups(by column: Int) -> Adjacency? {
    guard let known = indexes.groups[column], known.neighbours.count == rowCount else { return nil }
    return known
  }

  /// The column, among some, by which a complete relation's rows are best grouped: one whose words are
  /// small, and which leaves few rows to compare in the others. Nothing where a hash index does better.
  private func groupingColumn(_ columns: [Int]) -> Int? {
    guard rowCount > 0, stable == rowCount else { return nil }
    let column = columns[mostTelling(columns)]
    if columns.count > 1, Double(rowCount) > 4 * distinctCount(column) { return nil }
    let limit = UInt64(max(1 << 14, 4 * rowCount))
    // A look at a column would make one of rows in compact form.
    let isWhole = compactRows != nil || stored != nil || view(column).isWhole
    return isWhole && highestWord(column) < limit ? column : nil
  }

  /// Whether a complete relation can be gone through by groups of a column's values.
  func canGroupRows(by column: Int) -> Bool {
    if arity == 2 { return canGroup(by: column) }
    return rowCount > 0 && stable == rowCount && !hasDeadRows && numbersGroups(column)
  }

  /// The numbers of the rows by the values of a column; `canGroupRows` must hold. O(rows), once.
  func rowGroups(by column: Int) -> Adjacency {
    if let known = knownGroups(by: column) { return known }
    let made = Adjacency(
      near: view(column), far: .rowNumbers, count: rowCount, domain: Int(highestWord(column)) + 1,
      workers: workers)
    indexes.groups[column] = made
    indexes.groupedCounts[column] = rowCount
    return made
  }

  /// The numbers of a complete relation's rows by the values of one of some columns; nothing where
  /// rows cannot be grouped, or there is a hash index already. O(rows), once.
  ///
  /// A relation of a recursion may be complete for a round, again and again. Groups are made anew once it has doubled;
  /// until then a hash index takes the rows that have come.
  func groups(by columns: [Int]) -> (rows: Adjacency, column: Int)? {
    if let hashed = indexes.hashed[columns], rowCount < 2 * hashed.rowCount { return nil }
    guard let column = groupingColumn(columns) else { return nil }
    if let grouped = indexes.groupedCounts[column], grouped < rowCount, rowCount < 2 * grouped {
      indexes.groups[column] = nil
      return nil
    }
    return (rowGroups(by: column), column)
  }

  // MARK: Order

  /// Groups with fewer rows are gone through in any order.
  private static let leastOrderedGroup = 32
  /// Of the rows of a group that agree in the key's other columns too, so many make their order worth more than these
  /// columns: about what two bounds leave.
  private static let leastShareOfGroup = 0.3
  /// What is summed up by its places need not be gone through at all, which pays sooner.
  private static let leastSummarizedGroup = 8

  /// By what a relation's rows are to be ordered, so that those between two numbers are found beside some key; nothing where the key alone leaves so few that looking at each is as good.
  private func orderedKey(_ column: Int, _ keyColumns: [Int]) -> (key: OrderedKey, groupSize: Int)?
  {
    guard rowCount > Self.leastOrderedGroup else { return nil }
    if keyColumns.isEmpty { return (OrderedKey(column: column, group: nil), rowCount) }
    let group = keyColumns[mostTelling(keyColumns)]
    let size = Double(rowCount) / max(distinctCount(group), 1)
    guard size >= Double(Self.leastOrderedGroup), numbersGroups(group) else { return nil }
    if keyColumns.count > 1 {
      // What the whole key leaves is looked at row by row, which is less than a good part of one column's group.
      let rest = Double(rowCount) / max(distinctCount(keyColumns), 1)
      guard rest >= Self.leastShareOfGroup * size else { return nil }
    }
    return (OrderedKey(column: column, group: group), Int(size))
  }

  /// By what a complete relation's rows are to be ordered, so that those with some key are together; nothing where
  /// too few are.
  private func summaryKey(_ column: Int, _ keyColumns: [Int]) -> OrderedKey? {
    guard stable == rowCount, rowCount > Self.leastSummarizedGroup else { return nil }
    if keyColumns.isEmpty { return OrderedKey(column: column, group: nil) }
    let keys = keyColumns.count == 1 ? distinctCount(keyColumns[0]) : distinctCount(keyColumns)
    guard Double(rowCount) >= Double(Self.leastSummarizedGroup) * keys,
      let group = keyColumns.filter(numbersGroups).max(by: {
        distinctCount($0) < distinctCount($1)
      })
    else { return nil }
    return OrderedKey(column: column, group: group, others: keyColumns.filter { $0 != group })
  }

  /// Whether the words of a column are small enough to be the numbers of groups.
  private func numbersGroups(_ column: Int) -> Bool {
    let limit = UInt64(max(1 << 14, 4 * rowCount))
    return (stored != nil || view(column).isWhole) && highestWord(column) < limit
  }

  /// Whether `orderedForSummaries` would do.
  func canSummarize(by column: Int, _ keyColumns: [Int]) -> Bool {
    summaryKey(column, keyColumns) != nil
  }

  /// The rows in the order of a column, whatever that costs, together by the columns of a key: by the first of those
  /// that come with them as groups, by the rest within. They are wanted for the places between bounds.
  func orderedForSummaries(by column: Int, _ keyColumns: [Int]) -> (
    rows: OrderedRows, columns: [Int]
  )? {
    summaryKey(column, keyColumns).map { key in
      (orderedRows(key, rowCount), [key.group].compactMap(\.self) + key.others)
    }
  }

  /// The rows below one in the order of a column, and the column of a key that they are grouped by, where that pays for
  /// so many keys. It may be the first of them only, or more rows than these.
  ///
  /// A relation of a recursion is not ordered anew for every few rows that come. Those which the order does not have
  /// are gone through one by one until that has cost as much as to put all in order.
  func ordered(by column: Int, _ keyColumns: [Int], keys: Int, below count: Int) -> (
    rows: OrderedRows, group: Int?
  )? {
    guard let (key, groupSize) = orderedKey(column, keyColumns) else { return nil }
    let known = indexes.ordered[key]
    let missing = max(0, count - (known?.rowCount ?? 0))
    let cost = Double(keys * groupSize) * Double(missing) / Double(rowCount)
    if missing == 0 || prefersScan(missing: count, cost: Int(cost)) {
      return known.map { ($0, key.group) }
    }
    if stable < rowCount || known != nil { indexes.scannedCount = 0 }
    return (orderedRows(key, count), key.group)
  }

  /// Orders the rows below one whatever it costs; false where that is no use.
  func makeOrdered(by column: Int, _ keyColumns: [Int], below count: Int) -> Bool {
    guard let (key, _) = orderedKey(column, keyColumns) else { return false }
    _ = orderedRows(key, count)
    return true
  }

  private func orderedRows(_ key: OrderedKey, _ count: Int) -> OrderedRows {
    if let known = indexes.ordered[key], known.rowCount >= count { return known }
    let (column, type) = (view(key.column), types[key.column])
    let made =
      if let group = key.group {
        OrderedRows(
          column: column, type: type, groups: view(group), domain: Int(highestWord(group)) + 1,
          others: key.others.map { view($0) }, count: count)
      } else {
        OrderedRows(column: column, type: type, count: count)
      }
    indexes.ordered[key] = made
    return made
  }

  /// The highest word of a column; a negative number is a very large word. O(new rows).
  func highestWord(_ column: Int) -> UInt64 {
    if let compactRows { return compactRows.highestWord }
    if let stored { return UInt64(stored.highestNode(Self.direction(from: column))) }
    if indexes.highestCount != rowCount || indexes.highest.isEmpty {
      let isKnown = !indexes.highest.isEmpty && indexes.highestCount < rowCount
      let start = isKnown ? indexes.highestCount : 0
      if !isKnown { indexes.highest = Array(repeating: 0, count: arity) }
      for column in 0..<arity {
        indexes.highest[column] = max(indexes.highest[column], highestWord(of: column, from: start))
      }
      indexes.highestCount = rowCount
    }
    return indexes.highest[column]
  }

  /// So many rows are gone through by all workers.
  private static let leastShared = 1 << 17

  private func highestWord(of column: Int, from start: Int) -> UInt64 {
    let (view, count) = (view(column), rowCount - start)
    guard let workers, count >= Self.leastShared, workers.isFree else {
      return view.highestWord(from: start, to: rowCount)
    }
    let found = workers.make { _ in Column<UInt64>(repeating: 0, count: 1) }
    workers.forEachChunk(of: count, size: 1 << 15) { worker, rows in
      let highest = found[worker].words
      highest[0] = max(
        highest[0],
        view.highestWord(from: start + rows.lowerBound, to: start + rows.upperBound))
    }
    return found.reduce(0) { max($0, $1[0]) }
  }

  /// Whether the rows of a complete binary relation can be grouped by a column: its words number the
  /// groups, so they must be small.
  func canGroup(by column: Int) -> Bool {
    if let compactRows, compactRows.ranks != nil { return false }
    if compactRows(by: column) != nil { return rowCount > 0 }
    guard arity == 2, rowCount > 0, !hasDeadRows,
      stored != nil || (view(0).isWhole && view(1).isWhole)
    else { return false }
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
        near: near, far: far, count: rowCount, domain: domain, sortedBelow: Int(farDomain) + 1,
        workers: workers)
      : Adjacency(near: near, far: far, count: rowCount, domain: domain, workers: workers)
    indexes.adjacencies[column + (made.isSorted ? 2 : 0)] = made
    if made.isSorted { indexes.adjacencies[column] = nil }
    return made
  }
}
