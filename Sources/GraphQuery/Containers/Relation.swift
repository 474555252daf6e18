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
/// row it replaces is marked dead.
package final class Relation {
  package let name: String
  package let types: [ColumnType]
  let lattice: CoreRelation.Lattice?
  private let order: WordOrder?
  private var columns: [WordColumn]
  private var borrowed: [ColumnView]?
  /// What keeps borrowed columns alive.
  private var owner: Any?
  /// The bytes of borrowed columns that belong to no store.
  private var collectedByteCount = 0
  /// The pairs of a complete relation in compact form, until somebody wants columns.
  private var compact: BinaryRows?
  package private(set) var rowCount = 0
  private(set) var stable = 0
  private(set) var visible = 0
  private var rows = RowIndex()
  private var dead = Bitmap()
  private var indexes: [[Int]: HashIndex] = [:]
  private let states = Column<UInt64>(repeating: 0, count: Batch.capacity)
  /// The columns and the batch's columns, laid out flat for the loop of an insertion.
  private let views: Column<ColumnView>
  private let batch: Column<Words<UInt64>>

  package init(
    name: String, types: [ColumnType], lattice: CoreRelation.Lattice? = nil, terms: TermSpace
  ) {
    self.name = name
    self.types = types
    self.lattice = lattice
    order = lattice == nil ? nil : types.last.map { WordOrder($0, terms) }
    columns = types.map { WordColumn(kind: $0.wordKind) }
    views = Column(repeating: .rowNumbers, count: types.count)
    batch = Column(repeating: .empty, count: types.count)
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
    self.views = Column()
    batch = Column()
    borrowed = views
    self.owner = owner
    self.rowCount = rowCount
    visible = rowCount
    stable = rowCount
  }

  /// A relation of rows that were read, all of them old.
  convenience init(name: String, types: [ColumnType], collected rows: RowCollector) {
    self.init(
      name: name, types: types, borrowing: rows.columns.map(\.view), rowCount: rows.rowCount,
      owner: rows)
    collectedByteCount = rows.byteCount
  }

  package var arity: Int { types.count }

  /// How many rows are alive.
  package var liveCount: Int { rowCount - dead.count }

  /// Whether the columns are somebody else's: nothing was added here.
  var isBorrowed: Bool { borrowed != nil && compact == nil }

  var hasDeadRows: Bool { dead.count > 0 }

  @inline(__always)
  package func isDead(_ row: Int) -> Bool { dead.contains(row) }

  package var byteCount: Int {
    columns.reduce(rows.byteCount + (compact?.byteCount ?? 0) + collectedByteCount) {
      $0 + $1.byteCount
    }
      + indexes.values.reduce(0) { $0 + $1.byteCount }
  }

  /// Bytes that columns would take which are not made yet.
  var spreadByteCount: Int {
    compact == nil ? 0 : rowCount.multipliedReportingOverflow(by: 8).partialValue
  }

  /// A column for reading, invalid after the next insertion.
  package func view(_ column: Int) -> ColumnView {
    if compact != nil { spreadOut() }
    if let borrowed { return borrowed[column] }
    return columns[column].view
  }

  package func word(row: Int, column: Int) -> UInt64 { view(column)[row] }

  // MARK: Compact form

  /// The pairs in compact form, as long as nobody has asked for columns.
  var compactRows: BinaryRows? { compact }

  /// Takes over the complete content of a binary relation, in place of what was there.
  func adopt(_ content: BinaryRows) {
    compact = content
    columns = []
    rows = RowIndex()
    indexes = [:]
    rowCount = content.count
    settle()
  }

  /// Makes columns of the compact form. O(rows).
  private func spreadOut() {
    guard let content = compact else { return }
    compact = nil
    let left = Column<UInt32>(minimumCapacity: content.count)
    let right = Column<UInt32>(minimumCapacity: content.count)
    defer { keepAlive(left, right, content) }
    left.grow(by: content.count)
    right.grow(by: content.count)
    content.fill(left.words, right.words)
    // All values are small and not negative, so they read the same signed and unsigned.
    borrowed = [ColumnView(narrow: left.words), ColumnView(narrow: right.words)]
    owner = (left, right)
  }

  // MARK: Rounds

  /// Makes what was added visible as the delta of the next round; false if nothing was.
  func advance() -> Bool {
    stable = visible
    visible = rowCount
    return visible > stable
  }

  /// Makes all rows old: the relation is complete, or starts a recursion as its own first delta.
  func settle(asDelta: Bool = false) {
    visible = rowCount
    stable = asDelta ? 0 : rowCount
  }

  // MARK: Indexes

  /// The index over some columns, with all visible rows.
  func index(on columns: [Int]) -> HashIndex {
    let index: HashIndex
    if let known = indexes[columns] {
      index = known
    } else {
      let isExact = columns.count == 1 && types[columns[0]].wordKind == .code
      index = HashIndex(columns: columns, isExact: isExact)
      indexes[columns] = index
    }
    index.catchUp(columns.map { view($0) }, rowCount: visible)
    return index
  }

  /// How many different keys the index over these columns has, if there is one.
  func knownKeyCount(on columns: [Int]) -> Int? {
    guard let index = indexes[columns], index.rowCount > 0 else { return nil }
    return index.keyCount
  }

  // MARK: Insertion

  /// Adds the rows of a batch that are new. `inputs` holds a column of the batch per column of the
  /// relation. Expected O(count).
  func insert(_ inputs: [Words<UInt64>], count: Int) {
    if arity == 0 {
      if rowCount == 0 && count > 0 { rowCount = 1 }
      return
    }
    if count == 0 { return }
    if lattice != nil {
      hash(inputs, keyCount: arity - 1, count: count)
      let states = states.words
      for i in 0..<count { insertBetter(inputs, i, UInt32(truncatingIfNeeded: states[i])) }
      return
    }
    insertNew(inputs, count: count, rows: nil)
  }

  /// The row of each tuple of a batch, added where it is new: groups of an aggregate.
  func findOrInsert(_ inputs: [Words<UInt64>], count: Int, rows output: Words<UInt32>) {
    if arity == 0 {
      rowCount = 1
      for i in 0..<count { output[i] = 0 }
      return
    }
    if count > 0 { insertNew(inputs, count: count, rows: output) }
  }

  /// Adds what is new and tells, if asked, the row of each tuple.
  ///
  /// Room for the whole batch is made first, so that the loop stores without looking at capacities
  /// and its pointers stay where they are.
  private func insertNew(_ inputs: [Words<UInt64>], count: Int, rows output: Words<UInt32>?) {
    hash(inputs, keyCount: arity, count: count)
    rows.reserve(rowCount + count)
    var isNarrow = arity == 2
    for column in 0..<arity {
      views[column] = columns[column].prepare(for: inputs[column], count: count)
      batch[column] = inputs[column]
      isNarrow = isNarrow && views[column].form != .wide
    }
    if isNarrow && output == nil {
      insertNarrowPairs(count)
    } else {
      insertRows(count, output)
    }
    for column in columns { column.commit(count: rowCount) }
  }

  private func insertNarrowPairs(_ count: Int) {
    let (a, b) = (views[0].narrow, views[1].narrow)
    let (x, y) = (batch[0], batch[1])
    let slots = rows.words
    let mask = rows.mask
    let hashes = states.words
    var next = rowCount
    for i in 0..<count {
      let (left, right) = (
        UInt32(truncatingIfNeeded: x[i]), UInt32(truncatingIfNeeded: y[i])
      )
      let hash = hashes[i]
      var slot = Int(hash) & mask
      while true {
        let entry = slots[slot]
        if entry == 0 {
          a[next] = left
          b[next] = right
          slots[slot] = hash << 32 | UInt64(next &+ 1)
          next &+= 1
          break
        }
        if entry >> 32 == hash {
          let row = RowIndex.row(of: entry)
          if a[row] == left && b[row] == right { break }
        }
        slot = (slot &+ 1) & mask
      }
    }
    rows.noteInsertions(next - rowCount)
    rowCount = next
  }

  private func insertRows(_ count: Int, _ output: Words<UInt32>?) {
    let views = views.words
    let batch = batch.words
    let arity = arity
    let slots = rows.words
    let mask = rows.mask
    let hashes = states.words
    var next = rowCount
    for i in 0..<count {
      let hash = hashes[i]
      var slot = Int(hash) & mask
      var found = next
      while true {
        let entry = slots[slot]
        if entry == 0 {
          for column in 0..<arity { views[column].set(batch[column][i], at: next) }
          slots[slot] = hash << 32 | UInt64(next &+ 1)
          next &+= 1
          break
        }
        if entry >> 32 == hash {
          let row = RowIndex.row(of: entry)
          var column = 0
          while column < arity && views[column][row] == batch[column][i] { column &+= 1 }
          if column == arity {
            found = row
            break
          }
        }
        slot = (slot &+ 1) & mask
      }
      if let output { output[i] = UInt32(truncatingIfNeeded: found) }
    }
    rows.noteInsertions(next - rowCount)
    rowCount = next
  }

  /// Adds one row, given as words, if it is new.
  package func insert(_ row: [UInt64]) {
    precondition(row.count == arity)
    let buffer = Column<UInt64>(row)
    defer { keepAlive(buffer) }
    insert((0..<arity).map { buffer.words.slice($0, 1) }, count: 1)
  }

  /// Whether the relation, which must own its rows, holds a row.
  package func contains(_ row: [UInt64]) -> Bool { position(of: row) != nil }

  /// Takes a row out, if it is there: it stays in its place, marked dead.
  package func remove(_ row: [UInt64]) {
    guard let (position, hash) = position(of: row) else { return }
    rows.remove(row: position, hash: hash)
    dead.insert(position)
  }

  private func position(of row: [UInt64]) -> (Int, UInt32)? {
    precondition(row.count == arity && lattice == nil && borrowed == nil)
    let buffer = Column<UInt64>(row)
    let inputs = (0..<arity).map { buffer.words.slice($0, 1) }
    hash(inputs, keyCount: arity, count: 1)
    let hash = UInt32(truncatingIfNeeded: states[0])
    return find(inputs, 0, hash, keyCount: arity).map { ($0, hash) }
  }

  /// Adds all live rows of another relation of the same types.
  func insert(contentsOf other: Relation) {
    let buffers = (0..<arity).map { _ in Column<UInt64>(repeating: 0, count: Batch.capacity) }
    defer { keepAlive(buffers) }
    var row = 0
    while row < other.rowCount {
      var count = 0
      while row < other.rowCount && count < Batch.capacity {
        if !other.isDead(row) {
          for column in 0..<arity { buffers[column].words[count] = other.view(column)[row] }
          count += 1
        }
        row += 1
      }
      insert(buffers.map(\.words), count: count)
    }
  }

  private func hash(_ inputs: [Words<UInt64>], keyCount: Int, count: Int) {
    let states = states.words
    for i in 0..<count { states[i] = TupleHash.seed }
    for column in 0..<keyCount { TupleHash.fold(inputs[column], count: count, into: states) }
    for i in 0..<count { states[i] = UInt64(TupleHash.narrow(states[i])) }
  }

  /// The row that equals tuple `i` of the batch in its first `keyCount` columns.
  @inline(__always)
  private func find(
    _ inputs: [Words<UInt64>], _ i: Int, _ hash: UInt32, keyCount: Int
  ) -> Int? {
    let slots = rows.words
    let mask = rows.mask
    var slot = Int(hash) & mask
    while true {
      let entry = slots[slot]
      if entry == 0 { return nil }
      if RowIndex.hash(of: entry) == hash {
        let row = RowIndex.row(of: entry)
        var isEqual = true
        for column in 0..<keyCount where columns[column].view[row] != inputs[column][i] {
          isEqual = false
          break
        }
        if isEqual { return row }
      }
      slot = (slot &+ 1) & mask
    }
  }

  @inline(__always)
  private func append(_ inputs: [Words<UInt64>], _ i: Int, _ hash: UInt32) {
    for column in 0..<columns.count { columns[column].append(inputs[column][i]) }
    rows.insert(row: rowCount, hash: hash)
    rowCount &+= 1
  }

  private func insertBetter(_ inputs: [Words<UInt64>], _ i: Int, _ hash: UInt32) {
    let last = arity - 1
    guard let row = find(inputs, i, hash, keyCount: last) else {
      append(inputs, i, hash)
      return
    }
    guard let order else { return }
    let old = columns[last].view[row]
    let new = inputs[last][i]
    let isBetter = lattice == .min ? order.precedes(new, old) : order.precedes(old, new)
    guard isBetter else { return }
    if row >= visible {
      // Nobody has seen the row yet, so its value can change in place.
      columns[last].replace(new, at: row)
      return
    }
    rows.remove(row: row, hash: hash)
    dead.insert(row)
    append(inputs, i, hash)
  }
}
