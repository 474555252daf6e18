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
  private var narrowColumn: Column<UInt32>
  private var wideColumn: Column<UInt64>
  private var presenceColumn: Column<UInt64>?
  private var sealed: SealedRows<SealedValues>?
  /// How many rows have the property.
  package private(set) var presentCount = 0
  /// Whether a schema gives the type; a declared text column takes numbers as their text.
  let isDeclared: Bool

  init(key: TermID, type: ValueType, isDeclared: Bool = false) {
    self.key = key
    self.type = type
    self.isDeclared = isDeclared
    narrowColumn = Column()
    wideColumn = Column()
  }

  /// A column that lies in a file.
  init(
    key: TermID, type: ValueType, isDeclared: Bool, presentCount: Int,
    sealed: SealedRows<SealedValues>
  ) {
    self.key = key
    self.type = type
    self.isDeclared = isDeclared
    self.presentCount = presentCount
    self.sealed = sealed
    narrowColumn = Column()
    wideColumn = Column()
  }

  /// The words of a `symbol` (term ids) or `boolean` column (0 and 1); empty otherwise.
  package var narrow: Column<UInt32> {
    if sealed != nil { unseal() }
    return narrowColumn
  }

  /// The words of a numeric column; empty otherwise.
  package var wide: Column<UInt64> {
    if sealed != nil { unseal() }
    return wideColumn
  }

  /// A bit for each row that has the property, 64 to a word; `nil` when every row has it.
  package private(set) var presence: Column<UInt64>? {
    get {
      if sealed != nil { unseal() }
      return presenceColumn
    }
    set { presenceColumn = newValue }
  }

  @inline(never)
  private func unseal() {
    guard let content = sealed?.unpack() else { return }
    sealed = nil
    narrowColumn = content.narrow
    wideColumn = content.wide
    presenceColumn = content.presence
  }

  /// How many rows the column reaches.
  package var count: Int {
    if let sealed { return sealed.count }
    return type.isWide ? wideColumn.count : narrowColumn.count
  }

  /// Whether a row has the property.
  @inline(__always)
  package func isPresent(_ row: Int) -> Bool {
    guard row < count else { return false }
    guard let presence else { return true }
    return presence[row >> 6] & (1 << UInt64(row & 63)) != 0
  }

  /// The word of a row; 0 where it lacks the property.
  @inline(__always)
  package func word(_ row: Int) -> UInt64 {
    guard row < count else { return 0 }
    return type.isWide ? wide[row] : UInt64(narrow[row])
  }

  /// Appends the word of the next row that has the property, after rows that lack it.
  @inline(__always)
  func append(_ word: UInt64, at row: Int) {
    if count < row { pad(to: row) }
    appendWord(word)
    presentCount &+= 1
    if let presence {
      if row & 63 == 0 { presence.append(0) }
      presence[row >> 6] |= 1 << UInt64(row & 63)
    }
  }

  /// Replaces the word of a row that has the property.
  func replace(_ word: UInt64, at row: Int) {
    if type.isWide { wide[row] = word } else { narrow[row] = UInt32(truncatingIfNeeded: word) }
  }

  /// Makes the column reach `rowCount` rows; the new ones lack the property.
  func pad(to rowCount: Int) {
    guard count < rowCount else { return }
    let bits = presence ?? makePresence()
    while count < rowCount {
      if count & 63 == 0 { bits.append(0) }
      appendWord(0)
    }
  }

  /// Forgets the rows from `rowCount` on.
  func truncate(to rowCount: Int) {
    guard count > rowCount else { return }
    for row in rowCount..<count where isPresent(row) { presentCount -= 1 }
    if type.isWide { wide.truncate(to: rowCount) } else { narrow.truncate(to: rowCount) }
    guard let presence else { return }
    if presentCount == rowCount {
      self.presence = nil
    } else {
      presence.truncate(to: (rowCount + 63) >> 6)
      if rowCount & 63 != 0 { presence[rowCount >> 6] &= (1 << UInt64(rowCount & 63)) - 1 }
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
    case _ where type == newType: word
    case (.number, .float): Double(Int64(bitPattern: word)).bitPattern
    case (.unsigned, .float): Double(word).bitPattern
    case (.number, .unsigned), (.unsigned, .number): Int64(bitPattern: word) >= 0 ? word : nil
    case (.number, .symbol): UInt64(dictionary.intern(String(Int64(bitPattern: word))))
    case (.unsigned, .symbol): UInt64(dictionary.intern(String(word)))
    case (.float, .symbol):
      UInt64(dictionary.intern(NumberFormat.shortText(of: Double(bitPattern: word))))
    default: nil
    }
  }

  @inline(__always)
  private func appendWord(_ word: UInt64) {
    if type.isWide { wide.append(word) } else { narrow.append(UInt32(truncatingIfNeeded: word)) }
  }

  private func makePresence() -> Column<UInt64> {
    let rows = count
    let bits = Column<UInt64>(repeating: .max, count: (rows + 63) >> 6)
    if rows & 63 != 0 { bits[rows >> 6] = (1 << UInt64(rows & 63)) - 1 }
    presence = bits
    return bits
  }
}
