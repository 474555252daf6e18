extension DominanceOrder {
  /// The order of a subsumption that compares columns of its two rows, each with itself, and says nothing else;
  /// nothing where two rows might give way to each other, or a row not to what it gives way to in turn.
  ///
  /// ```
  /// p(k, a, b) <= p(k, c, d) :- c <= a, d <= b.                  equal in k, as good in both others
  /// p(k, a, i) <= p(k, c, j) :- c < a.                           the best of each key, with what belongs to it
  /// p(k, a, i) <= p(k, c, j) :- c <= a.                          of equal ones the last stays: no order
  /// ```
  init?(_ rule: CoreRule, _ program: CoreProgram) {
    let width = program[rule.head].columns.count
    guard rule.isDominance, rule.headTerms.count == 2 * width else { return nil }
    let variables = rule.headTerms.compactMap { term in
      if case .variable(let variable) = term { variable } else { nil }
    }
    guard variables.count == 2 * width else { return nil }
    let (lesser, greater) = (Array(variables[..<width]), Array(variables[width...]))
    guard Set(lesser).count == width, Set(greater).count == width else { return nil }
    var keys: [Int] = []
    for column in 0..<width where lesser[column] == greater[column] { keys.append(column) }
    guard Set(lesser).intersection(greater).count == keys.count else { return nil }
    var criteria: [Criterion] = []
    for literal in rule.body.dropFirst(2) {
      guard case .comparison(let comparison, .variable(let left), .variable(let right), _) = literal
      else { return nil }
      guard
        let column = (0..<width).first(where: {
          Set([left, right]) == [lesser[$0], greater[$0]] && lesser[$0] != greater[$0]
        })
      else { return nil }
      if comparison == .equal {
        keys.append(column)
        continue
      }
      guard comparison != .notEqual,
        program.type(program[rule.head].columns[column].slot).hasOrderKey
      else { return nil }
      let ascends = comparison == .less || comparison == .lessOrEqual
      criteria.append(
        Criterion(
          column: column, isGreatest: ascends == (left == lesser[column]),
          isStrict: comparison == .less || comparison == .greater))
    }
    let named = Set(keys + criteria.map(\.column))
    guard !criteria.isEmpty, named.count == width || criteria.contains(where: \.isStrict) else {
      return nil
    }
    self.init(keys: Set(keys).sorted(), criteria: criteria)
  }
}
