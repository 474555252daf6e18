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

/// The keys of rows: some fields side by side in a word, the last of which may be only its top bits.
///
/// ```
///  │ column 2 │ column 0 │ top bits of column 1 │
/// ```
struct SortKeys {
  private let fields: [SortField]
  /// How many low bits of the last field are left out.
  private let cut: Int
  let bits: Int

  private init(_ fields: [SortField], cut: Int) {
    self.fields = fields
    self.cut = cut
    bits = fields.reduce(-cut) { $0 + $1.bits }
  }

  /// Keys of whole fields that fit a word together.
  init(_ fields: [SortField]) { self.init(fields, cut: 0) }

  /// Keys by which rows are sorted one after the other, each where those before it are equal. The first ones
  /// fill their word if all fields do not fit it.
  static func levels(of fields: [SortField]) -> [SortKeys] {
    var groups: [[SortField]] = [[]]
    var cut = 0
    var bits = 0
    for field in fields {
      if bits + field.bits > 64 {
        if groups.count == 1, bits < 64 {
          groups[0].append(field)
          cut = bits + field.bits - 64
        }
        groups.append([])
        bits = 0
      }
      groups[groups.count - 1].append(field)
      bits += field.bits
    }
    return groups.enumerated().map { SortKeys($1, cut: $0 == 0 ? cut : 0) }
  }

  /// Memory for a batch of keys, which belongs to one thread.
  final class Scratch {
    fileprivate let words = Column<UInt64>(unspecified: Batch.capacity)
    fileprivate let whole = Column<UInt64>(unspecified: Batch.capacity)
    fileprivate let keys = Column<UInt64>(unspecified: Batch.capacity)
    fileprivate let rows = Column<UInt32>(unspecified: Batch.capacity)
  }

  /// Makes the keys of a batch, whose words `load` writes for a column.
  @inline(__always)
  private func make(
    _ keys: Words<UInt64>, _ scratch: Scratch, load: (_ column: Int, Words<UInt64>) -> Void
  ) {
    let (words, whole) = (scratch.words.words, scratch.whole.words)
    for i in 0..<keys.count { keys[i] = 0 }
    for (number, field) in fields.enumerated() {
      load(field.column, words)
      if cut == 0 || number < fields.count - 1 {
        field.append(words, count: keys.count, to: keys)
        continue
      }
      for i in 0..<keys.count { whole[i] = 0 }
      field.append(words, count: keys.count, to: whole)
      let (taken, left) = (UInt64(field.bits - cut), UInt64(cut))
      for i in 0..<keys.count { keys[i] = keys[i] &<< taken | whole[i] &>> left }
    }
    keepAlive(scratch)
  }

  /// Makes the keys of some rows.
  func gather(
    _ rows: Words<UInt32>, _ views: [ColumnView], into keys: Words<UInt64>, _ scratch: Scratch
  ) {
    for start in stride(from: 0, to: rows.count, by: Batch.capacity) {
      let count = min(Batch.capacity, rows.count - start)
      let part = rows.slice(start, count)
      make(keys.slice(start, count), scratch) { column, words in
        views[column].gather(part, count: count, into: words)
      }
    }
  }

  /// Hands over the keys of all live rows and their numbers, a batch at a time.
  func forEachBatch(
    of relation: Relation, _ body: (_ keys: Words<UInt64>, _ rows: Words<UInt32>) -> Void
  ) {
    let scratch = Scratch()
    defer { keepAlive(scratch) }
    let views = (0..<relation.arity).map { relation.view($0) }
    for start in stride(from: 0, to: relation.rowCount, by: Batch.capacity) {
      var count = min(Batch.capacity, relation.rowCount - start)
      let (keys, rows) = (scratch.keys.words.slice(0, count), scratch.rows.words)
      make(keys, scratch) { column, words in
        views[column].load(from: start, count: count, into: words)
      }
      for i in 0..<count { rows[i] = UInt32(truncatingIfNeeded: start &+ i) }
      if relation.hasDeadRows {
        var kept = 0
        for i in 0..<count where !relation.isDead(start + i) {
          keys[kept] = keys[i]
          rows[kept] = rows[i]
          kept += 1
        }
        count = kept
      }
      body(keys.slice(0, count), rows.slice(0, count))
    }
  }
}

/// Rows by the top bits of their keys, in parts of about a size.
struct SortParts {
  /// In how many low bits the keys of a part differ.
  let lowBits: UInt64
  /// Where each part begins; one more than there are parts.
  private let starts: Column<Int>

  /// More streams than this at a time do not fit the address cache.
  private static let mostBits = 10

  /// Finds where the parts of a relation's live rows are. O(rows).
  init(_ relation: Relation, _ keys: SortKeys, rowsOfPart: Int) {
    var bits = 0
    while bits < min(keys.bits, Self.mostBits), relation.liveCount >> bits > rowsOfPart {
      bits += 1
    }
    lowBits = UInt64(keys.bits - bits)
    starts = Column(repeating: 0, count: (1 << bits) + 1)
    if bits == 0 {
      starts[1] = relation.liveCount
      return
    }
    let (counts, lowBits) = (starts.words, lowBits)
    keys.forEachBatch(of: relation) { batch, _ in
      for i in 0..<batch.count { counts[Self.part(of: batch[i], lowBits) &+ 1] &+= 1 }
    }
    for part in 1..<counts.count { counts[part] += counts[part - 1] }
  }

  var count: Int { starts.count - 1 }

  subscript(part: Int) -> Range<Int> { starts[part]..<starts[part + 1] }

  /// Hands over a batch of keys after the other, with the numbers of the rows and the places that these get
  /// where all parts lie behind each other. O(rows).
  func distribute(
    _ relation: Relation, _ keys: SortKeys,
    _ body: (_ keys: Words<UInt64>, _ rows: Words<UInt32>, _ places: Words<Int>) -> Void
  ) {
    let next = Column((0..<count).lazy.map { starts[$0] })
    let places = Column<Int>(unspecified: Batch.capacity)
    defer { keepAlive(next, places) }
    let (free, found, lowBits) = (next.words, places.words, lowBits)
    keys.forEachBatch(of: relation) { batch, rows in
      for i in 0..<batch.count {
        let part = Self.part(of: batch[i], lowBits)
        found[i] = free[part]
        free[part] &+= 1
      }
      body(batch, rows, found)
    }
  }

  @inline(__always)
  private static func part(of key: UInt64, _ lowBits: UInt64) -> Int {
    lowBits == 64 ? 0 : Int(truncatingIfNeeded: key &>> lowBits)
  }
}
