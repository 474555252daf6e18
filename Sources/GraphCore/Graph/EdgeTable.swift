/// All edges of one type: two columns of ends, a column for each property, and citations.
///
/// ```
///  row        0     1     2          the hidden id of the edge
///  sources  │ 12  │ 12  │ 40  │
///  targets  │ 31  │ 31  │ 31  │      rows 0 and 1 are parallel: they differ in a property
///  amount   │ 3.5 │ 4.0 │  –  │
///  unit     │ 88  │ 88  │ 88  │      the term of "亿元"
/// ```
///
/// Two edges are the same if their ends and all their properties are; adding one again adds only
/// its citation. Rows are appended; anything else makes a new table, so that whoever holds this one
/// still sees what it saw.
package final class EdgeTable {
  /// The term of the type's name.
  package let type: TermID
  /// The node that each edge leaves.
  package let sources: Column<UInt32>
  /// The node that each edge reaches.
  package let targets: Column<UInt32>
  /// Where the edges are said.
  package let citations = CitationList()
  /// Grows with every change of the rows.
  package private(set) var revision: UInt64 = 0

  var columns: [PropertyColumn] = []
  var index = RowIndex()
  var transaction = TransactionRows(start: 0)
  var cache = EdgeCache()
  private let stagedWords = Column<UInt64>()
  private let stagedMarks = Column<UInt8>()

  init(type: TermID, minimumCapacity: Int = 0) {
    self.type = type
    sources = Column(minimumCapacity: minimumCapacity)
    targets = Column(minimumCapacity: minimumCapacity)
    index.reserve(minimumCapacity)
  }

  package var count: Int { sources.count }

  /// The properties that some edge has, each as long as the table.
  package var properties: [PropertyColumn] {
    for column in columns { column.pad(to: count) }
    return columns.filter { $0.presentCount > 0 }
  }

  /// The column of a property, if some edge has it.
  package func property(_ key: TermID) -> PropertyColumn? {
    guard let column = columns.first(where: { $0.key == key && $0.presentCount > 0 }) else {
      return nil
    }
    column.pad(to: count)
    return column
  }

  /// What came of adding an edge.
  enum Outcome {
    case added(row: Int)
    case existing(row: Int)
    /// A value does not fit its column; the column may be converted and the edge added again.
    case mismatch(property: Int, column: Int)
    /// A property is given twice with different values.
    case duplicate(property: Int)
  }

  /// Adds an edge unless it is there. Amortised O(properties).
  @inline(__always)
  func add(
    from source: UInt32, to target: UInt32, properties: [StagedProperty], ordinal: Int,
    dictionary: TermDictionary
  ) -> Outcome {
    if columns.isEmpty && properties.isEmpty { return addPlain(source, target, ordinal) }
    return addGeneral(source, target, properties, ordinal, dictionary)
  }

  @inline(__always)
  private func addPlain(_ source: UInt32, _ target: UInt32, _ ordinal: Int) -> Outcome {
    let hash = ByteHash.narrow(EdgeTable.hash(source, target))
    let slots = index.words
    let mask = index.mask
    let from = sources.words
    let to = targets.words
    var slot = Int(hash) & mask
    while true {
      let entry = slots[slot]
      if entry == 0 { break }
      if RowIndex.hash(of: entry) == hash {
        let row = RowIndex.row(of: entry)
        if from[row] == source && to[row] == target { return .existing(row: row) }
      }
      slot = (slot &+ 1) & mask
    }
    return .added(row: append(source, target, hash, ordinal))
  }

  private func addGeneral(
    _ source: UInt32, _ target: UInt32, _ properties: [StagedProperty], _ ordinal: Int,
    _ dictionary: TermDictionary
  ) -> Outcome {
    if let refusal = stage(properties, dictionary) { return refusal }
    let marks = stagedMarks.words
    let words = stagedWords.words
    var state = EdgeTable.hash(source, target)
    for place in 0..<columns.count where marks[place] != 0 {
      state = EdgeTable.hash(state, words[place], place)
    }
    let hash = ByteHash.narrow(state)
    let slots = index.words
    var slot = Int(hash) & index.mask
    while true {
      let entry = slots[slot]
      if entry == 0 { break }
      if RowIndex.hash(of: entry) == hash {
        let row = RowIndex.row(of: entry)
        if sources[row] == source && targets[row] == target && equalsStaged(row) {
          return .existing(row: row)
        }
      }
      slot = (slot &+ 1) & index.mask
    }
    let row = append(source, target, hash, ordinal)
    for place in 0..<columns.count where marks[place] != 0 {
      columns[place].append(words[place], at: row)
    }
    return .added(row: row)
  }

  /// Lays the properties out by column, making columns for new keys.
  private func stage(_ properties: [StagedProperty], _ dictionary: TermDictionary) -> Outcome? {
    for place in 0..<stagedMarks.count { stagedMarks[place] = 0 }
    while stagedMarks.count < columns.count + properties.count {
      stagedMarks.append(0)
      stagedWords.append(0)
    }
    for position in 0..<properties.count {
      let property = properties[position]
      var place = 0
      while place < columns.count && columns[place].key.raw != property.key { place += 1 }
      if place == columns.count {
        columns.append(PropertyColumn(key: TermID(raw: property.key), type: property.type))
      }
      // A number widens here; a text in a column of numbers, or a decimal in one of integers, is
      // for the graph to judge.
      let column = columns[place]
      guard column.accepts(property.type),
        let word = PropertyColumn.convert(
          property.word, from: property.type, to: column.type, dictionary)
      else { return .mismatch(property: position, column: place) }
      if stagedMarks[place] != 0 && stagedWords[place] != word {
        return .duplicate(property: position)
      }
      stagedMarks[place] = 1
      stagedWords[place] = word
    }
    return nil
  }

  private func equalsStaged(_ row: Int) -> Bool {
    for place in 0..<columns.count {
      let isPresent = columns[place].isPresent(row)
      if isPresent != (stagedMarks[place] != 0) { return false }
      if isPresent && columns[place].word(row) != stagedWords[place] { return false }
    }
    return true
  }

  @inline(__always)
  private func append(
    _ source: UInt32, _ target: UInt32, _ hash: UInt32, _ ordinal: Int
  ) -> Int {
    let row = sources.count
    sources.append(source)
    targets.append(target)
    index.insert(row: row, hash: hash)
    transaction.note(ordinal)
    revision &+= 1
    return row
  }

  /// Forgets rows, citations and property columns beyond the given counts. O(rows forgotten).
  func truncate(to newCount: Int, citations citationCount: Int, columns columnCount: Int) {
    for row in stride(from: count - 1, through: newCount, by: -1) {
      index.remove(row: row, hash: hash(of: row))
    }
    citations.truncate(to: citationCount, rowCount: newCount)
    sources.truncate(to: newCount)
    targets.truncate(to: newCount)
    columns.removeLast(max(0, columns.count - columnCount))
    for column in columns { column.truncate(to: newCount) }
    transaction.truncate(toRow: newCount)
    revision &+= 1
  }

  /// The hash under which a row is indexed.
  func hash(of row: Int) -> UInt32 {
    var state = EdgeTable.hash(sources[row], targets[row])
    for place in 0..<columns.count where columns[place].isPresent(row) {
      state = EdgeTable.hash(state, columns[place].word(row), place)
    }
    return ByteHash.narrow(state)
  }

  @inline(__always)
  static func hash(_ source: UInt32, _ target: UInt32) -> UInt64 {
    ByteHash.mix(UInt64(source) << 32 | UInt64(target))
  }

  @inline(__always)
  private static func hash(_ state: UInt64, _ word: UInt64, _ place: Int) -> UInt64 {
    ByteHash.mix(state, word &+ UInt64(place) &* 0x9E37_79B9_7F4A_7C15)
  }
}
