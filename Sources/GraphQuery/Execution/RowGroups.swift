@_spi(Columns) import GraphCore

/// The groups of an aggregate as rows of a relation: for columns of any width, and values of any type.
final class RowGroups {
  private let function: AggregateFunction
  private let inputType: ColumnType
  private let order: WordOrder
  private let groups: Relation
  private let rows = Column<UInt32>(repeating: 0, count: Batch.capacity)
  private let counts = Column<UInt64>()
  private let values = Column<UInt64>()
  /// The terms of sums and means of doubles as keys of their order, kept with their groups until the end.
  private let termGroups = Column<UInt32>()
  private let termValues = Column<UInt64>()

  init(
    function: AggregateFunction, groupTypes: [ColumnType], inputType: ColumnType, terms: TermSpace
  ) {
    self.function = function
    self.inputType = inputType
    order = WordOrder(inputType, terms)
    groups = Relation(name: "groups", types: groupTypes, terms: terms)
  }

  var byteCount: Int {
    groups.byteCount + counts.byteCount + values.byteCount + termGroups.byteCount
      + termValues.byteCount
  }

  /// Takes rows of (group columns, value).
  func add(_ columns: [Words<UInt64>], count: Int) {
    place(columns, count)
    guard let inputs = columns.last else { return }
    let (groupRows, values) = (rows.words, values.words)
    switch function {
    case .count:
      for i in 0..<count { values[Int(groupRows[i])] &+= 1 }
    case .sum where inputType != .float:
      for i in 0..<count { values[Int(groupRows[i])] &+= inputs[i] }
    case .sum, .mean:
      let known = termValues.count
      termGroups.grow(by: count)
      termValues.grow(by: count)
      let (groups, terms) = (
        termGroups.words.slice(known, count), termValues.words.slice(known, count)
      )
      for i in 0..<count {
        groups[i] = groupRows[i]
        terms[i] = ColumnType.float.orderKey(double(inputs[i]).bitPattern)
      }
    case .min, .max: improve(inputs, count)
    }
  }

  /// Takes results of groups: counts, sums of whole numbers, least or greatest values.
  func addResults(_ columns: [Words<UInt64>], count: Int) {
    guard function == .count else { return add(columns, count: count) }
    place(columns, count)
    guard let results = columns.last else { return }
    let (groupRows, values) = (rows.words, values.words)
    for i in 0..<count { values[Int(groupRows[i])] &+= results[i] }
  }

  private func place(_ columns: [Words<UInt64>], _ count: Int) {
    groups.findOrInsert(Array(columns.dropLast()), count: count, rows: rows.words)
    makeRoom()
  }

  private func makeRoom() {
    while counts.count < groups.rowCount {
      counts.append(0)
      values.append(0)
    }
  }

  private func improve(_ inputs: Words<UInt64>, _ count: Int) {
    let (groupRows, counts, values) = (rows.words, counts.words, values.words)
    for i in 0..<count {
      let group = Int(groupRows[i])
      let isBetter =
        counts[group] == 0
        || (function == .min
          ? order.precedes(inputs[i], values[group]) : order.precedes(values[group], inputs[i]))
      if isBetter { values[group] = inputs[i] }
      counts[group] = 1
    }
  }

  /// Makes a group of each row of the last round, so that those without rows have their zero.
  func addGroups(of demand: Relation) {
    for row in demand.stable..<demand.visible where !demand.isDead(row) {
      groups.insert((0..<demand.arity).map { demand.word(row: row, column: $0) })
    }
    makeRoom()
  }

  private func double(_ word: UInt64) -> Double {
    switch inputType {
    case .float: Double(bitPattern: word)
    case .number: Double(Int64(bitPattern: word))
    case .unsigned, .symbol, .boolean, .record: Double(word)
    }
  }

  /// Hands over (group, result) rows.
  func finish(_ body: ([Words<UInt64>], _ count: Int) -> Void) {
    if function == .mean || (function == .sum && inputType == .float) { sumTerms() }
    if groups.arity == 0 {
      if groups.rowCount > 0 { body([values.words.slice(0, 1)], 1) }
      return
    }
    for group in stride(from: 0, to: groups.rowCount, by: Batch.capacity) {
      let count = min(Batch.capacity, groups.rowCount - group)
      let keys = groups.load(from: group, count: count)
      var columns = (0..<groups.arity).map { keys[$0] }
      columns.append(values.words.slice(group, count))
      body(columns, count)
    }
  }

  /// Sums each group's terms up in ascending order, so that the sum does not depend on the order of the rows.
  /// O(terms × digits that differ).
  private func sumTerms() {
    let ends = Column<Int>(repeating: 0, count: groups.rowCount + 1)
    let sorted = Column<UInt64>(unspecified: termValues.count)
    let room = RadixSort.Room()
    defer { keepAlive(ends, sorted, room) }
    let (next, keys) = (ends.words, sorted.words)
    let (termGroups, termValues) = (termGroups.words, termValues.words)
    for i in 0..<termGroups.count { next[Int(termGroups[i]) &+ 1] &+= 1 }
    for group in 1..<next.count { next[group] &+= next[group &- 1] }
    for i in 0..<termGroups.count {
      let group = Int(termGroups[i])
      keys[next[group]] = termValues[i]
      next[group] &+= 1
    }
    var start = 0
    for group in 0..<groups.rowCount where next[group] > start {
      let terms = keys.slice(start, next[group] &- start)
      start = next[group]
      RadixSort.sort(terms, in: room)
      let total = CompensatedSum.of(
        (0..<terms.count).lazy.map {
          Double(bitPattern: ColumnType.float.word(ofOrderKey: terms[$0]))
        })
      values[group] = canonicalWord(function == .mean ? total / Double(terms.count) : total)
    }
  }
}
