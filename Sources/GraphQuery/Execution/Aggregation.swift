@_spi(Columns) import GraphCore

/// Groups the rows of a rule and computes one aggregate per group.
///
/// The rows arrive as (group columns, value); every row counts, because a rule's body yields each
/// binding of its variables once. Sums of doubles do not depend on the order of the rows: the values
/// of a group are sorted before they are added.
final class AggregateSink: RowSink {
  private let function: AggregateFunction
  private let inputType: ColumnType
  private let order: WordOrder
  private let groups: Relation
  private let rows = Column<UInt32>(repeating: 0, count: Batch.capacity)
  private let counts = Column<UInt64>()
  private let values = Column<UInt64>()
  /// The terms of sums and means of doubles, kept with their groups until the end.
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

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    let groupRows = rows.words
    groups.findOrInsert(Array(columns.dropLast()), count: count, rows: groupRows)
    while counts.count < groups.rowCount {
      counts.append(0)
      values.append(0)
    }
    guard let inputs = columns.last else { return }
    let counts = counts.words
    let values = values.words
    switch function {
    case .count:
      for i in 0..<count { values[Int(groupRows[i])] &+= 1 }
    case .sum where inputType != .float:
      for i in 0..<count { values[Int(groupRows[i])] &+= inputs[i] }
    case .sum, .mean:
      for i in 0..<count {
        termGroups.append(groupRows[i])
        termValues.append(double(inputs[i]).bitPattern)
      }
    case .min, .max:
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
  }

  /// Makes a group of each row of the last round, so that those without rows have their zero.
  func addGroups(of demand: Relation) {
    for row in demand.stable..<demand.visible where !demand.isDead(row) {
      groups.insert((0..<demand.arity).map { demand.word(row: row, column: $0) })
    }
    while counts.count < groups.rowCount {
      counts.append(0)
      values.append(0)
    }
  }

  private func double(_ word: UInt64) -> Double {
    switch inputType {
    case .float: Double(bitPattern: word)
    case .number: Double(Int64(bitPattern: word))
    case .unsigned, .symbol, .boolean, .record: Double(word)
    }
  }

  /// Writes (group, result) rows to the aggregate's relation.
  func finish(into result: Relation) {
    if function == .mean || (function == .sum && inputType == .float) { sumTerms() }
    if groups.arity == 0 {
      if groups.rowCount > 0 { result.insert([values[0]]) }
      return
    }
    // Groups differ from each other.
    let isFirst = result.rowCount == 0 && result.lattice == nil
    for group in stride(from: 0, to: groups.rowCount, by: Batch.capacity) {
      let count = min(Batch.capacity, groups.rowCount - group)
      let keys = groups.load(from: group, count: count)
      var columns = (0..<groups.arity).map { keys[$0] }
      columns.append(values.words.slice(group, count))
      if isFirst {
        result.insertDistinct(columns, count: count)
      } else {
        result.insert(columns, count: count)
      }
    }
  }

  private func sumTerms() {
    var terms = (0..<termGroups.count).map {
      (group: termGroups[$0], value: Double(bitPattern: termValues[$0]))
    }
    terms.sort { $0.group != $1.group ? $0.group < $1.group : $0.value < $1.value }
    var index = 0
    while index < terms.count {
      let group = terms[index].group
      let start = index
      while index < terms.count, terms[index].group == group { index += 1 }
      let total = CompensatedSum.of(terms[start..<index].lazy.map(\.value))
      let count = index - start
      values[Int(group)] = canonicalWord(
        function == .mean ? total / Double(count) : total)
    }
  }
}
