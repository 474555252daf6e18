@_spi(Columns) import GraphCore

/// All rows of a relation in value order, each packed into one word, where they fit.
///
/// ```
///  key   │ column 0 │ column 1 │ … │    each as a distance from its column's least value
/// ```
///
/// The rows are distributed by the top bits of their keys into parts that fit a core's cache. Whoever
/// wants a part sorts it first, so that several workers can sort and read at the same time. The keys
/// hold the whole rows: nothing else is read again.
final class PackedRows {
  private let relation: Relation
  private let fields: [SortField]
  /// How far from the right each field's key is.
  private let shifts: [UInt64]
  private let keys: Column<UInt64>
  /// In how many low bits the keys of a part differ.
  private let lowBits: UInt64
  /// Where each part begins; one more than there are parts.
  private let starts: Column<Int>

  private static let rowsOfPart = 1 << 15
  /// More streams than this at a time do not fit the address cache.
  private static let mostPartBits = 10

  /// Packs the live rows; nothing where they do not fit. O(rows).
  init?(_ relation: Relation, terms: TermSpace) {
    self.relation = relation
    fields = SortField.fields(of: relation, keys: [], terms: terms)
    let bits = fields.reduce(0) { $0 + $1.bits }
    guard bits <= 64 else { return nil }
    var shift = bits
    shifts = fields.map { field in
      shift -= field.bits
      return UInt64(shift)
    }
    var partBits = 0
    while partBits < min(bits, Self.mostPartBits),
      relation.liveCount >> partBits > Self.rowsOfPart
    { partBits += 1 }
    lowBits = UInt64(bits - partBits)
    starts = Column(repeating: 0, count: (1 << partBits) + 1)
    keys = Column(repeating: 0, count: relation.liveCount)
    distribute()
  }

  private func distribute() {
    let next = Column<Int>(repeating: 0, count: starts.count)
    defer { keepAlive(next) }
    let (starts, keys, places) = (starts.words, keys.words, next.words)
    let lowBits = lowBits
    forEachBatch { batch in
      for i in 0..<batch.count { starts[part(of: batch[i], lowBits) &+ 1] &+= 1 }
    }
    for part in 1..<starts.count {
      starts[part] += starts[part - 1]
      places[part] = starts[part]
    }
    forEachBatch { batch in
      for i in 0..<batch.count {
        let part = part(of: batch[i], lowBits)
        keys[places[part]] = batch[i]
        places[part] &+= 1
      }
    }
  }

  @inline(__always)
  private func part(of key: UInt64, _ lowBits: UInt64) -> Int {
    lowBits == 64 ? 0 : Int(truncatingIfNeeded: key &>> lowBits)
  }

  /// Hands over the keys of all live rows, a batch at a time.
  private func forEachBatch(_ body: (Words<UInt64>) -> Void) {
    let batch = Column<UInt64>(repeating: 0, count: Batch.capacity)
    let loaded = Column<UInt64>(repeating: 0, count: Batch.capacity)
    defer { keepAlive(batch, loaded) }
    let (keys, words) = (batch.words, loaded.words)
    let views = fields.map { relation.view($0.column) }
    for start in stride(from: 0, to: relation.rowCount, by: Batch.capacity) {
      var count = min(Batch.capacity, relation.rowCount - start)
      for i in 0..<count { keys[i] = 0 }
      for (field, view) in zip(fields, views) {
        view.load(from: start, count: count, into: words)
        field.append(words, count: count, to: keys)
      }
      if relation.hasDeadRows {
        var kept = 0
        for i in 0..<count where !relation.isDead(start + i) {
          keys[kept] = keys[i]
          kept += 1
        }
        count = kept
      }
      body(keys.slice(0, count))
    }
  }

  // MARK: Parts

  var partCount: Int { starts.count - 1 }

  /// The keys of a part, which ascend once it is sorted.
  func part(_ number: Int) -> Words<UInt64> {
    keys.words.slice(starts[number], starts[number + 1] - starts[number])
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
    for shift in stride(from: 0 as UInt64, to: lowBits, by: 8) {
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
