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
/// The first rows of a table that comes from a file lie there packed, sorted by source and target.
/// The edges of a node are read, and edges are found, where they lie; later rows are in an index. The
/// rows are unpacked when somebody asks for a column, and indexed when so many edges are added that
/// it pays. Rows that a load has put into an empty table are indexed when the first edge is looked up.
package final class EdgeTable {
  /// The term of the type's name.
  package let type: TermID
  /// Grows with every change of the rows.
  @safe @exclusivity(unchecked) package private(set) var revision: UInt64 = 0

  @safe @exclusivity(unchecked) private var columnList: [PropertyColumn] = []
  /// The places of columns by their keys, once there are so many that looking through them takes long.
  private var placesByKey: [UInt32: Int] = [:]
  /// How many columns are in `placesByKey`.
  private var placedCount = 0
  private let citationList: CitationList
  /// The rows that lie in the file.
  let base: PackedEdges?
  @safe @exclusivity(unchecked) private var livingRows: BaseRows
  @safe @exclusivity(unchecked) private var delta: PendingDelta?
  // The ends from row `heldFrom` on; those before are only in the file.
  @safe @exclusivity(unchecked) private var sourceColumn: Column<UInt32>
  @safe @exclusivity(unchecked) private var targetColumn: Column<UInt32>
  @safe @exclusivity(unchecked) private var heldFrom = 0
  /// The rows from `unindexedCount` on, counted from there.
  @safe @exclusivity(unchecked) private var index = RowIndex()
  /// How many rows at the beginning are not in the index.
  @safe @exclusivity(unchecked) private(set) var unindexedCount = 0
  /// Whether they can be searched: those of a file are sorted, those of a load are not.
  private var isSearchable = true
  private var searches = 0
  @safe @exclusivity(unchecked) var transaction = TransactionRows(start: 0)
  /// The last write that has touched the table.
  var writeSerial: UInt64 = 0
  @safe @exclusivity(unchecked) var cache = EdgeCache()
  /// The changes of the cache without their owners, outgoing and incoming, once somebody has looked for some. No reference is
  /// counted when they are read.
  let changeViews = Column<EdgeChanges.View>()
  private let stagedWords = Column<UInt64>()
  private let stagedMarks = Column<UInt8>()

  init(type: TermID, minimumCapacity: Int = 0) {
    self.type = type
    citationList = CitationList()
    base = nil
    livingRows = BaseRows(total: 0)
    sourceColumn = Column(minimumCapacity: minimumCapacity)
    targetColumn = Column(minimumCapacity: minimumCapacity)
    index.reserve(minimumCapacity)
  }

  /// A table whose first rows lie in a file.
  init(
    type: TermID, base: PackedEdges?, rows: BaseRows, columns: [PropertyColumn],
    citations: CitationList, delta: PendingDelta? = nil
  ) {
    self.type = type
    self.base = base
    livingRows = rows
    columnList = columns
    citationList = citations
    self.delta = delta
    heldFrom = rows.count
    unindexedCount = rows.count
    sourceColumn = Column()
    targetColumn = Column()
    transaction.restart(at: count)
  }

  /// How many edges there are; nothing is unpacked. O(1).
  package var count: Int {
    if let delta { return livingRows.total - delta.removed + delta.count }
    return heldFrom + sourceColumn.count
  }

  /// Where the edges are said.
  package var citations: CitationList {
    touch()
    return citationList
  }

  /// The columns of properties, some of which no edge may have.
  var columns: [PropertyColumn] {
    touch()
    return columnList
  }

  /// The node that each edge leaves. O(1); O(edges) the first time where they lie in a file.
  package var sources: Column<UInt32> {
    if heldFrom > 0 || delta != nil { unpack() }
    return sourceColumn
  }

  /// The node that each edge reaches. O(1); O(edges) the first time where they lie in a file.
  package var targets: Column<UInt32> {
    if heldFrom > 0 || delta != nil { unpack() }
    return targetColumn
  }

  /// The ends of a row. O(1), or O(log edges) in a file; many calls unpack the rows.
  package func ends(of row: Int) -> (source: UInt32, target: UInt32) {
    touch()
    if row >= heldFrom { return (sourceColumn[row - heldFrom], targetColumn[row - heldFrom]) }
    searches &+= 1
    guard let base, searches &* 16 <= livingRows.total else { return (sources[row], targets[row]) }
    return base.ends(at: livingRows.place(of: row))
  }

  /// Whether all rows are in memory, as somebody has asked for a column.
  package var isUnpacked: Bool { heldFrom == 0 && delta == nil }

  @inline(never)
  private func unpack() {
    touch()
    guard heldFrom > 0, let base else { return }
    let (from, to) = base.unpack(reserving: sourceColumn.count)
    from.truncate(to: livingRows.close(from.words, from: 0))
    to.truncate(to: livingRows.close(to.words, from: 0))
    let (first, later) = (from.count, sourceColumn.count)
    from.grow(by: later)
    to.grow(by: later)
    for row in 0..<later {
      from[first + row] = sourceColumn[row]
      to[first + row] = targetColumn[row]
    }
    sourceColumn = from
    targetColumn = to
    heldFrom = 0
  }

  /// Lends the ends of all rows in their order, a part at a time. O(rows); rows in the file are not
  /// unpacked.
  package func forEachChunk(_ body: (_ sources: Words<UInt32>, _ targets: Words<UInt32>) -> Void) {
    touch()
    if heldFrom > 0, let base {
      if hasWholeBase {
        base.forEachChunk(body)
      } else {
        let living = livingRows
        var first = 0
        base.forEachChunk { sources, targets in
          let left = living.close(sources, from: first)
          _ = living.close(targets, from: first)
          first += sources.count
          body(sources.slice(0, left), targets.slice(0, left))
        }
      }
    }
    body(sourceColumn.words, targetColumn.words)
  }

  /// Where the row at a place of the index lies in the columns.
  @inline(__always)
  private var indexShift: Int { unindexedCount &- heldFrom }

  /// Whether the edges are those that lie in the file, all of them and no others.
  @inline(__always)
  var isBase: Bool {
    hasWholeBase && count == livingRows.total
  }

  /// Whether no row that lies in the file has been removed.
  @inline(__always)
  var hasWholeBase: Bool {
    touch()
    return livingRows.dead.isEmpty
  }

  /// The rows that lie in the file and have not been removed.
  var baseRows: BaseRows {
    touch()
    return livingRows
  }

  /// The properties that some edge has, each as long as the table. O(keys), and O(edges) for a
  /// column that has not been given a value since edges without it came.
  package var properties: [PropertyColumn] {
    for column in columns { column.pad(to: count) }
    return columnList.filter { $0.presentCount > 0 }
  }

  /// The column of a property, if some edge has it. O(keys), beside what `properties` says.
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
    touch()
    if columnList.isEmpty && properties.isEmpty { return addPlain(source, target, ordinal) }
    return addGeneral(source, target, properties, ordinal, dictionary)
  }

  @inline(__always)
  private func addPlain(_ source: UInt32, _ target: UInt32, _ ordinal: Int) -> Outcome {
    if unindexedCount > 0, let row = sortedRows(source, target).first { return .existing(row: row) }
    let hash = ByteHash.narrow(EdgeTable.hash(source, target))
    let slots = index.words
    let mask = index.mask
    let from = sourceColumn.words
    let to = targetColumn.words
    let shift = indexShift
    var slot = Int(hash) & mask
    while true {
      let entry = slots[slot]
      if entry == 0 { break }
      if RowIndex.hash(of: entry) == hash {
        let row = RowIndex.row(of: entry) &+ shift
        if from[row] == source && to[row] == target { return .existing(row: row &+ heldFrom) }
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
    for place in 0..<columnList.count where marks[place] != 0 {
      columnList[place].append(words[place], at: row)
    }
    return .added(row: row)
  }

  /// The row of the edge with exactly these properties, if there is one.
  func lookup(
    _ source: UInt32, _ target: UInt32, _ properties: [StagedProperty],
    _ dictionary: TermDictionary
  ) -> Int? {
    touch()
    return stage(properties, dictionary) == nil ? stagedRow(source, target).row : nil
  }

  /// The row that has the staged properties, and the hash under which it is or would be indexed.
  private func stagedRow(_ source: UInt32, _ target: UInt32) -> (row: Int?, hash: UInt32) {
    let marks = stagedMarks.words
    let words = stagedWords.words
    let sorted = unindexedCount > 0 ? sortedRows(source, target) : 0..<0
    var state = EdgeTable.hash(source, target)
    for place in 0..<columnList.count where marks[place] != 0 {
      state = EdgeTable.hash(state, words[place], place)
    }
    let hash = ByteHash.narrow(state)
    for row in sorted where equalsStaged(row) { return (row, hash) }
    let slots = index.words
    let shift = indexShift
    var slot = Int(hash) & index.mask
    while true {
      let entry = slots[slot]
      if entry == 0 { break }
      if RowIndex.hash(of: entry) == hash {
        let row = RowIndex.row(of: entry) &+ shift
        if sourceColumn[row] == source && targetColumn[row] == target
          && equalsStaged(row &+ heldFrom)
        {
          return (row &+ heldFrom, hash)
        }
      }
      slot = (slot &+ 1) & index.mask
    }
    return (nil, hash)
  }

  /// Takes rows of a load, if the table has none; they are indexed when that is needed.
  func adopt(_ rows: Rows) -> Bool {
    touch()
    guard count == 0 else { return false }
    sourceColumn = rows.sources
    targetColumn = rows.targets
    unindexedCount = count
    isSearchable = false
    searches = 0
    index = RowIndex()
    transaction.note(rows.ordinals)
    revision &+= 1
    return true
  }

  /// Makes a column for a property that no edge has yet.
  func addColumn(_ key: TermID, _ type: ValueType, isDeclared: Bool) {
    touch()
    let rows = heldFrom > 0 ? livingRows : BaseRows(total: 0)
    columnList.append(PropertyColumn(key: key, type: type, isDeclared: isDeclared, rows: rows))
  }

  /// Lays the properties out by column, making columnList for new keys.
  private func stage(_ properties: [StagedProperty], _ dictionary: TermDictionary) -> Outcome? {
    for place in 0..<stagedMarks.count { stagedMarks[place] = 0 }
    while stagedMarks.count < columnList.count + properties.count {
      stagedMarks.append(0)
      stagedWords.append(0)
    }
    for position in 0..<properties.count {
      let property = properties[position]
      let known = self.place(of: property.key)
      let place = known ?? columnList.count
      if known == nil { addColumn(TermID(raw: property.key), property.type, isDeclared: false) }
      // A number widens here; a text in a column of numbers, or a decimal in one of integers, is
      // for the graph to judge.
      let column = columnList[place]
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

  /// The place of a property's column, if it has one. O(1).
  private func place(of key: UInt32) -> Int? {
    guard columnList.count > 16 else {
      var place = 0
      while place < columnList.count {
        if columnList[place].key.raw == key { return place }
        place &+= 1
      }
      return nil
    }
    while placedCount < columnList.count {
      let other = columnList[placedCount].key.raw
      if placesByKey[other] == nil { placesByKey[other] = placedCount }
      placedCount += 1
    }
    return placesByKey[key]
  }

  /// The sorted rows that join two nodes; none once all rows are in the index. O(log rows).
  @inline(never)
  private func sortedRows(_ source: UInt32, _ target: UInt32) -> Range<Int> {
    searches &+= 1
    if !isSearchable || searches &* 8 > unindexedCount {
      indexAllRows()
      return 0..<0
    }
    if heldFrom > 0, let base {
      let places = base.places(from: source, to: target)
      return livingRows.rank(of: places.lowerBound)..<livingRows.rank(of: places.upperBound)
    }
    let from = sourceColumn.words
    let to = targetColumn.words
    func lowerBound(_ key: UInt64) -> Int {
      var low = 0
      var high = unindexedCount
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
    let start = lowerBound(UInt64(source) << 32 | UInt64(target))
    var end = start
    while end < unindexedCount && from[end] == source && to[end] == target { end &+= 1 }
    return start..<end
  }

  /// Puts all rows into the index. O(rows).
  private func indexAllRows() {
    unpack()
    for column in columnList { column.unpack() }
    unindexedCount = 0
    isSearchable = true
    index = RowIndex(minimumCapacity: count)
    for row in 0..<count { index.insert(row: row, hash: hash(of: row)) }
  }

  private func equalsStaged(_ row: Int) -> Bool {
    for place in 0..<columnList.count {
      let isPresent = columnList[place].isPresent(row)
      if isPresent != (stagedMarks[place] != 0) { return false }
      if isPresent && columnList[place].word(row) != stagedWords[place] { return false }
    }
    return true
  }

  @inline(__always)
  private func append(
    _ source: UInt32, _ target: UInt32, _ hash: UInt32, _ ordinal: Int
  ) -> Int {
    let row = heldFrom &+ sourceColumn.count
    sourceColumn.append(source)
    targetColumn.append(target)
    index.insert(row: row &- unindexedCount, hash: hash)
    transaction.note(ordinal)
    revision &+= 1
    return row
  }

  /// Forgets rows, citations and property columns beyond the given counts. O(rows forgotten).
  func truncate(to newCount: Int, citations citationCount: Int, columns columnCount: Int) {
    if newCount == count && citationCount == citations.count && columnCount == columns.count {
      return
    }
    for row in stride(from: count - 1, through: max(newCount, unindexedCount), by: -1) {
      index.remove(row: row - unindexedCount, hash: hash(of: row))
    }
    unindexedCount = min(unindexedCount, newCount)
    citationList.truncate(to: citationCount, rowCount: newCount)
    sourceColumn.truncate(to: newCount - heldFrom)
    targetColumn.truncate(to: newCount - heldFrom)
    columnList.removeLast(max(0, columnList.count - columnCount))
    placesByKey = [:]
    placedCount = 0
    for column in columnList { column.truncate(to: newCount) }
    transaction.truncate(toRow: newCount)
    revision &+= 1
  }

  /// The hash under which a row of the columns is indexed.
  private func hash(of row: Int) -> UInt32 {
    var state = EdgeTable.hash(sourceColumn[row - heldFrom], targetColumn[row - heldFrom])
    for place in 0..<columnList.count where columnList[place].isPresent(row) {
      state = EdgeTable.hash(state, columnList[place].word(row), place)
    }
    return ByteHash.narrow(state)
  }

  /// Whether a row is found again; for tests.
  func isFindable(_ row: Int) -> Bool {
    if row < unindexedCount {
      let (source, target) = ends(of: row)
      let found = sortedRows(source, target)
      if unindexedCount > 0 { return found.contains(row) }
    }
    let hash = hash(of: row)
    let slots = index.words
    var slot = Int(hash) & index.mask
    while slots[slot] != 0 {
      if RowIndex.row(of: slots[slot]) == row - unindexedCount {
        return RowIndex.hash(of: slots[slot]) == hash
      }
      slot = (slot &+ 1) & index.mask
    }
    return false
  }

  var indexedCount: Int { index.count }

  // MARK: - Deltas

  @inline(__always)
  private func touch() { if delta != nil { loadDelta() } }

  @inline(never)
  private func loadDelta() {
    guard let content = delta?.load() else { return }
    delta = nil
    livingRows = BaseRows(total: livingRows.total, dead: content.dead)
    heldFrom = livingRows.count
    unindexedCount = livingRows.count
    let later = content.nodes.count
    for property in content.properties
    where !columnList.contains(where: { $0.key.raw == property.key }) {
      columnList.append(
        PropertyColumn(
          key: TermID(raw: property.key), type: property.type, isDeclared: property.isDeclared,
          rows: livingRows))
    }
    for column in columnList {
      column.adopt(
        livingRows, later: later, content.properties.first { $0.key == column.key.raw })
    }
    citationList.adopt(livingRows, content.citations)
    sourceColumn = content.nodes
    targetColumn = content.targets
    if content.isDamaged {
      // Rows of zeros are all the same; nothing is looked up among them.
      return
    }
    index = RowIndex(minimumCapacity: later)
    for place in 0..<later { index.insert(row: place, hash: hash(of: heldFrom + place)) }
  }

  /// The ends of the rows that do not lie in the file.
  var laterEnds: (sources: Words<UInt32>, targets: Words<UInt32>) {
    touch()
    let shift = livingRows.count - heldFrom
    let later = sourceColumn.count - shift
    return (sourceColumn.words.slice(shift, later), targetColumn.words.slice(shift, later))
  }

  /// The nodes at one end of the rows from `first` on; valid until the rows change.
  func nodes(at end: GraphViolation.End, from first: Int) -> Words<UInt32> {
    let column: Column<UInt32>
    let start: Int
    if first >= heldFrom && delta == nil {
      (column, start) = (end == .source ? sourceColumn : targetColumn, first - heldFrom)
    } else {
      (column, start) = (end == .source ? sources : targets, first)
    }
    return column.words.slice(start, column.count - start)
  }

  /// What has changed since the base was written; `nil` where there is no base.
  var changes: TableDelta? {
    touch()
    let first = livingRows.count
    guard livingRows.total > 0 else { return nil }
    var result = TableDelta()
    result.dead = livingRows.dead
    for row in first..<count {
      result.nodes.append(sourceColumn[row - heldFrom])
      result.targets.append(targetColumn[row - heldFrom])
    }
    for column in columnList {
      let values = column.laterValues(from: first, to: count)
      if values.places.count > 0 { result.properties.append(values) }
    }
    result.citations = citationList.later
    return result
  }

  /// The rows that lie in the file, less some, as a table of its own.
  func sharingBase(without rows: [Int]) -> EdgeTable {
    touch()
    let rest = livingRows.removing(rows)
    return EdgeTable(
      type: type, base: base, rows: rest, columns: columnList.map { $0.sharingBase(rest) },
      citations: citationList.sharingBase(rest))
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
