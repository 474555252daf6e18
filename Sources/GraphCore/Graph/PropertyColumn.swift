/// One property of the rows of a table: a column of words and, where some rows lack the property, a
/// bitmap of those that have it.
///
/// Texts and booleans take 32 bits a row, numbers 64: an `Int64`, `UInt64` or `Double` by its bits.
/// The word of a row that lacks the property is 0. A column that is shorter than its table lacks
/// the rows beyond its end; the table evens that out before anyone reads it.
package final class PropertyColumn {
  /// The term of the property's name.
  package let key: TermID
  /// What the words mean.
  package let type: ValueType
  /// How many rows have the property.
  @safe @exclusivity(unchecked) package private(set) var presentCount = 0
  /// Whether a schema gives the type; a declared text column takes numbers as their text.
  let isDeclared: Bool
  // The rows from `heldFrom` on; those before lie in the file.
  @safe @exclusivity(unchecked) private var narrowColumn = Column<UInt32>()
  @safe @exclusivity(unchecked) private var wideColumn = Column<UInt64>()
  @safe @exclusivity(unchecked) private var presenceColumn: Column<UInt64>?
  @safe @exclusivity(unchecked) private var heldFrom = 0
  private let base: PackedProperty?
  /// Whether the base has a value for every row, in the order of the rows.
  private let isBaseFull: Bool
  private var baseRows: BaseRows
  private var searches = 0

  /// A column that no row has yet.
  ///
  /// - Parameter rows: the rows of the table that lie in a file.
  init(
    key: TermID, type: ValueType, isDeclared: Bool = false, rows: BaseRows = BaseRows(total: 0)
  ) {
    self.key = key
    self.type = type
    self.isDeclared = isDeclared
    base = nil
    isBaseFull = false
    baseRows = rows
    heldFrom = rows.count
  }

  /// A column that lies in a file.
  ///
  /// - Parameter isFull: whether the base is of nodes, each of which is a row.
  init(
    key: TermID, isDeclared: Bool, base: PackedProperty, isFull: Bool, rows: BaseRows
  ) {
    self.key = key
    type = base.type
    self.isDeclared = isDeclared
    self.base = base
    isBaseFull = isFull || base.count == rows.total
    baseRows = rows
    heldFrom = rows.count
    presentCount = base.count
    for place in rows.dead where index(ofPlace: Int(place)) != nil { presentCount -= 1 }
  }

  /// The column of the rows that lie in the file alone, of which others are dead.
  func sharingBase(_ rows: BaseRows) -> PropertyColumn {
    guard let base else {
      return PropertyColumn(key: key, type: type, isDeclared: isDeclared, rows: rows)
    }
    return PropertyColumn(
      key: key, isDeclared: isDeclared, base: base, isFull: isBaseFull, rows: rows)
  }

  /// The words of a `symbol` (term ids) or `boolean` column (0 and 1); empty otherwise.
  package var narrow: Column<UInt32> {
    if heldFrom > 0 { unpack() }
    return narrowColumn
  }

  /// The words of a numeric column; empty otherwise.
  package var wide: Column<UInt64> {
    if heldFrom > 0 { unpack() }
    return wideColumn
  }

  /// A bit for each row that has the property, 64 to a word; `nil` when every row has it.
  package var presence: Column<UInt64>? {
    if heldFrom > 0 { unpack() }
    return presenceColumn
  }

  /// How many rows the column reaches.
  package var count: Int { heldFrom + heldCount }

  private var heldCount: Int { type.isWide ? wideColumn.count : narrowColumn.count }

  /// Whether a row has the property. O(1), or O(log rows) in a file.
  @inline(__always)
  package func isPresent(_ row: Int) -> Bool {
    guard row < count else { return false }
    if row < heldFrom { return isPresentInBase(row) }
    guard let presenceColumn else { return true }
    let place = row &- heldFrom
    return presenceColumn[place >> 6] & (1 << UInt64(place & 63)) != 0
  }

  /// The word of a row; 0 where it lacks the property. O(1), or O(log rows) in a file.
  @inline(__always)
  package func word(_ row: Int) -> UInt64 {
    guard row < count else { return 0 }
    if row < heldFrom { return baseWord(row) }
    return type.isWide ? wideColumn[row &- heldFrom] : UInt64(narrowColumn[row &- heldFrom])
  }

  @inline(never)
  private func isPresentInBase(_ row: Int) -> Bool {
    if isWorthUnpacking() { return isPresent(row) }
    return index(ofPlace: baseRows.place(of: row)) != nil
  }

  @inline(never)
  private func baseWord(_ row: Int) -> UInt64 {
    if isWorthUnpacking() { return word(row) }
    guard let base, let index = index(ofPlace: baseRows.place(of: row)) else { return 0 }
    return base.word(at: index)
  }

  /// Counts a search in the file and unpacks the column where there were many.
  private func isWorthUnpacking() -> Bool {
    searches &+= 1
    guard searches &* 8 > baseRows.total else { return false }
    unpack()
    return true
  }

  /// Which value of the base belongs to a place.
  private func index(ofPlace place: Int) -> Int? {
    guard !isBaseFull else { return place }
    return base?.places.place(of: UInt32(place))
  }

  /// Unpacks what lies in the file. O(rows).
  func unpack() {
    guard heldFrom > 0 else { return }
    let live = baseRows.count
    let rows = live + heldCount
    let words = base?.unpackWords() ?? Column()
    let present = Column<UInt64>(repeating: 0, count: (rows + 63) >> 6)
    let narrow = Column<UInt32>(repeating: 0, count: type.isWide ? 0 : rows)
    let wide = Column<UInt64>(repeating: 0, count: type.isWide ? rows : 0)
    func put(_ word: UInt64, _ row: Int) {
      if type.isWide { wide[row] = word } else { narrow[row] = UInt32(truncatingIfNeeded: word) }
      present[row >> 6] |= 1 << UInt64(row & 63)
    }
    if isBaseFull {
      for row in 0..<live { put(words[baseRows.place(of: row)], row) }
    } else if let base {
      let places = base.places.unpack()
      for index in 0..<places.count {
        if let row = baseRows.row(at: Int(places[index])) { put(words[index], row) }
      }
    }
    for row in live..<rows where isPresent(row) { put(word(row), row) }
    narrowColumn = narrow
    wideColumn = wide
    presenceColumn = presentCount == rows ? nil : present
    heldFrom = 0
  }

  /// Removes a row that lies in the file; later rows move up. Only in a column whose rows all have the
  /// property, and that nobody else holds.
  func removeBaseRow(_ row: Int) {
    forgetBase()
    baseRows.remove(at: baseRows.place(of: row))
    heldFrom = baseRows.count
    presentCount -= 1
  }

  /// Lets go of what was unpacked; it is unpacked again when as many searches pay for it.
  private func forgetBase() {
    guard heldFrom == 0, baseRows.count > 0 else { return }
    searches = 0
    let first = baseRows.count
    let narrow = Column<UInt32>()
    let wide = Column<UInt64>()
    for row in first..<count {
      if type.isWide { wide.append(wideColumn[row]) } else { narrow.append(narrowColumn[row]) }
    }
    narrowColumn = narrow
    wideColumn = wide
    presenceColumn = nil
    heldFrom = first
  }

  /// Takes what has changed since the base was written.
  func adopt(_ rows: BaseRows, later: Int, _ values: TableDelta.Property?) {
    for place in rows.dead where index(ofPlace: Int(place)) != nil { presentCount -= 1 }
    baseRows = rows
    heldFrom = rows.count
    if let values {
      for index in 0..<values.places.count {
        append(values.words[index], at: rows.count + Int(values.places[index]))
      }
    }
    pad(to: rows.count + later)
  }

  /// The values of rows that came after those in the file.
  func laterValues(from first: Int, to end: Int) -> TableDelta.Property {
    let result = TableDelta.Property(
      key: key.raw, type: type, isDeclared: isDeclared, places: Column(), words: Column())
    for row in first..<max(first, end) where isPresent(row) {
      result.places.append(UInt32(row - first))
      result.words.append(word(row))
    }
    return result
  }

  /// Appends the word of the next row that has the property, after rows that lack it.
  @inline(__always)
  func append(_ word: UInt64, at row: Int) {
    if count < row { pad(to: row) }
    appendWord(word)
    presentCount &+= 1
    if let presenceColumn {
      let place = row &- heldFrom
      if place & 63 == 0 { presenceColumn.append(0) }
      presenceColumn[place >> 6] |= 1 << UInt64(place & 63)
    }
  }

  /// Replaces the word of a row that has the property and does not lie in the file.
  func replace(_ word: UInt64, at row: Int) {
    if type.isWide {
      wideColumn[row - heldFrom] = word
    } else {
      narrowColumn[row - heldFrom] = UInt32(truncatingIfNeeded: word)
    }
  }

  /// Makes the column reach `rowCount` rows; the new ones lack the property.
  func pad(to rowCount: Int) {
    guard count < rowCount else { return }
    let bits = presenceColumn ?? makePresence()
    while count < rowCount {
      if heldCount & 63 == 0 { bits.append(0) }
      appendWord(0)
    }
  }

  /// Forgets the rows from `rowCount` on, none of which lies in the file.
  func truncate(to rowCount: Int) {
    guard count > rowCount else { return }
    for row in rowCount..<count where isPresent(row) { presentCount -= 1 }
    let kept = rowCount - heldFrom
    if type.isWide { wideColumn.truncate(to: kept) } else { narrowColumn.truncate(to: kept) }
    guard let presenceColumn else { return }
    if heldFrom == 0 && presentCount == rowCount {
      self.presenceColumn = nil
    } else {
      presenceColumn.truncate(to: (kept + 63) >> 6)
      if kept & 63 != 0 { presenceColumn[kept >> 6] &= (1 << UInt64(kept & 63)) - 1 }
    }
  }

  /// Whether values of a type may enter without the column changing its own.
  @inline(__always)
  func accepts(_ other: ValueType) -> Bool {
    if other == type { return true }
    if type == .symbol { return isDeclared && other.isNumeric }
    return type.isNumeric && (other == .number || other == .unsigned)
  }

  /// A word in another type, or `nil` where the value has no place there.
  static func convert(
    _ word: UInt64, from type: ValueType, to newType: ValueType, _ dictionary: TermDictionary
  ) -> UInt64? {
    switch (type, newType) {
    case (.number, .symbol): UInt64(dictionary.intern(String(Int64(bitPattern: word))))
    case (.unsigned, .symbol): UInt64(dictionary.intern(String(word)))
    case (.float, .symbol):
      UInt64(dictionary.intern(NumberFormat.shortText(of: Double(bitPattern: word))))
    case (.boolean, .symbol): nil
    case (.symbol, _), (_, .number), (_, .unsigned), (_, .float), (_, .boolean):
      number(word, from: type, to: newType)
    }
  }

  /// The same between types of numbers: a float has each whole number up to 2^53, and some beyond.
  private static func number(
    _ word: UInt64, from type: ValueType, to newType: ValueType
  ) -> UInt64? {
    switch (type, newType) {
    case _ where type == newType: word
    case (.number, .float): Double(exactly: Int64(bitPattern: word))?.bitPattern
    case (.unsigned, .float): Double(exactly: word)?.bitPattern
    case (.number, .unsigned), (.unsigned, .number): Int64(bitPattern: word) >= 0 ? word : nil
    case (.symbol, _), (.number, _), (.unsigned, _), (.float, _), (.boolean, _): nil
    }
  }

  /// The first row whose value has no place in another type; `nil` where all have one. O(rows).
  func misfit(for newType: ValueType) -> Int? {
    if type == newType || newType == .symbol && type.isNumeric { return nil }
    return (0..<count).first { row in
      isPresent(row) && Self.number(word(row), from: type, to: newType) == nil
    }
  }

  @inline(__always)
  private func appendWord(_ word: UInt64) {
    if type.isWide {
      wideColumn.append(word)
    } else {
      narrowColumn.append(UInt32(truncatingIfNeeded: word))
    }
  }

  private func makePresence() -> Column<UInt64> {
    let rows = heldCount
    let bits = Column<UInt64>(repeating: .max, count: (rows + 63) >> 6)
    if rows & 63 != 0 { bits[rows >> 6] = (1 << UInt64(rows & 63)) - 1 }
    presenceColumn = bits
    return bits
  }
}
