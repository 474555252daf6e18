@_spi(Columns) import GraphCore

/// Relations opened for rows that come one by one.
///
/// A relation is an object made for batches: to ask it for anything takes as long as to read several rows. While
/// relations are open, what loops need of them lies here in flat tables: how far they are, a view of each column with the room
/// behind its last row, the set that tells which rows there are.
///
/// What the room does not allow is left to the relation, as batches do it: a column or a set that has to move, a word that
/// needs more bits than others did. What that may have moved is then taken anew. So whoever reads a column takes its view from the table each time:
/// it is valid until the next row is added. Between `open` and `close` the relations themselves do not know what was added.
///
/// Where the values of a column rise from row to row, as those of counters do, a row with a value above all others is
/// known to be new: no set is asked, which would be a look at far memory for each row. The set gets such rows when
/// somebody asks it. The first row that does not rise ends that.
final class OpenRelations {
  /// How far a relation is.
  struct Marks: BitwiseCopyable {
    var stable = 0
    var visible = 0
    var rowCount = 0
    /// With so many rows something has to grow.
    var capacity = 0
    /// Whether the row of code zero is there.
    var hasZero = false
    /// The greatest value of the column that rises, as a number without sign.
    var highest: UInt64 = 0
  }

  /// Which rows a relation has, and where its columns are in the table.
  struct Members: BitwiseCopyable {
    enum Form: UInt8 {
      /// Nobody asks.
      case unknown
      /// Packed rows.
      case codes
      /// Numbers of rows, by the hash of the row.
      case places
    }

    var form = Form.unknown
    var codes: PackedSet.Table?
    var slots: Words<UInt64> = .empty
    var mask = 0
    let firstColumn: Int
    let arity: Int
    /// The column whose values rise; -1 where none does.
    var rising = -1
    /// What turns its words into numbers without sign.
    var flip: UInt64 = 0
  }

  struct OpenColumn: BitwiseCopyable {
    var view: ColumnView
    /// Its part of a packed row.
    var part: RowPacking.Part?
  }

  /// A relation, and what is wanted of it.
  struct Use {
    let relation: Relation
    /// Rows are added to it.
    let grows: Bool
    /// Rows are looked for, as they are before one is added.
    var isSearched: Bool
    /// Rules ask whether it has a row.
    var isAsked = false
    let firstColumn: Int
  }

  /// What is known of a column that may rise.
  private enum Rise {
    case unknown, none
    /// The values of so many rows are below `highest`, or it.
    case column(Int, known: Int, highest: UInt64)
  }

  private let uses: [Use]
  private var rises: [Rise]
  let marks: Words<Marks>
  private let members: Words<Members>
  let columns: Words<OpenColumn>
  /// The row that is to be added or looked for.
  let row: Words<UInt64>
  private let owners: (Column<Marks>, Column<Members>, Column<OpenColumn>, Column<UInt64>)

  /// Opens nothing yet.
  init(_ uses: [Use]) {
    self.uses = uses
    rises = uses.map { $0.grows && $0.isSearched && !$0.isAsked ? .unknown : .none }
    let arity = uses.reduce(0) { max($0, $1.relation.arity) }
    let width = uses.reduce(0) { $0 + $1.relation.arity }
    owners = (
      Column(repeating: Marks(), count: uses.count),
      Column(uses.map { Members(firstColumn: $0.firstColumn, arity: $0.relation.arity) }),
      Column(repeating: OpenColumn(view: .rowNumbers), count: width),
      Column(repeating: 0, count: arity)
    )
    (marks, members) = (owners.0.words, owners.1.words)
    (columns, row) = (owners.2.words, owners.3.words)
  }

  // MARK: Opening

  func open() { for number in uses.indices { open(number) } }

  /// Tells the relations what was added.
  func close() { for number in uses.indices where uses[number].grows { close(number) } }

  private func open(_ number: Int) {
    let (use, relation) = (uses[number], uses[number].relation)
    var mark = Marks(
      stable: relation.stable, visible: relation.visible, rowCount: relation.rowCount)
    members[number].rising = -1
    if let (column, highest) = risingColumn(number, relation) {
      members[number].rising = column
      members[number].flip = relation.types[column].orderKey(0)
      (mark.capacity, mark.highest) = (.max, highest)
    } else if use.isSearched {
      mark.capacity = openMembers(number, relation)
      mark.hasZero = relation.membership.packed?.hasZero ?? false
    }
    for column in 0..<relation.arity {
      let place = use.firstColumn + column
      if use.grows {
        columns[place].view = relation.columns[column].prepareRoom()
        mark.capacity = min(mark.capacity, columns[place].view.room)
      } else {
        columns[place].view = relation.view(column)
      }
    }
    marks[number] = mark
  }

  /// So many rows have to rise before it is counted on.
  private static let leastRise = 16

  /// The column whose values rise, and the greatest of them. O(rows) once, then O(rows that are new).
  private func risingColumn(_ number: Int, _ relation: Relation) -> (Int, UInt64)? {
    var (column, known, highest) = (0, 0, UInt64(0))
    switch rises[number] {
    case .none: return nil
    case .column(let rising, let count, let value):
      (column, known, highest) = (rising, count, value)
    case .unknown:
      let last = relation.rowCount - Self.leastRise
      let found = relation.types.indices.first { column in
        let (type, view) = (relation.types[column], relation.columns[column].view)
        guard last > 0, type == .number || type == .unsigned else { return false }
        return (last..<relation.rowCount).allSatisfy { row in
          type.orderKey(view[row - 1]) < type.orderKey(view[row])
        }
      }
      guard let found else { return nil }
      column = found
    }
    let (type, view) = (relation.types[column], relation.columns[column].view)
    for row in known..<relation.rowCount { highest = max(highest, type.orderKey(view[row])) }
    rises[number] = .column(column, known: relation.rowCount, highest: highest)
    return (column, highest)
  }

  /// Takes the set of a relation's rows; returns for how many there is room.
  private func openMembers(_ number: Int, _ relation: Relation) -> Int {
    if relation.coverPacked(), let packing = relation.membership.packing,
      let packed = relation.membership.packed
    {
      members[number].form = .codes
      members[number].codes = packed.table
      for column in 0..<relation.arity {
        columns[members[number].firstColumn + column].part = packing.part(of: column)
      }
      return packed.room == .max ? .max : packed.count + packed.room
    }
    relation.coverPlaces()
    guard let places = relation.membership.places else { return 0 }
    members[number].form = .places
    (members[number].slots, members[number].mask) = (places.words, places.mask)
    return places.words.count * 2 / 3
  }

  private func close(_ number: Int) {
    let (relation, mark) = (uses[number].relation, marks[number])
    let added = mark.rowCount - relation.rowCount
    if members[number].rising >= 0 {
      let column = members[number].rising
      rises[number] = .column(column, known: mark.rowCount, highest: mark.highest)
    } else {
      relation.membership.packed?.noteAdded(added, hasZero: mark.hasZero)
      relation.membership.places?.noteInsertions(added)
      relation.membership.covered = mark.rowCount
    }
    for column in relation.columns { column.commit(count: mark.rowCount) }
    relation.resume(stable: mark.stable, visible: mark.visible, rowCount: mark.rowCount)
  }

  // MARK: Rounds

  /// Makes what was added the delta of the next round; how many rows that is.
  @inline(__always)
  func advance(_ number: Int) -> Int {
    var mark = marks[number]
    (mark.stable, mark.visible) = (mark.visible, mark.rowCount)
    marks[number] = mark
    return mark.visible &- mark.stable
  }

  // MARK: Rows

  @inline(__always)
  func arity(of number: Int) -> Int { members[number].arity }

  /// Whether a relation has the row that lies in `row`. Expected O(columns).
  @inline(__always)
  func contains(_ number: Int) -> Bool {
    if members[number].rising >= 0 {
      if row[members[number].rising] ^ members[number].flip > marks[number].highest { return false }
      endRise(of: number)
    }
    let members = members[number]
    guard members.form == .codes, let codes = members.codes else {
      return place(members, hash(members)).isKnown
    }
    guard let code = code(members) else { return false }
    return code == 0 && !codes.isBitmap ? marks[number].hasZero : codes.contains(code)
  }

  /// Adds the row that lies in `row`, if it is new. Expected O(columns).
  @inline(__always)
  func insert(into number: Int) {
    let members = members[number]
    guard marks[number].rowCount < marks[number].capacity else { return insertSlowly(number) }
    if members.rising >= 0 {
      let key = row[members.rising] ^ members.flip
      guard key > marks[number].highest, fits(members) else { return insertSlowly(number) }
      marks[number].highest = key
    } else if members.form == .codes, let codes = members.codes {
      guard let code = code(members) else { return insertSlowly(number) }
      if code == 0 && !codes.isBitmap {
        if marks[number].hasZero { return }
        marks[number].hasZero = true
      } else if !codes.insert(code) {
        return
      }
    } else {
      guard fits(members) else { return insertSlowly(number) }
      let hash = hash(members)
      let place = place(members, hash)
      if place.isKnown { return }
      members.slots[place.slot] = RowIndex.entry(row: marks[number].rowCount, hash: hash)
    }
    let last = marks[number].rowCount
    for column in 0..<members.arity {
      columns[members.firstColumn &+ column].view.set(row[column], at: last)
    }
    marks[number].rowCount = last &+ 1
  }

  /// Brings the set up to date, which gets every row from now on.
  @inline(never)
  private func endRise(of number: Int) {
    close(number)
    rises[number] = .none
    open(number)
  }

  /// Whether the columns hold words of the row's size.
  @inline(__always)
  private func fits(_ members: Members) -> Bool {
    for column in 0..<members.arity
    where !columns[members.firstColumn &+ column].view.fits(row[column]) {
      return false
    }
    return true
  }

  /// Leaves it to the relation, which may move everything.
  @inline(never)
  private func insertSlowly(_ number: Int) {
    close(number)
    let (relation, rising) = (uses[number].relation, members[number].rising)
    let words = (0..<relation.arity).map { row.slice($0, 1) }
    if rising >= 0, row[rising] ^ members[number].flip > marks[number].highest {
      relation.insertDistinct(words, count: 1)
    } else {
      if rising >= 0 { rises[number] = .none }
      relation.insert(words, count: 1)
    }
    open(number)
  }

  /// The code of the row; nothing where it has a word that is in no row.
  @inline(__always)
  private func code(_ members: Members) -> UInt64? {
    var code: UInt64 = 0
    for place in 0..<members.arity {
      let (column, word) = (columns[members.firstColumn &+ place], row[place])
      guard column.view.fits(word), let part = column.part?.code(of: word) else { return nil }
      code |= part
    }
    return code
  }

  @inline(__always)
  private func hash(_ members: Members) -> UInt32 {
    var state = TupleHash.seed
    for column in 0..<members.arity { state = TupleHash.mix(state, row[column]) }
    return TupleHash.narrow(state)
  }

  /// Where the row is among the places, or belongs.
  @inline(__always)
  private func place(_ members: Members, _ hash: UInt32) -> (slot: Int, isKnown: Bool) {
    var slot = Int(hash) & members.mask
    while true {
      let entry = members.slots[slot]
      if entry == 0 { return (slot, false) }
      if RowIndex.hash(of: entry) == hash {
        let known = RowIndex.row(of: entry)
        var column = 0
        while column < members.arity,
          columns[members.firstColumn &+ column].view[known] == row[column]
        {
          column &+= 1
        }
        if column == members.arity { return (slot, true) }
      }
      slot = (slot &+ 1) & members.mask
    }
  }
}

extension ColumnView {
  /// How many rows there is room for.
  fileprivate var room: Int { form == .wide ? wide.count : narrow.count }
}
