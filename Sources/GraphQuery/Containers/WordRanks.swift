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
    setRanks()
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

  private func setRanks() {
    let sorted = sorted.words
    switch places {
    case .tables(let low, let high):
      let (low, high) = (low.words, high.words)
      for rank in 0..<sorted.count {
        let (word, rank) = (sorted[rank], UInt32(truncatingIfNeeded: rank))
        if Self.isLow(word) { low[Int(word)] = rank } else { high[Int(~word)] = rank }
      }
    case .list(let words, let ranks):
      let (words, ranks) = (words.words, ranks.words)
      for rank in 0..<sorted.count {
        ranks[words.lastPlace(notAbove: sorted[rank])] = UInt32(truncatingIfNeeded: rank)
      }
    }
    keepAlive(self)
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
        let rank = ranks[known.lastPlace(notAbove: UInt32(truncatingIfNeeded: words[i]))]
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
}
