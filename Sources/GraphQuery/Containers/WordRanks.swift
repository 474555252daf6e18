@_spi(Columns) import GraphCore

/// The places that texts or records have among each other in value order.
///
/// Ids count up for what is stored and down from the highest for what was made, so a rank is found
/// in one of two tables, one from each end. A few rows of a large graph have ids that lie far apart; their
/// ranks are found by bisection, and what they cost does not depend on how many texts there are.
final class WordRanks {
  /// The words in their order.
  private let sorted: Column<UInt32>
  private let places: Places

  private enum Places {
    /// Ranks by the distance of a word from either end.
    case tables(low: Column<UInt32>, high: Column<UInt32>)
    /// Words that ascend as numbers, and beside each its rank.
    case list(words: Column<UInt32>, ranks: Column<UInt32>)
  }

  /// A table has a place for each id up to the greatest; going through it costs a tenth of a nanosecond an id,
  /// and bisection some tens of nanoseconds a word.
  private static let placesOfWord = 256

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
    let isSparse = views.count * rowCount < (bounds.low + bounds.high) / Self.placesOfWord
    places =
      isSparse
      ? Self.list(views, rowCount: rowCount) : Self.tables(views, rowCount: rowCount, bounds)
    sorted = Column()
    switch places {
    case .tables(let low, let high):
      let (low, high) = (low.words, high.words)
      for id in 0..<low.count where low[id] != 0 { sorted.append(UInt32(id)) }
      for id in 0..<high.count where high[id] != 0 { sorted.append(~UInt32(id)) }
    case .list(let words, _):
      for place in 0..<words.count { sorted.append(words[place]) }
    }
    if type == .symbol {
      TextSort(terms).sort(sorted)
    } else {
      let order = WordOrder(type, terms)
      let all = (0..<sorted.count).map { sorted[$0] }
        .sorted { order.precedes(UInt64($0), UInt64($1)) }
      for (rank, word) in all.enumerated() { sorted[rank] = word }
    }
    for rank in 0..<sorted.count { setRank(UInt32(rank), of: sorted[rank]) }
  }

  /// Tables in which the words are marked.
  private static func tables(_ views: [ColumnView], rowCount: Int, _ bounds: (low: Int, high: Int))
    -> Places
  {
    let lowRanks = Column<UInt32>(repeating: 0, count: bounds.low)
    let highRanks = Column<UInt32>(repeating: 0, count: bounds.high)
    defer { keepAlive(lowRanks, highRanks) }
    let (low, high) = (lowRanks.words, highRanks.words)
    for view in views {
      for row in 0..<rowCount {
        let word = UInt32(truncatingIfNeeded: view[row])
        if isLow(word) { low[Int(word)] = 1 } else { high[Int(~word)] = 1 }
      }
    }
    return .tables(low: lowRanks, high: highRanks)
  }

  /// The different words, ascending.
  private static func list(_ views: [ColumnView], rowCount: Int) -> Places {
    var all: [UInt32] = []
    all.reserveCapacity(views.count * rowCount)
    for view in views {
      for row in 0..<rowCount { all.append(UInt32(truncatingIfNeeded: view[row])) }
    }
    all.sort()
    let words = Column<UInt32>(minimumCapacity: all.count)
    for word in all where words.count == 0 || words[words.count - 1] != word { words.append(word) }
    return .list(words: words, ranks: Column(repeating: 0, count: words.count))
  }

  private func setRank(_ rank: UInt32, of word: UInt32) {
    switch places {
    case .tables(let low, let high):
      if Self.isLow(word) { low[Int(word)] = rank } else { high[Int(~word)] = rank }
    case .list(let words, let ranks): ranks[Self.place(of: word, in: words.words)] = rank
    }
  }

  /// How many different words there are.
  var count: Int { sorted.count }

  /// Puts the ranks of words, with the bits of `flip` turned, behind what stands in `keys`.
  func append(
    _ words: Words<UInt64>, count: Int, to keys: Words<UInt64>, shift: UInt64, flip: UInt64
  ) {
    switch places {
    case .tables(let low, let high):
      let (low, high) = (low.words, high.words)
      for i in 0..<count {
        let word = UInt32(truncatingIfNeeded: words[i])
        let rank = Self.isLow(word) ? low[Int(word)] : high[Int(~word)]
        keys[i] = (shift == 64 ? 0 : keys[i] &<< shift) | (UInt64(rank) ^ flip)
      }
    case .list(let known, let ranks):
      let (known, ranks) = (known.words, ranks.words)
      for i in 0..<count {
        let rank = ranks[Self.place(of: UInt32(truncatingIfNeeded: words[i]), in: known)]
        keys[i] = (shift == 64 ? 0 : keys[i] &<< shift) | (UInt64(rank) ^ flip)
      }
    }
    keepAlive(self)
  }

  @inline(__always)
  func word(at rank: UInt64) -> UInt64 {
    UInt64(sorted.words[Int(truncatingIfNeeded: rank)])
  }

  @inline(__always)
  private static func isLow(_ word: UInt32) -> Bool { word < 1 << 31 }

  /// Where a word is in ascending words; it is there.
  @inline(__always)
  private static func place(of word: UInt32, in words: Words<UInt32>) -> Int {
    var (lower, upper) = (0, words.count)
    while upper - lower > 1 {
      let middle = (lower &+ upper) >> 1
      if words[middle] <= word { lower = middle } else { upper = middle }
    }
    return lower
  }
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
