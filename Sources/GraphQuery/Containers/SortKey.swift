@_spi(Columns) import GraphCore

/// A column as a part of numbers whose order is that of the rows.
struct SortField {
  let column: Int
  let isDescending: Bool
  private let type: ColumnType
  private let ranks: WordRanks?
  /// The least of the column's keys.
  private let base: UInt64
  /// How many bits tell the column's keys apart.
  let bits: Int

  /// The fields of a relation's columns in the order in which they count, then in their own.
  static func fields(
    of relation: Relation, keys: [(column: Int, isDescending: Bool)], terms: TermSpace
  ) -> [SortField] {
    var all = keys
    for column in 0..<relation.arity where !keys.contains(where: { $0.column == column }) {
      all.append((column, false))
    }
    var texts: WordRanks?
    let haveOrderedIDs = haveOrderedIDs(relation, terms)
    return all.map { column, isDescending in
      let type = relation.types[column]
      var ranks: WordRanks?
      switch type {
      case .symbol where haveOrderedIDs: break
      case .symbol:
        // One ranking serves all columns of texts.
        ranks =
          texts
          ?? WordRanks(
            relation.types.indices.filter { relation.types[$0] == .symbol }
              .map { relation.view($0) },
            rowCount: relation.rowCount, type: type, terms: terms)
        texts = ranks
      case .record:
        ranks = WordRanks(
          [relation.view(column)], rowCount: relation.rowCount, type: type, terms: terms)
      case .number, .unsigned, .float, .boolean: break
      }
      return SortField(relation, column, isDescending, ranks)
    }
  }

  /// Whether the ids of all texts are in the order of these, as those of a file are. O(rows).
  private static func haveOrderedIDs(_ relation: Relation, _ terms: TermSpace) -> Bool {
    let limit = UInt64(terms.ascendingCount)
    if limit == 0 { return false }
    for column in relation.types.indices where relation.types[column] == .symbol {
      let view = relation.view(column)
      for row in 0..<relation.rowCount where view[row] >= limit { return false }
    }
    return true
  }

  private init(_ relation: Relation, _ column: Int, _ isDescending: Bool, _ ranks: WordRanks?) {
    self.column = column
    self.isDescending = isDescending
    self.ranks = ranks
    type = relation.types[column]
    var lowest = UInt64.max
    var highest: UInt64 = 0
    if let ranks {
      (lowest, highest) = (0, UInt64(max(1, ranks.count) - 1))
    } else {
      let view = relation.view(column)
      for row in 0..<relation.rowCount {
        let key = type.orderKey(view[row])
        lowest = min(lowest, key)
        highest = max(highest, key)
      }
    }
    base = min(lowest, highest)
    bits = 64 - (highest &- base).leadingZeroBitCount
  }

  /// Puts the keys of words behind those in `keys`.
  func append(_ words: Words<UInt64>, count: Int, to keys: Words<UInt64>) {
    let mask = bits == 64 ? UInt64.max : (1 << UInt64(bits)) - 1
    let flip = isDescending ? mask : 0
    let shift = UInt64(bits)
    if let ranks {
      return ranks.append(words, count: count, to: keys, shift: shift, flip: flip)
    }
    for i in 0..<count {
      let key = ((type.orderKey(words[i]) &- base) ^ flip) & mask
      keys[i] = shift == 64 ? key : keys[i] &<< shift | key
    }
  }

  /// The word of a key, which stands in the lowest bits of a number.
  @inline(__always)
  func word(_ number: UInt64) -> UInt64 {
    let mask = bits == 64 ? UInt64.max : (1 << UInt64(bits)) - 1
    let key = (isDescending ? ~number : number) & mask
    if let ranks { return ranks.word(at: key) }
    return type.word(ofOrderKey: key &+ base)
  }
}
