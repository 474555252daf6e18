@_spi(Columns) import GraphCore

/// The values of groups.
extension RuleExecution {
  /// Gives a register the value of the group of each row; zero where there is none.
  func lookup(_ lookup: RulePlan.GroupLookup, level: Int, count: Int) {
    let relation = relations[lookup.relation]
    let output = register(lookup.register, level: level)
    let value = relation.view(relation.arity - 1)
    if lookup.keyColumns.isEmpty {
      let word = relation.rowCount > 0 ? value[0] : 0
      for i in 0..<count { output[i] = word }
      return
    }
    if let groups = relation.groups(by: lookup.keyColumns) {
      lookUp(lookup, groups, level: level, count: count)
      return
    }
    let hashIndex = relation.index(on: lookup.keyColumns)
    let heads = states(level)
    hashKeys(lookup.keySources, hashIndex, level: level, count: count, into: heads)
    hashIndex.findHeads(of: heads.slice(0, count))
    let chain = hashIndex.chain
    let keys = lookup.keySources.map { words($0, level: level) }
    let views = lookup.keyColumns.map { relation.view($0) }
    let (keyWords, keyViews) = (Column(keys), Column(views))
    defer { keepAlive(keyWords, keyViews) }
    let (keyCount, wanted, stored) = (keys.count, keyWords.words, keyViews.words)
    for i in 0..<count {
      var link = Int(truncatingIfNeeded: heads[i])
      var word: UInt64 = 0
      while link > 0 {
        let row = link &- 1
        var isEqual = true
        for column in 0..<keyCount where isEqual {
          if stored[column][row] != wanted[column][i] { isEqual = false }
        }
        if isEqual {
          word = value[row]
          break
        }
        link = Int(chain[row])
      }
      output[i] = word
    }
  }
}
