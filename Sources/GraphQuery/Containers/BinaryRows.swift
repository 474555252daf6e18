@_spi(Columns) import GraphCore

/// A complete binary relation kept as rows, each a list or a bitmap; several left values may share
/// one row, as the members of a strongly connected component do in a closure.
final class BinaryRows {
  struct Row: BitwiseCopyable {
    /// A list of `count` members, or a bitmap.
    var words: Words<UInt32>
    var count: UInt32
    var isBitmap: Bool
  }

  /// How many pairs there are.
  let count: Int
  /// Left values are below it.
  let domain: Int
  private let rows: Column<Row>
  /// The row of each left value; absent where it is the value itself.
  private let rowOf: Column<UInt32>?
  /// Whether rows hold the left values of a right one.
  let isTransposed: Bool
  /// What keeps the words alive.
  private let owner: Any
  let byteCount: Int

  init(
    count: Int, domain: Int, rows: Column<Row>, rowOf: Column<UInt32>?, isTransposed: Bool,
    owner: Any, byteCount: Int
  ) {
    self.count = count
    self.domain = domain
    self.rows = rows
    self.rowOf = rowOf
    self.isTransposed = isTransposed
    self.owner = owner
    self.byteCount = byteCount
  }

  convenience init(_ table: RowTable, arena: WordArena) {
    let rows = Column<Row>(minimumCapacity: table.rows.count)
    for place in 0..<table.rows.count {
      let row = table.rows.words[place]
      rows.append(
        row.form == .bitmap
          ? Row(words: row.set, count: row.count, isBitmap: true)
          : Row(words: row.list, count: row.count, isBitmap: false))
    }
    self.init(
      count: table.count, domain: table.domain, rows: rows, rowOf: table.places,
      isTransposed: false, owner: (table, arena), byteCount: rows.byteCount + arena.byteCount)
  }

  @inline(__always)
  private func row(_ x: Int) -> Row { rows.words[rowOf.map { Int($0.words[x]) } ?? x] }

  /// Fills two columns with all pairs, by ascending row. O(count).
  func fill(_ left: Words<UInt32>, _ right: Words<UInt32>) {
    let (near, far) = isTransposed ? (right, left) : (left, right)
    var place = 0
    for x in 0..<domain {
      let row = row(x)
      if row.count == 0 { continue }
      let start = place
      if row.isBitmap {
        for index in 0..<((domain + 31) / 32) {
          var word = row.words[index]
          let base = UInt32(truncatingIfNeeded: index &* 32)
          while word != 0 {
            far[place] = base &+ UInt32(truncatingIfNeeded: word.trailingZeroBitCount)
            place &+= 1
            word &= word &- 1
          }
        }
      } else {
        for i in 0..<Int(row.count) { far[place &+ i] = row.words[i] }
        place &+= Int(row.count)
      }
      for i in start..<place { near[i] = UInt32(truncatingIfNeeded: x) }
    }
  }
}
