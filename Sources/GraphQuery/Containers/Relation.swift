@_spi(Columns) import GraphCore

/// How many rows travel together through a rule.
enum Batch {
  static let capacity = 1024
}

/// A set of rows, kept as columns, that grows at its end.
///
/// A relation either owns its columns and keeps its rows distinct, or borrows columns of the store,
/// which are distinct already. Semi-naive evaluation reads it by watermarks: rows below `stable` are
/// old, those from `stable` to `visible` are the last round's delta, and what the current round adds
/// lies above `visible`, unseen until `advance`.
///
/// With a lattice the last column is a function of the others: a better value is a new row, and the
/// row it replaces, once it has been seen, is marked dead. With choices a row is added only where its values of each key are new.
package final class Relation {
  package let name: String
  package let types: [ColumnType]
  let lattice: CoreRelation.Lattice?
  let order: WordOrder?
  /// See `Relation+Choices`.
  var choices: Choices?
  var columns: [WordColumn]
  var borrowed: [ColumnView]?
  /// The same pairs as they lie in a file, where they do.
  private(set) var stored: StoredPairs?
  /// Makes the columns of stored pairs, until somebody has wanted them.
  private var unpackStored: (() -> (views: [ColumnView], owner: Any))?
  /// What keeps borrowed columns alive.
  private var owner: Any?
  /// The bytes of borrowed columns that belong to no store.
  private var collectedByteCount = 0
  /// The key of rows that were read in order or derived, and how many there were.
  private var rowKey: (width: Int, rowCount: Int, isOrdered: Bool)?
  /// The pairs of a complete relation in compact form, until somebody wants columns.
  private var compact: BinaryRows?
  package internal(set) var rowCount = 0
  private(set) var stable = 0
  private(set) var visible = 0
  let dead = DeadRows()
  /// The rows that give way to no other, where some do and that is kept: see `Fronts`.
  var fronts: Fronts?
  /// Whether nobody keeps the numbers of rows from one round to the next.
  var mayRenumber = true
  /// Which rows there are, for finding duplicates: see `Relation+Membership`.
  var membership = Membership()
  /// The rows by the values of columns: see `Relation+Indexes`.
  var indexes = Indexes()
  let scratch = Scratch()
  /// Who builds indexes of many rows.
  var workers: Workers?

  package init(
    name: String, types: [ColumnType], lattice: CoreRelation.Lattice? = nil,
    choiceKeys: [[Int]] = [], terms: TermSpace
  ) {
    self.name = name
    self.types = types
    self.lattice = lattice
    choices = Choices(keys: choiceKeys)
    mayRenumber = choices == nil
    order = lattice == nil ? nil : types.last.map { WordOrder($0, terms) }
    columns = types.map { WordColumn(kind: $0.wordKind) }
  }

  /// An empty relation with the columns of another.
  init(like other: Relation) {
    name = other.name
    types = other.types
    lattice = nil
    order = nil
    columns = other.types.map { WordColumn(kind: $0.wordKind) }
  }

  /// A relation over columns that belong to `owner`; its rows must be distinct.
  package init(
    name: String, types: [ColumnType], borrowing views: [ColumnView], rowCount: Int,
    owner: Any
  ) {
    self.name = name
    self.types = types
    lattice = nil
    order = nil
    columns = []
    borrowed = views
    self.owner = owner
    self.rowCount = rowCount
    visible = rowCount
    stable = rowCount
  }

  /// A relation of stored pairs, whose columns are made when somebody wants them.
  convenience init(
    name: String, types: [ColumnType], stored: StoredPairs,
    unpack: @escaping () -> (views: [ColumnView], owner: Any)
  ) {
    self.init(
      name: name, types: types, borrowing: types.map { _ in .rowNumbers }, rowCount: stored.count,
      owner: ())
    self.stored = stored
    unpackStored = unpack
  }

  /// Whether the pairs are in the file alone.
  var isPackedInFile: Bool { unpackStored != nil }

  /// Makes the columns of stored pairs, if they are not there. O(rows), once.
  func makeColumns() {
    guard let unpack = unpackStored else { return }
    unpackStored = nil
    let (views, owner) = unpack()
    (borrowed, self.owner) = (views, owner)
  }

  /// A relation of rows that were read, all of them old.
  convenience init(name: String, types: [ColumnType], collected rows: RowCollector) {
    self.init(
      name: name, types: types, borrowing: rows.columns.map(\.view), rowCount: rows.rowCount,
      owner: rows)
    collectedByteCount = rows.byteCount
    rowKey = rows.keyWidth.map { ($0, rows.rowCount, true) }
  }

  /// So many columns, from the first, tell each row from all others, where that is known.
  var keyWidth: Int? { rowKey.flatMap { $0.rowCount == rowCount ? $0.width : nil } }

  /// Notes that so many columns, from the first, tell the rows apart that there are.
  func noteKey(width: Int) { if keyWidth == nil { rowKey = (width, rowCount, false) } }

  /// Whether rows with the same value in a column are known to lie side by side.
  func isInGroups(of column: Int) -> Bool {
    column == 0 && keyWidth != nil && rowKey?.isOrdered == true
  }

  package var arity: Int { types.count }

  /// Whether every row that is added stays: which one is kept does not depend on those before it.
  var keepsEachRow: Bool { lattice == nil && choices == nil }

  /// How many rows are alive.
  package var liveCount: Int { rowCount - dead.count }

  /// Whether the columns are somebody else's: nothing was added here.
  var isBorrowed: Bool { borrowed != nil && compact == nil }

  var hasDeadRows: Bool { dead.count > 0 }

  @inline(__always)
  package func isDead(_ row: Int) -> Bool { dead.contains(row) }

  package var byteCount: Int {
    var held =
      membership.byteCount + indexByteCount + (compact?.byteCount ?? 0)
      + (choices?.byteCount ?? 0) + (fronts?.byteCount ?? 0) + collectedByteCount
    for column in columns { held += column.byteCount }
    return held
  }

  /// Bytes that columns would take which are not made yet.
  var spreadByteCount: Int {
    guard let compact else { return 0 }
    let pair = compact.highestWord <= UInt64(UInt32.max) ? 8 : 16
    return rowCount.multipliedReportingOverflow(by: pair).partialValue
  }

  /// A column for reading, invalid after the next insertion.
  package func view(_ column: Int) -> ColumnView {
    if compact != nil { spreadOut() }
    if unpackStored != nil { makeColumns() }
    if let borrowed { return borrowed[column] }
    return columns[column].view
  }

  package func word(row: Int, column: Int) -> UInt64 { view(column)[row] }

  // MARK: Compact form

  /// The pairs in compact form, as long as nobody has asked for columns.
  var compactRows: BinaryRows? { compact }

  /// The same where their rows are those of a column's values.
  func compactRows(by column: Int) -> BinaryRows? {
    compact.flatMap { $0.isNear(column) ? $0 : nil }
  }

  /// The same where they answer whether there is a row with values in some columns.
  func compactRows(having columns: [Int]) -> BinaryRows? {
    if columns.count == 1 { return compactRows(by: columns[0]) }
    return compact.flatMap { $0.isEquivalence ? $0 : nil }
  }

  /// Takes over the complete content of a binary relation, in place of what was there.
  func adopt(_ content: BinaryRows) {
    compact = content
    columns = []
    rowKey = nil
    membership = Membership()
    indexes = Indexes()
    rowCount = content.count
    settle()
  }

  /// Takes over the complete content of a relation as columns of distinct rows, in place of what was
  /// there.
  func adopt(columns views: [ColumnView], rowCount count: Int, owner: Any) {
    columns = []
    rowKey = nil
    membership = Membership()
    indexes = Indexes()
    dead.removeAll()
    borrowed = views
    self.owner = owner
    rowCount = count
    settle()
  }

  /// Makes columns of the compact form. O(rows).
  private func spreadOut() {
    guard let content = compact else { return }
    compact = nil
    // Small values that are not negative read the same signed and unsigned.
    if content.highestWord <= UInt64(UInt32.max) {
      let columns = (0..<2).map { _ in Column<UInt32>(unspecified: content.count) }
      defer { keepAlive(columns, content) }
      content.fill(columns[0].words, columns[1].words)
      borrowed = columns.map { ColumnView(narrow: $0.words) }
      owner = columns
    } else {
      let columns = (0..<2).map { _ in Column<UInt64>(unspecified: content.count) }
      defer { keepAlive(columns, content) }
      content.fill(columns[0].words, columns[1].words)
      borrowed = columns.map { ColumnView(wide: $0.words) }
      owner = columns
    }
  }

  /// Forgets all rows of a relation of its own, and keeps the memory of its columns.
  func removeAll() {
    if borrowed != nil || compact != nil {
      (borrowed, compact, owner) = (nil, nil, nil)
      (stored, unpackStored) = (nil, nil)
      collectedByteCount = 0
      rowKey = nil
      columns = types.map { WordColumn(kind: $0.wordKind) }
    }
    for column in columns { column.truncate(to: 0) }
    if rowCount > 0 {
      membership = Membership()
      indexes = Indexes()
      dead.removeAll()
    }
    rowCount = 0
    settle()
  }

  /// Makes room for so many rows in its own columns.
  func reserve(_ count: Int) { for column in columns { column.reserve(count) } }

  // MARK: Rounds

  /// Makes what was added visible as the delta of the next round; false if nothing was. Where most rows are dead
  /// the others get new numbers, as indexes lead to dead ones too: amortised O(1) for each.
  func advance() -> Bool {
    stable = visible
    visible = rowCount
    let hasMore = visible > stable
    if mayRenumber, dead.count > max(rowCount / 2, Self.leastDeadRows) { dropDeadRows() }
    return hasMore
  }

  /// So few dead rows are left where they are.
  private static let leastDeadRows = 256

  private func dropDeadRows() {
    let places = Column<UInt32>(minimumCapacity: liveCount)
    defer { keepAlive(places) }
    var keptStable = 0
    for row in 0..<rowCount {
      if row == stable { keptStable = places.count }
      if !dead.contains(row) { places.append(UInt32(truncatingIfNeeded: row)) }
    }
    for column in columns { column.keep(places.words) }
    fronts?.renumber(places.words)
    let kept = places.count
    dead.removeAll()
    let hasPlaces = membership.places != nil
    membership = Membership()
    indexes = Indexes()
    (rowCount, visible, stable) = (kept, kept, stable < visible ? keptStable : kept)
    if hasPlaces { coverPlaces() }
  }

  /// Takes over how far rounds have come that ran on its columns and its set: see `OpenRelations`.
  func resume(stable: Int, visible: Int, rowCount count: Int) {
    (self.stable, self.visible, rowCount) = (stable, visible, count)
  }

  /// Makes all rows old: the relation is complete, or starts a recursion as its own first delta.
  func settle(asDelta: Bool = false) {
    visible = rowCount
    stable = asDelta ? 0 : rowCount
  }

  // MARK: Batches

  /// Loads rows of the relation as a batch.
  func load(from row: Int, count: Int) -> Words<Words<UInt64>> {
    scratch.prepare(Batch.capacity, arity: arity)
    let buffers = scratch.loadBuffers(arity: arity)
    for column in 0..<arity {
      view(column).load(from: row, count: count, into: buffers[column].words)
      scratch.batch[column] = buffers[column].words
    }
    return scratch.batch.words
  }
}
