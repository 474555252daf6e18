@_spi(Columns) import GraphCore

/// The different values of some columns in ascending order, each with its place: small numbers for values that are
/// too far apart to number rows by, as identifiers of customers are.
final class Ranks {
  private let distinct = DistinctWords()
  /// The highest word; a negative number is a very large one.
  let highestWord: UInt64
  private let type: ColumnType

  /// - Parameter columns: the values, and how many there are of each column; less than 2^31 different ones in all.
  /// - Complexity: O(values + different values · log), expected.
  init(of columns: [(view: ColumnView, count: Int)], type: ColumnType) {
    for column in columns {
      for row in 0..<column.count { _ = distinct.number(of: column.view[row]) }
    }
    distinct.sort(by: type)
    var highest: UInt64 = 0
    for place in 0..<distinct.words.count { highest = max(highest, distinct.words[place]) }
    (self.type, highestWord) = (type, highest)
  }

  /// The values as words, in the order of their type.
  var words: Column<UInt64> { distinct.words }
  var count: Int { words.count }
  var byteCount: Int { distinct.byteCount }

  /// The place of a value. Expected O(1).
  @inline(__always)
  func place(of word: UInt64) -> Int? { distinct.known(word) }

  /// The place of each value of a column, all of which are among them. Expected O(count).
  func places(of view: ColumnView, _ count: Int) -> Column<UInt32> {
    let result = Column<UInt32>(unspecified: count)
    let places = result.words
    for row in 0..<count {
      places[row] = UInt32(truncatingIfNeeded: place(of: view[row]) ?? 0)
    }
    return result
  }

  /// The places of the values between two keys of their order. O(log values).
  func places(from low: UInt64, through high: UInt64) -> Range<Int> {
    let start = firstPlace { $0 >= low }
    return start..<max(start, firstPlace { $0 > high })
  }

  private func firstPlace(where isBeyond: (_ key: UInt64) -> Bool) -> Int {
    var (low, high) = (0, words.count)
    while low < high {
      let middle = (low + high) / 2
      if isBeyond(type.orderKey(words[middle])) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
