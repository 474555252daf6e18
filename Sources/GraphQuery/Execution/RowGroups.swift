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
  /// Where texts are compared, the first bytes of each group's best one.
  private var bestTexts: BestTexts?
  /// The sums of doubles, and of what a mean is taken of, as long as all terms have room in them.
  private var sums: FixedSums?
  /// Those terms otherwise, kept with their groups until the end.
  private let termGroups = Column<UInt32>()
  private let terms = Column<UInt64>()
  private let doubles = Column<UInt64>(repeating: 0, count: Batch.capacity)

  init(
    function: AggregateFunction, groupTypes: [ColumnType], inputType: ColumnType, terms: TermSpace
  ) {
    self.function = function
    self.inputType = inputType
    order = WordOrder(inputType, terms)
    groups = Relation(name: "groups", types: groupTypes, terms: terms)
    if sumsDoubles { sums = FixedSums() }
    if inputType == .symbol, function == .min || function == .max, terms.isShareable {
      bestTexts = BestTexts(terms, isLeast: function == .min)
    }
  }

  private var sumsDoubles: Bool {
    function == .mean || function == .sum && inputType == .float
  }

  var byteCount: Int {
    groups.byteCount + counts.byteCount + values.byteCount + (sums?.byteCount ?? 0)
      + termGroups.byteCount + terms.byteCount + (bestTexts?.byteCount ?? 0)
  }

  /// Takes rows of (group columns, value).
  func add(_ columns: [Words<UInt64>], count: Int) {
    guard let inputs = columns.last else { return }
    place(Array(columns.dropLast()), count)
    let (groupRows, values) = (rows.words, values.words)
    switch function {
    case .count:
      for i in 0..<count { values[Int(groupRows[i])] &+= 1 }
    case .sum where inputType != .float:
      for i in 0..<count { values[Int(groupRows[i])] &+= inputs[i] }
    case .sum, .mean:
      let (counts, doubles) = (counts.words, doubles.words)
      for i in 0..<count {
        counts[Int(groupRows[i])] &+= 1
        doubles[i] = double(inputs[i]).bitPattern
      }
      addTerms(doubles, groupRows, count)
    case .min, .max: improve(inputs, count)
    }
  }

  private func addTerms(_ terms: Words<UInt64>, _ groups: Words<UInt32>, _ count: Int) {
    if let sums, sums.add(terms, to: groups, count: count) { return }
    giveUpSums()
    for i in 0..<count {
      termGroups.append(groups[i])
      self.terms.append(terms[i])
    }
  }

  /// Goes over to keeping the terms.
  private func giveUpSums() {
    guard let sums else { return }
    for group in 0..<groups.rowCount {
      for part in sums.parts(of: group) {
        termGroups.append(UInt32(group))
        terms.append(part.bitPattern)
      }
    }
    self.sums = nil
  }

  /// Takes results of groups: counts, sums of whole numbers, least or greatest values.
  func addResults(_ columns: [Words<UInt64>], count: Int) {
    guard function == .count else { return add(columns, count: count) }
    guard let results = columns.last else { return }
    place(Array(columns.dropLast()), count)
    let (groupRows, values) = (rows.words, values.words)
    for i in 0..<count { values[Int(groupRows[i])] &+= results[i] }
  }

  /// Takes all that others have come to, as if each of their rows had been added here. O(groups, or terms that are kept).
  func absorb(_ other: RowGroups) {
    guard sumsDoubles else { return other.finish { addResults($0, count: $1) } }
    let numbers = Column<UInt32>()
    defer { keepAlive(numbers) }
    other.forEachBatch { keys, first, count in
      place(keys, count)
      let counts = counts.words
      for i in 0..<count {
        numbers.append(rows.words[i])
        counts[Int(rows.words[i])] &+= other.counts.words[first + i]
      }
    }
    if let sums, let others = other.sums, sums.add(others, to: numbers.words) { return }
    giveUpSums()
    other.giveUpSums()
    for i in 0..<other.terms.count {
      termGroups.append(numbers.words[Int(other.termGroups.words[i])])
      terms.append(other.terms.words[i])
    }
  }

  /// Finds the groups of a batch of keys.
  private func place(_ keys: [Words<UInt64>], _ count: Int) {
    groups.findOrInsert(keys, count: count, rows: rows.words)
    makeRoom()
  }

  private func makeRoom() {
    while counts.count < groups.rowCount {
      counts.append(0)
      values.append(0)
    }
    sums?.grow(to: groups.rowCount)
  }

  private func improve(_ inputs: Words<UInt64>, _ count: Int) {
    let (groupRows, counts, values) = (rows.words, counts.words, values.words)
    if let bestTexts {
      bestTexts.improve(values, counts, with: inputs.slice(0, count), of: groupRows)
      return
    }
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
    if sumsDoubles { settleSums() }
    forEachBatch { keys, first, count in body(keys + [values.words.slice(first, count)], count) }
  }

  /// Hands over the groups with the number of the first one of each batch.
  private func forEachBatch(_ body: (_ keys: [Words<UInt64>], _ first: Int, _ count: Int) -> Void) {
    if groups.arity == 0 {
      if groups.rowCount > 0 { body([], 0, 1) }
      return
    }
    for first in stride(from: 0, to: groups.rowCount, by: Batch.capacity) {
      let count = min(Batch.capacity, groups.rowCount - first)
      let keys = groups.load(from: first, count: count)
      body((0..<groups.arity).map { keys[$0] }, first, count)
    }
  }

  /// Gives each group the double nearest to its sum, which does not depend on the order of the rows. O(groups, or terms that
  /// are kept).
  private func settleSums() {
    if let sums {
      for group in 0..<groups.rowCount { settle(group, sums.value(of: group)) }
      return
    }
    let ends = Column<Int>(repeating: 0, count: groups.rowCount + 1)
    let sorted = Column<UInt64>(unspecified: terms.count)
    defer { keepAlive(ends, sorted) }
    let (next, inGroups) = (ends.words, sorted.words)
    let (termGroups, terms) = (termGroups.words, terms.words)
    for i in 0..<termGroups.count { next[Int(termGroups[i]) &+ 1] &+= 1 }
    for group in 1..<next.count { next[group] &+= next[group &- 1] }
    for i in 0..<termGroups.count {
      let group = Int(termGroups[i])
      inGroups[next[group]] = terms[i]
      next[group] &+= 1
    }
    var start = 0
    for group in 0..<groups.rowCount {
      var sum = ExactSum()
      for place in start..<next[group] { sum.add(Double(bitPattern: inGroups[place])) }
      start = next[group]
      settle(group, sum.value)
    }
  }

  private func settle(_ group: Int, _ sum: Double) {
    let count = Double(counts.words[group])
    // A group that is only asked for has no rows.
    if count > 0 { values.words[group] = canonicalWord(function == .mean ? sum / count : sum) }
  }
}
