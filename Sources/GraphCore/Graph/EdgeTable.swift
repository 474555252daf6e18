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
///
/// The first rows of a table that comes from a file are sorted by source and target. They are read
/// when somebody asks for a column, and looked up by binary search rather than in the index, until
/// so many edges are added that indexing them all pays.
package final class EdgeTable {
  /// The term of the type's name.
  package let type: TermID
  /// Where the edges are said.
  package let citations: CitationList
  /// Grows with every change of the rows.
  package private(set) var revision: UInt64 = 0

  var columns: [PropertyColumn] = []
  var index = RowIndex()
  var transaction = TransactionRows(start: 0)
  var cache = EdgeCache()
  private let stagedWords = Column<UInt64>()
  private let stagedMarks = Column<UInt8>()
  private var sourceColumn: Column<UInt32>
  private var targetColumn: Column<UInt32>
  private var sealed: SealedRows<SealedEnds>?
  /// How many rows at the beginning are sorted and not in the index.
  private(set) var sortedCount = 0
  private var sortedSearches = 0
  /// Whether no two of the sorted rows join the same ends, if that is known.
  let isSealedDistinct: Bool

  init(type: TermID, minimumCapacity: Int = 0) {
    self.type = type
    citations = CitationList()
    isSealedDistinct = false
    sourceColumn = Column(minimumCapacity: minimumCapacity)
    targetColumn = Column(minimumCapacity: minimumCapacity)
    index.reserve(minimumCapacity)
  }

  /// A table whose first rows lie in a file.
  init(
    type: TermID, sealed: SealedRows<SealedEnds>, isDistinct: Bool, columns: [PropertyColumn],
    citations: CitationList
  ) {
    self.type = type
    self.citations = citations
    self.columns = columns
    self.sealed = sealed
    isSealedDistinct = isDistinct
    sortedCount = sealed.count
    sourceColumn = Column()
    targetColumn = Column()
  }

  package var count: Int { sealed?.count ?? sourceColumn.count }

  /// The node that each edge leaves.
  package var sources: Column<UInt32> {
    if sealed != nil { unseal() }
    return sourceColumn
  }

  /// The node that each edge reaches.
  package var targets: Column<UInt32> {
    if sealed != nil { unseal() }
    return targetColumn
  }

  @inline(never)
  private func unseal() {
    guard let rows = sealed else { return }
    sealed = nil
    let ends = rows.unpack()
    sourceColumn = ends.sources
    targetColumn = ends.targets
  }

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
    if sortedCount > 0, let row = sortedRows(source, target).first { return .existing(row: row) }
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
    let (known, hash) = stagedRow(source, target)
    if let known { return .existing(row: known) }
    let row = append(source, target, hash, ordinal)
    let marks = stagedMarks.words
    let words = stagedWords.words
    for place in 0..<columns.count where marks[place] != 0 {
      columns[place].append(words[place], at: row)
    }
    return .added(row: row)
  }

  /// The row of the edge with exactly these properties, if there is one.
  func lookup(
    _ source: UInt32, _ target: UInt32, _ properties: [StagedProperty],
    _ dictionary: TermDictionary
  ) -> Int? {
    stage(properties, dictionary) == nil ? stagedRow(source, target).row : nil
  }

  /// The row that has the staged properties, and the hash under which it is or would be indexed.
  private func stagedRow(_ source: UInt32, _ target: UInt32) -> (row: Int?, hash: UInt32) {
    let marks = stagedMarks.words
    let words = stagedWords.words
    let sorted = sortedCount > 0 ? sortedRows(source, target) : 0..<0
    var state = EdgeTable.hash(source, target)
    for place in 0..<columns.count where marks[place] != 0 {
      state = EdgeTable.hash(state, words[place], place)
    }
    let hash = ByteHash.narrow(state)
    for row in sorted where equalsStaged(row) { return (row, hash) }
    let slots = index.words
    var slot = Int(hash) & index.mask
    while true {
      let entry = slots[slot]
      if entry == 0 { break }
      if RowIndex.hash(of: entry) == hash {
        let row = RowIndex.row(of: entry)
        if sources[row] == source && targets[row] == target && equalsStaged(row) {
          return (row, hash)
        }
      }
      slot = (slot &+ 1) & index.mask
    }
    return (nil, hash)
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

  /// The sorted rows that join two nodes; none once all rows are in the index. O(log rows).
  @inline(never)
  private func sortedRows(_ source: UInt32, _ target: UInt32) -> Range<Int> {
    sortedSearches &+= 1
    if sortedSearches &* 8 > sortedCount {
      let first = sortedCount
      sortedCount = 0
      index.reserve(count)
      for row in 0..<first { index.insert(row: row, hash: hash(of: row)) }
      return 0..<0
    }
    let from = sources.words
    let to = targets.words
    func lowerBound(_ key: UInt64) -> Int {
      var low = 0
      var high = sortedCount
      while low < high {
        let middle = (low &+ high) / 2
        if UInt64(from[middle]) << 32 | UInt64(to[middle]) < key {
          low = middle &+ 1
        } else {
          high = middle
        }
      }
      return low
    }
    let key = UInt64(source) << 32 | UInt64(target)
    let start = lowerBound(key)
    var end = start
    while end < sortedCount && from[end] == source && to[end] == target { end &+= 1 }
    return start..<end
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
    let sources = sources
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
    if newCount == count && citationCount == citations.count && columnCount == columns.count {
      return
    }
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
