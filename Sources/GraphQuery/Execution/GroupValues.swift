@_spi(Columns) import GraphCore

/// What an aggregate has come to in each of some groups, which have numbers.
final class GroupValues {
  let function: AggregateFunction
  private let inputType: ColumnType
  private let order: WordOrder
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

  init(_ function: AggregateFunction, of inputType: ColumnType, _ terms: TermSpace) {
    self.function = function
    self.inputType = inputType
    order = WordOrder(inputType, terms)
    if sumsDoubles { sums = FixedSums() }
    if inputType == .symbol, function == .min || function == .max, terms.isShareable {
      bestTexts = BestTexts(terms, isLeast: function == .min)
    }
  }

  private var sumsDoubles: Bool {
    function == .mean || function == .sum && inputType == .float
  }

  var byteCount: Int {
    counts.byteCount + values.byteCount + (sums?.byteCount ?? 0) + termGroups.byteCount
      + terms.byteCount + (bestTexts?.byteCount ?? 0)
  }

  /// The results, once `settle` has been called.
  var results: Words<UInt64> { values.words }

  /// Makes room for so many groups.
  func grow(to count: Int) {
    while counts.count < count {
      counts.append(0)
      values.append(0)
    }
    sums?.grow(to: count)
  }

  /// Takes the values of a batch, each with its group.
  func add(_ inputs: Words<UInt64>, to groups: Words<UInt32>, count: Int) {
    let values = values.words
    switch function {
    case .count:
      for i in 0..<count { values[Int(groups[i])] &+= 1 }
    case .sum where inputType != .float:
      for i in 0..<count { values[Int(groups[i])] &+= inputs[i] }
    case .sum, .mean:
      let (counts, doubles) = (counts.words, doubles.words)
      for i in 0..<count {
        counts[Int(groups[i])] &+= 1
        doubles[i] = double(inputs[i]).bitPattern
      }
      addTerms(doubles, groups, count)
    case .min, .max: improve(inputs, groups, count)
    }
  }

  /// Takes results of a batch of groups: counts, sums of whole numbers, least or greatest values.
  func addResults(_ results: Words<UInt64>, to groups: Words<UInt32>, count: Int) {
    guard function == .count else { return add(results, to: groups, count: count) }
    let values = values.words
    for i in 0..<count { values[Int(groups[i])] &+= results[i] }
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
    for group in 0..<counts.count {
      for part in sums.parts(of: group) {
        termGroups.append(UInt32(group))
        terms.append(part.bitPattern)
      }
    }
    self.sums = nil
  }

  private func improve(_ inputs: Words<UInt64>, _ groups: Words<UInt32>, _ count: Int) {
    let (counts, values) = (counts.words, values.words)
    if let bestTexts {
      bestTexts.improve(values, counts, with: inputs.slice(0, count), of: groups)
      return
    }
    for i in 0..<count {
      let group = Int(groups[i])
      let isBetter =
        counts[group] == 0
        || (function == .min
          ? order.precedes(inputs[i], values[group]) : order.precedes(values[group], inputs[i]))
      if isBetter { values[group] = inputs[i] }
      counts[group] = 1
    }
  }

  /// Takes what another has come to in its groups, whose numbers here are known, as if each of its values had been added here.
  /// O(groups, or terms that are kept).
  func absorb(_ other: GroupValues, _ numbers: Words<UInt32>) {
    guard sumsDoubles else {
      return addResults(other.results, to: numbers, count: numbers.count)
    }
    let counts = counts.words
    for i in 0..<numbers.count { counts[Int(numbers[i])] &+= other.counts.words[i] }
    if let sums, let others = other.sums, sums.add(others, to: numbers) { return }
    giveUpSums()
    other.giveUpSums()
    for i in 0..<other.terms.count {
      termGroups.append(numbers[Int(other.termGroups.words[i])])
      terms.append(other.terms.words[i])
    }
  }

  // MARK: Doubles

  private func double(_ word: UInt64) -> Double {
    switch inputType {
    case .float: Double(bitPattern: word)
    case .number: Double(Int64(bitPattern: word))
    case .unsigned, .symbol, .boolean, .record: Double(word)
    }
  }

  /// Gives each group its result: the double nearest to its sum, which does not depend on the order of the rows. O(groups, or
  /// terms that are kept).
  func settle() {
    guard sumsDoubles else { return }
    if let sums {
      for group in 0..<counts.count { settle(group, sums.value(of: group)) }
      return
    }
    let ends = Column<Int>(repeating: 0, count: counts.count + 1)
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
    for group in 0..<counts.count {
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
