@_spi(Columns) import GraphCore

/// Groups in packed form, whatever is done with their values.
protocol PackedGroups: AnyObject {
  /// Takes rows of (group columns, value); false, and nothing is taken, where groups cannot be packed.
  func add(_ columns: [Words<UInt64>], count: Int) -> Bool

  /// Whether `forEachBatch` can go through some of them together.
  func canMerge(_ all: [any PackedGroups]) -> Bool

  /// Hands over the (group, result) rows of some of them together, as far as they belong to one of a power of
  /// two of parts.
  func forEachBatch(
    of all: [any PackedGroups], part: Int, of parts: Int,
    _ body: ([Words<UInt64>], _ count: Int) -> Void)
}

/// Puts batches of rows into a `GroupTable`, whose fields grow as wider values arrive.
final class GroupBatches<Fold: GroupFold>: PackedGroups {
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
  private var table: GroupTable<Fold>
  private let batch: Column<Words<UInt64>>
  private let codes = Column<UInt64>(repeating: 0, count: Batch.capacity)
  private let outside = Column<UInt64>(repeating: 0, count: Batch.capacity)
  /// Ones, or the keys of a batch.
  private let kept = Column<UInt64>(repeating: 1, count: Batch.capacity)

  /// - Parameter types: those of the group's columns, at least one.
  init(_ types: [ColumnType], values: Values) {
    self.types = types
    self.values = values
    table = GroupTable(RowPacking(types))
    batch = Column(repeating: .empty, count: types.count)
  }

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
    var wider = GroupTable<Fold>(packing)
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

  func canMerge(_ all: [any PackedGroups]) -> Bool {
    all.allSatisfy { other in
      guard let other = other as? GroupBatches else { return false }
      return other.table.packing == table.packing && other.table.isDirect == table.isDirect
    }
  }

  func forEachBatch(
    of all: [any PackedGroups], part: Int, of parts: Int,
    _ body: ([Words<UInt64>], _ count: Int) -> Void
  ) {
    let tables = all.compactMap { ($0 as? GroupBatches)?.table }
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
