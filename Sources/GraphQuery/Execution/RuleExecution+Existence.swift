@_spi(Columns) import GraphCore

/// Keeping the rows for which another relation has a row, or has none.
///
/// There are seven ways, the cheapest first: rows in compact form, rows in a file while the keys are few, a look at each row while the keys are few, a
/// complete binary relation's neighbours, the groups of another complete relation, the set of packed rows, and the hash
/// index over the key's columns.
extension RuleExecution {
  func filter(
    _ existence: RulePlan.Existence, at index: Int, level: Int, count: Int
  ) -> Int {
    let relation = relations[existence.relation]
    let selected = pairLeft(level)
    var kept = 0
    if existence.keyColumns.isEmpty {
      let holds = (relation.liveCount > 0) != existence.isNegated
      return holds ? count : 0
    }
    if existence.isComplete, let rows = relation.compactRows(having: existence.keyColumns) {
      let present = !existence.isNegated
      let keys = words(existence.keySources[0], level: level)
      kept =
        existence.keyColumns.count == 1
        ? rows.select(keys, count: count, present: present, into: selected)
        : rows.select(
          keys, words(existence.keySources[1], level: level), count: count, present: present,
          into: selected)
      return compact(selected, kept, from: count, at: index, level: level)
    }
    if existence.isComplete, chunk == nil,
      let stored = relation.storedRows(having: existence.keyColumns, keys: count)
    {
      kept = select(existence, stored, level: level, count: count, into: selected)
      return compact(selected, kept, from: count, at: index, level: level)
    }
    let prefersScan =
      existence.isMembership
      ? relation.prefersScan(ofMembers: existence.keyColumns, keys: count)
      : relation.prefersScan(for: existence.keyColumns, keys: count, rows: relation.visible)
    if prefersScan {
      let kept = selectByScan(existence, relation, level: level, count: count, into: selected)
      return compact(selected, kept, from: count, at: index, level: level)
    }
    if let adjacency = adjacency(for: existence) {
      let kept = selectNeighbours(
        existence, adjacency, level: level, count: count, into: selected)
      return compact(selected, kept, from: count, at: index, level: level)
    }
    if let groups = groups(for: existence) {
      let kept = selectGrouped(existence, groups, level: level, count: count, into: selected)
      return compact(selected, kept, from: count, at: index, level: level)
    }
    if existence.isMembership,
      let kept = selectMembers(
        relation, existence.keySources, present: !existence.isNegated, level: level,
        count: count, into: selected)
    {
      return compact(selected, kept, from: count, at: index, level: level)
    }
    let hashIndex = relation.index(on: existence.keyColumns)
    let heads = states(level)
    hashKeys(existence.keySources, hashIndex, level: level, count: count, into: heads)
    hashIndex.findHeads(of: heads.slice(0, count))
    let chain = hashIndex.chain
    let keys = existence.keySources.map { words($0, level: level) }
    let views = existence.keyColumns.map { relation.view($0) }
    let hasDeadRows = relation.hasDeadRows
    let isPlain = hashIndex.isExact && !hasDeadRows
    let (keyWords, keyViews) = (Column(keys), Column(views))
    defer { keepAlive(keyWords, keyViews) }
    let (keyCount, wanted, stored) = (keys.count, keyWords.words, keyViews.words)
    for i in 0..<count {
      var link = Int(truncatingIfNeeded: heads[i])
      var isFound = false
      while link > 0 {
        if isPlain {
          isFound = true
          break
        }
        let row = link &- 1
        var isEqual = !(hasDeadRows && relation.isDead(row))
        for column in 0..<keyCount where isEqual {
          if stored[column][row] != wanted[column][i] { isEqual = false }
        }
        if isEqual {
          isFound = true
          break
        }
        link = Int(chain[row])
      }
      if isFound != existence.isNegated {
        selected[kept] = UInt32(truncatingIfNeeded: i)
        kept &+= 1
      }
    }
    return compact(selected, kept, from: count, at: index, level: level)
  }

  private func select(
    _ existence: RulePlan.Existence, _ stored: StoredPairs, level: Int, count: Int,
    into selected: Words<UInt32>
  ) -> Int {
    let keys = existence.keySources.map { words($0, level: level) }
    let direction = Relation.direction(from: existence.keyColumns[0])
    let (source, target) = existence.keyColumns == [1, 0] ? (1, 0) : (0, keys.count - 1)
    var kept = 0
    for i in 0..<count {
      let isFound =
        keys.count == 1
        ? stored.degree(of: UInt32(truncatingIfNeeded: keys[0][i]), direction) > 0
        : stored.contains(
          from: UInt32(truncatingIfNeeded: keys[source][i]),
          to: UInt32(truncatingIfNeeded: keys[target][i]))
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= isFound != existence.isNegated ? 1 : 0
    }
    return kept
  }

  /// The neighbours by which a complete binary relation answers, unless it has an index already: they are
  /// made faster than a table, and smaller.
  func adjacency(for existence: RulePlan.Existence) -> Adjacency? {
    let relation = relations[existence.relation]
    guard existence.isComplete, relation.arity == 2 else { return nil }
    if existence.keyColumns.count == 1 {
      let column = existence.keyColumns[0]
      guard !relation.hasIndex(on: existence.keyColumns), relation.canGroup(by: column) else {
        return nil
      }
      return relation.adjacency(by: column, sorted: false)
    }
    guard !relation.isPacked, relation.canGroup(by: 0) else { return nil }
    let adjacency = relation.adjacency(by: 0, sorted: true)
    return adjacency.isSorted ? adjacency : nil
  }

  /// The groups in which a complete relation's rows are found, unless it has a set of them.
  func groups(for existence: RulePlan.Existence) -> (rows: Adjacency, column: Int)? {
    let relation = relations[existence.relation]
    guard existence.isComplete, !(existence.isMembership && relation.isPacked) else { return nil }
    return relation.groups(by: existence.keyColumns)
  }

  private func selectNeighbours(
    _ existence: RulePlan.Existence, _ adjacency: Adjacency, level: Int, count: Int,
    into selected: Words<UInt32>
  ) -> Int {
    let wanted = !existence.isNegated
    let near = words(existence.keySources[0], level: level)
    var kept = 0
    if existence.keyColumns.count == 1 {
      let (offsets, domain) = (adjacency.offsets.words, UInt64(adjacency.domain))
      for i in 0..<count {
        let key = near[i]
        let hasAny = key < domain && offsets[Int(key)] != offsets[Int(key) &+ 1]
        selected[kept] = UInt32(truncatingIfNeeded: i)
        kept &+= hasAny == wanted ? 1 : 0
      }
      return kept
    }
    let far = words(existence.keySources[1], level: level)
    return adjacency.select(near, far, count: count, isWanted: wanted, into: selected)
  }

  /// Selects those rows of a batch whose keys a relation has, or has not, by a look at each of its rows.
  func selectByScan(
    _ existence: RulePlan.Existence, _ relation: Relation, level: Int, count: Int,
    into selected: Words<UInt32>
  ) -> Int {
    let place = relation.mostTelling(existence.keyColumns)
    let view = relation.view(existence.keyColumns[place])
    let keys = words(existence.keySources[place], level: level)
    let candidates = pairRight(level)
    var kept = 0
    for i in 0..<count {
      var row = 0
      var isFound = false
      while row < relation.visible && !isFound {
        let found = view.select(keys[i], from: &row, to: relation.visible, into: candidates)
        for candidate in 0..<found where !isFound {
          isFound = hasKey(existence, relation, Int(candidates[candidate]), i, level: level)
        }
      }
      if isFound != existence.isNegated {
        selected[kept] = UInt32(truncatingIfNeeded: i)
        kept &+= 1
      }
    }
    return kept
  }

  private func hasKey(
    _ existence: RulePlan.Existence, _ relation: Relation, _ row: Int, _ i: Int, level: Int
  ) -> Bool {
    if relation.isDead(row) { return false }
    for (column, source) in zip(existence.keyColumns, existence.keySources) {
      let view = relation.view(column)
      if !view.isPresent(row) || view[row] != words(source, level: level)[i] { return false }
    }
    return true
  }
}
