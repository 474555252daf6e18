@_spi(Columns) import GraphCore

/// The rows of a relation that another one has replaced: a bit each.
///
/// Unlike a `Bitmap` it is asked in loops over rows without counting references.
final class DeadRows {
  private let words = Column<UInt64>()
  /// How many rows are dead.
  private(set) var count = 0

  @inline(__always)
  func contains(_ row: Int) -> Bool {
    let words = words.words
    return row >> 6 < words.count && words[row >> 6] & (1 << UInt64(row & 63)) != 0
  }

  /// Amortised O(1).
  func insert(_ row: Int) {
    if row >> 6 >= words.count {
      words.growZeroed(by: max(words.count, row >> 6 + 1 - words.count))
    }
    let bit: UInt64 = 1 << UInt64(row & 63)
    if words[row >> 6] & bit == 0 { count += 1 }
    words[row >> 6] |= bit
  }

  func removeAll() {
    words.truncate(to: 0)
    count = 0
  }
}
