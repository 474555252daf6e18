@_spi(Columns) import GraphCore

/// Collects rows in bulk and keeps each once, the first of equal ones in its place.
///
/// Rows are appended unseen and the repetitions taken out now and then: often where there are many,
/// so that they never take more room than the rows that stay, and rarely where there are few.
final class RowCollector {
  let columns: [WordColumn]
  private(set) var rowCount = 0
  private let workers: Workers
  /// At so many rows repetitions are taken out again.
  private var limit: Int
  /// So many columns, from the first, have to tell rows apart. Rows that come again in these are not taken out: they are why
  /// `isAmbiguous`.
  private let telling: Int?
  /// Whether a row came again that might not.
  private(set) var isAmbiguous = false
  /// How many rows, from the first, are known to be distinct.
  private var distinctCount = 0
  /// So many columns, from the first, tell each of those rows from all others, where that was seen.
  private(set) var keyWidth: Int?

  init(_ types: [ColumnType], workers: Workers, telling: Int? = nil) {
    columns = types.map { WordColumn(kind: $0.wordKind) }
    self.workers = workers
    self.telling = telling
    // Where a row that comes again ends it, that is looked for soon.
    limit = telling == nil ? 1 << 20 : 1 << 16
  }

  var byteCount: Int { columns.reduce(0) { $0 + $1.byteCount } }

  /// Makes room for so many rows, up to where columns grow without being moved.
  func expect(rows: Int) {
    for column in columns { column.reserve(min(rows, Self.firmRows)) }
  }

  /// A column of so many rows is a mapping of its own, which grows where it is.
  private static let firmRows = 1 << 20

  /// Rows as batches of words, a view for each column.
  struct Rows {
    let columns: [Words<UInt64>]
    let rowCount: Int
    /// For each column whether its words fit 32 bits, where that has been found out.
    var areNarrow: [Bool]?
  }

  /// So many rows of a batch are prepared at a time, and stored while they are near.
  private static let blockSize = 1 << 10

  /// Appends batches in their order. `prepare` is called for some rows of each by some worker before their words are
  /// read.
  func append(_ batches: [Rows], prepare: (_ index: Int, _ rows: Range<Int>) -> Void) {
    var starts: [Int] = []
    for batch in batches {
      starts.append(rowCount)
      rowCount += batch.rowCount
    }
    precondition(rowCount < Int(UInt32.max), "a relation holds at most 2^32 rows")
    if columns.isEmpty {
      rowCount = min(rowCount, 1)
      return
    }
    let views = columns.enumerated().map { number, column -> ColumnView in
      var view = column.view
      for batch in batches {
        let words = batch.columns[number].slice(0, batch.rowCount)
        let isNarrow = batch.areNarrow?[number] ?? WordColumn.fit(words, column.kind)
        view = column.prepare(count: batch.rowCount, areNarrow: isNarrow)
      }
      return view
    }
    workers.forEachChunk(of: batches.count, size: 1) { _, part in
      for index in part {
        let (batch, start) = (batches[index], starts[index])
        for first in stride(from: 0, to: batch.rowCount, by: Self.blockSize) {
          let rows = first..<min(first + Self.blockSize, batch.rowCount)
          prepare(index, rows)
          for (view, words) in zip(views, batch.columns) {
            view.store(words.slice(first, rows.count), count: rows.count, at: start + first)
          }
        }
      }
    }
    if rowCount >= limit { removeRepetitions() }
  }

  /// Appends the live rows of another relation of the same types.
  func append(_ relation: Relation) {
    let buffers = columns.map { _ in Column<UInt64>(repeating: 0, count: 1024) }
    defer { keepAlive(buffers) }
    var row = 0
    while row < relation.rowCount {
      var count = 0
      while row < relation.rowCount && count < 1024 {
        if !relation.isDead(row) {
          for (column, buffer) in buffers.enumerated() {
            buffer.words[count] = relation.word(row: row, column: column)
          }
          count += 1
        }
        row += 1
      }
      let words = buffers.map { $0.words.slice(0, count) }
      append([Rows(columns: words, rowCount: count)]) { _, _ in }
    }
  }

  /// Takes out what repeats earlier rows. Expected O(rows).
  func removeRepetitions() {
    guard !columns.isEmpty, rowCount > distinctCount else { return }
    let views = columns.prefix(telling ?? columns.count).map(\.view)
    keyWidth = DistinctRows.keyWidth(views, rowCount: rowCount, workers: workers)
    let repetitions =
      keyWidth == nil
      ? DistinctRows.repetitions(views, rowCount: rowCount, workers: workers) : Column()
    defer { keepAlive(repetitions) }
    if telling != nil, repetitions.count > 0 {
      isAmbiguous = true
      return
    }
    let before = rowCount
    if repetitions.count > 0 {
      workers.forEachChunk(of: columns.count, size: 1) { _, numbers in
        for number in numbers { Self.remove(repetitions.words, from: columns[number], rowCount) }
      }
      rowCount -= repetitions.count
    }
    distinctCount = rowCount
    limit = max(1 << 20, rowCount * (repetitions.count * 4 < before ? 16 : 2))
  }

  private static func remove(_ rows: Words<UInt32>, from column: WordColumn, _ rowCount: Int) {
    let view = column.view
    var target = Int(rows[0])
    for i in 0..<rows.count {
      let end = i + 1 < rows.count ? Int(rows[i + 1]) : rowCount
      for row in Int(rows[i]) + 1..<end {
        view.set(view[row], at: target)
        target &+= 1
      }
    }
    column.truncate(to: target)
  }
}
