@_spi(Columns) import GraphCore

/// A complete binary relation kept as rows, each a list or a bitmap; several left values may share
/// one row, as the members of a strongly connected component do in a closure.
///
/// Values that are too far apart to number rows by are there by their ranks.
final class BinaryRows {
  struct Row: BitwiseCopyable {
    /// A list of `count` members, or a bitmap.
    var words: Words<UInt32>
    var count: UInt32
    var isBitmap: Bool
  }

  /// How many pairs there are.
  let count: Int
  /// Left values, or their ranks, are below it.
  let domain: Int
  /// What the values are of which the rows have the ranks; absent where they have the values.
  let ranks: Ranks?
  private let rows: Column<Row>
  /// The row of each left value; absent where it is the value itself.
  private let rowOf: Column<UInt32>?
  /// Whether rows hold the left values of a right one.
  let isTransposed: Bool
  /// Whether values that share a row are its members: the rows are classes, and list them in ascending order.
  let isEquivalence: Bool
  /// What keeps the words alive.
  private let owner: Any
  private let rowByteCount: Int
  /// How many left values have a row with members. O(domain), once.
  private(set) lazy var nearCount = (0..<domain).count { row($0).count > 0 }

  init(
    count: Int, domain: Int, rows: Column<Row>, rowOf: Column<UInt32>?, isTransposed: Bool,
    isEquivalence: Bool = false, ranks: Ranks? = nil, owner: Any, byteCount: Int
  ) {
    self.isEquivalence = isEquivalence
    self.ranks = ranks
    self.count = count
    self.domain = domain
    self.rows = rows
    self.rowOf = rowOf
    self.isTransposed = isTransposed
    self.owner = owner
    rowByteCount = byteCount
  }

  var byteCount: Int { rowByteCount + (ranks?.byteCount ?? 0) }

  /// The same rows, taken as those of ranks.
  func of(_ ranks: Ranks) -> BinaryRows {
    BinaryRows(
      count: count, domain: domain, rows: rows, rowOf: rowOf, isTransposed: isTransposed,
      isEquivalence: isEquivalence, ranks: ranks, owner: owner, byteCount: rowByteCount)
  }

  convenience init(_ table: RowTable) {
    let rows = Column<Row>(minimumCapacity: table.rowCount)
    for place in 0..<table.rowCount {
      let row = table.view.row(at: place)
      rows.append(
        row.form == .bitmap
          ? Row(words: row.set, count: row.count, isBitmap: true)
          : Row(words: row.list, count: row.count, isBitmap: false))
    }
    self.init(
      count: table.count, domain: table.domain, rows: rows, rowOf: table.places,
      isTransposed: false, owner: table.lanes.map(\.arena),
      byteCount: table.lanes.reduce(rows.byteCount) { $0 + $1.arena.byteCount })
  }

  @inline(__always)
  private func row(_ x: Int) -> Row { rows.words[rowOf.map { Int($0.words[x]) } ?? x] }

  // MARK: Values

  /// The number of a value's row; nothing where it has none. O(1).
  @inline(__always)
  func place(of word: UInt64) -> Int? {
    if let ranks { return ranks.place(of: word) }
    return word < UInt64(domain) ? Int(truncatingIfNeeded: word) : nil
  }

  /// The value that a number stands for.
  @inline(__always)
  func word(at place: Int) -> UInt64 { ranks.map { $0.words.words[place] } ?? UInt64(place) }

  /// The numbers of the values between two keys of their order. O(log domain), or O(1).
  func places(from low: UInt64, through high: UInt64, _ type: ColumnType) -> Range<Int> {
    if low > high { return 0..<0 }
    if let ranks { return ranks.places(from: low, through: high) }
    // Keys of small numbers are in their order, one after the other.
    let (zero, end) = (type.orderKey(0), UInt64(domain))
    guard end > 0, high >= zero else { return 0..<0 }
    let lower = low > zero ? min(low - zero, end) : 0
    let upper = min(high - zero, end - 1) + 1
    return lower < upper ? Int(lower)..<Int(upper) : 0..<0
  }

  /// The highest value, as a word: a negative number is a very large one.
  var highestWord: UInt64 { ranks?.highestWord ?? UInt64(max(domain - 1, 0)) }

  // MARK: Rows

  /// Writes the places of those keys that have a member, or have none, and returns how many there are. O(keys).
  func select(_ keys: Words<UInt64>, count: Int, present: Bool, into selected: Words<UInt32>) -> Int
  {
    var kept = 0
    for i in 0..<count {
      let hasAny = place(of: keys[i]).map { row($0).count > 0 } ?? false
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= hasAny == present ? 1 : 0
    }
    return kept
  }

  /// The same for pairs of an equivalence, which are two values of one class.
  func select(
    _ left: Words<UInt64>, _ right: Words<UInt64>, count: Int, present: Bool,
    into selected: Words<UInt32>
  ) -> Int {
    guard isEquivalence, let classes = rowOf?.words else {
      preconditionFailure("pairs are looked up in classes")
    }
    var kept = 0
    for i in 0..<count {
      var isPair = false
      if let x = place(of: left[i]), let y = place(of: right[i]) {
        // The first row is that of all values without a class.
        isPair = classes[x] != 0 && classes[x] == classes[y]
      }
      selected[kept] = UInt32(truncatingIfNeeded: i)
      kept &+= isPair == present ? 1 : 0
    }
    return kept
  }

  /// Fills two columns with all pairs, by ascending row. The words of the columns must hold the values. O(count).
  func fill<Word: FixedWidthInteger & BitwiseCopyable>(_ left: Words<Word>, _ right: Words<Word>) {
    let (near, far) = isTransposed ? (right, left) : (left, right)
    let buffer = Column<UInt32>()
    defer { keepAlive(buffer) }
    var place = 0
    for x in 0..<domain {
      let members = members(of: x, buffer: buffer)
      let start = place
      if let words = ranks?.words.words {
        for i in 0..<members.count {
          far[start &+ i] = Word(truncatingIfNeeded: words[Int(members[i])])
        }
      } else {
        for i in 0..<members.count { far[start &+ i] = Word(truncatingIfNeeded: members[i]) }
      }
      place &+= members.count
      let value = Word(truncatingIfNeeded: word(at: x))
      for i in start..<place { near[i] = value }
    }
  }

  /// The column whose values number the rows.
  var nearColumn: Int { isTransposed ? 1 : 0 }

  /// Whether rows are those of a column's values: an equivalence reads the same from either end.
  func isNear(_ column: Int) -> Bool { column == nearColumn || isEquivalence }

  /// How many pairs the value of each number is in, as that of a column. O(domain) for the near column, else O(members of
  /// the rows), however many values share one.
  func pairCounts(of column: Int) -> Column<UInt64> {
    let result = Column<UInt64>(repeating: 0, count: domain)
    let counts = result.words
    if isNear(column) {
      for x in 0..<domain { counts[x] = UInt64(row(x).count) }
      return result
    }
    let sharers = Column<UInt64>(repeating: rowOf == nil ? 1 : 0, count: rows.count)
    let buffer = Column<UInt32>()
    defer { keepAlive(sharers, buffer) }
    if let rowOf {
      for x in 0..<domain { sharers.words[Int(rowOf.words[x])] += 1 }
    }
    for place in 0..<rows.count where sharers.words[place] > 0 {
      let members = members(of: rows.words[place], buffer: buffer)
      for i in 0..<members.count { counts[Int(members[i])] &+= sharers.words[place] }
    }
    return result
  }

  /// The members of a row, or their ranks, in no order; a bitmap is written out to `buffer`. O(members), or O(domain / 32).
  @inline(__always)
  func members(of x: Int, buffer: Column<UInt32>) -> Words<UInt32> {
    members(of: row(x), buffer: buffer)
  }

  @inline(__always)
  private func members(of row: Row, buffer: Column<UInt32>) -> Words<UInt32> {
    if !row.isBitmap { return row.words.slice(0, Int(row.count)) }
    buffer.truncate(to: 0)
    buffer.grow(by: Int(row.count))
    writeOut(row, to: buffer.words)
    return buffer.words
  }

  /// So many of the members of a row that lie in a range. O(members), of a class O(log members), of a bitmap O(range / 32).
  func members(of x: Int, in range: Range<Int>, atMost limit: Int, buffer: Column<UInt32>)
    -> Words<UInt32>
  {
    let row = row(x)
    let size = Int(row.count)
    let range = range.clamped(to: 0..<domain)
    if size == 0 || range.isEmpty { return .empty }
    let lowest = UInt32(truncatingIfNeeded: range.lowerBound)
    let length = UInt32(truncatingIfNeeded: range.count)
    if isEquivalence {
      let members = row.words.slice(0, size)
      let start = members.firstPlace(notBelow: lowest)
      let end = members.firstPlace(notBelow: lowest + length)
      return members.slice(start, min(end - start, limit))
    }
    buffer.truncate(to: 0)
    buffer.grow(by: min(size, range.count, limit))
    let output = buffer.words
    var count = 0
    if row.isBitmap {
      var node = range.lowerBound
      while node < range.upperBound, count < limit {
        let rest = row.words[node / 32] >> UInt32(node % 32)
        // Of an empty word the next one begins behind it.
        node += rest == 0 ? 32 - node % 32 : rest.trailingZeroBitCount
        if rest == 0 || node >= range.upperBound { continue }
        output[count] = UInt32(truncatingIfNeeded: node)
        count += 1
        node += 1
      }
    } else {
      var i = 0
      while i < size, count < limit {
        if row.words[i] &- lowest < length {
          output[count] = row.words[i]
          count &+= 1
        }
        i &+= 1
      }
    }
    return output.slice(0, count)
  }

  /// Writes the members of a bitmap in ascending order.
  @inline(__always)
  private func writeOut(_ row: Row, to output: Words<UInt32>) {
    var place = 0
    for index in 0..<((domain + 31) / 32) {
      var word = row.words[index]
      let base = UInt32(truncatingIfNeeded: index &* 32)
      while word != 0 {
        output[place] = base &+ UInt32(truncatingIfNeeded: word.trailingZeroBitCount)
        place &+= 1
        word &= word &- 1
      }
    }
  }

  /// The words in both columns of some pairs, given by ascending number. O(domain), and a row for each that
  /// has such a pair.
  func words(of pairs: [Int]) -> [[UInt64]] {
    var (near, far): ([UInt64], [UInt64]) = ([], [])
    let buffer = Column<UInt32>()
    defer { keepAlive(buffer) }
    var (start, next) = (0, 0)
    for x in 0..<domain where next < pairs.count {
      let end = start + Int(row(x).count)
      if pairs[next] < end {
        let members = members(of: x, buffer: buffer)
        while next < pairs.count, pairs[next] < end {
          near.append(word(at: x))
          far.append(word(at: Int(members[pairs[next] - start])))
          next += 1
        }
      }
      start = end
    }
    return isTransposed ? [far, near] : [near, far]
  }

  // MARK: Order

  /// Runs of left values with at least `size` pairs each but the last, in order; nothing where the
  /// rows are those of right values. O(domain).
  func runs(of size: Int) -> [Range<Int>]? {
    if isTransposed { return nil }
    var runs: [Range<Int>] = []
    var start = 0
    var pairs = 0
    for x in 0..<domain {
      pairs += Int(row(x).count)
      if pairs >= size || x == domain - 1 {
        runs.append(start..<x + 1)
        (start, pairs) = (x + 1, 0)
      }
    }
    return runs
  }

  /// Hands over the pairs of some left values in ascending order, the right values of each as one
  /// list; or their ranks. `buffer` is overwritten.
  func forEachList(
    of lefts: Range<Int>, buffer: Column<UInt32>, _ body: (_ left: Int, Words<UInt32>) -> Void
  ) {
    for x in lefts {
      let row = row(x)
      if row.count == 0 { continue }
      if !row.isBitmap, Self.isAscending(row.words, Int(row.count)) {
        body(x, row.words.slice(0, Int(row.count)))
        continue
      }
      if row.isBitmap {
        body(x, members(of: x, buffer: buffer))
        continue
      }
      buffer.truncate(to: 0)
      let members = (0..<Int(row.count)).map { row.words[$0] }.sorted()
      for member in members { buffer.append(member) }
      body(x, buffer.words)
    }
  }

  private static func isAscending(_ words: Words<UInt32>, _ count: Int) -> Bool {
    for i in 1..<max(1, count) where words[i &- 1] > words[i] { return false }
    return true
  }
}
