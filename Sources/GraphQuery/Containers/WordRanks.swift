@_spi(Columns) import GraphCore

/// The places that texts or records have among each other in value order.
///
/// Ids count up for what is stored and down from the highest for what was made, so a rank is found
/// in one of two tables, one from each end.
final class WordRanks {
  private let low: Column<UInt32>
  private let high: Column<UInt32>
  /// The words in their order.
  private let sorted: Column<UInt32>

  /// Ranks the words that stand in some columns, all of one type. O(rows + distinct words × log).
  init(_ views: [ColumnView], rowCount: Int, type: ColumnType, terms: TermSpace) {
    var bounds = (low: 0, high: 0)
    for view in views {
      for row in 0..<rowCount {
        let word = UInt32(truncatingIfNeeded: view[row])
        if Self.isLow(word) {
          bounds.low = max(bounds.low, Int(word) + 1)
        } else {
          bounds.high = max(bounds.high, Int(~word) + 1)
        }
      }
    }
    low = Column(repeating: 0, count: bounds.low)
    high = Column(repeating: 0, count: bounds.high)
    let (low, high) = (low.words, high.words)
    for view in views {
      for row in 0..<rowCount {
        let word = UInt32(truncatingIfNeeded: view[row])
        if Self.isLow(word) { low[Int(word)] = 1 } else { high[Int(~word)] = 1 }
      }
    }
    sorted = Column()
    for id in 0..<low.count where low[id] != 0 { sorted.append(UInt32(id)) }
    for id in 0..<high.count where high[id] != 0 { sorted.append(~UInt32(id)) }
    if type == .symbol {
      TextSort(terms).sort(sorted)
    } else {
      let order = WordOrder(type, terms)
      let all = (0..<sorted.count).map { sorted[$0] }
        .sorted { order.precedes(UInt64($0), UInt64($1)) }
      for (rank, word) in all.enumerated() { sorted[rank] = word }
    }
    for rank in 0..<sorted.count {
      let word = sorted[rank]
      if Self.isLow(word) {
        low[Int(word)] = UInt32(rank)
      } else {
        high[Int(~word)] = UInt32(rank)
      }
    }
  }

  /// How many different words there are.
  var count: Int { sorted.count }

  @inline(__always)
  func rank(of word: UInt64) -> UInt64 {
    let word = UInt32(truncatingIfNeeded: word)
    return UInt64(Self.isLow(word) ? low.words[Int(word)] : high.words[Int(~word)])
  }

  @inline(__always)
  func word(at rank: UInt64) -> UInt64 {
    UInt64(sorted.words[Int(truncatingIfNeeded: rank)])
  }

  @inline(__always)
  private static func isLow(_ word: UInt32) -> Bool { word < 1 << 31 }
}

/// Sorts texts by code point: their bytes eight at a time as numbers, from the front, and only
/// among those that agree so far.
struct TextSort {
  private let terms: TermSpace

  init(_ terms: TermSpace) { self.terms = terms }

  func sort(_ ids: Column<UInt32>) {
    sort(ids, 0..<ids.count, from: 0)
  }

  /// Below so many texts comparing them is quicker.
  private static let smallRun = 24
  /// Texts that agree in so many bytes are compared, which bounds the recursion.
  private static let deepest = 4096

  private func sort(_ ids: Column<UInt32>, _ range: Range<Int>, from offset: Int) {
    if range.count < 2 { return }
    if range.count < Self.smallRun || offset > Self.deepest {
      let run = range.map { ids[$0] }.sorted { terms.precedes($0, $1) }
      for (place, id) in run.enumerated() { ids[range.lowerBound + place] = id }
      return
    }
    let keys = Column<UInt64>(minimumCapacity: range.count)
    let run = Column<UInt32>(minimumCapacity: range.count)
    var hasMore = false
    for place in range {
      let key = terms.withBytes(ids[place]) { bytes in
        if bytes.count > offset + 8 { hasMore = true }
        return Self.word(bytes, offset)
      }
      keys.append(key)
      run.append(ids[place])
    }
    RadixSort.sort(keys, with: run)
    for place in 0..<run.count { ids[range.lowerBound + place] = run[place] }
    // A text that ends is followed by zeros in its key, and may agree with one that holds them.
    var start = 0
    for end in 1...keys.count where end == keys.count || keys[end] != keys[start] {
      if end - start > 1, hasMore || keys[start] & 0xFF == 0 {
        sort(ids, range.lowerBound + start..<range.lowerBound + end, from: offset + 8, keys[start])
      }
      start = end
    }
  }

  private func sort(
    _ ids: Column<UInt32>, _ range: Range<Int>, from offset: Int, _ key: UInt64
  ) {
    if key & 0xFF == 0 {
      // Some end here: rare, so that comparing will do.
      let run = range.map { ids[$0] }.sorted { terms.precedes($0, $1) }
      for (place, id) in run.enumerated() { ids[range.lowerBound + place] = id }
    } else {
      sort(ids, range, from: offset)
    }
  }

  /// Eight bytes as a number whose order is theirs; zeros behind the end.
  private static func word(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
    var word: UInt64 = 0
    let end = min(bytes.count, offset + 8)
    var place = offset
    while place < end {
      word = word << 8 | UInt64(bytes[place])
      place += 1
    }
    let missing = offset + 8 - max(end, offset)
    return missing >= 8 ? 0 : word << UInt64(8 * missing)
  }
}
