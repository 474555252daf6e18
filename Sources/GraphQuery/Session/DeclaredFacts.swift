@_spi(Columns) import GraphCore

/// The facts of one declared relation while texts are loaded: those there were before, and new ones,
/// which are put together in batches.
final class DeclaredFacts {
  let declaration: DeclaredRelation
  let types: [ColumnType]
  private let rows: RowCollector
  private let batch: [Column<UInt64>]
  private var count = 0
  /// How many values the present row still lacks.
  private var missing = 0

  init(_ declaration: DeclaredRelation, before: Relation?, workers: Workers) {
    self.declaration = declaration
    types = declaration.attributes.map(\.type)
    rows = RowCollector(types, workers: workers)
    batch = types.map { _ in Column() }
    if let before { rows.append(before) }
  }

  /// Begins a row, in place of one that was not ended.
  func begin() {
    missing = types.count
    for column in batch where column.count > count { column.truncate(to: count) }
  }

  /// Gives the row the value of a column that has none yet.
  func set(_ word: UInt64, column: Int) {
    missing -= 1
    batch[column].append(word)
  }

  /// Whether the row has a value for each column.
  var isComplete: Bool { missing == 0 }

  /// Ends a complete row.
  func end() {
    count += 1
    if count == Batch.capacity { flush() }
  }

  private func flush() {
    rows.append([RowCollector.Rows(columns: batch.map(\.words), rowCount: count)]) { _, _ in }
    for column in batch { column.truncate(to: 0) }
    count = 0
  }

  /// The relation of all rows, each once.
  func finished() -> Relation {
    begin()
    flush()
    rows.removeRepetitions()
    return Relation(name: declaration.name, types: types, collected: rows)
  }
}
