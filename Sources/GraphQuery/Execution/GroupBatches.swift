@_spi(Columns) import GraphCore

/// Puts batches of rows into a `GroupTable`, whose fields grow as wider values arrive.
final class GroupBatches {
  /// What the table keeps of the rows' values.
  enum Values {
    /// Each counts as one.
    case ones
    case words
    /// Numbers in the order of a type.
    case keys(ColumnType)
  }

  private let types: [ColumnType]
  private let values: Values
  private var table: GroupTable
  private let batch: Column<Words<UInt64>>
  private let codes = Column<UInt64>(repeating: 0, count: Batch.capacity)
  private let outside = Column<UInt64>(repeating: 0, count: Batch.capacity)
  /// Ones, or the keys of a batch.
  private let kept = Column<UInt64>(repeating: 1, count: Batch.capacity)

  /// - Parameters:
  ///   - types: those of the group's columns, at least one
  ///   - order: that of the table
  init(_ types: [ColumnType], _ fold: GroupFold, values: Values, order: Int) {
    self.types = types
    self.values = values
    table = GroupTable(RowPacking(types), fold, order: order)
    batch = Column(repeating: .empty, count: types.count)
  }

  var byteCount: Int { table.byteCount }

  /// Takes rows of (group columns, value); false, and nothing is taken, where groups cannot be packed.
  func add(_ columns: [Words<UInt64>], count: Int) -> Bool {
    for column in types.indices { batch[column] = columns[column] }
    table.packing.pack(batch.words, count: count, into: codes.words, isOutside: outside.words)
    var hasOutside: UInt64 = 0
    for i in 0..<count { hasOutside |= outside.words[i] }
    if hasOutside != 0 {
      guard widen(count) else { return false }
      table.packing.pack(batch.words, count: count, into: codes.words)
    }
    let inputs = columns[types.count]
    switch values {
    case .ones: table.add(codes.words, kept.words, count: count)
    case .words: table.add(codes.words, inputs, count: count)
    case .keys(let type):
      let keys = kept.words
      for i in 0..<count { keys[i] = type.orderKey(inputs[i]) }
      table.add(codes.words, keys, count: count)
    }
    return true
  }

  /// Makes the fields wide enough for a batch, and moves all groups; false where they do not fit one word.
  private func widen(_ count: Int) -> Bool {
    var packing = table.packing
    guard packing.isNarrow(batch.words, count: count) else { return false }
    if case .impossible = packing.fit(batch.words, count: count) { return false }
    // One more than a code must be a word.
    guard packing.bits < 64 else { return false }
    var wider = GroupTable(packing, table.fold, order: table.order)
    wider.reserve(table.count)
    let moved = Column<UInt64>(repeating: 0, count: Batch.capacity)
    let columns = types.map { _ in Column<UInt64>(repeating: 0, count: Batch.capacity) }
    let words = Column(columns.map(\.words))
    defer { keepAlive(moved, columns, words) }
    table.forEachBatch { codes, values, count in
      for column in types.indices {
        table.packing.unpack(codes, column: column, count: count, into: words[column])
      }
      packing.pack(words.words, count: count, into: moved.words)
      wider.add(moved.words, values, count: count)
    }
    table = wider
    return true
  }

  /// Whether `forEachBatch` can go through some of them together.
  static func canMerge(_ all: [GroupBatches]) -> Bool {
    guard let first = all.first else { return false }
    return all.allSatisfy {
      $0.table.packing == first.table.packing && $0.table.isDirect == first.table.isDirect
    }
  }

  /// Hands over all (group, result) rows.
  func forEachBatch(_ body: ([Words<UInt64>], _ count: Int) -> Void) {
    Self.forEachBatch(of: [self], part: 0, of: 1, body)
  }

  /// The same for several of them together, as far as groups belong to one of a power of two of parts.
  static func forEachBatch(
    of all: [GroupBatches], part: Int, of parts: Int,
    _ body: ([Words<UInt64>], _ count: Int) -> Void
  ) {
    all.first?.forEachBatch(of: all.map(\.table), part: part, of: parts, body)
  }

  private func forEachBatch(
    of tables: [GroupTable], part: Int, of parts: Int,
    _ body: ([Words<UInt64>], _ count: Int) -> Void
  ) {
    let columns = (0...types.count).map { _ in Column<UInt64>(repeating: 0, count: Batch.capacity) }
    defer { keepAlive(columns) }
    let words = columns.map(\.words)
    GroupTable.forEachBatch(of: tables, part: part, of: parts) { codes, merged, count in
      for column in types.indices {
        table.packing.unpack(codes, column: column, count: count, into: words[column])
      }
      let results = words[types.count]
      if case .keys(let type) = values {
        for i in 0..<count { results[i] = type.word(ofOrderKey: merged[i]) }
      } else {
        for i in 0..<count { results[i] = merged[i] }
      }
      body(words, count)
    }
  }
}
