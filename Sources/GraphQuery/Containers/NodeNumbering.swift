@_spi(Columns) import GraphCore

/// How the values of some columns number nodes: by themselves where they are small, else by their ranks.
struct NodeNumbering {
  /// Numbers are below it.
  let domain: Int
  /// The values that have ranks; absent where they number themselves.
  let ranks: Ranks?

  /// Takes all values of some columns, which are of one type and lack none. O(rows), expected, and O(different
  /// values · log) for ranks.
  init(_ columns: [(relation: Relation, column: Int)]) {
    if let domain = Self.smallDomain(of: columns) {
      (self.domain, ranks) = (domain, nil)
      return
    }
    let type = columns.first.map { $0.relation.types[$0.column] } ?? .unsigned
    let ranks = Ranks(
      of: columns.map { ($0.relation.view($0.column), $0.relation.rowCount) }, type: type)
    (domain, self.ranks) = (ranks.count, ranks)
  }

  /// One more than the greatest value of some columns, where all of them are small enough to number an array by. O(rows).
  static func smallDomain(of columns: [(relation: Relation, column: Int)]) -> Int? {
    var highest: UInt64 = 0
    var rows = 0
    for (relation, column) in columns {
      rows += relation.rowCount
      // A negative number is a very large word.
      highest = max(highest, relation.highestWord(column))
    }
    return isSmall(highest, rows: rows) ? Int(highest) + 1 : nil
  }

  /// Whether an array may have a place for each value up to the highest of so many.
  static func isSmall(_ highest: UInt64, rows: Int) -> Bool {
    highest < UInt64(max(1 << 16, 8 * rows)) && highest < 1 << 30
  }

  /// The number of a value; nothing where it has none. O(1).
  @inline(__always)
  func number(of word: UInt64) -> Int? {
    if let ranks { return ranks.place(of: word) }
    return word < UInt64(domain) ? Int(truncatingIfNeeded: word) : nil
  }

  /// The value that has a number.
  func word(of number: Int) -> UInt64 { ranks.map { $0.words[number] } ?? UInt64(number) }

  /// A column with the numbers of its values in their place, all of which have one; valid as long as what is
  /// returned with it. O(rows), or O(1).
  func numbers(_ relation: Relation, _ column: Int) -> (view: ColumnView, owner: Any) {
    guard let ranks else { return (relation.view(column), relation) }
    let numbers = ranks.places(of: relation.view(column), relation.rowCount)
    return (ColumnView(narrow: numbers.words), numbers)
  }

  /// The values of some numbers as a column; valid as long as what is returned with it. O(numbers), or O(1).
  func words(of numbers: Column<UInt32>) -> (view: ColumnView, owner: Any) {
    guard let ranks else { return (ColumnView(narrow: numbers.words), numbers) }
    let words = Column<UInt64>(unspecified: numbers.count)
    let (values, from, output) = (ranks.words.words, numbers.words, words.words)
    for place in 0..<numbers.count { output[place] = values[Int(from[place])] }
    return (ColumnView(wide: output), words)
  }
}
