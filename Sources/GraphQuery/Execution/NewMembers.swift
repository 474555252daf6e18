@_spi(Columns) import GraphCore

/// Collects what rows of a table are to get, without changing the table: one worker's part of a product.
///
/// While several workers read a table nobody writes to it. Each goes through rows of its own, keeps of each
/// those members that are not there yet, and hands them over when all are done; then they are appended
/// without another look. A row's members so far are marked in a bitmap that stays in the cache, or looked up
/// where that is less work.
final class NewMembers {
  private struct Entry: BitwiseCopyable {
    let key: UInt32
    let start: UInt32
    let count: UInt32
  }

  private let domain: Int
  /// Whose rows get the members.
  private var table: RowTable.View?
  private let marks: Column<UInt32>
  private let members = Column<UInt32>()
  private let entries = Column<Entry>()
  /// The lists that the open row is to get, and the bitmaps.
  private let lists = Column<Words<UInt32>>()
  private let bitmaps = Column<Words<UInt32>>()
  private var incoming = 0
  /// Room for whoever needs a list of a row's members.
  let room = Column<UInt32>()

  /// Collects members below `domain`.
  init(domain: Int) {
    self.domain = domain
    marks = Column(repeating: 0, count: (domain + 31) / 32)
  }

  /// Collects for a table over the same domain from here on, which somebody else keeps.
  func begin(_ table: RowTable) { self.table = table.view }

  /// How many members are kept.
  var count: Int { members.count }

  var byteCount: Int { marks.byteCount + members.byteCount + entries.byteCount }

  /// Notes a list for the row that is gone through.
  @inline(__always)
  func add(_ values: Words<UInt32>) {
    if values.count == 0 { return }
    lists.append(values)
    incoming &+= values.count
  }

  /// Notes all members of a row of a table over the same domain.
  func add(_ row: RowTable.Row) {
    if row.count == 0 { return }
    guard row.form == .bitmap else { return add(row.list.slice(0, Int(row.listed))) }
    bitmaps.append(row.set)
    incoming &+= Int(row.count)
  }

  /// Keeps of what was noted what row `x` does not have, each member once. O(members noted), and the
  /// row's own where these are not many more.
  func finish(_ x: Int) {
    defer {
      lists.truncate(to: 0)
      bitmaps.truncate(to: 0)
      incoming = 0
    }
    guard incoming > 0, let table else { return }
    let row = table.row(x)
    let start = members.count
    // Each comes once, and one more is written before it is known not to be new.
    members.grow(by: min(incoming, domain + 1))
    let output = members.words
    var end = start
    let marks = marks.words
    let known = row.form == .bitmap ? Words<UInt32>.empty : row.list.slice(0, Int(row.listed))
    let marksKnown = row.form != .bitmap && (row.form == .list || known.count < 4 &* incoming)
    if marksKnown { mark(known) }
    for place in 0..<lists.count {
      let values = lists.words[place]
      for i in 0..<values.count {
        let y = values[i]
        let (word, bit) = (Int(y >> 5), UInt32(1) &<< (y & 31))
        let old = marks[word]
        output[end] = y
        end &+= old & bit == 0 ? 1 : 0
        marks[word] = old | bit
      }
    }
    for place in 0..<bitmaps.count {
      let set = bitmaps.words[place]
      for word in 0..<marks.count {
        var new = set[word] & ~marks[word]
        if new == 0 { continue }
        marks[word] |= new
        while new != 0 {
          output[end] = UInt32(truncatingIfNeeded: word &* 32 &+ new.trailingZeroBitCount)
          end &+= 1
          new &= new &- 1
        }
      }
    }
    clear(output.slice(start, end &- start))
    if marksKnown {
      clear(known)
    } else {
      end = start &+ dropKnown(row, output.slice(start, end &- start))
    }
    members.truncate(to: end)
    if end > start {
      entries.append(
        Entry(
          key: UInt32(truncatingIfNeeded: x), start: UInt32(truncatingIfNeeded: start),
          count: UInt32(truncatingIfNeeded: end &- start)))
    }
  }

  private func mark(_ values: Words<UInt32>) {
    let marks = marks.words
    for i in 0..<values.count {
      marks[Int(values[i] >> 5)] |= UInt32(1) &<< (values[i] & 31)
    }
  }

  private func clear(_ values: Words<UInt32>) {
    let marks = marks.words
    for i in 0..<values.count { marks[Int(values[i] >> 5)] = 0 }
  }

  /// Moves to the front what a row with a table or bitmap does not have, and returns how many.
  private func dropKnown(_ row: RowTable.Row, _ values: Words<UInt32>) -> Int {
    var kept = 0
    for i in 0..<values.count {
      let y = values[i]
      values[kept] = y
      kept &+= row.has(y) ? 0 : 1
    }
    return kept
  }

  /// Calls `body` with each row that is to get members, and these.
  @inline(__always)
  func forEach(_ body: (_ row: Int, _ members: Words<UInt32>) -> Void) {
    let (entries, members) = (entries.words, members.words)
    for place in 0..<entries.count {
      let entry = entries[place]
      body(Int(entry.key), members.slice(Int(entry.start), Int(entry.count)))
    }
  }

  func removeAll() {
    entries.truncate(to: 0)
    members.truncate(to: 0)
  }
}
