@_spi(Columns) import GraphCore

/// Adds the rows of a binary head that come in groups: all of one value of a column one after another.
///
/// A set of all rows would be larger than the rows, and each look into it a miss of the cache. Of one group's rows the
/// other column says which they are, so a bit for each of its values tells new rows from known ones, and stays in the
/// cache (a sparse accumulator: Gustavson, "Two fast algorithms for sparse matrices", 1978). It is cleared
/// value by value when the next group begins.
///
/// ```
/// friend(x, z) :- knows(x, y), knows(y, z).   // scanned by x
/// ```
final class GroupedHead: RowSink {
  private let head: Relation
  private let groupColumn: Int
  /// The value that the rows of the open group have in common.
  private var group = UInt64.max
  /// The others of the open group, and a bit for each.
  private let members = Column<UInt32>()
  private let marks = Column<UInt64>(repeating: 0, count: 64)
  private let selected = Column<UInt32>(unspecified: Batch.capacity)
  /// Whether a value came that has no bit; from then on rows are looked up in the relation.
  private var isSpilled = false

  /// Larger values have no bit: these take 16 MiB at most.
  private static let memberLimit: UInt64 = 1 << 27

  /// - Parameters:
  ///   - head: a plain set of pairs, none of which is of a group to come
  ///   - groupColumn: the column whose values come in groups and fit 31 bits
  init(_ head: Relation, groupColumn: Int) {
    precondition(head.arity == 2 && head.keepsEachRow)
    self.head = head
    self.groupColumn = groupColumn
  }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    let (groups, values) = (columns[groupColumn], columns[1 - groupColumn])
    if isSpilled || !makeRoom(for: values, count) {
      isSpilled = true
      return head.insert(columns, count: count)
    }
    let (marks, selected) = (marks.words, selected.words)
    var kept = 0
    var row = 0
    while row < count {
      if groups[row] != group { begin(groups[row]) }
      var end = row &+ 1
      while end < count && groups[end] == group { end &+= 1 }
      // Room for all, so that the loop stores without a branch.
      var size = members.count
      members.grow(by: end &- row)
      let list = members.words
      while row < end {
        let value = values[row]
        let (word, bit) = (Int(truncatingIfNeeded: value &>> 6), UInt64(1) &<< (value & 63))
        let old = marks[word]
        selected[kept] = UInt32(truncatingIfNeeded: row)
        list[size] = UInt32(truncatingIfNeeded: value)
        let isNew = old & bit == 0 ? 1 : 0
        kept &+= isNew
        size &+= isNew
        marks[word] = old | bit
        row &+= 1
      }
      members.truncate(to: size)
    }
    if kept > 0 { head.appendDistinct(columns, selected, count: kept) }
  }

  /// Writes the places of those rows that may be new, and returns how many there are: what was added after them is
  /// of later groups.
  func selectNew(_ columns: [Words<UInt64>], count: Int, into selected: Words<UInt32>) -> Int {
    let (groups, values, marks) = (columns[groupColumn], columns[1 - groupColumn], marks.words)
    let limit = isSpilled ? 0 : UInt64(marks.count) &* 64
    var kept = 0
    for row in 0..<count {
      let value = values[row]
      let isKnown =
        groups[row] == group && value < limit
        && marks[Int(truncatingIfNeeded: value &>> 6)] & (1 &<< (value & 63)) != 0
      selected[kept] = UInt32(truncatingIfNeeded: row)
      kept &+= isKnown ? 0 : 1
    }
    return kept
  }

  private func begin(_ next: UInt64) {
    let (list, marks) = (members.words, marks.words)
    for i in 0..<list.count { marks[Int(list[i] >> 6)] = 0 }
    members.truncate(to: 0)
    group = next
  }

  /// Makes a bit for each value up to the highest of some; false where there are too many.
  private func makeRoom(for values: Words<UInt64>, _ count: Int) -> Bool {
    // At least the highest one, and less than twice that.
    var bound: UInt64 = 0
    for row in 0..<count { bound |= values[row] }
    guard bound < Self.memberLimit else { return false }
    let needed = Int(bound &>> 6) + 1
    if needed > marks.count { marks.growZeroed(by: max(needed, 2 * marks.count) - marks.count) }
    return true
  }
}
