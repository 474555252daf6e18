/// The rows of a table that lie in a file, less those that have been removed since.
///
/// ```
///  places   0 1 2 3 4 5      where the rows lie in the file
///  dead         2   4
///  rows     0 1   2   3      what the table calls them
/// ```
struct BaseRows {
  /// How many rows lie in the file.
  let total: Int
  /// The places of those that have been removed, ascending.
  private(set) var dead: [UInt32] = []

  init(total: Int) { self.total = total }

  /// Rows of which some have been removed.
  init(total: Int, dead: [UInt32]) {
    self.total = total
    self.dead = dead
  }

  /// How many rows are left.
  var count: Int { total - dead.count }

  /// The place of a row. O(log dead).
  @inline(__always)
  func place(of row: Int) -> Int { dead.isEmpty ? row : search(row) }

  private func search(_ row: Int) -> Int {
    // Before the dead place i there are dead[i] − i rows.
    var low = 0
    var high = dead.count
    while low < high {
      let middle = (low + high) / 2
      if Int(dead[middle]) - middle <= row { low = middle + 1 } else { high = middle }
    }
    return row + low
  }

  /// How many rows lie before a place: the row at that place, if it is alive. O(log dead).
  @inline(__always)
  func rank(of place: Int) -> Int { dead.isEmpty ? place : place - deadCount(below: place) }

  /// The row at a place, if it is alive. O(log dead).
  func row(at place: Int) -> Int? {
    if dead.isEmpty { return place }
    let below = deadCount(below: place)
    return below < dead.count && Int(dead[below]) == place ? nil : place - below
  }

  private func deadCount(below place: Int) -> Int {
    var low = 0
    var high = dead.count
    while low < high {
      let middle = (low + high) / 2
      if Int(dead[middle]) < place { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Removes the row at a place, if it is alive. O(dead).
  mutating func remove(at place: Int) {
    let below = deadCount(below: place)
    if below < dead.count && Int(dead[below]) == place { return }
    dead.insert(UInt32(place), at: below)
  }

  /// The same without rows of a table, named by their rows. O(dead + removed · log).
  func removing(_ rows: [Int]) -> BaseRows {
    if rows.isEmpty { return self }
    let places = rows.map { UInt32(place(of: $0)) }
    return BaseRows(total: total, dead: (dead + places).sorted())
  }

  /// The places of rows that are gone here and not in another version, ascending. O(dead).
  func dead(unlike other: BaseRows) -> [Int] {
    var result: [Int] = []
    var index = 0
    for place in dead {
      while index < other.dead.count, other.dead[index] < place { index += 1 }
      if index == other.dead.count || other.dead[index] != place { result.append(Int(place)) }
    }
    return result
  }

  /// Moves what a column has for living rows to where dead ones were, and returns how many are left; `words` belong to the
  /// places from `first` on. O(words behind the first dead one).
  func close(_ words: Words<UInt32>, from first: Int) -> Int {
    var index = dead.isEmpty ? 0 : deadCount(below: first)
    guard index < dead.count, Int(dead[index]) - first < words.count else { return words.count }
    var left = Int(dead[index]) - first
    while index < dead.count, case let place = Int(dead[index]) - first, place < words.count {
      index += 1
      let stop = index < dead.count ? min(Int(dead[index]) - first, words.count) : words.count
      for place in (place + 1)..<max(stop, place + 1) {
        words[left] = words[place]
        left += 1
      }
    }
    return left
  }
}
