extension CoreProgram {
  /// The words that the last column of a relation is compared with, if every condition that reads the
  /// relation fixes it: then no other row matters. `nil` where one does not, or a rule adds rows.
  /// O(conditions).
  package func fixedWords(of index: Int) -> Set<UInt64>? {
    let relation = relations[index]
    guard case .nodeProperty = relation.origin, let last = relation.columns.indices.last else {
      return nil
    }
    let type = type(relation.columns[last].slot)
    var words: Set<UInt64> = []
    for rule in rules {
      if rule.head.index == index { return nil }
      for literal in rule.body where literal.relation?.index == index {
        guard case .atom(let atom) = literal,
          let argument = atom.arguments.first(where: { $0.column == last }),
          case .constant(let constant, _) = argument.value
        else { return nil }
        words.insert(constant.word(as: type))
      }
    }
    return words.isEmpty ? nil : words
  }
}
