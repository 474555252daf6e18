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
    let dictionary = graph.dictionary
    let numbers = Column<UInt32>(repeating: .max, count: dictionary.count)
    order = Column(minimumCapacity: dictionary.count)
    // Those in use are marked with 0 first.
    let marks = numbers.words
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
    for term in 0..<numbers.count where numbers[term] == 0 { order.append(UInt32(term)) }
    TermNumbering.sort(order, dictionary)
    let sorted = order.words
    for place in 0..<sorted.count { marks[Int(sorted[place])] = UInt32(place) }
    self.numbers = numbers
    count = order.count
  }

  /// Sorts terms by their texts: by the first eight bytes of each, then those that agree in these by
  /// the next eight, and so on. O(bytes that tell the texts apart).
  static func sort(_ order: Column<UInt32>, _ dictionary: TermDictionary) {
    var rest = [(rows: 0..<order.count, offset: 0)]
    while let (rows, offset) = rest.popLast() {
      if rows.count <= 16 || offset >= 128 {
        sortByComparing(order, rows, dictionary)
        continue
      }
      let terms = Column<UInt32>(minimumCapacity: rows.count)
      let prefixes = Column<UInt64>(minimumCapacity: rows.count)
      for row in rows {
        dictionary.approach(order.words, behind: row)
        terms.append(order[row])
        prefixes.append(dictionary.prefix(of: order[row], from: offset))
      }
      RadixSort.sort(prefixes, with: terms)
      var start = 0
      while start < terms.count {
        var end = start
        while end < terms.count && prefixes[end] == prefixes[start] {
          order[rows.lowerBound + end] = terms[end]
          end += 1
        }
        if end - start > 1 {
          rest.append((rows.lowerBound + start..<rows.lowerBound + end, offset + 8))
        }
        start = end
      }
    }
  }

  /// Sorts a few terms whose beginnings agree, or many that differ late.
  private static func sortByComparing(
    _ order: Column<UInt32>, _ rows: Range<Int>, _ dictionary: TermDictionary
  ) {
    guard rows.count <= 16 else {
      let sorted = rows.map { order[$0] }.sorted { dictionary.precedes($0, $1) }
      for (place, term) in sorted.enumerated() { order[rows.lowerBound + place] = term }
      return
    }
    for row in rows.dropFirst() {
      let term = order[row]
      var place = row
      while place > rows.lowerBound && dictionary.precedes(term, order[place - 1]) {
        order[place] = order[place - 1]
        place -= 1
      }
      order[place] = term
    }
  }

  /// The new numbers by term, for loops; `nil` where all keep theirs.
  var newNumbers: Words<UInt32>? { numbers?.words }

  /// The number of a term in use.
  @inline(__always)
  func number(_ term: UInt32) -> UInt32 { numbers.map { $0.words[Int(term)] } ?? term }
}
