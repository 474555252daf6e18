/// The numbers that the terms of a graph have in its file: new ones for those in use, in ascending
/// order of their texts, so that they pack well and ids are ranks; or those that they have already.
struct TermNumbering {
  /// The new number of each term; `UInt32.max` for one that is not in use; `nil` where all keep theirs.
  private let numbers: Column<UInt32>?
  /// The old number of each new one; empty where all keep theirs.
  let order: Column<UInt32>
  /// How many terms there are in the file.
  let count: Int

  /// The terms of a graph keep their numbers.
  init(keeping graph: Graph) {
    numbers = nil
    order = Column()
    count = graph.dictionary.count
  }

  /// Numbers the terms that a graph uses. O(terms log terms).
  init(_ graph: Graph) {
    let numbers = TermNumbering.marks(of: graph)
    order = Column(minimumCapacity: numbers.count)
    for term in 0..<numbers.count where numbers[term] == 0 { order.append(UInt32(term)) }
    graph.dictionary.sort(order)
    let (marks, sorted) = (numbers.words, order.words)
    for place in 0..<sorted.count { marks[Int(sorted[place])] = UInt32(place) }
    self.numbers = numbers
    count = order.count
  }

  /// Whether a graph has texts that nothing uses any more. O(facts).
  static func hasUnused(_ graph: Graph) -> Bool {
    let marks = marks(of: graph)
    return (0..<marks.count).contains { marks[$0] != 0 }
  }

  /// 0 for each term that a graph uses, `UInt32.max` for the others. O(facts).
  private static func marks(of graph: Graph) -> Column<UInt32> {
    let result = Column<UInt32>(repeating: .max, count: graph.dictionary.count)
    let marks = result.words
    func use(_ term: UInt32) {
      if term != TermID.none.raw { marks[Int(term)] = 0 }
    }
    func use(_ column: Column<UInt32>) {
      let words = column.words
      for row in 0..<words.count where words[row] != .max { marks[Int(words[row])] = 0 }
    }
    func use(_ citations: CitationList) {
      use(citations.sources)
      use(citations.lines)
    }
    use(graph.nodeTable.ids)
    for table in graph.labelTables {
      use(table.label.raw)
      use(table.citations)
    }
    for table in graph.edgeTables {
      use(table.type.raw)
      use(table.citations)
      for column in table.properties {
        use(column.key.raw)
        guard column.type == .symbol else { continue }
        column.unpack()
        for row in 0..<column.count where column.isPresent(row) { use(column.narrow[row]) }
      }
    }
    for table in graph.nodeProperties {
      use(table.key.raw)
      if table.type == .symbol { use(table.values.narrow) }
    }
    for key in graph.indexes.keys { use(key) }
    use(graph.aliasTable.aliases)
    use(graph.aliasTable.nodes)
    use(graph.aliasTable.citations)
    for table in graph.storedTables {
      for column in table.columns where column.type == .symbol {
        for row in 0..<column.words.count {
          use(UInt32(truncatingIfNeeded: column.words[row]))
        }
      }
    }
    return result
  }

  /// The new numbers by term, for loops; `nil` where all keep theirs.
  var newNumbers: Words<UInt32>? { numbers?.words }

  /// The number of a term in use.
  @inline(__always)
  func number(_ term: UInt32) -> UInt32 { numbers.map { $0.words[Int(term)] } ?? term }
}
