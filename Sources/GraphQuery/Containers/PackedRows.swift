@_spi(Columns) import GraphCore

/// All rows of a relation in value order, each packed into one word, where they fit.
///
/// ```
///  key   │ column 0 │ column 1 │ … │    each as a distance from its column's least value
/// ```
///
/// The rows are distributed by the top bits of their keys into parts that fit a core's cache. Whoever
/// wants a part sorts it first, so that several workers can sort at the same time. The keys
/// hold the whole rows: nothing else is read again.
final class PackedRows {
  private let fields: [SortField]
  /// How far from the right each field's key is.
  private let shifts: [UInt64]
  private let keys: Column<UInt64>
  private let parts: SortParts

  private static let rowsOfPart = 1 << 15

  /// Packs the live rows; nothing where they do not fit. The fields are those of all columns in their order.
  /// O(rows).
  init?(_ relation: Relation, _ fields: [SortField]) {
    self.fields = fields
    let bits = fields.reduce(0) { $0 + $1.bits }
    guard bits <= 64 else { return nil }
    var shift = bits
    shifts = fields.map { field in
      shift -= field.bits
      return UInt64(shift)
    }
    let rowKeys = SortKeys(fields)
    parts = SortParts(relation, rowKeys, rowsOfPart: Self.rowsOfPart)
    keys = Column(unspecified: relation.liveCount)
    let sorted = keys.words
    parts.distribute(relation, rowKeys) { keys, _, places in
      for i in 0..<keys.count { sorted[places[i]] = keys[i] }
    }
  }

  // MARK: Parts

  var partCount: Int { parts.count }

  /// The keys of all rows, which ascend once all parts are sorted.
  var sorted: Words<UInt64> { keys.words }

  /// The keys of a part, which ascend once it is sorted.
  func part(_ number: Int) -> Words<UInt64> {
    keys.words.slice(parts[number].lowerBound, parts[number].count)
  }

  /// Sorts a part, byte by byte from the right. `scratch` belongs to the worker.
  func sort(_ number: Int, scratch: Column<UInt64>) {
    let part = part(number)
    var isSorted = true
    for i in 1..<max(1, part.count) { isSorted = isSorted && part[i &- 1] <= part[i] }
    if isSorted { return }
    if scratch.count < 257 + part.count { scratch.grow(by: 257 + part.count - scratch.count) }
    let places = scratch.words.slice(0, 257)
    var from = part
    var to = scratch.words.slice(257, part.count)
    var isSwapped = false
    for shift in stride(from: 0 as UInt64, to: parts.lowBits, by: 8) {
      for bucket in 0..<257 { places[bucket] = 0 }
      for i in 0..<from.count { places[Int((from[i] &>> shift) & 255) &+ 1] &+= 1 }
      for bucket in 1..<257 { places[bucket] &+= places[bucket &- 1] }
      for i in 0..<from.count {
        let bucket = Int((from[i] &>> shift) & 255)
        to[Int(places[bucket])] = from[i]
        places[bucket] &+= 1
      }
      swap(&from, &to)
      isSwapped.toggle()
    }
    if isSwapped { for i in 0..<part.count { part[i] = from[i] } }
  }

  /// Writes the words that some rows have in a column. O(rows).
  func words(_ keys: Words<UInt64>, column: Int, into words: Words<UInt64>) {
    let (field, shift) = (fields[column], shifts[column])
    for i in 0..<keys.count { words[i] = field.word(shift == 64 ? 0 : keys[i] &>> shift) }
  }
}
